//! What is done to several pages of a list: published, taken off the site; moved and deleted on pages of their own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{act, query_of};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::content::explore::Listed;
use crate::http::form::FormData;
use crate::telemetry::Timer;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;
/// Seconds after which no further page is begun: an answer is due before the request's deadline.
const ENOUGH_S: f64 = 15.0;

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    match admin.enter(&request, ROUTE, Speaks::Html).await {
        Ok(seat) => {
            let done = run(&admin, &seat, &query, request).await;
            admin.end(&seat, done)
        }
        Err(answer) => answer,
    }
}

async fn run(admin: &Admin, seat: &Seat, query: &FormData, request: Request) -> Done {
    let mut form = admin.read_form(seat, request).await?;
    // A button of one row: whatever else is ticked.
    if let Some(only) = query.first("only") {
        let kept = form.pairs().iter().filter(|(name, _)| name != "ids");
        let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([("ids", only)]);
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        form = FormData::parse(text.as_bytes());
    }
    let rows = act::named(admin, seat, &form).await?;
    let action = form.first("action").unwrap_or_default();
    if let "move" | "delete" = action {
        let ids = rows.iter().map(|row| ("ids", row.id.to_string()));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(ids).finish();
        return Ok(see_other(&format!("/admin/pages/{action}/?{query}"), ROUTE));
    }
    let next = act::back(&form, &rows);
    let timer = Timer::start();
    let mut outcomes: Vec<Value> = Vec::new();
    for row in &rows {
        let result = match action {
            _ if timer.elapsed_s() > ENOUGH_S => {
                Err(Refusal::Bad("Not begun: the others took too long. Try it again."))
            }
            "publish" => publish(admin, seat, row).await,
            "unpublish" => unpublish(admin, seat, row).await,
            _ => return Err(Refusal::Bad("Choose what to do: publish, unpublish, move or delete.")),
        };
        outcomes.push(act::outcome(row, result)?);
    }
    let verb = if action == "publish" { "published" } else { "unpublished" };
    if let ([only], true) = (&outcomes[..], query.first("only").is_some())
        && only["is_done"] == true
    {
        return Ok(see_other(&next, ROUTE));
    }
    let context = json!({ "verb": verb, "outcomes": outcomes, "back": next });
    Ok(admin.page(seat, "admin/pages/outcomes.html", context))
}

async fn publish(admin: &Admin, seat: &Seat, row: &Listed) -> Result<&'static str, Refusal> {
    if !seat.grants.may_publish(act::page_of(row)) {
        return Err(Refusal::Forbidden("You may not publish this page."));
    }
    if row.live && !row.has_unpublished_changes {
        return Ok("It was live already.");
    }
    admin.app.content.publish(row.id, None, seat.actor()).await?;
    Ok("Live.")
}

async fn unpublish(admin: &Admin, seat: &Seat, row: &Listed) -> Result<&'static str, Refusal> {
    if !seat.grants.may_publish(act::page_of(row)) {
        return Err(Refusal::Forbidden("You may not take this page off the site."));
    }
    if !row.live {
        return Ok("It was not live.");
    }
    admin.app.content.unpublish(row.id, seat.actor()).await?;
    Ok("No longer on the site.")
}
