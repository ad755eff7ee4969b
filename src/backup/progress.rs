//! How far a backup is, for whoever looks on.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

/// Written by the work, read by a terminal.
#[derive(Default)]
pub struct Progress {
    phase: Mutex<&'static str>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Something else begins, of so many bytes; 0 when it is not known how many.
    pub(crate) fn begin(&self, phase: &'static str, total: u64) {
        *self.phase.lock() = phase;
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Relaxed);
    }

    /// What is done now, and how many bytes of how many.
    pub fn now(&self) -> (&'static str, u64, u64) {
        (*self.phase.lock(), self.done.load(Relaxed), self.total.load(Relaxed))
    }
}
