//! The last day in memory: points every second for 15 minutes and every minute for 24 hours, made of the same registry as
//! /metrics, so that /ops needs no Prometheus and agrees with it. About 2 MB when all routes are busy all day.

mod totals;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Telemetry;
use super::label::{Route, Surface};
pub use totals::{
    Durations, LAG_BOUNDS, PoolTotals, QueryTotals, QueueTotals, REQUEST_BOUNDS, RouteTotals, SloTotals, Totals,
};

const SECOND: Duration = Duration::from_secs(1);
/// 15 minutes of seconds, and a day of minutes.
const SECONDS_KEPT: usize = 900;
const MINUTES_KEPT: usize = 1440;
const SECONDS_A_MINUTE: u64 = 60;
/// Between the totals that tables are made of, and how many: the last five minutes.
const TABLE_STEP: u64 = 10;
const TABLE_STEPS: usize = 31;
/// Between two counts of everything in /proc, which takes longer with many connections.
const PROCESS_STEP: u64 = 5;

/// What the charts show of one interval. NaN where there was nothing to measure.
#[derive(Clone, Debug)]
pub struct Point {
    /// Its end, in seconds since the epoch.
    pub at_s: f64,
    /// Visitors' requests.
    pub red: Red,
    /// Routes that were asked, by their index.
    pub routes: Box<[(u8, Red)]>,
    /// Share of pages that came from the cache.
    pub hit_ratio: f32,
    pub queries_per_s: f32,
    /// Seconds of database time a second.
    pub db_s_per_s: f32,
    pub pool_used: f32,
    pub pool_waiting: f32,
    pub active: f32,
    pub resident_bytes: f32,
    pub cpu: f32,
    pub lag_p95_s: f32,
}

/// Rate, errors, durations.
#[derive(Clone, Copy, Debug)]
pub struct Red {
    pub per_s: f32,
    pub errors_per_s: f32,
    pub p50_s: f32,
    pub p95_s: f32,
}

/// What the burn of an objective is made of, at the end of one minute.
type Judged = (f64, Vec<(u64, u64)>);

#[derive(Default)]
struct Held {
    seconds: VecDeque<Point>,
    minutes: VecDeque<Point>,
    tables: VecDeque<Totals>,
    judged: VecDeque<Judged>,
    last_second: Option<Totals>,
    last_minute: Option<Totals>,
    rounds: u64,
}

/// The points of one server.
#[derive(Default)]
pub struct Samples(Mutex<Held>);

/// How far back and how fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Second,
    Minute,
}

impl Samples {
    fn take(&self, now: Totals) {
        let mut held = self.0.lock();
        let round = held.rounds;
        held.rounds += 1;
        if let Some(before) = &held.last_second {
            let point = Point::between(before, &now);
            push(&mut held.seconds, point, SECONDS_KEPT);
        }
        if round.is_multiple_of(TABLE_STEP) {
            push(&mut held.tables, now.clone(), TABLE_STEPS);
        }
        if round.is_multiple_of(SECONDS_A_MINUTE) {
            if let Some(before) = &held.last_minute {
                let point = Point::between(before, &now);
                push(&mut held.minutes, point, MINUTES_KEPT);
            }
            let judged = now.slos.iter().map(|slo| (slo.good, slo.bad)).collect();
            push(&mut held.judged, (now.at_s, judged), MINUTES_KEPT);
            held.last_minute = Some(now.clone());
        }
        held.last_second = Some(now);
    }

    /// Points of one fineness, oldest first.
    pub fn points(&self, step: Step) -> Vec<Point> {
        let held = self.0.lock();
        let points = if step == Step::Second { &held.seconds } else { &held.minutes };
        points.iter().cloned().collect()
    }

    pub fn last_point(&self) -> Option<Point> {
        self.0.lock().seconds.back().cloned()
    }

    /// The totals at the start of the tables' window.
    pub fn window_start(&self) -> Option<Totals> {
        self.0.lock().tables.front().cloned()
    }

    /// How fast objective `at` uses its budget over the last `minutes`: 1 uses all of it in 30 days. `None` without an
    /// event.
    pub fn burn(&self, now: &Totals, at: usize, minutes: usize) -> Option<f64> {
        let slo = now.slos.get(at)?;
        let held = self.0.lock();
        let first = held.judged.len().saturating_sub(minutes);
        let (good, bad) = held.judged.get(first).and_then(|(_, judged)| judged.get(at)).copied().unwrap_or_default();
        let (good, bad) = (slo.good.saturating_sub(good), slo.bad.saturating_sub(bad));
        (good + bad > 0).then(|| bad as f64 / (good + bad) as f64 / (1.0 - slo.objective).max(1e-9))
    }
}

fn push<T>(ring: &mut VecDeque<T>, value: T, most: usize) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(value);
}

/// Requests of visitors, and those that were turned away at the door; not those of probes, of Prometheus or of `/ops`.
pub fn is_visitors(route: Route) -> bool {
    match route {
        Route::Rejected => true,
        Route::ApiHealth => false,
        _ => route.surface() != Surface::System,
    }
}

impl Red {
    /// Between two totals of one route, `seconds` apart.
    pub fn between(before: &RouteTotals, now: &RouteTotals, seconds: f64) -> Self {
        let durations = now.durations.since(&before.durations);
        Self {
            per_s: (durations.count as f64 / seconds) as f32,
            errors_per_s: (now.errors.saturating_sub(before.errors) as f64 / seconds) as f32,
            p50_s: durations.quantile_s(REQUEST_BOUNDS, 0.5) as f32,
            p95_s: durations.quantile_s(REQUEST_BOUNDS, 0.95) as f32,
        }
    }
}

impl Point {
    fn between(before: &Totals, now: &Totals) -> Self {
        let seconds = (now.at_s - before.at_s).max(0.001);
        let asked = |(at, now): (usize, &RouteTotals)| {
            let before = before.routes.get(at)?;
            (now.durations.count > before.durations.count).then(|| (at as u8, Red::between(before, now, seconds)))
        };
        let hits = now.page_hits.saturating_sub(before.page_hits) as f32;
        let misses = now.page_misses.saturating_sub(before.page_misses) as f32;
        let queries = |totals: &Totals| totals.queries.iter().map(|query| query.count).sum::<u64>();
        let db_s = |totals: &Totals| totals.queries.iter().map(|query| query.sum_s).sum::<f64>();
        let pools = |of: fn(&PoolTotals) -> f64| now.pools.iter().map(of).sum::<f64>() as f32;
        Self {
            at_s: now.at_s,
            red: Red::between(&before.together(is_visitors), &now.together(is_visitors), seconds),
            routes: now.routes.iter().enumerate().filter_map(asked).collect(),
            hit_ratio: hits / (hits + misses),
            queries_per_s: (queries(now).saturating_sub(queries(before)) as f64 / seconds) as f32,
            db_s_per_s: ((db_s(now) - db_s(before)).max(0.0) / seconds) as f32,
            pool_used: pools(|pool| pool.used),
            pool_waiting: pools(|pool| pool.waiting),
            active: now.active as f32,
            resident_bytes: now.resident_bytes as f32,
            cpu: ((now.cpu_s - before.cpu_s).max(0.0) / seconds) as f32,
            lag_p95_s: now.lag.since(&before.lag).quantile_s(LAG_BOUNDS, 0.95) as f32,
        }
    }
}

impl Telemetry {
    /// Takes a point every second; never ends.
    pub async fn keep_samples(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SECOND);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut round: u64 = 0;
        loop {
            ticks.tick().await;
            if round.is_multiple_of(PROCESS_STEP) {
                self.process.refresh(&self.families);
            }
            round += 1;
            self.samples.take(self.totals());
        }
    }

    /// The numbers as they are now.
    pub fn totals(&self) -> Totals {
        self.refresh();
        Totals::read(&self.families)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alerts_leave_out_the_same_routes_as_the_operations_page() {
        let alerts = include_str!("../../../alerts/vitrine-visitors.yml");
        let left_out = alerts.split("http_route!~\"").nth(1).and_then(|rest| rest.split('"').next());
        let left_out: Vec<&str> = left_out.expect("a selector of routes").split('|').collect();
        for route in Route::ALL {
            let matches = |pattern: &&str| match pattern.strip_suffix(".*") {
                Some(start) => route.as_str().starts_with(start),
                None => route.as_str() == *pattern,
            };
            assert_eq!(left_out.iter().any(matches), !is_visitors(*route), "{}", route.as_str());
        }
    }
}
