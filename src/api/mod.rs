//! The API for programs, at `/api/` of the public listener: `v2` reads as Wagtail's does.

mod v2;

use std::sync::Arc;

use axum::Router;

use crate::site::PublicSite;

/// What the routes of the API share.
pub struct Api {
    /// With what every part of the server shares.
    site: Arc<PublicSite>,
    /// Answers of v2 that are the same for everybody.
    kept: Arc<v2::Kept>,
}

/// The addresses below `/api/`.
pub fn router(site: Arc<PublicSite>) -> Router {
    let kept = v2::Kept::new(site.app.telemetry.clone());
    let changed = kept.clone();
    site.app.content.on_change(move |_, _| changed.forget());
    let api = Arc::new(Api { site, kept });
    Router::new().merge(v2::routes()).with_state(api)
}
