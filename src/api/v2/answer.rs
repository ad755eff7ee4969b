//! Answers as Django REST framework gives them: negotiation, methods, layout, refusals, headers.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER, VARY};
use http::{Method, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Value, json};

use super::Endpoint;
use super::params::Params;
use crate::db::DbError;
use crate::http::measure::Note;
use crate::telemetry::label::{Failure, Route};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
const VARIES: HeaderValue = HeaderValue::from_static("Accept, Cookie");
/// Longest indentation that `Accept` may ask for.
const MAX_INDENT: usize = 8;
const INDENT: usize = 4;
/// Media ranges of one header that are read, as in the framework.
const MAX_RANGES: usize = 64;
/// Seconds to wait when the database is away.
const RETRY_S: u64 = 5;

/// Why a request is not answered with what it asks for.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
    failure: Failure,
}

impl Refusal {
    pub fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), failure: Failure::None }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into(), failure: Failure::None }
    }

    /// When no site can be served yet.
    pub fn starting() -> Self {
        let message = "the server is starting, try again".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message, failure: Failure::Overload }
    }

    /// When too many search at once.
    pub fn busy() -> Self {
        let message = "too many searches at once, try again".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message, failure: Failure::Overload }
    }

    /// Django's words for an object that is not there.
    pub fn no(model: &str) -> Self {
        Self::not_found(format!("No {model} matches the given query."))
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "a request to the API failed");
        let message = "the database is out of reach, try again".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message, failure: Failure::Database }
    }
}

/// What a request is answered with, and how it is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub route: Route,
    /// None: without any blanks.
    indent: Option<usize>,
}

/// An answer that nobody's session was looked at for.
fn unread(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response
}

/// An empty answer of a route.
pub fn plain(route: Route, status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.extensions_mut().insert(Note::of(route));
    response
}

impl Layout {
    /// Chooses the layout. An answer instead for what cannot be had, for OPTIONS, and for methods that nobody has.
    pub fn negotiate(
        endpoint: Endpoint,
        route: Route,
        method: &Method,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Self, Box<Response>> {
        let usual = Self { route, indent: Some(INDENT) };
        if params.find("format").is_some_and(|format| !matches!(format, "" | "json")) {
            return Err(Box::new(unread(usual.refuse(&Refusal::not_found("")))));
        }
        let Some(indent) = accepted(headers) else {
            let detail = json!({ "detail": "Could not satisfy the request Accept header." });
            return Err(Box::new(unread(usual.answer(StatusCode::NOT_ACCEPTABLE, &detail))));
        };
        let this = Self { route, indent };
        match *method {
            Method::GET | Method::HEAD => Ok(this),
            Method::OPTIONS => {
                let about = json!({
                    "name": endpoint.title(),
                    "description": "",
                    "renders": ["application/json"],
                    "parses": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
                });
                Err(Box::new(this.answer(StatusCode::OK, &about)))
            }
            _ => {
                let detail = format!("Method \"{method}\" not allowed.");
                Err(Box::new(this.answer(StatusCode::METHOD_NOT_ALLOWED, &json!({ "detail": detail }))))
            }
        }
    }

    pub fn indent(self) -> Option<usize> {
        self.indent
    }

    pub fn answer(self, status: StatusCode, value: &Value) -> Response {
        self.written(status, self.write(value))
    }

    /// An answer with this text.
    pub fn written(self, status: StatusCode, text: Bytes) -> Response {
        let mut response = plain(self.route, status);
        *response.body_mut() = text.into();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ALLOW, METHODS);
        headers.insert(VARY, VARIES);
        response
    }

    /// `{"message": "…"}`.
    pub fn refuse(self, refusal: &Refusal) -> Response {
        let mut response = self.answer(refusal.status, &json!({ "message": refusal.message }));
        if refusal.failure != Failure::None {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_S));
            response.extensions_mut().insert(Note { failure: refusal.failure, ..Note::of(self.route) });
        }
        response
    }

    /// 302, as Django's `redirect` sends.
    pub fn found(self, location: &str) -> Response {
        let mut response = plain(self.route, StatusCode::FOUND);
        let headers = response.headers_mut();
        // Percent-encoded throughout.
        headers.insert(LOCATION, HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/")));
        headers.insert(CONTENT_TYPE, HTML);
        headers.insert(ALLOW, METHODS);
        headers.insert(VARY, VARIES);
        response
    }

    /// Python's `json.dumps`: the text of the framework's `JSONRenderer`.
    pub fn write(self, value: &Value) -> Bytes {
        let mut out = Vec::with_capacity(4096);
        let written = match self.indent {
            None => serde_json::to_writer(&mut out, value),
            Some(width) => {
                let blanks = [b' '; MAX_INDENT];
                let formatter = serde_json::ser::PrettyFormatter::with_indent(&blanks[..width.min(MAX_INDENT)]);
                value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter))
            }
        };
        written.expect("a vector takes all, and keys are strings");
        escape_separators(out).into()
    }
}

/// U+2028 and U+2029 stand escaped, so that the answer is JavaScript too.
fn escape_separators(text: Vec<u8>) -> Vec<u8> {
    let is_separator = |at: &[u8]| at[0] == 0xe2 && at[1] == 0x80 && matches!(at[2], 0xa8 | 0xa9);
    if !text.windows(3).any(is_separator) {
        return text;
    }
    let text = String::from_utf8_lossy(&text).replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    text.into_bytes()
}

/// The indentation that a client asks for; none at all when it does not take JSON.
fn accepted(headers: &HeaderMap) -> Option<Option<usize>> {
    let mut ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if ranges.peek().is_none() {
        return Some(Some(INDENT));
    }
    let mut best: Option<(u8, &str)> = None;
    for range in ranges.flat_map(|text| text.split(',')).take(MAX_RANGES) {
        let name = range.split(';').next().unwrap_or_default().trim();
        let exactness = match name {
            _ if name.eq_ignore_ascii_case("application/json") => 2 + u8::from(range.contains(';')),
            _ if name.eq_ignore_ascii_case("application/*") => 1,
            "*/*" => 0,
            _ => continue,
        };
        if best.is_none_or(|(known, _)| exactness > known) {
            best = Some((exactness, range));
        }
    }
    let (_, range) = best?;
    let parameters = range.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let given = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("indent")).last();
    Some(match given.and_then(|(_, value)| super::python::int(value.trim().trim_matches('"'))) {
        None => Some(INDENT),
        Some(width) => usize::try_from(width.clamp(0, MAX_INDENT as i128)).ok().filter(|width| *width > 0),
    })
}

/// To the same address with a slash at the end of its path, as Django's APPEND_SLASH sends.
pub fn with_slash(route: Route, uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let to = format!("{}/{query}", uri.path());
    let mut response = plain(route, StatusCode::MOVED_PERMANENTLY);
    // Of the request's own address, which is ASCII.
    let to = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indent(accept: &str) -> Option<Option<usize>> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        accepted(&headers)
    }

    #[test]
    fn the_indentation_is_asked_for_in_accept() {
        assert_eq!(accepted(&HeaderMap::new()), Some(Some(4)));
        for (accept, width) in [
            ("*/*", Some(4)),
            ("application/json", Some(4)),
            ("application/json; indent=2", Some(2)),
            ("application/json;indent=0", None),
            ("application/json;indent=99", Some(8)),
            ("application/json;indent=x", Some(4)),
            ("text/html, */*; indent=3;q=0.8", Some(3)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(4)),
        ] {
            assert_eq!(indent(accept), Some(width), "{accept}");
        }
        assert_eq!(indent("text/html"), None);
        assert_eq!(indent("application/xml, text/*"), None);
    }

    #[test]
    fn the_text_is_that_of_python() {
        let value = json!({ "a": [], "b": {}, "c": [1, "é\u{2028}\"\u{1}"], "d": null });
        let layout = Layout { route: Route::ApiV2Pages, indent: Some(4) };
        let text = String::from_utf8(layout.write(&value).to_vec()).expect("UTF-8");
        let expected = "{\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n        1,\n        \"é\\u2028\\\"\\u0001\"\n    ],\n    \"d\": null\n}";
        assert_eq!(text, expected);
        let compact = Layout { indent: None, ..layout };
        assert_eq!(&compact.write(&json!({ "a": [1, 2] }))[..], b"{\"a\":[1,2]}");
    }
}
