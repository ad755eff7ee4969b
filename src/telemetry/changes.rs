//! What changed lately: the start of this version, publishes, settings. The first question of every incident.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::Telemetry;
use crate::clock::Micros;

/// Changes that are remembered.
const REMEMBERED: usize = 50;

#[derive(Clone, Debug)]
pub struct Change {
    pub at: Micros,
    /// `start`, `publish`, `settings` or `site`.
    pub kind: &'static str,
    /// Names and numbers alone.
    pub text: String,
}

pub struct Changes {
    pub started: Micros,
    list: Mutex<VecDeque<Change>>,
}

impl Changes {
    pub(super) fn new() -> Self {
        let started = Micros::now();
        let text = format!("version {}, commit {}", env!("CARGO_PKG_VERSION"), super::COMMIT);
        Self { started, list: Mutex::new(VecDeque::from([Change { at: started, kind: "start", text }])) }
    }

    /// The newest first.
    pub fn list(&self) -> Vec<Change> {
        self.list.lock().iter().rev().cloned().collect()
    }
}

impl Telemetry {
    pub fn note_change(&self, kind: &'static str, text: String) {
        let mut list = self.changes.list.lock();
        if list.len() == REMEMBERED {
            // The start stays: it says what runs.
            list.remove(1);
        }
        list.push_back(Change { at: Micros::now(), kind, text });
    }
}
