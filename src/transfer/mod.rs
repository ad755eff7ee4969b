//! A whole site as a folder of readable files, and back: between environments, and between SQLite and PostgreSQL.
//! `manifest.json`, a file of JSON lines for each kind of object, sorted by id, and `media/` with the files by their keys.
//!
//! Rows go and come as they stand, with their ids; [`columns`] says which values they have. What follows from them, such
//! as references and the index of the search, is made anew. An import is one transaction: all of it is there, or nothing.

#[macro_use]
mod columns;
mod export;
mod fields;
mod files;
mod import;
mod incoming;
mod manifest;
mod parts;
mod people;
mod reader;
mod row;
mod tree;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::accounts::{AccountError, Accounts};
use crate::backup::BackupError;
use crate::content::{Content, EditError};
use crate::db::{DbError, Query};
use crate::media::{Media, MediaError};
pub use export::{Exported, Options as ExportOptions, export};
pub use import::{Files, Mode, Options as ImportOptions, import};
pub use manifest::{FORMAT, Listed, Manifest, MediaPart};

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[import::QUERIES, incoming::QUERIES, parts::QUERIES, people::QUERIES, tree::QUERIES];

/// Where the files of the media library are.
const MEDIA: &str = "media";
/// Conflicts that are told of.
const TOLD: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Of files that are copied as for a backup.
    #[error(transparent)]
    Copy(#[from] BackupError),
    #[error("{path}: {error}", path = path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{folder} is not empty: an export goes into a new folder", folder = .0.display())]
    NotEmpty(PathBuf),
    #[error("{folder} is no export: it has no manifest.json, which is written last", folder = .0.display())]
    NoExport(PathBuf),
    #[error("{path} is not the manifest of an export that this version can read: {reason}", path = path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error(
        "these files are not as they were written: copy the export again, or say --edited if they were changed on purpose\n  {}",
        .0.join("\n  ")
    )]
    Changed(Vec<String>),
    #[error(
        "this site has other objects with the same ids: nothing was written. An export goes into an empty site, or into one \
         that it was imported into before\n  {}",
        .0.join("\n  ")
    )]
    Conflicts(Vec<String>),
    #[error("{file}, lines {first} to {last}: the database refuses one of them, and nothing was written: {error}")]
    Refused { file: String, first: u64, last: u64, error: DbError },
    #[error("{0} has more rows than are sorted at once")]
    TooMany(&'static str),
}

impl TransferError {
    /// For `map_err`: what went wrong with this path.
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

/// The site that is exported, or imported into.
pub struct Place {
    pub content: Arc<Content>,
    pub media: Arc<Media>,
    pub accounts: Arc<Accounts>,
}

/// How far it is: what is done, and how much of how much of that.
pub type Told<'t> = &'t mut (dyn FnMut(&'static str, u64, u64) + Send);
