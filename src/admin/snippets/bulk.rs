//! What is done to several snippets of a list: published, taken off the pages that show them, deleted. Each is asked for
//! again when it is done.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::json;

use super::asked::Asked;
use super::{enter, list_url, type_of};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::bulk::NAMED;
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, place};
use crate::bulk::{Kind, MAX_ITEMS, NewBulk};
use crate::content::snippet::{self, Named};
use crate::content::types::ContentType;
use crate::http::form::FormData;
use crate::telemetry::label::BulkAction;

pub(super) async fn act(State(admin): State<Arc<Admin>>, Path(name): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, &name, request).await).await
}

/// The snippets that a form names, each with what it is called; and whether there are more than are worked on at once.
type Chosen = (Vec<(i64, String)>, bool);

async fn named(admin: &Admin, of_type: &ContentType, form: &FormData) -> Result<Chosen, Refusal> {
    let ids = ids::list(form).ok_or(Refusal::Bad(said("choose-snippets-at-most-500")))?;
    let mut found = snippet::list_names(&admin.app.db, ids.clone()).await?;
    found.retain(|known| known.type_name == of_type.name);
    if found.len() != ids.len() {
        return Err(Refusal::Missing(said("one-of-the-snippets-is-gone")));
    }
    let place = |known: &Named| ids.iter().position(|id| *id == known.id);
    found.sort_by_key(place);
    Ok((found.into_iter().map(|known| (known.id, known.name)).collect(), false))
}

/// All snippets of the list that a form was sent from.
async fn matching(admin: &Admin, seat: &Seat, of_type: &ContentType, form: &FormData) -> Result<Chosen, Refusal> {
    let query = FormData::parse(form.first("view").unwrap_or_default().as_bytes());
    let asked = Asked::of(&query, of_type, seat.actor().rights)?;
    let mut listing = asked.listing();
    listing.offset = 0;
    let found = snippet::list_first(&admin.app.db, &listing, MAX_ITEMS as i64).await?;
    let has_more = found.first().is_some_and(|first| first.total > MAX_ITEMS as i64);
    Ok((found.into_iter().map(|known| (known.id, known.name)).collect(), has_more))
}

async fn run(admin: &Admin, seat: &Seat, type_name: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let is_all = form.first("all").is_some();
    let (items, has_more) = match is_all {
        true => matching(admin, seat, of_type, &form).await?,
        false => named(admin, of_type, &form).await?,
    };
    if items.is_empty() {
        return Err(Refusal::Bad(said("no-snippet-is-like-that-any-more")));
    }
    let action = match form.first("action").and_then(BulkAction::parse) {
        Some(action @ (BulkAction::Publish | BulkAction::Unpublish)) if of_type.snippet.drafts => action,
        Some(BulkAction::Delete) => BulkAction::Delete,
        _ => return Err(Refusal::Bad(said("choose-what-to-do-with-snippets"))),
    };
    let next = place::within(form.first("next").unwrap_or_default());
    let back = if next == place::HOME { list_url(type_name) } else { next.to_owned() };
    if is_all || (action != BulkAction::Publish && form.first("sure").is_none()) {
        let titles: Vec<&str> = items.iter().take(NAMED).map(|(_, title)| title.as_str()).collect();
        let context = json!({
            "kind": Kind::Snippet.as_str(), "action": action.as_str(), "total": items.len(), "titles": titles,
            "more": items.len() - titles.len(), "has_more": has_more, "back": back,
            "ids": ids::pack(items.iter().map(|(id, _)| *id)), "url": format!("{}bulk/", list_url(type_name)),
        });
        return Ok(admin.page(seat, "admin/bulk/sure.html", context));
    }
    let detail = if form.first("anyway").is_some() { "anyway".to_owned() } else { String::new() };
    let order =
        NewBulk { account: seat.session.account_id, kind: Kind::Snippet, action, target: None, detail, back, items };
    admin.bulk(seat, order).await
}
