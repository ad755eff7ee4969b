//! Users: who signs in, in which groups they are, from where, and what the security log says of them.

mod access;
mod add;
mod bulk;
mod edit;
mod list;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::entry::Seat;
use super::refusal::Refusal;
use super::{Admin, manage, only};
use crate::accounts::{GlobalPermission, User};
use crate::admin::texts::{Said, said};
use crate::permit::people;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminUsers;
const NEEDS: GlobalPermission = GlobalPermission::Users;
const URL: &str = "/admin/users/";
const MISSING: Said = said("no-such-user");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/users/", only(get(list::page), ROUTE))
        .route("/admin/users/add/", only(get(add::page).post(add::add), ROUTE))
        .route("/admin/users/bulk/", only(post(bulk::act), ROUTE))
        .route("/admin/users/{id}/", only(get(edit::page).post(edit::save), ROUTE))
        .route("/admin/users/{id}/groups/", only(post(access::set_groups), ROUTE))
        .route("/admin/users/{id}/reset/", only(post(access::send_link), ROUTE))
        .route("/admin/users/{id}/two-step/off/", only(post(access::end_two_step), ROUTE))
        .route("/admin/users/{id}/passkeys/remove/", only(post(access::remove_passkeys), ROUTE))
        .route("/admin/users/{id}/sessions/", only(post(access::end_sessions), ROUTE))
        .route("/admin/users/{id}/sessions/{session}/", only(post(access::end_session), ROUTE))
}

fn url(id: i64) -> String {
    format!("{URL}{id}/")
}

/// The user that an address names.
async fn find(admin: &Admin, id: &str) -> Result<User, Refusal> {
    let id = manage::id(id, MISSING)?;
    admin.app.accounts.find_user(id).await?.ok_or(Refusal::Missing(MISSING))
}

fn is_self(seat: &Seat, user: &User) -> bool {
    user.id == seat.session.account_id
}

/// As [`people::refuse_above`].
pub(super) fn refuse_above(seat: &Seat, user: &User) -> Result<(), Refusal> {
    Ok(people::refuse_above(&seat.grants, user)?)
}

/// As [`people::refuse_taking_over`].
async fn refuse_taking_over(admin: &Admin, seat: &Seat, user: &User) -> Result<(), Refusal> {
    Ok(people::refuse_taking_over((&admin.app.content, &admin.app.accounts), &seat.grants, user).await?)
}
