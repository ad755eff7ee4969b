//! Serving renditions and documents. Who may see a file is decided first; only then does anything of it leave: no ETag,
//! no length, no name before.

mod document_type;
mod file;
mod former;

use std::sync::Arc;

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use super::fill::PageError;
use super::{PublicSite, restricted};
use crate::content::privacy::{self, Target};
use crate::db::DbError;
use crate::http::body::Body;
use crate::http::measure::{Answer, Note};
use crate::http::problem::Problem;
use crate::http::stack::PageRequest;
use crate::media::document::Document;
use crate::media::image::FilterSpec;
use crate::media::rendition::{Known, Rendition};
use crate::media::storage::StorageError;
use crate::media::url::{self, RenditionPath};
use crate::media::{FileName, MediaError, RenditionError};
use crate::telemetry::label::{Failure, Route, Scheme};
use file::File;

/// A rendition's URL changes with it.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Of a restricted collection: a browser asks each time, and the answer depends on who asks.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// A document's URL stays when its file is replaced: caches ask each time.
const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");
/// An image that is opened by itself may be laid out by the browser, and no more.
const IMAGE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// Documents never run anything.
const DOCUMENT_POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// Browsers refuse to show a PDF in a sandbox; their viewers run no script of the page's origin.
const INLINE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
/// After this time a rendition that found no place in the queue is asked for again.
const BUSY_RETRY_S: u32 = 2;
const OUTAGE_RETRY_S: u32 = 5;
/// Attempts at a rendition whose file is gone: once from its row, once made again.
const ATTEMPTS: usize = 2;

/// A request for a file.
pub struct FileRequest<'r> {
    pub method: &'r Method,
    /// Behind the prefix of the route, undecoded.
    pub path: &'r str,
    pub headers: &'r HeaderMap,
    pub uri: &'r Uri,
    pub host: &'r str,
    pub scheme: Scheme,
}

/// Why a file is not sent.
enum Refusal {
    NotFound,
    /// The signature is not ours.
    Forged,
    /// The viewer may not see it.
    Denied(restricted::Refusal),
    Busy,
    Outage(DbError),
    /// The storage of the files is away.
    Away(String),
    /// The rendition cannot be made; whoever tried logged why.
    Unmade,
    Failed(String),
}

impl PublicSite {
    /// Answers for `/media/images/…`.
    pub async fn rendition(self: &Arc<Self>, request: &FileRequest<'_>) -> Answer {
        if let Some(answer) = refuse_method(request.method, Route::Rendition) {
            return answer;
        }
        match self.find_rendition(request).await {
            Ok(response) => Answer { response, note: Note::of(Route::Rendition) },
            Err(refusal) => self.refuse_file(refusal, request, Route::Rendition).await,
        }
    }

    async fn find_rendition(self: &Arc<Self>, request: &FileRequest<'_>) -> Result<Response<Body>, Refusal> {
        let Some(path) = RenditionPath::parse(request.path) else {
            return self.find_former(request, url::RENDITIONS).await.map(|(response, _)| response);
        };
        let spec = path.verify(&self.app.keys).ok_or(Refusal::Forged)?;
        let media = &self.app.media;
        for _ in 0..ATTEMPTS {
            let known = media.find_rendition(path.image_id, &spec, path.version).await?.ok_or(Refusal::NotFound)?;
            let caching = self
                .permit(known.restricted, known.collection_id, IMMUTABLE, (request.headers, request.scheme))
                .await?;
            let is_current = known.facts.version(&spec) == path.version;
            let rendition = match &known.rendition {
                Some(rendition) => rendition.clone(),
                None if is_current => media.make_rendition(known.clone(), &spec).await?,
                None => return Ok(self.redirect_to_current(&known, &spec)),
            };
            if known.facts.name(rendition.format) != path.name && is_current {
                return Err(Refusal::NotFound);
            }
            if let Some(reading) = media.storage.open(&rendition.key).await? {
                let file = File { reading, etag: etag(&rendition), headers: image_headers(&rendition, caching) };
                return Ok(file.respond(request.method, request.headers).await?);
            }
            // Somebody deleted the file: what was known is wrong.
            media.forget_rendition(path.image_id, &rendition).await?;
        }
        Err(Refusal::Failed(format!("the rendition {} is not in the storage", request.path)))
    }

    /// The file or the focal point changed, and what the old URL showed is gone.
    fn redirect_to_current(&self, known: &Known, spec: &FilterSpec) -> Response<Body> {
        redirect(&url::of_rendition(&self.app.keys, &known.facts, spec))
    }

    /// How a file is cached, for who may see what is in its collection: for everybody as `public` says.
    async fn permit(
        &self,
        restricted: bool,
        collection: i64,
        public: HeaderValue,
        (headers, scheme): (&HeaderMap, Scheme),
    ) -> Result<HeaderValue, Refusal> {
        if !restricted {
            return Ok(public);
        }
        let viewer = self.viewer(headers, scheme).await.map_err(MediaError::Db)?;
        let access = privacy::check(&self.app.content, Target::Collection(collection), &viewer).await;
        let access = access.map_err(MediaError::Db)?;
        restricted::Refusal::of(&access).map_or(Ok(PRIVATE), |refusal| Err(Refusal::Denied(refusal)))
    }

    async fn refuse_file(&self, refusal: Refusal, request: &FileRequest<'_>, route: Route) -> Answer {
        let Refusal::Denied(why) = refusal else { return refused(refusal, route) };
        let FileRequest { method, uri, host, scheme, headers, .. } = *request;
        let sites = self.sites.load_full();
        let request = PageRequest { method, uri, host, scheme, headers };
        let Some(site) = sites.find(host) else { return self.failed(&request, Route::Page, &PageError::NoSite) };
        let mut answer = self.refuse_visitor(why, site, &request).await;
        answer.note.route = route;
        answer
    }

    /// Answers for `/documents/…`.
    pub async fn document(&self, request: &FileRequest<'_>) -> Answer {
        if let Some(answer) = refuse_method(request.method, Route::Document) {
            return answer;
        }
        match self.find_document(request).await {
            Ok(response) => Answer { response, note: Note::of(Route::Document) },
            Err(refusal) => self.refuse_file(refusal, request, Route::Document).await,
        }
    }

    async fn find_document(&self, request: &FileRequest<'_>) -> Result<Response<Body>, Refusal> {
        let (id, name) = url::parse_document(request.path).ok_or(Refusal::NotFound)?;
        let media = &self.app.media;
        let document = media.document(id).await?;
        let of = document.collection_id;
        let caching = self.permit(document.restricted, of, REVALIDATED, (request.headers, request.scheme)).await?;
        // Another spelling, or the name of the file before it was replaced.
        if name != url::escaped(&document.file_name) {
            return Ok(redirect(&document.url()));
        }
        let key = document.file_key.parse().map_err(|error| Refusal::Failed(format!("document {id}: {error}")))?;
        let Some(reading) = media.storage.open(&key).await? else {
            return Err(Refusal::Failed(format!("the file {key} of document {id} is not in the storage")));
        };
        let etag = format!("\"{}\"", document.digest.get(..32).unwrap_or_default());
        let file = File { reading, etag, headers: self.download_headers(&document, caching) };
        Ok(file.respond(request.method, request.headers).await?)
    }

    fn download_headers(&self, document: &Document, caching: HeaderValue) -> HeaderMap {
        let extension = FileName::of(&document.file_name).map(|name| name.extension()).unwrap_or_default();
        let inline = self.app.config.media.inline_document_extensions.contains(&extension);
        let content_type = document_type::content_type(&extension);
        let (disposition, policy) = match inline && !content_type.starts_with("text/plain") {
            true => ("inline", INLINE_POLICY),
            false => ("attachment", DOCUMENT_POLICY),
        };
        let mut headers = HeaderMap::with_capacity(16);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_DISPOSITION, content_disposition(disposition, &document.file_name));
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, caching);
        headers
    }
}

/// The key of a rendition has the version of its image and the digest of its spec.
fn etag(rendition: &Rendition) -> String {
    let name = rendition.key.as_str().rsplit('/').next().unwrap_or_default();
    format!("\"{}\"", name.split('.').next().unwrap_or_default())
}

fn image_headers(rendition: &Rendition, caching: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(rendition.format.mime()));
    headers.insert(CONTENT_SECURITY_POLICY, IMAGE_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, caching);
    headers
}

/// RFC 6266: a plain name for old clients, the whole one for the others.
fn content_disposition(kind: &str, name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let text = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", url::escaped(name));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}

fn redirect(location: &str) -> Response<Body> {
    lead(StatusCode::FOUND, location, HeaderValue::from_static("no-cache"))
}

fn lead(status: StatusCode, location: &str, caching: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let location = HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, caching);
    response
}

fn refuse_method(method: &Method, route: Route) -> Option<Answer> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here");
    Some(with_header(problem, route, (ALLOW, HeaderValue::from_static("GET, HEAD"))))
}

fn with_header(problem: Problem, route: Route, (name, value): (HeaderName, HeaderValue)) -> Answer {
    let mut response = problem.into_text().map(Body::from);
    response.headers_mut().insert(name, value);
    Answer { response, note: Note::of(route) }
}

fn refused(refusal: Refusal, route: Route) -> Answer {
    let (problem, failure) = match refusal {
        Refusal::NotFound => (Problem::new(StatusCode::NOT_FOUND, "not_found", "Not found"), Failure::None),
        Refusal::Forged => {
            (Problem::new(StatusCode::FORBIDDEN, "bad_signature", "This is no address of this site"), Failure::None)
        }
        Refusal::Denied(_) => {
            (Problem::new(StatusCode::FORBIDDEN, "restricted", "This is not for everybody"), Failure::None)
        }
        Refusal::Busy => {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many images are being made");
            (problem.with_retry_after_s(BUSY_RETRY_S), Failure::Overload)
        }
        Refusal::Outage(error) => {
            tracing::warn!(%error, "a file could not be served");
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available right now");
            (problem.with_retry_after_s(OUTAGE_RETRY_S), Failure::Database)
        }
        Refusal::Away(cause) => {
            tracing::warn!(cause, "a file could not be served");
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available right now");
            (problem.with_retry_after_s(OUTAGE_RETRY_S), Failure::Internal)
        }
        Refusal::Unmade => (internal(), Failure::Internal),
        Refusal::Failed(cause) => {
            tracing::error!(cause, "a file could not be served");
            (internal(), Failure::Internal)
        }
    };
    Answer { response: problem.into_text().map(Body::from), note: Note { failure, ..Note::of(route) } }
}

fn internal() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong")
}

impl From<MediaError> for Refusal {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::ImageNotFound(_) | MediaError::DocumentNotFound(_) => Self::NotFound,
            MediaError::Db(error) if error.is_outage() => Self::Outage(error),
            MediaError::Storage(error) => error.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<RenditionError> for Refusal {
    fn from(error: RenditionError) -> Self {
        match error {
            RenditionError::Overloaded(_) | RenditionError::Abandoned => Self::Busy,
            RenditionError::Storage(error) if error.is_outage() => Self::Away(error.to_string()),
            _ => Self::Unmade,
        }
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        if error.is_outage() { Self::Away(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}
