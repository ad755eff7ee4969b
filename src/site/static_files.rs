//! The site's static files, all in memory: hashed URLs that never change, strong ETags, and
//! compressed copies. A request looks up a key and clones prepared headers.

use std::collections::HashMap;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use crate::http::encoding::Encoding;

mod css;
mod file;
mod media_type;

#[cfg(test)]
use file::CODED;
pub(super) use file::{File, content_hash};

/// Where the files are, in URLs.
pub const PREFIX: &str = "/static/";

pub(super) const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SHORT_LIVED: HeaderValue = HeaderValue::from_static("public, max-age=60");

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    Hashed,
    Plain,
}

/// A file and where it is for ever.
#[derive(Debug)]
struct Known {
    url: Box<str>,
    file: File,
}

/// Every static file of the site.
#[derive(Debug, Default)]
pub struct StaticFiles {
    files: Vec<Known>,
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
            let file = File::new(&path, &hashed.hash, hashed.bytes);
            this.files.push(Known { url: url.into(), file });
            // A file that is named like another's hashed URL keeps its name.
            this.by_path.insert(path, (index, Lifetime::Plain));
        }
        Ok(this)
    }

    /// The encoding that the client would rather have of `path` than what is there, once for each file and encoding:
    /// whoever is told makes it with [`StaticFiles::prepare`].
    pub fn begin_preparing(&self, path: &str, headers: &HeaderMap) -> Option<Encoding> {
        let (index, _) = *self.by_path.get(path.strip_prefix(PREFIX)?)?;
        self.files[index].file.begin(headers)
    }

    /// Makes a compressed copy with the best ratio: up to a second for a large file, so run it on a blocking thread.
    /// Until it is there, the plain bytes are sent.
    pub fn prepare(&self, path: &str, encoding: Encoding) {
        let Some((index, _)) = path.strip_prefix(PREFIX).and_then(|path| self.by_path.get(path)) else { return };
        self.files[*index].file.prepare(encoding);
    }

    #[cfg(test)]
    fn precompress(&self) {
        for known in &self.files {
            CODED.into_iter().for_each(|encoding| known.file.prepare(encoding));
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
        let file = &self.files[index].file;
        Some(match *method {
            Method::GET => file.answer(lifetime.cache_control(), headers, true),
            Method::HEAD => file.answer(lifetime.cache_control(), headers, false),
            _ => method_not_allowed(),
        })
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

fn method_not_allowed() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
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
