//! What is decided about jobs that gave up, with an entry of the log for each: no job goes, or comes back, unseen.

use serde_json::Value;

use super::object_log::{self, Subject};
use super::{Actor, Content};
use crate::db::{DbError, Tx, TxName};
use crate::jobs::dead::{self, Chosen};
use crate::telemetry::label::{ObjectEvent, ObjectKind};

impl Content {
    /// Lets jobs that gave up be tried again at once; how many of these. One that another one of its kind and key stands
    /// for stays.
    ///
    /// # Errors
    /// When the database refuses; nothing is changed then.
    pub async fn retry_dead_jobs(&self, ids: Vec<i64>, by: impl Into<Actor>) -> Result<usize, DbError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("job.retry_dead")).await?;
        let chosen = dead::revive(&mut tx, ids).await?;
        self.note_jobs(tx, &chosen, ObjectEvent::Retry, &by).await?;
        self.jobs.wake();
        Ok(chosen.len())
    }

    /// Deletes jobs that gave up; how many of these.
    ///
    /// # Errors
    /// When the database refuses; nothing is changed then.
    pub async fn discard_dead_jobs(&self, ids: Vec<i64>, by: impl Into<Actor>) -> Result<usize, DbError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("job.discard_dead")).await?;
        let chosen = dead::discard(&mut tx, ids).await?;
        self.note_jobs(tx, &chosen, ObjectEvent::Discard, &by).await?;
        Ok(chosen.len())
    }

    async fn note_jobs(&self, mut tx: Tx, chosen: &[Chosen], event: ObjectEvent, by: &Actor) -> Result<(), DbError> {
        for job in chosen {
            let kind = ObjectKind::Job;
            let subject = Subject { kind, id: job.id, title: &job.kind, type_name: "", revision: None };
            object_log::append(&mut tx, by, event, subject, &Value::Null).await?;
        }
        tx.commit().await?;
        self.count_objects(ObjectKind::Job, event, by.channel, chosen.len() as u64);
        Ok(())
    }
}
