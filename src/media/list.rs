//! Lists of images and documents: narrowed by collection, tag and words, a page at a time, newest first.

use super::document::{self, Document};
use super::stored_image::{self, Image};
use super::{Media, MediaError, collection};
use crate::content::{tag, tree};

/// Files on one page of a list, at most.
pub const MAX_PAGE: u32 = 500;

/// Which files are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// This collection and those below it.
    pub collection: Option<i64>,
    pub tag: Option<String>,
    /// Words of the title.
    pub words: String,
    /// Only files with a smaller id: the last one of the page before.
    pub before_id: Option<i64>,
}

/// A filter as statements bind it.
pub(super) struct Bounds {
    pub(super) before_id: i64,
    pub(super) path: String,
    pub(super) path_end: String,
    pub(super) tag: String,
    pub(super) pattern: String,
    /// Paths of the collections that are looked into; `None`: all of them.
    pub(super) within: Option<Vec<String>>,
}

impl Media {
    pub(super) async fn bounds(&self, filter: &Filter) -> Result<Bounds, MediaError> {
        let id = filter.collection.unwrap_or(collection::ROOT_ID);
        let within = collection::find(&*self.db, id).await?.ok_or(MediaError::CollectionNotFound(id))?;
        let words = filter.words.trim().to_lowercase();
        // Neither sign of LIKE is a word; as blanks they match between words.
        let words = words.replace(['%', '_', '\\'], " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        Ok(Bounds {
            before_id: filter.before_id.unwrap_or(i64::MAX),
            path_end: tree::after_subtree(&within.path),
            path: within.path,
            tag: filter.tag.as_deref().map(tag::slug_of).unwrap_or_default(),
            pattern: if words.is_empty() { String::new() } else { format!("%{}%", words.join("%")) },
            within: None,
        })
    }

    /// Documents, newest first; at most `limit`, and never more than [`MAX_PAGE`].
    ///
    /// # Errors
    /// When there is no such collection, or the database fails.
    pub async fn list_documents(&self, filter: &Filter, limit: u32) -> Result<Vec<Document>, MediaError> {
        let bounds = self.bounds(filter).await?;
        Ok(document::list(&self.db, &bounds, limit.min(MAX_PAGE).into()).await?)
    }

    /// As [`Media::list_documents`], of the collections at these paths alone.
    ///
    /// # Errors
    /// When there is no such collection, or the database fails.
    pub async fn list_documents_within(
        &self,
        filter: &Filter,
        paths: Vec<String>,
        limit: u32,
    ) -> Result<Vec<Document>, MediaError> {
        let bounds = Bounds { within: Some(paths), ..self.bounds(filter).await? };
        Ok(document::list(&self.db, &bounds, limit.min(MAX_PAGE).into()).await?)
    }

    /// As [`Media::list_images`], of the collections at these paths alone.
    ///
    /// # Errors
    /// When there is no such collection, or the database fails.
    pub async fn list_images_within(
        &self,
        filter: &Filter,
        paths: Vec<String>,
        limit: u32,
    ) -> Result<Vec<Image>, MediaError> {
        let bounds = Bounds { within: Some(paths), ..self.bounds(filter).await? };
        Ok(stored_image::list(&self.db, &bounds, limit.min(MAX_PAGE).into()).await?)
    }
}
