//! Faults on purpose: off unless asked for, injected through the operations listener alone, seen by visitors, counted,
//! and over by themselves.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::client::{client, try_send, try_send_body};
use crate::support::process::run;
use crate::support::{
    Answer, Database, Process, SOON, Server, eventually, eventually_blocking, on_both_databases, vitrine,
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn ask(server: &Server, method: Method, headers: &[(&str, &str)], body: &str) -> Answer {
    let url = format!("{}/faults", server.ops);
    let answer = try_send_body(&server.client, method, &url, headers, body.as_bytes().to_vec()).await;
    answer.expect("the operations listener answers")
}

async fn inject(server: &Server, fault: serde_json::Value) {
    let answer = ask(server, Method::POST, &[JSON], &fault.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

async fn clear(server: &Server) {
    assert_eq!(ask(server, Method::DELETE, &[], "").await.status, 200);
}

async fn injected(server: &Server, kind: &str) -> f64 {
    server.metrics().await.sum("vitrine_faults_injected_total", &[("kind", kind)])
}

async fn without_the_setting_there_is_no_such_address(database: Database) {
    let server = Server::start(database).await;
    for method in [Method::GET, Method::POST, Method::DELETE] {
        assert_eq!(ask(&server, method, &[JSON], r#"{"kind": "panic"}"#).await.status, 404);
    }
    assert_eq!(server.get("/about/").await.status, 200);
    assert_eq!(server.metrics().await.sum("vitrine_faults_active", &[]), 0.0);
}

async fn the_public_listener_takes_no_faults(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    let url = format!("{}/faults", server.site);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let answer = try_send_body(&server.client, method, &url, &[JSON], b"{\"kind\": \"panic\"}".to_vec()).await;
        assert!(answer.expect("an answer").status.is_client_error());
    }
    assert_eq!(ask(&server, Method::GET, &[], "").await.json(), json!({ "faults": [] }));
}

async fn a_status_is_given_to_its_route_alone_until_it_is_cleared(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    assert_eq!(server.get("/about/").await.status, 200);
    inject(&server, json!({ "kind": "status", "status": 503, "route": "/{*path}", "seconds": 600 })).await;
    let broken = server.get("/about/").await;
    assert_eq!(broken.status, 503, "though it is in the cache");
    assert!(broken.text().contains("on purpose"), "{}", broken.text());
    assert_eq!(server.get("/health").await.status, 200);
    assert_eq!(server.get("/static/css/site.css").await.status, 200);
    assert_eq!(server.ask_ops("/readyz").await.status, 200);
    let list = ask(&server, Method::GET, &[], "").await.json();
    assert_eq!(list["faults"][0]["kind"], "status");
    assert_eq!(list["faults"][0]["route"], "/{*path}");
    assert_eq!(list["faults"][0]["amount"], 503);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_faults_active", &[("kind", "status")]), 1.0);
    let failed = [("http_route", "/{*path}"), ("http_response_status_code", "503"), ("error_type", "internal")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &failed), 1.0);
    assert_eq!(injected(&server, "status").await, 1.0);
    clear(&server).await;
    assert_eq!(server.get("/about/").await.status, 200);
    assert_eq!(injected(&server, "status").await, 1.0);
    assert_eq!(server.metrics().await.sum("vitrine_faults_active", &[]), 0.0);
}

async fn a_probability_breaks_some_requests(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    inject(&server, json!({ "kind": "status", "probability": 0.5 })).await;
    inject(&server, json!({ "kind": "status", "status": 418, "probability": 0.0 })).await;
    let mut broken = 0;
    for _ in 0..200 {
        let status = server.get("/about/").await.status.as_u16();
        assert!(status == 200 || status == 500, "{status}");
        broken += usize::from(status == 500);
    }
    // Further out than 8 standard deviations.
    assert!((40..160).contains(&broken), "{broken} of 200");
    assert_eq!(injected(&server, "status").await, broken as f64);
}

async fn a_panic_is_caught_and_a_delay_is_measured(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    inject(&server, json!({ "kind": "panic", "route": "/search/" })).await;
    inject(&server, json!({ "kind": "delay", "delay_ms": 300, "route": "/health" })).await;
    let answer = server.get("/search/?q=tides").await;
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("injected"), "{}", answer.text());
    assert_eq!(server.get("/about/").await.status, 200);
    assert_eq!(server.get("/health").await.status, 200);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_panics_total", &[]), 1.0);
    assert_eq!(metrics.sum("vitrine_http_panics_total", &[("http_route", "/search/")]), 1.0);
    assert!(metrics.sum("http_server_request_duration_seconds_sum", &[("http_route", "/health")]) >= 0.3);
    assert_eq!(injected(&server, "panic").await + injected(&server, "delay").await, 2.0);
}

async fn a_held_pool_keeps_requests_waiting_until_it_is_released(database: Database) {
    let settings =
        [("faults.enabled", "true"), ("database.acquire_timeout_s", "0.3"), ("database.read_connections", "2")];
    let server = Server::with(database, &settings).await;
    assert_eq!(server.get("/about/").await.status, 200);
    inject(&server, json!({ "kind": "pool_hold", "pool": "read", "seconds": 600 })).await;
    eventually("both connections are held", SOON, async || injected(&server, "pool_hold").await >= 2.0).await;
    assert_eq!(server.get("/contact/").await.status, 503, "no connection, and no copy");
    let used = [("db_client_connection_pool_name", "read"), ("db_client_connection_state", "used")];
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("db_client_connection_count", &used), 2.0);
    let timeouts = metrics.sum("db_client_connection_timeouts_total", &[("db_client_connection_pool_name", "read")]);
    assert!(timeouts >= 1.0, "{timeouts}");
    clear(&server).await;
    eventually("pages are made again", SOON, async || server.get("/contact/").await.status == 200).await;
}

/// Visitors are not let wait while the pool is exhausted, and VitrinePoolExhausted must go on all the same.
async fn waits_that_are_given_up_are_counted_while_nobody_visits(database: Database) {
    let settings =
        [("faults.enabled", "true"), ("database.acquire_timeout_s", "300"), ("database.read_connections", "2")];
    let server = Server::with(database, &settings).await;
    // The follower's first housekeeping, which waits for a connection as long as it takes, ends with the census of the media.
    let files = async || server.metrics().await.sum("vitrine_media_files", &[]);
    eventually("the housekeeping is done", SOON, async || files().await > 0.0).await;
    inject(&server, json!({ "kind": "pool_hold", "pool": "read", "seconds": 600 })).await;
    let timeouts = async || {
        let read = [("db_client_connection_pool_name", "read")];
        server.metrics().await.sum("db_client_connection_timeouts_total", &read)
    };
    eventually("the follower of changes gave up", SOON, async || timeouts().await >= 1.0).await;
    clear(&server).await;
    eventually("pages are made", SOON, async || server.get("/contact/").await.status == 200).await;
}

async fn a_flush_renders_pages_anew(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    server.get("/about/").await;
    assert_eq!(server.get("/about/").await.cache(), "hit");
    inject(&server, json!({ "kind": "cache_flush", "route": "/health" })).await;
    assert_eq!(server.get("/about/").await.cache(), "hit", "until somebody asks for the route");
    server.get("/health").await;
    eventually("the cache is empty", SOON, async || server.get("/about/").await.cache() == "miss").await;
    assert_eq!(injected(&server, "cache_flush").await, 1.0);
}

async fn a_fault_ends_by_itself(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    let notice = "A fault is injected on purpose.";
    // On a loaded machine one may be over before anybody looks.
    eventually("it is in force, and whoever looks at night is told", SOON, async || {
        inject(&server, json!({ "kind": "status", "seconds": 2 })).await;
        let status = server.get("/about/").await.status;
        status == 500 && server.ask_ops("/ops").await.text().contains(notice)
    })
    .await;
    eventually("it is over", SOON, async || server.get("/about/").await.status == 200).await;
    assert!(!server.ask_ops("/ops").await.text().contains(notice));
    assert_eq!(server.metrics().await.sum("vitrine_faults_active", &[]), 0.0);
    assert_eq!(ask(&server, Method::GET, &[], "").await.json(), json!({ "faults": [] }));
}

async fn what_is_no_fault_is_refused_with_its_reason(database: Database) {
    let server = Server::with(database, &[("faults.enabled", "true")]).await;
    let refused = [
        (r#"{"kind": "explosion"}"#, 422, "kind is one of status, delay"),
        (r#"{"kind": "status", "status": 200}"#, 422, "from 400 to 599"),
        (r#"{"kind": "status", "route": "/readyz"}"#, 422, "route is one of"),
        (r#"{"kind": "status", "route": "/metrics"}"#, 422, "route is one of"),
        (r#"{"kind": "status", "delay_ms": 5}"#, 422, "delay_ms belongs to delay"),
        (r#"{"kind": "status", "probability": 1.5}"#, 422, "from 0 to 1"),
        (r#"{"kind": "status", "seconds": 86400}"#, 422, "seconds is from 1 to 3600"),
        (r#"{"kind": "delay"}"#, 422, "needs delay_ms"),
        (r#"{"kind": "pool_hold", "route": "/search/"}"#, 422, "no route"),
        (r#"{"kind": "pool_hold", "pool": "swimming"}"#, 422, "read or write"),
        (r#"{"kind": "clock_skew"}"#, 422, "needs skew_s"),
        (r#"{"kind": "status", "colour": "red"}"#, 400, "unknown field"),
        ("{", 400, "EOF"),
    ];
    for (body, status, reason) in refused {
        let answer = ask(&server, Method::POST, &[JSON], body).await;
        assert!(
            answer.status == status && answer.text().contains(reason),
            "{body}: {} {}",
            answer.status,
            answer.text()
        );
    }
    let good = r#"{"kind": "status"}"#;
    assert_eq!(ask(&server, Method::POST, &[("content-type", "text/plain")], good).await.status, 415);
    assert_eq!(ask(&server, Method::POST, &[JSON, ("origin", "http://evil.test")], good).await.status, 403);
    assert_eq!(ask(&server, Method::POST, &[JSON], &format!("{good}{}", " ".repeat(5000))).await.status, 413);
    assert_eq!(ask(&server, Method::PUT, &[JSON], good).await.status, 405);
    assert_eq!(server.get("/about/").await.status, 200, "nothing of it is in force");
    for _ in 0..vitrine::fault::MAX_FAULTS {
        inject(&server, json!({ "kind": "status", "probability": 0.0 })).await;
    }
    assert_eq!(ask(&server, Method::POST, &[JSON], good).await.status, 409);
}

on_both_databases!(
    without_the_setting_there_is_no_such_address,
    the_public_listener_takes_no_faults,
    a_status_is_given_to_its_route_alone_until_it_is_cleared,
    a_probability_breaks_some_requests,
    a_panic_is_caught_and_a_delay_is_measured,
    a_held_pool_keeps_requests_waiting_until_it_is_released,
    waits_that_are_given_up_are_counted_while_nobody_visits,
    a_flush_renders_pages_anew,
    a_fault_ends_by_itself,
    what_is_no_fault_is_refused_with_its_reason,
);

#[test]
fn a_listener_that_others_reach_refuses_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = vitrine(folder.path());
    command.env("VITRINE_FAULTS", "1").args([
        "--set",
        "server.ops_listen=0.0.0.0:0",
        "--set",
        "server.listen=127.0.0.1:0",
    ]);
    let (code, _, said) = run(&mut command);
    assert_eq!(code, Some(1));
    assert!(said.contains("VITRINE_FAULTS") && said.contains("loopback"), "{said}");
}

/// A process of its own, because it has its own log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_of_a_broken_answer_says_that_it_was_on_purpose() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Process::start(folder.path(), &[("data.dir", "data")], &[], &[("VITRINE_FAULTS", "1")]);
    let client = client();
    let url = format!("{}/faults", server.ops);
    let wanted = json!({ "kind": "status", "route": "/{*path}" }).to_string();
    let answer = try_send_body(&client, Method::POST, &url, &[JSON], wanted.into_bytes()).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let url = format!("{}/about/", server.site);
    let broken = try_send(&client, Method::GET, &url, &[]).await.expect("an answer");
    assert_eq!(broken.status, 500);
    let url = format!("{}/ops/traces/{}", server.ops, &broken.header("traceresponse")[3..35]);
    eventually("the trace has the log line", SOON, async || {
        let page = try_send(&client, Method::GET, &url, &[]).await.expect("an answer");
        page.text().contains("this answer was broken on purpose") && page.text().contains("route=/{*path}")
    })
    .await;
}

/// A process of its own, because all servers of a process share its clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skewed_clock_dates_what_is_written_and_is_set_right_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Process::start(folder.path(), &[("data.dir", "data")], &[], &[("VITRINE_FAULTS", "1")]);
    let client = client();
    let wanted = json!({ "kind": "clock_skew", "skew_s": -864_000, "seconds": 2 }).to_string();
    let url = format!("{}/faults", server.ops);
    let real = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() as i64;
    let lag_s = |line: &str| -> Option<i64> {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let at: jiff::Timestamp = line["ts"].as_str()?.parse().ok()?;
        Some(real - at.as_second())
    };
    let begun = std::time::Instant::now();
    let mut skewed = false;
    while !skewed && begun.elapsed() < SOON {
        // On a loaded machine one may be over before a line is written.
        let known = try_send(&client, Method::GET, &url, &[]).await.expect("an answer").json();
        if known["faults"] == json!([]) {
            let body = wanted.clone().into_bytes();
            let answer = try_send_body(&client, Method::POST, &url, &[JSON], body).await.expect("an answer");
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        try_send(&client, Method::GET, &format!("{}/about/", server.site), &[]).await.expect("an answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
        skewed = server.stdout.all().iter().filter_map(|line| lag_s(line)).any(|lag| (863_000..865_000).contains(&lag));
    }
    assert!(skewed, "log lines have the skewed time: {:?}", server.stdout.all().last());
    let known = server.stdout.all().len();
    eventually_blocking("the clock is right again", SOON, || {
        let runtime = tokio::runtime::Handle::current();
        let url = format!("{}/health", server.site);
        tokio::task::block_in_place(|| runtime.block_on(try_send(&client, Method::GET, &url, &[])));
        server.stdout.all().iter().skip(known).filter_map(|line| lag_s(line)).any(|lag| lag.abs() < 100)
    });
}
