//! Hostile traffic: it gets a 4xx or a closed connection, adds no series, and nothing else happens.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use reqwest::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::client::{client, raw, raw_status, read_rest, try_send};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, site};

const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "PROPFIND"];
const HOSTS: [&str; 6] = ["localhost", "127.0.0.1", "evil.test", "a..b", "xn--nxasmq6b", "localhost:99999"];
const STARTS: [&str; 12] = [
    "/",
    "/about/",
    "/blog/?page=",
    "/static/",
    "/health",
    "/api/v1/",
    "/wp-admin/",
    "/.env",
    "/blog/category/",
    "/blog/tag/",
    "/x.php?",
    "/-/dev/",
];
const CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789/%.-_~?&=;+!*'()$,@:ABCDEF";

struct Request {
    method: Method,
    path: String,
    host: String,
}

fn random_request(random: &mut StdRng) -> Request {
    let mut path = STARTS[random.random_range(0..STARTS.len())].to_owned();
    for _ in 0..random.random_range(0..40) {
        path.push(char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())]));
    }
    let method = match random.random_range(0..20) {
        0 => format!("X{:08X}", random.next_u32()),
        number => METHODS[number % METHODS.len()].to_owned(),
    };
    let host = match random.random_range(0..10) {
        0 => format!("h{}.test", random.next_u32()),
        number => HOSTS[number % HOSTS.len()].to_owned(),
    };
    Request { method: method.parse().expect("a token"), path, host }
}

async fn send_random(server: &Server, seed: u64, count: usize) {
    const VISITORS: usize = 8;
    let mut visitors = tokio::task::JoinSet::new();
    for visitor in 0..VISITORS {
        let (client, base) = (client(), server.site.clone());
        let mut random = StdRng::seed_from_u64(seed + visitor as u64);
        visitors.spawn(async move {
            for _ in 0..count / VISITORS {
                let request = random_request(&mut random);
                let url = format!("{base}{}", request.path);
                let headers = [("host", request.host.as_str())];
                let answer = try_send(&client, request.method.clone(), &url, &headers).await;
                let shown = format!("{} {} for {}", request.method, request.path, request.host);
                let answer = answer.unwrap_or_else(|| panic!("no answer to {shown}"));
                assert!(answer.status.as_u16() < 500, "{} to {shown}", answer.status);
            }
        });
    }
    visitors.join_all().await;
}

async fn ten_thousand_random_requests_add_no_series(database: Database) {
    // On a loaded machine any query may be slow once; and jobs write series of their own whenever they run.
    let server = Server::with(database, &[("database.slow_query_s", "60"), ("server.role", "web")]).await;
    // Every class of request once: each known method, path and host, in all combinations.
    for path in [
        "/",
        "/about",
        "/about/",
        "/nothing",
        "/nothing/",
        "/blog/tag/x/",
        "/static/x",
        "/static/css/site.css",
        "/health",
        "/api/v1/health/",
        "/a.php",
        "/a.css",
        "/%00/",
    ] {
        for method in METHODS {
            for host in ["localhost", "evil.test"] {
                let url = format!("{}{path}", server.site);
                let method = method.parse().expect("a method");
                try_send(&server.client, method, &url, &[("host", host)]).await.expect("an answer");
            }
        }
    }
    send_random(&server, 1, 800).await;
    // Loops beside the requests write series of their own once they have looked for the first time.
    let indexed = async || server.metrics().await.sum("vitrine_search_entries", &[]) > 0.0;
    eventually("the search index is counted", SOON, indexed).await;
    let before = server.metrics().await;
    send_random(&server, 1_000, 10_000).await;
    let after = server.metrics().await;
    let added: Vec<_> = after.series().difference(&before.series()).cloned().collect();
    assert!(added.is_empty(), "new series: {added:#?}");
    let answered = |metrics: &crate::support::Metrics| metrics.sum("http_server_request_duration_seconds_count", &[]);
    // One scrape lies between.
    assert_eq!(answered(&after) - answered(&before), 10_001.0, "each one is measured");
    assert!(server.running.site.cached_pages() < 400, "nothing that does not exist is kept");
    assert_eq!(after.sum("http_server_active_requests", &[("http_request_method", "POST")]), 0.0);
}

/// The server answers a visitor, and nothing broke.
async fn assert_well(server: &Server) {
    assert_eq!(server.get("/about/").await.status, 200);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_panics_total", &[]), 0.0);
    for status in ["500", "502", "503", "504"] {
        assert_eq!(
            metrics.sum("http_server_request_duration_seconds_count", &[("http_response_status_code", status)]),
            0.0
        );
    }
}

async fn malformed_requests_get_a_4xx_or_a_closed_connection(database: Database) {
    let server = Server::start(database).await;
    let nothing: &[u8] = b"";
    let requests: Vec<(&str, Vec<u8>)> = vec![
        ("a NUL in the path", b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("an encoded NUL", b"GET /%00/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("an encoded NUL in a static path", b"GET /static/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("a traversal", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("a static traversal", b"GET /static/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("an encoded traversal", b"GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("an encoded slash traversal", b"GET /static/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("invalid UTF-8, encoded", b"GET /%ff%fe/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("invalid UTF-8, raw", b"GET /\xff\xfe/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("invalid UTF-8 in the host", b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n".to_vec()),
        ("invalid UTF-8 in the query", b"GET /nothing/?page=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("no host", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("another protocol", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_vec()),
        ("a header without a name", b"GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n".to_vec()),
        ("a header with a NUL", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n".to_vec()),
        ("two lengths", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec()),
        ("a negative length", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ("a length and chunks", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".to_vec()),
        ("a broken chunk", b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        ("a very long path", [b"GET /", "a".repeat(20_000).as_bytes(), b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"].concat()),
        ("ten megabytes of headers", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "a".repeat(10 << 20).as_bytes(), b"\r\n\r\n"].concat()),
        ("ten megabytes of small headers", [b"GET / HTTP/1.1\r\nHost: localhost\r\n", "A: b\r\n".repeat(1 << 20).as_bytes(), b"\r\n"].concat()),
        ("a gigabyte announced", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n".to_vec()),
        ("a gigabyte of nothing", [b"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n", "x".repeat(1 << 20).as_bytes()].concat()),
        ("nothing", nothing.to_vec()),
    ];
    for (what, bytes) in requests {
        let mut stream = TcpStream::connect(server.address()).await.expect("the server accepts");
        // The server may answer and close before it read everything.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let answer = read_rest(&mut stream).await;
        let status = raw_status(&answer);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{what}: {status:?}");
        assert!(!String::from_utf8_lossy(&answer).contains("root:"), "{what}");
        assert_well(&server).await;
    }
}

async fn a_path_that_climbs_out_of_the_static_folder_finds_nothing(database: Database) {
    let server = Server::start(database).await;
    for path in [
        "/static/../site.toml",
        "/static/..%2ftypes/home.toml",
        "/static/%2e%2e/types/home.toml",
        "/static//etc/passwd",
        "/static/css/../../types/home.toml",
        "/static/./css/site.css",
        "/static/css%2fsite.css",
        "/static/",
        "/static/css/",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = raw(server.address(), request.as_bytes()).await;
        assert_eq!(raw_status(&answer), Some(404), "{path}");
        assert!(!String::from_utf8_lossy(&answer).contains("home.HomePage"), "{path}");
    }
}

async fn a_client_that_sends_its_headers_slowly_is_sent_away(database: Database) {
    let server = Server::with(database, &[("server.header_timeout_s", "2"), ("server.idle_timeout_s", "0.5")]).await;
    let mut slow = TcpStream::connect(server.address()).await.expect("the server accepts");
    slow.write_all(b"GET /about/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.expect("it is open");
    // Byte by byte, each in time for an idle timeout, and never done.
    let mut dripping = TcpStream::connect(server.address()).await.expect("the server accepts");
    dripping.write_all(b"GET /about/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.expect("it is open");
    let drip = async {
        let mut interval = tokio::time::interval(Duration::from_millis(30));
        loop {
            interval.tick().await;
            if dripping.write_all(b"a").await.is_err() {
                return;
            }
        }
    };
    let both = futures_util::future::join(read_rest(&mut slow), drip);
    let (answer, ()) = tokio::time::timeout(SOON, both).await.expect("the server closes the connections");
    assert!(matches!(raw_status(&answer), Some(408) | None), "{answer:?}");
    let mut idle = TcpStream::connect(server.address()).await.expect("the server accepts");
    idle.write_all(b"GET /about/ HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("it is open");
    let answer = read_rest(&mut idle).await;
    assert_eq!(raw_status(&answer), Some(200), "an idle connection is closed after its answer");
    let timed_out =
        async || server.metrics().await.sum("vitrine_http_connections_total", &[("outcome", "header_timeout")]) >= 2.0;
    eventually("both slow ones are counted", SOON, timed_out).await;
    assert_well(&server).await;
}

async fn a_body_that_never_comes_does_not_hold_an_answer_back(database: Database) {
    let server = Server::with(database, &[("server.body_timeout_s", "0.3"), ("server.idle_timeout_s", "0.5")]).await;
    let request = b"POST /about/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc";
    assert_eq!(raw_status(&raw(server.address(), request).await), Some(405));
    assert_well(&server).await;
}

async fn a_hundred_half_open_connections_keep_nobody_out(database: Database) {
    let server = Server::start(database).await;
    let mut half_open = Vec::new();
    for number in 0..100 {
        let mut stream = TcpStream::connect(server.address()).await.expect("the server accepts");
        stream.write_all(&b"GET / HTTP/1.1\r\nHost: loc"[..number % 20]).await.expect("it is open");
        half_open.push(stream);
    }
    for path in site::page_paths() {
        assert_eq!(server.get(&path).await.status, 200);
    }
    drop(half_open);
    assert_well(&server).await;
}

on_both_databases!(
    ten_thousand_random_requests_add_no_series,
    malformed_requests_get_a_4xx_or_a_closed_connection,
    a_path_that_climbs_out_of_the_static_folder_finds_nothing,
    a_client_that_sends_its_headers_slowly_is_sent_away,
    a_body_that_never_comes_does_not_hold_an_answer_back,
    a_hundred_half_open_connections_keep_nobody_out,
);
