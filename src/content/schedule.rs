//! Pages that go live, or off the site, at a time that was set before: exactly once, on any of many nodes.
//!
//! The page says what is to happen and when; a job of the queue does it when the time has come. Whatever the job finds, it
//! does only what the page still says: a schedule that was changed, or carried out already, leaves it without work.

use std::time::Duration;

use serde_json::json;

use super::edit::{self, Which};
use super::operations::page_type;
use super::types::Mode;
use super::{Acting, Actor, Content, EditError, audit, draft, revision, schedule_check};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::jobs::{Failure, NewJob, Priority, Run, queue};
use crate::telemetry::label::{Channel, JobKind, PageEvent};
use crate::{queries, record};

/// What is later than this counts as overdue.
const OVERDUE: Duration = Duration::from_secs(10);
/// Pages in one list.
const MAX_LISTED: i64 = 500;

record! {
    /// What is planned for a page.
    #[derive(Clone, Debug)]
    pub struct Plan { pub publish_at: Option<i64>, pub publish_revision_id: Option<i64>, pub expire_at: Option<i64> }
}

record! {
    /// A page that has a schedule.
    #[derive(Clone, Debug)]
    pub struct Scheduled {
        pub id: i64, pub title: String, pub url_path: String, pub publish_at: Option<i64>, pub expire_at: Option<i64>,
    }
}

record! { struct Counted { overdue: i64, refused: i64 } }

queries! {
    FIND = read "schedule.find" "SELECT publish_at, publish_revision_id, expire_at FROM page WHERE id = $1";
    SET = write "schedule.set"
        "UPDATE page SET publish_at = $2, publish_revision_id = $3, expire_at = $4, updated_at = $5 WHERE id = $1";
    LIST = read "schedule.list"
        "SELECT id, draft_title AS title, url_path, publish_at, expire_at FROM page
         WHERE publish_at IS NOT NULL OR expire_at IS NOT NULL
         ORDER BY COALESCE(publish_at, expire_at), id LIMIT $1";
    /// What is held back waits for a person: it is refused, not late.
    COUNT = read "schedule.count"
        "SELECT (SELECT COUNT(*) FROM page p WHERE publish_at < $1 AND NOT EXISTS (
                     SELECT 1 FROM page_schedule s WHERE s.page_id = p.id AND s.held_at IS NOT NULL))
                + (SELECT COUNT(*) FROM page WHERE expire_at < $1) AS overdue,
                (SELECT COUNT(*) FROM page_schedule s JOIN page p ON p.id = s.page_id
                 WHERE s.refusals <> '[]' AND p.publish_at IS NOT NULL) AS refused";
}

impl Content {
    /// Sets when the newest draft goes live, and when the page goes off the site; a time that is `None` is taken back.
    /// What would be published is checked now, so that nobody finds out at night.
    ///
    /// # Errors
    /// What [`EditError`] says; the schedule stays as it was then.
    pub async fn schedule(
        &self,
        id: i64,
        publish_at: Option<Micros>,
        expire_at: Option<Micros>,
        by: impl Into<Acting>,
    ) -> Result<(), EditError> {
        self.plan(id, (publish_at, None), expire_at, by.into()).await
    }

    /// As [`Content::schedule`], for a revision that need not be the newest.
    ///
    /// # Errors
    /// What [`EditError`] says; the schedule stays as it was then.
    pub async fn schedule_revision(
        &self,
        id: i64,
        (publish_at, revision): (Micros, i64),
        expire_at: Option<Micros>,
        by: impl Into<Actor>,
    ) -> Result<(), EditError> {
        self.plan(id, (Some(publish_at), Some(revision)), expire_at, by.into().into()).await
    }

    async fn plan(
        &self,
        id: i64,
        (publish_at, revision): (Option<Micros>, Option<i64>),
        expire_at: Option<Micros>,
        Acting { by, seen }: Acting,
    ) -> Result<(), EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.schedule")).await?;
        let page = self.lock_open(&mut tx, id, &by).await?;
        draft::expect_seen(&mut tx, &page, &seen).await?;
        let now = Micros::now();
        for (field, at) in [("publish_at", publish_at), ("expire_at", expire_at)] {
            if let Some(at) = at.filter(|at| *at <= now) {
                return Err(EditError::TimeIsOver { field, at: at.to_rfc3339() });
            }
        }
        match (publish_at, expire_at) {
            (Some(publish), Some(expire)) if expire <= publish => {
                let (publish_at, expire_at) = (publish.to_rfc3339(), expire.to_rfc3339());
                return Err(EditError::ExpiresTooEarly { publish_at, expire_at });
            }
            (None, Some(_)) if !page.live => return Err(EditError::NothingExpires(id)),
            _ => {}
        }
        let mut chosen = None;
        if publish_at.is_some() {
            let wanted = revision.or(page.latest_revision_id);
            let wanted = wanted.ok_or(EditError::RevisionNotFound { page: id, revision: 0 })?;
            let draft = revision::find(&mut tx, id, wanted).await?;
            let content = draft.ok_or(EditError::RevisionNotFound { page: id, revision: wanted })?.content;
            edit::check_head(&content)?;
            let of_type = page_type(&types, &page.type_name)?;
            of_type.validate(&types, &content.fields, Mode::Publish).map_err(EditError::Invalid)?;
            chosen = Some(wanted);
        }
        let call = Exec::from(&mut tx).query(&SET).bind(id).bind(publish_at).bind(chosen).bind(expire_at).bind(now);
        call.execute().await?;
        schedule_check::begin(&mut tx, id, &by).await?;
        for (kind, at) in [(JobKind::PagePublish, publish_at), (JobKind::PageExpire, expire_at)] {
            match at {
                Some(at) => {
                    let job = NewJob::new(kind, json!({ "page": id, "at": at.0 })).keyed(id.to_string());
                    queue::enqueue(&mut tx, &job.at(at).with_priority(Priority::High)).await?;
                }
                None => {
                    queue::cancel(&mut tx, kind, &id.to_string()).await?;
                }
            }
        }
        let times = json!({ "publish_at": publish_at.map(|at| at.to_rfc3339()), "expire_at": expire_at.map(|at| at.to_rfc3339()) });
        audit::append(&mut tx, &by, PageEvent::Schedule, (&page).into(), &times).await?;
        tx.commit().await?;
        self.jobs.wake();
        self.count_event(PageEvent::Schedule, &page.type_name, by.channel);
        Ok(())
    }

    /// What is planned, the next first; at most five hundred pages.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_scheduled(&self) -> Result<Vec<Scheduled>, DbError> {
        self.db.query(&LIST).bind(MAX_LISTED).list().await
    }

    /// Brings `vitrine_scheduled_publish_overdue` and `vitrine_scheduled_publish_refused` up to date.
    ///
    /// # Errors
    /// When the database is out of reach; the gauges keep their last values.
    pub async fn refresh_overdue(&self) -> Result<(), DbError> {
        let limit = Micros(Micros::now().0 - OVERDUE.as_micros() as i64);
        let counted: Counted = self.db.query(&COUNT).bind(limit).one().await?;
        let families = &self.telemetry.families;
        families.scheduled_publish_overdue.with_label_values::<&str>(&[]).set(counted.overdue as f64);
        families.scheduled_publish_refused.with_label_values::<&str>(&[]).set(counted.refused as f64);
        Ok(())
    }

    /// Carries out a job of the schedule.
    ///
    /// # Errors
    /// When it could not be done; [`Failure`] says whether it is tried again.
    pub async fn keep_schedule(&self, run: Run) -> Result<(), Failure> {
        let (id, at) = (run.number("page")?, Micros(run.number("at")?));
        let (event, done) = if run.kind == JobKind::PagePublish {
            (PageEvent::Publish, self.make_live(id, Which::ScheduledFor(at), None, Channel::Scheduler.into()).await)
        } else {
            (PageEvent::Expire, self.take_off(id, Some(at), PageEvent::Expire, Channel::Scheduler.into()).await)
        };
        let failure = match done {
            Ok(true) => {
                let late_us = (Micros::now().0 - at.0).max(0);
                let lag = self.telemetry.families.scheduled_publish_lag.with_label_values(&[event.as_str()]);
                lag.observe(late_us as f64 / 1e6);
                self.telemetry.schedule_ended(Some(Duration::from_micros(late_us.unsigned_abs())));
                return Ok(());
            }
            // Taken back, done by hand, or by a worker that died before it could say so.
            Ok(false) | Err(EditError::PageNotFound(_) | EditError::InTrash(_)) => return Ok(()),
            Err(EditError::Db(error)) if run.attempt < run.kind.max_attempts() => return Err(error.into()),
            Err(error) => Failure::Never(format!("page {id}: {error}")),
        };
        self.telemetry.schedule_ended(None);
        Err(failure)
    }
}

/// What is planned for a page; `None` when there is no such page.
///
/// # Errors
/// When the database is out of reach.
pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Plan>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// The revision that goes live at `at`, if the page still is scheduled for then.
pub(super) async fn revision_for(tx: &mut Tx, id: i64, at: Micros) -> Result<Option<i64>, DbError> {
    let plan = find(tx, id).await?;
    Ok(plan.filter(|plan| plan.publish_at == Some(at.0)).and_then(|plan| plan.publish_revision_id))
}

/// Whether the page still is to go off the site at `at`.
pub(super) async fn expires_at(tx: &mut Tx, id: i64, at: Micros) -> Result<bool, DbError> {
    let plan = find(tx, id).await?;
    Ok(plan.is_some_and(|plan| plan.expire_at == Some(at.0)))
}
