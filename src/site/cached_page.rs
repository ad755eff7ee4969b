//! A finished page: its bytes in every encoding, its validators, and what it depends on.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, VARY,
};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cdn;
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::http::body::Body;
use crate::http::conditional;
use crate::http::encoding::{self, Effort, Encoding};
use crate::telemetry::PageViews;
use crate::telemetry::label::Route;

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Pages smaller than this are not worth compressing.
const MIN_COMPRESSED_BYTES: usize = 600;
/// Visitors' browsers ask every time, and mostly hear 304: a publish is visible at once.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
const PRIVATE: HeaderValue = HeaderValue::from_static("no-store");

/// How a copy came to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    Hit,
    Miss,
    /// The last good copy, because a new one cannot be made now.
    Stale,
    /// The page cache is off.
    Bypass,
}

impl Freshness {
    /// The word in the access log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Bypass => "",
        }
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Hit => "Vitrine; hit",
            Self::Miss => "Vitrine; fwd=miss; stored",
            Self::Stale => "Vitrine; hit; detail=stale",
            Self::Bypass => "Vitrine; fwd=bypass",
        })
    }

    /// Tells in the headers of a copy what it is.
    pub fn tell(self, made: Micros, headers: &mut HeaderMap) {
        if self != Self::Hit {
            headers.insert(CACHE_STATUS, self.header());
        }
        if self == Self::Stale {
            let age_s = (Micros::now().0 - made.0).max(0) / 1_000_000;
            headers.insert(AGE, HeaderValue::from(age_s));
        }
    }
}

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Representation {
    Html,
    Markdown,
    Rss,
    Atom,
    JsonFeed,
    /// `robots.txt` and `llms.txt`.
    Text,
}

impl Representation {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::JsonFeed => "application/feed+json; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        })
    }

    pub fn route(self) -> Route {
        match self {
            Self::Html | Self::Markdown => Route::Page,
            Self::Rss | Self::Atom | Self::JsonFeed => Route::Feed,
            Self::Text => Route::Text,
        }
    }
}

/// What makes a page, before it is finished.
pub struct PageParts {
    pub status: StatusCode,
    pub representation: Representation,
    /// The body: HTML, or Markdown.
    pub html: String,
    /// The page's own id; 0 for pages that are none, such as the 404 page.
    pub page_id: i64,
    pub tags: Vec<Tag>,
    pub nonce: String,
    /// Security headers, with this page's nonce in the policy, and the `Server-Timing` of a hit.
    pub headers: HeaderMap,
    /// What a CDN is told of it; empty for what none keeps.
    pub edge: HeaderMap,
    pub views: Option<PageViews>,
}

pub struct CachedPage {
    status: StatusCode,
    representation: Representation,
    page_id: i64,
    tags: Vec<Tag>,
    pub views: Option<PageViews>,
    filled: Micros,
    identity: Variant,
    compressed: [OnceLock<Option<Variant>>; 3],
    headers: HeaderMap,
    edge: HeaderMap,
    nonce: String,
    digest: String,
}

struct Variant {
    body: Bytes,
    etag: String,
    /// Complete headers of a hit.
    headers: HeaderMap,
}

impl CachedPage {
    pub fn finish(parts: PageParts) -> Arc<Self> {
        Arc::new(Self::restored(parts, Micros::now()))
    }

    /// A page that was finished earlier, at `filled`.
    pub fn restored(parts: PageParts, filled: Micros) -> Self {
        // The nonce is another one with every render, and on every node; the page is the same without it.
        let digest = Sha256::digest(parts.html.replace(&parts.nonce, "").as_bytes());
        let digest = data_encoding::BASE64URL_NOPAD.encode(&digest[..12]);
        let body = Bytes::from(parts.html);
        let form = (parts.status, parts.representation);
        let identity = Variant::new(body, &digest, None, form, [&parts.headers, &parts.edge]);
        Self {
            status: parts.status,
            representation: parts.representation,
            page_id: parts.page_id,
            tags: parts.tags,
            views: parts.views,
            filled,
            identity,
            compressed: Default::default(),
            headers: parts.headers,
            edge: parts.edge,
            nonce: parts.nonce,
            digest,
        }
    }

    pub fn filled(&self) -> Micros {
        self.filled
    }

    pub fn representation(&self) -> Representation {
        self.representation
    }

    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Of the page without its nonce.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn html(&self) -> &[u8] {
        &self.identity.body
    }

    /// What every encoding is sent with.
    pub fn base_headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub fn page_id(&self) -> i64 {
        self.page_id
    }

    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Bytes held, with an allowance for the encodings that are made later.
    pub fn size_bytes(&self) -> usize {
        let edge: usize = self.edge.values().map(HeaderValue::len).sum();
        self.identity.body.len() * 2 + edge + 1024
    }

    /// Whether `encoding` is at hand without work.
    pub fn is_ready(&self, encoding: Encoding) -> bool {
        slot(encoding).is_none_or(|slot| self.is_tiny() || self.compressed[slot].get().is_some())
    }

    /// Makes `encoding` ready; takes milliseconds for a large page.
    pub fn prepare(&self, encoding: Encoding) {
        let Some(slot) = slot(encoding).filter(|_| !self.is_tiny()) else { return };
        self.compressed[slot].get_or_init(|| {
            let body = encoding::compress(&self.identity.body, encoding, Effort::Fast)?;
            let (form, headers) = ((self.status, self.representation), [&self.headers, &self.edge]);
            Some(Variant::new(body, &self.digest, Some(encoding), form, headers))
        });
    }

    fn is_tiny(&self) -> bool {
        self.identity.body.len() < MIN_COMPRESSED_BYTES
    }

    fn variant(&self, encoding: Encoding) -> &Variant {
        slot(encoding).and_then(|slot| self.compressed[slot].get()?.as_ref()).unwrap_or(&self.identity)
    }

    /// The answer to a GET or HEAD (hyper leaves the body of a HEAD out).
    pub fn respond(&self, request: &HeaderMap, encoding: Encoding, freshness: Freshness) -> Response<Body> {
        let variant = self.variant(encoding);
        let not_modified = self.status == StatusCode::OK && conditional::none_match_names(request, &variant.etag);
        let mut response = Response::new(if not_modified { Body::empty() } else { Body::full(variant.body.clone()) });
        *response.status_mut() = if not_modified { StatusCode::NOT_MODIFIED } else { self.status };
        let headers = response.headers_mut();
        *headers = variant.headers.clone();
        if not_modified {
            headers.remove(CONTENT_TYPE);
            headers.remove(CONTENT_ENCODING);
            // The visitor's copy may carry another nonce, under the policy that came with it.
            headers.remove(CONTENT_SECURITY_POLICY);
        }
        if freshness == Freshness::Stale {
            cdn::withhold(headers);
        }
        freshness.tell(self.filled, headers);
        response
    }
}

impl Variant {
    fn new(
        body: Bytes,
        digest: &str,
        encoding: Option<Encoding>,
        (status, representation): (StatusCode, Representation),
        [base, edge]: [&HeaderMap; 2],
    ) -> Self {
        let suffix = encoding.map_or("", Encoding::as_str);
        let etag = format!("\"{digest}{suffix}\"");
        let mut headers = base.clone();
        headers.extend(edge.clone());
        headers.insert(CONTENT_TYPE, representation.content_type());
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        headers.insert(CACHE_STATUS, Freshness::Hit.header());
        if status == StatusCode::OK {
            headers.insert(ETAG, HeaderValue::from_str(&etag).expect("a base64 digest is visible ASCII"));
            headers.insert(CACHE_CONTROL, REVALIDATE);
        } else {
            headers.insert(CACHE_CONTROL, PRIVATE);
        }
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, encoding.header_value());
        }
        Self { body, etag, headers }
    }
}

fn slot(encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Identity => None,
        Encoding::Brotli => Some(0),
        Encoding::Zstd => Some(1),
        Encoding::Gzip => Some(2),
    }
}
