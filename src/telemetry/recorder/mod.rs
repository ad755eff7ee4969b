//! The flight recorder: requests that were slow, failed or asked the same query again and again, and a random sample of
//! all, keep their whole trace, in memory and on disk. Whether to keep one is decided at its end, so that a request that
//! is not kept costs a few comparisons.

mod disk;
mod trace;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::label::{Failure, KeepReason, Phase, Route, Surface};
use super::scope::Scope;
use super::{Finished, Telemetry, TraceContext};
use crate::clock::Micros;
use crate::config::Config;
use disk::Segments;
pub use disk::{find, newest};
pub use trace::{Story, Trace};

/// Traces held in memory for each reason.
const HELD_PER_REASON: usize = 100;
/// Traces kept per second and reason: an outage must not wash away how it began.
const KEPT_PER_SECOND: u64 = 10;
/// Traces that wait for the disk.
const QUEUE: usize = 256;
/// How long a stopping server waits for the disk.
const FLUSH: Duration = Duration::from_secs(2);
/// Longest path that is kept.
const MAX_PATH_CHARACTERS: usize = 200;

enum Job {
    Keep(Arc<Trace>),
    Flush(SyncSender<()>),
}

/// The recorder of one server.
pub struct Recorder {
    slow: Duration,
    /// Requests whose random span id is below it are kept.
    sample_below: u64,
    config: String,
    folder: PathBuf,
    held: Arc<[Mutex<VecDeque<Arc<Trace>>>; KeepReason::ALL.len()]>,
    /// Second and number of traces kept in it, for each reason.
    paces: [AtomicU64; KeepReason::ALL.len()],
    queue: Option<SyncSender<Job>>,
}

/// Where the traces of an installation are.
pub fn folder(config: &Config) -> PathBuf {
    config.data.dir.join("traces")
}

/// What tells one configuration from another: the start of a digest, secrets left out.
fn config_version(config: &Config) -> String {
    let digest = Sha256::digest(format!("{config:?}"));
    data_encoding::HEXLOWER.encode(&digest[..4])
}

impl Recorder {
    fn start(config: &Config, telemetry: &Telemetry) -> Self {
        let folder = folder(config);
        let held: Arc<[Mutex<VecDeque<Arc<Trace>>>; KeepReason::ALL.len()]> = Arc::default();
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let (segments, theirs) = (Segments::new(folder.clone(), config.recorder.max_bytes), held.clone());
        let families = (telemetry.families.recorder_size.clone(), telemetry.families.recorder_dropped.clone());
        let work = move || {
            write(
                segments,
                &jobs,
                &theirs,
                |size| families.0.with_label_values::<&str>(&[]).set(size as f64),
                || {
                    families.1.with_label_values::<&str>(&[]).inc();
                },
            )
        };
        let started = std::thread::Builder::new().name("recorder".into()).spawn(work);
        if let Err(error) = &started {
            tracing::error!(%error, "traces are kept in memory alone: their thread did not start");
        }
        Self {
            slow: config.recorder.slow(),
            sample_below: (config.recorder.sample * u64::MAX as f64) as u64,
            config: config_version(config),
            folder,
            held,
            paces: Default::default(),
            queue: started.is_ok().then_some(queue),
        }
    }

    /// Why a request is kept, if it is.
    fn reason(&self, of: &Finished, trace: &TraceContext, in_handler: bool, repeats: bool) -> Option<KeepReason> {
        if of.route.surface() == Surface::System {
            return None;
        }
        let failed = of.status.is_server_error() || matches!(of.failure, Failure::Panic | Failure::Timeout);
        if failed {
            // Who is turned away at the door did nothing that could be told.
            return in_handler.then_some(KeepReason::Failed);
        }
        if of.duration >= self.slow {
            Some(KeepReason::Slow)
        } else if repeats {
            Some(KeepReason::NPlusOne)
        } else {
            // A caller chooses its trace id, and not this.
            (trace.span_id < self.sample_below).then_some(KeepReason::Sample)
        }
    }

    /// Whether another trace may be kept in this second.
    fn has_room(&self, reason: KeepReason, at: Micros) -> bool {
        let second = at.0.div_euclid(1_000_000).unsigned_abs() << 16;
        let pace = &self.paces[reason as usize];
        let known = pace.load(Relaxed);
        if known >> 16 << 16 == second {
            pace.fetch_add(1, Relaxed) & 0xffff < KEPT_PER_SECOND
        } else {
            pace.store(second | 1, Relaxed);
            true
        }
    }

    fn keep(&self, reason: KeepReason, trace: Trace) -> bool {
        let trace = Arc::new(trace);
        hold(&self.held[reason as usize], trace.clone());
        self.queue.as_ref().is_some_and(|queue| queue.try_send(Job::Keep(trace)).is_ok())
    }

    /// The traces in memory, newest first.
    pub fn list(&self) -> Vec<Arc<Trace>> {
        let mut all: Vec<_> =
            self.held.iter().flat_map(|held| held.lock().iter().cloned().collect::<Vec<_>>()).collect();
        all.sort_by_key(|trace| std::cmp::Reverse(trace.at_us));
        all
    }

    /// Where the traces are on disk.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, wait) = mpsc::sync_channel(1);
        if queue.send(Job::Flush(done)).is_ok() {
            // What is not on disk by then is lost; the server stops.
            let _ = wait.recv_timeout(FLUSH);
        }
    }
}

fn hold(held: &Mutex<VecDeque<Arc<Trace>>>, trace: Arc<Trace>) {
    let mut held = held.lock();
    if held.len() == HELD_PER_REASON {
        held.pop_front();
    }
    held.push_back(trace);
}

/// The thread that writes: first it remembers what an earlier process kept.
fn write(
    mut segments: Segments,
    jobs: &Receiver<Job>,
    held: &[Mutex<VecDeque<Arc<Trace>>>; KeepReason::ALL.len()],
    report_size: impl Fn(u64),
    dropped: impl Fn(),
) {
    for trace in newest(segments.folder(), HELD_PER_REASON) {
        if let Some(reason) = KeepReason::ALL.iter().find(|reason| reason.as_str() == trace.reason) {
            let mut held = held[*reason as usize].lock();
            if held.len() < HELD_PER_REASON {
                held.push_front(Arc::new(trace));
            }
        }
    }
    report_size(segments.size_bytes());
    let mut failing = false;
    for job in jobs {
        match job {
            Job::Keep(trace) => match segments.append(&trace) {
                Ok(()) => {
                    failing = false;
                    report_size(segments.size_bytes());
                }
                Err(error) => {
                    dropped();
                    if !failing {
                        tracing::warn!(%error, "a trace could not be written: traces are kept in memory alone until it can");
                    }
                    failing = true;
                }
            },
            // Nobody waits any more: the server is gone.
            Job::Flush(done) => drop(done.send(())),
        }
    }
}

/// What is known of a request at its end, beside its measurements.
pub struct Flight<'r> {
    pub trace: &'r TraceContext,
    pub scope: Option<&'r Scope>,
    /// Without its query.
    pub path: &'r str,
    pub cache: &'static str,
    /// Whether a query ran again and again.
    pub repeats: bool,
}

impl Telemetry {
    /// Starts the recorder, unless it is off.
    pub fn start_recorder(&self, config: &Config) {
        if self.enabled && config.recorder.enabled {
            self.recorder.get_or_init(|| Recorder::start(config, self));
        }
    }

    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.get()
    }

    /// Waits until the traces so far are on disk.
    pub fn flush_recorder(&self) {
        if let Some(recorder) = self.recorder.get() {
            recorder.flush();
        }
    }

    /// Keeps the trace of a finished request when it is worth it.
    pub(crate) fn consider(&self, of: &Finished, flight: &Flight<'_>) {
        let Some(recorder) = self.recorder.get() else { return };
        let Some(reason) = recorder.reason(of, flight.trace, flight.scope.is_some(), flight.repeats) else { return };
        let now = Micros::now();
        let kept =
            recorder.has_room(reason, now) && recorder.keep(reason, self.tell(recorder, reason, now, of, flight));
        if kept {
            self.exemplars.note(of, flight.trace.trace_id());
            self.families.recorder_traces.with_label_values(&[reason.as_str()]).inc();
        } else {
            self.families.recorder_dropped.with_label_values::<&str>(&[]).inc();
        }
    }

    fn tell(&self, recorder: &Recorder, reason: KeepReason, now: Micros, of: &Finished, flight: &Flight<'_>) -> Trace {
        let duration_us = of.duration.as_micros() as u64;
        let mut phases = Vec::new();
        if let Some(scope) = flight.scope {
            let mut other = of.duration;
            for phase in [Phase::Db, Phase::PoolWait, Phase::Cache, Phase::Render] {
                other = other.saturating_sub(scope.phase(phase));
                phases.push((phase.as_str().into(), scope.phase(phase).as_micros() as u64));
            }
            phases.push((Phase::Other.as_str().into(), other.as_micros() as u64));
        }
        // What no route takes is typed by anybody.
        let known = !matches!(of.route, Route::Unmatched) || of.status.is_server_error();
        let path = if known { flight.path } else { "" };
        Trace {
            trace_id: flight.trace.trace_id().to_owned(),
            at_us: now.0 - duration_us as i64,
            reason: reason.as_str().into(),
            route: of.route.as_str().into(),
            method: of.method.as_str().into(),
            status: of.status.as_u16(),
            failure: of.failure.as_str().into(),
            cache: flight.cache.into(),
            path: path.chars().take(MAX_PATH_CHARACTERS).collect(),
            duration_us,
            bytes: of.response_bytes,
            phases,
            queries: flight.scope.map_or(0, Scope::queries),
            rows: flight.scope.map_or(0, Scope::rows),
            story: flight.scope.map(Scope::take_story).unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: super::COMMIT.into(),
            config: recorder.config.clone(),
        }
    }
}
