//! Work of requests that is done to its end, also when nobody waits for it any more: half done and forgotten it would be
//! when a client goes away, or when a request takes longer than it may.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span};

use crate::config;
use crate::telemetry::scope;

/// Work that waits to be begun; whoever brings more waits with it.
const MAX_WAITING: usize = 64;
/// Work may go on for so much longer than any request may.
const BEYOND: Duration = Duration::from_secs(30);

/// Work that somebody has to do: tasks are started by `serve` alone.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes work that is done to its end.
#[derive(Clone, Debug)]
pub struct Finisher {
    work: mpsc::Sender<Work>,
    longest: Duration,
}

/// It took too long, or the server stopped.
#[derive(Clone, Copy, Debug)]
pub struct Unfinished;

/// The longest time that something takes which a request asked for.
pub fn longest(server: &config::Server) -> Duration {
    server.request_timeout().max(server.upload_timeout()) + BEYOND
}

impl Finisher {
    /// With the end that the work comes out of.
    pub fn new(server: &config::Server) -> (Self, mpsc::Receiver<Work>) {
        let (work, waiting) = mpsc::channel(MAX_WAITING);
        (Self { work, longest: longest(server) }, waiting)
    }

    /// Does it within the current request, as far as somebody waits for it, and to its end in any case. A panic comes back.
    ///
    /// # Errors
    /// When it did not come to an end.
    pub async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Unfinished> {
        let (tell, told) = oneshot::channel();
        let work = tokio::time::timeout(self.longest, AssertUnwindSafe(work).catch_unwind());
        let work = async move {
            if let Ok(done) = work.await {
                // Of those who are gone there is nobody to tell.
                let _ = tell.send(done);
            }
        };
        let work = work.instrument(Span::current());
        let work: Work = match scope::current() {
            Some(scope) => Box::pin(scope.run(work)),
            None => Box::pin(work),
        };
        self.work.send(work).await.map_err(|_| Unfinished)?;
        match told.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(Unfinished),
        }
    }
}
