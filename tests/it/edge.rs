//! The edge: which hosts, methods, bodies and proxies are taken, and what every answer carries.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::client::{raw, raw_status, try_send};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

async fn a_host_that_is_not_ours_is_refused(database: Database) {
    let settings = [("server.allowed_hosts", "localhost,127.0.0.1,.example.org")];
    let server = Server::with(database, &settings).await;
    for good in ["localhost", "localhost:1234", "example.org", "www.example.org", "WWW.EXAMPLE.ORG:80", "example.org."]
    {
        assert_eq!(server.send(Method::GET, "/about/", &[("host", good)]).await.status, 200, "{good}");
    }
    let bad = ["evil.test", "example.org.evil.test", "notexample.org", "a b", "localhost:x", "localhost/", "", "[::1"];
    for bad in bad {
        let answer = server.send(Method::GET, "/about/", &[("host", bad)]).await;
        assert_eq!(answer.status, 400, "{bad:?}");
        assert!(!answer.text().contains("<script"));
    }
    let metrics = server.metrics().await;
    let refused = metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "bad_host")]);
    assert_eq!(refused, bad.len() as f64);
    assert_eq!(
        metrics.sum("http_server_request_duration_seconds_count", &[("http_response_status_code", "400")]),
        refused
    );
}

async fn other_methods_are_405_and_say_which_are_allowed(database: Database) {
    let server = Server::start(database).await;
    for path in ["/", "/about/", "/no-such-page/", "/health", "/api/v1/health/", "/static/css/site.css"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = server.send(method.parse().expect("a method"), path, &[]).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let allowed: BTreeSet<&str> = answer.header("allow").split(", ").collect();
            assert_eq!(allowed, BTreeSet::from(["GET", "HEAD"]), "{method} {path}");
        }
    }
    let metrics = server.metrics().await;
    let status = ("http_response_status_code", "405");
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &[status]), 42.0);
    let other = [status, ("http_request_method", "_OTHER")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &other), 6.0);
}

async fn health_has_the_keys_that_monitors_know(database: Database) {
    let server = Server::with(database, &[("telemetry.service_name", "kni_app")]).await;
    for path in ["/health", "/api/v1/health/"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        let body = answer.json();
        assert_eq!(body["status"], "healthy");
        assert_eq!(body["service"], "kni_app");
        assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

async fn readiness_tells_every_check_with_its_latency(database: Database) {
    let server = Server::start(database).await;
    let live = server.ask_ops("/livez").await;
    assert_eq!((live.status.as_u16(), live.text()), (200, "ok\n"));
    let ready = server.ask_ops("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    let body = ready.json();
    assert_eq!(body["ready"], true);
    let checks = body["checks"].as_array().expect("a list of checks");
    let names: Vec<_> = checks.iter().filter_map(|check| check["name"].as_str()).collect();
    assert_eq!(names, ["database", "migrations", "storage"]);
    for check in checks {
        assert_eq!(check["ok"], true);
        assert!(check["latency_ms"].as_f64().is_some_and(|latency| latency >= 0.0), "{check}");
        assert!(check.get("error").is_none());
    }
    let metrics = server.metrics().await;
    for name in names {
        assert_eq!(metrics.sum("vitrine_dependency_up", &[("dependency", name)]), 1.0);
    }
    assert_eq!(server.ask_ops("/nothing").await.status, 404);
    for private in ["/metrics", "/livez", "/readyz"] {
        assert_eq!(server.get(private).await.status, 404, "{private} is not for visitors");
    }
}

async fn every_answer_carries_the_security_headers(database: Database) {
    let server = Server::start(database).await;
    for path in ["/", "/", "/about", "/no-such-page/", "/health", "/static/css/site.css", "/static/none.css"] {
        let answer = server.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "SAMEORIGIN"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{path} {name} once");
        }
        assert_eq!(answer.header("strict-transport-security"), "", "not over http");
        assert_eq!(answer.header("server"), "");
    }
    let bad_host = server.send(Method::GET, "/", &[("host", "evil.test")]).await;
    assert_eq!(bad_host.header("x-content-type-options"), "nosniff");
}

async fn the_policy_of_a_page_names_the_nonce_of_its_scripts(database: Database) {
    let server = Server::start(database).await;
    let mut nonces = BTreeSet::new();
    for path in ["/", "/about/", "/blog/", "/no-such-page/"] {
        for _ in 0..2 {
            let answer = server.get(path).await;
            let policy = answer.header("content-security-policy").to_owned();
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
            assert!(nonce.len() >= 22, "128 bits: {nonce}");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            let html = answer.text();
            let inline =
                html.split("<script").skip(1).filter(|rest| !rest.split('>').next().unwrap_or("").contains("src="));
            for script in inline {
                assert!(script.starts_with(&format!(" nonce=\"{nonce}\"")), "{path}: {}", &script[..60]);
            }
            assert!(!html.contains(" style=\"") && !html.contains(" onclick="), "{path} needs no unsafe-inline");
            nonces.insert(nonce.to_owned());
        }
    }
    assert_eq!(nonces.len(), 4, "each rendering has its own");
}

async fn forwarded_headers_are_believed_from_trusted_proxies_alone(database: Database) {
    let sent = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "www.test")];
    let hosts = ("server.allowed_hosts", "127.0.0.1,www.test");
    let doubting = Server::with(database, &[hosts]).await;
    let believing = doubting.beside(&[hosts, ("server.trusted_proxies", "127.0.0.0/8")]).await;
    for (server, client, secure) in [(&doubting, "127.0.0.1", false), (&believing, "203.0.113.7", true)] {
        for path in ["/about/", "/about/", "/health", "/no-such-page/", "/static/css/site.css"] {
            let answer = server.send(Method::GET, path, &sent).await;
            let transport = if secure { "max-age=31536000" } else { "" };
            assert_eq!(answer.header("strict-transport-security"), transport, "{path}");
        }
        let lines = server.log_lines();
        let requests: Vec<_> = lines.iter().filter(|line| line["msg"] == "request").collect();
        assert_eq!(requests.len(), 5);
        assert!(requests.iter().all(|line| line["client"] == client), "{requests:?}");
        let scheme = if secure { "https" } else { "http" };
        let metrics = server.metrics().await;
        assert_eq!(
            metrics.sum(
                "http_server_request_duration_seconds_count",
                &[("url_scheme", scheme), ("http_route", "/{*path}")]
            ),
            2.0
        );
    }
    let evil = [("x-forwarded-host", "evil.test")];
    assert_eq!(believing.send(Method::GET, "/about/", &evil).await.status, 400);
    assert_eq!(doubting.send(Method::GET, "/about/", &evil).await.status, 200);
    let stamp = format!("t={}", std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis());
    believing.send(Method::GET, "/contact/", &[("x-request-start", &stamp)]).await;
    assert_eq!(believing.metrics().await.sum("vitrine_http_proxy_queue_seconds_count", &[]), 1.0);
}

async fn a_body_that_is_too_large_is_413(database: Database) {
    let server = Server::with(database, &[("server.max_body_bytes", "2048")]).await;
    let announced =
        raw(server.address(), b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n").await;
    assert_eq!(raw_status(&announced), Some(413));
    assert!(String::from_utf8_lossy(&announced).to_ascii_lowercase().contains("connection: close"));
    let url = format!("{}/about/", server.site);
    let fits = try_send(&server.client, Method::POST, &url, &[("content-length", "0")]).await.expect("an answer");
    assert_eq!(fits.status, 405);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "body_too_large")]), 1.0);
    assert!(metrics.sum("http_server_request_body_size_bytes_count", &[]) >= 1.0);
}

async fn http2_is_spoken_without_tls_too(database: Database) {
    let server = Server::start(database).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_gzip().no_proxy().build().expect("valid");
    for path in ["/about/", "/about/", "/no-such-page/"] {
        let response = client.get(format!("{}{path}", server.site)).send().await.expect("an answer");
        assert_eq!(response.version(), reqwest::Version::HTTP_2);
        assert_eq!(response.status(), if path == "/about/" { 200 } else { 404 });
    }
    let bad = client.get(format!("{}/about/", server.site)).header("host", "evil.test").send().await;
    assert!(bad.is_ok_and(|response| response.status() == 400 || response.status() == 200));
}

async fn more_connections_than_allowed_are_refused_and_counted(database: Database) {
    let server = Server::with(database, &[("server.max_connections", "3")]).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(tokio::net::TcpStream::connect(server.address()).await.expect("the kernel accepts"));
    }
    let metrics = async || server.metrics().await;
    // The operations listener has its own connections; the gauge is of both.
    eventually("three are open", SOON, async || metrics().await.sum("vitrine_http_connections", &[]) >= 3.0).await;
    let _beyond = tokio::net::TcpStream::connect(server.address()).await.expect("the kernel accepts");
    let refused = async || {
        let metrics = metrics().await;
        metrics.sum("vitrine_http_connections_total", &[("outcome", "refused")]) >= 1.0
    };
    eventually("the fourth is refused", SOON, refused).await;
    drop(held);
    let answers = async || {
        let url = format!("{}/about/", server.site);
        try_send(&server.client, Method::GET, &url, &[]).await.is_some_and(|answer| answer.status == 200)
    };
    eventually("there is room again", SOON, answers).await;
}

on_both_databases!(
    a_host_that_is_not_ours_is_refused,
    other_methods_are_405_and_say_which_are_allowed,
    health_has_the_keys_that_monitors_know,
    readiness_tells_every_check_with_its_latency,
    every_answer_carries_the_security_headers,
    the_policy_of_a_page_names_the_nonce_of_its_scripts,
    forwarded_headers_are_believed_from_trusted_proxies_alone,
    a_body_that_is_too_large_is_413,
    http2_is_spoken_without_tls_too,
    more_connections_than_allowed_are_refused_and_counted,
);
