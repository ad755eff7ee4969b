//! Measuring one database operation, also when it fails or its caller goes away.

use std::borrow::Cow;
use std::time::Duration;

use super::Db;
use crate::telemetry::Timer;
use crate::telemetry::label::{DbFailure, DbOperation, Phase, PoolName};
use crate::telemetry::scope::{self, StepKind};
use crate::telemetry::traces;

/// Shorter waits for a connection are no step of a trace.
const TELLABLE: Duration = Duration::from_micros(100);
/// Who goes away after waiting so long for a connection has given up: while a pool is exhausted that is the follower of
/// changes, since visitors are not let wait any more then.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// An operation under way. Dropped without `finish`, it is recorded as cancelled.
pub(super) struct Operation<'d> {
    db: &'d Db,
    name: &'static str,
    kind: DbOperation,
    span: tracing::Span,
    timer: Timer,
    finished: bool,
}

impl<'d> Operation<'d> {
    pub(super) fn start(db: &'d Db, name: &'static str, kind: DbOperation) -> Self {
        let span = tracing::info_span!(
            target: traces::TARGET,
            "query",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            db.system.name = db.system().as_str(),
            db.query.summary = name,
            db.response.returned_rows = tracing::field::Empty,
            error.type = tracing::field::Empty,
        );
        Self { db, name, kind, span, timer: Timer::start(), finished: false }
    }

    /// `rows`: returned by a read, changed by a write.
    pub(super) fn finish(mut self, failure: DbFailure, rows: u64) {
        self.record(failure, rows);
    }

    fn record(&mut self, failure: DbFailure, rows: u64) {
        self.finished = true;
        let elapsed = self.timer.elapsed();
        let families = &self.db.telemetry.families;
        if failure != DbFailure::None {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", failure.as_str());
        }
        self.span.record("db.response.returned_rows", rows as i64);
        if self.db.telemetry.enabled {
            families
                .db_operation_duration
                .with_label_values(&[self.db.system().as_str(), self.name, self.kind.as_str(), failure.as_str()])
                .observe(elapsed.as_secs_f64());
            if self.kind == DbOperation::Read {
                families.db_returned_rows.with_label_values(&[self.name]).observe(rows as f64);
            }
        }
        scope::with_current(|scope| {
            scope.add(Phase::Db, elapsed);
            let kind = match self.kind {
                DbOperation::Read | DbOperation::Write => StepKind::Query,
                DbOperation::Begin | DbOperation::Commit => StepKind::Transaction,
            };
            scope.step(kind, Cow::Borrowed(self.name), elapsed, rows, failure.as_str());
        });
        if elapsed >= self.db.slow_query {
            families.db_slow_queries.with_label_values(&[self.name]).inc();
            tracing::warn!(query = self.name, seconds = elapsed.as_secs_f64(), rows, "slow query");
        }
    }
}

impl Drop for Operation<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.record(DbFailure::Cancelled, 0);
        }
    }
}

/// A wait for a connection; counts as pending until it is dropped.
pub(super) struct Wait<'d> {
    db: &'d Db,
    pool: PoolName,
    timer: Timer,
    may_create: bool,
    finished: bool,
}

impl<'d> Wait<'d> {
    /// `may_create`: no idle connection was there, so the pool may open one.
    pub(super) fn start(db: &'d Db, pool: PoolName, may_create: bool) -> Self {
        db.telemetry.families.db_connection_pending.with_label_values(&[pool.as_str()]).inc();
        Self { db, pool, timer: Timer::start(), may_create, finished: false }
    }

    /// `created`: the pool grew meanwhile.
    pub(super) fn finish<T>(mut self, result: &Result<T, sqlx::Error>, created: bool) {
        self.finished = true;
        let families = &self.db.telemetry.families;
        let waited = self.timer.elapsed();
        let failed = if result.is_err() { "no connection" } else { "" };
        scope::with_current(|scope| {
            scope.add(Phase::PoolWait, waited);
            if waited >= TELLABLE || result.is_err() {
                scope.step(StepKind::Pool, Cow::Borrowed(self.pool.as_str()), waited, 0, failed);
            }
        });
        if matches!(result, Err(sqlx::Error::PoolTimedOut)) {
            families.db_connection_timeouts.with_label_values(&[self.pool.as_str()]).inc();
        }
        if self.db.telemetry.enabled {
            families.db_connection_wait.with_label_values(&[self.pool.as_str()]).observe(waited.as_secs_f64());
            if self.may_create && created && result.is_ok() {
                families.db_connection_create.with_label_values(&[self.pool.as_str()]).observe(waited.as_secs_f64());
            }
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let families = &self.db.telemetry.families;
        families.db_connection_pending.with_label_values(&[self.pool.as_str()]).dec();
        if !self.finished && self.timer.elapsed() >= GIVEN_UP {
            families.db_connection_timeouts.with_label_values(&[self.pool.as_str()]).inc();
        }
    }
}

impl Db {
    pub(super) fn record_use(&self, pool: PoolName, used: Duration) {
        if self.telemetry.enabled {
            let families = &self.telemetry.families;
            families.db_connection_use.with_label_values(&[pool.as_str()]).observe(used.as_secs_f64());
        }
    }
}
