//! The regular backups: a job that comes back, and what every node shows of the last one.

use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::backup::{BackupError, Kind, Progress};
use crate::db::DbError;
use crate::jobs::{Failure, Handler, Task};
use crate::telemetry::label::JobKind;

/// A backup that takes longer has stopped: at 20 MB/s it would be 400 GB.
const TIMEOUT: Duration = Duration::from_secs(6 * 3600);

impl App {
    pub(super) fn work_of_backups(self: &Arc<Self>, handlers: &mut Vec<Handler>, tasks: &mut Vec<Task>) {
        let app = self.clone();
        let handler = Handler::new(JobKind::BackupCreate, move |_| {
            let app = app.clone();
            async move { app.make_backup().await }
        });
        handlers.push(handler.with_timeout(TIMEOUT));
        if let Some(schedule) = self.backups.schedule() {
            tasks.push(Task { kind: JobKind::BackupCreate, schedule: schedule.clone() });
        }
    }

    async fn make_backup(&self) -> Result<(), Failure> {
        let made = self.backups.create(Kind::Scheduled, &Arc::<Progress>::default()).await;
        made.map(drop).map_err(|error| match error {
            BackupError::Schedule(_) => Failure::Never(error.to_string()),
            _ => Failure::Later(error.to_string()),
        })
    }

    /// Shows when the last backup was, where there should be any; the first time also writes down whether.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn refresh_backups(&self, round: u64) -> Result<(), DbError> {
        if round == 0 {
            self.backups.expect().await?;
            if self.backups.schedule().is_none() {
                self.content.jobs.forget_task(JobKind::BackupCreate).await?;
            }
        }
        self.backups.refresh().await
    }
}
