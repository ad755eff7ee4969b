//! Groups: who is in them, and what they give. Whoever gives a permission must have it.

mod change;
mod list;
mod members;
mod page;
mod places;
mod records;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::entry::Seat;
use super::refusal::Refusal;
use super::{Admin, manage, only};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
use crate::permit;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminGroups;
const NEEDS: GlobalPermission = GlobalPermission::Groups;
const URL: &str = "/admin/groups/";
const MISSING: Said = said("no-such-group");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/groups/", only(get(list::page).post(list::add), ROUTE))
        .route("/admin/groups/{id}/", only(get(page::page), ROUTE))
        .route("/admin/groups/{id}/name/", only(post(change::rename), ROUTE))
        .route("/admin/groups/{id}/delete/", only(post(change::delete), ROUTE))
        .route("/admin/groups/{id}/members/", only(post(members::change), ROUTE))
        .route("/admin/groups/{id}/global/", only(post(places::set_global), ROUTE))
        .route("/admin/groups/{id}/sites/", only(post(places::set_sites), ROUTE))
        .route("/admin/groups/{id}/records/", only(post(records::set), ROUTE))
        .route("/admin/groups/{id}/pages/", only(get(places::choose_page).post(places::set_page), ROUTE))
        .route(
            "/admin/groups/{id}/collections/",
            only(get(places::choose_collection).post(places::set_collection), ROUTE),
        )
}

fn url(id: i64) -> String {
    format!("{URL}{id}/")
}

/// A group, as an address names it.
pub(super) struct Group {
    pub id: i64,
    pub name: String,
}

pub(super) async fn find(admin: &Admin, id: &str) -> Result<Group, Refusal> {
    let id = manage::id(id, MISSING)?;
    let name = admin.app.accounts.find_group(id).await?.ok_or(Refusal::Missing(MISSING))?;
    Ok(Group { id, name })
}

/// As [`permit::refuse_passing_on`].
pub(super) async fn refuse_passing_on(admin: &Admin, seat: &Seat, group: i64, name: &str) -> Result<(), Refusal> {
    Ok(permit::refuse_passing_on((&admin.app.content, &admin.app.accounts), &seat.grants, group, name).await?)
}
