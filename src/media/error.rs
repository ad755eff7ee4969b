//! Why the media library refuses.

use super::image::{Refused, RenderError};
use super::storage::{ReceiveError, StorageError};
use super::workers::Panicked;
use crate::config::Extensions;
use crate::content::reference::Use;
use crate::db::DbError;
use crate::telemetry::label::UploadOutcome;

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("there is no image {0}")]
    ImageNotFound(i64),
    #[error("there is no document {0}")]
    DocumentNotFound(i64),
    #[error("there is no collection {0}")]
    CollectionNotFound(i64),
    #[error("there is no collection {0:?}")]
    NoCollectionAt(String),
    #[error("the file has no name, or one with characters that no name has")]
    NameInvalid,
    #[error("the extension {found:?} is not taken; these are: {allowed}")]
    ExtensionRefused { found: String, allowed: Extensions },
    #[error("the file has more than {max_bytes} bytes")]
    TooLarge { max_bytes: u64 },
    #[error("the file is empty")]
    Empty,
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was fine to look at, and could not be written without its metadata.
    #[error("the image cannot be stored: {0}")]
    Unclean(RenderError),
    #[error("the image made its codec fail")]
    Panicked(String),
    #[error("the file could not be read: {0}")]
    Source(std::io::Error),
    #[error("the same file is there already, as number {0}")]
    Duplicate(i64),
    #[error("{0}: a text is needed")]
    Missing(&'static str),
    #[error("{0}: a NUL character cannot be stored")]
    NullCharacter(&'static str),
    #[error("{field}: at most {max} characters")]
    TooLong { field: &'static str, max: usize },
    #[error("tags: at most {0}")]
    TooManyTags(usize),
    /// Since whoever changes it saw it.
    #[error("somebody changed it meanwhile")]
    Stale { updated_at: i64 },
    #[error("the focal point must lie within the {width} x {height} pixels of the image")]
    FocalPointOutside { width: i64, height: i64 },
    #[error("it is used by {}; to delete it all the same, force it", list(.0))]
    InUse(Vec<Use>),
    #[error(
        "the collection is not empty: it holds {collections} collections, {images} images and {documents} documents"
    )]
    CollectionNotEmpty { collections: i64, images: i64, documents: i64 },
    #[error("there is a collection {0:?} here already")]
    CollectionNameTaken(String),
    #[error("a collection's name has no slash: {0:?}")]
    CollectionNameInvalid(String),
    #[error("a collection cannot be moved below itself")]
    MoveIntoItself,
    #[error("the root collection stays as it is")]
    RootIsFixed,
    #[error("collections are {0} levels deep: this is the limit")]
    TooDeep(i64),
    #[error("collection {0} cannot have more collections in it")]
    CollectionFull(i64),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MediaError {
    /// How an upload that ended so is counted.
    pub(super) fn outcome(&self) -> UploadOutcome {
        match self {
            Self::TooLarge { .. } => UploadOutcome::TooLarge,
            Self::ExtensionRefused { .. } => UploadOutcome::Extension,
            Self::NameInvalid => UploadOutcome::Name,
            Self::Duplicate(_) => UploadOutcome::Duplicate,
            Self::Empty | Self::Unclean(_) | Self::Panicked(_) => UploadOutcome::Damaged,
            Self::Refused(refused) => match refused.kind() {
                "bytes" => UploadOutcome::TooLarge,
                "extension" => UploadOutcome::Extension,
                "format" => UploadOutcome::Format,
                "pixels" => UploadOutcome::Pixels,
                "memory" => UploadOutcome::Memory,
                "polyglot" => UploadOutcome::Polyglot,
                _ => UploadOutcome::Damaged,
            },
            _ => UploadOutcome::Error,
        }
    }
}

impl From<RenderError> for MediaError {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Refused(refused) => Self::Refused(refused),
            other => Self::Unclean(other),
        }
    }
}

impl From<Panicked> for MediaError {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked.0)
    }
}

impl From<ReceiveError> for MediaError {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::TooLarge(max_bytes) => Self::TooLarge { max_bytes },
            ReceiveError::Source(error) => Self::Source(error),
            ReceiveError::Storage(error) => Self::Storage(error),
        }
    }
}

/// Places of use that an error names.
const MAX_NAMED: usize = 20;

fn list(uses: &[Use]) -> String {
    let name = |found: &Use| {
        let what = match (found.page_id, found.snippet_id, found.setting_id) {
            (Some(id), ..) => format!("page {id}"),
            (_, Some(id), _) => format!("snippet {id}"),
            (.., Some(id)) => format!("settings {id}"),
            _ => "content".to_owned(),
        };
        format!("{what} {:?} ({})", found.title, found.path)
    };
    let mut text = uses.iter().take(MAX_NAMED).map(name).collect::<Vec<_>>().join(", ");
    let total = uses.first().map_or(0, |found| found.total);
    if total > MAX_NAMED as i64 {
        text.push_str(&format!(" and {} more", total - MAX_NAMED as i64));
    }
    text
}
