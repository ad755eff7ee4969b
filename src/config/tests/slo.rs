//! Tables `[slo.NAME]`.

use super::{load, origin, refuse};
use crate::config::Config;
use crate::config::slo::SloKind;

#[test]
fn the_defaults_promise_what_there_is() {
    let config = Config::default();
    let slos: Vec<(&str, f64, u64)> =
        config.slo.iter().map(|slo| (slo.name.as_str(), slo.objective, slo.min_bad_events)).collect();
    assert_eq!(
        slos,
        [
            ("availability", 0.999, 10),
            ("editor", 0.995, 5),
            ("freshness", 0.999, 3),
            ("jobs", 0.99, 5),
            ("latency", 0.99, 20),
            ("publish", 0.995, 3)
        ]
    );
}

#[test]
fn a_table_changes_a_default_adds_one_or_leaves_one_out() {
    let toml = "[slo.latency]\nthreshold_s = 0.1\n\n[slo.publish]\nenabled = false\n\n\
                [slo.search]\nkind = \"latency\"\nroutes = [\"/search/\"]\nthreshold_s = 1\nobjective = 0.95\n";
    let loaded = load(toml, &[], &[("slo.search.objective", "0.9")]);
    let names: Vec<&str> = loaded.config.slo.iter().map(|slo| slo.name.as_str()).collect();
    assert_eq!(names, ["availability", "editor", "freshness", "jobs", "latency", "search"]);
    let (latency, search) = (&loaded.config.slo[4], &loaded.config.slo[5]);
    assert_eq!((latency.threshold_s, latency.objective), (0.1, 0.99));
    assert_eq!((search.kind, search.threshold_s, search.objective), (SloKind::Latency, 1.0, 0.9));
    assert_eq!(search.routes, ["/search/"]);
    assert_eq!(origin(&loaded, "slo.latency.threshold_s"), "vitrine.toml:2");
    assert_eq!(origin(&loaded, "slo.search.objective"), "flag --set");
    assert_eq!(origin(&loaded, "slo.availability.objective"), "default");
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let toml = "[slo.availability]\nobjective = 1.0\nthreshold_s = 2\n[slo.latency]\nkind = \"publish\"\n\
                [slo.search]\nobjective = 0.9\n[slo.Loud]\nkind = \"latency\"\n\
                [slo.more]\nkind = \"latency\"\nroutes = [\"/serach/\"]\nobjectiv = 0.9\n[slo.odd]\nkind = \"speed\"\n";
    let problems = refuse(toml, &[], &[]);
    let wanted = [
        "vitrine.toml:2: slo.availability.objective: must be from 0.5 to 0.99999, found 1",
        "vitrine.toml:3: slo.availability.threshold_s: availability has no threshold: an answer is an error, or it is not",
        "vitrine.toml:5: slo.latency.kind: the SLOs of this name are of another kind; take another name",
        "vitrine.toml:6: slo.search: kind is needed: one of availability, latency, publish, freshness, jobs, editing",
        "vitrine.toml:8: slo.Loud: a name is up to 40 small letters, digits and dashes, the first a letter",
        "vitrine.toml:12: slo.more.routes: \"/serach/\" is no route; there are ",
        "vitrine.toml:13: slo.more.objectiv: unknown setting of an SLO; did you mean objective?",
        "vitrine.toml:15: slo.odd.kind: expected one of availability, latency, publish, freshness, jobs, editing, found \"speed\"",
    ];
    assert_eq!(problems.len(), wanted.len(), "{problems:#?}");
    for (problem, wanted) in problems.iter().zip(wanted) {
        assert!(problem.starts_with(wanted), "{problem}\nis not\n{wanted}");
    }
}

#[test]
fn what_is_no_table_or_no_whole_number_is_told_with_its_line() {
    let toml = "slo = 5\n";
    let problems = refuse(toml, &[], &[]);
    assert_eq!(problems, ["vitrine.toml:1: slo: expected tables [slo.NAME], found an integer"]);
    let problems = refuse("\n[[slo]]\nobjective = 0.9\n", &[], &[]);
    assert_eq!(problems, ["vitrine.toml:2: slo: expected tables [slo.NAME], found an array"]);
    let toml = "[slo]\nobjective = 0.9\n[slo.latency]\nmin_bad_events = 2.5\n[slo.publish]\nmin_bad_events = 99999999999999999999\n\
                [slo.availability]\nobjective = nan\nmin_bad_events = \"few\"\nenabled = \"no\"\nroutes = []\n\
                [slos.latency]\nobjective = 0.9\n";
    let problems = refuse(toml, &[], &[]);
    let wanted = [
        "vitrine.toml:2: slo.objective: expected a table [slo.objective], found a float",
        "vitrine.toml:4: slo.latency.min_bad_events: must be a whole number, found 2.5",
        "vitrine.toml:6: slo.publish.min_bad_events: must be from 1 to 1000000, found 100000000000000000000",
        "vitrine.toml:8: slo.availability.objective: must be from 0.5 to 0.99999, found NaN",
        "vitrine.toml:9: slo.availability.min_bad_events: expected a number, found \"few\"",
        "vitrine.toml:10: slo.availability.enabled: expected true or false, found \"no\"",
        "vitrine.toml:11: slo.availability.routes: names no route",
        "vitrine.toml:12: slos: unknown section; did you mean [slo]?",
    ];
    assert_eq!(problems, wanted);
    let eleven: String = (0..9).map(|number| format!("[slo.more-{number}]\nkind = \"latency\"\n")).collect();
    assert_eq!(refuse(&eleven, &[], &[]), ["vitrine.toml:17: slo: 15 objectives are more than 12"]);
}
