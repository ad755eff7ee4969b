//! What one request did: tallies that the database, the cache and the templates add to, wherever they are called.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use super::label::Phase;
use super::trace_context::TraceContext;

/// One query running this often within one request is an N+1 suspect.
pub const N_PLUS_ONE_THRESHOLD: u32 = 10;
/// Different queries remembered per request.
const MAX_QUERIES_REMEMBERED: usize = 64;

tokio::task_local! { static CURRENT: Arc<Scope>; }

/// The tallies of one request.
#[derive(Debug)]
pub struct Scope {
    pub trace: TraceContext,
    phases_ns: [AtomicU64; Phase::ALL.len()],
    queries: AtomicU32,
    rows: AtomicU64,
    by_query: Mutex<Vec<(&'static str, u32)>>,
}

impl Scope {
    pub fn new(trace: TraceContext) -> Arc<Self> {
        Arc::new(Self {
            trace,
            phases_ns: Default::default(),
            queries: AtomicU32::new(0),
            rows: AtomicU64::new(0),
            by_query: Mutex::new(Vec::new()),
        })
    }

    /// Runs `work` with this scope as the current one.
    pub async fn run<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    pub fn add(&self, phase: Phase, time: Duration) {
        self.phases_ns[phase as usize].fetch_add(time.as_nanos() as u64, Relaxed);
    }

    pub fn phase(&self, phase: Phase) -> Duration {
        Duration::from_nanos(self.phases_ns[phase as usize].load(Relaxed))
    }

    pub fn count_query(&self, name: &'static str, rows: u64) {
        self.queries.fetch_add(1, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
        let mut seen = self.by_query.lock();
        if let Some((_, count)) = seen.iter_mut().find(|(known, _)| *known == name) {
            *count += 1;
        } else if seen.len() < MAX_QUERIES_REMEMBERED {
            seen.push((name, 1));
        }
    }

    pub fn queries(&self) -> u32 {
        self.queries.load(Relaxed)
    }

    pub fn rows(&self) -> u64 {
        self.rows.load(Relaxed)
    }

    /// Queries that ran at least [`N_PLUS_ONE_THRESHOLD`] times.
    pub fn n_plus_one(&self) -> Vec<&'static str> {
        let seen = self.by_query.lock();
        seen.iter().filter(|(_, count)| *count >= N_PLUS_ONE_THRESHOLD).map(|(name, _)| *name).collect()
    }
}

/// Calls `with` on the current request's scope; does nothing outside a request.
pub fn with_current<T>(with: impl FnOnce(&Scope) -> T) -> Option<T> {
    CURRENT.try_with(|scope| with(scope)).ok()
}

/// The trace id of the current request.
pub fn current_trace() -> Option<TraceContext> {
    with_current(|scope| scope.trace)
}
