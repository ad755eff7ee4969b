//! The numbers of the registry that /ops shows, read where /metrics reads them: the handles of the same families.

use prometheus::core::Collector;
use prometheus::proto::{Histogram, Metric};

use crate::telemetry::Families;
use crate::telemetry::catalogue::{FAST, HTTP};
use crate::telemetry::label::{CacheName, CacheResult, JobQueue, JobState, PoolName, PoolState, Route, SloResult};

/// A histogram: how many took at most each bound, and altogether.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    pub count: u64,
    pub sum_s: f64,
    /// Cumulative, by bound.
    pub within: Vec<u64>,
}

impl Durations {
    fn add(&mut self, histogram: &Histogram) {
        self.count += histogram.get_sample_count();
        self.sum_s += histogram.get_sample_sum();
        self.within.resize(histogram.get_bucket().len(), 0);
        for (sum, bucket) in self.within.iter_mut().zip(histogram.get_bucket()) {
            *sum += bucket.cumulative_count();
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_s += other.sum_s;
        self.within.resize(self.within.len().max(other.within.len()), 0);
        for (sum, more) in self.within.iter_mut().zip(&other.within) {
            *sum += more;
        }
    }

    /// What came since `before`.
    pub fn since(&self, before: &Self) -> Self {
        let before_within = before.within.iter().copied().chain(std::iter::repeat(0));
        Self {
            count: self.count.saturating_sub(before.count),
            sum_s: (self.sum_s - before.sum_s).max(0.0),
            within: self.within.iter().zip(before_within).map(|(now, then)| now.saturating_sub(then)).collect(),
        }
    }

    /// The quantile `share`, in seconds, between bounds as Prometheus' `histogram_quantile` has it; NaN without any.
    pub fn quantile_s(&self, bounds: &[f64], share: f64) -> f64 {
        if self.count == 0 {
            return f64::NAN;
        }
        let rank = share * self.count as f64;
        let Some(at) = self.within.iter().position(|within| *within as f64 >= rank) else {
            return bounds.last().copied().unwrap_or(f64::NAN);
        };
        let (low, below) = if at == 0 { (0.0, 0) } else { (bounds[at - 1], self.within[at - 1]) };
        let inside = (self.within[at] - below) as f64;
        if inside == 0.0 { bounds[at] } else { low + (bounds[at] - low) * (rank - below as f64) / inside }
    }
}

#[derive(Clone, Debug, Default)]
pub struct RouteTotals {
    pub durations: Durations,
    /// Answers of 500 and above.
    pub errors: u64,
}

#[derive(Clone, Debug, Default)]
pub struct QueryTotals {
    pub name: String,
    pub count: u64,
    pub errors: u64,
    pub sum_s: f64,
}

#[derive(Clone, Debug, Default)]
pub struct PoolTotals {
    pub name: &'static str,
    pub used: f64,
    pub idle: f64,
    pub most: f64,
    pub waiting: f64,
}

/// Jobs of one queue that are not done.
#[derive(Clone, Debug, Default)]
pub struct QueueTotals {
    pub name: &'static str,
    /// By [`JobState`].
    pub jobs: Vec<f64>,
    pub oldest_s: f64,
}

#[derive(Clone, Debug, Default)]
pub struct SloTotals {
    pub name: String,
    pub objective: f64,
    pub good: u64,
    pub bad: u64,
}

/// All of it, at one time.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Seconds since the epoch.
    pub at_s: f64,
    /// By route.
    pub routes: Vec<RouteTotals>,
    pub queries: Vec<QueryTotals>,
    pub slos: Vec<SloTotals>,
    pub pools: Vec<PoolTotals>,
    pub queues: Vec<QueueTotals>,
    pub page_hits: u64,
    pub page_misses: u64,
    pub lag: Durations,
    pub active: f64,
    pub resident_bytes: f64,
    pub cpu_s: f64,
}

fn label<'m>(metric: &'m Metric, name: &str) -> &'m str {
    metric.get_label().iter().find(|pair| pair.name() == name).map_or("", |pair| pair.value())
}

/// Calls `each` for every series of a family.
fn each_series(family: &impl Collector, mut each: impl FnMut(&Metric)) {
    for family in family.collect() {
        family.get_metric().iter().for_each(&mut each);
    }
}

impl Totals {
    pub(super) fn read(families: &Families) -> Self {
        let none: &[&str] = &[];
        let page = |result: CacheResult| {
            families.cache_operations.with_label_values(&[CacheName::Page.as_str(), "get", result.as_str()]).get()
        };
        let mut lag = Durations::default();
        each_series(&families.event_loop_lag, |metric| lag.add(metric.get_histogram()));
        let mut active = 0.0;
        each_series(&families.http_active_requests, |metric| active += metric.get_gauge().get_value());
        Self {
            at_s: crate::clock::unix_seconds(),
            routes: routes(families),
            queries: queries(families),
            slos: slos(families),
            pools: PoolName::ALL.iter().map(|pool| pool_of(families, *pool)).collect(),
            queues: JobQueue::ALL.iter().map(|queue| queue_of(families, *queue)).collect(),
            page_hits: page(CacheResult::Hit),
            page_misses: page(CacheResult::Miss) + page(CacheResult::Stale),
            lag,
            active,
            resident_bytes: families.resident_memory.with_label_values(none).get(),
            cpu_s: families.cpu_seconds.with_label_values(none).get(),
        }
    }

    /// All routes that `wanted` takes, together.
    pub fn together(&self, wanted: impl Fn(Route) -> bool) -> RouteTotals {
        let mut all = RouteTotals::default();
        for (_, totals) in Route::ALL.iter().zip(&self.routes).filter(|(route, _)| wanted(**route)) {
            all.durations.merge(&totals.durations);
            all.errors += totals.errors;
        }
        all
    }
}

fn routes(families: &Families) -> Vec<RouteTotals> {
    let mut routes = vec![RouteTotals::default(); Route::ALL.len()];
    each_series(&families.http_request_duration, |metric| {
        let name = label(metric, Route::LABEL.name);
        let Some(at) = Route::ALL.iter().position(|route| route.as_str() == name) else { return };
        let totals = &mut routes[at];
        totals.durations.add(metric.get_histogram());
        if label(metric, "http_response_status_code").starts_with('5') {
            totals.errors += metric.get_histogram().get_sample_count();
        }
    });
    routes
}

fn queries(families: &Families) -> Vec<QueryTotals> {
    let mut queries: Vec<QueryTotals> = Vec::new();
    each_series(&families.db_operation_duration, |metric| {
        let name = label(metric, "db_query_summary");
        // Series of one query stand together more often than not.
        let at = queries.iter().rposition(|known| known.name == name).unwrap_or_else(|| {
            queries.push(QueryTotals { name: name.to_owned(), ..QueryTotals::default() });
            queries.len() - 1
        });
        let (totals, histogram) = (&mut queries[at], metric.get_histogram());
        totals.count += histogram.get_sample_count();
        totals.sum_s += histogram.get_sample_sum();
        if !label(metric, "error_type").is_empty() {
            totals.errors += histogram.get_sample_count();
        }
    });
    queries
}

fn slos(families: &Families) -> Vec<SloTotals> {
    let mut slos: Vec<SloTotals> = Vec::new();
    each_series(&families.slo_objective, |metric| {
        let (name, objective) = (label(metric, "slo").to_owned(), metric.get_gauge().get_value());
        let count = |result: SloResult| families.slo_events.with_label_values(&[name.as_str(), result.as_str()]).get();
        let (good, bad) = (count(SloResult::Good), count(SloResult::Bad));
        slos.push(SloTotals { name, objective, good, bad });
    });
    slos.sort_by(|one, other| one.name.cmp(&other.name));
    slos
}

fn pool_of(families: &Families, pool: PoolName) -> PoolTotals {
    let name = pool.as_str();
    let connections = |state: PoolState| families.db_connection_count.with_label_values(&[name, state.as_str()]).get();
    PoolTotals {
        name,
        used: connections(PoolState::Used),
        idle: connections(PoolState::Idle),
        most: families.db_connection_max.with_label_values(&[name]).get(),
        waiting: families.db_connection_pending.with_label_values(&[name]).get(),
    }
}

fn queue_of(families: &Families, queue: JobQueue) -> QueueTotals {
    let name = queue.as_str();
    let jobs = |state: &JobState| families.jobs.with_label_values(&[name, state.as_str()]).get();
    QueueTotals {
        name,
        jobs: JobState::ALL.iter().map(jobs).collect(),
        oldest_s: families.job_oldest_ready_age.with_label_values(&[name]).get(),
    }
}

/// Bounds of what is measured of requests, and of the lag.
pub const REQUEST_BOUNDS: &[f64] = HTTP;
pub const LAG_BOUNDS: &[f64] = FAST;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_the_bounds_as_prometheus_has_it() {
        let bounds = [0.1, 0.2, 0.4];
        let durations = Durations { count: 10, sum_s: 1.5, within: vec![4, 8, 10] };
        assert!((durations.quantile_s(&bounds, 0.5) - 0.125).abs() < 1e-9);
        assert!((durations.quantile_s(&bounds, 0.95) - 0.35).abs() < 1e-9);
        let beyond = Durations { count: 10, sum_s: 90.0, within: vec![0, 0, 1] };
        assert!((beyond.quantile_s(&bounds, 0.5) - 0.4).abs() < 1e-9, "the last bound stands for all beyond it");
        assert!(Durations::default().quantile_s(&bounds, 0.5).is_nan());
        let since = durations.since(&Durations { count: 4, sum_s: 0.5, within: vec![4, 4, 4] });
        assert_eq!(since.within, [0, 4, 6]);
    }
}
