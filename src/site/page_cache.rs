//! The page cache: finished pages by site and path, purged by exactly the dependency tags that changed.
//!
//! A purged page is kept as the last good copy until its next render, for the case that the database is down by then;
//! a page that is no longer public goes at once. A fill that began before a purge of one of its tags is not kept.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};

use super::cached_page::CachedPage;
use crate::content::change::Tag;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult, Eviction};

const SHARDS: usize = 16;
/// Purges remembered for fills under way; a fill that is older than all of them is not kept.
const REMEMBERED_PURGES: usize = 256;
/// Entries looked at to find one to evict: the one used longest ago among them goes.
const EVICTION_SAMPLE: usize = 16;

/// What a look-up found.
pub enum Found {
    Fresh(Arc<CachedPage>),
    /// Purged since: only for when a new one cannot be made.
    Stale(Arc<CachedPage>),
    Nothing,
}

struct Entry {
    page: Arc<CachedPage>,
    stale: AtomicBool,
    used: AtomicU64,
}

type Shard = RwLock<HashMap<Arc<str>, Entry, RandomState>>;

/// The point in time at which a fill began, as [`PageCache::begin_fill`] gives it.
#[derive(Clone, Copy, Debug)]
pub struct FillEpoch(u64);

impl FillEpoch {
    /// Another one after each purge.
    pub fn number(self) -> u64 {
        self.0
    }
}

pub struct PageCache {
    shards: Vec<Shard>,
    hasher: RandomState,
    by_tag: Mutex<HashMap<Tag, HashSet<Arc<str>>>>,
    purges: Mutex<Purges>,
    size_bytes: AtomicUsize,
    max_bytes: usize,
    clock: AtomicU64,
    telemetry: Arc<Telemetry>,
}

#[derive(Default)]
struct Purges {
    epoch: u64,
    recent: VecDeque<(u64, Vec<Tag>)>,
}

impl PageCache {
    pub fn new(max_bytes: usize, telemetry: Arc<Telemetry>) -> Arc<Self> {
        let cache = Arc::new(Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            hasher: RandomState::default(),
            by_tag: Mutex::default(),
            purges: Mutex::default(),
            size_bytes: AtomicUsize::new(0),
            max_bytes,
            clock: AtomicU64::new(0),
            telemetry: telemetry.clone(),
        });
        let weak = Arc::downgrade(&cache);
        telemetry.before_scrape(move |families| {
            let Some(cache) = weak.upgrade() else { return };
            let name = [CacheName::Page.as_str()];
            families.cache_entries.with_label_values(&name).set(cache.count() as f64);
            families.cache_size.with_label_values(&name).set(cache.size_bytes.load(Relaxed) as f64);
            families.cache_max.with_label_values(&name).set(cache.max_bytes as f64);
        });
        cache
    }

    fn shard(&self, key: &str) -> &Shard {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }

    pub fn find(&self, key: &str) -> Found {
        let shard = self.shard(key).read();
        let Some(entry) = shard.get(key) else { return Found::Nothing };
        entry.used.store(self.clock.load(Relaxed), Relaxed);
        if entry.stale.load(Relaxed) { Found::Stale(entry.page.clone()) } else { Found::Fresh(entry.page.clone()) }
    }

    pub fn count(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// To be called before the first read of a fill.
    pub fn begin_fill(&self) -> FillEpoch {
        FillEpoch(self.purges.lock().epoch)
    }

    /// Keeps a page, unless something it read was purged since `began`; whether it is kept.
    pub fn insert(&self, key: &str, page: Arc<CachedPage>, began: FillEpoch) -> bool {
        self.insert_as(key, page, began, false)
    }

    /// Keeps a last good copy from elsewhere, unless the page was purged since `began`; whether it is kept.
    pub fn insert_stale(&self, key: &str, page: Arc<CachedPage>, began: FillEpoch) -> bool {
        self.insert_as(key, page, began, true)
    }

    fn insert_as(&self, key: &str, page: Arc<CachedPage>, began: FillEpoch, stale: bool) -> bool {
        let size = page.size_bytes() + key.len();
        if size > self.max_bytes / 4 {
            return false;
        }
        let key: Arc<str> = key.into();
        // Purges wait for this lock, so none comes between the check and the insertion.
        let purges = self.purges.lock();
        if purges.touched_since(began, page.tags()) {
            return false;
        }
        let mut by_tag = self.by_tag.lock();
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        let entry = Entry { page: page.clone(), stale: AtomicBool::new(stale), used };
        if let Some(old) = self.shard(&key).write().insert(key.clone(), entry) {
            forget_tags(&mut by_tag, &key, &old.page);
            self.size_bytes.fetch_sub(old.page.size_bytes() + key.len(), Relaxed);
        }
        for tag in page.tags() {
            by_tag.entry(tag.clone()).or_default().insert(key.clone());
        }
        let total = self.size_bytes.fetch_add(size, Relaxed) + size;
        drop(purges);
        self.record(CacheOperation::Write, CacheResult::Ok);
        if total > self.max_bytes {
            self.evict(&mut by_tag, &key);
        }
        true
    }

    /// Marks what carries one of `tags` as stale, and drops pages that are [`Tag::Gone`]; how many were touched.
    pub fn purge(&self, tags: &[Tag]) -> usize {
        let mut purges = self.purges.lock();
        purges.remember(tags);
        let mut by_tag = self.by_tag.lock();
        let mut touched = 0;
        for tag in tags {
            let keys: HashSet<Arc<str>> = match tag {
                Tag::All | Tag::Pages { .. } | Tag::GonePages { .. } => {
                    let covered = by_tag.iter().filter(|(carried, _)| tag.covers(carried));
                    covered.flat_map(|(_, keys)| keys).cloned().collect()
                }
                Tag::Gone(id) => {
                    let shown = [Tag::Page(*id), Tag::Address(*id)];
                    shown.iter().filter_map(|tag| by_tag.get(tag)).flatten().cloned().collect()
                }
                tag => by_tag.get(tag).cloned().unwrap_or_default(),
            };
            for key in keys {
                let gone = self.main_page(&key).is_some_and(|page| tag.takes_away(page));
                touched += usize::from(if gone {
                    self.remove(&mut by_tag, &key, Eviction::Invalidate)
                } else {
                    self.mark_stale(&key)
                });
            }
        }
        drop(by_tag);
        drop(purges);
        for _ in 0..touched {
            self.record(CacheOperation::Delete, CacheResult::Ok);
        }
        touched
    }

    /// Drops an entry, stale or not.
    pub fn forget(&self, key: &str) {
        let mut by_tag = self.by_tag.lock();
        self.remove(&mut by_tag, key, Eviction::Invalidate);
    }

    fn main_page(&self, key: &str) -> Option<i64> {
        self.shard(key).read().get(key).map(|entry| entry.page.page_id())
    }

    fn mark_stale(&self, key: &str) -> bool {
        let newly = self.shard(key).read().get(key).is_some_and(|entry| !entry.stale.swap(true, Relaxed));
        if newly {
            self.count_eviction(Eviction::Invalidate);
        }
        newly
    }

    fn remove(&self, by_tag: &mut HashMap<Tag, HashSet<Arc<str>>>, key: &str, why: Eviction) -> bool {
        let Some((_, entry)) = self.shard(key).write().remove_entry(key) else { return false };
        forget_tags(by_tag, key, &entry.page);
        self.size_bytes.fetch_sub(entry.page.size_bytes() + key.len(), Relaxed);
        self.count_eviction(why);
        true
    }

    fn evict(&self, by_tag: &mut HashMap<Tag, HashSet<Arc<str>>>, spared: &str) {
        while self.size_bytes.load(Relaxed) > self.max_bytes {
            let start = self.clock.load(Relaxed) as usize;
            let oldest = (0..SHARDS).find_map(|offset| {
                let shard = self.shards[(start + offset) % SHARDS].read();
                let sample = shard.iter().filter(|(key, _)| ***key != *spared).take(EVICTION_SAMPLE);
                sample.min_by_key(|(_, entry)| entry.used.load(Relaxed)).map(|(key, _)| key.clone())
            });
            self.clock.fetch_add(1, Relaxed);
            match oldest {
                Some(key) => self.remove(by_tag, &key, Eviction::Size),
                None => return,
            };
        }
    }

    fn record(&self, operation: CacheOperation, result: CacheResult) {
        let labels = [CacheName::Page.as_str(), operation.as_str(), result.as_str()];
        self.telemetry.families.cache_operations.with_label_values(&labels).inc();
    }

    fn count_eviction(&self, why: Eviction) {
        let labels = [CacheName::Page.as_str(), why.as_str()];
        self.telemetry.families.cache_evictions.with_label_values(&labels).inc();
    }
}

fn forget_tags(by_tag: &mut HashMap<Tag, HashSet<Arc<str>>>, key: &str, page: &CachedPage) {
    for tag in page.tags() {
        if let Some(keys) = by_tag.get_mut(tag) {
            keys.remove(key);
            if keys.is_empty() {
                by_tag.remove(tag);
            }
        }
    }
}

impl Purges {
    fn remember(&mut self, tags: &[Tag]) {
        self.epoch += 1;
        self.recent.push_back((self.epoch, tags.to_vec()));
        if self.recent.len() > REMEMBERED_PURGES {
            self.recent.pop_front();
        }
    }

    fn touched_since(&self, began: FillEpoch, tags: &[Tag]) -> bool {
        let forgotten = self.recent.front().is_some_and(|(oldest, _)| began.0 + 1 < *oldest);
        forgotten
            || self
                .recent
                .iter()
                .rev()
                .take_while(|(epoch, _)| *epoch > began.0)
                .any(|(_, purged)| purged.iter().any(|purged| tags.iter().any(|tag| purged.covers(tag))))
    }
}
