//! Who may see a page and all below it: what is set here, what comes from above, and what a change does.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{act, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::Problem;
use crate::admin::privacy::{cover, own};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::explore::Listed;
use crate::content::privacy::Target;
use crate::content::privacy::covers::{self, Cover};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    drop(request);
    let work = async |seat: &Seat| {
        let known = find(&admin, seat, &id).await?;
        let covers = covers::list_above(&admin.app.db, Target::Page(known.id)).await?;
        let kept = query.first("kept").is_some();
        show(&admin, seat, &known, &covers, Shown { kept, ..Shown::default() }).await
    };
    admin.answer(entering, work).await
}

pub(super) async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| set(&admin, seat, &id, request).await).await
}

/// A page that whoever asks may publish.
async fn find(admin: &Admin, seat: &Seat, id: &str) -> Result<Listed, Refusal> {
    let known = permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?;
    match seat.grants.may_publish(permit::page_of(&known)) {
        true => Ok(known),
        false => Err(Refusal::Forbidden(said("may-not-restrict-page"))),
    }
}

async fn set(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let known = find(admin, seat, id).await?;
    let target = Target::Page(known.id);
    let covers = covers::list_above(&admin.app.db, target).await?;
    match admin.set_privacy(target, &covers, &form, seat.actor()).await? {
        None => Ok(see_other(&format!("{}?kept=1", address(known.id)), ROUTE)),
        problem => show(admin, seat, &known, &covers, Shown { form: Some(&form), problem, kept: false }).await,
    }
}

fn address(id: i64) -> String {
    format!("/admin/pages/{id}/privacy/")
}

/// The form as it was sent, what was wrong with it, or that it is kept.
#[derive(Default)]
struct Shown<'s> {
    form: Option<&'s FormData>,
    problem: Option<Problem>,
    kept: bool,
}

async fn show(admin: &Admin, seat: &Seat, known: &Listed, above: &[Cover], shown: Shown<'_>) -> Done {
    let content = &admin.app.content;
    let target = Target::Page(known.id);
    let below = covers::list_below(&admin.app.db, target, &known.path).await?;
    let pages = content.count_subtrees(vec![known.id]).await? - 1;
    let types = content.types();
    let told = |one: &Cover| {
        let is_seen = seat.grants.may_explore(&one.path);
        let mut told = cover(one, is_seen.then(|| address(one.place_id)));
        // Of an alias: what covers the page that it shows.
        told["by_source"] = json!(!known.path.starts_with(&one.path));
        told
    };
    let own = own(above, target);
    let context = json!({
        "page": admin.row(seat, &types, known),
        "crumbs": admin.crumbs(seat, &known.path).await?,
        "url": address(known.id),
        "back": row::address(known.id),
        "own": own.map(told),
        "inherited": above.iter().filter(|one| one.place_id != known.id).map(told).collect::<Vec<Value>>(),
        "below": below.iter().map(told).collect::<Vec<Value>>(),
        "more_below": below.first().map_or(0, |first| first.total) - below.len() as i64,
        "pages": pages,
        "privacy": admin.privacy_form(own, shown.form).await?,
        "kept": shown.kept,
    });
    admin.form_page(seat, "admin/pages/privacy.html", context, shown.problem.as_ref())
}
