//! What an export says of itself: written last, so that one without a manifest is none.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::TransferError;
use crate::backup::Hashing;

/// Changes when an older version could not read what a newer one writes.
pub const FORMAT: u32 = 1;
pub(super) const NAME: &str = "manifest.json";

/// A file of lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Beside the manifest.
    pub path: String,
    pub rows: u64,
    pub size_bytes: u64,
    pub sha256: String,
}

/// The files of the media library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaPart {
    pub files: u64,
    pub size_bytes: u64,
    /// Files that rows name and the storage did not have, or had with another content.
    pub lacking: u64,
    /// The first of them.
    pub lacking_keys: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version and commit that wrote it.
    pub vitrine: String,
    pub commit: String,
    pub created_at: String,
    pub with_history: bool,
    pub with_submissions: bool,
    pub with_users: bool,
    pub media: MediaPart,
    pub files: Vec<Listed>,
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> Result<(), TransferError> {
        let path = folder.join(NAME);
        let written = || {
            let mut file = Hashing::create(&path)?;
            writeln!(file, "{}", serde_json::to_string_pretty(self)?)?;
            file.finish()
        };
        written().map(drop).map_err(TransferError::at(&path))
    }

    /// # Errors
    /// When there is none, or another version wrote it.
    pub(super) fn read(folder: &Path) -> Result<Self, TransferError> {
        let path = folder.join(NAME);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(TransferError::NoExport(folder.to_owned()));
            }
            read => read.map_err(TransferError::at(&path))?,
        };
        let wrong = |reason: String| TransferError::Manifest { path: path.clone(), reason };
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(format!("it has format {}, and this version reads {FORMAT}", manifest.format)));
        }
        Ok(manifest)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Listed> {
        self.files.iter().find(|file| file.path.strip_suffix(".jsonl") == Some(name))
    }
}
