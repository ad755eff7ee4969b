//! Images and documents: what visitors and editors upload, and what is made of it; the collections that hold them, and
//! the storage of their files.

mod census;
pub mod collection;
mod discard;
pub mod document;
mod edit_collection;
mod edit_document;
mod error;
pub mod image;
mod key;
mod list;
mod name;
pub mod storage;
pub mod tagging;
mod text;
mod upload;

use std::sync::Arc;

use crate::config::{self, Config};
use crate::content::Content;
use crate::db::{Db, Query};
use crate::telemetry::Telemetry;
pub use edit_document::{Deletion, DocumentChange};
pub use error::MediaError;
pub use key::{Key, NotAKey};
pub use list::{Filter, MAX_PAGE};
pub use name::FileName;
use storage::Storage;
pub use upload::{Duplicates, NewFile};

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] =
    &[census::QUERIES, collection::QUERIES, discard::QUERIES, document::QUERIES, tagging::QUERIES];

/// The media library of one installation.
pub struct Media {
    pub db: Arc<Db>,
    pub storage: Storage,
    content: Arc<Content>,
    settings: config::Media,
    telemetry: Arc<Telemetry>,
}

impl Media {
    /// Opens the library; its folder is made with the first file.
    pub fn open(config: &Config, content: Arc<Content>, telemetry: Arc<Telemetry>) -> Arc<Self> {
        Arc::new(Self {
            db: content.db.clone(),
            storage: Storage::in_folder(config.media_dir(), telemetry.clone()),
            content,
            settings: config.media.clone(),
            telemetry,
        })
    }
}
