//! The job: one after another, in small parts, each with what its asker may do by then.

use std::time::Duration;

use super::note::{Note, Reason};
use super::store::{self, Bulk, Item};
use super::{Bulks, Kind};
use crate::accounts::{By, Grants};
use crate::clock::Micros;
use crate::content::Actor;
use crate::db::DbError;
use crate::jobs::{Failure, Run};
use crate::telemetry::label::{BulkAction, BulkOutcome};

/// Rows that are read at once: what is called off is noticed by then at the latest.
const PART: i64 = 20;
/// Workers that may be lost over one item before it is left as it is.
const MAX_ATTEMPTS: i64 = 5;
/// Between a failure and the job that goes on: as long as before a second attempt.
const GO_ON_AFTER: Duration = Duration::from_secs(5);

/// How it went with one of them.
pub(super) enum End {
    Done(Note),
    Refused(Note),
}

impl End {
    pub(super) fn done(note: impl Into<Note>) -> Self {
        Self::Done(note.into())
    }

    pub(super) fn refused(note: impl Into<Note>) -> Self {
        Self::Refused(note.into())
    }
}

/// Whoever asked, as they are now, and what for.
pub(super) struct Asked<'b> {
    pub bulk: &'b Bulk,
    pub action: BulkAction,
    pub grants: Grants,
    pub actor: Actor,
    /// For operations on accounts.
    pub by: By,
}

impl Bulks {
    /// Done again after it was done, it finds nothing to do.
    pub(super) async fn carry_out(&self, run: &Run) -> Result<(), Failure> {
        let id = run.number("bulk")?;
        let Some(bulk) = store::find(&self.db, id).await? else { return Ok(()) };
        let known = Kind::parse(&bulk.kind).zip(BulkAction::parse(&bulk.action));
        let work = known.ok_or_else(|| Failure::Never(format!("bulk {id}: {} {}", bulk.action, bulk.kind)))?;
        let mut ended = 0;
        let gone = self.go_through(&bulk, work, &mut ended).await;
        match gone {
            // A job has so many attempts in all: each item that fails again and again would cost some of the others'.
            Err(Failure::Later(why)) if ended > 0 => {
                store::go_on(&self.db, id, Micros(Micros::now().0 + GO_ON_AFTER.as_micros() as i64)).await?;
                tracing::warn!(bulk = id, ended, "work on many goes on with another job: {why}");
                Ok(())
            }
            other => other,
        }
    }

    /// `ended`: how many had an end before something failed.
    async fn go_through(&self, bulk: &Bulk, work: (Kind, BulkAction), ended: &mut usize) -> Result<(), Failure> {
        let id = bulk.id;
        loop {
            let open = store::list_open(&self.db, id, PART).await?;
            if open.is_empty() {
                return Ok(store::end(&self.db, id).await?);
            }
            for item in open {
                if !store::begin_item(&self.db, id, item.place).await? {
                    continue;
                }
                let (outcome, note) = self.attempt(bulk, work, &item).await?;
                if store::end_item(&self.db, id, item.place, outcome, &note.stored()).await? {
                    self.count(bulk, outcome, 1);
                    *ended += 1;
                }
            }
        }
    }

    /// One of them. What the database could not do is tried again; all else is an answer.
    async fn attempt(
        &self,
        bulk: &Bulk,
        (kind, action): (Kind, BulkAction),
        item: &Item,
    ) -> Result<(BulkOutcome, Note), Failure> {
        if item.attempts >= MAX_ATTEMPTS {
            return Ok((BulkOutcome::Failed, Reason::FailedOften.into()));
        }
        let refused = |reason: Reason| (BulkOutcome::Refused, Note::from(reason));
        // Asked anew each time: rights may have gone meanwhile, and so may the account.
        let Some(now) = store::find(&self.db, bulk.id).await? else { return Ok(refused(Reason::Forgotten)) };
        if !now.is_active {
            return Ok(refused(Reason::AccountClosed));
        }
        let grants = self.accounts.load_grants_of(now.account_id, now.is_superuser).await?;
        let called = if now.name.is_empty() { &now.username } else { &now.name };
        let actor = Actor::editor(now.account_id, called);
        let network = if kind == Kind::User { bulk.detail.clone() } else { String::new() };
        let by = By { actor: now.username.clone(), network };
        let asked = Asked { bulk, action, grants, actor, by };
        let end = match kind {
            Kind::Page => self.with_page(&asked, item).await,
            Kind::Image | Kind::Document => self.with_file(&asked, kind, item).await,
            Kind::Snippet => self.with_snippet(&asked, item).await,
            Kind::User => self.with_user(&asked, item).await,
        };
        Ok(match end? {
            End::Done(note) => (BulkOutcome::Done, note),
            End::Refused(note) => (BulkOutcome::Refused, note),
        })
    }
}

/// Whether an earlier worker may have done it, and could not say so.
pub(super) fn was_begun(item: &Item) -> bool {
    item.state == "begun"
}

pub(super) type Ended = Result<End, DbError>;
