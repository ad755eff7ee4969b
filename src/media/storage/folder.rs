//! The media storage in a local folder: files are written beside, flushed, and renamed into place, so that a file is
//! there whole or not at all. Everything here blocks.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::Stored;
use crate::clock;
use crate::media::Key;

/// Where files are until they are whole; no key begins with a dot.
const TEMPORARY: &str = ".tmp";
/// A temporary file that was not written to for so long belongs to nobody.
const ABANDONED_S: f64 = 3600.0;

/// To put a file into a folder that is being removed.
const ATTEMPTS: usize = 5;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether there was anything in it since this process started.
    was_used: AtomicBool,
}

/// A file that is not in place yet; removed when dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
}

impl Temporary {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Renamed into place it is not there any more; one that stays is swept up later.
        let _ = fs::remove_file(&self.path);
    }
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        let was_used = AtomicBool::new(has_entries(&root));
        Self { root, was_used }
    }

    /// `Ok` for the lack of one file. A folder that is empty or gone, and was not, is a volume that is no longer mounted: an error.
    fn lacks_file(&self, error: io::Error) -> io::Result<()> {
        if !is_absent(&error) {
            return Err(error);
        }
        if has_entries(&self.root) {
            self.was_used.store(true, Relaxed);
        } else if self.was_used.load(Relaxed) {
            let gone = format!("{} is empty or gone: is it mounted?", self.root.display());
            return Err(io::Error::new(error.kind(), gone));
        }
        Ok(())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }

    /// A new empty file, open for writing.
    pub(super) fn temporary(&self) -> io::Result<(Temporary, File)> {
        let folder = self.root.join(TEMPORARY);
        fs::create_dir_all(&folder)?;
        let path = folder.join(uuid::Uuid::new_v4().simple().to_string());
        let file = File::create_new(&path)?;
        Ok((Temporary { path }, file))
    }

    /// Puts a written file in place; it survives a power cut from then on.
    pub(super) fn keep(&self, temporary: &Temporary, key: &Key) -> io::Result<()> {
        File::open(&temporary.path)?.sync_all()?;
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.root);
        for attempt in 1.. {
            fs::create_dir_all(folder)?;
            match fs::rename(&temporary.path, &path) {
                Ok(()) => break,
                // Somebody deleted the last file of the folder, and the folder, in between.
                Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
        File::open(folder)?.sync_all()
    }

    pub(super) fn put(&self, key: &Key, bytes: &[u8]) -> io::Result<()> {
        let (temporary, mut file) = self.temporary()?;
        file.write_all(bytes)?;
        drop(file);
        self.keep(&temporary, key)
    }

    /// The open file and its size.
    pub(super) fn open(&self, key: &Key) -> io::Result<Option<(File, u64)>> {
        match File::open(self.path(key)) {
            Ok(file) => {
                let meta = file.metadata()?;
                Ok(meta.is_file().then_some((file, meta.len())))
            }
            Err(error) => self.lacks_file(error).map(|()| None),
        }
    }

    pub(super) fn size(&self, key: &Key) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(key)) {
            Ok(meta) => Ok(meta.is_file().then_some(meta.len())),
            Err(error) => self.lacks_file(error).map(|()| None),
        }
    }

    /// Whether there was such a file.
    pub(super) fn delete(&self, key: &Key) -> io::Result<bool> {
        match fs::remove_file(self.path(key)) {
            Ok(()) => {
                self.remove_empty_parents(key);
                Ok(true)
            }
            Err(error) => self.lacks_file(error).map(|()| false),
        }
    }

    fn remove_empty_parents(&self, key: &Key) {
        let path = self.path(key);
        let parents =
            path.ancestors().skip(1).take_while(|parent| *parent != self.root && parent.starts_with(&self.root));
        for parent in parents {
            // Refused by the first one that is not empty.
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }

    /// Files below `prefix` in the order of their keys, behind `after`, at most `limit`.
    pub(super) fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> io::Result<Vec<Stored>> {
        let mut found = Vec::new();
        self.walk(&self.root.join(prefix), after.map_or("", Key::as_str), limit, &mut found)?;
        Ok(found)
    }

    fn walk(&self, folder: &Path, after: &str, limit: usize, found: &mut Vec<Stored>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        // In the order of the keys: a folder counts with its slash.
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let Some(relative) = path.strip_prefix(&self.root).ok().and_then(Path::to_str) else { continue };
            match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_dir() => files.push((format!("{relative}/"), path, None)),
                Ok(meta) => files.push((relative.to_owned(), path, Some(meta.len()))),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(error),
            }
        }
        files.sort();
        for (relative, path, size_bytes) in files {
            if found.len() >= limit {
                return Ok(());
            }
            match size_bytes {
                // A whole folder that lies before is not read.
                None if !relative.starts_with('.') && (relative.as_str() > after || after.starts_with(&relative)) => {
                    self.walk(&path, after, limit, found)?;
                }
                Some(size_bytes) if relative.as_str() > after => {
                    found.extend(relative.parse().ok().map(|key| Stored { key, size_bytes }));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what uploads that were cut off left behind; how many.
    pub(super) fn sweep(&self) -> io::Result<usize> {
        let entries = match fs::read_dir(self.root.join(TEMPORARY)) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut swept = 0;
        for entry in entries {
            let entry = entry?;
            let written = entry.metadata().and_then(|meta| meta.modified());
            let age_s = written.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            let age_s = age_s.map_or(0.0, |since| clock::unix_seconds() - since.as_secs_f64());
            if age_s > ABANDONED_S && fs::remove_file(entry.path()).is_ok() {
                swept += 1;
            }
        }
        Ok(swept)
    }
}

fn has_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// No such file; or a file where a folder was expected.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}
