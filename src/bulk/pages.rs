//! One page of many: published, taken off the site, moved, put into the trash.

use super::Bulks;
use super::note::Reason;
use super::run::{Asked, End, Ended, was_begun};
use super::store::Item;
use crate::content::explore::{self, Cursor, Direction, Filter, Listed};
use crate::content::{EditError, Position};
use crate::permit::{self, Denied};
use crate::telemetry::label::BulkAction;

/// An operation's end, with what to say when it went well.
fn ended(result: Result<(), EditError>, done: Reason) -> Ended {
    match result {
        Ok(()) => Ok(End::done(done)),
        Err(EditError::Db(error)) => Err(error),
        Err(error) => Ok(End::refused(&error)),
    }
}

fn denied(denied: Denied) -> Ended {
    match denied {
        Denied::Db(error) => Err(error),
        fact => Ok(End::refused(&fact)),
    }
}

impl Bulks {
    pub(super) async fn with_page(&self, asked: &Asked<'_>, item: &Item) -> Ended {
        let row = match self.content.listed(item.object_id).await {
            Ok(row) => row,
            Err(EditError::Db(error)) => return Err(error),
            Err(_) => return Ok(End::refused(Reason::PageGone)),
        };
        match (row.trashed, asked.action) {
            (true, BulkAction::Delete) => return Ok(End::done(Reason::Trashed)),
            (true, _) => return Ok(End::refused(Reason::InTrash)),
            (false, _) => {}
        }
        if !asked.grants.may_explore(&row.path) {
            return Ok(End::refused(Reason::NotSeen));
        }
        match asked.action {
            BulkAction::Publish => self.publish(asked, &row, was_begun(item)).await,
            BulkAction::Unpublish => self.unpublish(asked, &row, was_begun(item)).await,
            BulkAction::Move => self.put(asked, &row, was_begun(item)).await,
            BulkAction::Delete => {
                if let Err(refusal) = permit::refuse_deleting(&self.content, &asked.grants, &row).await {
                    return denied(refusal);
                }
                ended(self.content.trash_page(row.id, &asked.actor).await.map(drop), Reason::Trashed)
            }
            _ => Ok(End::refused(Reason::Unsuited)),
        }
    }

    async fn publish(&self, asked: &Asked<'_>, row: &Listed, was_begun: bool) -> Ended {
        if !asked.grants.may_publish(permit::page_of(row)) {
            return Ok(End::refused(Reason::MayNotPublish));
        }
        if row.live && !row.has_unpublished_changes {
            return Ok(End::done(if was_begun { Reason::Published } else { Reason::WasLive }));
        }
        ended(self.content.publish(row.id, None, &asked.actor).await, Reason::Published)
    }

    async fn unpublish(&self, asked: &Asked<'_>, row: &Listed, was_begun: bool) -> Ended {
        if !asked.grants.may_publish(permit::page_of(row)) {
            return Ok(End::refused(Reason::MayNotUnpublish));
        }
        if !row.live {
            return Ok(End::done(if was_begun { Reason::Unpublished } else { Reason::WasNotLive }));
        }
        ended(self.content.unpublish(row.id, &asked.actor).await, Reason::Unpublished)
    }

    async fn put(&self, asked: &Asked<'_>, row: &Listed, was_begun: bool) -> Ended {
        let to = match self.content.listed(asked.bulk.target_id.unwrap_or_default()).await {
            Ok(to) if !to.trashed && asked.grants.may_explore(&to.path) => to,
            Err(EditError::Db(error)) => return Err(error),
            _ => return Ok(End::refused(Reason::TargetGone)),
        };
        let is_first = asked.bulk.detail == "first";
        if was_begun && row.parent_id == Some(to.id) && self.is_at_end(row, is_first).await? {
            return Ok(End::done(Reason::Moved));
        }
        if let Err(refusal) = permit::refuse_moving(&self.content, &asked.grants, row, &to).await {
            return denied(refusal);
        }
        let place = if is_first { Position::FirstChildOf(to.id) } else { Position::LastChildOf(to.id) };
        ended(self.content.move_page(row.id, place, &asked.actor).await, Reason::Moved)
    }

    /// Whether it is the first, or the last, below its parent.
    async fn is_at_end(&self, row: &Listed, is_first: bool) -> Result<bool, crate::db::DbError> {
        let cursor = Cursor { key: row.path.clone(), id: row.id };
        let filter = Filter::default();
        let beside = explore::Asked {
            parent: row.parent_id.unwrap_or_default(),
            order: explore::Order::Tree,
            direction: if is_first { Direction::Down } else { Direction::Up },
            filter: &filter,
            after: Some(&cursor),
            only: None,
            limit: 1,
        };
        Ok(self.content.list_children(beside).await?.rows.is_empty())
    }
}
