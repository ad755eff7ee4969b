//! The choosers of the editor, as JSON: pages, images, documents, snippets and tags, of those that whoever asks may see.

mod files;
mod pages;
mod small;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::{Admin, only};
use crate::admin::texts::said;
use crate::telemetry::label::Route;
pub(super) use files::{document_item, image_item, thumbnail};

const ROUTE: Route = Route::AdminChoose;
/// Longest query of a chooser, in characters.
const MAX_QUERY: usize = 200;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/choose/pages/", only(get(pages::list), ROUTE))
        .route("/admin/choose/images/", only(get(files::images).post(upload::image), ROUTE))
        .route("/admin/choose/documents/", only(get(files::documents).post(upload::document), ROUTE))
        .route("/admin/choose/snippets/", only(get(small::snippets), ROUTE))
        .route("/admin/choose/tags/", only(get(small::tags), ROUTE))
}

/// What was typed, within its limit.
fn query(form: &crate::http::form::FormData) -> Result<&str, super::refusal::Refusal> {
    let text = form.first("q").unwrap_or_default().trim();
    if text.chars().count() > MAX_QUERY || text.contains('\0') {
        return Err(super::refusal::Refusal::Bad(said("search-too-long")));
    }
    Ok(text)
}
