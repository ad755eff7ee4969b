//! Pages in the editor: the tree with its lists and filters, and what is done to pages from there.

mod act;
mod adding;
mod bulk;
mod copying;
mod deleting;
mod explorer;
mod moving;
pub(super) mod permit;
pub(super) mod row;
mod search;
mod trash;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{get, post};

use super::{Admin, only};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

pub(super) use moving::choices;

/// Pages that are handled at once: those of one part of a list.
const MAX_AT_ONCE: usize = crate::content::explore::PER_PART as usize;

/// Addresses below `/admin/pages/`, the trash and the search.
pub(super) fn routes() -> Router<Arc<Admin>> {
    let pages = Route::AdminPages;
    Router::new()
        .route("/admin/pages/", only(get(explorer::top), pages))
        .route("/admin/pages/bulk/", only(post(bulk::act), pages))
        .route("/admin/pages/move/", only(get(moving::many).post(moving::move_many), pages))
        .route("/admin/pages/delete/", only(get(deleting::many).post(deleting::delete_many), pages))
        .route("/admin/pages/{id}/", only(get(explorer::below), pages))
        .route("/admin/pages/{id}/add/", only(get(adding::choose), pages))
        .route("/admin/pages/{id}/add/{type}/", only(get(adding::name).post(adding::add), pages))
        .route("/admin/pages/{id}/move/", only(get(moving::one).post(moving::move_one), pages))
        .route("/admin/pages/{id}/reorder/", only(post(moving::reorder), pages))
        .route("/admin/pages/{id}/copy/", only(get(copying::page).post(copying::copy), pages))
        .route("/admin/pages/{id}/delete/", only(get(deleting::one).post(deleting::delete_one), pages))
        .route("/admin/trash/", only(get(trash::page).post(trash::act), Route::AdminTrash))
        .route("/admin/search/", only(get(search::page), Route::AdminSearch))
}

/// The values of an address.
pub(super) fn query_of(request: &Request) -> FormData {
    FormData::parse(request.uri().query().unwrap_or_default().as_bytes())
}

pub(super) mod ids {
    //! Numbers of things in addresses and forms.

    use crate::http::form::FormData;

    /// Digits without leading zeros, and not 0.
    pub fn parse(text: &str) -> Option<i64> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        text.parse().ok().filter(|_| plain)
    }

    /// All `ids` of a form, each once, in its order; `None` when one of them is none, or there are too many or none.
    pub fn list(form: &FormData) -> Option<Vec<i64>> {
        let mut ids = Vec::new();
        for text in form.all("ids") {
            let id = parse(text)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        (!ids.is_empty() && ids.len() <= super::MAX_AT_ONCE).then_some(ids)
    }
}
