//! Too much, too slow, gone: load shedding, timeouts, clients that hang up, and the drain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;

use crate::support::client::{client, try_send};
use crate::support::postgres::LockedTable;
use crate::support::{Answer, Database, Process, SOON, Server, eventually, on_both_databases};

/// A request of its own task that waits for the database.
fn visit(server: &Server, path: &str) -> tokio::task::JoinHandle<Answer> {
    let (client, url) = (server.client.clone(), format!("{}{path}", server.site));
    tokio::spawn(async move { try_send(&client, Method::GET, &url, &[]).await.expect("an answer") })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_beyond_max_in_flight_is_503_and_cached_pages_are_not() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::with(database, &[("server.max_in_flight", "1")]).await;
    server.get("/about/").await;
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let slow = visit(&server, "/blog/soundings/");
    eventually("it waits for the database", SOON, async || locked.waiting() == 1).await;
    let shed = server.get("/contact/").await;
    assert_eq!((shed.status.as_u16(), shed.header("retry-after")), (503, "1"));
    let cached = server.get("/about/").await;
    assert_eq!((cached.status.as_u16(), cached.cache()), (200, "hit"));
    drop(locked);
    assert_eq!(slow.await.expect("it ends").status, 200);
    assert_eq!(server.get("/contact/").await.status, 200, "there is room again");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "overload")]), 1.0);
    let shed = [("error_type", "overload"), ("http_response_status_code", "503")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &shed), 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_takes_too_long_is_503_and_its_query_is_cancelled() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::with(database, &[("server.request_timeout_s", "3")]).await;
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let answer = server.get("/blog/soundings/").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "5"));
    drop(locked);
    assert_eq!(server.get("/blog/soundings/").await.status, 200);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "timeout")]), 1.0);
    assert_eq!(
        metrics.sum(
            "http_server_request_duration_seconds_count",
            &[("error_type", "timeout"), ("http_route", "/{*path}")]
        ),
        1.0
    );
    let cancelled = [("db_query_summary", "snippet.list_shown"), ("error_type", "cancelled")];
    assert_eq!(metrics.sum("db_client_operation_duration_seconds_count", &cancelled), 1.0);
    assert_eq!(metrics.sum("http_server_active_requests", &[("http_request_method", "POST")]), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_ended_by_the_database() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::with(database, &[("database.statement_timeout_s", "0.3")]).await;
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let answer = server.get("/blog/soundings/").await;
    assert_eq!(answer.status, 503, "the database is the trouble");
    assert!(answer.text().contains("<html"), "in the look of the site");
    let trace = answer.header("traceresponse").split('-').nth(1).expect("a trace id").to_owned();
    assert!(answer.text().contains(&trace), "it names the trace");
    drop(locked);
    let timed_out = [("db_query_summary", "snippet.list_shown"), ("error_type", "timeout")];
    assert_eq!(server.metrics().await.sum("db_client_operation_duration_seconds_count", &timed_out), 1.0);
    assert_eq!(server.get("/blog/soundings/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_is_counted_and_its_query_is_cancelled() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::start(database).await;
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.expect("the server accepts");
    stream.write_all(b"GET /blog/soundings/ HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it is open");
    eventually("it waits for the database", SOON, async || locked.waiting() == 1).await;
    let get = [("http_request_method", "GET")];
    assert_eq!(server.metrics().await.sum("http_server_active_requests", &get), 2.0, "this one, and the scrape");
    drop(stream);
    let counted = async || server.metrics().await.sum("vitrine_http_client_aborts_total", &[]) == 1.0;
    eventually("the abort is counted", SOON, counted).await;
    let metrics = server.metrics().await;
    let aborted = [("error_type", "aborted"), ("http_response_status_code", "499")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &aborted), 1.0);
    assert_eq!(metrics.sum("http_server_active_requests", &get), 1.0, "the scrape alone");
    let cancelled = [("db_query_summary", "snippet.list_shown"), ("error_type", "cancelled")];
    assert_eq!(metrics.sum("db_client_operation_duration_seconds_count", &cancelled), 1.0);
    let lines = server.log_lines();
    let line = lines.iter().find(|line| line["status"] == 499).expect("the access log has it");
    assert_eq!((line["error"].as_str(), line["path"].as_str()), (Some("aborted"), Some("/blog/soundings/")));
    drop(locked);
    assert_eq!(server.get("/blog/soundings/").await.status, 200, "the next one fills the page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_waited_for_a_client_that_hung_up_are_served() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::start(database).await;
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let mut first = tokio::net::TcpStream::connect(server.address()).await.expect("the server accepts");
    first.write_all(b"GET /blog/soundings/ HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it is open");
    eventually("it waits for the database", SOON, async || locked.waiting() == 1).await;
    let others: Vec<_> = (0..5).map(|_| visit(&server, "/blog/soundings/")).collect();
    let wait = async || server.metrics().await.sum("vitrine_cache_coalesced_requests_total", &[]) == 5.0;
    eventually("five wait for the first", SOON, wait).await;
    drop(first);
    let aborted = async || server.metrics().await.sum("vitrine_http_client_aborts_total", &[]) == 1.0;
    eventually("the first one is gone", SOON, aborted).await;
    drop(locked);
    for other in others {
        assert_eq!(other.await.expect("it ends").status, 200);
    }
    let template = [("template", "blog/post.html")];
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_template_render_duration_seconds_count", &template), 1.0);
}

async fn a_server_that_is_told_to_stop_fails_no_request(database: Database) {
    let seeded = Server::start(database).await;
    let settings = [("database.url", seeded.database_url.as_str()), ("data.dir", "data")];
    let mut server = Process::start(seeded.folder.path(), &settings, &[], &[]);
    let (stopping, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut visitors = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (stopping, answered, base) = (stopping.clone(), answered.clone(), server.site.clone());
        visitors.spawn(async move {
            let client = client();
            let closes = number % 2 == 0;
            let paths = ["/", "/blog/", "/blog/soundings/", "/no-such-page/", "/static/css/site.css"];
            for round in number.. {
                let mut request = client.get(format!("{base}{}", paths[round % paths.len()]));
                if closes {
                    request = request.header("connection", "close");
                }
                match request.send().await {
                    Ok(response) => {
                        assert!(response.status().as_u16() < 500, "{}", response.status());
                        response.bytes().await.expect("a begun answer is finished");
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        // A new connection is refused once the listener is closed, and an idle one may be closed
                        // while the next request is on its way (RFC 9112, 9.3.1); nothing else may fail.
                        let unheard =
                            error.is_connect() || (!closes && format!("{error:?}").contains("IncompleteMessage"));
                        assert!(stopping.load(Ordering::SeqCst) && unheard, "closes: {closes}, {error:?}");
                        return;
                    }
                }
            }
        });
    }
    eventually("there is load", SOON, async || answered.load(Ordering::Relaxed) > 200).await;
    stopping.store(true, Ordering::SeqCst);
    server.signal(Signal::TERM);
    visitors.join_all().await;
    assert!(server.wait(Duration::from_secs(10)).success());
    assert!(server.stdout.contain("\"connections_cut\":0"), "{:?}", server.stdout.all().last());
    assert!(!server.stdout.contain("\"status\":499"), "what was heard is answered");
}

on_both_databases!(a_server_that_is_told_to_stop_fails_no_request);
