//! The files of the media library: those that rows name, copied into the pool, and back into the storage.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::file::{self, CHUNK_BYTES, blocking};
use super::folder::{Folder, make_private};
use super::manifest::{FilePart, MEDIA_NAME, MediaPart};
use super::pool::{Line, is_digest, lines};
use super::{BackupError, Backups, Progress};
use crate::db::Snapshot;
use crate::media::Key;
use crate::media::storage::Storage;

/// Keys that a manifest names of what is lacking.
const MAX_LACKING: usize = 100;
/// New files of the pool, until they are on the disk.
pub(super) const STAGED: &str = "staged";

/// Writes which files the rows name.
pub(super) async fn name_files(mut snapshot: Snapshot, folder: &Path) -> Result<MediaPart, BackupError> {
    let path = folder.join(MEDIA_NAME);
    let mut list = std::io::BufWriter::new(file::create(&path).map_err(BackupError::at(&path))?);
    let mut part = MediaPart::default();
    let mut after = String::new();
    loop {
        let named = snapshot.named_files(&after).await?;
        let Some(last) = named.last() else { break };
        after.clone_from(&last.key);
        for file in named.iter().filter(|file| is_digest(&file.digest)) {
            writeln!(list, "{}  {}", file.digest, file.key).map_err(BackupError::at(&path))?;
            part.files += 1;
            part.size_bytes += file.size_bytes;
        }
    }
    list.flush().map_err(BackupError::at(&path))?;
    snapshot.close().await?;
    Ok(part)
}

impl Backups {
    /// Copies what is new into the pool, and tells what is lacking.
    pub(super) async fn copy_media(
        &self,
        folder: &Path,
        part: &mut MediaPart,
        progress: &Arc<Progress>,
    ) -> Result<(), BackupError> {
        progress.begin("media", part.size_bytes);
        let staged = folder.join(STAGED);
        make_private(&staged).map_err(BackupError::at(&staged))?;
        for line in lines(&folder.join(MEDIA_NAME))? {
            let Line { digest, key } = line?;
            let into = staged.join(&digest);
            let size = |path: &Path| std::fs::metadata(path).map(|meta| meta.len());
            if let Ok(bytes) = size(&self.folder.pooled(&digest)).or_else(|_| size(&into)) {
                progress.add(bytes);
                continue;
            }
            match copy_out(&self.storage, &key, &digest, &into, progress).await? {
                Some(bytes) => {
                    part.new_files += 1;
                    part.new_bytes += bytes;
                }
                None => {
                    part.lacking += 1;
                    if part.lacking_keys.len() < MAX_LACKING {
                        part.lacking_keys.push(key);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Copies a file out of the storage, into a new one that nobody else reads: its size; `None` when the storage has not what
/// the row names.
pub(crate) async fn copy_out(
    storage: &Storage,
    key: &str,
    digest: &str,
    into: &Path,
    progress: &Progress,
) -> Result<Option<u64>, BackupError> {
    let Ok(key) = key.parse::<Key>() else { return Ok(None) };
    let Some(mut reading) = storage.open(&key).await? else { return Ok(None) };
    let file = file::create(into).map_err(BackupError::at(into))?;
    let mut file = tokio::fs::File::from_std(file);
    let (mut hash, mut at, size_bytes) = (Sha256::new(), 0, reading.size_bytes);
    while at < size_bytes {
        let (rest, bytes) = reading.part(at, (size_bytes - at).min(CHUNK_BYTES as u64)).await?;
        reading = rest;
        at += bytes.len() as u64;
        hash.update(&bytes);
        file.write_all(&bytes).await.map_err(BackupError::at(into))?;
        progress.add(bytes.len() as u64);
    }
    file.flush().await.map_err(BackupError::at(into))?;
    if HEXLOWER.encode(&hash.finalize()) == digest {
        return Ok(Some(size_bytes));
    }
    drop(file);
    std::fs::remove_file(into).map_err(BackupError::at(into))?;
    Ok(None)
}

/// The list as a file of the backup.
pub(super) async fn list_part(folder: &Path) -> Result<FilePart, BackupError> {
    let path = folder.join(MEDIA_NAME);
    let quiet = Progress::default();
    let (size_bytes, sha256) = blocking(path.clone(), move || file::digest(&path, &quiet)).await?;
    Ok(FilePart { path: MEDIA_NAME.to_owned(), size_bytes, sha256 })
}

/// What came of a file that was to be in the storage again.
pub(crate) enum Brought {
    New,
    /// It was there already, with the same content.
    Known,
}

/// Brings a file of the pool into the storage, and checks what it brings.
pub(super) async fn bring(
    folder: &Folder,
    storage: &Storage,
    line: &Line,
    progress: &Progress,
) -> Result<Brought, BackupError> {
    take_in(storage, &folder.pooled(&line.digest), (&line.key, &line.digest), progress).await
}

/// Brings a file into the storage, if its content is the one that is named.
pub(crate) async fn take_in(
    storage: &Storage,
    path: &Path,
    (key, digest): (&str, &str),
    progress: &Progress,
) -> Result<Brought, BackupError> {
    let key: Key = key.parse().map_err(|error: crate::media::NotAKey| BackupError::Stopped(error.to_string()))?;
    let size_bytes = std::fs::metadata(path).map_err(BackupError::at(path))?.len();
    if storage.size(&key).await? == Some(size_bytes) && is_stored(storage, &key, digest).await? {
        progress.add(size_bytes);
        return Ok(Brought::Known);
    }
    let file = tokio::fs::File::open(path).await.map_err(BackupError::at(path))?;
    let received = storage.receive(file, u64::MAX).await.map_err(|error| BackupError::Stopped(error.to_string()))?;
    if received.digest != digest {
        let text = format!("{} is damaged: its sum is {}", path.display(), received.digest);
        return Err(BackupError::Stopped(text));
    }
    storage.keep(received, &key).await?;
    progress.add(size_bytes);
    Ok(Brought::New)
}

async fn is_stored(storage: &Storage, key: &Key, digest: &str) -> Result<bool, BackupError> {
    let Some(mut reading) = storage.open(key).await? else { return Ok(false) };
    let (mut hash, mut at, size_bytes) = (Sha256::new(), 0, reading.size_bytes);
    while at < size_bytes {
        let (rest, bytes) = reading.part(at, (size_bytes - at).min(CHUNK_BYTES as u64)).await?;
        reading = rest;
        at += bytes.len() as u64;
        hash.update(&bytes);
    }
    Ok(HEXLOWER.encode(&hash.finalize()) == digest)
}
