//! The operations listener: metrics, liveness and readiness. Loopback by default, never for visitors.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{HeaderName, StatusCode};
use serde_json::json;

use super::measure::{Answer, Note};
use super::stack::{Face, PageRequest};
use crate::app::App;
use crate::telemetry::label::Route;
use crate::telemetry::{EXPOSITION, OPENMETRICS};

pub struct OpsFace {
    app: Arc<App>,
    pages: Router,
}

impl OpsFace {
    /// `pages`: routes beside those of this listener itself.
    pub fn new(app: Arc<App>, pages: Router) -> Self {
        Self { app, pages }
    }
}

impl Face for OpsFace {
    fn answer_at_once(&self, _: &PageRequest<'_>) -> Option<Answer> {
        None
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/faults", any(super::faults::faults))
            .fallback(nothing)
            .with_state(self.app.clone())
            .merge(self.pages.clone())
    }

    fn route_of(&self, path: &str) -> Route {
        use Route::{Faults, Livez, Metrics, Ops, OpsLive, Readyz};
        Route::of_path(path, [Metrics, Livez, Readyz, Faults, OpsLive, Ops]).unwrap_or(Route::Unmatched)
    }
}

pub(super) fn answer(status: StatusCode, content_type: &'static str, body: String, route: Route) -> Response {
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = status;
    let set: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_TYPE, HeaderValue::from_static(content_type)), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    response.headers_mut().extend(set);
    response.extensions_mut().insert(Note::of(route));
    response
}

async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let with_exemplars = accepted.contains("application/openmetrics-text");
    let content_type = if with_exemplars { OPENMETRICS } else { EXPOSITION };
    // Rendering thousands of series takes milliseconds of CPU.
    let rendered = tokio::task::spawn_blocking(move || {
        if with_exemplars { app.telemetry.render_openmetrics() } else { app.telemetry.render() }
    });
    match rendered.await {
        Ok(page) => answer(StatusCode::OK, content_type, page, Route::Metrics),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", format!("{error}\n"), Route::Metrics),
    }
}

/// The process answers: nothing else is asked, so that a lost database restarts no node.
async fn livez() -> Response {
    answer(StatusCode::OK, "text/plain; charset=utf-8", "ok\n".into(), Route::Livez)
}

async fn readyz(State(app): State<Arc<App>>) -> Response {
    let checks = app.check_readiness().await;
    let ready = app.is_ready(&checks);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let (opened, draining) = (app.opened.load(Relaxed), app.draining.load(Relaxed));
    let version = env!("CARGO_PKG_VERSION");
    let body = json!({ "ready": ready, "opened": opened, "draining": draining, "version": version, "checks": checks });
    answer(status, "application/json", format!("{body:#}\n"), Route::Readyz)
}

pub(super) async fn nothing(request: Request) -> Response {
    let text = format!("{} is not here: /ops, /metrics, /livez, /readyz are.\n", request.uri().path());
    answer(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text, Route::Unmatched)
}
