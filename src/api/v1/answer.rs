//! What the API answers: JSON, with a strong ETag where it is one thing that may be changed.

use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, LOCATION, VARY};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::problem::Refusal;
use crate::content::Seen;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::telemetry::label::Route;

/// Bytes of a digest that an ETag shows.
const DIGEST_BYTES: usize = 8;
/// Entity tags of one If-Match that are looked at.
const MAX_TAGS: usize = 32;
/// Told of an answer that was given before, to a request with the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer before it is one: so that it can be kept for a request that comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct Reply {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub location: Option<String>,
    /// JSON; empty for none.
    pub body: String,
    /// What is kept in its place for a request that comes again: the body without a secret.
    pub kept: Option<String>,
    pub is_replay: bool,
}

impl Reply {
    pub(in crate::api) fn of(status: StatusCode, value: &Value) -> Self {
        Self { status, etag: None, location: None, body: value.to_string(), kept: None, is_replay: false }
    }

    pub(in crate::api) fn ok(value: &Value) -> Self {
        Self::of(StatusCode::OK, value)
    }

    pub(in crate::api) fn nothing(status: StatusCode) -> Self {
        Self { status, etag: None, location: None, body: String::new(), kept: None, is_replay: false }
    }

    /// Something new, at this address.
    pub(in crate::api) fn created(value: &Value, location: String) -> Self {
        Self { location: Some(location), ..Self::of(StatusCode::CREATED, value) }
    }

    pub(in crate::api) fn with_etag(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }

    /// Where a body with a secret is kept, this one is instead.
    pub(in crate::api) fn kept_as(self, body: String) -> Self {
        Self { kept: Some(body), ..self }
    }

    pub(in crate::api) fn into_response(self, route: Route) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        let kept = if self.etag.is_some() { "private, no-cache" } else { "private, no-store" };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
        if !matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, text) in [(ETAG, self.etag), (LOCATION, self.location)] {
            headers.extend(text.and_then(|text| HeaderValue::try_from(text).ok()).map(|value| (name, value)));
        }
        if self.is_replay {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response.extensions_mut().insert(Note::of(route));
        response
    }
}

/// The strong ETag of one representation of something at this version of it.
pub(in crate::api) fn etag(version: i64, representation: &Value) -> String {
    let digest = Sha256::digest(representation.to_string().as_bytes());
    format!("\"{version}-{}\"", data_encoding::HEXLOWER.encode(&digest[..DIGEST_BYTES]))
}

/// The version of something whose changes are not counted: another one for whatever else is said of it.
pub(in crate::api) fn version_of(state: &Value) -> i64 {
    let digest = Sha256::digest(state.to_string().as_bytes());
    digest[..DIGEST_BYTES].iter().fold(0, |version, byte| version << 8 | i64::from(*byte)) & i64::MAX
}

/// Which version of something a change is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) enum Expected {
    /// Nobody said.
    Unsaid,
    /// `*`: whichever is there.
    Any,
    These(Vec<i64>),
}

impl Expected {
    /// What `If-Match` says. What is the newest counts, not how it was shown: a tag of another representation of the same
    /// version will do. Weak tags match nothing (RFC 9110, 13.1.1).
    pub(in crate::api) fn of(headers: &HeaderMap) -> Self {
        let values: Vec<&str> =
            headers.get_all(IF_MATCH).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        if values.is_empty() {
            return Self::Unsaid;
        }
        let tags = || values.iter().flat_map(|list| list.split(',')).map(str::trim).take(MAX_TAGS);
        if tags().any(|tag| tag == "*") {
            return Self::Any;
        }
        let version = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?.0.parse().ok();
        Self::These(tags().filter_map(version).collect())
    }

    /// The same, for an operation that looks at it itself.
    pub(in crate::api) fn seen(self) -> Seen {
        match self {
            Self::Unsaid | Self::Any => Seen::Any,
            Self::These(versions) => Seen::These(versions),
        }
    }

    /// Whether the change may be made for this version.
    pub(in crate::api) fn takes(&self, version: i64) -> bool {
        match self {
            Self::Unsaid | Self::Any => true,
            Self::These(versions) => versions.contains(&version),
        }
    }
}

/// Nobody changes what they have not seen.
pub(in crate::api) fn unconditional() -> Refusal {
    let problem = Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_needed", "The change needs an If-Match");
    problem.with_detail("Send the ETag of what you changed as If-Match, or * for whatever is there.").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(text: &str) -> Expected {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(text).expect("a header"));
        Expected::of(&headers)
    }

    #[test]
    fn if_match_names_versions_by_their_strong_tags() {
        assert_eq!(Expected::of(&HeaderMap::new()), Expected::Unsaid);
        assert_eq!(said("*"), Expected::Any);
        let tag = etag(17, &json!({ "a": 1 }));
        assert_eq!(said(&tag), Expected::These(vec![17]));
        assert_eq!(said(&format!("\"3-ab\", {tag}")), Expected::These(vec![3, 17]));
        for nothing in ["", "17", "W/\"17-ab\"", "\"x-ab\"", "\"17\""] {
            assert_eq!(said(nothing), Expected::These(Vec::new()), "{nothing}");
        }
        assert!(said(&tag).takes(17) && !said(&tag).takes(18) && said("*").takes(18));
    }

    #[test]
    fn two_representations_of_one_version_have_two_tags() {
        assert_ne!(etag(1, &json!({ "a": 1 })), etag(1, &json!({ "a": 2 })));
    }
}
