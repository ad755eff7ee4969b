//! The flight recorder: what is kept and what is not, that it survives kill -9, and that it tells no values.

use std::io;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use reqwest::Method;
use rustix::process::Signal;
use vitrine::config::{Config, Sources};
use vitrine::http::measure::Answer;
use vitrine::http::stack::{Face, PageRequest};
use vitrine::telemetry::Telemetry;
use vitrine::telemetry::label::Route;
use vitrine::telemetry::scope::{self, StepKind};

use crate::support::client::{client, try_send};
use crate::support::process::run;
use crate::support::stack::serve_while;
use crate::support::{Database, Process, SOON, Server, eventually, eventually_blocking, on_both_databases, vitrine};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Exit code, standard output and standard error of `vitrine why`.
fn why(folder: &Path, trace: &str) -> (Option<i32>, String, String) {
    run(vitrine(folder).args(["why", trace, "--set", "data.dir=data"]))
}

fn segments(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.join("data/traces")).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

async fn a_slow_request_is_explained_also_after_kill_9(database: Database) {
    let seeded = Server::start(database).await;
    let folder = seeded.folder.path();
    let settings = [
        ("database.url", seeded.database_url.as_str()),
        ("data.dir", "data"),
        ("recorder.slow_s", "0"),
        ("database.slow_query_s", "0"),
    ];
    let mut server = Process::start(folder, &settings, &[], &[]);
    let sent = [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("user-agent", "Tell-Tale/1.0"),
        ("cookie", "secret=s3cret-t0ken"),
    ];
    let url = format!("{}/about/?token=s3cret-t0ken", server.site);
    try_send(&seeded.client, Method::GET, &url, &sent).await.expect("an answer");
    eventually_blocking("the trace is on disk", SOON, || why(folder, TRACE).0 == Some(0));
    server.signal(Signal::KILL);
    server.wait(SOON);
    let newest = segments(folder).pop().expect("a segment");
    let mut torn = std::fs::OpenOptions::new().append(true).open(newest).expect("writable");
    torn.write_all(b"0badf00d {\"trace_id\":\"4bf92f3577b34da6a3ce92").expect("written");
    let (code, told, _) = why(folder, &TRACE[..12]);
    assert_eq!(code, Some(0));
    for part in [
        &format!("trace {TRACE}"),
        "GET /about/ (route /{*path}) was answered with 200 in ",
        "made anew.",
        "kept because it took longer than recorder.slow_s",
        "The database took ",
        "page.find_live_by_url",
        "standard/standard_page.html",
        "slow query query=page.find_live_by_url",
    ] {
        assert!(told.contains(part), "{part}\nis not in\n{told}");
    }
    let mut kept = String::new();
    for segment in segments(folder) {
        kept += &std::fs::read_to_string(segment).expect("text");
    }
    for secret in ["s3cret", "Tell-Tale", "127.0.0.1", "token"] {
        assert!(!kept.contains(secret), "{secret} is kept: {kept}");
    }
    let mut again = Process::start(folder, &settings, &[], &[]);
    let page = format!("{}/ops/traces/{TRACE}", again.ops);
    let shown = async || {
        let answer = try_send(&seeded.client, Method::GET, &page, &[]).await.expect("an answer");
        answer.status == 200 && answer.text().contains("page.find_live_by_url")
    };
    eventually("a new process shows it", SOON, shown).await;
    again.signal(Signal::TERM);
    assert!(again.wait(SOON).success());
}

#[test]
fn a_trace_that_was_not_kept_is_said_to_be_so_and_what_is_no_trace_id_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, told, complaint) = why(folder.path(), TRACE);
    assert_eq!((code, told.as_str()), (Some(1), ""));
    assert!(complaint.contains("was not kept") && complaint.contains("recorder.slow_s"), "{complaint}");
    for wrong in ["", "4bf9", "../../etc/passwd", "zzzzzzzzzzzz"] {
        let (code, _, complaint) = why(folder.path(), wrong);
        assert_eq!(code, Some(1), "{wrong}");
        assert!(complaint.contains("is no trace id"), "{complaint}");
    }
}

async fn traces_are_listed_filtered_and_shown_on_the_operations_listener_alone(database: Database) {
    let server = Server::with(database, &[("recorder.slow_s", "0")]).await;
    let header = server.get("/about/").await.header("traceresponse").to_owned();
    let id = header.split('-').nth(1).expect("a trace id");
    let list = server.ask_ops("/ops/traces").await;
    assert_eq!(list.status, 200);
    assert!(list.text().contains(&format!("/ops/traces/{id}")) && list.text().contains("/about/"), "{}", list.text());
    assert!(server.ask_ops("/ops/traces?reason=slow&route=/{*path}").await.text().contains(id));
    for elsewhere in ["reason=failed", "route=/search/"] {
        assert!(!server.ask_ops(&format!("/ops/traces?{elsewhere}")).await.text().contains(id), "{elsewhere}");
    }
    let shown = server.ask_ops(&format!("/ops/traces/{id}")).await;
    for part in ["page.find_live_by_url", "class=\"waterfall\"", "The database took", "made anew"] {
        assert!(shown.text().contains(part), "{part}: {}", shown.text());
    }
    for wrong in [TRACE, "x", "..%2f..%2fetc%2fpasswd", "%3Cscript%3E"] {
        let answer = server.ask_ops(&format!("/ops/traces/{wrong}")).await;
        assert_eq!(answer.status, 404, "{wrong}");
        assert!(!answer.text().contains("<script>"));
    }
    for path in ["/ops", "/ops/traces", "/ops/live", "/ops/static/ops.js"] {
        let public = server.get(path).await;
        assert!(!public.text().contains("operations"), "{path} is not for visitors");
        assert!(matches!(public.status.as_u16(), 301 | 404), "{path}: {}", public.status);
    }
}

async fn a_flood_does_not_wash_away_how_it_began_and_every_trace_is_accounted_for(database: Database) {
    let server = Server::with(database, &[("recorder.slow_s", "0")]).await;
    let first = server.get("/about/").await.header("traceresponse").split('-').nth(1).expect("an id").to_owned();
    for _ in 0..200 {
        server.get("/about/").await;
    }
    let metrics = server.metrics().await;
    let kept = metrics.sum("vitrine_recorder_traces_total", &[("reason", "slow")]);
    let dropped = metrics.sum("vitrine_recorder_dropped_total", &[]);
    assert_eq!(kept + dropped, 201.0);
    assert!(kept >= 10.0 && dropped > 0.0, "{kept} kept, {dropped} not");
    assert_eq!(server.ask_ops(&format!("/ops/traces/{first}")).await.status, 200);
    let grows = async || server.metrics().await.sum("vitrine_recorder_size_bytes", &[]) > 0.0;
    eventually("they are on disk", SOON, grows).await;
}

async fn exemplars_lead_from_a_bucket_to_its_trace(database: Database) {
    let server = Server::with(database, &[("recorder.slow_s", "0")]).await;
    let id = server.get("/about/").await.header("traceresponse").split('-').nth(1).expect("an id").to_owned();
    let accept = [("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")];
    let url = format!("{}/metrics", server.ops);
    let page = try_send(&server.client, Method::GET, &url, &accept).await.expect("an answer");
    assert_eq!(page.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(page.text().ends_with("\n# EOF\n"));
    let marked: Vec<_> = page.text().lines().filter(|line| line.contains(" # {trace_id=")).collect();
    let its = marked.iter().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("{id}: {marked:?}"));
    assert!(
        its.starts_with("http_server_request_duration_seconds_bucket{") && its.contains("http_route=\"/{*path}\""),
        "{its}"
    );
    let (bound, value) = (its.split("le=\"").nth(1).expect("a bound"), its.rsplit(' ').nth(1).expect("a value"));
    let bound: f64 = bound.split('"').next().expect("quoted").parse().expect("a number");
    assert!(value.parse::<f64>().expect("a number") <= bound, "{its}");
    assert!(page.text().contains("# TYPE vitrine_recorder_traces counter"));
    let plain = server.ask_ops("/metrics").await;
    assert!(!plain.text().contains("trace_id") && plain.header("content-type").starts_with("text/plain"));
}

async fn a_recorder_that_is_off_keeps_nothing(database: Database) {
    let server = Server::with(database, &[("recorder.enabled", "false"), ("recorder.slow_s", "0")]).await;
    server.get("/about/").await;
    assert!(server.ask_ops("/ops/traces").await.text().contains("recorder.enabled is false"));
    assert_eq!(server.metrics().await.sum("vitrine_recorder_traces_total", &[]), 0.0);
    assert!(!server.folder.path().join("traces").exists());
}

async fn the_sample_takes_its_share_and_nothing_when_it_is_zero(database: Database) {
    let all = Server::with(database, &[("recorder.sample", "1"), ("recorder.slow_s", "3600")]).await;
    all.get("/about/").await;
    all.get("/about/").await;
    assert_eq!(all.metrics().await.sum("vitrine_recorder_traces_total", &[("reason", "sample")]), 2.0);
    let none = all.beside(&[("recorder.sample", "0"), ("recorder.slow_s", "3600")]).await;
    none.get("/about/").await;
    assert_eq!(none.metrics().await.sum("vitrine_recorder_traces_total", &[]), 0.0);
}

on_both_databases!(
    a_slow_request_is_explained_also_after_kill_9,
    traces_are_listed_filtered_and_shown_on_the_operations_listener_alone,
    a_flood_does_not_wash_away_how_it_began_and_every_trace_is_accounted_for,
    exemplars_lead_from_a_bucket_to_its_trace,
    a_recorder_that_is_off_keeps_nothing,
    the_sample_takes_its_share_and_nothing_when_it_is_zero,
);

struct Troubled;

impl Face for Troubled {
    fn answer_at_once(&self, _: &PageRequest<'_>) -> Option<Answer> {
        None
    }

    fn router(&self) -> Router {
        let repeats = || async {
            for _ in 0..12 {
                let took = Duration::from_millis(1);
                scope::with_current(|scope| scope.step(StepKind::Query, "image.find".into(), took, 1, ""));
            }
            "many"
        };
        Router::new()
            .route("/panics", get(panics))
            .route("/waits", get(std::future::pending::<&'static str>))
            .route("/repeats", get(repeats))
            .route("/works", get(|| async { "ok" }))
    }

    fn route_of(&self, _: &str) -> Route {
        Route::Page
    }
}

async fn panics() -> String {
    let nothing: [u8; 0] = [];
    nothing.first().expect("the secret cause").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panics_timeouts_and_repeated_queries_are_kept_with_their_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = vec![
        ("data.dir".to_owned(), folder.path().display().to_string()),
        ("recorder.sample".to_owned(), "0".to_owned()),
        ("recorder.slow_s".to_owned(), "3600".to_owned()),
    ];
    let config = Config::load(Sources { flags, ..Sources::default() }).expect("valid").config;
    let telemetry = Telemetry::start(&config, Box::new(io::sink())).expect("telemetry starts");
    telemetry.start_recorder(&config);
    serve_while(Troubled, &telemetry, Duration::from_millis(200), async |base| {
        let client = client();
        for (path, status) in [("/panics", 500), ("/waits", 503), ("/repeats", 200), ("/works", 200)] {
            let answer = try_send(&client, Method::GET, &format!("{base}{path}"), &[]).await.expect("an answer");
            assert_eq!(answer.status, status, "{path}");
        }
    })
    .await;
    let recorder = telemetry.recorder().expect("it is on");
    let kept: Vec<_> =
        recorder.list().iter().rev().map(|trace| (trace.reason.to_string(), trace.failure.to_string())).collect();
    let expected = [("failed", "panic"), ("failed", "timeout"), ("n_plus_one", "")];
    assert_eq!(kept, expected.map(|(reason, failure)| (reason.to_owned(), failure.to_owned())));
    let errors = telemetry.errors.list();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().all(|group| group.count == 1 && group.trace_id.len() == 32), "{errors:?}");
}
