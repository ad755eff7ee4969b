//! `/api/v1/`: everything that the editor does, for programs. By the very operations of the editor, and with its
//! permissions.

mod answer;
mod changes;
mod entry;
mod given;
mod pages;
mod problem;
mod repeat;
mod sparse;
mod webhooks;
mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get};

use super::Api;
use crate::telemetry::label::Route;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .merge(at("/api/v1/whoami/", get(whoami::show), (Route::ApiWhoami, "GET, HEAD")))
        .merge(changes::routes())
        .merge(pages::routes())
        .merge(webhooks::routes())
}

/// A route with its slash and without: a client that forgets it loses no body to a redirect.
fn at(path: &str, methods: MethodRouter<Arc<Api>>, (route, allowed): (Route, &'static str)) -> Router<Arc<Api>> {
    let methods = methods.fallback(async move || entry::wrong_method(route, allowed));
    Router::new().route(path, methods.clone()).route(path.trim_end_matches('/'), methods)
}
