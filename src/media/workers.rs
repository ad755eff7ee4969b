//! Work on pixels: on blocking threads, so many at a time, and large pictures alone, since each takes hundreds of
//! megabytes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Pictures with more pixels are worked on alone; their pixels take 128 MB and more.
const LARGE_PX: u64 = 32_000_000;

/// The workers of one server.
#[derive(Clone)]
pub(super) struct Workers {
    seats: Arc<Semaphore>,
    count: u32,
}

/// A seat taken: the work may begin.
pub(super) struct Seat {
    _permit: OwnedSemaphorePermit,
}

/// The work panicked, with this text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Panicked(pub(super) String);

impl Workers {
    /// `count` workers; 0: half as many as there are processors, at least one.
    pub(super) fn new(count: usize) -> Self {
        let half = || std::thread::available_parallelism().map_or(1, |all| all.get() / 2).max(1);
        let count = if count == 0 { half() } else { count };
        Self { seats: Arc::new(Semaphore::new(count)), count: count as u32 }
    }

    /// Waits for a worker for a picture of so many pixels. Whoever bounds the callers bounds the queue.
    pub(super) async fn seat(&self, pixels: u64) -> Seat {
        let seats = if pixels > LARGE_PX { self.count } else { 1 };
        let permit = self.seats.clone().acquire_many_owned(seats).await;
        Seat { _permit: permit.expect("the semaphore is never closed") }
    }

    /// Does the work on a blocking thread. It goes on when nobody waits for it any more, and holds its seat until it is
    /// done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        seat: Seat,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let guarded = move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            drop(seat);
            result.map_err(|panic| Panicked(text_of(&*panic)))
        };
        match tokio::task::spawn_blocking(guarded).await {
            Ok(result) => result,
            Err(stopped) => Err(Panicked(stopped.to_string())),
        }
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    crate::telemetry::logs::panic_text(panic).to_owned()
}
