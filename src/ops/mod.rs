//! Operations pages, on the operations listener alone: what the server does now, what it did, and why it was slow.

pub mod explain;
mod files;
mod html;
mod live;
mod traces;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Pages that listen to live events at the same time.
const MAX_LISTENERS: usize = 16;

/// What the operations pages share.
pub struct Ops {
    app: Arc<App>,
    places: Arc<Semaphore>,
    /// Ends the live events.
    stop: CancellationToken,
}

/// The pages below `/ops`.
pub fn router(app: Arc<App>, stop: CancellationToken) -> Router {
    let ops = Arc::new(Ops { app, places: Arc::new(Semaphore::new(MAX_LISTENERS)), stop });
    Router::new()
        .route("/ops", get(live::page))
        .route("/ops/", get(live::page))
        .route("/ops/live", get(live::live))
        .route("/ops/history", get(live::history))
        .route("/ops/traces", get(traces::list))
        .route("/ops/traces/{id}", get(traces::one))
        .route("/ops/static/{name}", get(files::file))
        .with_state(ops)
}
