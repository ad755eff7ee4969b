//! Answers about pages that are the same for everybody, kept until anything changes: no SQL, nothing is written anew.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::clock::Micros;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult, Eviction};

/// Of all answers together, with their addresses.
const MAX_BYTES: usize = 16 << 20;
/// A longer answer is made each time.
const MAX_ANSWER_BYTES: usize = 512 << 10;
/// What an entry takes beside its texts.
const ENTRY_BYTES: usize = 200;

/// An answer, and when it was made.
#[derive(Clone)]
pub struct Copy {
    pub text: Bytes,
    pub made: Micros,
}

#[derive(Default)]
struct Entries {
    answers: HashMap<Arc<str>, Copy>,
    /// The oldest first.
    order: VecDeque<Arc<str>>,
    size_bytes: usize,
    /// Rises with every change: what was read before one is not kept.
    changes: u64,
}

/// What was answered since the last change.
pub struct Kept {
    entries: Mutex<Entries>,
    telemetry: Arc<Telemetry>,
}

fn weight(key: &str, answer: &Bytes) -> usize {
    2 * key.len() + answer.len() + ENTRY_BYTES
}

impl Kept {
    pub fn new(telemetry: Arc<Telemetry>) -> Arc<Self> {
        let kept = Arc::new(Self { entries: Mutex::default(), telemetry: telemetry.clone() });
        let weak = Arc::downgrade(&kept);
        telemetry.before_scrape(move |families| {
            let Some(kept) = weak.upgrade() else { return };
            let entries = kept.entries.lock();
            let name = [CacheName::Api.as_str()];
            families.cache_entries.with_label_values(&name).set(entries.answers.len() as f64);
            families.cache_size.with_label_values(&name).set(entries.size_bytes as f64);
            families.cache_max.with_label_values(&name).set(MAX_BYTES as f64);
        });
        kept
    }

    pub fn find(&self, key: &str) -> Option<Copy> {
        let found = self.entries.lock().answers.get(key).cloned();
        let result = if found.is_some() { CacheResult::Hit } else { CacheResult::Miss };
        let labels = [CacheName::Api.as_str(), CacheOperation::Read.as_str(), result.as_str()];
        self.telemetry.families.cache_operations.with_label_values(&labels).inc();
        found
    }

    /// To be taken before what is kept is read.
    pub fn begin(&self) -> u64 {
        self.entries.lock().changes
    }

    pub fn keep(&self, began: u64, key: String, answer: Bytes) {
        let size = weight(&key, &answer);
        let mut entries = self.entries.lock();
        if entries.changes != began || size > MAX_ANSWER_BYTES || entries.answers.contains_key(key.as_str()) {
            return;
        }
        while entries.size_bytes + size > MAX_BYTES {
            let Some(oldest) = entries.order.pop_front() else { break };
            if let Some(copy) = entries.answers.remove(&oldest) {
                entries.size_bytes -= weight(&oldest, &copy.text);
                self.count_evictions(Eviction::Size, 1);
            }
        }
        let key: Arc<str> = key.into();
        entries.order.push_back(key.clone());
        entries.answers.insert(key, Copy { text: answer, made: Micros::now() });
        entries.size_bytes += size;
    }

    /// Forgets everything: which answers a change touches is not known.
    pub fn forget(&self) {
        let mut entries = self.entries.lock();
        let count = entries.answers.len();
        *entries = Entries { changes: entries.changes + 1, ..Entries::default() };
        self.count_evictions(Eviction::Invalidate, count);
    }

    fn count_evictions(&self, why: Eviction, count: usize) {
        let labels = [CacheName::Api.as_str(), why.as_str()];
        self.telemetry.families.cache_evictions.with_label_values(&labels).inc_by(count as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn kept() -> Arc<Kept> {
        Kept::new(Telemetry::start(&Config::default(), Box::new(std::io::sink())).expect("it starts"))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let kept = kept();
        let began = kept.begin();
        kept.keep(began, "a".to_owned(), Bytes::from_static(b"1"));
        assert_eq!(kept.find("a").map(|copy| copy.text), Some(Bytes::from_static(b"1")));
        kept.forget();
        assert!(kept.find("a").is_none());
        kept.keep(began, "a".to_owned(), Bytes::from_static(b"old"));
        assert!(kept.find("a").is_none());
    }

    #[test]
    fn the_oldest_make_room() {
        let kept = kept();
        let began = kept.begin();
        let large = Bytes::from(vec![0; MAX_ANSWER_BYTES - 1_000]);
        for number in 0..100 {
            kept.keep(began, number.to_string(), large.clone());
        }
        assert!(kept.entries.lock().size_bytes <= MAX_BYTES);
        assert!(kept.find("0").is_none() && kept.find("99").is_some());
    }
}
