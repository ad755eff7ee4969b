//! Orders and what became of their parts, as rows.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{MAX_ITEMS, NewBulk};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, TxName};
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::{BulkOutcome, JobKind};
use crate::{queries, record};

/// How long results are kept.
const KEEP: Duration = Duration::from_secs(30 * 86_400);
/// Orders that one statement forgets, and statements of one run.
const PRUNED_AT_ONCE: i64 = 100;
const MAX_PRUNINGS: usize = 100;
/// Orders of one account that are listed.
const MAX_LISTED: i64 = 20;

record! {
    /// What somebody asked for.
    #[derive(Clone, Debug)]
    pub struct Bulk {
        pub id: i64, pub account_id: i64,
        /// Whoever asked.
        pub username: String, pub name: String, pub is_active: bool, pub is_superuser: bool,
        /// A word of [`super::Kind`] and one of [`crate::telemetry::label::BulkAction`].
        pub kind: String, pub action: String,
        pub target_id: Option<i64>, pub detail: String, pub back: String, pub created_at: i64,
        pub cancelled_at: Option<i64>, pub ended_at: Option<i64>,
    }
}

record! {
    /// One page or file of it.
    #[derive(Clone, Debug)]
    pub struct Item {
        pub place: i64, pub object_id: i64, pub title: String,
        /// `waiting`, `begun`, or a word of [`BulkOutcome`].
        pub state: String,
        pub attempts: i64,
        pub note: String,
    }
}

record! { struct Count { state: String, items: i64 } }

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Waiting or begun.
    pub open: i64,
    pub done: i64,
    /// Refused or failed.
    pub refused: i64,
    pub cancelled: i64,
}

impl Progress {
    pub fn total(&self) -> i64 {
        self.open + self.done + self.refused + self.cancelled
    }
}

queries! {
    INSERT = write "bulk.insert"
        "INSERT INTO bulk (account_id, kind, action, target_id, detail, back, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    INSERT_ITEMS = write "bulk.insert_items"
        "INSERT INTO bulk_item (bulk_id, place, object_id, title)
         SELECT CAST($1 AS BIGINT), place, object_id, title
         FROM UNNEST(CAST($2 AS BIGINT[]), CAST($3 AS TEXT[])) WITH ORDINALITY AS given (object_id, title, place)"
        sqlite
        "INSERT INTO bulk_item (bulk_id, place, object_id, title)
         SELECT $1, ids.key + 1, ids.value, titles.value
         FROM json_each($2) ids JOIN json_each($3) titles ON titles.key = ids.key";
    FIND = read "bulk.find"
        "SELECT bulk.id, account_id, username, name, is_active, is_superuser, kind, action, target_id, detail, back,
                bulk.created_at, cancelled_at, ended_at
         FROM bulk JOIN account ON account.id = account_id WHERE bulk.id = $1";
    LIST_OF = read "bulk.list_of_account"
        "SELECT bulk.id, account_id, username, name, is_active, is_superuser, kind, action, target_id, detail, back,
                bulk.created_at, cancelled_at, ended_at
         FROM bulk JOIN account ON account.id = account_id WHERE account_id = $1 ORDER BY bulk.id DESC LIMIT $2";
    COUNT = read "bulk.count_items"
        "SELECT state, COUNT(*) AS items FROM bulk_item WHERE bulk_id = $1 GROUP BY state";
    ITEMS = read "bulk.list_items"
        "SELECT place, object_id, title, state, attempts, note FROM bulk_item WHERE bulk_id = $1 ORDER BY place LIMIT $2";
    OPEN = read "bulk.list_open_items"
        "SELECT place, object_id, title, state, attempts, note FROM bulk_item
         WHERE bulk_id = $1 AND state IN ('waiting', 'begun') ORDER BY place LIMIT $2";
    /// None when it was called off meanwhile.
    BEGIN_ITEM = write "bulk.begin_item"
        "UPDATE bulk_item SET state = 'begun', attempts = attempts + 1
         WHERE bulk_id = $1 AND place = $2 AND state IN ('waiting', 'begun')";
    /// What was called off while it was done has its end all the same.
    END_ITEM = write "bulk.end_item"
        "UPDATE bulk_item SET state = $3, note = $4
         WHERE bulk_id = $1 AND place = $2 AND (state = 'begun' OR (state = 'cancelled' AND attempts > 0))";
    CANCEL = write "bulk.cancel"
        "UPDATE bulk SET cancelled_at = $2, ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    /// Also what was begun: its worker may be gone, with nobody to take over.
    CANCEL_ITEMS = write "bulk.cancel_items"
        "UPDATE bulk_item SET state = 'cancelled' WHERE bulk_id = $1 AND state IN ('waiting', 'begun')";
    END = write "bulk.end" "UPDATE bulk SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    PRUNE = write "bulk.prune"
        "DELETE FROM bulk WHERE id IN (SELECT id FROM bulk WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
}

/// Writes an order down with its job; its id.
pub(super) async fn insert(db: &Arc<Db>, order: NewBulk) -> Result<i64, DbError> {
    let (ids, titles): (Vec<i64>, Vec<String>) = order.items.into_iter().take(MAX_ITEMS).unzip();
    let mut tx = db.begin(TxName("bulk.start")).await?;
    let call = Exec::from(&mut tx).query(&INSERT).bind(order.account).bind(order.kind.as_str());
    let call = call.bind(order.action.as_str()).bind(order.target).bind(order.detail).bind(order.back);
    let id: i64 = call.bind(Micros::now()).one().await?;
    Exec::from(&mut tx).query(&INSERT_ITEMS).bind(id).bind(ids).bind(titles).execute().await?;
    queue::enqueue(&mut tx, &NewJob::new(JobKind::BulkWork, json!({ "bulk": id }))).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn find(db: &Db, id: i64) -> Result<Option<Bulk>, DbError> {
    db.query(&FIND).bind(id).optional().await
}

pub(super) async fn list_of(db: &Db, account: i64) -> Result<Vec<Bulk>, DbError> {
    db.query(&LIST_OF).bind(account).bind(MAX_LISTED).list().await
}

pub(super) async fn progress(db: &Db, id: i64) -> Result<Progress, DbError> {
    let counts: Vec<Count> = db.query(&COUNT).bind(id).list().await?;
    let mut progress = Progress::default();
    for Count { state, items } in counts {
        match BulkOutcome::parse(&state) {
            Some(BulkOutcome::Done) => progress.done += items,
            Some(BulkOutcome::Refused | BulkOutcome::Failed) => progress.refused += items,
            Some(BulkOutcome::Cancelled) => progress.cancelled += items,
            None => progress.open += items,
        }
    }
    Ok(progress)
}

pub(super) async fn list_items(db: &Db, id: i64) -> Result<Vec<Item>, DbError> {
    db.query(&ITEMS).bind(id).bind(MAX_ITEMS as i64).list().await
}

pub(super) async fn list_open(db: &Db, id: i64, most: i64) -> Result<Vec<Item>, DbError> {
    db.query(&OPEN).bind(id).bind(most).list().await
}

/// Whether it is still wanted.
pub(super) async fn begin_item(db: &Db, id: i64, place: i64) -> Result<bool, DbError> {
    Ok(db.query(&BEGIN_ITEM).bind(id).bind(place).execute().await? > 0)
}

/// Whether nobody else has said so before.
pub(super) async fn end_item(db: &Db, id: i64, place: i64, outcome: BulkOutcome, note: &str) -> Result<bool, DbError> {
    Ok(db.query(&END_ITEM).bind(id).bind(place).bind(outcome.as_str()).bind(note).execute().await? > 0)
}

/// How many are left as they were.
pub(super) async fn cancel(db: &Arc<Db>, id: i64) -> Result<u64, DbError> {
    let mut tx = db.begin(TxName("bulk.cancel")).await?;
    let mut left = 0;
    if Exec::from(&mut tx).query(&CANCEL).bind(id).bind(Micros::now()).execute().await? > 0 {
        left = Exec::from(&mut tx).query(&CANCEL_ITEMS).bind(id).execute().await?;
    }
    tx.commit().await?;
    Ok(left)
}

/// Has another job take over, then.
pub(super) async fn go_on(db: &Arc<Db>, id: i64, at: Micros) -> Result<(), DbError> {
    let mut tx = db.begin(TxName("bulk.go_on")).await?;
    let job = NewJob::new(JobKind::BulkWork, json!({ "bulk": id })).keyed(format!("bulk {id}")).at(at);
    queue::enqueue(&mut tx, &job).await?;
    tx.commit().await
}

pub(super) async fn end(db: &Db, id: i64) -> Result<(), DbError> {
    db.query(&END).bind(id).bind(Micros::now()).execute().await.map(|_| ())
}

pub(super) async fn prune(db: &Db) -> Result<(), DbError> {
    let until = Micros(Micros::now().0 - KEEP.as_micros() as i64);
    for _ in 0..MAX_PRUNINGS {
        if db.query(&PRUNE).bind(until).bind(PRUNED_AT_ONCE).execute().await? == 0 {
            break;
        }
    }
    Ok(())
}
