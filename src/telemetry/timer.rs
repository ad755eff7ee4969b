//! Monotonic time: the only place that starts a stopwatch.

use std::time::{Duration, Instant};

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Timer(Instant);

impl Timer {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    pub fn elapsed_s(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    /// Time from this stopwatch's start to that of `later`; zero when it did not start later.
    pub fn until(&self, later: &Timer) -> Duration {
        later.0.saturating_duration_since(self.0)
    }
}
