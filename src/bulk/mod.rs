//! Work on many pages, files, snippets or users at once: asked for in one transaction with its job, done one after another in the
//! background with the rights of whoever asked as they are by then, and written down for each.
//!
//! A worker writes that it begins something before, and how it went after. Whoever takes over from a worker that is gone
//! looks at what was begun: if it is as it was to be, it is done; else it is done now. So nothing is lost or doubled,
//! though a result is written behind its change and not with it.

mod files;
mod note;
mod pages;
mod run;
mod snippets;
mod store;
mod users;

use std::sync::Arc;
use std::time::Duration;

use crate::accounts::Accounts;
use crate::content::Content;
use crate::db::{Db, DbError, Query};
use crate::jobs::{Handler, Jobs, Schedule, Task};
use crate::media::Media;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{BulkAction, BulkOutcome, JobKind};
use crate::word_set;
pub use note::{Note, Reason};
pub use store::{Bulk, Item, Progress};

/// Pages, files, snippets or users of one piece of work.
pub const MAX_ITEMS: usize = 500;
/// Time for one attempt: five hundred pages that each take their time.
const TIMEOUT: Duration = Duration::from_secs(3_600);
const PRUNING: Schedule = Schedule::Every(Duration::from_secs(86_400));

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[store::QUERIES];

word_set! {
    /// What is worked on.
    Kind { Page = "page", Image = "image", Document = "document", Snippet = "snippet", User = "user" }
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct NewBulk {
    pub account: i64,
    pub kind: Kind,
    pub action: BulkAction,
    /// The page below which, or the collection or group into which they go.
    pub target: Option<i64>,
    /// `first` or `last`; tags with commas between; `anyway` for files and snippets that are used; for users the network of whoever
    /// asks, for the security log.
    pub detail: String,
    /// Where whoever asks comes from.
    pub back: String,
    /// Each with what it is called; the first [`MAX_ITEMS`] are taken.
    pub items: Vec<(i64, String)>,
}

/// Work on many at once, in one installation.
pub struct Bulks {
    db: Arc<Db>,
    jobs: Arc<Jobs>,
    content: Arc<Content>,
    media: Arc<Media>,
    accounts: Arc<Accounts>,
    telemetry: Arc<Telemetry>,
}

impl Bulks {
    pub fn new(
        content: Arc<Content>,
        media: Arc<Media>,
        accounts: Arc<Accounts>,
        telemetry: Arc<Telemetry>,
    ) -> Arc<Self> {
        Arc::new(Self { db: content.db.clone(), jobs: content.jobs.clone(), content, media, accounts, telemetry })
    }

    /// The handlers of the queue, and the task that comes back.
    pub fn work(self: &Arc<Self>) -> (Vec<Handler>, Vec<Task>) {
        let (bulks, pruned) = (self.clone(), self.clone());
        let work = Handler::new(JobKind::BulkWork, move |run| {
            let bulks = bulks.clone();
            async move { bulks.carry_out(&run).await }
        });
        let prune = Handler::new(JobKind::BulkPrune, move |_| {
            let bulks = pruned.clone();
            async move { Ok(bulks.prune().await?) }
        });
        (vec![work.with_timeout(TIMEOUT), prune], vec![Task { kind: JobKind::BulkPrune, schedule: PRUNING }])
    }

    /// Takes an order, and has it begun; its id.
    ///
    /// # Errors
    /// When the database is out of reach; nothing is done then.
    pub async fn start(&self, order: NewBulk) -> Result<i64, DbError> {
        let id = store::insert(&self.db, order).await?;
        self.jobs.wake();
        Ok(id)
    }

    /// # Errors
    /// When the database is out of reach.
    pub async fn find(&self, id: i64) -> Result<Option<Bulk>, DbError> {
        store::find(&self.db, id).await
    }

    /// How far it is.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn progress(&self, id: i64) -> Result<Progress, DbError> {
        store::progress(&self.db, id).await
    }

    /// All of it, in its order.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_items(&self, id: i64) -> Result<Vec<Item>, DbError> {
        store::list_items(&self.db, id).await
    }

    /// The last ones that somebody asked for, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_of(&self, account: i64) -> Result<Vec<Bulk>, DbError> {
        store::list_of(&self.db, account).await
    }

    /// Stops it before the next one; how many are left as they were.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn cancel(&self, bulk: &Bulk) -> Result<u64, DbError> {
        let left = store::cancel(&self.db, bulk.id).await?;
        self.count(bulk, BulkOutcome::Cancelled, left);
        Ok(left)
    }

    /// Forgets what was done long ago.
    ///
    /// # Errors
    /// When the database is out of reach; the next run goes on.
    pub async fn prune(&self) -> Result<(), DbError> {
        store::prune(&self.db).await
    }

    fn count(&self, bulk: &Bulk, outcome: BulkOutcome, items: u64) {
        let counter = &self.telemetry.families.bulk_items;
        counter.with_label_values(&[bulk.action.as_str(), outcome.as_str()]).inc_by(items);
    }
}
