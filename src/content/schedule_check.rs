//! What is known of schedules before their time: who set each, what the last look found, and what they were told of it.

use std::time::Duration;

use serde_json::json;

use super::preflight::Findings;
use super::{Actor, Content};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::JobKind;
use crate::{queries, record};

/// How long before its time a publication is looked at.
pub const AHEAD: Duration = Duration::from_secs(24 * 3600);
/// Pages looked at in one go.
pub const BATCH: i64 = 100;
/// Rows of pages that have no schedule any more, forgotten at once.
const MAX_FORGOTTEN: i64 = 1_000;
/// Sentences that are kept of one page.
const MAX_KEPT: usize = 50;

record! {
    /// A page that goes live soon.
    #[derive(Clone, Debug)]
    pub struct Due {
        pub page_id: i64, pub publish_at: i64, pub revision_id: i64,
        /// Whoever set the schedule; none for a program.
        pub account_id: Option<i64>,
        pub path: String,
        /// As they are stored.
        pub refusals: String, pub notes: String, pub told: String,
    }
}

record! {
    /// What the last look found of a page that is scheduled.
    #[derive(Clone, Debug)]
    pub struct Found {
        pub title: String, pub path: String, pub publish_at: i64, pub account_id: Option<i64>,
        pub refusals: String, pub notes: String,
    }
}

queries! {
    BEGIN = write "page_schedule.begin"
        "INSERT INTO page_schedule (page_id, account_id) VALUES ($1, $2)
         ON CONFLICT (page_id) DO UPDATE SET account_id = excluded.account_id, refusals = '[]', notes = '[]', told = '[]'";
    FORGET = write "page_schedule.forget"
        "DELETE FROM page_schedule WHERE page_id IN (
             SELECT s.page_id FROM page_schedule s JOIN page p ON p.id = s.page_id WHERE p.publish_at IS NULL LIMIT $1)";
    DUE = read "page_schedule.list_due"
        "SELECT p.id AS page_id, p.publish_at, COALESCE(p.publish_revision_id, 0) AS revision_id, s.account_id, p.path,
                COALESCE(s.refusals, '[]') AS refusals, COALESCE(s.notes, '[]') AS notes, COALESCE(s.told, '[]') AS told
         FROM page p LEFT JOIN page_schedule s ON s.page_id = p.id
         WHERE p.publish_at IS NOT NULL AND (p.publish_at, p.id) > ($1, $2) AND p.publish_at <= $3
         ORDER BY p.publish_at, p.id LIMIT $4";
    DUE_OF = read "page_schedule.find_due"
        "SELECT p.id AS page_id, p.publish_at, COALESCE(p.publish_revision_id, 0) AS revision_id, s.account_id, p.path,
                COALESCE(s.refusals, '[]') AS refusals, COALESCE(s.notes, '[]') AS notes, COALESCE(s.told, '[]') AS told
         FROM page p LEFT JOIN page_schedule s ON s.page_id = p.id WHERE p.id = $1 AND p.publish_at IS NOT NULL";
    FIND = read "page_schedule.find"
        "SELECT p.draft_title AS title, p.path, p.publish_at, s.account_id, s.refusals, s.notes
         FROM page p JOIN page_schedule s ON s.page_id = p.id WHERE p.id = $1 AND p.publish_at IS NOT NULL";
    /// Unless the schedule was changed or carried out since it was looked at.
    KEEP = write "page_schedule.keep"
        "INSERT INTO page_schedule (page_id, account_id, refusals, notes, told)
         SELECT id, CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT)
         FROM page WHERE id = $1 AND publish_at = $2
         ON CONFLICT (page_id) DO UPDATE
         SET refusals = excluded.refusals, notes = excluded.notes, told = excluded.told";
}

/// Somebody set a schedule, or changed it: nothing is known of it yet.
pub(super) async fn begin(tx: &mut Tx, page: i64, by: &Actor) -> Result<(), DbError> {
    Exec::from(tx).query(&BEGIN).bind(page).bind(by.account).execute().await.map(|_| ())
}

/// A list of sentences as it is stored.
fn stored(sentences: impl Iterator<Item = String>) -> String {
    json!(sentences.take(MAX_KEPT).collect::<Vec<_>>()).to_string()
}

/// A stored list of sentences.
pub fn sentences(stored: &str) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// Whether whoever set the schedule is told by mail of what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    ByMail,
    /// They see it.
    AtTheForm,
}

impl Content {
    /// Pages that go live until then, the next first; behind the last one of the batch before.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_going_live(&self, after: Option<&Due>, until: Micros) -> Result<Vec<Due>, DbError> {
        let call = self.db.query(&DUE).bind(after.map_or(0, |due| due.publish_at));
        call.bind(after.map_or(0, |due| due.page_id)).bind(until).bind(BATCH).list().await
    }

    /// One page, if it goes live by itself.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_going_live(&self, page: i64) -> Result<Option<Due>, DbError> {
        self.db.query(&DUE_OF).bind(page).optional().await
    }

    /// What is known of the schedule of one page: as of a look at it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn found_of_schedule(&self, page: i64) -> Result<Option<Found>, DbError> {
        self.db.query(&FIND).bind(page).optional().await
    }

    /// Notes what was found. What was not told yet is told once; what is mended is forgotten, and would be told again.
    ///
    /// # Errors
    /// When the database is out of reach; nothing is noted then.
    pub async fn keep_findings(&self, due: &Due, findings: &Findings, telling: Telling) -> Result<(), DbError> {
        let refusals = stored(findings.refusals.iter().map(ToString::to_string));
        let notes = stored(findings.notes.iter().map(ToString::to_string));
        let all = stored(sentences(&refusals).into_iter().chain(sentences(&notes)));
        if (&refusals, &notes, &all) == (&due.refusals, &due.notes, &due.told) {
            return Ok(());
        }
        let told = sentences(&due.told);
        let is_new = sentences(&all).iter().any(|sentence| !told.contains(sentence));
        let mut tx = self.db.begin(TxName("page_schedule.keep")).await?;
        let call = Exec::from(&mut tx).query(&KEEP).bind(due.page_id).bind(due.publish_at).bind(due.account_id);
        let kept = call.bind(refusals).bind(notes).bind(all).execute().await?;
        if kept > 0 && is_new && telling == Telling::ByMail && due.account_id.is_some() {
            let job = NewJob::new(JobKind::ScheduleWarn, json!({ "page": due.page_id }));
            queue::enqueue(&mut tx, &job.keyed(due.page_id.to_string())).await?;
        }
        tx.commit().await?;
        self.jobs.wake();
        Ok(())
    }

    /// Forgets what was found of pages that have no schedule any more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn forget_past_schedules(&self) -> Result<(), DbError> {
        self.db.query(&FORGET).bind(MAX_FORGOTTEN).execute().await.map(|_| ())
    }
}
