//! Taking a page off the site: alone, or with all that is live below it. A page asks first; the editor's script may send
//! JSON to the same address.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{act, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::editor::save;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::Left;
use crate::content::explore::Listed;
use crate::http::form::{FormData, is_form};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminUnpublish;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| question(&admin, seat, &id, &query).await).await
}

pub(super) async fn unpublish(state: State<Arc<Admin>>, path: Path<String>, request: Request) -> Response {
    if !is_form(request.method(), request.headers()) {
        return save::unpublish(state, path, request).await;
    }
    let (State(admin), Path(id)) = (state, path);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| take_off(&admin, seat, &id, request).await).await
}

/// A page that whoever asks may take off the site. An alias goes when its source goes.
async fn find(admin: &Admin, seat: &Seat, id: &str) -> Result<Listed, Refusal> {
    let row = permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?;
    match seat.grants.may_publish(permit::page_of(&row)) {
        true => Ok(row),
        false => Err(Refusal::Forbidden(said("may-not-publish-page"))),
    }
}

async fn question(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let content = &admin.app.content;
    let row = find(admin, seat, id).await?;
    let below = content.weigh_unpublishing(row.id).await?;
    let types = content.types();
    let left = |left: &Left| json!({ "title": left.title, "url": row::address(left.id) });
    let context = json!({
        "page": admin.row(seat, &types, &row),
        "crumbs": admin.crumbs(seat, &row.path).await?,
        "live": row.live,
        "alias_of": row.alias_of.map(|source| format!("/admin/pages/{source}/edit/")),
        "below": below.pages,
        "left": below.left.iter().map(left).collect::<Vec<Value>>(),
        "next": act::back(query, std::slice::from_ref(&row)),
    });
    Ok(admin.page(seat, "admin/pages/unpublish.html", context))
}

async fn take_off(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let row = find(admin, seat, id).await?;
    let content = &admin.app.content;
    match form.first("below") {
        Some(_) => drop(content.unpublish_subtree(row.id, seat.actor()).await?),
        None if row.live => content.unpublish(row.id, seat.actor()).await?,
        // Somebody else was faster.
        None => {}
    }
    Ok(see_other(&act::back(&form, std::slice::from_ref(&row)), ROUTE))
}
