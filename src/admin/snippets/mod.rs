//! Snippets in the editor: lists by type, the form, what became of them, where they are used.

mod asked;
mod bulk;
mod delete;
mod edit;
mod export;
mod history;
mod list;
mod order;
mod save;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};

use super::entry::{Seat, Speaks};
use super::pages::ids;
use super::refusal::Refusal;
use super::{Admin, only};
use crate::accounts::GlobalPermission;
use crate::admin::texts::said;
use crate::content::snippet::{self, Snippet};
use crate::content::types::{ContentType, Kind, Types};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminSnippets;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/snippets/", only(get(list::types), ROUTE))
        .route("/admin/snippets/{type}/", only(get(list::page), ROUTE))
        .route("/admin/snippets/{type}/add/", only(get(edit::new).post(save::add), ROUTE))
        .route("/admin/snippets/{type}/bulk/", only(post(bulk::act), ROUTE))
        .route("/admin/snippets/{type}/export.csv", only(get(export::table), ROUTE))
        .route("/admin/snippets/{type}/export.xlsx", only(get(export::table), ROUTE))
        .route("/admin/snippets/{type}/order/", only(post(order::place), ROUTE))
        .route("/admin/snippets/{type}/{id}/", only(get(edit::page).post(save::save), ROUTE))
        .route("/admin/snippets/{type}/{id}/publish/", only(post(save::publish), ROUTE))
        .route("/admin/snippets/{type}/{id}/unpublish/", only(post(save::unpublish), ROUTE))
        .route("/admin/snippets/{type}/{id}/delete/", only(get(delete::ask).post(delete::delete), ROUTE))
        .route("/admin/snippets/{type}/{id}/history/", only(get(history::page), ROUTE))
        .route("/admin/snippets/{type}/{id}/revert/{revision}/", only(post(history::revert), ROUTE))
}

/// Lets in whoever may manage snippets.
fn enter<'a>(
    admin: &'a Admin,
    request: &Request,
    speaks: Speaks,
) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
    admin.enter_for(request, ROUTE, speaks, GlobalPermission::Snippets)
}

fn type_of<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, Refusal> {
    let found = types.find(name).filter(|found| found.kind == Kind::Snippet);
    found.ok_or(Refusal::Missing(said("no-such-type-of-snippets")))
}

/// The snippet of an address.
async fn find(admin: &Admin, type_name: &str, id: &str) -> Result<Snippet, Refusal> {
    let nothing = || Refusal::Missing(said("snippet-gone"));
    let id = ids::parse(id).ok_or_else(nothing)?;
    let found = snippet::find(&*admin.app.db, id).await?;
    found.filter(|found| found.type_name == type_name).ok_or_else(nothing)
}

/// Where the snippets of a type are listed.
fn list_url(type_name: &str) -> String {
    format!("/admin/snippets/{type_name}/")
}

fn url(found: &Snippet) -> String {
    format!("/admin/snippets/{}/{}/", found.type_name, found.id)
}
