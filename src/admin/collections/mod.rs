//! Collections: the folders of images and documents, what they are called, where they lie, and who may see what is in them.

mod edit;
mod list;
mod privacy;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::entry::Seat;
use super::manage::{self, Problem};
use super::refusal::Refusal;
use super::texts::{Said, said};
use super::{Admin, only, words};
use crate::accounts::{CollectionPermission, GlobalPermission};
use crate::media::collection::{self, Listed, ROOT_ID};
use crate::media::{MediaError, collection::Collection};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminCollections;
const NEEDS: GlobalPermission = GlobalPermission::Collections;
const URL: &str = "/admin/collections/";
const MISSING: Said = said("collection-gone");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/collections/", only(get(list::page).post(list::add), ROUTE))
        .route("/admin/collections/{id}/", only(get(edit::page).post(edit::rename), ROUTE))
        .route("/admin/collections/{id}/move/", only(post(edit::relocate), ROUTE))
        .route("/admin/collections/{id}/delete/", only(post(edit::delete), ROUTE))
        .route("/admin/collections/{id}/privacy/", only(get(privacy::page).post(privacy::save), ROUTE))
}

fn address(id: i64) -> String {
    format!("{URL}{id}/")
}

async fn find(admin: &Admin, id: &str) -> Result<Collection, Refusal> {
    let id = manage::id(id, MISSING)?;
    collection::find(&*admin.app.db, id).await?.ok_or(Refusal::Missing(MISSING))
}

/// What is wrong with a form; what no form can mend passes.
fn problem(field: &'static str, error: MediaError) -> Result<Problem, Refusal> {
    match error {
        MediaError::Db(error) => Err(error.into()),
        MediaError::CollectionNotFound(_) => Err(Refusal::Missing(MISSING)),
        MediaError::Missing(_) => Ok(Problem::new(field, said("a-collection-needs-a-name"))),
        other => Ok(Problem::new(field, words::media(&other))),
    }
}

/// Choices of a form: all of them, by their place in the tree.
fn options<'l>(listed: impl Iterator<Item = &'l Listed>, chosen: i64) -> Vec<Value> {
    let option = |known: &Listed| {
        let indent = "\u{2003}".repeat(usize::try_from(known.depth - 1).unwrap_or(0));
        json!({ "value": known.id, "label": format!("{indent}{}", known.name), "chosen": known.id == chosen })
    };
    listed.map(option).collect()
}

/// Where the files of a collection are listed, for those who may see them.
fn files(seat: &Seat, path: &str, id: i64) -> Value {
    let is_open = CollectionPermission::ALL.iter().any(|known| seat.grants.may_in_collection(*known, path, None));
    let at = |kind: &str| is_open.then(|| format!("/admin/{kind}/?collection={id}"));
    json!({ "images": at("images"), "documents": at("documents") })
}

/// The way from the root to a collection, without it.
fn crumbs(listed: &[Listed], path: &str) -> Vec<Value> {
    let above = listed.iter().filter(|known| known.path != path && path.starts_with(&known.path));
    let mut crumbs = vec![json!({ "title": said("place-collections"), "url": URL })];
    crumbs.extend(
        above.filter(|known| known.id != ROOT_ID).map(|known| json!({ "title": known.name, "url": address(known.id) })),
    );
    crumbs
}
