//! The queue of background work: in the transaction of what wants it, at least once, and never twice at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use vitrine::clock::Micros;
use vitrine::db::TxName;
use vitrine::jobs::{Failure, Handler, Jobs, NewJob, Priority, Run, Schedule, Task, queue};
use vitrine::telemetry::label::JobKind;

use crate::support::postgres::{execute, number};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, within_ms};

const KIND: JobKind = JobKind::PagePublish;
const TASK: JobKind = JobKind::ChangePrune;

/// What workers of a test did.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<Run>>>);

impl Diary {
    fn names(&self) -> Vec<String> {
        self.0.lock().iter().map(|run| run.payload["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn count(&self) -> usize {
        self.0.lock().len()
    }
}

/// Workers that end with it.
struct Worker {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Worker {
    fn start(jobs: &Arc<Jobs>, handlers: Vec<Handler>, tasks: Vec<Task>) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(jobs.clone().work(handlers, tasks, stop.clone(), Duration::from_millis(300)));
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("the worker ends");
    }
}

/// A handler that only notes what it was given.
fn noting(diary: &Diary) -> Handler {
    let diary = diary.clone();
    Handler::new(KIND, move |run| {
        diary.0.lock().push(run);
        async { Ok(()) }
    })
}

/// A server that leaves the queue to the test.
async fn without_workers(database: Database) -> (Server, Arc<Jobs>) {
    let server = Server::with(database, &[("server.role", "web")]).await;
    let jobs = server.content().jobs.clone();
    (server, jobs)
}

async fn enqueue(jobs: &Jobs, job: NewJob) -> i64 {
    let mut tx = jobs.db.begin(TxName("test.enqueue")).await.expect("the database answers");
    let id = queue::enqueue(&mut tx, &job).await.expect("it is enqueued");
    tx.commit().await.expect("it is committed");
    jobs.wake();
    id
}

fn named(name: &str) -> NewJob {
    NewJob::new(KIND, json!({ "name": name }))
}

fn in_ms(milliseconds: i64) -> Micros {
    Micros(Micros::now().0 + milliseconds * 1000)
}

async fn a_job_is_there_only_when_its_transaction_is(database: Database) {
    let (_server, jobs) = without_workers(database).await;
    let diary = Diary::default();
    let worker = Worker::start(&jobs, vec![noting(&diary)], Vec::new());
    let mut tx = jobs.db.begin(TxName("test.enqueue")).await.expect("the database answers");
    queue::enqueue(&mut tx, &named("never")).await.expect("it is enqueued");
    drop(tx);
    enqueue(&jobs, named("done")).await;
    eventually("the job is done and gone", SOON, async || {
        diary.count() == 1 && jobs.list(None).await.expect("an answer").is_empty()
    })
    .await;
    assert_eq!(diary.names(), ["done"]);
    worker.end().await;
}

async fn what_is_urgent_goes_first_and_what_is_later_waits(database: Database) {
    let (server, jobs) = without_workers(database).await;
    enqueue(&jobs, named("low").with_priority(Priority::Low)).await;
    let later = enqueue(&jobs, named("later").at(in_ms(3_600_000)).with_priority(Priority::High)).await;
    enqueue(&jobs, named("normal")).await;
    enqueue(&jobs, named("high").with_priority(Priority::High)).await;
    let diary = Diary::default();
    let worker = Worker::start(&jobs, vec![noting(&diary)], Vec::new());
    eventually("all that is due is done", SOON, async || diary.count() == 3).await;
    // The claims are in order; begun at the same time, the first to note is not always the first.
    assert!(diary.names().iter().all(|name| name != "later"), "{:?}", diary.names());
    let due = format!("UPDATE job SET run_at = {} WHERE id = {later}", Micros::now().0);
    execute(&server.database_url, &due).expect("written");
    eventually("it begins when it is due, not at some later look", within_ms(3_000), async || diary.count() == 4).await;
    assert_eq!(diary.names()[3], "later");
    worker.end().await;
}

async fn one_waits_under_a_key_and_the_last_one_counts(database: Database) {
    let (_server, jobs) = without_workers(database).await;
    let first = enqueue(&jobs, named("first").keyed("k").at(in_ms(60_000))).await;
    let second = enqueue(&jobs, named("second").keyed("k")).await;
    enqueue(&jobs, named("other").keyed("l")).await;
    assert_eq!(first, second, "it took the other's place");
    let mut tx = jobs.db.begin(TxName("test.cancel")).await.expect("the database answers");
    assert!(queue::cancel(&mut tx, KIND, "l").await.expect("an answer"));
    assert!(!queue::cancel(&mut tx, KIND, "m").await.expect("an answer"));
    tx.commit().await.expect("it is committed");
    let diary = Diary::default();
    let worker = Worker::start(&jobs, vec![noting(&diary)], Vec::new());
    eventually("it is done", SOON, async || diary.count() == 1).await;
    worker.end().await;
    assert_eq!(diary.names(), ["second"]);
    assert!(jobs.list(None).await.expect("an answer").is_empty());
}

async fn many_workers_do_each_job_once(database: Database) {
    let (server, jobs) = without_workers(database).await;
    const JOBS: usize = 200;
    let mut tx = jobs.db.begin(TxName("test.enqueue")).await.expect("the database answers");
    for number in 0..JOBS {
        queue::enqueue(&mut tx, &named(&number.to_string())).await.expect("it is enqueued");
    }
    tx.commit().await.expect("it is committed");
    let diary = Diary::default();
    let others = (0..3).map(|_| Jobs::new(jobs.db.clone(), server.running.site.app.telemetry.clone()));
    let all: Vec<_> = others.chain([jobs.clone()]).collect();
    let workers: Vec<_> = all.iter().map(|jobs| Worker::start(jobs, vec![noting(&diary)], Vec::new())).collect();
    eventually("all are done", SOON, async || jobs.list(None).await.expect("an answer").is_empty()).await;
    for worker in workers {
        worker.end().await;
    }
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    diary.names().into_iter().for_each(|name| *times.entry(name).or_default() += 1);
    assert_eq!(times.len(), JOBS);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_job_executions_total", &[("outcome", "success")]), JOBS as f64);
    assert_eq!(metrics.sum("vitrine_job_queue_delay_seconds_count", &[("queue", "publish")]), JOBS as f64);
}

async fn what_fails_is_tried_again_and_what_never_works_waits_for_somebody(database: Database) {
    let (server, jobs) = without_workers(database).await;
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let handler = Handler::new(KIND, move |run: Run| {
        let first = counted.fetch_add(1, SeqCst) == 0;
        async move {
            match run.payload["name"].as_str() {
                Some("hopeless") => Err(Failure::Never("there is no such page".into())),
                Some("panics") if first => panic!("a handler of a test"),
                _ => Ok(()),
            }
        }
    });
    let id = enqueue(&jobs, named("panics")).await;
    let worker = Worker::start(&jobs, vec![handler], Vec::new());
    eventually("it waits for its second attempt", SOON, async || {
        let listed = jobs.list(Some("waiting")).await.expect("an answer");
        listed.iter().any(|job| job.id == id && job.attempts == 1 && job.error.contains("a handler of a test"))
    })
    .await;
    eventually("the second attempt succeeds", SOON, async || tries.load(SeqCst) == 2).await;
    let hopeless = enqueue(&jobs, named("hopeless")).await;
    let is_dead = async || jobs.list(Some("dead")).await.expect("an answer").iter().any(|job| job.id == hopeless);
    eventually("it gave up", SOON, is_dead).await;
    assert_eq!(jobs.revive(Some(hopeless)).await.expect("an answer"), 1);
    eventually("it gave up again", SOON, async || tries.load(SeqCst) == 4 && is_dead().await).await;
    jobs.refresh_gauges().await.expect("an answer");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_jobs", &[("state", "dead")]), 1.0);
    assert_eq!(metrics.sum("vitrine_job_executions_total", &[("outcome", "dead")]), 2.0);
    assert_eq!(metrics.sum("vitrine_job_executions_total", &[("outcome", "retry")]), 1.0);
    assert_eq!(jobs.discard(None).await.expect("an answer"), 1);
    assert_eq!(jobs.revive(None).await.expect("an answer"), 0);
    worker.end().await;
}

async fn a_stop_gives_back_what_could_not_end(database: Database) {
    let (_server, jobs) = without_workers(database).await;
    let began = Arc::new(AtomicUsize::new(0));
    let counted = began.clone();
    let stuck = Handler::new(KIND, move |_| {
        counted.fetch_add(1, SeqCst);
        std::future::pending()
    });
    enqueue(&jobs, named("long")).await;
    let worker = Worker::start(&jobs, vec![stuck], Vec::new());
    eventually("it began", SOON, async || began.load(SeqCst) == 1).await;
    worker.end().await;
    let waiting = jobs.list(Some("waiting")).await.expect("an answer");
    assert_eq!(
        waiting.iter().map(|job| (job.attempts, job.error.as_str())).collect::<Vec<_>>(),
        [(0, "the server was stopped while it ran")]
    );
    let diary = Diary::default();
    let worker = Worker::start(&jobs, vec![noting(&diary)], Vec::new());
    eventually("another worker does it at once", SOON, async || diary.count() == 1).await;
    worker.end().await;
}

/// Until the lease of what runs was renewed so often.
async fn renewed(server: &Server, times: usize) {
    let until =
        || number(&server.database_url, "SELECT COALESCE(MAX(lease_until), 0) FROM job WHERE state = 'running'");
    for _ in 0..times {
        let known = until();
        eventually("the lease is renewed", SOON, async || until() > known).await;
    }
}

async fn what_a_dead_worker_held_is_done_by_another_and_a_long_one_keeps_its_lease(database: Database) {
    let (server, jobs) = without_workers(database).await;
    let telemetry = server.running.site.app.telemetry.clone();
    let with_lease = || Jobs::with_lease(jobs.db.clone(), telemetry.clone(), Duration::from_secs(5));
    let began = Arc::new(AtomicUsize::new(0));
    let counted = began.clone();
    let stuck = Handler::new(KIND, move |_| {
        counted.fetch_add(1, SeqCst);
        std::future::pending()
    });
    enqueue(&jobs, named("held")).await;
    let dead = Worker::start(&with_lease(), vec![stuck], Vec::new());
    eventually("it began", SOON, async || began.load(SeqCst) == 1).await;
    let diary = Diary::default();
    let may_end = CancellationToken::new();
    let (noted, waited) = (diary.clone(), may_end.clone());
    let slow = Handler::new(KIND, move |run| {
        let (diary, may_end) = (noted.clone(), waited.clone());
        async move {
            may_end.cancelled().await;
            diary.0.lock().push(run);
            Ok(())
        }
    });
    let worker = Worker::start(&with_lease(), vec![slow.clone()], Vec::new());
    let third = Worker::start(&with_lease(), vec![slow], Vec::new());
    // While it lives, however long it takes.
    renewed(&server, 2).await;
    assert_eq!((diary.count(), began.load(SeqCst)), (0, 1));
    // As with kill -9: nothing is given back.
    dead.task.abort();
    assert!(dead.task.await.is_err_and(|error| error.is_cancelled()));
    // Nobody waits for the lease of the dead in a test.
    execute(&server.database_url, &format!("UPDATE job SET lease_until = {}", Micros::now().0)).expect("written");
    let again = "job WHERE state = 'running' AND attempts = 2";
    eventually("another worker has it", SOON, async || server.rows(again) == 1).await;
    renewed(&server, 1).await;
    may_end.cancel();
    eventually("another worker has done it", SOON, async || jobs.list(None).await.expect("an answer").is_empty()).await;
    assert_eq!(diary.0.lock().iter().map(|run| run.attempt).collect::<Vec<_>>(), [2], "once, and its second attempt");
    worker.end().await;
    third.end().await;
}

async fn a_task_comes_back_once_for_all_nodes(database: Database) {
    let (server, jobs) = without_workers(database).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let handler = |runs: &Arc<AtomicUsize>| {
        let runs = runs.clone();
        Handler::new(TASK, move |_| {
            runs.fetch_add(1, SeqCst);
            async { Ok(()) }
        })
    };
    let task = Task { kind: TASK, schedule: Schedule::Every(Duration::from_secs(2)) };
    let other = Jobs::new(jobs.db.clone(), server.running.site.app.telemetry.clone());
    let began = Micros::now();
    let workers = [&jobs, &other].map(|jobs| Worker::start(jobs, vec![handler(&runs)], vec![task.clone()]));
    eventually("it came back", SOON, async || runs.load(SeqCst) >= 3).await;
    let passed_s = (Micros::now().0 - began.0) / 1_000_000;
    let most = 2 + passed_s as usize / 2;
    assert!(runs.load(SeqCst) <= most, "{} runs within {passed_s} s, for two nodes", runs.load(SeqCst));
    for worker in workers {
        worker.end().await;
    }
    jobs.refresh_gauges().await.expect("an answer");
    let metrics = server.metrics().await;
    let labels = [("kind", TASK.as_str())];
    assert_eq!(metrics.sum("vitrine_cron_interval_seconds", &labels), 2.0);
    assert!(metrics.sum("vitrine_cron_last_success_timestamp_seconds", &labels) * 1e6 >= began.0 as f64);
}

on_both_databases!(
    a_job_is_there_only_when_its_transaction_is,
    what_is_urgent_goes_first_and_what_is_later_waits,
    one_waits_under_a_key_and_the_last_one_counts,
    many_workers_do_each_job_once,
    what_fails_is_tried_again_and_what_never_works_waits_for_somebody,
    a_stop_gives_back_what_could_not_end,
    what_a_dead_worker_held_is_done_by_another_and_a_long_one_keeps_its_lease,
    a_task_comes_back_once_for_all_nodes,
);
