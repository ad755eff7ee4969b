//! Version 1 of the API: reads and writes, with a token or a session.

mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Api;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/api/v1/whoami", get(whoami::show)).route("/api/v1/whoami/", get(whoami::show))
}
