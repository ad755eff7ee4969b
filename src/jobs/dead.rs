//! What gave up: listed, let be tried again or deleted by those who look after it, a few at a time.

use super::Jobs;
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx};
use crate::telemetry::label::JobKind;
use crate::{queries, record};

/// Dead jobs on one page of their list.
pub const PAGE_SIZE: i64 = 50;
/// Counts at once: kinds by queues by states, of this server and of those before it.
const MAX_COUNTS: i64 = 200;

record! {
    /// A job that gave up.
    #[derive(Clone, Debug)]
    pub struct Dead {
        pub id: i64, pub kind: String, pub queue: String, pub attempts: i64, pub created_at: i64,
        /// When it was due for the last time.
        pub run_at: i64,
        pub trace_id: String, pub error: String,
    }
}

record! {
    /// Jobs of one kind in one state.
    #[derive(Clone, Debug)]
    pub struct Count { pub kind: String, pub queue: String, pub state: String, pub jobs: i64 }
}

record! {
    /// A job that something was done to.
    #[derive(Clone, Debug)]
    pub struct Chosen { pub id: i64, pub kind: String }
}

queries! {
    LIST = read "job.list_dead"
        "SELECT id, kind, queue, attempts, created_at, run_at, trace_id, error FROM job
         WHERE state = 'dead' AND id < $1 AND ($2 = '' OR kind = $2) ORDER BY id DESC LIMIT $3";
    COUNTS = read "job.count_by_kind"
        "SELECT kind, queue, state, COUNT(*) AS jobs FROM job GROUP BY kind, queue, state ORDER BY queue, kind, state LIMIT $1";
    /// One whose key has another job waiting, or another one that died later, stays.
    REVIVE = write "job.revive_chosen"
        ("UPDATE job SET state = 'waiting', run_at = $2, attempts = 0
         WHERE state = 'dead' AND id " [any "$1"] "
           AND NOT EXISTS (SELECT 1 FROM job twin WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key
                                                    AND (twin.state = 'waiting' OR (twin.state = 'dead' AND twin.id > job.id)))
         RETURNING id, kind");
    DISCARD = write "job.discard_chosen"
        ("DELETE FROM job WHERE state = 'dead' AND id " [any "$1"] " RETURNING id, kind");
}

impl Jobs {
    /// Those that gave up, of one kind or all, the newest before the id `before` first: at most [`PAGE_SIZE`] and one
    /// more, which tells that there are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_dead(&self, kind: Option<JobKind>, before: Option<i64>) -> Result<Vec<Dead>, DbError> {
        let call = self.db.query(&LIST).bind(before.unwrap_or(i64::MAX)).bind(kind.map_or("", JobKind::as_str));
        call.bind(PAGE_SIZE + 1).list().await
    }

    /// How many jobs there are, by queue, kind and state.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_counts(&self) -> Result<Vec<Count>, DbError> {
        self.db.query(&COUNTS).bind(MAX_COUNTS).list().await
    }
}

/// Lets those of these that are dead be tried again at once; which. Tell [`Jobs::wake`] after the commit.
///
/// # Errors
/// When the database refuses; also when another one under the same key is enqueued in this very moment.
pub async fn revive(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<Chosen>, DbError> {
    Exec::from(tx).query(&REVIVE).bind(ids).bind(Micros::now()).list().await
}

/// Deletes those of these that are dead; which.
///
/// # Errors
/// When the database refuses.
pub async fn discard(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<Chosen>, DbError> {
    Exec::from(tx).query(&DISCARD).bind(ids).list().await
}
