//! Redirects in the editor: where visitors of old addresses are sent; tables of them in and out.

mod choice;
mod edit;
mod export;
mod import;
mod list;
mod outcome;
mod table;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::entry::{Seat, Speaks};
use super::refusal::Refusal;
use super::{Admin, only, words};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
use crate::content::redirect::RedirectError;
use crate::content::site::{self, Site};
use crate::telemetry::label::Route;
pub(super) use list::target;

const ROUTE: Route = Route::AdminRedirects;
const HOME: &str = "/admin/redirects/";
const IMPORT: &str = "/admin/redirects/import/";
const TABLE: &str = "/admin/redirects/import/table/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route(HOME, only(get(list::page), ROUTE))
        .route("/admin/redirects/add/", only(get(edit::new).post(edit::add), ROUTE))
        .route(IMPORT, only(get(import::page).post(import::take), ROUTE))
        .route(TABLE, only(get(table::page).post(table::act), ROUTE))
        .route("/admin/redirects/export.csv", only(get(export::table), ROUTE))
        .route("/admin/redirects/export.xlsx", only(get(export::table), ROUTE))
        .route("/admin/redirects/{id}/", only(get(edit::page).post(edit::save), ROUTE))
        .route("/admin/redirects/{id}/delete/", only(post(edit::delete), ROUTE))
}

/// Lets in whoever may manage redirects.
fn enter<'a>(admin: &'a Admin, request: &Request) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
    admin.enter_for(request, ROUTE, Speaks::Html, GlobalPermission::Redirects)
}

async fn sites(admin: &Admin) -> Result<Vec<Site>, Refusal> {
    Ok(site::list(&*admin.app.db, &admin.app.config.server.base_url).await?)
}

/// For a select of forms.
fn options(sites: &[Site], chosen: Option<i64>) -> Vec<Value> {
    let option = |site: &Site| {
        let label = if site.name.is_empty() { &site.hostname } else { &site.name };
        json!({ "value": site.id, "label": label, "chosen": Some(site.id) == chosen })
    };
    sites.iter().map(option).collect()
}

/// Why a redirect is refused, as a sentence; what is not the editor's fault passes.
fn why(error: RedirectError) -> Result<Said, Refusal> {
    match error {
        RedirectError::Db(error) => Err(error.into()),
        RedirectError::NotFound(_) => Err(Refusal::Missing(said("redirect-gone"))),
        other => Ok(words::redirect(&other)),
    }
}
