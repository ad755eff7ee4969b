//! Lists of images and documents: narrowed by collection, tag and words, a page at a time, newest first.

use super::document::{self, Document};
use super::stored_image::{self, Image};
use super::{Media, MediaError, collection};
use crate::content::{tag, tree};
use crate::db::{Call, DbError};
use crate::{queries, record, word_set};

/// Files on one page of a list, at most.
pub const MAX_PAGE: u32 = 500;

record! {
    /// A file as it is called, with the path of its collection.
    #[derive(Clone, Debug)]
    pub struct Named { pub id: i64, pub title: String, pub path: String }
}

queries! {
    NAMED_IMAGES = read "image.list_by_id"
        ("SELECT image.id, title, collection.path FROM image JOIN collection ON collection.id = collection_id
         WHERE image.id " [any "$1"] " ORDER BY image.id DESC LIMIT $2");
    NAMED_DOCUMENTS = read "document.list_by_id"
        ("SELECT document.id, title, collection.path FROM document JOIN collection ON collection.id = collection_id
         WHERE document.id " [any "$1"] " ORDER BY document.id DESC LIMIT $2");
}

/// Which files are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// This collection and those below it.
    pub collection: Option<i64>,
    pub tag: Option<String>,
    /// Words of the title.
    pub words: String,
    /// Only what this account added.
    pub uploaded_by: Option<i64>,
    /// Only files with a smaller id: the last one of the page before.
    pub before_id: Option<i64>,
    pub usage: Option<Usage>,
    /// Of images their format, of documents the ending of the file's name; empty: any.
    pub format: String,
    /// None: the newest first.
    pub order: Option<Order>,
    /// Files before the page, in an order by name or size.
    pub offset: i64,
}

word_set! {
    /// Whether something refers to a file.
    Usage { Used = "used", Unused = "unused" }
    /// By title; the largest first.
    Order { Name = "name", Size = "size" }
}

/// A filter as statements bind it.
pub(super) struct Bounds {
    before_id: i64,
    path: String,
    path_end: String,
    tag: String,
    pattern: String,
    /// 0: by anybody.
    uploaded_by: i64,
    /// Paths of the collections that are looked into; `None`: all of them.
    pub(super) within: Option<Vec<String>>,
    usage: Option<Usage>,
    format: String,
    pub(super) order: Option<Order>,
    pub(super) offset: i64,
}

impl Bounds {
    /// The values that both lists take, in their order.
    pub(super) fn bind<'c>(&self, call: Call<'c>, limit: i64) -> Call<'c> {
        let call = call.bind(self.before_id).bind(&self.path).bind(&self.path_end).bind(&self.tag);
        let call = call.bind(&self.pattern).bind(limit).bind(self.within.is_none());
        let call = call.bind(self.within.clone().unwrap_or_default()).bind(self.uploaded_by);
        call.bind(self.usage.map_or("", Usage::as_str)).bind(&self.format)
    }
}

impl Media {
    pub(super) async fn bounds(&self, filter: &Filter) -> Result<Bounds, MediaError> {
        let path = match filter.collection {
            None => tree::ROOT_PATH.to_owned(),
            Some(id) => collection::find(&*self.db, id).await?.ok_or(MediaError::CollectionNotFound(id))?.path,
        };
        let words = filter.words.trim().to_lowercase();
        // Neither sign of LIKE is a word; as blanks they match between words.
        let words = words.replace(['%', '_', '\\'], " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        Ok(Bounds {
            before_id: filter.before_id.unwrap_or(i64::MAX),
            path_end: tree::after_subtree(&path),
            path,
            tag: filter.tag.as_deref().map(tag::slug_of).unwrap_or_default(),
            pattern: if words.is_empty() { String::new() } else { format!("%{}%", words.join("%")) },
            uploaded_by: filter.uploaded_by.unwrap_or(0),
            within: None,
            usage: filter.usage,
            format: filter.format.clone(),
            order: filter.order,
            offset: filter.offset,
        })
    }

    /// These images by their ids, the newest first; at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn name_images(&self, ids: Vec<i64>) -> Result<Vec<Named>, DbError> {
        self.db.query(&NAMED_IMAGES).bind(ids).bind(i64::from(MAX_PAGE)).list().await
    }

    /// As [`Media::name_images`], of documents.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn name_documents(&self, ids: Vec<i64>) -> Result<Vec<Named>, DbError> {
        self.db.query(&NAMED_DOCUMENTS).bind(ids).bind(i64::from(MAX_PAGE)).list().await
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
