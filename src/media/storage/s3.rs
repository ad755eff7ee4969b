//! The media storage in a bucket of an S3 server. An object is there whole or not at all, and is replaced at once;
//! large files go in parts, and are there with the last one. Time, repetitions, calls and memory are bounded.

mod failure;
mod object;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{TryStreamExt as _, future};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore as _,
    ObjectStoreExt as _, RetryConfig,
};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Semaphore;

use super::Stored;
use crate::config;
use crate::media::Key;
pub(super) use object::Object;

/// What a part of an upload holds in memory; a smaller file is sent at once. S3 takes no part below 5 MiB but the last.
const PART_BYTES: u64 = 8 << 20;
/// Parts that S3 takes of one file.
const MAX_PARTS: u64 = 10_000;
/// Files that are sent at the same time.
const MAX_UPLOADS: usize = 4;
/// Calls that may wait for each one that is under way; more are refused at once, so that a server that hangs takes no
/// more than its share of the requests.
const WAITING_PER_CALL: usize = 4;
/// A call that S3 did not take, or that broke off, is repeated so often.
const MAX_RETRIES: usize = 3;
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);
/// To be connected.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

pub(super) struct Bucket {
    store: AmazonS3,
    /// As errors call it.
    shown: String,
    /// Before each key; empty, or with its slash.
    prefix: String,
    /// For one call, with its repetitions and its wait for the others.
    limit: Duration,
    calls: Semaphore,
    /// Of calls that are under way or wait.
    turns: Semaphore,
    uploads: Semaphore,
}

impl Bucket {
    /// Nothing is asked yet.
    pub(super) fn open(settings: &config::S3) -> io::Result<Arc<Self>> {
        // The first one wins; every program of this crate installs the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let limit = settings.timeout();
        let options = ClientOptions::new()
            // `call` ends what takes too long, with all its repetitions.
            .with_timeout_disabled()
            .with_connect_timeout(limit.min(CONNECT_LIMIT))
            .with_pool_max_idle_per_host(settings.max_calls)
            .with_allow_http(true);
        let backoff = BackoffConfig { init_backoff: FIRST_RETRY, max_backoff: LAST_RETRY, base: 2.0 };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key_id)
            .with_secret_access_key(settings.secret_access_key.expose())
            .with_virtual_hosted_style_request(!settings.path_style)
            // One by one, as every S3 server knows it.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig { backoff, max_retries: MAX_RETRIES, retry_timeout: limit })
            .with_client_options(options);
        if let Some(endpoint) = settings.driver_endpoint() {
            builder = builder.with_endpoint(endpoint);
        }
        let shown = settings.place();
        let store = builder.build().map_err(|error| failure::of(&shown, &error))?;
        let prefix = match settings.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let turns = Semaphore::new(settings.max_calls * (1 + WAITING_PER_CALL));
        let (calls, uploads) = (Semaphore::new(settings.max_calls), Semaphore::new(MAX_UPLOADS));
        Ok(Arc::new(Self { store, shown, prefix, limit, calls, turns, uploads }))
    }

    pub(super) async fn put(&self, key: &Key, bytes: Bytes) -> io::Result<()> {
        if bytes.len() as u64 > PART_BYTES {
            return self.upload(key, &bytes[..], bytes.len() as u64).await;
        }
        let path = self.path(key);
        let sent = self.call(self.store.put(&path, bytes.into())).await?;
        self.taken(sent).map(drop)
    }

    /// Sends a file from its source, which has as many bytes.
    pub(super) async fn upload(
        &self,
        key: &Key,
        mut source: impl AsyncRead + Unpin + Send,
        size_bytes: u64,
    ) -> io::Result<()> {
        let _upload = self.uploads.acquire().await;
        let path = self.path(key);
        if size_bytes <= PART_BYTES {
            let whole = read(&mut source, size_bytes).await?;
            let sent = self.call(self.store.put(&path, whole.into())).await?;
            return self.taken(sent).map(drop);
        }
        let begun = self.call(self.store.put_multipart(&path)).await?;
        let mut upload = self.taken(begun)?;
        let sent = self.send_parts(upload.as_mut(), source, size_bytes).await;
        if sent.is_err() {
            // Parts that stay are seen by nobody; a rule of the bucket removes them (docs/DEPLOY.md).
            let _ = self.call(upload.abort()).await;
        }
        sent
    }

    async fn send_parts(
        &self,
        upload: &mut dyn MultipartUpload,
        mut source: impl AsyncRead + Unpin + Send,
        size_bytes: u64,
    ) -> io::Result<()> {
        let part_bytes = PART_BYTES.max(size_bytes.div_ceil(MAX_PARTS));
        let mut left = size_bytes;
        while left > 0 {
            let part = read(&mut source, left.min(part_bytes)).await?;
            left -= part.len() as u64;
            let sent = self.call(upload.put_part(part.into())).await?;
            self.taken(sent)?;
        }
        let whole = self.call(upload.complete()).await?;
        self.taken(whole).map(drop)
    }

    /// The object, whose first bytes come with the answer, and its size.
    pub(super) async fn open_object(self: &Arc<Self>, key: &Key) -> io::Result<Option<(Object, u64)>> {
        let path = self.path(key);
        let found = match self.fetch(&path, 0..object::FIRST_BYTES, None).await {
            // Of an empty object there is no part.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.call(self.store.head(&path)).await?.map(|meta| (meta, Bytes::new()))
            }
            found => found?,
        };
        Ok(found.map(|(meta, beginning)| {
            let size_bytes = meta.size;
            (Object::new(self.clone(), meta, beginning), size_bytes)
        }))
    }

    /// Asks for its first byte: only an answer with a body tells a key that is missing from a bucket that is.
    pub(super) async fn size(&self, key: &Key) -> io::Result<Option<u64>> {
        let path = self.path(key);
        match self.fetch(&path, 0..1, None).await {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Ok(self.call(self.store.head(&path)).await?.map(|meta| meta.size))
            }
            found => Ok(found?.map(|(meta, _)| meta.size)),
        }
    }

    /// Whether there was such an object, which S3 itself does not say.
    pub(super) async fn delete(&self, key: &Key) -> io::Result<bool> {
        if self.size(key).await?.is_none() {
            return Ok(false);
        }
        let path = self.path(key);
        self.call(self.store.delete(&path)).await.map(|deleted| deleted.is_some())
    }

    /// Objects below a folder in the order of their keys, behind `after`, at most `limit`.
    pub(super) async fn list(&self, below: &str, after: Option<&Key>, limit: usize) -> io::Result<Vec<Stored>> {
        let below = Path::from(format!("{}{below}", self.prefix));
        let below = Some(&below).filter(|below| **below != Path::default());
        let objects = match after {
            Some(after) => self.store.list_with_offset(below, &self.path(after)),
            None => self.store.list(below),
        };
        let stored = objects.try_filter_map(|meta| future::ready(Ok(self.stored(&meta))));
        let found = self.call(futures_util::StreamExt::take(stored, limit).try_collect()).await?;
        self.taken(found)
    }

    /// Objects of others are none of ours.
    fn stored(&self, meta: &ObjectMeta) -> Option<Stored> {
        let location: &str = meta.location.as_ref();
        let key = location.strip_prefix(&self.prefix)?.parse().ok()?;
        Some(Stored { key, size_bytes: meta.size })
    }

    fn path(&self, key: &Key) -> Path {
        Path::from(format!("{}{key}", self.prefix))
    }

    /// A part of an object, as far as it has one, and what is said of the whole. With an ETag: of this very object.
    async fn fetch(
        &self,
        path: &Path,
        range: std::ops::Range<u64>,
        etag: Option<String>,
    ) -> io::Result<Option<(ObjectMeta, Bytes)>> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), if_match: etag, ..GetOptions::default() };
        self.call(async {
            let found = self.store.get_opts(path, options).await?;
            let meta = found.meta.clone();
            Ok((meta, found.bytes().await?))
        })
        .await
    }

    /// One call; `None` when there is no such object.
    async fn call<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> io::Result<Option<T>> {
        let Ok(_turn) = self.turns.try_acquire() else {
            let text = format!("{}: more calls wait than it answers", self.shown);
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, text));
        };
        let timed = tokio::time::timeout(self.limit, async {
            let _call = self.calls.acquire().await;
            work.await
        });
        match timed.await {
            Ok(Ok(found)) => Ok(Some(found)),
            Ok(Err(error)) if failure::is_missing(&error) => Ok(None),
            Ok(Err(error)) => Err(failure::of(&self.shown, &error)),
            Err(_) => {
                let text = format!("{}: no answer within {} s", self.shown, self.limit.as_secs_f64());
                Err(io::Error::new(io::ErrorKind::TimedOut, text))
            }
        }
    }

    /// What can only be missing because the bucket, or the upload, is.
    fn taken<T>(&self, found: Option<T>) -> io::Result<T> {
        found.ok_or_else(|| io::Error::other(format!("{}: there is no such bucket", self.shown)))
    }
}

async fn read(source: &mut (impl AsyncRead + Unpin + Send), size_bytes: u64) -> io::Result<Bytes> {
    // The caller bounds it by the size of a part.
    let mut bytes = vec![0; size_bytes as usize];
    source.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}
