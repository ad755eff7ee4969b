//! Where log lines go: bounded buffers, one per worker or so, and one writer thread, so that a slow terminal or pipe
//! never slows a request and two workers never wait for each other.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::AcqRel, Ordering::Relaxed, Ordering::Release};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use prometheus::IntCounter;

/// Bytes kept per shard while the output does not keep up; lines beyond it are dropped and counted.
const MAX_SHARD_BYTES: usize = 2 << 20;
const SHARDS: usize = 8;
/// How long lines are gathered before a write: one system call for many lines.
const GATHER: Duration = Duration::from_millis(20);

thread_local! { static SHARD: Cell<usize> = const { Cell::new(usize::MAX) }; }
static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

struct Shared {
    shards: [Mutex<Vec<u8>>; SHARDS],
    /// Set by the first line after a write: the writer is awake, or about to be.
    awake: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    has_lines: bool,
    closed: bool,
    /// Rounds written so far.
    rounds: u64,
}

/// A handle to the writer thread; the thread ends when the handle is dropped.
pub struct LogSink {
    shared: Arc<Shared>,
    dropped: IntCounter,
}

impl LogSink {
    /// Starts the writer thread on `out`.
    pub fn start(mut out: Box<dyn Write + Send>, dropped: IntCounter) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            shards: Default::default(),
            awake: AtomicBool::new(false),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let theirs = shared.clone();
        std::thread::Builder::new().name("log-writer".into()).spawn(move || write_lines(&theirs, &mut out))?;
        Ok(Self { shared, dropped })
    }

    /// Lets `write` append one line, which ends with a newline, to the buffer.
    pub fn line(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut buffer = self.shared.shards[own_shard()].lock();
        if buffer.len() > MAX_SHARD_BYTES {
            drop(buffer);
            self.dropped.inc();
            return;
        }
        write(&mut buffer);
        drop(buffer);
        if !self.shared.awake.load(Relaxed) && !self.shared.awake.swap(true, AcqRel) {
            self.shared.state.lock().has_lines = true;
            self.shared.changed.notify_all();
        }
    }

    /// Waits until everything logged so far is written, at most `limit`.
    pub fn flush(&self, limit: Duration) {
        let mut state = self.shared.state.lock();
        // The round under way may have passed a shard before its last line; the one after it has not.
        let enough = state.rounds + 2;
        while state.rounds < enough {
            state.has_lines = true;
            // Each time: after a round the writer may sleep before this thread is awake.
            self.shared.changed.notify_all();
            if self.shared.changed.wait_for(&mut state, limit).timed_out() {
                return;
            }
        }
    }
}

impl Drop for LogSink {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

fn own_shard() -> usize {
    let mut shard = SHARD.get();
    if shard == usize::MAX {
        shard = NEXT_SHARD.fetch_add(1, Relaxed) % SHARDS;
        SHARD.set(shard);
    }
    shard
}

fn write_lines(shared: &Shared, out: &mut Box<dyn Write + Send>) {
    let mut lines = Vec::new();
    loop {
        let mut state = shared.state.lock();
        while !state.has_lines && !state.closed {
            shared.changed.wait(&mut state);
        }
        state.has_lines = false;
        let closed = state.closed;
        if !closed {
            // Woken early by whoever waits in `flush`.
            shared.changed.wait_for(&mut state, GATHER);
        }
        drop(state);
        shared.awake.store(false, Release);
        for shard in &shared.shards {
            std::mem::swap(&mut lines, &mut *shard.lock());
            // A closed pipe is no reason to stop serving pages.
            let _ = out.write_all(&lines);
            lines.clear();
        }
        let _ = out.flush();
        shared.state.lock().rounds += 1;
        shared.changed.notify_all();
        if closed {
            return;
        }
    }
}
