//! The API for programs, at `/api/` of the public listener: `v2` reads as Wagtail's does.

mod v2;

use std::sync::Arc;

use axum::Router;

use crate::site::PublicSite;

/// What the routes of the API share.
pub struct Api {
    /// With what every part of the server shares.
    site: Arc<PublicSite>,
}

/// The addresses below `/api/`.
pub fn router(site: Arc<PublicSite>) -> Router {
    let api = Arc::new(Api { site });
    Router::new().merge(v2::routes()).with_state(api)
}
