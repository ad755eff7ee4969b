//! Images and documents: what visitors and editors upload, and what is made of it; the collections that hold them, and
//! the storage of their files.

mod arrival;
mod census;
pub mod collection;
mod discard;
pub mod document;
mod edit_collection;
mod edit_document;
mod edit_image;
mod error;
mod faces;
mod file_log;
pub mod former;
pub mod image;
mod key;
mod known;
mod list;
mod name;
mod portrait;
mod purge;
pub mod read;
pub mod referred;
pub mod rendition;
mod renditions;
pub mod seed;
pub mod storage;
pub mod stored_image;
pub mod tagging;
mod text;
mod upload;
mod upload_image;
pub mod url;
mod workers;

use std::sync::Arc;

use workers::Workers;

use crate::config::{self, Config};
use crate::content::Content;
use crate::db::{Db, Query};
use crate::telemetry::Telemetry;
pub use edit_document::{Deletion, DocumentChange};
pub use edit_image::ImageChange;
pub use error::MediaError;
pub use faces::FacesRefused;
pub use key::{Key, NotAKey};
pub use list::{Filter, MAX_PAGE, Named, Order, Usage};
pub use name::FileName;
pub use purge::{Purged, Rebuilt, Scope};
pub use renditions::RenditionError;
use renditions::Renditions;
use storage::{Storage, StorageError};
pub use stored_image::{Facts, Image};
pub use upload::{Duplicates, NewFile, Replacement};

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[
    arrival::QUERIES,
    census::QUERIES,
    collection::QUERIES,
    discard::QUERIES,
    document::QUERIES,
    former::QUERIES,
    list::QUERIES,
    read::QUERIES,
    referred::QUERIES,
    rendition::QUERIES,
    stored_image::QUERIES,
    tagging::QUERIES,
];

/// The media library of one installation.
pub struct Media {
    pub db: Arc<Db>,
    pub storage: Storage,
    content: Arc<Content>,
    settings: config::Media,
    telemetry: Arc<Telemetry>,
    workers: Workers,
    renditions: Arc<Renditions>,
}

impl Media {
    /// Opens the library; its folder is made with the first file.
    ///
    /// # Errors
    /// When the settings name no storage.
    pub fn open(config: &Config, content: Arc<Content>, telemetry: Arc<Telemetry>) -> Result<Arc<Self>, StorageError> {
        let storage = Storage::of(config, telemetry.clone())?;
        let renditions = Arc::new(Renditions::new(config.media.rendition_queue, telemetry.clone()));
        let known = renditions.clone();
        content.on_change(move |tags, _| known.known.purge(tags));
        Ok(Arc::new(Self {
            db: content.db.clone(),
            storage,
            content,
            settings: config.media.clone(),
            telemetry,
            workers: Workers::new(config.media.rendition_workers),
            renditions,
        }))
    }
}
