//! One file in memory, in the encodings that it was asked for or came with: strong ETags, parts, and prepared headers.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest as _, Sha256};

use super::media_type::MediaType;
use crate::http::conditional::{self, ByteRange, Wanted};
use crate::http::encoding::{Accepted, Effort, Encoding, compress, negotiate};

/// Ten hex digits: two different files under one name have the same with a chance of 2^-40.
const HASH_BYTES: usize = 5;
/// In the order of `Encoding::ALL`, without identity.
pub(super) const CODED: [Encoding; 3] = [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip];

fn slot(encoding: Encoding) -> Option<usize> {
    CODED.iter().position(|coded| *coded == encoding)
}

/// One encoding of a file, ready to send.
#[derive(Debug)]
struct Representation {
    body: Bytes,
    etag: HeaderValue,
    /// Without Cache-Control, which depends on the URL.
    headers: HeaderMap,
}

/// A file in memory, in each encoding that it was asked for.
#[derive(Debug)]
pub(in crate::site) struct File {
    media_type: MediaType,
    identity: Representation,
    /// Empty until `prepare`; `None` inside when the coding does not make it smaller.
    coded: [OnceLock<Option<Representation>>; 3],
    begun: [AtomicBool; 3],
}

impl File {
    /// `path`: of its name its media type is told; `hash`: of its bytes.
    pub(in crate::site) fn new(path: &str, hash: &str, bytes: Bytes) -> Self {
        let media_type = MediaType::of(path);
        let identity = Representation::new(bytes, media_type, hash, Encoding::Identity);
        Self { media_type, identity, coded: [const { OnceLock::new() }; 3], begun: Default::default() }
    }

    /// With a compressed copy that somebody made before.
    pub(in crate::site) fn with(self, encoding: Encoding, bytes: Bytes) -> Self {
        if let Some(slot) = slot(encoding) {
            let made = Representation::new(bytes, self.media_type, self.hash(), encoding);
            self.begun[slot].store(true, Relaxed);
            self.coded[slot].get_or_init(|| Some(made));
        }
        self
    }

    /// The encoding that the client would rather have than what is there, once for each encoding: whoever is told makes it
    /// with [`File::prepare`].
    pub(in crate::site) fn begin(&self, headers: &HeaderMap) -> Option<Encoding> {
        let wanted = negotiate(headers);
        let slot = slot(wanted).filter(|_| self.media_type.is_text)?;
        (!self.begun[slot].swap(true, Relaxed)).then_some(wanted)
    }

    /// Makes a compressed copy: see [`StaticFiles::prepare`](super::StaticFiles::prepare).
    pub(in crate::site) fn prepare(&self, encoding: Encoding) {
        if let Some(slot) = slot(encoding) {
            self.coded[slot].get_or_init(|| self.encode(encoding));
        }
    }

    fn hash(&self) -> &str {
        self.identity.etag.to_str().expect("made of hex digits").trim_matches('"')
    }

    fn encode(&self, encoding: Encoding) -> Option<Representation> {
        if !self.media_type.is_text {
            return None;
        }
        let etag = self.hash();
        compress(&self.identity.body, encoding, Effort::Best)
            .map(|body| Representation::new(body, self.media_type, etag, encoding))
    }

    /// The best encoding there is by now. Identity is sent even if the client refuses it: see
    /// `encoding::negotiate`.
    fn choose(&self, headers: &HeaderMap) -> &Representation {
        if !self.media_type.is_text {
            return &self.identity;
        }
        let ready = |index: usize| self.coded[index].get().and_then(Option::as_ref);
        let mut available = [Encoding::Identity; 4];
        for (index, encoding) in CODED.into_iter().enumerate() {
            if ready(index).is_some() {
                available[index] = encoding;
            }
        }
        match Accepted::of(headers).best(&available) {
            Some(Encoding::Brotli) => ready(0),
            Some(Encoding::Zstd) => ready(1),
            Some(Encoding::Gzip) => ready(2),
            Some(Encoding::Identity) | None => None,
        }
        .unwrap_or(&self.identity)
    }

    /// Answers a GET, or without its body a HEAD.
    pub(in crate::site) fn answer(
        &self,
        caching: HeaderValue,
        headers: &HeaderMap,
        with_body: bool,
    ) -> Response<Full<Bytes>> {
        // A part of a compressed copy is of no use to a client that resumes a plain one.
        let ranged = with_body && headers.contains_key(http::header::RANGE);
        let chosen = if ranged { &self.identity } else { self.choose(headers) };
        let etag = chosen.etag.to_str().expect("made of hex digits");
        if conditional::none_match_names(headers, etag) {
            return self.not_modified(caching, chosen);
        }
        if ranged && conditional::range_applies(headers, etag) {
            let total_bytes = chosen.body.len() as u64;
            match conditional::wanted(headers, total_bytes) {
                Wanted::Part(range) => return chosen.part(caching, range),
                Wanted::Unsatisfiable => return unsatisfiable(total_bytes),
                // Several parts at once are for documents read by page; the whole answers them too.
                Wanted::Whole | Wanted::Parts(_) => {}
            }
        }
        let mut response = Response::new(if with_body { Full::new(chosen.body.clone()) } else { Full::default() });
        *response.headers_mut() = chosen.headers.clone();
        response.headers_mut().insert(CACHE_CONTROL, caching);
        response
    }

    fn not_modified(&self, caching: HeaderValue, chosen: &Representation) -> Response<Full<Bytes>> {
        let mut response = empty(StatusCode::NOT_MODIFIED);
        let headers = response.headers_mut();
        headers.insert(ETAG, chosen.etag.clone());
        headers.insert(CACHE_CONTROL, caching);
        if self.media_type.is_text {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }
}

impl Representation {
    fn new(body: Bytes, media_type: MediaType, hash: &str, encoding: Encoding) -> Self {
        let quoted = match encoding {
            Encoding::Identity => format!("\"{hash}\""),
            coded => format!("\"{hash}-{}\"", coded.as_str()),
        };
        let etag = HeaderValue::try_from(quoted).expect("hex digits are a header value");
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.name));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        headers.insert(ETAG, etag.clone());
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if encoding != Encoding::Identity {
            headers.insert(CONTENT_ENCODING, encoding.header_value());
        }
        if media_type.is_text {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if media_type.is_cross_origin {
            headers.insert(HeaderName::from_static("access-control-allow-origin"), HeaderValue::from_static("*"));
        }
        Self { body, etag, headers }
    }

    fn part(&self, caching: HeaderValue, range: ByteRange) -> Response<Full<Bytes>> {
        // The range lies within a body in memory, so both ends fit in usize.
        let body = self.body.slice(range.first as usize..=range.last as usize);
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let headers = response.headers_mut();
        *headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(range.size_bytes()));
        headers.insert(CONTENT_RANGE, range.content_range(self.body.len() as u64));
        headers.insert(CACHE_CONTROL, caching);
        response
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn unsatisfiable(total_bytes: u64) -> Response<Full<Bytes>> {
    let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
    response.headers_mut().insert(CONTENT_RANGE, conditional::unsatisfied_content_range(total_bytes));
    response
}

/// The first digits of SHA-256, in hex.
pub(in crate::site) fn content_hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..HASH_BYTES])
}
