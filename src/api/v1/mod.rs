//! `/api/v1/`: everything that the editor does, for programs. By the very operations of the editor, and with its
//! permissions.

mod answer;
mod audit;
mod changes;
mod config;
mod described;
mod entry;
mod files;
mod forms;
mod given;
mod groups;
mod included;
mod mistake;
mod pages;
mod places;
mod problem;
mod records;
mod redirects;
mod repeat;
mod rich;
mod search;
mod seen;
mod settings;
mod sites;
mod snippets;
mod sparse;
mod users;
mod webhooks;
mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get};

use super::Api;
use super::openapi::operation::Part;
use crate::telemetry::label::Route;
pub(super) use answer::etag;
pub(super) use config::Frontends;
pub(super) use described::messages;
pub(super) use entry::wrong_method;
pub(super) use places::Places;
pub(super) use repeat::is_done_once;

/// What there is to say of each part, in the order of the document.
pub(super) fn parts() -> impl Iterator<Item = &'static Part> {
    [&whoami::PART, &pages::PART].into_iter().chain(described::PARTS).chain([&config::PART])
}

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .merge(at("/api/v1/whoami/", get(whoami::show), (Route::ApiWhoami, "GET, HEAD")))
        .merge(changes::routes())
        .merge(pages::routes())
        .merge(webhooks::routes())
        .merge(config::routes())
        .merge(files::routes())
        .merge(forms::routes())
        .merge(search::routes())
        .merge(audit::routes())
        .merge(groups::routes())
        .merge(redirects::routes())
        .merge(settings::routes())
        .merge(sites::routes())
        .merge(snippets::routes())
        .merge(users::routes())
        .route("/api/v1/", any(unknown))
        // Last of all: whatever is no route of its own may be a collection.
        .merge(records::routes())
}

/// The answer to an address that is none, with those that there are.
async fn unknown() -> Response {
    let ours = super::openapi::parts().into_iter().flat_map(|part| part.operations).map(|operation| operation.path);
    let mut addresses: Vec<&str> = ours.filter(|path| path.starts_with("/api/v1/") && !path.contains('{')).collect();
    addresses.dedup();
    let problem = problem::not_found("The API has no such address; /api/openapi.json describes those that it has.");
    problem::Refusal::from(problem.with("addresses", addresses)).answer(Route::Unmatched)
}

/// A route with its slash and without: a client that forgets it loses no body to a redirect.
fn at(path: &str, methods: MethodRouter<Arc<Api>>, (route, allowed): (Route, &'static str)) -> Router<Arc<Api>> {
    let methods = methods.fallback(async move || entry::wrong_method(route, allowed));
    Router::new().route(path, methods.clone()).route(path.trim_end_matches('/'), methods)
}
