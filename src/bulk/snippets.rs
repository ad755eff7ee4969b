//! One snippet of many: published, taken off the pages that show it, deleted.

use super::Bulks;
use super::note::Reason;
use super::run::{Asked, End, Ended, was_begun};
use super::store::Item;
use crate::accounts::GlobalPermission;
use crate::content::snippet::{self, Snippet};
use crate::content::{Deletion, EditError};
use crate::telemetry::label::BulkAction;

/// An operation's end, with what to say when it went well.
fn ended<T>(result: Result<T, EditError>, done: Reason) -> Ended {
    match result {
        Ok(_) => Ok(End::done(done)),
        Err(EditError::Db(error)) => Err(error),
        Err(error) => Ok(End::refused(&error)),
    }
}

impl Bulks {
    pub(super) async fn with_snippet(&self, asked: &Asked<'_>, item: &Item) -> Ended {
        if !asked.grants.may(GlobalPermission::Snippets) {
            return Ok(End::refused(Reason::MayNotManageSnippets));
        }
        let (known, was_begun) = (snippet::find(&*self.db, item.object_id).await?, was_begun(item));
        match (known, asked.action) {
            (None, BulkAction::Delete) if was_begun => Ok(End::done(Reason::Deleted)),
            (None, _) => Ok(End::refused(Reason::SnippetGone)),
            (Some(known), BulkAction::Publish) => self.publish_snippet(asked, &known, was_begun).await,
            (Some(known), BulkAction::Unpublish) if !known.live => {
                Ok(End::done(if was_begun { Reason::Unpublished } else { Reason::WasNotLive }))
            }
            (Some(known), BulkAction::Unpublish) => {
                ended(self.content.unpublish_snippet(known.id, &asked.actor).await, Reason::Unpublished)
            }
            (Some(known), BulkAction::Delete) => {
                let deletion = if asked.bulk.detail == "anyway" { Deletion::Anyway } else { Deletion::IfUnused };
                ended(self.content.delete_snippet(known.id, deletion, &asked.actor).await, Reason::Deleted)
            }
            _ => Ok(End::refused(Reason::Unsuited)),
        }
    }

    async fn publish_snippet(&self, asked: &Asked<'_>, known: &Snippet, was_begun: bool) -> Ended {
        if known.live && !known.has_unpublished_changes {
            return Ok(End::done(if was_begun { Reason::Published } else { Reason::WasLive }));
        }
        ended(self.content.publish_snippet(known.id, &asked.actor).await, Reason::Published)
    }
}
