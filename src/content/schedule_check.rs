//! What is known of schedules before their time: who set each, what the last look found, and what they were told of it.

use std::time::Duration;

use serde_json::json;

use super::audit::{self, Subject};
use super::preflight::Findings;
use super::{Actor, Content, EditError, edit};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::jobs::{NewJob, Priority, queue};
use crate::telemetry::label::{Channel, JobKind, PageEvent};
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
        /// Since when it is held back.
        pub held_at: Option<i64>,
        /// As they are stored.
        pub refusals: String, pub notes: String, pub told: String,
    }
}

record! {
    /// What the last look found of a page that is scheduled.
    #[derive(Clone, Debug)]
    pub struct Found {
        pub title: String, pub path: String, pub publish_at: i64, pub account_id: Option<i64>,
        pub owner_id: Option<i64>, pub held_at: Option<i64>, pub refusals: String, pub notes: String,
    }
}

queries! {
    BEGIN = write "page_schedule.begin"
        "INSERT INTO page_schedule (page_id, account_id) VALUES ($1, $2)
         ON CONFLICT (page_id) DO UPDATE SET account_id = excluded.account_id, refusals = '[]', notes = '[]', told = '[]',
                                             held_at = NULL";
    HOLD = write "page_schedule.hold"
        "UPDATE page_schedule SET held_at = $3
         WHERE page_id = $1 AND held_at IS NULL AND EXISTS (SELECT 1 FROM page WHERE id = $1 AND publish_at = $2)";
    FORGET = write "page_schedule.forget"
        "DELETE FROM page_schedule WHERE page_id IN (
             SELECT s.page_id FROM page_schedule s JOIN page p ON p.id = s.page_id WHERE p.publish_at IS NULL LIMIT $1)";
    DUE = read "page_schedule.list_due"
        "SELECT p.id AS page_id, p.publish_at, COALESCE(p.publish_revision_id, 0) AS revision_id, s.account_id, p.path,
                s.held_at, COALESCE(s.refusals, '[]') AS refusals, COALESCE(s.notes, '[]') AS notes, COALESCE(s.told, '[]') AS told
         FROM page p LEFT JOIN page_schedule s ON s.page_id = p.id
         WHERE p.publish_at IS NOT NULL AND (p.publish_at, p.id) > ($1, $2) AND p.publish_at <= $3
         ORDER BY p.publish_at, p.id LIMIT $4";
    DUE_OF = read "page_schedule.find_due"
        "SELECT p.id AS page_id, p.publish_at, COALESCE(p.publish_revision_id, 0) AS revision_id, s.account_id, p.path,
                s.held_at, COALESCE(s.refusals, '[]') AS refusals, COALESCE(s.notes, '[]') AS notes, COALESCE(s.told, '[]') AS told
         FROM page p LEFT JOIN page_schedule s ON s.page_id = p.id WHERE p.id = $1 AND p.publish_at IS NOT NULL";
    FIND = read "page_schedule.find"
        "SELECT p.draft_title AS title, p.path, p.publish_at, s.account_id, p.owner_id, s.held_at, s.refusals,
                s.notes
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

/// What a mail is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Warning {
    Before,
    /// That its time is over, and it was held back.
    Held,
}

/// Has those mailed who are concerned.
async fn warn(tx: &mut Tx, page: i64, of: Warning) -> Result<(), DbError> {
    let job = NewJob::new(JobKind::ScheduleWarn, json!({ "page": page, "held": i64::from(of == Warning::Held) }));
    queue::enqueue(tx, &job.keyed(page.to_string())).await.map(|_| ())
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
            let of = if due.held_at.is_some() { Warning::Held } else { Warning::Before };
            warn(&mut tx, due.page_id, of).await?;
        }
        tx.commit().await?;
        self.jobs.wake();
        Ok(())
    }

    /// Leaves a page as it is though its time has come, and says so in its history and by mail; once.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is noted then.
    pub async fn hold_back(&self, due: &Due, why: &EditError) -> Result<(), EditError> {
        let by = Actor::from(Channel::Scheduler);
        let mut tx = self.db.begin(TxName("page_schedule.hold")).await?;
        let page = edit::lock(&mut tx, due.page_id).await?;
        let call = Exec::from(&mut tx).query(&HOLD).bind(due.page_id).bind(due.publish_at).bind(Micros::now());
        if call.execute().await? == 0 {
            return Ok(());
        }
        let told = json!({ "why": why.to_string(), "publish_at": Micros(due.publish_at).to_rfc3339() });
        let subject = Subject { revision: Some(due.revision_id).filter(|id| *id > 0), ..(&page).into() };
        audit::append(&mut tx, &by, PageEvent::ScheduleHeld, subject, &told).await?;
        warn(&mut tx, due.page_id, Warning::Held).await?;
        tx.commit().await?;
        self.jobs.wake();
        self.count_event(PageEvent::ScheduleHeld, &page.type_name, by.channel);
        Ok(())
    }

    /// Makes a schedule that somebody else set one's own: the same revision at the same time, or at once when that is over.
    ///
    /// # Errors
    /// [`EditError::NothingToTakeOver`] when the page does not go live by itself, and what else [`EditError`] says.
    pub async fn take_over_schedule(&self, id: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("page_schedule.take_over")).await?;
        let page = self.lock_open(&mut tx, id, &by).await?;
        let due: Option<Due> = Exec::from(&mut tx).query(&DUE_OF).bind(id).optional().await?;
        let due = due.ok_or(EditError::NothingToTakeOver(id))?;
        begin(&mut tx, id, &by).await?;
        let at = Micros(due.publish_at);
        let job = NewJob::new(JobKind::PagePublish, json!({ "page": id, "at": at.0 })).keyed(id.to_string());
        queue::enqueue(&mut tx, &job.at(at).with_priority(Priority::High)).await?;
        let told = json!({ "publish_at": at.to_rfc3339(), "taken_over_from": due.account_id });
        let subject = Subject { revision: Some(due.revision_id).filter(|id| *id > 0), ..(&page).into() };
        audit::append(&mut tx, &by, PageEvent::Schedule, subject, &told).await?;
        tx.commit().await?;
        self.jobs.wake();
        self.count_event(PageEvent::Schedule, &page.type_name, by.channel);
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
