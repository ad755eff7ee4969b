//! Where log lines go: a bounded buffer and one writer thread, so that a slow terminal or pipe never slows a request.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use prometheus::IntCounter;

/// Bytes kept while the output does not keep up; lines beyond it are dropped and counted.
const MAX_BUFFER_BYTES: usize = 8 << 20;
/// How long lines are gathered before a write: one system call for many lines.
const GATHER: Duration = Duration::from_millis(10);

struct Shared {
    state: Mutex<State>,
    filled: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    writing: bool,
    closed: bool,
}

/// A handle to the writer thread; the thread ends when the last handle is dropped.
pub struct LogSink {
    shared: Arc<Shared>,
    dropped: IntCounter,
}

impl LogSink {
    /// Starts the writer thread on `out`.
    pub fn start(mut out: Box<dyn Write + Send>, dropped: IntCounter) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), filled: Condvar::new(), written: Condvar::new() });
        let theirs = shared.clone();
        std::thread::Builder::new().name("log-writer".into()).spawn(move || write_lines(&theirs, &mut out))?;
        Ok(Self { shared, dropped })
    }

    /// Appends one line; `line` ends with a newline.
    pub fn push(&self, line: &[u8]) {
        let mut state = self.shared.state.lock();
        if state.buffer.len() + line.len() > MAX_BUFFER_BYTES {
            drop(state);
            self.dropped.inc();
            return;
        }
        let was_empty = state.buffer.is_empty();
        state.buffer.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.shared.filled.notify_one();
        }
    }

    /// Waits until everything pushed so far is written, at most `limit`.
    pub fn flush(&self, limit: Duration) {
        let mut state = self.shared.state.lock();
        while !state.buffer.is_empty() || state.writing {
            if self.shared.written.wait_for(&mut state, limit).timed_out() {
                return;
            }
        }
    }
}

impl Drop for LogSink {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.filled.notify_one();
    }
}

fn write_lines(shared: &Shared, out: &mut Box<dyn Write + Send>) {
    let mut lines = Vec::new();
    loop {
        let mut state = shared.state.lock();
        while state.buffer.is_empty() {
            if state.closed {
                return;
            }
            shared.filled.wait(&mut state);
        }
        if !state.closed {
            drop(state);
            std::thread::sleep(GATHER);
            state = shared.state.lock();
        }
        std::mem::swap(&mut lines, &mut state.buffer);
        state.writing = true;
        drop(state);
        // A closed pipe is no reason to stop serving pages.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
        lines.clear();
        shared.state.lock().writing = false;
        shared.written.notify_all();
    }
}
