//! Survival copies: the last good pages on local disk, so that visitors keep a site when the database is away, also
//! across a restart. One thread writes; a page that was taken off the site is deleted, and nothing restricted is kept.

mod file;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::time::Duration;

use super::cached_page::CachedPage;
use crate::content::change::Tag;
use crate::content::site::Roots;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult};

/// Pages that wait to be written; what is beyond them is written after its next render.
const QUEUE: usize = 1_024;
/// How long a stopping server waits for the writer.
const FLUSH: Duration = Duration::from_secs(3);
const SITES_FILE: &str = "sites.json";
const POSITION_FILE: &str = "position";

enum Job {
    Keep(String, Arc<CachedPage>),
    Forget(String),
    /// All copies of a page.
    ForgetPage(i64),
    Clear,
    /// A small file of the folder, whole.
    Write(&'static str, Vec<u8>),
    Flush(SyncSender<()>),
}

/// What the writer has on disk.
#[derive(Default)]
struct Held {
    pages: AtomicU64,
    bytes: AtomicU64,
}

/// The store; without a limit of bytes, nothing is kept and nothing found.
pub struct Survival {
    folder: PathBuf,
    queue: Option<SyncSender<Job>>,
    telemetry: Arc<Telemetry>,
}

impl Survival {
    /// Keeps at most `max_bytes` below `folder`; 0 turns the store off.
    ///
    /// `database` names the database: copies made from another one are not used.
    pub fn open(folder: PathBuf, max_bytes: u64, database: &str, telemetry: Arc<Telemetry>) -> Self {
        if max_bytes == 0 {
            return Self { folder, queue: None, telemetry };
        }
        let held = Arc::new(Held::default());
        let on_scrape = held.clone();
        telemetry.before_scrape(move |families| {
            let name = [CacheName::Survival.as_str()];
            families.cache_entries.with_label_values(&name).set(on_scrape.pages.load(Relaxed) as f64);
            families.cache_size.with_label_values(&name).set(on_scrape.bytes.load(Relaxed) as f64);
            families.cache_max.with_label_values(&name).set(max_bytes as f64);
        });
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let writer = writer::Writer::new(folder.clone(), max_bytes, held, telemetry.clone());
        let database = database.to_owned();
        let started = std::thread::Builder::new().name("survival".into()).spawn(move || writer.run(&database, &jobs));
        if let Err(error) = &started {
            tracing::error!(%error, "no survival copies are kept: their thread did not start");
        }
        Self { folder, queue: started.is_ok().then_some(queue), telemetry }
    }

    fn send(&self, job: Job) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(_)) = queue.try_send(job) {
            self.count(CacheOperation::Write, CacheResult::Error);
        }
    }

    /// Deletions are never dropped: a page that was taken off must not come back.
    fn send_surely(&self, job: Job) {
        if let Some(queue) = &self.queue {
            // The thread ends with the queue alone; an error means that the process ends.
            let _ = queue.send(job);
        }
    }

    pub fn keep(&self, key: &str, page: Arc<CachedPage>) {
        self.send(Job::Keep(key.to_owned(), page));
    }

    pub fn forget(&self, key: &str) {
        self.send_surely(Job::Forget(key.to_owned()));
    }

    /// Deletes what is no longer public.
    pub fn purge(&self, tags: &[Tag]) {
        for tag in tags {
            if let Tag::Gone(id) = tag {
                self.send_surely(Job::ForgetPage(*id));
            }
        }
    }

    pub fn clear(&self) {
        self.send_surely(Job::Clear);
    }

    /// The copy of a page; reads one file.
    pub fn load(&self, key: &str) -> Option<CachedPage> {
        self.queue.as_ref()?;
        let found = file::load(&self.folder, key);
        self.count(CacheOperation::Read, if found.is_some() { CacheResult::Hit } else { CacheResult::Miss });
        found
    }

    /// Remembers which site a host shows.
    pub fn keep_sites(&self, sites: &Roots) {
        if let Ok(text) = serde_json::to_vec(sites) {
            self.send(Job::Write(SITES_FILE, text));
        }
    }

    /// The sites as they were last; none when they were never known.
    pub fn load_sites(&self) -> Roots {
        self.read(SITES_FILE).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Remembers how far the log of changes was followed.
    pub fn keep_position(&self, change: i64) {
        self.send(Job::Write(POSITION_FILE, change.to_string().into_bytes()));
    }

    pub fn load_position(&self) -> Option<i64> {
        String::from_utf8(self.read(POSITION_FILE)?).ok()?.parse().ok()
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.queue.as_ref()?;
        std::fs::read(Path::new(&self.folder).join(name)).ok()
    }

    /// Waits until what was sent is on disk, for three seconds at most.
    pub fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, is_done) = mpsc::sync_channel(1);
        if queue.send(Job::Flush(done)).is_ok() {
            let _ = is_done.recv_timeout(FLUSH);
        }
    }

    fn count(&self, operation: CacheOperation, result: CacheResult) {
        let labels = [CacheName::Survival.as_str(), operation.as_str(), result.as_str()];
        self.telemetry.families.cache_operations.with_label_values(&labels).inc();
    }
}
