//! Answering with a file of the media storage: whole or in parts, streamed, and only what the client does not have yet.

use axum::body::Body as StreamBody;
use bytes::Bytes;
use futures_util::stream;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::http::body::Body;
use crate::http::conditional::{self, ByteRange, Wanted};
use crate::media::storage::{Reading, StorageError};

/// What is sent at once; larger files go in parts of this size, read as the client takes them.
const CHUNK_BYTES: u64 = 256 << 10;

/// A file whose reader may see it: nothing here is decided about that any more.
pub(super) struct File {
    pub(super) reading: Reading,
    /// Strong, with its quotes.
    pub(super) etag: String,
    /// Type, caching, disposition and policy.
    pub(super) headers: HeaderMap,
}

impl File {
    /// Answers a GET or HEAD.
    pub(super) async fn respond(self, method: &Method, headers: &HeaderMap) -> Result<Response<Body>, StorageError> {
        let total_bytes = self.reading.size_bytes;
        let etag = HeaderValue::try_from(&self.etag).expect("an ETag is made of hex digits");
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(ETAG, etag);
        if conditional::none_match_names(headers, &self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(http::header::CONTENT_TYPE);
            return Ok(response);
        }
        response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let is_ranged = *method == Method::GET && conditional::range_applies(headers, &self.etag);
        let wanted = if is_ranged { conditional::wanted(headers, total_bytes) } else { Wanted::Whole };
        let range = match wanted {
            Wanted::Part(range) => {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                response.headers_mut().insert(CONTENT_RANGE, range.content_range(total_bytes));
                Some(range)
            }
            Wanted::Unsatisfiable => return Ok(unsatisfiable(total_bytes)),
            // Several parts at once are for documents read by page; the whole answers them too.
            Wanted::Whole | Wanted::Parts(_) => {
                (total_bytes > 0).then(|| ByteRange { first: 0, last: total_bytes - 1 })
            }
        };
        let length = range.map_or(0, ByteRange::size_bytes);
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        if let Some(range) = range.filter(|_| *method != Method::HEAD) {
            *response.body_mut() = body(self.reading, range).await?;
        }
        Ok(response)
    }
}

fn unsatisfiable(total_bytes: u64) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    response.headers_mut().insert(CONTENT_RANGE, conditional::unsatisfied_content_range(total_bytes));
    response
}

/// The first part is read before the head is sent, so that a file that cannot be read is an error and no broken answer.
async fn body(reading: Reading, range: ByteRange) -> Result<Body, StorageError> {
    let size_bytes = range.size_bytes();
    let (reading, first) = reading.part(range.first, size_bytes.min(CHUNK_BYTES)).await?;
    if size_bytes <= CHUNK_BYTES {
        return Ok(Body::full(first));
    }
    let rest = Rest { reading, next: range.first + CHUNK_BYTES, end: range.last + 1 };
    let chunks = stream::unfold(Some((Some(first), rest)), |state| async move {
        let (ready, rest) = state?;
        match ready {
            Some(chunk) => Some((Ok::<Bytes, StorageError>(chunk), Some((None, rest)))),
            None if rest.next >= rest.end => None,
            None => match rest.read().await {
                Ok((chunk, rest)) => Some((Ok(chunk), Some((None, rest)))),
                // The connection breaks off: the client sees that the file is not whole.
                Err(error) => Some((Err(error), None)),
            },
        }
    });
    Ok(Body::Stream(StreamBody::from_stream(chunks)))
}

/// What is still to be read of a file.
struct Rest {
    reading: Reading,
    next: u64,
    end: u64,
}

impl Rest {
    async fn read(self) -> Result<(Bytes, Self), StorageError> {
        let size_bytes = (self.end - self.next).min(CHUNK_BYTES);
        let (reading, chunk) = self.reading.part(self.next, size_bytes).await?;
        Ok((chunk, Self { reading, next: self.next + size_bytes, end: self.end }))
    }
}
