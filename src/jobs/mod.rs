//! Work in the background: a durable queue in the database, and tasks that come back.
//!
//! A job is enqueued in the transaction of what wants it, so that both happen or neither does. Who carries it out holds a
//! lease that is renewed while the work goes on; when the process dies, the lease ends and another worker takes over. So a
//! job runs at least once, and handlers must bear being run again.

pub mod dead;
mod handler;
pub mod queue;
mod runner;
pub mod schedule;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::db::Db;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{JobKind, JobQueue};
pub use handler::{Failure, Handler, Run};
pub use queue::{Listed, NewJob, Priority};
pub use schedule::Schedule;
pub use tasks::Task;

const LEASE: Duration = Duration::from_secs(30);

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&crate::db::Query]] = &[dead::QUERIES, queue::QUERIES, tasks::QUERIES];

/// The queue of one installation, as one process sees it.
pub struct Jobs {
    pub db: Arc<Db>,
    telemetry: Arc<Telemetry>,
    /// A claim that is not renewed ends after this, and somebody else takes over.
    lease: Duration,
    /// Told when this process has enqueued something, so that it is begun at once.
    enqueued: Notify,
}

impl Jobs {
    pub fn new(db: Arc<Db>, telemetry: Arc<Telemetry>) -> Arc<Self> {
        Self::with_lease(db, telemetry, LEASE)
    }

    /// A shorter lease finds dead workers sooner, and renews more often.
    pub fn with_lease(db: Arc<Db>, telemetry: Arc<Telemetry>, lease: Duration) -> Arc<Self> {
        Arc::new(Self { db, telemetry, lease, enqueued: Notify::new() })
    }

    /// Tells the workers of this process that there is something to do: after the commit.
    pub fn wake(&self) {
        self.enqueued.notify_one();
    }
}

impl JobKind {
    /// Queues keep work apart, so that what is long does not hold up what is due.
    pub const fn queue(self) -> JobQueue {
        match self {
            Self::PagePublish | Self::PageExpire => JobQueue::Publish,
            Self::PasswordReset | Self::ScheduleWarn | Self::PageNotice | Self::WebhookNotice => JobQueue::Mail,
            Self::BulkWork | Self::RevisionPurge | Self::ImageFaces | Self::RecordIndex | Self::BackupCreate => {
                JobQueue::Bulk
            }
            Self::TrashEmpty
            | Self::FormPurge
            | Self::ChangePrune
            | Self::EditingTidy
            | Self::SecurityPrune
            | Self::BulkPrune
            | Self::EventPrune
            | Self::ScheduleCheck => JobQueue::Housekeeping,
        }
    }

    /// How often it is tried before somebody has to look.
    pub const fn max_attempts(self) -> i64 {
        match self {
            Self::PagePublish
            | Self::PageExpire
            | Self::PasswordReset
            | Self::ScheduleWarn
            | Self::PageNotice
            | Self::WebhookNotice
            | Self::BulkWork => 10,
            Self::TrashEmpty
            | Self::FormPurge
            | Self::ChangePrune
            | Self::EditingTidy
            | Self::SecurityPrune
            | Self::BulkPrune
            | Self::EventPrune
            | Self::ScheduleCheck
            | Self::RevisionPurge
            | Self::RecordIndex
            | Self::ImageFaces
            | Self::BackupCreate => 5,
        }
    }
}

impl JobQueue {
    /// Jobs of it that one process carries out at the same time.
    pub const fn workers(self) -> usize {
        match self {
            Self::Publish => 4,
            Self::Mail | Self::Bulk => 2,
            Self::Housekeeping => 1,
        }
    }
}
