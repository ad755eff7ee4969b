//! Service level objectives: each event is judged here, good or bad, with the exact threshold of the configuration.
//! Prometheus only adds up, so that an objective needs no bucket and no rule of its own.

use std::time::Duration;

use prometheus::IntCounter;

use super::label::{Failure, Method, Route, SloResult};
use super::{Families, Finished, Telemetry};
use crate::config::slo::{Slo, SloKind};

/// The objectives of a server, found by what they judge.
pub(super) struct Objectives {
    /// By route.
    requests: Vec<Vec<Judge>>,
    /// Of what is no request.
    events: Vec<Judge>,
}

#[derive(Clone)]
struct Judge {
    kind: SloKind,
    threshold: Duration,
    good: IntCounter,
    bad: IntCounter,
}

impl Judge {
    fn new(slo: &Slo, families: &Families) -> Self {
        let counter = |result: SloResult| families.slo_events.with_label_values(&[slo.name.as_str(), result.as_str()]);
        families.slo_objective.with_label_values(&[&slo.name]).set(slo.objective);
        families.slo_min_bad_events.with_label_values(&[&slo.name]).set(slo.min_bad_events as f64);
        let threshold = Duration::from_secs_f64(slo.threshold_s);
        // Both exist from the start: a counter that is born with its first event hides it from increase().
        Self { kind: slo.kind, threshold, good: counter(SloResult::Good), bad: counter(SloResult::Bad) }
    }

    fn count(&self, good: bool) {
        if good { self.good.inc() } else { self.bad.inc() }
    }
}

impl Objectives {
    pub(super) fn new(slos: &[Slo], families: &Families) -> Self {
        let mut objectives = Self { requests: vec![Vec::new(); Route::ALL.len()], events: Vec::new() };
        for slo in slos {
            let judge = Judge::new(slo, families);
            if slo.kind == SloKind::Editing {
                for route in Route::EDITING {
                    objectives.requests[*route as usize].push(judge.clone());
                }
                continue;
            }
            if !slo.kind.is_of_requests() {
                objectives.events.push(judge);
                continue;
            }
            for route in Route::ALL.iter().filter(|route| slo.routes.iter().any(|name| name == route.as_str())) {
                objectives.requests[*route as usize].push(judge.clone());
            }
            // Who is turned away at the door wanted a page, as far as anybody knows.
            if slo.kind == SloKind::Availability && slo.routes.iter().any(|name| name == Route::Page.as_str()) {
                objectives.requests[Route::Rejected as usize].push(judge);
            }
        }
        objectives
    }

    /// Judges an answered request. A client that went away has no opinion.
    pub(super) fn judge(&self, of: &Finished) {
        if of.failure == Failure::Aborted {
            return;
        }
        let failed = of.status.is_server_error();
        for judge in &self.requests[of.route as usize] {
            match judge.kind {
                // Wrong hosts and bytes that are no request are the client's doing; being full is the server's.
                SloKind::Availability if of.route == Route::Rejected && !failed => {}
                SloKind::Availability => judge.count(!failed),
                SloKind::Latency => {
                    if !failed && matches!(of.method, Method::Get | Method::Head) {
                        judge.count(of.duration <= judge.threshold);
                    }
                }
                SloKind::Editing => judge.count(!failed && of.duration <= judge.threshold),
                SloKind::Publish | SloKind::Freshness | SloKind::Jobs => {}
            }
        }
    }
}

impl Telemetry {
    /// Judges a publish: how long until it was served, or `None` when it failed or is not served.
    pub fn publish_ended(&self, served_after: Option<Duration>) {
        self.judge_event(SloKind::Publish, served_after);
    }

    /// Judges a scheduled publication or expiry: how late it was, or `None` when it failed for good.
    pub fn schedule_ended(&self, late: Option<Duration>) {
        self.judge_event(SloKind::Freshness, late);
    }

    /// Judges a job by how long it waited.
    pub fn job_began(&self, waited: Duration) {
        self.judge_event(SloKind::Jobs, Some(waited));
    }

    fn judge_event(&self, kind: SloKind, took: Option<Duration>) {
        if self.enabled {
            for judge in self.objectives.events.iter().filter(|judge| judge.kind == kind) {
                judge.count(took.is_some_and(|time| time <= judge.threshold));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::config::{Config, slo};
    use crate::telemetry::label::{Scheme, Surface};

    fn finished(route: Route, status: u16, milliseconds: u64) -> Finished {
        Finished {
            method: Method::Get,
            route,
            scheme: Scheme::Http,
            status: StatusCode::from_u16(status).expect("a status"),
            failure: Failure::None,
            duration: Duration::from_millis(milliseconds),
            response_bytes: 0,
        }
    }

    /// (good, bad) of an SLO after some requests under the default configuration.
    fn judged(name: &str, requests: &[Finished]) -> (u64, u64) {
        let families = Families::new();
        let objectives = Objectives::new(&Config::default().slo, &families);
        requests.iter().for_each(|request| objectives.judge(request));
        let count = |result: SloResult| families.slo_events.with_label_values(&[name, result.as_str()]).get();
        (count(SloResult::Good), count(SloResult::Bad))
    }

    #[test]
    fn only_what_the_server_failed_is_unavailable() {
        let requests = [
            finished(Route::Page, 200, 1),
            finished(Route::Page, 404, 1),
            finished(Route::Page, 500, 1),
            finished(Route::Search, 503, 1),
            Finished { failure: Failure::Aborted, ..finished(Route::Page, 500, 1) },
            finished(Route::Metrics, 500, 1),
            finished(Route::Rejected, 400, 1),
            finished(Route::Rejected, 503, 1),
        ];
        assert_eq!(judged("availability", &requests), (2, 3));
    }

    #[test]
    fn latency_is_of_pages_that_were_read_and_the_threshold_itself_is_good() {
        let requests = [
            finished(Route::Page, 200, 250),
            finished(Route::Page, 304, 1),
            finished(Route::Page, 200, 251),
            finished(Route::Page, 500, 900),
            finished(Route::Static, 200, 900),
            Finished { method: Method::Post, ..finished(Route::Page, 422, 900) },
        ];
        assert_eq!(judged("latency", &requests), (2, 1));
    }

    #[test]
    fn the_routes_of_the_configuration_are_those_of_visitors_and_of_programs() {
        let of_visitors = |route: &&Route| match route.surface() {
            Surface::Public => true,
            // Who asks how it is, is told how it is.
            Surface::Api => **route != Route::ApiHealth,
            _ => false,
        };
        let routes: Vec<&str> = Route::ALL.iter().filter(of_visitors).map(|route| route.as_str()).collect();
        let mut promised = slo::ROUTES.to_vec();
        promised.sort_unstable_by_key(|name| routes.iter().position(|route| route == name));
        assert_eq!(promised, routes);
    }
}
