//! What the queue does for content: the schedule of pages, and housekeeping.

use std::sync::Arc;
use std::time::Duration;

use super::{Content, EditError, change, figures, presence, revision};
use crate::clock::Micros;
use crate::config::Config;
use crate::jobs::{Failure, Handler, Run, Schedule, Task};
use crate::telemetry::label::JobKind;

/// How long each save that the editor made by itself is kept.
const KEEP_AUTOMATIC: Duration = Duration::from_secs(24 * 3600);
/// Rounds of one run; the next run goes on.
const COMPACT_ROUNDS: usize = 100;
const PURGING: Schedule = Schedule::Every(Duration::from_secs(86_400));
/// For one look at all revisions: a thousand are a few milliseconds.
const PURGE_TIMEOUT: Duration = Duration::from_secs(3_600);
const HOUSEKEEPING: Schedule = Schedule::Every(Duration::from_secs(900));

impl Content {
    /// The handlers of content's jobs, and its tasks that come back; but for publishing on schedule, which asks for a right.
    pub fn work(self: &Arc<Self>, config: &Config) -> (Vec<Handler>, Vec<Task>) {
        let (trash_days, keep_days) = (config.content.trash_days, config.forms.keep_days);
        let revisions_days = config.content.keep_revisions_days;
        let handlers =
            vec![
                self.handler(JobKind::PageExpire, |content, run| async move { content.keep_schedule(run).await }),
                self.handler(JobKind::TrashEmpty, move |content, _| async move {
                    content.empty_trash_after(trash_days).await
                }),
                self.handler(JobKind::FormPurge, move |content, _| async move {
                    content.purge_forms_after(keep_days).await
                }),
                self.handler(JobKind::ChangePrune, |content, _| async move {
                    Ok(change::prune(&content.db).await.map(drop)?)
                }),
                self.handler(JobKind::EditingTidy, |content, _| async move { content.tidy_after_editing().await }),
                self.handler(JobKind::RevisionPurge, move |content, _| async move {
                    content.purge_revisions_after(revisions_days).await
                })
                .with_timeout(PURGE_TIMEOUT),
                self.handler(JobKind::RecordIndex, |content, _| async move {
                    Ok(content.build_record_indexes().await.map(drop)?)
                })
                .with_timeout(PURGE_TIMEOUT),
            ];
        let kinds = [JobKind::TrashEmpty, JobKind::FormPurge, JobKind::ChangePrune, JobKind::EditingTidy];
        let mut tasks = kinds.map(|kind| Task { kind, schedule: HOUSEKEEPING }).to_vec();
        tasks.push(Task { kind: JobKind::RevisionPurge, schedule: PURGING });
        tasks.push(Task { kind: JobKind::RecordIndex, schedule: HOUSEKEEPING });
        (handlers, tasks)
    }

    fn handler<W, F>(self: &Arc<Self>, kind: JobKind, work: W) -> Handler
    where
        W: Fn(Arc<Self>, Run) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let content = self.clone();
        Handler::new(kind, move |run| work(content.clone(), run))
    }

    /// 0 days: nothing is ever deleted.
    async fn empty_trash_after(&self, days: u32) -> Result<(), Failure> {
        if days == 0 {
            return Ok(());
        }
        match self.empty_old_trash(days).await {
            Ok(0) => Ok(()),
            Ok(pages) => {
                tracing::info!(pages, days, "deleted for good what was in the trash for so many days");
                Ok(())
            }
            Err(EditError::Db(error)) => Err(error.into()),
            Err(error) => Err(Failure::Never(error.to_string())),
        }
    }

    /// Of what the editor saved by itself the last of each sitting stays, and who left is no longer there.
    async fn tidy_after_editing(&self) -> Result<(), Failure> {
        presence::forget(&self.db).await?;
        figures::prune(&self.db).await?;
        let until = Micros(Micros::now().0 - KEEP_AUTOMATIC.as_micros() as i64);
        for _ in 0..COMPACT_ROUNDS {
            if revision::compact(&self.db, until).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// 0 days: nothing is ever deleted.
    async fn purge_forms_after(&self, days: u32) -> Result<(), Failure> {
        if days > 0 {
            let deleted = self.delete_old_submissions(days).await?;
            self.telemetry.families.form_purged.with_label_values::<&str>(&[]).inc_by(deleted);
        }
        Ok(())
    }
}
