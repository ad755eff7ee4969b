//! The frame of every operations page: no template of the site, nothing from elsewhere, readable without JavaScript.

use std::fmt::{Display, Write as _};

use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use http::{HeaderName, StatusCode};

use crate::http::headers::Nonce;
use crate::http::measure::Note;
use crate::render::escaped;
use crate::telemetry::label::Route;

/// Whatever can be shown, as text of HTML.
pub fn escape(value: impl Display) -> String {
    escaped(&value.to_string())
}

/// Which part of the operations pages is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Now,
    Traces,
}

/// A page: `main` is HTML, `scripts` are files of [`super::files`].
pub struct Page<'p> {
    pub title: &'p str,
    pub part: Part,
    pub main: String,
    pub scripts: &'p [&'p str],
}

impl Page<'_> {
    pub fn into_response(self, status: StatusCode) -> Response {
        let nonce = Nonce::random();
        let (title, main, nonce) = (escape(self.title), self.main, nonce.as_str());
        let current = |part: Part| if part == self.part { " aria-current=\"page\"" } else { "" };
        let mut out = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
             <link rel=\"stylesheet\" nonce=\"{nonce}\" href=\"/ops/static/uplot.min.css\">\
             <link rel=\"stylesheet\" nonce=\"{nonce}\" href=\"/ops/static/ops.css\"></head><body>\
             <a class=\"skip\" href=\"#main\">Skip to the numbers</a><header><p class=\"brand\">Vitrine <span>operations</span></p>\
             <nav aria-label=\"Operations\"><a href=\"/ops\"{}>Now</a><a href=\"/ops/traces\"{}>Traces</a>\
             <a href=\"/metrics\">Metrics</a></nav></header><main id=\"main\">{main}</main>",
            current(Part::Now),
            current(Part::Traces),
        );
        for script in self.scripts {
            let _ = write!(out, "<script nonce=\"{nonce}\" src=\"/ops/static/{script}\" defer></script>");
        }
        out.push_str("</body></html>");
        let mut response = answer(status, "text/html; charset=utf-8", out);
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        let policy = HeaderValue::try_from(policy).expect("constants and base64 are a header value");
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// An answer of the operations pages: nobody keeps it.
pub fn answer(status: StatusCode, content_type: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let set: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_TYPE, HeaderValue::from_static(content_type)), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    response.headers_mut().extend(set);
    response.extensions_mut().insert(Note::of(Route::Ops));
    response
}

/// A table; cells are HTML. Columns that begin with `#` hold numbers.
pub fn table(id: &str, columns: &[&str], rows: &[Vec<String>], nothing: &str) -> String {
    if rows.is_empty() {
        return format!("<p class=\"nothing\" id=\"{id}\">{}</p>", escape(nothing));
    }
    let mut out = format!("<div class=\"scroll\"><table id=\"{id}\"><thead><tr>");
    let class = |column: &str| if column.starts_with('#') { " class=\"n\"" } else { "" };
    for column in columns {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(column), escape(column.trim_start_matches('#')));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in columns.iter().zip(row) {
            let _ = write!(out, "<td{}>{cell}</td>", class(column));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}
