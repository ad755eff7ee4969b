//! What this node knows of images and their renditions, so that a rendition that was asked for before takes no query.
//! A change of an image or of a collection empties it of what the change may have touched.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::rendition::Known;
use crate::content::change::Tag;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult, Eviction};

/// Renditions that are remembered: about 10 MB.
const MAX_ENTRIES: usize = 20_000;

#[derive(Default)]
struct Entries {
    /// By image, then by spec and version.
    images: HashMap<i64, HashMap<(String, String), Arc<Known>>>,
    count: usize,
    /// Rises with every purge: what was read before one is not kept.
    purges: u64,
}

pub(super) struct KnownRenditions {
    entries: Mutex<Entries>,
    telemetry: Arc<Telemetry>,
}

impl KnownRenditions {
    pub(super) fn new(telemetry: Arc<Telemetry>) -> Self {
        Self { entries: Mutex::default(), telemetry }
    }

    pub(super) fn find(&self, image_id: i64, spec: &str, version: &str) -> Option<Arc<Known>> {
        let entries = self.entries.lock();
        let found = entries.images.get(&image_id).and_then(|known| known.get(&(spec.to_owned(), version.to_owned())));
        let found = found.cloned();
        drop(entries);
        self.count_lookup(if found.is_some() { CacheResult::Hit } else { CacheResult::Miss });
        found
    }

    /// To be taken before what is kept is read.
    pub(super) fn begin(&self) -> u64 {
        self.entries.lock().purges
    }

    pub(super) fn keep(&self, began: u64, image_id: i64, spec: &str, version: &str, known: Arc<Known>) {
        let mut entries = self.entries.lock();
        if entries.purges != began {
            return;
        }
        while entries.count >= MAX_ENTRIES {
            // Any will do: what is asked for again comes back with one query.
            let Some(other) = entries.images.keys().next().copied() else { break };
            self.forget(&mut entries, other, Eviction::Size);
        }
        let key = (spec.to_owned(), version.to_owned());
        if entries.images.entry(image_id).or_default().insert(key, known).is_none() {
            entries.count += 1;
        }
        self.publish(&entries);
    }

    /// Forgets one image: its file was not where it should be.
    pub(super) fn forget_image(&self, image_id: i64) {
        let mut entries = self.entries.lock();
        self.forget(&mut entries, image_id, Eviction::Invalidate);
        self.publish(&entries);
    }

    pub(super) fn purge(&self, tags: &[Tag]) {
        let mut entries = self.entries.lock();
        for tag in tags {
            match tag {
                Tag::Image(id) => {
                    entries.purges += 1;
                    self.forget(&mut entries, *id, Eviction::Invalidate);
                }
                Tag::All => {
                    entries.purges += 1;
                    entries.images.clear();
                    entries.count = 0;
                }
                _ => {}
            }
        }
        self.publish(&entries);
    }

    fn forget(&self, entries: &mut Entries, image_id: i64, reason: Eviction) {
        let forgotten = entries.images.remove(&image_id).map_or(0, |known| known.len());
        entries.count -= forgotten;
        let labels = [CacheName::Rendition.as_str(), reason.as_str()];
        self.telemetry.families.cache_evictions.with_label_values(&labels).inc_by(forgotten as u64);
    }

    fn publish(&self, entries: &Entries) {
        let gauge = self.telemetry.families.cache_entries.with_label_values(&[CacheName::Rendition.as_str()]);
        gauge.set(entries.count as f64);
    }

    fn count_lookup(&self, result: CacheResult) {
        let labels = [CacheName::Rendition.as_str(), CacheOperation::Read.as_str(), result.as_str()];
        self.telemetry.families.cache_operations.with_label_values(&labels).inc();
    }
}
