//! What others do to somebody's pages, for a mail about it: wanted in the transaction of the operation, sent in a while
//! together with whatever comes until then.

use serde_json::json;

use super::{Actor, Content};
use crate::clock::Micros;
use crate::db::{DbError, Tx};
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::{JobKind, PageEvent};
use crate::{queries, record};

/// Mails of this sort leave when a stretch of so long ends: one for all that was done in it, however much.
const STRETCH_US: i64 = 600_000_000;
/// What is older is not told any more.
const MAX_AGE_US: i64 = 24 * 3_600_000_000;
/// Entries of the log that are read for one mail.
const MAX_READ: i64 = 500;

record! {
    /// Something that somebody did to a page of somebody else.
    #[derive(Clone, Debug)]
    pub struct Deed {
        pub at: i64, pub actor: String, pub event: String, pub page_id: i64, pub title: String, pub path: String,
        pub trashed: bool,
    }
}

queries! {
    /// Of all that happened since then, what concerns the pages of $1. `+owner_id`: it is little, and read by its time.
    DEEDS = read "page_event.list_for_owner"
        "SELECT e.at, e.actor, e.event, e.page_id, e.title, p.path, p.trashed
         FROM page_event e JOIN page p ON p.id = e.page_id
         WHERE e.at > $2 AND e.at <= $3 AND +p.owner_id = $1 AND e.account_id IS NOT NULL AND +e.account_id <> $1
         ORDER BY e.at, e.id LIMIT $4";
    UNTIL = read "page_told.find" "SELECT told_until FROM page_told WHERE account_id = $1";
    TOLD = write "page_told.keep"
        "INSERT INTO page_told (account_id, told_until) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET told_until = excluded.told_until";
}

/// What a mail may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Where and whether visitors find the page, and who may change it.
    Page,
    /// What it says.
    Edit,
}

/// Whether an owner is told of this.
pub fn sort_of(event: PageEvent) -> Option<Sort> {
    match event {
        PageEvent::Publish
        | PageEvent::Unpublish
        | PageEvent::Move
        | PageEvent::Trash
        | PageEvent::Restore
        | PageEvent::Schedule
        | PageEvent::Lock
        | PageEvent::Unlock
        | PageEvent::RestrictionCreate
        | PageEvent::RestrictionEdit
        | PageEvent::RestrictionDelete => Some(Sort::Page),
        PageEvent::Update | PageEvent::Revert => Some(Sort::Edit),
        _ => None,
    }
}

/// Has the owner of a page told of what a person did who is not the owner. The job waits until the stretch of time ends,
/// and a second one takes its place.
pub(super) async fn want(tx: &mut Tx, by: &Actor, event: PageEvent, owner: Option<i64>) -> Result<(), DbError> {
    let Some(owner) = owner.filter(|owner| by.account.is_some_and(|account| account != *owner)) else { return Ok(()) };
    if sort_of(event).is_none() {
        return Ok(());
    }
    let end = (Micros::now().0 / STRETCH_US + 1) * STRETCH_US;
    let job = NewJob::new(JobKind::PageNotice, json!({ "account": owner })).keyed(owner.to_string());
    queue::enqueue(tx, &job.at(Micros(end))).await.map(|_| ())
}

impl Content {
    /// What others did to the pages of an account until then and was not told yet, in its order.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_untold(&self, account: i64, until: Micros) -> Result<Vec<Deed>, DbError> {
        let told: Option<i64> = self.db.query(&UNTIL).bind(account).optional().await?;
        let since = told.unwrap_or_default().max(until.0 - MAX_AGE_US);
        self.db.query(&DEEDS).bind(account).bind(since).bind(until).bind(MAX_READ).list().await
    }

    /// Notes that all until then was told.
    ///
    /// # Errors
    /// When the database is out of reach: it is told again.
    pub async fn note_told(&self, account: i64, until: Micros) -> Result<(), DbError> {
        self.db.query(&TOLD).bind(account).bind(until).execute().await.map(|_| ())
    }
}
