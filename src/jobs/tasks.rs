//! Tasks that come back. Many nodes look at them; who moves the time on enqueues the job, in the same transaction.

use super::queue::{NewJob, Priority, enqueue};
use super::{Jobs, Schedule};
use crate::clock::Micros;
use crate::db::{DbError, Exec, TxName};
use crate::telemetry::label::JobKind;
use crate::{queries, record};

/// A job that is enqueued again and again. What was missed while nothing ran is made up for once.
#[derive(Clone, Debug)]
pub struct Task {
    pub kind: JobKind,
    pub schedule: Schedule,
}

record! { struct Known { task: String, schedule: String, next_at: i64, succeeded_at: i64 } }

queries! {
    /// A task that is new is due at once; one whose schedule was changed, at its next time.
    KEEP = write "periodic_task.keep"
        "INSERT INTO periodic_task (task, schedule, next_at, created_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (task) DO UPDATE SET schedule = excluded.schedule,
             next_at = CASE WHEN periodic_task.schedule = excluded.schedule THEN periodic_task.next_at ELSE $4 END";
    /// A task that never succeeded counts from the time when it was made known, so that it is told of too.
    LIST = read "periodic_task.list"
        "SELECT task, schedule, next_at, COALESCE(succeeded_at, created_at) AS succeeded_at FROM periodic_task ORDER BY task LIMIT 100";
    ADVANCE = write "periodic_task.advance" "UPDATE periodic_task SET next_at = $3 WHERE task = $1 AND next_at = $2";
    FORGET = write "periodic_task.forget" "DELETE FROM periodic_task WHERE task = $1";
    SUCCEED = write "periodic_task.succeed" "UPDATE periodic_task SET succeeded_at = $2 WHERE task = $1";
}

impl Jobs {
    /// Makes the tasks known to the database.
    pub(super) async fn keep_tasks(&self, tasks: &[Task]) -> Result<(), DbError> {
        let now = Micros::now();
        for task in tasks {
            let call = self.db.query(&KEEP).bind(task.kind.as_str()).bind(task.schedule.to_string());
            call.bind(now).bind(task.schedule.after(now)).execute().await?;
        }
        Ok(())
    }

    /// Enqueues the tasks that are due; when the next one is.
    pub(super) async fn enqueue_due_tasks(&self, tasks: &[Task]) -> Result<Option<Micros>, DbError> {
        let known: Vec<Known> = self.db.query(&LIST).list().await?;
        let now = Micros::now();
        let mut next: Option<i64> = None;
        for (task, known) in tasks.iter().filter_map(|task| {
            let known = known.iter().find(|known| known.task == task.kind.as_str())?;
            Some((task, known))
        }) {
            let mut next_at = known.next_at;
            if next_at <= now.0 {
                let following = task.schedule.after(now);
                let mut tx = self.db.begin(TxName("periodic_task.enqueue")).await?;
                let call = Exec::from(&mut tx).query(&ADVANCE).bind(task.kind.as_str()).bind(next_at).bind(following);
                if call.execute().await? > 0 {
                    let job = NewJob::new(task.kind, serde_json::json!({})).keyed("periodic");
                    enqueue(&mut tx, &job.with_priority(Priority::Low)).await?;
                }
                tx.commit().await?;
                next_at = following.0;
            }
            next = Some(next.map_or(next_at, |next| next.min(next_at)));
        }
        Ok(next.map(Micros))
    }

    /// Brings the gauges of the tasks up to date, whether or not this process works.
    pub(super) async fn refresh_tasks(&self) -> Result<(), DbError> {
        let known: Vec<Known> = self.db.query(&LIST).list().await?;
        let families = &self.telemetry.families;
        for task in known.iter().filter(|task| JobKind::parse(&task.task).is_some()) {
            let succeeded_s = task.succeeded_at as f64 / 1e6;
            families.periodic_last_success.with_label_values(&[&task.task]).set(succeeded_s);
            if let Ok(schedule) = task.schedule.parse::<Schedule>() {
                families.periodic_interval.with_label_values(&[&task.task]).set(schedule.interval_s());
            }
        }
        Ok(())
    }

    /// A task that is not wanted any more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn forget_task(&self, kind: JobKind) -> Result<(), DbError> {
        self.db.query(&FORGET).bind(kind.as_str()).execute().await.map(drop)
    }

    /// Notes that a task succeeded.
    pub(super) async fn task_succeeded(&self, kind: JobKind) -> Result<(), DbError> {
        let now = Micros::now();
        self.db.query(&SUCCEED).bind(kind.as_str()).bind(now).execute().await?;
        let succeeded = self.telemetry.families.periodic_last_success.with_label_values(&[kind.as_str()]);
        succeeded.set(now.0 as f64 / 1e6);
        Ok(())
    }
}
