//! An object of the bucket, read in parts: what lies behind a part is fetched with it, so that one call serves several.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::ObjectMeta;
use object_store::path::Path;

use super::Bucket;

/// What comes with the answer whether there is such an object: most renditions as a whole.
pub(super) const FIRST_BYTES: u64 = 256 << 10;
/// What is fetched at once of an object that is read from part to part.
const AHEAD_BYTES: u64 = 1 << 20;
/// What is fetched at once of an object that is read whole: as much as comes within the time of one call.
const MOST_BYTES: u64 = 8 << 20;

pub(in crate::media::storage) struct Object {
    bucket: Arc<Bucket>,
    path: Path,
    etag: Option<String>,
    size_bytes: u64,
    /// Bytes that were fetched, and where they begin.
    fetched: (u64, Bytes),
}

impl Object {
    pub(super) fn new(bucket: Arc<Bucket>, meta: ObjectMeta, beginning: Bytes) -> Self {
        Self { bucket, path: meta.location, etag: meta.e_tag, size_bytes: meta.size, fetched: (0, beginning) }
    }

    /// `size_bytes` bytes from `first`, of the object as it was when it was opened.
    pub(in crate::media::storage) async fn part(&mut self, first: u64, size_bytes: u64) -> io::Result<Bytes> {
        let end = first.checked_add(size_bytes).filter(|end| *end <= self.size_bytes);
        let end = end.ok_or_else(|| self.broken(ErrorKind::UnexpectedEof, "is shorter"))?;
        let (mut bytes, mut at) = (BytesMut::new(), first);
        loop {
            let ready = self.ready(at, end);
            at += ready.len() as u64;
            if at == end && bytes.is_empty() {
                return Ok(ready);
            }
            // The callers bound it: by the limit of a read, or the size of a chunk.
            bytes.reserve(ready.len() + (end - at) as usize);
            bytes.extend_from_slice(&ready);
            if at == end {
                return Ok(bytes.freeze());
            }
            self.fetch(at, end).await?;
        }
    }

    /// What is there already of the bytes from `first`.
    fn ready(&self, first: u64, end: u64) -> Bytes {
        let (begin, bytes) = &self.fetched;
        let last = (begin + bytes.len() as u64).min(end);
        match first >= *begin && first < last {
            true => bytes.slice((first - begin) as usize..(last - begin) as usize),
            false => Bytes::new(),
        }
    }

    async fn fetch(&mut self, at: u64, end: u64) -> io::Result<()> {
        let wanted = end - at;
        // Less than the first bytes is the end of what somebody asked for.
        let ahead = if wanted < FIRST_BYTES { wanted } else { wanted.clamp(AHEAD_BYTES, MOST_BYTES) };
        let range = at..(at + ahead).min(self.size_bytes);
        let found = self.bucket.fetch(&self.path, range, self.etag.clone()).await?;
        let (_, bytes) = found.ok_or_else(|| self.broken(ErrorKind::NotFound, "was deleted while it was read"))?;
        if bytes.is_empty() {
            return Err(self.broken(ErrorKind::UnexpectedEof, "is shorter"));
        }
        self.fetched = (at, bytes);
        Ok(())
    }

    fn broken(&self, kind: ErrorKind, what: &str) -> io::Error {
        io::Error::new(kind, format!("{}: {} {what}", self.bucket.shown, self.path))
    }
}
