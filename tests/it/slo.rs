//! Promises: every answer and every publish is judged, and what other systems call our numbers.

use crate::support::metrics::Metrics;
use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

on_both_databases!(
    answers_are_judged_with_the_thresholds_of_the_configuration,
    a_publish_is_good_when_it_is_served_in_time,
    the_names_of_django_prometheus_are_there_on_demand_with_the_same_numbers,
);

fn events(metrics: &Metrics, slo: &str) -> (f64, f64) {
    let of = |result| metrics.sum("vitrine_slo_events_total", &[("slo", slo), ("result", result)]);
    (of("good"), of("bad"))
}

async fn answers_are_judged_with_the_thresholds_of_the_configuration(database: Database) {
    let settings = [
        ("slo.never.kind", "latency"),
        ("slo.never.threshold_s", "0.001"),
        ("slo.never.objective", "0.75"),
        ("slo.never.routes", "/search/"),
        ("slo.latency.threshold_s", "60"),
    ];
    let server = Server::with(database, &settings).await;
    let before = server.metrics().await;
    assert_eq!(before.count("vitrine_slo_events_total", &[]), 14, "both results of seven promises, from the start");
    assert_eq!(before.sum("vitrine_slo_objective_ratio", &[("slo", "never")]), 0.75);
    assert_eq!(before.sum("vitrine_slo_min_bad_events", &[("slo", "availability")]), 10.0);
    for (path, status) in [("/", 200), ("/no-such-page/", 404), ("/search/?q=sundial", 200)] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    assert_eq!(server.ask_ops("/livez").await.status, 200);
    let after = server.metrics().await;
    let more = |slo| {
        let ((good, bad), (good_before, bad_before)) = (events(&after, slo), events(&before, slo));
        (good - good_before, bad - bad_before)
    };
    assert_eq!(more("availability"), (3.0, 0.0), "a missing page is no failure, and a probe is no visitor");
    assert_eq!(more("latency"), (1.0, 0.0), "the home page alone: what matches no route is no page");
    assert_eq!(more("never"), (0.0, 1.0), "no search takes less than a millisecond");
}

async fn a_publish_is_good_when_it_is_served_in_time(database: Database) {
    let server = Server::with(database, &[("slo.publish.threshold_s", "60")]).await;
    let hurried = Server::with(database, &[("slo.publish.threshold_s", "0.001")]).await;
    for (server, wanted) in [(&server, (1.0, 0.0)), (&hurried, (0.0, 1.0))] {
        let page = server.page_id("/about/").await;
        let before = events(&server.metrics().await, "publish");
        server.publish(page).await.expect("published");
        let judged = async || {
            let now = events(&server.metrics().await, "publish");
            (now.0 - before.0, now.1 - before.1) == wanted
        };
        eventually("the publish is judged", SOON, judged).await;
    }
}

async fn the_names_of_django_prometheus_are_there_on_demand_with_the_same_numbers(database: Database) {
    let plain = Server::start(database).await;
    assert!(!plain.ask_ops("/metrics").await.text().contains("django_"), "only on demand");
    let server = Server::with(database, &[("metrics.compat", "django")]).await;
    for path in ["/", "/", "/about/", "/no-such-page/"] {
        server.get(path).await;
    }
    let metrics = server.metrics().await;
    let native = "http_server_request_duration_seconds_count";
    for (labels, ours, theirs) in [
        (
            vec![("status", "404")],
            vec![("http_response_status_code", "404")],
            "django_http_responses_total_by_status_total",
        ),
        (
            vec![("view", "/{*path}")],
            vec![("http_route", "/{*path}")],
            "django_http_requests_latency_seconds_by_view_method_count",
        ),
        (vec![("method", "GET")], vec![("http_request_method", "GET")], "django_http_requests_total_by_method_total"),
        (vec![], vec![], "django_http_requests_latency_including_middlewares_seconds_count"),
    ] {
        let (wanted, found) = (metrics.sum(native, &ours), metrics.sum(theirs, &labels));
        assert!(wanted >= 1.0 && (wanted - found).abs() < 0.5, "{theirs}: {found}, not {wanted}");
    }
    let everything =
        metrics.sum("django_http_requests_latency_including_middlewares_seconds_bucket", &[("le", "+Inf")]);
    assert_eq!(everything, metrics.sum("django_http_requests_latency_including_middlewares_seconds_count", &[]));
    assert_eq!(metrics.sum("django_migrations_unapplied_total", &[("connection", "default")]), 0.0);
    assert!(metrics.sum("django_migrations_applied_total", &[("connection", "default")]) > 5.0);
    let vendor = database.system();
    assert!(metrics.sum("django_db_execute_total", &[("alias", "default"), ("vendor", vendor)]) > 0.0);
    assert!(metrics.sum("django_cache_get_hits_total", &[("backend", "page")]) >= 1.0);
}

#[test]
fn a_history_that_never_was_has_the_names_and_judgements_of_the_binary() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let history = ["demo-history", "--days", "3", "--output", "history.om"];
    let (code, out, err) = run(vitrine(folder.path()).args(history));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("promtool tsdb create-blocks-from"), "{out}");
    let text = std::fs::read_to_string(folder.path().join("history.om")).expect("a file");
    assert!(text.ends_with("# EOF\n"));
    let last = |result: &str| {
        let series = format!(
            "vitrine_slo_events_total{{job=\"vitrine\",instance=\"demo:9464\",result=\"{result}\",slo=\"availability\"}} "
        );
        let line = text.lines().rfind(|line| line.starts_with(&series)).expect("a sample");
        line[series.len()..].split(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    let (good, bad) = (last("good"), last("bad"));
    assert!(good > 10_000.0 && bad > 10.0 && bad < good / 50.0, "{bad} of {good}");
    let (code, _, err) = run(vitrine(folder.path()).args(["demo-history", "--output", "no/such/folder"]));
    assert!(code == Some(1) && err.contains("cannot write no/such/folder"), "{err}");
}
