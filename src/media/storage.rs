//! Where the files of the media library are: one interface, measured, over a local folder or a bucket of an S3 server.

mod folder;
mod place;
mod s3;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Key;
use crate::config::{Config, MediaPlace};
use crate::telemetry::label::{StorageDirection, StorageOperation, StorageOutcome};
use crate::telemetry::{Telemetry, Timer};
use folder::{Folder, Temporary};
use place::{Place, Source, blocking};
use s3::Bucket;

/// Most files that one list has.
pub const MAX_LISTED: usize = 1_000;
/// Bytes that are read or written at once.
const CHUNK_BYTES: usize = 128 << 10;

/// Why the storage did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("media storage: {0}")]
pub struct StorageError(#[from] io::Error);

impl StorageError {
    /// Whether the storage is away or has too much to do, so that trying again may help.
    pub fn is_outage(&self) -> bool {
        use io::ErrorKind::{NotConnected, ResourceBusy, TimedOut};
        matches!(self.0.kind(), NotConnected | ResourceBusy | TimedOut)
    }

    /// Whether the storage knows us and does not let us, or does not know us.
    pub fn is_refusal(&self) -> bool {
        self.0.kind() == io::ErrorKind::PermissionDenied
    }
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// The sender broke off.
    #[error("it could not be read: {0}")]
    Source(io::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A file of the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: Key,
    pub size_bytes: u64,
}

/// A file that was taken in whole and is not in place yet; dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    temporary: Temporary,
    pub size_bytes: u64,
    /// SHA-256 in hex.
    pub digest: String,
}

/// An open file: parts of it can be read while it is sent.
pub struct Reading {
    source: Source,
    pub size_bytes: u64,
    telemetry: Arc<Telemetry>,
}

/// The storage of the media library; what it does in its folder runs on blocking threads.
pub struct Storage {
    /// Where files are that are being received; without S3, all of them.
    folder: Arc<Folder>,
    place: Place,
    telemetry: Arc<Telemetry>,
}

impl Storage {
    /// The storage that the settings name. Nothing is asked or written yet.
    ///
    /// # Errors
    /// When the settings name no storage.
    pub fn of(config: &Config, telemetry: Arc<Telemetry>) -> Result<Self, StorageError> {
        let storage = Self::in_folder(config.media_dir(), telemetry);
        Ok(match config.media.storage {
            MediaPlace::Folder => storage,
            MediaPlace::S3 => Self { place: Place::S3(Bucket::open(&config.s3)?), ..storage },
        })
    }

    /// Files below a folder, which is made with the first file.
    pub fn in_folder(root: PathBuf, telemetry: Arc<Telemetry>) -> Self {
        let folder = Arc::new(Folder::new(root));
        Self { place: Place::Folder(folder.clone()), folder, telemetry }
    }

    /// Writes a file, finds it, reads it and deletes it again.
    ///
    /// # Errors
    /// With the first of these that fails.
    pub async fn try_out(&self) -> Result<(), StorageError> {
        let key = Key::random("probe", "txt");
        self.put(&key, key.as_str().to_owned()).await?;
        let found = self.read(&key, key.as_str().len() as u64).await?;
        let listed = self.list("probe", None).await?;
        self.delete(&key).await?;
        if found.as_deref() != Some(key.as_str().as_bytes()) || !listed.iter().any(|stored| stored.key == key) {
            return Err(io::Error::other("what was written a moment ago is not there").into());
        }
        Ok(())
    }

    /// Takes a file in, counting and hashing as it comes; reads no further than the limit.
    ///
    /// # Errors
    /// What [`ReceiveError`] says; nothing is kept then.
    pub async fn receive(&self, source: impl AsyncRead + Send, max_bytes: u64) -> Result<Received, ReceiveError> {
        use sha2::Digest as _;
        let (temporary, file) = blocking(&self.folder, Folder::temporary).await.map_err(StorageError)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut source = std::pin::pin!(source);
        let mut hash = sha2::Sha256::new();
        let mut size_bytes = 0u64;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let read = source.read(&mut chunk).await.map_err(ReceiveError::Source)?;
            if read == 0 {
                break;
            }
            size_bytes += read as u64;
            if size_bytes > max_bytes {
                return Err(ReceiveError::TooLarge(max_bytes));
            }
            hash.update(&chunk[..read]);
            tokio::io::AsyncWriteExt::write_all(&mut file, &chunk[..read]).await.map_err(StorageError)?;
        }
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(StorageError)?;
        let digest = data_encoding::HEXLOWER.encode(&hash.finalize());
        Ok(Received { temporary, size_bytes, digest })
    }

    /// The bytes of a received file; its size was limited when it was received.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn bytes_of(&self, received: &Received) -> Result<Vec<u8>, StorageError> {
        Ok(tokio::fs::read(received.temporary.path()).await?)
    }

    /// Puts a received file in place.
    ///
    /// # Errors
    /// When the storage fails; there is no such file then.
    pub async fn keep(&self, received: Received, key: &Key) -> Result<(), StorageError> {
        let size_bytes = received.size_bytes;
        self.measured(StorageOperation::Put, |()| StorageOutcome::Ok, self.place.keep(received, key)).await?;
        self.count_bytes(StorageDirection::In, size_bytes);
        Ok(())
    }

    /// Stores bytes, replacing what is there.
    ///
    /// # Errors
    /// When the storage fails; what was there is still there then.
    pub async fn put(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), StorageError> {
        let bytes = bytes.into();
        let size_bytes = bytes.len() as u64;
        self.measured(StorageOperation::Put, |()| StorageOutcome::Ok, self.place.put(key, bytes)).await?;
        self.count_bytes(StorageDirection::In, size_bytes);
        Ok(())
    }

    /// Opens a file for reading; `None` when there is none.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn open(&self, key: &Key) -> Result<Option<Reading>, StorageError> {
        let found = self.measured(StorageOperation::Read, found_or_missing, self.place.open(key)).await?;
        Ok(found.map(|(source, size_bytes)| Reading { source, size_bytes, telemetry: self.telemetry.clone() }))
    }

    /// A whole file that has at most `max_bytes`; `None` when there is none.
    ///
    /// # Errors
    /// When the storage fails, or the file is larger.
    pub async fn read(&self, key: &Key, max_bytes: u64) -> Result<Option<Bytes>, StorageError> {
        let Some(reading) = self.open(key).await? else { return Ok(None) };
        if reading.size_bytes > max_bytes {
            return Err(
                io::Error::new(io::ErrorKind::FileTooLarge, format!("{key} has more than {max_bytes} bytes")).into()
            );
        }
        let size_bytes = reading.size_bytes;
        let (_, bytes) = reading.part(0, size_bytes).await?;
        Ok(Some(bytes))
    }

    /// The size of a file; `None` when there is none.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn size(&self, key: &Key) -> Result<Option<u64>, StorageError> {
        self.measured(StorageOperation::Exists, found_or_missing, self.place.size(key)).await
    }

    /// Deletes a file; whether there was one.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn delete(&self, key: &Key) -> Result<bool, StorageError> {
        let outcome = |found: &bool| if *found { StorageOutcome::Ok } else { StorageOutcome::Missing };
        self.measured(StorageOperation::Delete, outcome, self.place.delete(key)).await
    }

    /// Files below a folder (empty: all), in the order of their keys, behind `after`; at most [`MAX_LISTED`].
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list(&self, below: &str, after: Option<&Key>) -> Result<Vec<Stored>, StorageError> {
        let found = self.place.list(below, after, MAX_LISTED);
        self.measured(StorageOperation::List, |_: &Vec<Stored>| StorageOutcome::Ok, found).await
    }

    /// Removes what cut-off uploads left behind; how many files.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn sweep(&self) -> Result<usize, StorageError> {
        let work = blocking(&self.folder, Folder::sweep);
        self.measured(StorageOperation::Delete, |_: &usize| StorageOutcome::Ok, work).await
    }

    async fn measured<T>(
        &self,
        operation: StorageOperation,
        outcome: impl FnOnce(&T) -> StorageOutcome,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<T, StorageError> {
        let timer = Timer::start();
        let result = work.await;
        let outcome = result.as_ref().map_or(StorageOutcome::Error, outcome);
        let families = &self.telemetry.families;
        families.storage_operations.with_label_values(&[operation.as_str(), outcome.as_str()]).inc();
        families.storage_duration.with_label_values(&[operation.as_str()]).observe(timer.elapsed_s());
        result.map_err(StorageError)
    }

    fn count_bytes(&self, direction: StorageDirection, bytes: u64) {
        self.telemetry.families.storage_io.with_label_values(&[direction.as_str()]).inc_by(bytes);
    }
}

impl Reading {
    /// `size_bytes` bytes from `first`, and the file for the next part.
    ///
    /// # Errors
    /// When the file is shorter, or cannot be read.
    pub async fn part(self, first: u64, size_bytes: u64) -> Result<(Self, Bytes), StorageError> {
        let Self { source, size_bytes: total_bytes, telemetry } = self;
        let read = source.part(first, size_bytes).await;
        if read.is_err() {
            let labels = [StorageOperation::Read.as_str(), StorageOutcome::Error.as_str()];
            telemetry.families.storage_operations.with_label_values(&labels).inc();
        }
        let (source, bytes) = read?;
        telemetry.families.storage_io.with_label_values(&[StorageDirection::Out.as_str()]).inc_by(size_bytes);
        Ok((Self { source, size_bytes: total_bytes, telemetry }, bytes))
    }
}

fn found_or_missing<T>(found: &Option<T>) -> StorageOutcome {
    if found.is_some() { StorageOutcome::Ok } else { StorageOutcome::Missing }
}

#[cfg(test)]
mod tests;
