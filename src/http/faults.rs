//! `/faults` on the operations listener: injecting, showing and clearing faults. Without the setting `faults.enabled` there is no
//! such address.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, ORIGIN};
use http::{Method, StatusCode};
use serde_json::json;

use super::measure::{Answer, Note};
use super::ops::{answer, nothing};
use super::problem::Problem;
use crate::app::App;
use crate::fault::{Faults, Refused, Strike, Wanted};
use crate::telemetry::label::{Failure, Route};

/// A fault is a hundred bytes.
const MAX_BODY_BYTES: usize = 4096;

pub(super) async fn faults(State(app): State<Arc<App>>, request: Request) -> Response {
    let Some(faults) = &app.faults else { return nothing(request).await };
    // A page in a browser on this machine must not break the server.
    if request.headers().contains_key(ORIGIN) {
        return say(StatusCode::FORBIDDEN, "faults are not injected from a browser");
    }
    match *request.method() {
        Method::GET | Method::HEAD => tell(StatusCode::OK, &json!({ "faults": faults.list() })),
        Method::DELETE => tell(StatusCode::OK, &json!({ "cleared": faults.clear() })),
        Method::POST => inject(faults, request).await,
        _ => {
            let mut refused = say(StatusCode::METHOD_NOT_ALLOWED, "GET, POST or DELETE");
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST, DELETE"));
            refused
        }
    }
}

async fn inject(faults: &Faults, request: Request<Body>) -> Response {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
        return say(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it as application/json");
    }
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return say(StatusCode::PAYLOAD_TOO_LARGE, &format!("at most {MAX_BODY_BYTES} bytes"));
    };
    let wanted: Wanted = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return say(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match faults.inject(&wanted) {
        Ok(told) => tell(StatusCode::CREATED, &json!(told)),
        Err(refused @ Refused::Invalid(_)) => say(StatusCode::UNPROCESSABLE_ENTITY, &refused.to_string()),
        Err(refused @ Refused::TooMany) => say(StatusCode::CONFLICT, &refused.to_string()),
    }
}

/// An answer as the faults of its route leave it.
pub(super) async fn strike(faults: &Faults, answer: Answer) -> Answer {
    let route = answer.note.route;
    let strike = faults.strike(route);
    if strike != Strike::default() {
        // Into the trace of the request, so that nobody looks for another cause.
        tracing::warn!(route = route.as_str(), "this answer was broken on purpose");
    }
    if let Some(delay) = strike.delay {
        tokio::time::sleep(delay).await;
    }
    if strike.panic {
        std::panic::panic_any("a fault was injected: panic");
    }
    let Some(status) = strike.status.and_then(|status| StatusCode::from_u16(status).ok()) else { return answer };
    let problem = Problem::new(status, "injected", "This answer was broken on purpose");
    let failure = if status.is_server_error() { Failure::Internal } else { Failure::None };
    Answer { response: problem.into_text().map(super::body::Body::from), note: Note { failure, ..Note::of(route) } }
}

fn tell(status: StatusCode, body: &serde_json::Value) -> Response {
    answer(status, "application/json", format!("{body:#}\n"), Route::Faults)
}

fn say(status: StatusCode, error: &str) -> Response {
    tell(status, &json!({ "error": error }))
}
