//! Where the files of the media library are: one interface, measured, over a local folder.

mod folder;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Key;
use crate::telemetry::label::{StorageDirection, StorageOperation, StorageOutcome};
use crate::telemetry::{Telemetry, Timer};
use folder::{Folder, Temporary};

/// Most files that one list has.
pub const MAX_LISTED: usize = 1_000;
/// Bytes that are read or written at once.
const CHUNK_BYTES: usize = 128 << 10;

/// Why the storage did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("media storage: {0}")]
pub struct StorageError(#[from] io::Error);

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
    file: File,
    pub size_bytes: u64,
    telemetry: Arc<Telemetry>,
}

enum Place {
    Folder(Folder),
}

/// The storage of the media library; its operations run on blocking threads.
pub struct Storage {
    place: Arc<Place>,
    telemetry: Arc<Telemetry>,
}

impl Storage {
    /// Files below a folder, which is made with the first file.
    pub fn in_folder(root: PathBuf, telemetry: Arc<Telemetry>) -> Self {
        Self { place: Arc::new(Place::Folder(Folder::new(root))), telemetry }
    }

    /// Takes a file in, counting and hashing as it comes; reads no further than the limit.
    ///
    /// # Errors
    /// What [`ReceiveError`] says; nothing is kept then.
    pub async fn receive(&self, source: impl AsyncRead + Send, max_bytes: u64) -> Result<Received, ReceiveError> {
        use sha2::Digest as _;
        let (temporary, file) = self
            .blocking(|place| match place {
                Place::Folder(folder) => folder.temporary(),
            })
            .await?;
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
        let (key, size_bytes) = (key.clone(), received.size_bytes);
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.keep(&received.temporary, &key),
        });
        self.measured(StorageOperation::Put, |()| StorageOutcome::Ok, work).await?;
        self.count_bytes(StorageDirection::In, size_bytes);
        Ok(())
    }

    /// Stores bytes, replacing what is there.
    ///
    /// # Errors
    /// When the storage fails; what was there is still there then.
    pub async fn put(&self, key: &Key, bytes: impl Into<Bytes>) -> Result<(), StorageError> {
        let (key, bytes) = (key.clone(), bytes.into());
        let size_bytes = bytes.len() as u64;
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.put(&key, &bytes),
        });
        self.measured(StorageOperation::Put, |()| StorageOutcome::Ok, work).await?;
        self.count_bytes(StorageDirection::In, size_bytes);
        Ok(())
    }

    /// Opens a file for reading; `None` when there is none.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn open(&self, key: &Key) -> Result<Option<Reading>, StorageError> {
        let key = key.clone();
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.open(&key),
        });
        let found = self.measured(StorageOperation::Read, found_or_missing, work).await?;
        Ok(found.map(|(file, size_bytes)| Reading { file, size_bytes, telemetry: self.telemetry.clone() }))
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
        let key = key.clone();
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.size(&key),
        });
        self.measured(StorageOperation::Exists, found_or_missing, work).await
    }

    /// Deletes a file; whether there was one.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn delete(&self, key: &Key) -> Result<bool, StorageError> {
        let key = key.clone();
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.delete(&key),
        });
        let outcome = |found: &bool| if *found { StorageOutcome::Ok } else { StorageOutcome::Missing };
        self.measured(StorageOperation::Delete, outcome, work).await
    }

    /// Files below a folder (empty: all), in the order of their keys, behind `after`; at most [`MAX_LISTED`].
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list(&self, below: &str, after: Option<&Key>) -> Result<Vec<Stored>, StorageError> {
        let (below, after) = (below.to_owned(), after.cloned());
        let work = self.blocking(move |place| match place {
            Place::Folder(folder) => folder.list(&below, after.as_ref(), MAX_LISTED),
        });
        self.measured(StorageOperation::List, |_: &Vec<Stored>| StorageOutcome::Ok, work).await
    }

    /// Removes what cut-off uploads left behind; how many files.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn sweep(&self) -> Result<usize, StorageError> {
        let work = self.blocking(|place| match place {
            Place::Folder(folder) => folder.sweep(),
        });
        self.measured(StorageOperation::Delete, |_: &usize| StorageOutcome::Ok, work).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let place = self.place.clone();
        on_a_blocking_thread(move || work(&place)).await
    }

    async fn measured<T>(
        &self,
        operation: StorageOperation,
        outcome: impl FnOnce(&T) -> StorageOutcome,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let timer = Timer::start();
        let result = work.await;
        let outcome = result.as_ref().map_or(StorageOutcome::Error, outcome);
        let families = &self.telemetry.families;
        families.storage_operations.with_label_values(&[operation.as_str(), outcome.as_str()]).inc();
        families.storage_duration.with_label_values(&[operation.as_str()]).observe(timer.elapsed_s());
        result
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
        let (reading, bytes) = on_a_blocking_thread(move || {
            let mut file = &self.file;
            file.seek(SeekFrom::Start(first))?;
            // The callers bound it: by the limit of a read, or the size of a chunk.
            let mut bytes = vec![0; size_bytes as usize];
            file.read_exact(&mut bytes)?;
            Ok((self, bytes))
        })
        .await?;
        let direction = StorageDirection::Out.as_str();
        reading.telemetry.families.storage_io.with_label_values(&[direction]).inc_by(size_bytes);
        Ok((reading, bytes.into()))
    }
}

async fn on_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(panic) => Err(io::Error::other(panic).into()),
    }
}

fn found_or_missing<T>(found: &Option<T>) -> StorageOutcome {
    if found.is_some() { StorageOutcome::Ok } else { StorageOutcome::Missing }
}

#[cfg(test)]
mod tests;
