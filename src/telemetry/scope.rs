//! What one request did: tallies that the database, the cache and the templates add to, wherever they are called, and
//! the steps and log lines that the flight recorder keeps when the request turns out to be worth it.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use super::Timer;
use super::label::Phase;
use super::trace_context::TraceContext;

/// One query running this often within one request is an N+1 suspect.
pub const N_PLUS_ONE_THRESHOLD: u32 = 10;
/// Different queries remembered per request.
const MAX_QUERIES_REMEMBERED: usize = 64;
/// Steps remembered per request; what is beyond them is counted.
const MAX_STEPS: usize = 128;
/// Log lines remembered per request; what is beyond them is counted.
const MAX_LINES: usize = 20;

tokio::task_local! { static CURRENT: Arc<Scope>; }

/// The tallies of one request.
#[derive(Debug)]
pub struct Scope {
    pub trace: TraceContext,
    began: Timer,
    phases_ns: [AtomicU64; Phase::ALL.len()],
    queries: AtomicU32,
    rows: AtomicU64,
    work: Mutex<Work>,
}

#[derive(Debug, Default)]
struct Work {
    by_query: Vec<(&'static str, u32)>,
    story: Story,
}

/// What happened within a request, in the order in which it ended.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Story {
    pub steps: Vec<Step>,
    /// Steps that were not remembered.
    pub steps_left_out: u32,
    pub lines: Vec<Line>,
    pub lines_left_out: u32,
}

/// One thing that took time.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// Of the query, the pool or the template.
    pub name: Cow<'static, str>,
    /// From the start of the request's handler.
    pub start_us: u32,
    pub took_us: u32,
    pub rows: u32,
    /// Empty when it did not fail.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub failure: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Query,
    Transaction,
    Pool,
    Render,
}

impl StepKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Transaction => "transaction",
            Self::Pool => "pool",
            Self::Render => "render",
        }
    }
}

/// One log line of a request, without values: see [`super::logs`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub at_us: u32,
    pub level: Cow<'static, str>,
    pub text: String,
    /// Those that hold numbers or names: ` query=page.find rows=3`.
    #[serde(default)]
    pub fields: String,
}

impl Scope {
    pub fn new(trace: TraceContext) -> Arc<Self> {
        Arc::new(Self {
            trace,
            began: Timer::start(),
            phases_ns: Default::default(),
            queries: AtomicU32::new(0),
            rows: AtomicU64::new(0),
            work: Mutex::default(),
        })
    }

    /// Runs `work` with this scope as the current one.
    pub async fn run<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// As [`Scope::run`], for work that does not wait.
    pub fn enter<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    pub fn add(&self, phase: Phase, time: Duration) {
        self.phases_ns[phase as usize].fetch_add(time.as_nanos() as u64, Relaxed);
    }

    pub fn phase(&self, phase: Phase) -> Duration {
        Duration::from_nanos(self.phases_ns[phase as usize].load(Relaxed))
    }

    /// Remembers a step that ended just now.
    pub fn step(&self, kind: StepKind, name: Cow<'static, str>, took: Duration, rows: u64, failure: &'static str) {
        let start = self.began.elapsed().saturating_sub(took);
        let mut work = self.work.lock();
        if kind == StepKind::Query
            && let Cow::Borrowed(name) = name
        {
            self.queries.fetch_add(1, Relaxed);
            self.rows.fetch_add(rows, Relaxed);
            let seen = &mut work.by_query;
            if let Some((_, count)) = seen.iter_mut().find(|(known, _)| *known == name) {
                *count += 1;
            } else if seen.len() < MAX_QUERIES_REMEMBERED {
                seen.push((name, 1));
            }
        }
        if work.story.steps.len() == MAX_STEPS {
            work.story.steps_left_out += 1;
            return;
        }
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let failure = Cow::Borrowed(failure);
        work.story.steps.push(Step { kind, name, start_us: micros(start), took_us: micros(took), rows, failure });
    }

    /// Remembers a log line; `told` makes its text and its fields when there is room.
    pub fn line(&self, level: &'static str, told: impl FnOnce() -> (String, String)) {
        let at_us = micros(self.began.elapsed());
        let mut work = self.work.lock();
        if work.story.lines.len() == MAX_LINES {
            work.story.lines_left_out += 1;
            return;
        }
        let (text, fields) = told();
        work.story.lines.push(Line { at_us, level: Cow::Borrowed(level), text, fields });
    }

    pub fn queries(&self) -> u32 {
        self.queries.load(Relaxed)
    }

    pub fn rows(&self) -> u64 {
        self.rows.load(Relaxed)
    }

    /// Queries that ran at least [`N_PLUS_ONE_THRESHOLD`] times.
    pub fn n_plus_one(&self) -> Vec<&'static str> {
        let work = self.work.lock();
        let often = work.by_query.iter().filter(|(_, count)| *count >= N_PLUS_ONE_THRESHOLD);
        often.map(|(name, _)| *name).collect()
    }

    /// The text of the first log line at level error.
    pub fn first_error(&self) -> Option<String> {
        let work = self.work.lock();
        work.story.lines.iter().find(|line| line.level == "error").map(|line| line.text.clone())
    }

    /// What is remembered; nothing is left.
    pub fn take_story(&self) -> Story {
        std::mem::take(&mut self.work.lock().story)
    }
}

/// 71 minutes at most: no request takes longer.
fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// Calls `with` on the current request's scope; does nothing outside a request.
pub fn with_current<T>(with: impl FnOnce(&Scope) -> T) -> Option<T> {
    CURRENT.try_with(|scope| with(scope)).ok()
}

/// The current request's scope, for work of it that somebody else does.
pub fn current() -> Option<Arc<Scope>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// The trace id of the current request.
pub fn current_trace() -> Option<TraceContext> {
    with_current(|scope| scope.trace)
}
