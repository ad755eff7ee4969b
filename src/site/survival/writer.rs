//! The thread that writes survival copies, bounds them, and deletes what is gone.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Receiver;

use super::file::{self, Name};
use super::{Held, Job};
use crate::site::cached_page::CachedPage;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult, Eviction};

/// Says which database the copies were made from.
const DATABASE_FILE: &str = "database";

pub struct Writer {
    folder: PathBuf,
    max_bytes: u64,
    held: Arc<Held>,
    telemetry: Arc<Telemetry>,
    copies: HashMap<u64, Copy>,
    /// Oldest first.
    by_age: BTreeMap<u64, u64>,
    by_page: HashMap<i64, Vec<u64>>,
    clock: u64,
}

struct Copy {
    page_id: i64,
    bytes: u64,
    age: u64,
    /// Of the page as it was written; empty for what an earlier process wrote.
    digest: String,
}

impl Writer {
    pub fn new(folder: PathBuf, max_bytes: u64, held: Arc<Held>, telemetry: Arc<Telemetry>) -> Self {
        Self {
            folder,
            max_bytes,
            held,
            telemetry,
            copies: HashMap::new(),
            by_age: BTreeMap::new(),
            by_page: HashMap::new(),
            clock: 0,
        }
    }

    /// Works until the server is gone.
    pub fn run(mut self, database: &str, jobs: &Receiver<Job>) {
        self.open(database);
        for job in jobs {
            match job {
                Job::Keep(key, page) => self.keep(&key, &page),
                Job::Forget(key) => self.forget(file::digest(&key), Eviction::Invalidate),
                Job::ForgetPage(id) => {
                    for key in self.by_page.get(&id).cloned().unwrap_or_default() {
                        self.forget(key, Eviction::Invalidate);
                    }
                }
                Job::Clear => self.clear(),
                Job::Write(name, bytes) => {
                    if let Err(error) = file::write_whole(&self.folder.join(name), &bytes) {
                        tracing::warn!(%error, name, "a survival file was not written");
                    }
                }
                Job::Flush(done) => {
                    let _ = done.send(());
                }
            }
        }
    }

    /// Finds what an earlier process left; copies from another database go.
    fn open(&mut self, database: &str) {
        let known = std::fs::read_to_string(self.folder.join(DATABASE_FILE));
        if known.is_ok_and(|known| known != database) {
            tracing::info!("another database than before: its survival copies are deleted");
            if let Err(error) = std::fs::remove_dir_all(&self.folder) {
                tracing::error!(%error, "survival copies of another database were not deleted");
            }
        }
        if let Err(error) = file::write_whole(&self.folder.join(DATABASE_FILE), database.as_bytes()) {
            tracing::error!(%error, folder = %self.folder.display(), "survival copies cannot be written");
        }
        let mut found: Vec<(std::time::SystemTime, Name, u64)> = Vec::new();
        let shards = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        for entry in shards.filter_map(|shard| std::fs::read_dir(shard.path()).ok()).flatten().filter_map(Result::ok) {
            let name = entry.file_name().to_str().and_then(Name::parse);
            if let (Some(name), Ok(about)) = (name, entry.metadata()) {
                found.push((about.modified().unwrap_or(std::time::UNIX_EPOCH), name, about.len()));
            }
        }
        found.sort_by_key(|(modified, ..)| *modified);
        for (_, name, bytes) in found {
            self.note(name, bytes, String::new());
        }
        self.evict();
    }

    fn keep(&mut self, key: &str, page: &CachedPage) {
        let name = Name::of(key, page.page_id());
        if self.copies.get(&name.key).is_some_and(|copy| copy.digest == page.digest() && copy.page_id == name.page_id) {
            return;
        }
        if self.copies.get(&name.key).is_some_and(|copy| copy.page_id != name.page_id) {
            self.forget(name.key, Eviction::Invalidate);
        }
        match file::save(&self.folder, key, page) {
            Ok(bytes) => {
                self.note(name, bytes, page.digest().to_owned());
                self.count(CacheOperation::Write, CacheResult::Ok);
                self.evict();
            }
            Err(error) => {
                tracing::warn!(%error, "a survival copy was not written");
                self.count(CacheOperation::Write, CacheResult::Error);
            }
        }
    }

    fn note(&mut self, name: Name, bytes: u64, digest: String) {
        self.clock += 1;
        let copy = Copy { page_id: name.page_id, bytes, age: self.clock, digest };
        self.by_age.insert(self.clock, name.key);
        self.held.bytes.fetch_add(bytes, Relaxed);
        match self.copies.insert(name.key, copy) {
            Some(old) => {
                self.by_age.remove(&old.age);
                self.held.bytes.fetch_sub(old.bytes, Relaxed);
            }
            None => {
                self.by_page.entry(name.page_id).or_default().push(name.key);
                self.held.pages.fetch_add(1, Relaxed);
            }
        }
    }

    fn forget(&mut self, key: u64, why: Eviction) {
        let Some(copy) = self.copies.remove(&key) else { return };
        self.by_age.remove(&copy.age);
        if let Some(keys) = self.by_page.get_mut(&copy.page_id) {
            keys.retain(|held| *held != key);
            if keys.is_empty() {
                self.by_page.remove(&copy.page_id);
            }
        }
        self.held.bytes.fetch_sub(copy.bytes, Relaxed);
        self.held.pages.fetch_sub(1, Relaxed);
        let deleted = std::fs::remove_file(Name { key, page_id: copy.page_id }.path(&self.folder));
        // Another process on the same folder may have been first.
        if let Err(error) = deleted
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::error!(%error, "a survival copy was not deleted");
        }
        self.count(CacheOperation::Delete, CacheResult::Ok);
        let labels = [CacheName::Survival.as_str(), why.as_str()];
        self.telemetry.families.cache_evictions.with_label_values(&labels).inc();
    }

    fn evict(&mut self) {
        while self.held.bytes.load(Relaxed) > self.max_bytes {
            let Some((_, oldest)) = self.by_age.first_key_value() else { return };
            self.forget(*oldest, Eviction::Size);
        }
    }

    fn clear(&mut self) {
        let keys: Vec<u64> = self.copies.keys().copied().collect();
        for key in keys {
            self.forget(key, Eviction::Invalidate);
        }
    }

    fn count(&self, operation: CacheOperation, result: CacheResult) {
        let labels = [CacheName::Survival.as_str(), operation.as_str(), result.as_str()];
        self.telemetry.families.cache_operations.with_label_values(&labels).inc();
    }
}
