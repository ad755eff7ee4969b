//! The async runtime: worker time, tasks, and how late timers fire.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::catalogue::{Family, Kind};
use super::{Telemetry, Timer};

const LAG_INTERVAL: Duration = Duration::from_millis(100);
const RUNTIME_INTERVAL: Duration = Duration::from_secs(5);

/// Families that libraries write through the `metrics` facade (tokio-metrics), under these names and no other.
pub const FACADE: &[Family] = &[
    Family {
        group: "Runtime",
        name: "tokio_workers",
        kind: Kind::Gauge,
        unit: "threads",
        labels: &[],
        help: "Runtime worker threads.",
    },
    Family {
        group: "Runtime",
        name: "tokio_alive_tasks",
        kind: Kind::Gauge,
        unit: "tasks",
        labels: &[],
        help: "Live tasks.",
    },
    Family {
        group: "Runtime",
        name: "tokio_global_queue_depth",
        kind: Kind::Gauge,
        unit: "tasks",
        labels: &[],
        help: "Tasks in the injection queue.",
    },
];

/// The sink for libraries that write through the `metrics` facade: families that are not in the catalogue go nowhere.
pub(super) struct Facade {
    recorder: Catalogued,
    handle: PrometheusHandle,
}

struct Catalogued(PrometheusRecorder);

impl Facade {
    pub(super) fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        for family in FACADE {
            recorder.describe_gauge(family.name.into(), None, family.help.into());
        }
        Self { handle: recorder.handle(), recorder: Catalogued(recorder) }
    }

    pub(super) fn render(&self) -> String {
        self.handle.render()
    }

    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

fn is_catalogued(name: &str) -> bool {
    FACADE.iter().any(|family| family.name == name)
}

impl Recorder for Catalogued {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        if is_catalogued(key.name()) { self.0.register_counter(key, metadata) } else { Counter::noop() }
    }
    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        if is_catalogued(key.name()) { self.0.register_gauge(key, metadata) } else { Gauge::noop() }
    }
    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        if is_catalogued(key.name()) { self.0.register_histogram(key, metadata) } else { Histogram::noop() }
    }
}

impl Telemetry {
    /// Watches the runtime it runs on; never ends.
    pub async fn watch_runtime(self: Arc<Self>) {
        let handle = tokio::runtime::Handle::current();
        self.before_scrape(move |families| {
            let runtime = handle.metrics();
            for worker in 0..runtime.num_workers() {
                let busy = runtime.worker_total_busy_duration(worker).as_secs_f64();
                let counter = families.worker_busy.with_label_values(&[&worker.to_string()]);
                counter.inc_by((busy - counter.get()).max(0.0));
            }
        });
        let reporter = metrics::with_local_recorder(&self.facade.recorder, || {
            tokio_metrics::RuntimeMetricsReporterBuilder::default()
                .with_interval(RUNTIME_INTERVAL)
                .with_metrics_transformer(|name| {
                    Key::from_static_name(match name {
                        "tokio_workers_count" => "tokio_workers",
                        "tokio_live_tasks_count" => "tokio_alive_tasks",
                        other => other,
                    })
                })
                .build()
        });
        tokio::join!(reporter.run(), self.watch_lag(), self.keep_facade());
    }

    async fn keep_facade(&self) {
        loop {
            tokio::time::sleep(RUNTIME_INTERVAL).await;
            self.facade.upkeep();
        }
    }

    async fn watch_lag(&self) {
        let lag = self.families.event_loop_lag.with_label_values::<&str>(&[]);
        loop {
            let timer = Timer::start();
            tokio::time::sleep(LAG_INTERVAL).await;
            lag.observe(timer.elapsed().saturating_sub(LAG_INTERVAL).as_secs_f64());
        }
    }
}
