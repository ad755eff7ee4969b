//! What `/ops` shows, section by section, as HTML: the page is these sections, and a live event brings them anew.

use super::Ops;
use super::explain::time;
use super::html::{escape, table};
use crate::clock::Micros;
use crate::telemetry::label::{Dependency, JobState, Route};
use crate::telemetry::samples::{Red, Totals};

/// Rows of a table that can grow.
const MOST_ROWS: usize = 12;
/// Burn rates that page and that open a ticket, as the alerts have them.
const PAGING_BURN: f64 = 14.4;
const TICKET_BURN: f64 = 3.0;
/// Share of failed requests over the last seconds that is worth a headline.
const NOTABLE_ERRORS: f32 = 0.01;

/// A job that is due for longer is worth a look, in seconds: as long as the objective promises.
const LATE_JOB_S: f64 = 60.0;

/// A section: the id of its element and what is in it.
pub type Section = (&'static str, String);

impl Ops {
    pub(super) fn sections(&self) -> Vec<Section> {
        let now = self.app.telemetry.totals();
        let before = self.app.telemetry.samples.window_start().unwrap_or_default();
        let seconds = (now.at_s - before.at_s).clamp(1.0, 600.0);
        vec![
            ("state", self.state(&now)),
            ("build", self.build()),
            ("tiles", self.tiles(&now)),
            ("routes", routes(&before, &now, seconds)),
            ("queries", queries(&before, &now)),
            ("objectives", self.objectives(&now)),
            ("pools", pools(&now)),
            ("errors", self.errors()),
            ("changes", self.changes()),
            ("jobs", jobs(&now)),
        ]
    }

    /// The one sentence that on-call reads first.
    fn state(&self, now: &Totals) -> String {
        let families = &self.app.telemetry.families;
        let none: &[&str] = &[];
        let gone: Vec<&str> = Dependency::ALL
            .iter()
            .map(|dependency| dependency.as_str())
            .filter(|name| families.dependency_up.with_label_values(&[*name]).get() == 0.0)
            .collect();
        let burning = self.burning(now, PAGING_BURN);
        let red = self.app.telemetry.samples.last_point().map(|point| point.red);
        let failing = red.filter(|red| red.errors_per_s > red.per_s * NOTABLE_ERRORS && red.per_s > 0.0);
        let (class, text) = if self.app.draining.load(std::sync::atomic::Ordering::Relaxed) {
            ("warn", "Draining: this node finishes what it has and stops.".to_owned())
        } else if !self.app.opened.load(std::sync::atomic::Ordering::Relaxed) {
            ("warn", "Starting: the site is not open yet.".to_owned())
        } else if families.degraded.with_label_values(none).get() > 0.0 {
            (
                "bad",
                "The database is out of reach. Pages are served as they were last; nothing can be changed.".to_owned(),
            )
        } else if families.ready.with_label_values(none).get() == 0.0 && !gone.is_empty() {
            ("bad", format!("Not ready: {}.", gone.join(", ")))
        } else if let Some(name) = burning {
            ("bad", format!("The objective {name} burns its budget fast enough to page."))
        } else if let Some(red) = failing {
            ("warn", format!("{:.1} % of requests failed in the last second.", red.errors_per_s / red.per_s * 100.0))
        } else if let Some(name) = self.burning(now, TICKET_BURN) {
            ("warn", format!("The objective {name} uses its budget faster than it lasts."))
        } else {
            ("good", "All is well.".to_owned())
        };
        format!("<p class=\"state {class}\">{}</p>{}", escape(text), self.broken_on_purpose())
    }

    /// Whoever looks at night must not hunt for what a colleague injected.
    fn broken_on_purpose(&self) -> String {
        match self.app.faults.as_ref().map_or(0, |faults| faults.list().len()) {
            0 => String::new(),
            1 => "<p class=\"state warn\">A fault is injected on purpose.</p>".to_owned(),
            faults => format!("<p class=\"state warn\">{faults} faults are injected on purpose.</p>"),
        }
    }

    fn build(&self) -> String {
        let up = duration((Micros::now().0 - self.app.telemetry.changes.started.0) / 1_000_000);
        let (version, commit) = (env!("CARGO_PKG_VERSION"), crate::telemetry::COMMIT);
        format!("<p class=\"build\">Version {version} <code>{}</code>, up {up}</p>", escape(commit))
    }

    /// An objective whose short and long window both burn faster than `rate`.
    fn burning(&self, now: &Totals, rate: f64) -> Option<String> {
        let samples = &self.app.telemetry.samples;
        let fast = |at: usize, minutes| samples.burn(now, at, minutes).is_some_and(|burn| burn > rate);
        let at = (0..now.slos.len()).find(|at| fast(*at, 5) && fast(*at, 60))?;
        Some(now.slos[at].name.clone())
    }

    fn tiles(&self, now: &Totals) -> String {
        let Some(point) = self.app.telemetry.samples.last_point() else {
            return "<p class=\"nothing\">The first numbers come in a second.</p>".to_owned();
        };
        let (used, most) = now.pools.iter().fold((0.0, 0.0), |(used, most), pool| (used + pool.used, most + pool.most));
        let share = if point.red.per_s > 0.0 { point.red.errors_per_s / point.red.per_s } else { 0.0 };
        let tile = |name: &str, value: String, note: &str, class: &str| {
            format!("<div class=\"tile {class}\"><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>")
        };
        let mut out = String::from("<dl class=\"tiles\">");
        out += &tile("Requests", rate(point.red.per_s.into()), "per second", "");
        out += &tile("Failed", percent(share.into()), "of requests", if share > NOTABLE_ERRORS { "bad" } else { "" });
        out += &tile("Slowest 5 %", seconds(point.red.p95_s.into()), "or slower (p95)", "");
        out += &tile("From cache", percent(point.hit_ratio.into()), "of pages", "");
        let waiting = if point.pool_waiting > 0.0 { "bad" } else { "" };
        out += &tile("Connections", format!("{used:.0}"), &format!("of {most:.0} in use"), waiting);
        out += &tile("Memory", bytes(point.resident_bytes.into()), "resident", "");
        out + "</dl>"
    }

    fn objectives(&self, now: &Totals) -> String {
        let burn = |at: usize, minutes| match self.app.telemetry.samples.burn(now, at, minutes) {
            None => "–".to_owned(),
            Some(burn) => {
                let class = if burn > PAGING_BURN {
                    "bad"
                } else if burn > TICKET_BURN {
                    "warn"
                } else {
                    "ok"
                };
                format!("<span class=\"{class}\">{burn:.1}×</span>")
            }
        };
        let row = |(at, slo): (usize, &crate::telemetry::samples::SloTotals)| {
            vec![
                escape(&slo.name),
                format!("{} %", (slo.objective * 1e6).round() / 1e4),
                slo.good.to_string(),
                slo.bad.to_string(),
                burn(at, 5),
                burn(at, 60),
                burn(at, 360),
            ]
        };
        let rows: Vec<_> = now.slos.iter().enumerate().map(row).collect();
        let columns = ["Objective", "#Promised", "#Good", "#Bad", "#Burn 5 min", "#1 h", "#6 h"];
        table("table-objectives", &columns, &rows, "No objective is configured.")
    }

    fn errors(&self) -> String {
        let row = |group: &crate::telemetry::errors::ErrorGroup| {
            let id = escape(&group.trace_id);
            let short = id.get(..8).unwrap_or_default();
            let link = if id.is_empty() {
                String::new()
            } else {
                format!("<a href=\"/ops/traces/{id}\"><code>{short}</code></a>")
            };
            vec![ago(group.last), escape(&group.class), escape(group.route), group.count.to_string(), link]
        };
        let rows: Vec<_> = self.app.telemetry.errors.list().iter().take(MOST_ROWS).map(row).collect();
        table("table-errors", &["Last", "What", "Route", "#Times", "Trace"], &rows, "None since the start.")
    }

    fn changes(&self) -> String {
        let row = |change: &crate::telemetry::changes::Change| {
            vec![ago(change.at), format!("<span class=\"tag\">{}</span>", change.kind), escape(&change.text)]
        };
        let rows: Vec<_> = self.app.telemetry.changes.list().iter().take(MOST_ROWS).map(row).collect();
        table("table-changes", &["When", "What", "Which"], &rows, "None.")
    }
}

fn routes(before: &Totals, now: &Totals, seconds_between: f64) -> String {
    let empty = crate::telemetry::samples::RouteTotals::default();
    let mut rows: Vec<(f32, Vec<String>)> = Vec::new();
    for (at, (route, totals)) in
        Route::ALL.iter().zip(&now.routes).enumerate().filter(|(_, (_, of))| of.durations.count > 0)
    {
        let red = Red::between(before.routes.get(at).unwrap_or(&empty), totals, seconds_between);
        let share = if red.per_s > 0.0 { red.errors_per_s / red.per_s } else { 0.0 };
        let class = if share > NOTABLE_ERRORS { "bad" } else { "ok" };
        let row = vec![
            escape(route.as_str()),
            rate(red.per_s.into()),
            format!("<span class=\"{class}\">{}</span>", percent(share.into())),
            seconds(red.p50_s.into()),
            seconds(red.p95_s.into()),
            format!("<span data-route=\"{}\">{}</span>", escape(route.as_str()), totals.durations.count),
        ];
        rows.push((red.per_s, row));
    }
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    let columns = ["Route", "#Per second", "#Failed", "#p50", "#p95", "#Since start"];
    table("table-routes", &columns, &rows, "No request yet.")
}

/// The queries that took the most time, all runs together.
fn queries(before: &Totals, now: &Totals) -> String {
    let mut recent: Vec<(f64, Vec<String>)> = Vec::new();
    for query in &now.queries {
        let then = before.queries.iter().find(|known| known.name == query.name).cloned().unwrap_or_default();
        let (count, took_s) = (query.count.saturating_sub(then.count), query.sum_s - then.sum_s);
        if count == 0 {
            continue;
        }
        let errors = query.errors.saturating_sub(then.errors);
        let class = if errors > 0 { "bad" } else { "ok" };
        let row = vec![
            format!("<code>{}</code>", escape(&query.name)),
            count.to_string(),
            seconds(took_s / count as f64),
            seconds(took_s),
            format!("<span class=\"{class}\">{errors}</span>"),
        ];
        recent.push((took_s, row));
    }
    recent.sort_by(|one, other| other.0.total_cmp(&one.0));
    let rows: Vec<_> = recent.into_iter().take(MOST_ROWS).map(|(_, row)| row).collect();
    table(
        "table-queries",
        &["Query", "#Runs", "#Mean", "#Together", "#Failed"],
        &rows,
        "No query in the last five minutes.",
    )
}

fn pools(now: &Totals) -> String {
    let row = |pool: &crate::telemetry::samples::PoolTotals| {
        let class = if pool.waiting > 0.0 { "bad" } else { "ok" };
        vec![
            pool.name.to_owned(),
            format!("{:.0}", pool.used),
            format!("{:.0}", pool.idle),
            format!("{:.0}", pool.most),
            format!("<span class=\"{class}\">{:.0}</span>", pool.waiting),
        ]
    };
    let rows: Vec<_> = now.pools.iter().map(row).collect();
    table("table-pools", &["Pool", "#In use", "#Idle", "#At most", "#Waiting"], &rows, "None.")
}

fn jobs(now: &Totals) -> String {
    let row = |queue: &crate::telemetry::samples::QueueTotals| {
        let mut row = vec![queue.name.to_owned()];
        row.extend(JobState::ALL.iter().zip(&queue.jobs).map(|(state, jobs)| {
            let class = if *state == JobState::Dead && *jobs > 0.0 { "bad" } else { "ok" };
            format!("<span class=\"{class}\">{jobs:.0}</span>")
        }));
        let class = if queue.oldest_s > LATE_JOB_S { "bad" } else { "ok" };
        row.push(format!("<span class=\"{class}\">{}</span>", seconds(queue.oldest_s)));
        row
    };
    let rows: Vec<_> = now.queues.iter().map(row).collect();
    let columns = ["Queue", "#Ready", "#Scheduled", "#Retry", "#Running", "#Gave up", "#Oldest due"];
    table("table-jobs", &columns, &rows, "None.")
}

pub fn rate(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        ..10.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        value if value.is_nan() => "–".to_owned(),
        0.0 => "0 %".to_owned(),
        value @ (..1.0 | 99.0..100.0) => format!("{value:.1} %"),
        value => format!("{value:.0} %"),
    }
}

fn seconds(value: f64) -> String {
    if value.is_finite() { time((value * 1e6).max(0.0) as u64) } else { "–".to_owned() }
}

fn bytes(value: f64) -> String {
    if value >= 1e9 { format!("{:.1} GB", value / 1e9) } else { format!("{:.0} MB", value / 1e6) }
}

fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn ago(at: Micros) -> String {
    let whole = escape(at.to_rfc3339());
    let passed = duration((Micros::now().0 - at.0).max(0) / 1_000_000);
    format!("<time datetime=\"{whole}\" title=\"{whole}\">{passed} ago</time>")
}
