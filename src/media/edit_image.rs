//! Changing and deleting images.

use super::discard::{self, Which};
use super::edit_document::Deletion;
use super::file_log::Deed;
use super::image::{FocalBy, FocalPoint};
use super::stored_image::{self, Image};
use super::tagging::{self, Owner, TagChange};
use super::upload::refuse_stale;
use super::upload_image::check_focal_within;
use super::{Filter, MAX_PAGE, Media, MediaError, collection, text};
use crate::content::change::{self, Tag};
use crate::content::reference;
use crate::content::types::ReferenceKind;
use crate::content::{Acting, Actor};
use crate::db::TxName;
use crate::telemetry::label::ObjectEvent;

/// What to change of an image; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ImageChange {
    /// When the image was changed that this change is made to; none: whatever is there.
    pub base: Option<i64>,
    pub title: Option<String>,
    /// What it shows.
    pub description: Option<String>,
    /// `Some(None)`: no focal point.
    pub focal: Option<Option<FocalPoint>>,
    pub collection: Option<i64>,
    pub tags: Option<TagChange>,
}

impl Media {
    /// # Errors
    /// When there is no such image, or the database fails.
    pub async fn image(&self, id: i64) -> Result<Image, MediaError> {
        stored_image::find(&*self.db, id).await?.ok_or(MediaError::ImageNotFound(id))
    }

    /// Images, newest first; at most `limit`, and never more than [`MAX_PAGE`].
    ///
    /// # Errors
    /// When there is no such collection, or the database fails.
    pub async fn list_images(&self, filter: &Filter, limit: u32) -> Result<Vec<Image>, MediaError> {
        let bounds = self.bounds(filter).await?;
        Ok(stored_image::list(&self.db, &bounds, limit.min(MAX_PAGE).into()).await?)
    }

    /// # Errors
    /// What [`MediaError`] says; nothing is changed then.
    pub async fn update_image(&self, id: i64, change: ImageChange, by: impl Into<Actor>) -> Result<(), MediaError> {
        let by = by.into();
        if let Some(tags) = &change.tags {
            text::tags(tags.names())?;
        }
        let mut tx = self.db.begin(TxName("image.update")).await?;
        let old = stored_image::lock(&mut tx, id).await?.ok_or(MediaError::ImageNotFound(id))?;
        refuse_stale(change.base, old.updated_at)?;
        let title = text::required("title", change.title.as_deref().unwrap_or(&old.title))?;
        let description = text::line("description", change.description.as_deref().unwrap_or(&old.description))?;
        let collection_id = change.collection.unwrap_or(old.collection_id);
        collection::find(&mut tx, collection_id).await?.ok_or(MediaError::CollectionNotFound(collection_id))?;
        stored_image::update(&mut tx, id, title, description, collection_id).await?;
        if let Some(focal) = change.focal.filter(|focal| *focal != old.focal()) {
            check_focal_within(focal, old.width, old.height)?;
            stored_image::set_focal(&mut tx, id, focal, FocalBy::Editor).await?;
            discard::add_renditions(&mut tx, id, Which::Focal).await?;
        }
        if let Some(tags) = &change.tags {
            tagging::change(&mut tx, Owner::Image(id), tags).await?;
        }
        let deed = Deed::image(ObjectEvent::Update, id, title);
        deed.note(&mut tx, Some(&by)).await?;
        let tags = [Tag::Image(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(&by));
        self.content.announce_own(change, &tags);
        Ok(())
    }

    /// # Errors
    /// [`MediaError::InUse`] with what refers to it, unless it is forced.
    pub async fn delete_image(&self, id: i64, deletion: Deletion, by: impl Into<Acting>) -> Result<(), MediaError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("image.delete")).await?;
        let old = stored_image::lock(&mut tx, id).await?.ok_or(MediaError::ImageNotFound(id))?;
        refuse_stale(seen, old.updated_at)?;
        let uses = reference::list_uses(&mut tx, ReferenceKind::Image, id, 0).await?;
        if !uses.is_empty() && deletion != Deletion::Forced {
            return Err(MediaError::InUse(uses));
        }
        discard::add(&mut tx, &old.file_key).await?;
        discard::add_renditions(&mut tx, id, Which::All).await?;
        stored_image::delete(&mut tx, id).await?;
        let deed = Deed::image(ObjectEvent::Delete, id, &old.title);
        deed.note(&mut tx, Some(&by)).await?;
        let tags = [Tag::Image(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(&by));
        self.content.announce_own(change, &tags);
        Ok(())
    }
}
