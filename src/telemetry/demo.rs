//! Days of a company site that never was, as OpenMetrics: a fresh stack shows full dashboards and budgets at once.
//!
//! The site's traffic is played through the telemetry of a server, minute for minute, so that every name, label and
//! judgement is the binary's own. Nights are quiet, weekends quieter; there is a deploy a week, and one bad hour.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use http::StatusCode;
use prometheus::proto::{Metric, MetricFamily, MetricType};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::label::*;
use super::{Finished, Telemetry};
use crate::config::Config;

const DAY_S: i64 = 86_400;
/// Requests a second at the busiest time of a weekday, by route.
const TRAFFIC: &[(Route, f64, u16, f64)] = &[
    (Route::Page, 0.9, 200, 0.0012),
    (Route::Page, 0.1, 304, 0.0006),
    (Route::Static, 2.0, 200, 0.0004),
    (Route::Rendition, 0.8, 200, 0.0015),
    (Route::Search, 0.04, 200, 0.018),
    (Route::Feed, 0.03, 200, 0.002),
    (Route::Document, 0.01, 200, 0.003),
    (Route::Sitemap, 0.002, 200, 0.02),
    (Route::Unmatched, 0.05, 404, 0.0015),
];
/// One request in so many is a page that was not in the cache.
const MISSES: f64 = 0.06;
const QUERIES: &[(&str, f64)] = &[
    ("page.find_live_by_url", 0.0003),
    ("page.list_shown", 0.0005),
    ("snippet.list_shown", 0.0003),
    ("listing.list_beside", 0.0008),
];
const PAGE_TYPES: &[(&str, f64)] =
    &[("blog.BlogPage", 0.55), ("standard.StandardPage", 0.2), ("home.HomePage", 0.15), ("blog.BlogIndexPage", 0.1)];

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub days: u32,
    /// Seconds between two samples.
    pub step_s: u32,
    /// The last sample, in seconds since the epoch.
    pub until: i64,
    pub seed: u64,
}

/// How much was made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    pub series: usize,
    pub samples: usize,
}

/// Writes the history, telling `played` how many steps more are done.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: Plan, out: &mut impl Write, mut played: impl FnMut(u64)) -> io::Result<Made> {
    let steps = i64::from(plan.days) * DAY_S / i64::from(plan.step_s.max(1));
    let mut site = Site::open(plan)?;
    let mut history = History::default();
    for step in 0..=steps {
        let at = plan.until - (steps - step) * i64::from(plan.step_s);
        site.live(at, step * i64::from(plan.step_s));
        history.take(at, &site.telemetry.families.registry.gather());
        played(1);
    }
    history.write(out)
}

struct Site {
    telemetry: std::sync::Arc<Telemetry>,
    dice: StdRng,
    plan: Plan,
    /// How far into the history the bad hour begins.
    bad_hour_s: i64,
}

impl Site {
    fn open(plan: Plan) -> io::Result<Self> {
        let telemetry = Telemetry::start(&Config::default(), Box::new(io::sink()))?;
        let bad_hour_s = i64::from(plan.days) * DAY_S * 7 / 10;
        Ok(Self { telemetry, dice: StdRng::seed_from_u64(plan.seed), plan, bad_hour_s })
    }

    /// One step of the site's life.
    fn live(&mut self, at: i64, elapsed_s: i64) {
        let busy = busyness(at);
        let is_bad = (self.bad_hour_s..self.bad_hour_s + 3600).contains(&elapsed_s);
        for (route, rate, status, typical_s) in TRAFFIC {
            let count = self.times(rate * busy);
            for _ in 0..count {
                self.request(*route, *status, *typical_s, is_bad);
            }
        }
        for _ in 0..self.times(0.15 * busy) {
            self.visit();
        }
        if self.dice.random_bool((f64::from(self.plan.step_s) * busy / 9000.0).min(1.0)) {
            self.publish();
        }
        self.gauges(at, elapsed_s, busy);
    }

    /// How often something happens in a step, by its rate a second.
    fn times(&mut self, rate: f64) -> u32 {
        let wanted = rate * f64::from(self.plan.step_s) * self.dice.random_range(0.85..1.15);
        wanted as u32 + u32::from(self.dice.random_bool(wanted.fract()))
    }

    /// Times have a long tail: most are about typical, few are many times that.
    fn time(&mut self, typical_s: f64) -> Duration {
        let uniform: f64 = self.dice.random_range(0.0005..1.0);
        Duration::from_secs_f64(typical_s * (0.6 + 0.5 * -uniform.ln()))
    }

    fn request(&mut self, route: Route, status: u16, typical_s: f64, is_bad: bool) {
        let families = &self.telemetry.families;
        let missed = route == Route::Page && status == 200 && self.dice.random_bool(MISSES);
        let failed = route != Route::Static && self.dice.random_bool(if is_bad { 0.08 } else { 0.000_15 });
        let result = if missed { CacheResult::Miss } else { CacheResult::Hit };
        if route == Route::Page {
            let labels = [CacheName::Page.as_str(), CacheOperation::Read.as_str(), result.as_str()];
            families.cache_operations.with_label_values(&labels).inc();
        }
        let slow = if is_bad { 12.0 } else { 1.0 };
        let duration = self.time(typical_s * slow * if missed { 3.0 } else { 1.0 });
        if missed {
            self.queries(route, duration);
        }
        self.telemetry.request_started(Method::Get);
        self.telemetry.request_finished(&Finished {
            method: Method::Get,
            route,
            scheme: Scheme::Https,
            status: StatusCode::from_u16(if failed { 503 } else { status }).unwrap_or(StatusCode::OK),
            failure: if failed { Failure::Database } else { Failure::None },
            duration,
            response_bytes: self.dice.random_range(600..40_000),
        });
        if route == Route::Search {
            let outcome = if self.dice.random_bool(0.12) { SearchOutcome::Empty } else { SearchOutcome::Found };
            let families = &self.telemetry.families;
            families.search_queries.with_label_values(&[outcome.as_str()]).inc();
            families.search_duration.with_label_values(&[outcome.as_str()]).observe(duration.as_secs_f64());
        }
    }

    fn queries(&mut self, route: Route, duration: Duration) {
        let mut spent = 0.0;
        for (query, typical_s) in QUERIES {
            let time = self.time(*typical_s).as_secs_f64();
            spent += time;
            let labels = [DbSystem::Postgres.as_str(), query, DbOperation::Read.as_str(), DbFailure::None.as_str()];
            self.telemetry.families.db_operation_duration.with_label_values(&labels).observe(time);
        }
        let families = &self.telemetry.families;
        let route = route.as_str();
        families.db_queries_per_request.with_label_values(&[route]).observe(QUERIES.len() as f64);
        let rest = (duration.as_secs_f64() - spent).max(0.0);
        families.http_phase_seconds.with_label_values(&[route, Phase::Db.as_str()]).inc_by(spent);
        families.http_phase_seconds.with_label_values(&[route, Phase::Render.as_str()]).inc_by(rest);
        families.template_render_duration.with_label_values(&["page"]).observe(rest);
        families.db_connection_wait.with_label_values(&[PoolName::Read.as_str()]).observe(0.000_01);
        families.db_connection_use.with_label_values(&[PoolName::Read.as_str()]).observe(spent);
    }

    /// What a browser says of a page.
    fn visit(&mut self) {
        let mut share: f64 = self.dice.random();
        let page_type = PAGE_TYPES.iter().find(|(_, weight)| {
            share -= weight;
            share <= 0.0
        });
        let page_type = page_type.map_or(PAGE_TYPES[0].0, |(name, _)| name);
        let device = if self.dice.random_bool(0.6) { Device::Mobile } else { Device::Desktop };
        let slower = if device == Device::Mobile { 1.6 } else { 1.0 };
        let measured = [0.9, 0.06, 0.6, 0.15].map(|typical| self.time(typical * slower).as_secs_f64());
        let shift = (self.time(0.02).as_secs_f64() - 0.01).max(0.0);
        let families = &self.telemetry.families;
        let labels = [page_type, device.as_str()];
        let vitals =
            [&families.web_vital_lcp, &families.web_vital_inp, &families.web_vital_fcp, &families.web_vital_ttfb];
        for (family, value) in vitals.into_iter().zip(measured) {
            family.with_label_values(&labels).observe(value);
        }
        families.web_vital_cls.with_label_values(&labels).observe(shift);
        families.beacons.with_label_values(&[BeaconOutcome::Accepted.as_str()]).inc();
        families.page_views.with_label_values(&[page_type, Audience::Human.as_str()]).inc();
    }

    fn publish(&mut self) {
        let time = self.time(0.2);
        let families = &self.telemetry.families;
        let labels = [PageEvent::Publish.as_str(), PAGE_TYPES[0].0, Channel::Cli.as_str()];
        families.page_events.with_label_values(&labels).inc();
        families.publish_propagation.with_label_values::<&str>(&[]).observe(time.as_secs_f64());
        self.telemetry.publish_ended(Some(time));
    }

    fn gauges(&mut self, at: i64, elapsed_s: i64, busy: f64) {
        let noise: f64 = self.dice.random_range(0.95..1.05);
        let families = &self.telemetry.families;
        let week_s = elapsed_s % (7 * DAY_S);
        families.start_time.with_label_values::<&str>(&[]).set((at - week_s) as f64);
        families.resident_memory.with_label_values::<&str>(&[]).set((60e6 + 25e6 * (week_s as f64 / 6e5)) * noise);
        families.cpu_seconds.with_label_values::<&str>(&[]).inc_by(0.03 * busy * f64::from(self.plan.step_s) * noise);
        families.open_fds.with_label_values::<&str>(&[]).set((40.0 + 60.0 * busy * noise).round());
        families.max_fds.with_label_values::<&str>(&[]).set(524_288.0);
        families.ready.with_label_values::<&str>(&[]).set(1.0);
        for dependency in Dependency::ALL {
            families.dependency_up.with_label_values(&[dependency.as_str()]).set(1.0);
        }
        let live = (240 + elapsed_s / DAY_S) as f64;
        families.pages.with_label_values(&[PageState::Live.as_str(), PAGE_TYPES[0].0]).set(live);
        families.pages.with_label_values(&[PageState::Draft.as_str(), PAGE_TYPES[0].0]).set(12.0);
        families.db_size.with_label_values::<&str>(&[]).set(45e6 + 900.0 * (elapsed_s / 60) as f64);
        let volume = [Volume::Database.as_str()];
        families.storage_size.with_label_values(&volume).set(80e9);
        families.storage_free.with_label_values(&volume).set(52e9 - 1200.0 * elapsed_s as f64);
        for pool in PoolName::ALL {
            families.db_connection_max.with_label_values(&[pool.as_str()]).set(16.0);
            let used = (2.0 * busy * noise).round();
            let labels = |state: PoolState| [pool.as_str(), state.as_str()];
            families.db_connection_count.with_label_values(&labels(PoolState::Used)).set(used);
            families.db_connection_count.with_label_values(&labels(PoolState::Idle)).set(6.0 - used);
        }
    }
}

/// From 0.05 in a weekend's night to 1 on a weekday's noon.
fn busyness(at: i64) -> f64 {
    let hour = (at % DAY_S) as f64 / 3600.0;
    // The epoch was a Thursday.
    let is_weekend = matches!((at / DAY_S + 4) % 7, 0 | 6);
    let day = 0.5 - 0.5 * ((hour - 1.0) / 24.0 * std::f64::consts::TAU).cos();
    (0.1 + 0.9 * day) * if is_weekend { 0.5 } else { 1.0 }
}

/// One family: its help, its kind, and the samples of each series.
struct Recorded {
    help: String,
    kind: MetricType,
    series: BTreeMap<String, Vec<(i64, f64)>>,
}

/// Samples by family and series.
#[derive(Default)]
struct History {
    families: BTreeMap<String, Recorded>,
}

impl History {
    fn take(&mut self, at: i64, gathered: &[MetricFamily]) {
        for family in gathered {
            let name = family.name();
            let recorded = self.families.entry(name.to_owned()).or_insert_with(|| Recorded {
                help: family.help().to_owned(),
                kind: family.get_field_type(),
                series: BTreeMap::new(),
            });
            for metric in family.get_metric() {
                for (line, value) in samples(name, family.get_field_type(), metric) {
                    recorded.series.entry(line).or_default().push((at, value));
                }
            }
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<Made> {
        let mut made = Made { series: 0, samples: 0 };
        for (name, Recorded { help, kind, series }) in &self.families {
            let (name, kind) = match kind {
                MetricType::COUNTER => (name.strip_suffix("_total").unwrap_or(name), "counter"),
                MetricType::HISTOGRAM => (name.as_str(), "histogram"),
                _ => (name.as_str(), "gauge"),
            };
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
            // What never happened is left out: it would be half of the file.
            let happened = |values: &&Vec<(i64, f64)>| kind == "gauge" || values.iter().any(|(_, value)| *value > 0.0);
            for (line, values) in series.iter().filter(|(_, values)| happened(values)) {
                made.series += 1;
                made.samples += values.len();
                for (at, value) in values {
                    writeln!(out, "{line} {value} {at}")?;
                }
            }
        }
        writeln!(out, "# EOF")?;
        Ok(made)
    }
}

/// The lines of one metric, each without its value.
fn samples(name: &str, kind: MetricType, metric: &Metric) -> Vec<(String, f64)> {
    let own = metric.get_label().iter().map(|pair| format!("{}=\"{}\"", pair.name(), pair.value()));
    let target = ["job=\"vitrine\"".to_owned(), "instance=\"demo:9464\"".to_owned()];
    let labels = target.into_iter().chain(own).collect::<Vec<_>>().join(",");
    match kind {
        MetricType::HISTOGRAM => {
            let histogram = metric.get_histogram();
            let bucket = |bound: &str| format!("{name}_bucket{{{labels},le=\"{bound}\"}}");
            let buckets = histogram.get_bucket().iter().filter(|known| known.upper_bound().is_finite());
            let buckets =
                buckets.map(|known| (bucket(&known.upper_bound().to_string()), known.cumulative_count() as f64));
            let whole = histogram.get_sample_count() as f64;
            let ends = [
                (bucket("+Inf"), whole),
                (format!("{name}_sum{{{labels}}}"), histogram.get_sample_sum()),
                (format!("{name}_count{{{labels}}}"), whole),
            ];
            buckets.chain(ends).collect()
        }
        MetricType::COUNTER => vec![(format!("{name}{{{labels}}}"), metric.get_counter().get_value())],
        _ => vec![(format!("{name}{{{labels}}}"), metric.get_gauge().get_value())],
    }
}
