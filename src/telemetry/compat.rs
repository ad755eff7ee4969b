//! The families of django-prometheus, with their names and labels, made of our own at each scrape: dashboards and
//! alerts of a replaced Django system keep working during a move. Nothing is counted twice, and nothing is unbounded:
//! `view` is the route.
//!
//! Source of the names: django-prometheus (`middleware.py`, `db/metrics.py`, `cache/metrics.py`, `models.py`,
//! `migrations.py`); its client appends `_total` to counters that do not end so.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prometheus::proto::{Metric, MetricFamily};

/// How a family of django-prometheus is made.
struct Made {
    name: &'static str,
    help: &'static str,
    from: &'static str,
    what: What,
    /// Our label, and what Django calls it.
    labels: &'static [(&'static str, &'static str)],
    /// Samples that count: those with one of the values of a label, or, behind `!`, with none of them.
    only: &'static [(&'static str, &'static [&'static str])],
    /// Labels with one value.
    always: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy)]
enum What {
    /// The sum of counters or gauges.
    Value,
    /// How many a histogram observed.
    Count,
    Histogram,
}

const HTTP: &str = "http_server_request_duration_seconds";
const QUERY: &str = "db_client_operation_duration_seconds";
const CACHE: &str = "vitrine_cache_operations_total";
const EVENTS: &str = "vitrine_page_events_total";
const VIEW: (&str, &str) = ("http_route", "view");
const METHOD: (&str, &str) = ("http_request_method", "method");
const TRANSPORT: (&str, &str) = ("url_scheme", "transport");
const STATUS: (&str, &str) = ("http_response_status_code", "status");
const VENDOR: (&str, &str) = ("db_system_name", "vendor");
const ALIAS: &[(&str, &str)] = &[("alias", "default")];
const CONNECTION: &[(&str, &str)] = &[("connection", "default")];
/// Django counts what is executed, not the brackets around it.
const STATEMENTS: &[(&str, &[&str])] = &[("db_operation_name", &["read", "write"])];
const FAILED: &[(&str, &[&str])] = &[("!error_type", &["", "aborted"])];
const FAILED_QUERY: &[(&str, &[&str])] = &[("!error_type", &["", "cancelled"])];

const fn made(name: &'static str, from: &'static str, what: What, help: &'static str) -> Made {
    Made { name, help, from, what, labels: &[], only: &[], always: &[] }
}

const DJANGO: &[Made] = &[
    made("django_http_requests_before_middlewares_total", HTTP, What::Count, "Requests."),
    Made {
        only: &[("!error_type", &["aborted"])],
        ..made("django_http_responses_before_middlewares_total", HTTP, What::Count, "Answers.")
    },
    made("django_http_requests_latency_including_middlewares_seconds", HTTP, What::Histogram, "Time to answer."),
    Made {
        labels: &[VIEW, METHOD],
        ..made(
            "django_http_requests_latency_seconds_by_view_method",
            HTTP,
            What::Histogram,
            "Time to answer, by view and method.",
        )
    },
    Made {
        labels: &[METHOD],
        ..made("django_http_requests_total_by_method_total", HTTP, What::Count, "Requests by method.")
    },
    Made {
        labels: &[TRANSPORT],
        ..made("django_http_requests_total_by_transport_total", HTTP, What::Count, "Requests by transport.")
    },
    Made {
        labels: &[VIEW, TRANSPORT, METHOD],
        ..made(
            "django_http_requests_total_by_view_transport_method_total",
            HTTP,
            What::Count,
            "Requests by view, transport and method.",
        )
    },
    made(
        "django_http_requests_body_total_bytes",
        "http_server_request_body_size_bytes",
        What::Histogram,
        "Sizes of request bodies.",
    ),
    Made {
        labels: &[STATUS],
        ..made("django_http_responses_total_by_status_total", HTTP, What::Count, "Answers by status.")
    },
    Made {
        labels: &[STATUS, VIEW, METHOD],
        ..made(
            "django_http_responses_total_by_status_view_method_total",
            HTTP,
            What::Count,
            "Answers by status, view and method.",
        )
    },
    made(
        "django_http_responses_body_total_bytes",
        "http_server_response_body_size_bytes",
        What::Histogram,
        "Sizes of answers.",
    ),
    Made {
        labels: &[("template", "templatename")],
        ..made(
            "django_http_responses_total_by_templatename_total",
            "vitrine_template_render_duration_seconds",
            What::Count,
            "Answers by template.",
        )
    },
    Made {
        labels: &[("error_type", "type")],
        only: FAILED,
        ..made("django_http_exceptions_total_by_type_total", HTTP, What::Count, "Failures by type.")
    },
    Made {
        labels: &[VIEW],
        only: FAILED,
        ..made("django_http_exceptions_total_by_view_total", HTTP, What::Count, "Failures by view.")
    },
    Made {
        labels: &[VENDOR],
        only: STATEMENTS,
        always: ALIAS,
        ..made("django_db_execute_total", QUERY, What::Count, "Statements.")
    },
    Made {
        labels: &[VENDOR],
        only: FAILED_QUERY,
        always: ALIAS,
        ..made("django_db_errors_total", QUERY, What::Count, "Statements that failed.")
    },
    Made {
        labels: &[VENDOR],
        only: STATEMENTS,
        always: ALIAS,
        ..made("django_db_query_duration_seconds", QUERY, What::Histogram, "Time of a statement.")
    },
    Made {
        always: ALIAS,
        ..made(
            "django_db_new_connections_total",
            "db_client_connection_create_time_seconds",
            What::Count,
            "Connections opened.",
        )
    },
    Made {
        always: ALIAS,
        ..made(
            "django_db_new_connection_errors_total",
            "db_client_connection_timeouts_total",
            What::Value,
            "Connections that were not to be had.",
        )
    },
    Made {
        labels: &[("cache", "backend")],
        only: &[("operation", &["get"])],
        ..made("django_cache_get_total", CACHE, What::Value, "Reads of a cache.")
    },
    Made {
        labels: &[("cache", "backend")],
        only: &[("operation", &["get"]), ("result", &["hit", "stale"])],
        ..made("django_cache_get_hits_total", CACHE, What::Value, "Reads that found something.")
    },
    Made {
        labels: &[("cache", "backend")],
        only: &[("operation", &["get"]), ("result", &["miss"])],
        ..made("django_cache_get_misses_total", CACHE, What::Value, "Reads that found nothing.")
    },
    Made {
        labels: &[("cache", "backend")],
        only: &[("operation", &["get"]), ("result", &["error"])],
        ..made("django_cache_get_fail_total", CACHE, What::Value, "Reads that failed.")
    },
    Made {
        labels: &[("page_type", "model")],
        only: &[("event", &["create", "copy", "alias", "translate"])],
        ..made("django_model_inserts_total", EVENTS, What::Value, "Pages made.")
    },
    Made {
        labels: &[("page_type", "model")],
        only: &[("event", &["update", "publish", "unpublish", "move", "revert"])],
        ..made("django_model_updates_total", EVENTS, What::Value, "Pages changed.")
    },
    Made {
        labels: &[("page_type", "model")],
        only: &[("event", &["delete"])],
        ..made("django_model_deletes_total", EVENTS, What::Value, "Pages deleted.")
    },
    Made {
        always: CONNECTION,
        ..made("django_migrations_applied_total", "vitrine_db_migrations_applied", What::Value, "Migrations applied.")
    },
    Made {
        always: CONNECTION,
        ..made(
            "django_migrations_unapplied_total",
            "vitrine_db_migrations_pending",
            What::Value,
            "Migrations not applied.",
        )
    },
];

/// What one series comes to.
#[derive(Default)]
struct Sum {
    value: f64,
    count: u64,
    sum: f64,
    /// (upper bound, how many are at most that)
    buckets: Vec<(f64, u64)>,
}

/// The families of django-prometheus as text, made of `families`.
pub(super) fn django(families: &[MetricFamily]) -> String {
    let mut out = String::new();
    for made in DJANGO {
        let Some(family) = families.iter().find(|family| family.name() == made.from) else { continue };
        write(&mut out, made, &add_up(made, family));
    }
    out
}

fn add_up(made: &Made, family: &MetricFamily) -> BTreeMap<Vec<String>, Sum> {
    let mut sums: BTreeMap<Vec<String>, Sum> = BTreeMap::new();
    for metric in family.get_metric().iter().filter(|metric| counts(made, metric)) {
        let labels = made.labels.iter().map(|(ours, _)| value_of(metric, ours).to_owned()).collect();
        let sum = sums.entry(labels).or_default();
        let histogram = metric.get_histogram();
        sum.value += metric.get_counter().get_value() + metric.get_gauge().get_value();
        sum.count += histogram.get_sample_count();
        sum.sum += histogram.get_sample_sum();
        sum.buckets.resize(histogram.get_bucket().len(), (0.0, 0));
        for (bucket, known) in histogram.get_bucket().iter().zip(&mut sum.buckets) {
            *known = (bucket.upper_bound(), known.1 + bucket.cumulative_count());
        }
    }
    sums
}

fn counts(made: &Made, metric: &Metric) -> bool {
    made.only.iter().all(|(label, values)| match label.strip_prefix('!') {
        Some(label) => !values.contains(&value_of(metric, label)),
        None => values.contains(&value_of(metric, label)),
    })
}

fn value_of<'m>(metric: &'m Metric, label: &str) -> &'m str {
    metric.get_label().iter().find(|pair| pair.name() == label).map_or("", |pair| pair.value())
}

fn write(out: &mut String, made: &Made, sums: &BTreeMap<Vec<String>, Sum>) {
    if sums.is_empty() {
        return;
    }
    let name = made.name;
    let kind = match made.what {
        What::Histogram => "histogram",
        // Gauges whose name says otherwise: django-prometheus sets them once, at the start.
        _ if name.starts_with("django_migrations_") => "gauge",
        _ => "counter",
    };
    let _ = writeln!(out, "# HELP {name} {} As django-prometheus names it.\n# TYPE {name} {kind}", made.help);
    for (values, sum) in sums {
        let names = made.labels.iter().map(|(_, theirs)| *theirs);
        let pairs = names.zip(values.iter().map(String::as_str)).chain(made.always.iter().copied());
        let labels: Vec<String> = pairs.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = labels.join(",");
        let braced = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = match made.what {
            What::Value => writeln!(out, "{name}{braced} {}", sum.value),
            What::Count => writeln!(out, "{name}{braced} {}", sum.count),
            What::Histogram => write_histogram(out, name, &labels, &braced, sum),
        };
    }
}

fn write_histogram(out: &mut String, name: &str, labels: &str, braced: &str, sum: &Sum) -> std::fmt::Result {
    let comma = if labels.is_empty() { "" } else { "," };
    for (bound, count) in sum.buckets.iter().filter(|(bound, _)| bound.is_finite()) {
        writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}")?;
    }
    writeln!(out, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {}", sum.count)?;
    writeln!(out, "{name}_sum{braced} {}\n{name}_count{braced} {}", sum.sum, sum.count)
}

/// As the text format of Prometheus asks.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
