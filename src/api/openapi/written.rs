//! Texts about the API as they are sent: in the coding that a client takes, with a strong ETag for each.

use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, VARY};
use http::{HeaderMap, StatusCode};

use crate::api::v1;
use crate::http::conditional;
use crate::http::encoding::{self, Accepted, Effort, Encoding};
use crate::http::measure::Note;
use crate::telemetry::label::Route;

/// One style sheet of this server, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub(super) struct Written {
    kind: &'static str,
    etag: String,
    /// As it is, and in each coding that is smaller.
    forms: Vec<(Encoding, bytes::Bytes)>,
}

impl Written {
    pub fn of(kind: &'static str, text: &str) -> Self {
        let coded = |encoding| Some((encoding, encoding::compress(text.as_bytes(), encoding, Effort::Fast)?));
        let mut forms: Vec<(Encoding, bytes::Bytes)> =
            [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip].into_iter().filter_map(coded).collect();
        forms.push((Encoding::Identity, text.to_owned().into()));
        Self { kind, etag: v1::etag(1, &text.into()), forms }
    }

    pub fn send(&self, asked: &HeaderMap, route: Route) -> Response {
        let available: Vec<Encoding> = self.forms.iter().map(|(encoding, _)| *encoding).collect();
        let best = Accepted::of(asked).best(&available).unwrap_or(Encoding::Identity);
        // Each coding is a representation of its own.
        let etag = match best {
            Encoding::Identity => self.etag.clone(),
            coded => format!("{}-{}\"", self.etag.trim_end_matches('"'), coded.as_str()),
        };
        let is_known = conditional::none_match_names(asked, &etag);
        let body = self.forms.iter().find(|(encoding, _)| *encoding == best).filter(|_| !is_known);
        let mut response = Response::new(body.map(|(_, bytes)| bytes.clone()).unwrap_or_default().into());
        response.extensions_mut().insert(Note::of(route));
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Authorization, Cookie"));
        headers.extend(HeaderValue::try_from(etag).ok().map(|etag| (ETAG, etag)));
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if best != Encoding::Identity {
            headers.insert(CONTENT_ENCODING, best.header_value());
        }
        response
    }
}
