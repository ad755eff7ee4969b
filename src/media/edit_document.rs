//! Changing and deleting documents.

use super::document::{self, Document};
use super::file_log::Deed;
use super::tagging::{self, Owner, TagChange};
use super::upload::refuse_stale;
use super::{Media, MediaError, collection, discard, text};
use crate::content::change::{self, Tag};
use crate::content::reference;
use crate::content::types::ReferenceKind;
use crate::content::{Acting, Actor};
use crate::db::TxName;
use crate::telemetry::label::ObjectEvent;

/// What to change of a document; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DocumentChange {
    /// When the document was changed that this change is made to; none: whatever is there.
    pub base: Option<i64>,
    pub title: Option<String>,
    pub collection: Option<i64>,
    pub tags: Option<TagChange>,
}

/// Whether a file that pages refer to may be deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    #[default]
    Unused,
    Forced,
}

impl Media {
    /// # Errors
    /// When there is no such document, or the database fails.
    pub async fn document(&self, id: i64) -> Result<Document, MediaError> {
        document::find(&*self.db, id).await?.ok_or(MediaError::DocumentNotFound(id))
    }

    /// # Errors
    /// What [`MediaError`] says; nothing is changed then.
    pub async fn update_document(
        &self,
        id: i64,
        change: DocumentChange,
        by: impl Into<Actor>,
    ) -> Result<(), MediaError> {
        let by = by.into();
        if let Some(tags) = &change.tags {
            text::tags(tags.names())?;
        }
        let mut tx = self.db.begin(TxName("document.update")).await?;
        let old = document::lock(&mut tx, id).await?.ok_or(MediaError::DocumentNotFound(id))?;
        refuse_stale(change.base, old.updated_at)?;
        let title = text::required("title", change.title.as_deref().unwrap_or(&old.title))?;
        let collection_id = change.collection.unwrap_or(old.collection_id);
        collection::find(&mut tx, collection_id).await?.ok_or(MediaError::CollectionNotFound(collection_id))?;
        document::update(&mut tx, id, title, collection_id).await?;
        if let Some(tags) = &change.tags {
            tagging::change(&mut tx, Owner::Document(id), tags).await?;
        }
        let deed = Deed::document(ObjectEvent::Update, id, title);
        deed.note(&mut tx, Some(&by)).await?;
        let tags = [Tag::Document(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(&by));
        self.content.announce_own(change, &tags);
        Ok(())
    }

    /// # Errors
    /// [`MediaError::InUse`] with what refers to it, unless it is forced.
    pub async fn delete_document(&self, id: i64, deletion: Deletion, by: impl Into<Acting>) -> Result<(), MediaError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("document.delete")).await?;
        let old = document::lock(&mut tx, id).await?.ok_or(MediaError::DocumentNotFound(id))?;
        refuse_stale(seen, old.updated_at)?;
        let uses = reference::list_uses(&mut tx, ReferenceKind::Document, id, 0).await?;
        if !uses.is_empty() && deletion != Deletion::Forced {
            return Err(MediaError::InUse(uses));
        }
        discard::add(&mut tx, &old.file_key).await?;
        document::delete(&mut tx, id).await?;
        let deed = Deed::document(ObjectEvent::Delete, id, &old.title);
        deed.note(&mut tx, Some(&by)).await?;
        let tags = [Tag::Document(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(&by));
        self.content.announce_own(change, &tags);
        Ok(())
    }
}
