//! One file of a backup: compressed, and hashed as it lies on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::manifest::FilePart;
use super::{BackupError, Progress};

/// As zstd counts: fast, and a fifth of what rows and pages take.
const LEVEL: i32 = 3;
pub(super) const CHUNK_BYTES: usize = 128 << 10;
/// Pieces on their way between a database and a file.
pub(super) const PIECES: usize = 8;

/// A file that is being written: counts and hashes what goes through.
pub(crate) struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
    size_bytes: u64,
}

impl Hashing {
    /// A new file that nobody else reads.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(create(path)?), hash: Sha256::new(), size_bytes: 0 })
    }

    /// Its size, and its SHA-256 in hex.
    pub(crate) fn finish(mut self) -> io::Result<(u64, String)> {
        self.file.flush()?;
        Ok((self.size_bytes, HEXLOWER.encode(&self.hash.finalize())))
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A compressed file that is being written.
pub(super) struct Writing {
    name: String,
    inner: zstd::Encoder<'static, Hashing>,
}

/// A new file that nobody else reads.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

impl Writing {
    /// `name` below `folder`, with `/`.
    pub(super) fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        Ok(Self { name: name.to_owned(), inner: zstd::Encoder::new(Hashing::create(&path)?, LEVEL)? })
    }

    pub(super) fn finish(self) -> io::Result<FilePart> {
        let (size_bytes, sha256) = self.inner.finish()?.finish()?;
        Ok(FilePart { path: self.name, size_bytes, sha256 })
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What was compressed.
pub(super) fn open(path: &Path) -> io::Result<impl io::Read + use<>> {
    zstd::Decoder::new(BufReader::with_capacity(CHUNK_BYTES, File::open(path)?))
}

/// The size and the SHA-256 of a file, as it lies on the disk.
pub(crate) fn digest(path: &Path, progress: &Progress) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut size_bytes = 0;
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok((size_bytes, HEXLOWER.encode(&hash.finalize())));
        }
        hash.update(&chunk[..read]);
        size_bytes += read as u64;
        progress.add(read as u64);
    }
}

/// Writes rows that come, one a line, to a compressed file; how many there were.
pub(super) async fn pour(
    folder: &Path,
    name: String,
    mut from: mpsc::Receiver<Bytes>,
    progress: Arc<Progress>,
) -> Result<(FilePart, u64), BackupError> {
    let folder = folder.to_owned();
    let path = folder.join(&name);
    blocking(path, move || {
        let mut file = Writing::create(&folder, &name)?;
        let mut rows = 0;
        while let Some(piece) = from.blocking_recv() {
            // A line that ends within a value is written as two letters.
            rows += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
            file.write_all(&piece)?;
            progress.add(piece.len() as u64);
        }
        Ok((file.finish()?, rows))
    })
    .await
}

/// Reads a compressed file to its end, in pieces; stops when nobody takes them any more.
pub(super) async fn draw(path: PathBuf, into: mpsc::Sender<Bytes>, progress: Arc<Progress>) -> Result<(), BackupError> {
    blocking(path.clone(), move || {
        let mut file = open(&path)?;
        loop {
            let mut piece = vec![0; CHUNK_BYTES];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            progress.add(read as u64);
            if read == 0 || into.blocking_send(piece.into()).is_err() {
                return Ok(());
            }
        }
    })
    .await
}

/// Runs what waits for a disk where it keeps nobody else waiting; `path` is named in its error.
pub(super) async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BackupError> {
    let result = tokio::task::spawn_blocking(work).await;
    let result = result.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    result.map_err(BackupError::at(&path))
}
