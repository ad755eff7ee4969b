//! Style and script of the operations pages, embedded. uPlot is under the MIT licence: see static/uplot.LICENSE.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};

use super::html::answer;

const FILES: [(&str, &str, &str); 4] = [
    ("ops.css", "text/css; charset=utf-8", include_str!("static/ops.css")),
    ("ops.js", "text/javascript; charset=utf-8", include_str!("static/ops.js")),
    ("uplot.iife.min.js", "text/javascript; charset=utf-8", include_str!("static/uplot.iife.min.js")),
    ("uplot.min.css", "text/css; charset=utf-8", include_str!("static/uplot.min.css")),
];

pub async fn file(Path(name): Path<String>) -> Response {
    let Some((_, content_type, text)) = FILES.iter().find(|(known, ..)| *known == name) else {
        return answer(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "There is no such file.\n");
    };
    let mut response = answer(StatusCode::OK, content_type, *text);
    // A new binary brings new files.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    response
}
