//! What carries a job out.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::telemetry::label::JobKind;

/// Time for one attempt unless a handler says otherwise.
const USUAL_TIMEOUT: Duration = Duration::from_secs(300);

/// One attempt at a job.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: i64,
    pub kind: JobKind,
    pub payload: Value,
    /// From 1.
    pub attempt: i64,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It may succeed later.
    #[error("{0}")]
    Later(String),
    /// It never will; somebody has to look.
    #[error("{0}")]
    Never(String),
}

impl From<crate::db::DbError> for Failure {
    fn from(error: crate::db::DbError) -> Self {
        Self::Later(error.to_string())
    }
}

impl Run {
    /// A number of the payload.
    ///
    /// # Errors
    /// When it is not there: no later attempt will find it.
    pub fn number(&self, name: &str) -> Result<i64, Failure> {
        let number = self.payload.get(name).and_then(Value::as_i64);
        number.ok_or_else(|| Failure::Never(format!("the payload has no number {name:?}: {}", self.payload)))
    }
}

type Work = Arc<dyn Fn(Run) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// How jobs of one kind are carried out.
#[derive(Clone)]
pub struct Handler {
    pub kind: JobKind,
    pub(super) timeout: Duration,
    work: Work,
}

impl Handler {
    /// `work` may be run again after it succeeded: its effects must be the same then.
    pub fn new<F>(kind: JobKind, work: impl Fn(Run) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let work: Work = Arc::new(move |run| Box::pin(work(run)));
        Self { kind, timeout: USUAL_TIMEOUT, work }
    }

    /// An attempt that takes longer is ended, and counts as failed.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(super) fn run(&self, run: Run) -> BoxFuture<'static, Result<(), Failure>> {
        (self.work)(run)
    }
}

/// The handlers of a process, by kind. Jobs of other kinds are left to processes that know them.
pub(super) fn by_kind(handlers: Vec<Handler>) -> HashMap<&'static str, Handler> {
    handlers.into_iter().map(|handler| (handler.kind.as_str(), handler)).collect()
}
