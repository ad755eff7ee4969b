//! Exemplars: for each route and bucket of the request durations, the last trace that the flight recorder kept of it, so
//! that a dot on a heatmap leads to `/ops/traces`. They are shown in the OpenMetrics form of /metrics alone.

use std::collections::HashMap;
use std::fmt::Write as _;

use parking_lot::Mutex;

use super::catalogue::HTTP;
use super::{Finished, Telemetry};

/// What Prometheus asks for when it keeps exemplars.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const BUCKETS: &str = "http_server_request_duration_seconds_bucket{";

struct Exemplar {
    /// The labels of its bucket as the page has them: the trace must have been counted there.
    labels: String,
    trace_id: String,
    seconds: f64,
    /// Seconds since the epoch.
    at_s: f64,
}

/// One for each route and bucket: a few hundred at most.
#[derive(Default)]
pub(super) struct Exemplars(Mutex<HashMap<(u8, u8), Exemplar>>);

impl Exemplars {
    /// Notes a request whose trace was kept.
    pub(super) fn note(&self, of: &Finished, trace_id: &str) {
        let seconds = of.duration.as_secs_f64();
        let bucket = HTTP.iter().position(|bound| seconds <= *bound).unwrap_or(HTTP.len());
        let bound = HTTP.get(bucket).map_or("+Inf".to_owned(), f64::to_string);
        // In the order of their names, as the encoder sorts them.
        let labels = format!(
            "error_type=\"{}\",http_request_method=\"{}\",http_response_status_code=\"{}\",http_route=\"{}\",url_scheme=\"{}\",le=\"{bound}\"",
            of.failure.as_str(),
            of.method.as_str(),
            of.status.as_str(),
            of.route.as_str(),
            of.scheme.as_str(),
        );
        let exemplar = Exemplar { labels, trace_id: trace_id.to_owned(), seconds, at_s: crate::clock::unix_seconds() };
        self.0.lock().insert((of.route as u8, bucket as u8), exemplar);
    }
}

impl Telemetry {
    /// As [`Telemetry::render`], as OpenMetrics 1.0 with exemplars.
    pub fn render_openmetrics(&self) -> String {
        let page = self.render();
        let exemplars = self.exemplars.0.lock();
        let by_labels: HashMap<_, _> =
            exemplars.values().map(|exemplar| (exemplar.labels.as_str(), exemplar)).collect();
        openmetrics(&page, &by_labels)
    }
}

/// The text format as OpenMetrics: counters are named without `_total`, and the page has an end.
fn openmetrics(page: &str, exemplars: &HashMap<&str, &Exemplar>) -> String {
    let kinds: HashMap<&str, &str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let mut out = String::with_capacity(page.len() + page.len() / 16);
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            let _ = writeln!(out, "# HELP {} {}", family(name, &kinds).0, help.replace('"', "\\\""));
        } else if let Some((name, _)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (name, kind) = family(name, &kinds);
            let _ = writeln!(out, "# TYPE {name} {kind}");
        } else {
            out.push_str(line);
            let labels = line.strip_prefix(BUCKETS).and_then(|rest| rest.rsplit_once('}')).map(|(labels, _)| labels);
            if let Some(exemplar) = labels.and_then(|labels| exemplars.get(labels)) {
                let Exemplar { trace_id, seconds, at_s, .. } = exemplar;
                let _ = write!(out, " # {{trace_id=\"{trace_id}\"}} {seconds} {at_s:.3}");
            }
            out.push('\n');
        }
    }
    out.push_str("# EOF\n");
    out
}

/// Name and type of a family in OpenMetrics. A counter whose short name is another family's has no type there.
fn family<'n>(name: &'n str, kinds: &HashMap<&str, &'n str>) -> (&'n str, &'n str) {
    match (kinds.get(name).copied().unwrap_or("unknown"), name.strip_suffix("_total")) {
        ("counter", Some(short)) if kinds.contains_key(short) => (name, "unknown"),
        ("counter", Some(short)) => (short, "counter"),
        (kind, _) => (name, kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_lose_their_suffix_unless_another_family_has_that_name() {
        let page = "# HELP a_total An \"a\".\n# TYPE a_total counter\na_total 1\n# HELP b B.\n# TYPE b gauge\nb 2\n\
                    # HELP b_total Bs.\n# TYPE b_total counter\nb_total{x=\"1\"} 3\n";
        let expected = "# HELP a An \\\"a\\\".\n# TYPE a counter\na_total 1\n# HELP b B.\n# TYPE b gauge\nb 2\n\
                        # HELP b_total Bs.\n# TYPE b_total unknown\nb_total{x=\"1\"} 3\n# EOF\n";
        assert_eq!(openmetrics(page, &HashMap::new()), expected);
    }

    #[test]
    fn an_exemplar_stands_behind_its_bucket_alone() {
        let exemplar = Exemplar { labels: "le=\"1\"".into(), trace_id: "ab".into(), seconds: 0.75, at_s: 12.5 };
        let by_labels = HashMap::from([(exemplar.labels.as_str(), &exemplar)]);
        let page = format!("{BUCKETS}le=\"0.5\"}} 1\n{BUCKETS}le=\"1\"}} 2\n");
        let text = openmetrics(&page, &by_labels);
        assert!(text.contains("{le=\"0.5\"} 1\n"), "{text}");
        assert!(text.contains("{le=\"1\"} 2 # {trace_id=\"ab\"} 0.75 12.500\n"), "{text}");
    }
}
