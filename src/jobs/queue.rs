//! The queue: enqueuing, claiming under a lease, and what becomes of a claim.

use serde_json::Value;

use super::Jobs;
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::label::{JobKind, JobQueue, JobState};
use crate::telemetry::scope;
use crate::{queries, record};

/// Longest reason that is kept, in characters.
const MAX_ERROR_CHARS: usize = 500;
/// Jobs in one list.
pub const MAX_LISTED: i64 = 500;

/// Which of the jobs that are due goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    Low = 0,
    Normal = 1,
    High = 2,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];
}

/// A job to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    kind: JobKind,
    payload: Value,
    key: Option<String>,
    priority: Priority,
    run_at: Option<Micros>,
}

impl NewJob {
    pub fn new(kind: JobKind, payload: Value) -> Self {
        Self { kind, payload, key: None, priority: Priority::Normal, run_at: None }
    }

    /// At most one job of the kind waits under a key: a second one takes the place of the first.
    pub fn keyed(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    pub fn at(self, run_at: Micros) -> Self {
        Self { run_at: Some(run_at), ..self }
    }

    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }
}

record! {
    /// A job that this process holds.
    #[derive(Debug)]
    pub(super) struct Claimed {
        pub id: i64, pub kind: String, pub payload: String, pub attempts: i64, pub run_at: i64, pub lease: i64,
        pub trace_id: String,
    }
}

record! {
    /// A job as `vitrine job list` shows it.
    #[derive(Clone, Debug)]
    pub struct Listed {
        pub id: i64, pub kind: String, pub queue: String, pub payload: String, pub unique_key: Option<String>,
        pub priority: i64, pub state: String, pub run_at: i64, pub attempts: i64, pub created_at: i64,
        pub trace_id: String, pub error: String,
    }
}

record! {
    /// When something is due, and when the first lease ends.
    pub(super) struct Next { pub run_at: Option<i64>, pub lease_until: Option<i64> }
}

record! { struct Count { queue: String, state: String, jobs: i64, oldest: Option<i64> } }

queries! {
    ENQUEUE = write "job.enqueue"
        "INSERT INTO job (kind, queue, payload, unique_key, priority, state, run_at, created_at, trace_id)
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8)
         ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'waiting'
         DO UPDATE SET payload = excluded.payload, priority = excluded.priority, run_at = excluded.run_at, attempts = 0,
                       error = '', trace_id = excluded.trace_id
         RETURNING id";
    CANCEL = write "job.cancel" "DELETE FROM job WHERE kind = $1 AND unique_key = $2 AND state = 'waiting'";
    NEXT = read "job.next"
        ("SELECT (SELECT MIN(run_at) FROM job WHERE state = 'waiting' AND kind " [any "$1"] " AND queue " [any "$2"] ") AS run_at,
                (SELECT MIN(lease_until) FROM job WHERE state = 'running') AS lease_until");
    CLAIM = write "job.claim"
        "UPDATE job SET state = 'running', attempts = attempts + 1, lease = $1, lease_until = $2
         WHERE id IN (SELECT id FROM job WHERE queue = $3 AND priority = $4 AND state = 'waiting' AND run_at <= $5
                                           AND kind = ANY($6)
                      ORDER BY run_at, id LIMIT $7 FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, payload, attempts, run_at, lease, trace_id"
        sqlite
        "UPDATE job SET state = 'running', attempts = attempts + 1, lease = $1, lease_until = $2
         WHERE id IN (SELECT id FROM job WHERE queue = $3 AND priority = $4 AND state = 'waiting' AND run_at <= $5
                                           AND kind IN (SELECT value FROM json_each($6))
                      ORDER BY run_at, id LIMIT $7)
         RETURNING id, kind, payload, attempts, run_at, lease, trace_id";
    RENEW = write "job.renew" "UPDATE job SET lease_until = $3 WHERE id = $1 AND lease = $2 AND state = 'running'";
    FINISH = write "job.finish" "DELETE FROM job WHERE id = $1 AND lease = $2 AND state = 'running'";
    /// Not when another one waits under its key: that one does what this one would.
    RETRY = write "job.retry"
        "UPDATE job SET state = 'waiting', run_at = $3, error = $4, attempts = attempts - $5, lease = 0,
                        lease_until = NULL
         WHERE id = $1 AND lease = $2 AND state = 'running'
           AND NOT EXISTS (SELECT 1 FROM job twin WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key
                                                    AND twin.state = 'waiting')";
    BURY = write "job.bury"
        "UPDATE job SET state = 'dead', error = $3, lease = 0, lease_until = NULL
         WHERE id = $1 AND lease = $2 AND state = 'running'";
    DROP_COVERED = write "job.drop_covered"
        "DELETE FROM job WHERE state = 'running' AND lease_until <= $1 AND unique_key IS NOT NULL
           AND EXISTS (SELECT 1 FROM job twin WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key
                                                AND twin.state = 'waiting')";
    /// What a worker that is gone has held.
    RECLAIM = write "job.reclaim"
        "UPDATE job SET state = 'waiting', run_at = lease_until, lease = 0, lease_until = NULL,
                        error = 'its worker was gone before it ended'
         WHERE state = 'running' AND lease_until <= $1";
    LIST = read "job.list"
        "SELECT id, kind, queue, payload, unique_key, priority, state, run_at, attempts, created_at, trace_id, error
         FROM job WHERE $1 = '' OR state = $1 ORDER BY id DESC LIMIT $2";
    REVIVE = write "job.revive"
        "UPDATE job SET state = 'waiting', run_at = $2, attempts = 0
         WHERE state = 'dead' AND (id = $1 OR $1 = 0)
           AND NOT EXISTS (SELECT 1 FROM job twin WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key
                                                    AND (twin.state = 'waiting' OR (twin.state = 'dead' AND twin.id > job.id)))";
    DISCARD = write "job.discard" "DELETE FROM job WHERE state = 'dead' AND (id = $1 OR $1 = 0)";
    COUNT = read "job.count"
        "SELECT queue, CASE WHEN state <> 'waiting' THEN state WHEN attempts > 0 THEN 'retry' WHEN run_at <= $1 THEN 'ready'
                            ELSE 'scheduled' END AS state,
                COUNT(*) AS jobs, MIN(CASE WHEN state = 'waiting' AND run_at <= $1 THEN run_at END) AS oldest
         FROM job GROUP BY 1, 2";
}

/// Enqueues a job in the transaction of what wants it; its id. Tell [`Jobs::wake`] after the commit.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, job: &NewJob) -> Result<i64, DbError> {
    let now = Micros::now();
    let trace = scope::with_current(|scope| scope.trace.trace_id().to_owned()).unwrap_or_default();
    Exec::from(tx)
        .query(&ENQUEUE)
        .bind(job.kind.as_str())
        .bind(job.kind.queue().as_str())
        .bind(job.payload.to_string())
        .bind(job.key.clone())
        .bind(job.priority as i64)
        .bind(job.run_at.unwrap_or(now))
        .bind(now)
        .bind(trace)
        .one()
        .await
}

/// Takes back what waits under a key; whether there was something. What runs already is not stopped.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(tx: &mut Tx, kind: JobKind, key: &str) -> Result<bool, DbError> {
    Ok(Exec::from(tx).query(&CANCEL).bind(kind.as_str()).bind(key).execute().await? > 0)
}

/// What becomes of a claim.
pub(super) enum End {
    Done,
    /// Waits until then, and says why. `counts`: whether it was an attempt.
    Again {
        at: Micros,
        error: String,
        counts: bool,
    },
    Dead(String),
}

impl Jobs {
    /// When there is something to do, for these kinds and queues.
    pub(super) async fn next(&self, kinds: &[String], queues: Vec<String>) -> Result<Next, DbError> {
        self.db.query(&NEXT).bind(kinds.to_vec()).bind(queues).one().await
    }

    /// Takes up to `most` jobs of a queue that are due, the most urgent first.
    pub(super) async fn claim(
        &self,
        queue: JobQueue,
        kinds: &[String],
        most: usize,
        until: Micros,
    ) -> Result<Vec<Claimed>, DbError> {
        let mut claimed: Vec<Claimed> = Vec::new();
        for priority in Priority::ALL {
            let room = most - claimed.len();
            if room == 0 {
                break;
            }
            let lease = i64::from_ne_bytes(rand::random());
            let call = self.db.query(&CLAIM).bind(lease).bind(until).bind(queue.as_str()).bind(priority as i64);
            let found = call.bind(Micros::now()).bind(kinds.to_vec()).bind(room as i64).list::<Claimed>().await?;
            claimed.extend(found);
        }
        Ok(claimed)
    }

    /// Frees what workers held that are gone; how many.
    pub(super) async fn reclaim(&self) -> Result<u64, DbError> {
        let now = Micros::now();
        let mut tx = self.db.begin(TxName("job.reclaim")).await?;
        let covered = Exec::from(&mut tx).query(&DROP_COVERED).bind(now).execute().await?;
        let freed = Exec::from(&mut tx).query(&RECLAIM).bind(now).execute().await?;
        tx.commit().await?;
        Ok(covered + freed)
    }

    /// Holds a claim until then; whether it still is one.
    pub(super) async fn renew(&self, claimed: &Claimed, until: Micros) -> Result<bool, DbError> {
        let renewed = self.db.query(&RENEW).bind(claimed.id).bind(claimed.lease).bind(until).execute().await?;
        Ok(renewed > 0)
    }

    /// Writes down what became of a claim; whether it still was one.
    pub(super) async fn end(&self, claimed: &Claimed, end: &End) -> Result<bool, DbError> {
        let (id, lease) = (claimed.id, claimed.lease);
        let finish = || self.db.query(&FINISH).bind(id).bind(lease).execute();
        let changed = match end {
            End::Done => finish().await?,
            End::Dead(error) => self.db.query(&BURY).bind(id).bind(lease).bind(short(error)).execute().await?,
            End::Again { at, error, counts } => {
                let call = self.db.query(&RETRY).bind(id).bind(lease).bind(*at).bind(short(error));
                let again = call.bind(i64::from(!counts)).execute().await;
                match again {
                    // Another one was enqueued under its key in this very moment.
                    Ok(0) | Err(DbError::Constraint(..)) => finish().await?,
                    other => other?,
                }
            }
        };
        Ok(changed > 0)
    }

    /// Jobs in a state (`waiting`, `running`, `dead`, or all), the newest first; at most [`MAX_LISTED`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list(&self, state: Option<&str>) -> Result<Vec<Listed>, DbError> {
        self.db.query(&LIST).bind(state.unwrap_or_default()).bind(MAX_LISTED).list().await
    }

    /// Lets a dead job, or all of them, be tried again; how many. One whose key has another job waiting stays.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn revive(&self, id: Option<i64>) -> Result<u64, DbError> {
        let revived = self.db.query(&REVIVE).bind(id.unwrap_or(0)).bind(Micros::now()).execute().await?;
        self.wake();
        Ok(revived)
    }

    /// Deletes a dead job, or all of them; how many.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn discard(&self, id: Option<i64>) -> Result<u64, DbError> {
        self.db.query(&DISCARD).bind(id.unwrap_or(0)).execute().await
    }

    /// Brings the gauges of queues and tasks up to date. Every process does, or nobody would tell that none works.
    ///
    /// # Errors
    /// When the database is out of reach; the gauges keep their last values.
    pub async fn refresh_gauges(&self) -> Result<(), DbError> {
        let now = Micros::now();
        let counts: Vec<Count> = self.db.query(&COUNT).bind(now).list().await?;
        let families = &self.telemetry.families;
        for queue in JobQueue::ALL {
            let of_queue = || counts.iter().filter(|count| count.queue == queue.as_str());
            for state in JobState::ALL {
                let jobs: i64 = of_queue().filter(|count| count.state == state.as_str()).map(|count| count.jobs).sum();
                families.jobs.with_label_values(&[queue.as_str(), state.as_str()]).set(jobs as f64);
            }
            let oldest = of_queue().filter_map(|count| count.oldest).min().unwrap_or(now.0);
            let age_s = (now.0 - oldest).max(0) as f64 / 1e6;
            families.job_oldest_ready_age.with_label_values(&[queue.as_str()]).set(age_s);
        }
        self.refresh_tasks().await
    }
}

fn short(error: &str) -> String {
    error.chars().take(MAX_ERROR_CHARS).collect()
}
