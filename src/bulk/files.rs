//! One image or document of many: put into a collection, tagged, deleted.

use super::note::Reason;
use super::run::{Asked, End, Ended, was_begun};
use super::store::Item;
use super::{Bulks, Kind};
use crate::accounts::CollectionPermission;
use crate::media::tagging::TagChange;
use crate::media::{Deletion, DocumentChange, ImageChange, MediaError, collection};
use crate::telemetry::label::BulkAction;

/// What is asked of a file before.
struct File {
    collection: i64,
    uploaded_by: Option<i64>,
}

/// An operation's end, with what to say when it went well.
fn ended(result: Result<(), MediaError>, done: Reason) -> Ended {
    match result {
        Ok(()) => Ok(End::done(done)),
        Err(MediaError::Db(error)) => Err(error),
        Err(error) => Ok(End::refused(&error)),
    }
}

impl Bulks {
    pub(super) async fn with_file(&self, asked: &Asked<'_>, kind: Kind, item: &Item) -> Ended {
        let id = item.object_id;
        let found = if kind == Kind::Image {
            let found = self.media.image(id).await;
            found.map(|image| File { collection: image.collection_id, uploaded_by: image.uploaded_by })
        } else {
            let found = self.media.document(id).await;
            found.map(|document| File { collection: document.collection_id, uploaded_by: document.uploaded_by })
        };
        let file = match found {
            Ok(file) => file,
            Err(MediaError::Db(error)) => return Err(error),
            Err(_) if asked.action == BulkAction::Delete && was_begun(item) => return Ok(End::done(Reason::Deleted)),
            Err(_) => return Ok(End::refused(Reason::FileGone)),
        };
        let path = collection::find(&*self.db, file.collection).await?.map(|holder| holder.path).unwrap_or_default();
        let needed = match asked.action {
            BulkAction::Delete => CollectionPermission::Delete,
            _ => CollectionPermission::Change,
        };
        if !asked.grants.may_in_collection(needed, &path, file.uploaded_by) {
            return Ok(End::refused(Reason::MayNotChangeFile));
        }
        match asked.action {
            BulkAction::Collect => self.collect(asked, kind, (id, &file)).await,
            BulkAction::Tag => self.tag(asked, kind, id).await,
            BulkAction::Delete => {
                let deletion = if asked.bulk.detail == "anyway" { Deletion::Forced } else { Deletion::Unused };
                let deleted = match kind {
                    Kind::Image => self.media.delete_image(id, deletion, &asked.actor).await,
                    _ => self.media.delete_document(id, deletion, &asked.actor).await,
                };
                ended(deleted, Reason::Deleted)
            }
            _ => Ok(End::refused(Reason::Unsuited)),
        }
    }

    async fn collect(&self, asked: &Asked<'_>, kind: Kind, (id, file): (i64, &File)) -> Ended {
        let into = asked.bulk.target_id.unwrap_or_default();
        if into == file.collection {
            return Ok(End::done(Reason::Collected));
        }
        let Some(holder) = collection::find(&*self.db, into).await? else {
            return Ok(End::refused(Reason::CollectionGone));
        };
        if !asked.grants.may_in_collection(CollectionPermission::Add, &holder.path, None) {
            return Ok(End::refused(Reason::MayNotAddFiles));
        }
        let collection = Some(into);
        let changed = match kind {
            Kind::Image => {
                let change = ImageChange { collection, ..ImageChange::default() };
                self.media.update_image(id, change, &asked.actor).await
            }
            _ => {
                let change = DocumentChange { collection, ..DocumentChange::default() };
                self.media.update_document(id, change, &asked.actor).await
            }
        };
        ended(changed, Reason::Collected)
    }

    async fn tag(&self, asked: &Asked<'_>, kind: Kind, id: i64) -> Ended {
        let names = asked.bulk.detail.split(',').map(str::trim).filter(|new| !new.is_empty()).map(str::to_owned);
        let tags = Some(TagChange::Add(names.collect()));
        let changed = match kind {
            Kind::Image => {
                self.media.update_image(id, ImageChange { tags, ..ImageChange::default() }, &asked.actor).await
            }
            _ => {
                let change = DocumentChange { tags, ..DocumentChange::default() };
                self.media.update_document(id, change, &asked.actor).await
            }
        };
        ended(changed, Reason::Tagged)
    }
}
