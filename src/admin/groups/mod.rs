//! Groups: who is in them, and what they give. Whoever gives a permission must have it.

mod change;
mod list;
mod members;
mod page;
mod places;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::entry::Seat;
use super::refusal::Refusal;
use super::{Admin, manage, only};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
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
struct Group {
    id: i64,
    name: String,
}

async fn find(admin: &Admin, id: &str) -> Result<Group, Refusal> {
    let id = manage::id(id, MISSING)?;
    let name = admin.app.accounts.find_group(id).await?.ok_or(Refusal::Missing(MISSING))?;
    Ok(Group { id, name })
}

/// Whoever puts somebody into a group gives them all that it has, and all that it opens.
pub(super) async fn refuse_passing_on(admin: &Admin, seat: &Seat, group: i64, name: &str) -> Result<(), Refusal> {
    if seat.grants.is_superuser() {
        return Ok(());
    }
    let accounts = &admin.app.accounts;
    let given = accounts.load_grants_of_group(group).await?;
    let is_in = seat.grants.groups().iter().any(|own| own == name);
    let opens = !is_in && !accounts.groups_in_rules(&[name.to_owned()]).await?.is_empty();
    match seat.grants.cover(&given) && !opens {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("group-above-members"))),
    }
}
