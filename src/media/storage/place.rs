//! Where the files are: in a local folder, or in a bucket of an S3 server.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;

use super::folder::Folder;
use super::s3::{Bucket, Object};
use super::{Received, Stored};
use crate::media::Key;

pub(super) enum Place {
    Folder(Arc<Folder>),
    S3(Arc<Bucket>),
}

/// What an open file is read from.
pub(super) enum Source {
    File(File),
    Object(Box<Object>),
}

impl Place {
    pub(super) async fn keep(&self, received: Received, key: &Key) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                let key = key.clone();
                blocking(folder, move |folder| folder.keep(&received.temporary, &key)).await
            }
            Self::S3(bucket) => {
                let file = tokio::fs::File::open(received.temporary.path()).await?;
                bucket.upload(key, file, received.size_bytes).await
            }
        }
    }

    pub(super) async fn put(&self, key: &Key, bytes: Bytes) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                let key = key.clone();
                blocking(folder, move |folder| folder.put(&key, &bytes)).await
            }
            Self::S3(bucket) => bucket.put(key, bytes).await,
        }
    }

    /// The open file and its size.
    pub(super) async fn open(&self, key: &Key) -> io::Result<Option<(Source, u64)>> {
        match self {
            Self::Folder(folder) => {
                let key = key.clone();
                let found = blocking(folder, move |folder| folder.open(&key)).await?;
                Ok(found.map(|(file, size_bytes)| (Source::File(file), size_bytes)))
            }
            Self::S3(bucket) => {
                let found = bucket.open_object(key).await?;
                Ok(found.map(|(object, size_bytes)| (Source::Object(Box::new(object)), size_bytes)))
            }
        }
    }

    pub(super) async fn size(&self, key: &Key) -> io::Result<Option<u64>> {
        match self {
            Self::Folder(folder) => {
                let key = key.clone();
                blocking(folder, move |folder| folder.size(&key)).await
            }
            Self::S3(bucket) => bucket.size(key).await,
        }
    }

    /// Whether there was such a file.
    pub(super) async fn delete(&self, key: &Key) -> io::Result<bool> {
        match self {
            Self::Folder(folder) => {
                let key = key.clone();
                blocking(folder, move |folder| folder.delete(&key)).await
            }
            Self::S3(bucket) => bucket.delete(key).await,
        }
    }

    /// Files below a folder in the order of their keys, behind `after`, at most `limit`.
    pub(super) async fn list(&self, below: &str, after: Option<&Key>, limit: usize) -> io::Result<Vec<Stored>> {
        match self {
            Self::Folder(folder) => {
                let (below, after) = (below.to_owned(), after.cloned());
                blocking(folder, move |folder| folder.list(&below, after.as_ref(), limit)).await
            }
            Self::S3(bucket) => bucket.list(below, after, limit).await,
        }
    }
}

impl Source {
    /// `size_bytes` bytes from `first`, and the source for the next part.
    pub(super) async fn part(self, first: u64, size_bytes: u64) -> io::Result<(Self, Bytes)> {
        match self {
            Self::File(file) => {
                let read = move || part_of(file, first, size_bytes);
                on_a_blocking_thread(read).await.map(|(file, bytes)| (Self::File(file), bytes))
            }
            Self::Object(mut object) => {
                let bytes = object.part(first, size_bytes).await?;
                Ok((Self::Object(object), bytes))
            }
        }
    }
}

fn part_of(mut file: File, first: u64, size_bytes: u64) -> io::Result<(File, Bytes)> {
    file.seek(SeekFrom::Start(first))?;
    // The callers bound it: by the limit of a read, or the size of a chunk.
    let mut bytes = vec![0; size_bytes as usize];
    file.read_exact(&mut bytes)?;
    Ok((file, bytes.into()))
}

/// Work in a folder, which blocks.
pub(super) async fn blocking<T: Send + 'static>(
    folder: &Arc<Folder>,
    work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let folder = folder.clone();
    on_a_blocking_thread(move || work(&folder)).await
}

async fn on_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}
