//! `/api/v1/`: everything that the editor does, for programs. By the very operations of the editor, and with its
//! permissions.

mod answer;
mod entry;
mod given;
mod pages;
mod problem;
mod records;
mod repeat;
mod sparse;
mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get};

use super::Api;
use crate::telemetry::label::Route;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .merge(at("/api/v1/whoami/", get(whoami::show), (Route::ApiWhoami, "GET, HEAD")))
        .merge(pages::routes())
        .merge(records::routes())
}

/// A route with its slash and without: a client that forgets it loses no body to a redirect.
fn at(path: &str, methods: MethodRouter<Arc<Api>>, (route, allowed): (Route, &'static str)) -> Router<Arc<Api>> {
    let methods = methods.fallback(async move || entry::wrong_method(route, allowed));
    Router::new().route(path, methods.clone()).route(path.trim_end_matches('/'), methods)
}
