//! The site's static files, all in memory: hashed URLs that never change, strong ETags, and
//! compressed copies. A request looks up a key and clones prepared headers.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest as _, Sha256};

use crate::http::conditional::{self, ByteRange, Wanted};
use crate::http::encoding::{Accepted, Effort, Encoding, compress, negotiate};

mod css;
mod media_type;

use media_type::MediaType;

/// Where the files are, in URLs.
pub const PREFIX: &str = "/static/";

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SHORT_LIVED: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Ten hex digits: two different files under one name have the same with a chance of 2^-40.
const HASH_BYTES: usize = 5;
/// In the order of `Encoding::ALL`, without identity.
const CODED: [Encoding; 3] = [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip];

type Index<V> = HashMap<Box<str>, V, foldhash::fast::RandomState>;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StaticFilesError {
    #[error(
        "static file \"{0}\": names may have ASCII letters, digits and . _ - / only, without empty, . or .. segments; rename it"
    )]
    Name(String),
    #[error("static file \"{0}\" is there twice; remove one")]
    Twice(String),
}

/// One encoding of a file, ready to send.
#[derive(Debug)]
struct Representation {
    body: Bytes,
    etag: HeaderValue,
    /// Without Cache-Control, which depends on the URL.
    headers: HeaderMap,
}

#[derive(Debug)]
struct File {
    url: Box<str>,
    media_type: MediaType,
    identity: Representation,
    /// Empty until `prepare`; `None` inside when the coding does not make it smaller.
    coded: [OnceLock<Option<Representation>>; 3],
    begun: [AtomicBool; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    Hashed,
    Plain,
}

/// Every static file of the site.
#[derive(Debug, Default)]
pub struct StaticFiles {
    files: Vec<File>,
    by_path: Index<(usize, Lifetime)>,
}

impl StaticFiles {
    /// Takes the files in, by path below the static folder (`css/site.css`). References between
    /// them in CSS become hashed URLs. Compresses nothing: see `prepare`.
    ///
    /// # Errors
    /// Names the file whose name is not fit for a URL.
    pub fn from_files<P: Into<String>, B: Into<Bytes>>(
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Result<Self, StaticFilesError> {
        let mut originals = Index::default();
        for (path, bytes) in files {
            let path = path.into();
            if !is_plain_path(&path) {
                return Err(StaticFilesError::Name(path));
            }
            if originals.insert(path.as_str().into(), bytes.into()).is_some() {
                return Err(StaticFilesError::Twice(path));
            }
        }
        let mut this = Self::default();
        for (path, hashed) in css::resolve(originals) {
            let index = this.files.len();
            let url = hashed_url(&path, &hashed.hash);
            this.by_path.entry(url[PREFIX.len()..].into()).or_insert((index, Lifetime::Hashed));
            this.files.push(File::new(&path, url, &hashed.hash, hashed.bytes));
            // A file that is named like another's hashed URL keeps its name.
            this.by_path.insert(path, (index, Lifetime::Plain));
        }
        Ok(this)
    }

    /// The encoding that the client would rather have of `path` than what is there, once for each file and encoding:
    /// whoever is told makes it with [`StaticFiles::prepare`].
    pub fn begin_preparing(&self, path: &str, headers: &HeaderMap) -> Option<Encoding> {
        let (index, _) = *self.by_path.get(path.strip_prefix(PREFIX)?)?;
        let file = &self.files[index];
        let wanted = negotiate(headers);
        let slot = CODED.iter().position(|coded| *coded == wanted).filter(|_| file.media_type.is_text)?;
        (!file.begun[slot].swap(true, Relaxed)).then_some(wanted)
    }

    /// Makes a compressed copy with the best ratio: up to a second for a large file, so run it on a blocking thread.
    /// Until it is there, the plain bytes are sent.
    pub fn prepare(&self, path: &str, encoding: Encoding) {
        let Some((index, _)) = path.strip_prefix(PREFIX).and_then(|path| self.by_path.get(path)) else { return };
        let file = &self.files[*index];
        if let Some(slot) = CODED.iter().position(|coded| *coded == encoding) {
            file.coded[slot].get_or_init(|| file.encode(encoding));
        }
    }

    #[cfg(test)]
    fn precompress(&self) {
        for file in &self.files {
            for (place, encoding) in file.coded.iter().zip(CODED) {
                place.get_or_init(|| file.encode(encoding));
            }
        }
    }

    /// The hashed URL of `css/site.css`: `/static/css/site.3f2a91bc04.css`.
    pub fn url(&self, path: &str) -> Option<&str> {
        self.by_path.get(path).map(|(index, _)| &*self.files[*index].url)
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Answers a request for `path` (the URL path, undecoded, with `/static/`); `None` when there
    /// is no such file. Names are plain ASCII and looked up whole, so that traversal, escapes and
    /// NUL find nothing.
    pub fn respond(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Full<Bytes>>> {
        let (index, lifetime) = *self.by_path.get(path.strip_prefix(PREFIX)?)?;
        let file = &self.files[index];
        Some(match *method {
            Method::GET => file.answer(lifetime, headers, true),
            Method::HEAD => file.answer(lifetime, headers, false),
            _ => method_not_allowed(),
        })
    }
}

impl File {
    fn new(path: &str, url: String, hash: &str, bytes: Bytes) -> Self {
        let media_type = MediaType::of(path);
        let identity = Representation::new(bytes, media_type, hash, Encoding::Identity);
        Self { url: url.into(), media_type, identity, coded: [const { OnceLock::new() }; 3], begun: Default::default() }
    }

    fn encode(&self, encoding: Encoding) -> Option<Representation> {
        if !self.media_type.is_text {
            return None;
        }
        let etag = self.identity.etag.to_str().expect("made of hex digits").trim_matches('"');
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

    fn answer(&self, lifetime: Lifetime, headers: &HeaderMap, with_body: bool) -> Response<Full<Bytes>> {
        // A part of a compressed copy is of no use to a client that resumes a plain one.
        let ranged = with_body && headers.contains_key(http::header::RANGE);
        let chosen = if ranged { &self.identity } else { self.choose(headers) };
        let etag = chosen.etag.to_str().expect("made of hex digits");
        if conditional::none_match_names(headers, etag) {
            return self.not_modified(lifetime, chosen);
        }
        if ranged && conditional::range_applies(headers, etag) {
            let total_bytes = chosen.body.len() as u64;
            match conditional::wanted(headers, total_bytes) {
                Wanted::Part(range) => return chosen.part(lifetime, range),
                Wanted::Unsatisfiable => return unsatisfiable(total_bytes),
                // Several parts at once are for documents read by page; the whole answers them too.
                Wanted::Whole | Wanted::Parts(_) => {}
            }
        }
        let mut response = Response::new(if with_body { Full::new(chosen.body.clone()) } else { Full::default() });
        *response.headers_mut() = chosen.headers.clone();
        response.headers_mut().insert(CACHE_CONTROL, lifetime.cache_control());
        response
    }

    fn not_modified(&self, lifetime: Lifetime, chosen: &Representation) -> Response<Full<Bytes>> {
        let mut response = empty(StatusCode::NOT_MODIFIED);
        let headers = response.headers_mut();
        headers.insert(ETAG, chosen.etag.clone());
        headers.insert(CACHE_CONTROL, lifetime.cache_control());
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

    fn part(&self, lifetime: Lifetime, range: ByteRange) -> Response<Full<Bytes>> {
        // The range lies within a body in memory, so both ends fit in usize.
        let body = self.body.slice(range.first as usize..=range.last as usize);
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let headers = response.headers_mut();
        *headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(range.size_bytes()));
        headers.insert(CONTENT_RANGE, range.content_range(self.body.len() as u64));
        headers.insert(CACHE_CONTROL, lifetime.cache_control());
        response
    }
}

impl Lifetime {
    fn cache_control(self) -> HeaderValue {
        match self {
            Self::Hashed => IMMUTABLE,
            Self::Plain => SHORT_LIVED,
        }
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

fn method_not_allowed() -> Response<Full<Bytes>> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// The first digits of SHA-256, in hex.
fn content_hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..HASH_BYTES])
}

/// `css/site.css` and its hash make `/static/css/site.3f2a91bc04.css`.
fn hashed_url(path: &str, hash: &str) -> String {
    let name_at = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name_at..].rfind('.').filter(|dot| *dot > 0) {
        Some(dot) => format!("{PREFIX}{}.{hash}{}", &path[..name_at + dot], &path[name_at + dot..]),
        None => format!("{PREFIX}{path}.{hash}"),
    }
}

fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/'))
}

#[cfg(test)]
mod tests;
