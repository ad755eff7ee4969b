//! The files of the media library by their content, each once however many backups have it.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::BackupError;
use super::folder::{Folder, Locked, make_private};
use super::manifest::{MEDIA_NAME, is_id};

const NAME: &str = "pool";

/// A line of the list: the SHA-256 of a file, and its name in the media storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) digest: String,
    pub(super) key: String,
}

impl Line {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digest, key) = text.split_once("  ")?;
        is_digest(digest).then(|| Self { digest: digest.to_owned(), key: key.to_owned() })
    }
}

/// SHA-256 in hex: it becomes part of a path.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Folder {
    /// Where a file of the pool is, if it is there.
    pub(super) fn pooled(&self, digest: &str) -> PathBuf {
        self.root.join(NAME).join(&digest[..2]).join(digest)
    }

    /// Takes the files of `staged`, which are on the disk already, into the pool.
    pub(super) fn take_in(&self, staged: &Path) -> Result<(), BackupError> {
        for entry in fs::read_dir(staged).map_err(BackupError::at(staged))? {
            let path = entry.map_err(BackupError::at(staged))?.path();
            let Some(digest) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_digest(name)) else {
                continue;
            };
            let place = self.pooled(digest);
            let folder = place.parent().unwrap_or(&place);
            make_private(folder).map_err(BackupError::at(folder))?;
            fs::rename(&path, &place).map_err(BackupError::at(&place))?;
        }
        fs::remove_dir_all(staged).map_err(BackupError::at(staged))
    }

    /// The files of the media library that a backup has.
    pub(super) fn media_lines(
        &self,
        id: &str,
    ) -> Result<impl Iterator<Item = Result<Line, BackupError>> + Send + use<>, BackupError> {
        let path = self.of(id).join(MEDIA_NAME);
        lines(&path)
    }

    /// Deletes what no backup has any more; how many files and bytes. Nothing is deleted when one of the lists cannot be read.
    /// The list of a folder that somebody gave another name counts too.
    pub(super) fn sweep(&self, _locked: &Locked) -> Result<(u64, u64), BackupError> {
        let mut wanted: HashSet<[u8; 32]> = HashSet::new();
        let has_list = |name: &String| is_id(name) || self.of(name).join(MEDIA_NAME).exists();
        for name in self.whole_names()?.into_iter().filter(has_list) {
            for line in self.media_lines(&name)? {
                wanted.extend(bytes_of(&line?.digest));
            }
        }
        let (mut files, mut bytes) = (0, 0);
        let root = self.root.join(NAME);
        for folder in entries(&root)? {
            for path in entries(&folder)? {
                let digest = path.file_name().and_then(|name| name.to_str()).and_then(bytes_of);
                if digest.is_some_and(|digest| !wanted.contains(&digest)) {
                    bytes += fs::metadata(&path).map_err(BackupError::at(&path))?.len();
                    fs::remove_file(&path).map_err(BackupError::at(&path))?;
                    files += 1;
                }
            }
        }
        Ok((files, bytes))
    }
}

/// The lines of a list of media files.
pub(super) fn lines(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Line, BackupError>> + Send + use<>, BackupError> {
    let path = path.to_owned();
    let file = fs::File::open(&path).map_err(BackupError::at(&path))?;
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(BackupError::at(&path))?;
        let wrong = || BackupError::Manifest { path: path.clone(), reason: format!("{line:?} is no line of it") };
        Line::parse(&line).ok_or_else(wrong)
    }))
}

fn bytes_of(digest: &str) -> Option<[u8; 32]> {
    data_encoding::HEXLOWER.decode(digest.as_bytes()).ok()?.try_into().ok()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>();
            paths.map_err(BackupError::at(folder))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(BackupError::at(folder)(error)),
    }
}
