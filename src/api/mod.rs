//! The API for programs, at `/api/` of the public listener: `v2` reads as Wagtail's does, `v1` reads and writes. All of it is
//! behind [`gate`], which finds out who calls.

pub mod caller;
mod cors;
pub mod denied;
mod gate;
mod limits;
pub mod openapi;
mod v1;
mod v2;

use std::sync::Arc;

use axum::Router;

use crate::http::finish::Finisher;
use crate::site::PublicSite;
use gate::Gate;

/// So many accounts fill the places for readers of the stream of changes, at the least.
const ACCOUNTS_OF_STREAMS: usize = 4;

/// What the routes of the API share.
pub struct Api {
    /// With what every part of the server shares.
    site: Arc<PublicSite>,
    /// Answers of v2 that are the same for everybody.
    kept: Arc<v2::Kept>,
    /// The API, described.
    documents: openapi::Documents,
    /// What front ends are told at run time.
    frontends: Arc<v1::Frontends>,
    /// Places for readers of the stream of changes.
    change_streams: Arc<v1::Places>,
}

/// The addresses below `/api/`.
pub fn router(site: Arc<PublicSite>, finisher: Finisher) -> Router {
    let gate = Gate::new(site.app.clone(), finisher);
    let kept = v2::Kept::new(site.app.telemetry.clone());
    let changed = kept.clone();
    site.app.content.on_change(move |_, _| changed.forget());
    let frontends = v1::Frontends::new(&site.app.telemetry);
    let told = frontends.clone();
    site.app.content.on_change(move |_, _| told.forget());
    let most = site.app.config.api.change_streams;
    let change_streams = v1::Places::new(most, most.div_ceil(ACCOUNTS_OF_STREAMS));
    let api = Arc::new(Api { site, kept, documents: openapi::Documents::default(), frontends, change_streams });
    let routes = Router::new().merge(v2::routes()).merge(v1::routes()).merge(openapi::routes()).with_state(api);
    routes.layer(axum::middleware::from_fn_with_state(gate, gate::guard))
}
