//! Answers as Django REST framework gives them.

use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{StatusCode, Uri};

use crate::http::measure::Note;
use crate::telemetry::label::Route;

/// An empty answer of a route.
pub fn plain(route: Route, status: StatusCode) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = status;
    response.extensions_mut().insert(Note::of(route));
    response
}

/// `{"message": "…"}`.
pub fn refusal(route: Route, status: StatusCode, message: &str) -> Response {
    let mut response = plain(route, status);
    let text = serde_json::Value::from(message);
    *response.body_mut() = format!("{{\n    \"message\": {text}\n}}").into();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// To the same address with a slash at the end of its path, as Django's APPEND_SLASH sends.
pub fn with_slash(route: Route, uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let to = format!("{}/{query}", uri.path());
    let mut response = plain(route, StatusCode::MOVED_PERMANENTLY);
    // Of the request's own address, which is ASCII.
    let to = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response
}
