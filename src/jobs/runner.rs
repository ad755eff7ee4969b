//! Carrying jobs out: claims as many as there is room for, renews their leases, and writes down how they ended.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::handler::{Failure, Handler, Run, by_kind};
use super::queue::{Claimed, End};
use super::{Jobs, Task};
use crate::clock::Micros;
use crate::db::DbError;
use crate::telemetry::label::{JobKind, JobOutcome, JobQueue, WorkerState};
use crate::telemetry::scope::Scope;
use crate::telemetry::{Timer, TraceContext, logs};

/// Longest time between two looks at the queue: another process may have enqueued something.
const POLL: Duration = Duration::from_secs(1);
/// Between two looks at the tasks.
const LOOK_AROUND: Duration = Duration::from_secs(15);
/// Renewals within one lease.
const RENEWALS: u32 = 3;
/// Wait after the first failed attempt; doubled with each one, and up to half as much more or less.
const FIRST_BACKOFF: Duration = Duration::from_secs(5);
const LONGEST_BACKOFF: Duration = Duration::from_secs(3600);
/// Attempts to write down how a job ended while the database is away; then its lease ends, and it is run again.
const END_ATTEMPTS: u32 = 6;
const END_PAUSE: Duration = Duration::from_millis(100);

/// What one process does for the queue.
struct Worker {
    jobs: Arc<Jobs>,
    handlers: HashMap<&'static str, Handler>,
    kinds: Vec<String>,
    tasks: Vec<Task>,
    running: JoinSet<()>,
    held: HashMap<Id, Arc<Claimed>>,
    busy: HashMap<Id, JobQueue>,
    looked_around: Option<Timer>,
    next_task: Option<Micros>,
}

impl Jobs {
    /// Carries out jobs until `stop`; then those that run may finish within `drain`, and what is left is given back.
    pub async fn work(
        self: Arc<Self>,
        handlers: Vec<Handler>,
        tasks: Vec<Task>,
        stop: CancellationToken,
        drain: Duration,
    ) {
        let handlers = by_kind(handlers);
        let kinds = handlers.keys().map(|kind| (*kind).to_owned()).collect();
        let mut worker = Worker {
            jobs: self,
            handlers,
            kinds,
            tasks,
            running: JoinSet::new(),
            held: HashMap::new(),
            busy: HashMap::new(),
            looked_around: None,
            next_task: None,
        };
        while !stop.is_cancelled() {
            let wait = worker.round().await.unwrap_or_else(|error| {
                tracing::debug!(%error, "the queue is looked at again soon");
                POLL
            });
            worker.publish_workers();
            tokio::select! {
                () = stop.cancelled() => {}
                () = worker.jobs.enqueued.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(ended) = worker.running.join_next_with_id() => worker.forget(ended.map(|(id, ())| id)),
            }
        }
        worker.drain(drain).await;
    }
}

impl Worker {
    /// One look: begins what is due; how long to wait for the next one.
    async fn round(&mut self) -> Result<Duration, DbError> {
        if self.looked_around.is_none_or(|timer| timer.elapsed() >= LOOK_AROUND) {
            if self.looked_around.is_none() {
                self.jobs.keep_tasks(&self.tasks).await?;
            }
            self.next_task = self.jobs.enqueue_due_tasks(&self.tasks).await?;
            self.looked_around = Some(Timer::start());
        } else if self.next_task.is_some_and(|at| at <= Micros::now()) {
            self.next_task = self.jobs.enqueue_due_tasks(&self.tasks).await?;
        }
        let room = self.room();
        let queues = room.iter().map(|(queue, _)| queue.as_str().to_owned()).collect();
        let next = self.jobs.next(&self.kinds, queues).await?;
        let now = Micros::now().0;
        if next.lease_until.is_some_and(|at| at <= now) {
            self.jobs.reclaim().await?;
            return Ok(Duration::ZERO);
        }
        if next.run_at.is_some_and(|at| at <= now) {
            for (queue, free) in room {
                let until = after(self.jobs.lease);
                for claimed in self.jobs.claim(queue, &self.kinds, free, until).await? {
                    self.begin(queue, claimed);
                }
            }
            // What is left needs a place that is free, which the end of a job tells.
            return Ok(if self.room().is_empty() { POLL } else { Duration::from_millis(10) });
        }
        let due = [next.run_at, next.lease_until, self.next_task.map(|at| at.0)].into_iter().flatten().min();
        Ok(due.map_or(POLL, |at| Duration::from_micros((at - now).max(0).unsigned_abs())).min(POLL))
    }

    /// Queues that have a free place, and how many.
    fn room(&self) -> Vec<(JobQueue, usize)> {
        let free = |queue: JobQueue| {
            let busy = self.busy.values().filter(|of| **of == queue).count();
            queue.workers().saturating_sub(busy)
        };
        JobQueue::ALL.iter().map(|queue| (*queue, free(*queue))).filter(|(_, free)| *free > 0).collect()
    }

    fn begin(&mut self, queue: JobQueue, claimed: Claimed) {
        let Some(handler) = self.handlers.get(claimed.kind.as_str()).cloned() else { return };
        let claimed = Arc::new(claimed);
        let is_task = self.tasks.iter().any(|task| task.kind == handler.kind);
        let work = carry_out(self.jobs.clone(), handler, queue, claimed.clone(), is_task);
        let id = self.running.spawn(work).id();
        self.held.insert(id, claimed);
        self.busy.insert(id, queue);
    }

    fn forget(&mut self, ended: Result<Id, tokio::task::JoinError>) {
        let id = ended.unwrap_or_else(|error| error.id());
        self.held.remove(&id);
        self.busy.remove(&id);
    }

    fn publish_workers(&self) {
        let all: usize = JobQueue::ALL.iter().map(|queue| queue.workers()).sum();
        let workers = &self.jobs.telemetry.families.job_workers;
        workers.with_label_values(&[WorkerState::Busy.as_str()]).set(self.busy.len() as f64);
        workers.with_label_values(&[WorkerState::Idle.as_str()]).set((all - self.busy.len().min(all)) as f64);
    }

    async fn drain(mut self, time: Duration) {
        let all_ended = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                self.held.remove(&id);
            }
        };
        let _ = tokio::time::timeout(time, all_ended).await;
        self.running.shutdown().await;
        for claimed in self.held.values() {
            tracing::warn!(kind = %claimed.kind, job = claimed.id, "a job was ended by the stop of the server, and waits again");
            let error = "the server was stopped while it ran".to_owned();
            let given_back = self.jobs.end(claimed, &End::Again { at: Micros::now(), error, counts: false }).await;
            if let Err(error) = given_back {
                tracing::warn!(%error, "a job could not be given back: it waits until its lease ends");
            }
        }
        self.busy.clear();
        self.publish_workers();
    }
}

/// One attempt, from its start to what is written down of it.
async fn carry_out(jobs: Arc<Jobs>, handler: Handler, queue: JobQueue, claimed: Arc<Claimed>, is_task: bool) {
    let delay_s = (Micros::now().0 - claimed.run_at).max(0) as f64 / 1e6;
    let families = &jobs.telemetry.families;
    families.job_queue_delay.with_label_values(&[queue.as_str()]).observe(delay_s);
    jobs.telemetry.job_began(Duration::from_secs_f64(delay_s));
    let timer = Timer::start();
    let scope = Scope::new(TraceContext::accept(None));
    let result = scope.run(attempt(&jobs, &handler, &claimed)).await;
    let kind = handler.kind;
    families.job_duration.with_label_values(&[kind.as_str()]).observe(timer.elapsed_s());
    let Some(result) = result else {
        count(&jobs, kind, JobOutcome::Lost);
        tracing::warn!(kind = kind.as_str(), job = claimed.id, "the lease of a job was lost: another worker has it");
        return;
    };
    let (outcome, end) = conclude(kind, &claimed, result);
    match &end {
        End::Done => {}
        End::Again { error, .. } => {
            tracing::warn!(
                kind = kind.as_str(),
                job = claimed.id,
                attempt = claimed.attempts,
                "a job failed and is tried again: {error}"
            );
        }
        End::Dead(error) => {
            tracing::error!(kind = kind.as_str(), job = claimed.id, attempt = claimed.attempts, trace = %claimed.trace_id, "a job gave up: {error}");
        }
    }
    if matches!(end, End::Done)
        && is_task
        && let Err(error) = jobs.task_succeeded(kind).await
    {
        tracing::debug!(%error, "the success of a task was not noted");
    }
    count(&jobs, kind, outcome);
    for round in 0..END_ATTEMPTS {
        match jobs.end(&claimed, &end).await {
            Ok(_) => return,
            Err(error) => tracing::debug!(%error, "the end of a job is written down again soon"),
        }
        tokio::time::sleep(END_PAUSE * 2_u32.pow(round)).await;
    }
}

/// `None` when the lease was lost.
async fn attempt(jobs: &Jobs, handler: &Handler, claimed: &Claimed) -> Option<Result<(), Failure>> {
    if claimed.attempts > handler.kind.max_attempts() {
        return Some(Err(Failure::Never(format!(
            "its worker was gone {} times before it ended",
            claimed.attempts - 1
        ))));
    }
    let payload = match serde_json::from_str(&claimed.payload) {
        Ok(payload) => payload,
        Err(error) => return Some(Err(Failure::Never(format!("the payload is no JSON: {error}")))),
    };
    let run = Run { id: claimed.id, kind: handler.kind, payload, attempt: claimed.attempts };
    let work = AssertUnwindSafe(tokio::time::timeout(handler.timeout, handler.run(run))).catch_unwind();
    let result = tokio::select! {
        result = work => result,
        () = until_lost(jobs, claimed) => return None,
    };
    Some(match result {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::Later(format!("it took longer than {} s", handler.timeout.as_secs()))),
        Err(panic) => Err(Failure::Later(format!("it panicked: {}", logs::panic_text(&*panic)))),
    })
}

/// Renews the lease until it is lost. While the database is away it is kept as long as it would last.
async fn until_lost(jobs: &Jobs, claimed: &Claimed) {
    let mut renewed = Timer::start();
    loop {
        tokio::time::sleep(jobs.lease / RENEWALS).await;
        match jobs.renew(claimed, after(jobs.lease)).await {
            Ok(true) => renewed = Timer::start(),
            Ok(false) => return,
            Err(_) if renewed.elapsed() >= jobs.lease => return,
            Err(_) => {}
        }
    }
}

fn conclude(kind: JobKind, claimed: &Claimed, result: Result<(), Failure>) -> (JobOutcome, End) {
    match result {
        Ok(()) => (JobOutcome::Success, End::Done),
        Err(Failure::Later(error)) if claimed.attempts < kind.max_attempts() => {
            let at = after(backoff(claimed.attempts, rand::random()));
            (JobOutcome::Retry, End::Again { at, error, counts: true })
        }
        Err(Failure::Later(error) | Failure::Never(error)) => (JobOutcome::Dead, End::Dead(error)),
    }
}

/// `chance` from 0 to 1: half of the wait to one and a half of it.
fn backoff(attempts: i64, chance: f64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF).mul_f64(0.5 + chance)
}

fn after(time: Duration) -> Micros {
    Micros(Micros::now().0.saturating_add(time.as_micros() as i64))
}

fn count(jobs: &Jobs, kind: JobKind, outcome: JobOutcome) {
    jobs.telemetry.families.job_executions.with_label_values(&[kind.as_str(), outcome.as_str()]).inc();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_differ() {
        let seconds = |attempts| backoff(attempts, 0.5).as_secs();
        assert_eq!([1, 2, 3, 5].map(seconds), [5, 10, 20, 80]);
        assert_eq!(seconds(60), 3600);
        assert_eq!((backoff(1, 0.0), backoff(1, 1.0)), (Duration::from_millis(2500), Duration::from_millis(7500)));
    }
}
