//! What a backup says of itself: which files it has, their sums, and what is in them.

use std::io::{self, Write as _};
use std::path::Path;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BackupError, file};
use crate::clock::Micros;
use crate::db::Sequence;

/// The form of a backup that this version writes, and the only one that it reads.
pub(super) const FORMAT: u32 = 1;
pub(super) const NAME: &str = "manifest.json";
/// The sum of the manifest, as `sha256sum --check` reads it.
pub(super) const SUM_NAME: &str = "manifest.json.sha256";
/// The files of the media library, as `sha256sum --check` reads them within its folder.
pub(super) const MEDIA_NAME: &str = "media.sha256";
/// Largest manifest: a site folder has at most 20,000 files.
const MAX_BYTES: u64 = 16 << 20;

/// Why a backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By somebody; stays until somebody deletes it.
    Manual,
    /// One of the regular ones; old ones go.
    Scheduled,
    /// Of what a restore was about to replace.
    BeforeRestore,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::BeforeRestore => "before_restore",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub id: String,
    pub kind: Kind,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// The same in microseconds.
    pub created_us: i64,
    pub vitrine: String,
    pub commit: String,
    /// A signature with the secret key, which is not in the backup.
    pub secret_key_fingerprint: String,
    pub database: DatabasePart,
    pub media: MediaPart,
    pub files: Vec<FilePart>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatabasePart {
    /// `sqlite` or `postgresql`.
    pub system: String,
    pub migrations: Vec<i64>,
    pub tables: Vec<TablePart>,
    pub sequences: Vec<Sequence>,
    /// Before it was compressed.
    pub size_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    pub name: String,
    /// Of PostgreSQL, in the order of the values.
    pub columns: Vec<String>,
    pub rows: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaPart {
    pub files: u64,
    pub size_bytes: u64,
    /// Of these, what was not in the pool yet.
    pub new_files: u64,
    pub new_bytes: u64,
    /// Files that rows name and the storage did not have, or had with another content.
    pub lacking: u64,
    /// The first of them.
    pub lacking_keys: Vec<String>,
}

/// A file of the backup as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    /// Below the folder of the backup, with `/`.
    pub path: String,
    pub size_bytes: u64,
    pub sha256: String,
}

/// A name that sorts by time, to the microsecond: `20261122T031500Z-042731`. One is made at a time.
pub(super) fn new_id(at: Micros) -> String {
    let time: String = at.to_rfc3339().chars().filter(|character| !matches!(character, '-' | ':')).collect();
    format!("{time}-{:06}", at.0.rem_euclid(1_000_000))
}

/// The form of what [`new_id`] makes, with `0` for any digit.
const ID_FORM: &[u8] = b"00000000T000000Z-000000";

/// Whether it could be the name of a backup; it becomes part of a path.
pub(super) fn is_id(text: &str) -> bool {
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() == ID_FORM.len() && text.bytes().zip(ID_FORM).all(fits)
}

impl Manifest {
    /// Bytes of the backup without the media.
    pub fn own_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }

    /// What a restore brings: the database and the media.
    pub fn size_bytes(&self) -> u64 {
        self.database.size_bytes + self.media.size_bytes
    }

    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n";
        let sum = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
        file::create(&folder.join(NAME))?.write_all(text.as_bytes())?;
        file::create(&folder.join(SUM_NAME))?.write_all(format!("{sum}  {NAME}\n").as_bytes())
    }

    /// Reads a manifest, and checks its own sum.
    pub(super) fn read(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(NAME);
        let wrong = |reason: String| BackupError::Manifest { path: path.clone(), reason };
        let size = std::fs::metadata(&path).map_err(BackupError::at(&path))?.len();
        if size > MAX_BYTES {
            return Err(wrong(format!("it has more than {MAX_BYTES} bytes")));
        }
        let text = std::fs::read(&path).map_err(BackupError::at(&path))?;
        let sum_path = folder.join(SUM_NAME);
        let sum = std::fs::read_to_string(&sum_path).map_err(BackupError::at(&sum_path))?;
        let actual = HEXLOWER.encode(&Sha256::digest(&text));
        if sum.split_whitespace().next() != Some(actual.as_str()) {
            return Err(wrong(format!("its sum is not the one in {SUM_NAME}")));
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(format!("it has format {}, and this version reads {FORMAT}", manifest.format)));
        }
        // What is done to a backup is done to the folder of that name.
        if folder.file_name().is_none_or(|name| name != manifest.id.as_str()) {
            return Err(wrong(format!("it is that of {:?}: give the folder this name again", manifest.id)));
        }
        let leaves = |path: &str| path.starts_with('/') || path.split('/').any(|part| matches!(part, "" | "." | ".."));
        match manifest.files.iter().find(|file| leaves(&file.path)) {
            Some(file) => Err(wrong(format!("{:?} is no path within the backup", file.path))),
            None => Ok(manifest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time_within_a_second() {
        let second = 1_795_348_800_000_000;
        let named = [second - 1, second, second + 99, second + 1_000, second + 1_000_000].map(|at| new_id(Micros(at)));
        assert!(named.is_sorted() && named.iter().all(|name| is_id(name)), "{named:?}");
        assert_eq!(named[2], "20261122T120000Z-000099");
        for other in
            ["", "pool", "2026-11-22", "20261122T120000Z-000099-before", "20261122T120000Z", "2026112éT120000Z-00009"]
        {
            assert!(!is_id(other), "{other}");
        }
    }
}
