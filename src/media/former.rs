//! Addresses that files had in the system that they come from: whoever asks for one is led to the file as it is here.

use super::document::{self, Document};
use super::image::FilterSpec;
use super::stored_image::{self, Image};
use super::{Media, MediaError};
use crate::{queries, record};

/// In the notes of what came from where: paths below the old folder of media files.
pub const NOTED_AS: &str = "address of a file";
/// What is noted of a document; of an image it is the filter spec of what was shown there.
pub const DOCUMENT: &str = "document";
/// The one system whose addresses are noted.
const SYSTEM: &str = "wagtail";
/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 1_000;

record! { struct Note { target_id: i64, digest: String } }

queries! {
    FIND = read "media.find_former"
        "SELECT target_id, digest FROM imported WHERE source = $1 AND model = $2 AND name = $3";
}

/// What an old address showed.
pub enum Former {
    Rendition(Box<Image>, FilterSpec),
    Document(Box<Document>),
}

impl Media {
    /// The file that had this path below the folder of media files; `None` when none did, or it is gone.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_former(&self, path: &str) -> Result<Option<Former>, MediaError> {
        if path.is_empty() || path.len() > MAX_PATH_BYTES {
            return Ok(None);
        }
        let noted = self.db.query(&FIND).bind(SYSTEM).bind(NOTED_AS).bind(path).optional::<Note>().await?;
        let Some(Note { target_id, digest }) = noted else { return Ok(None) };
        if digest == DOCUMENT {
            let document = document::find(&*self.db, target_id).await?;
            return Ok(document.map(|document| Former::Document(Box::new(document))));
        }
        let Ok(spec) = FilterSpec::parse(&digest) else { return Ok(None) };
        let image = stored_image::find(&*self.db, target_id).await?;
        Ok(image.map(|image| Former::Rendition(Box::new(image), spec)))
    }
}
