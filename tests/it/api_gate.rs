//! The gate of the API: pages of other sites that may read it, and those that may not; how often one may ask.

use reqwest::Method;
use serde_json::json;
use vitrine::accounts::Scope;

use crate::support::account::SAME_ORIGIN;
use crate::support::{Answer, Database, SOON, Server, on_both_databases};

const WHOAMI: &str = "/api/v1/whoami";
const LIST: &str = "/api/v2/pages/";
const OURS: &str = "https://app.example.org";
const ALLOW: &str = "access-control-allow-origin";

async fn from(server: &Server, method: Method, path: &str, origin: &str, more: &[(&str, &str)]) -> Answer {
    server.send(method, path, &[&[("origin", origin)], more].concat()).await
}

async fn preflight(server: &Server, path: &str, origin: &str) -> Answer {
    let asks =
        [("access-control-request-method", "PUT"), ("access-control-request-headers", "authorization, if-match")];
    from(server, Method::OPTIONS, path, origin, &asks).await
}

async fn pages_of_listed_origins_read_the_api(database: Database) {
    let server = Server::with(database, &[("api.cors_origins", "https://app.example.org,http://localhost:3000")]).await;
    for path in [WHOAMI, LIST, "/api/v1/whoami/"] {
        for origin in [OURS, "http://localhost:3000"] {
            let asked = preflight(&server, path, origin).await;
            assert_eq!((asked.status.as_u16(), asked.header(ALLOW)), (204, origin), "{path}");
            assert!(asked.header("access-control-allow-methods").contains("PUT"));
            assert!(asked.header("access-control-allow-headers").contains("Authorization"));
            assert_eq!(asked.header("access-control-max-age"), "600");
            assert_eq!(asked.header("access-control-allow-credentials"), "", "only when it is configured");
            let read = from(&server, Method::GET, path, origin, &[]).await;
            assert_eq!(read.header(ALLOW), origin, "also a refusal: {}", read.status);
            assert!(read.header("access-control-expose-headers").contains("RateLimit"));
        }
        for origin in ["https://evil.test", "null", "http://app.example.org", "https://app.example.org.evil.test"] {
            let asked = preflight(&server, path, origin).await;
            assert_eq!(asked.status, 204);
            for name in [ALLOW, "access-control-allow-methods", "access-control-allow-headers"] {
                assert_eq!(asked.header(name), "", "{origin}");
            }
            assert_eq!(from(&server, Method::GET, path, origin, &[]).await.header(ALLOW), "", "{origin}");
        }
        let vary = server.get(path).await;
        let vary: Vec<_> = vary.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        assert!(vary.iter().any(|value| value.contains("Origin")), "caches keep answers apart: {vary:?}");
    }
    let page = from(&server, Method::GET, "/about/", OURS, &[]).await;
    assert_eq!(page.header(ALLOW), "", "only the API");
}

async fn cookies_are_taken_from_other_sites_only_when_that_is_configured(database: Database) {
    let settings = [("api.cors_origins", OURS), ("api.cors_credentials", "true")];
    let server = Server::with(database, &settings).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let read = from(&server, Method::GET, WHOAMI, OURS, &[("cookie", &cookie)]).await;
    assert_eq!((read.status.as_u16(), read.header("access-control-allow-credentials")), (200, "true"));
    let evil = from(&server, Method::GET, WHOAMI, "https://evil.test", &[("cookie", &cookie)]).await;
    assert_eq!((evil.header(ALLOW), evil.header("access-control-allow-credentials")), ("", ""));

    let any = server.beside(&[("api.cors_origins", "*")]).await;
    let read = from(&any, Method::GET, WHOAMI, "https://evil.test", &[("cookie", &cookie)]).await;
    assert_eq!((read.header(ALLOW), read.header("access-control-allow-credentials")), ("*", ""));
    let posted = from(&any, Method::POST, WHOAMI, "https://evil.test", &[("cookie", &cookie)]).await;
    assert_eq!(posted.status, 403, "a cookie changes nothing from there");
    let none = server.beside(&[]).await;
    let read = from(&none, Method::GET, WHOAMI, OURS, &[("cookie", &cookie)]).await;
    assert_eq!((read.header(ALLOW), preflight(&none, WHOAMI, OURS).await.header(ALLOW)), ("", ""));
}

/// What an answer tells of a limit.
fn limit(answer: &Answer) -> (u16, &str, &str) {
    (
        answer.status.as_u16(),
        answer.header("ratelimit-policy"),
        answer.header("ratelimit").split(";t=").next().expect("text"),
    )
}

async fn each_token_has_its_own_limits_and_is_told_of_them(database: Database) {
    let settings = [("api.read_per_minute", "3"), ("api.write_per_minute", "2"), ("api.upload_per_minute", "1")];
    let server = Server::with(database, &settings).await;
    server.user("grace", false).await;
    let (_, one) = server.token("grace", &[Scope::ReadContent]).await;
    let (_, other) = server.token("grace", &[Scope::ReadContent]).await;
    for left in [2, 1, 0] {
        let answer = server.call(Method::GET, WHOAMI, &one).await;
        assert_eq!(limit(&answer), (200, "\"read\";q=3;w=60", format!("\"read\";r={left}").as_str()));
    }
    let refused = server.call(Method::GET, WHOAMI, &one).await;
    assert_eq!(limit(&refused), (429, "\"read\";q=3;w=60", "\"read\";r=0"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.json()["code"], "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(limit(&server.call(Method::GET, WHOAMI, &other).await).2, "\"read\";r=2", "another token");
    assert_eq!(limit(&server.call(Method::POST, WHOAMI, &one).await).2, "\"write\";r=1", "another policy");
    let authorization = format!("Bearer {one}");
    let file = [("authorization", authorization.as_str()), ("content-type", "multipart/form-data; boundary=x")];
    let upload = server.send_body(Method::POST, WHOAMI, &file, b"--x--".to_vec()).await;
    assert_eq!(limit(&upload), (405, "\"upload\";q=1;w=60", "\"upload\";r=0"));
    assert_eq!((upload.header("allow"), upload.json()["code"].as_str()), ("GET, HEAD", Some("wrong_method")));
    let cookie = server.session_of("grace").await;
    for status in [405, 405, 429] {
        let headers = [("cookie", cookie.as_str()), SAME_ORIGIN];
        assert_eq!(server.send(Method::DELETE, WHOAMI, &headers).await.status.as_u16(), status, "a session's own");
    }
    let (_, stranger) = server.token("grace", &[Scope::ReadContent]).await;
    for status in [405, 405, 429] {
        assert_eq!(server.call_json(Method::PATCH, WHOAMI, &stranger, &json!({})).await.status.as_u16(), status);
    }
    let metrics = server.metrics().await;
    let count = |policy, decision| {
        metrics.sum("vitrine_rate_limit_decisions_total", &[("policy", policy), ("decision", decision)])
    };
    assert_eq!((count("read", "allow"), count("read", "deny")), (4.0, 1.0));
    assert_eq!((count("write", "allow"), count("write", "deny"), count("upload", "allow")), (5.0, 2.0, 1.0));
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "rate_limit")]), 3.0);
}

async fn reads_without_an_account_are_limited_by_network_where_that_is_set(database: Database) {
    let settings = [("api.public_per_minute", "2"), ("server.trusted_proxies", "127.0.0.0/8")];
    let server = Server::with(database, &settings).await;
    let from = async |client: &str| {
        let answer = server.send(Method::GET, LIST, &[("x-forwarded-for", client)]).await;
        (answer.status != 429, answer.header("ratelimit").split(";t=").next().unwrap_or_default().to_owned())
    };
    assert_eq!(from("192.0.2.1").await, (true, "\"public\";r=1".to_owned()));
    assert_eq!(from("192.0.2.1").await, (true, "\"public\";r=0".to_owned()));
    assert_eq!(from("192.0.2.1").await, (false, "\"public\";r=0".to_owned()));
    assert_eq!(from("192.0.2.2").await, (true, "\"public\";r=1".to_owned()));
    assert!(from("2001:db8::1").await.0 && from("2001:db8::2").await.0);
    assert!(!from("2001:db8::3").await.0, "one network");
    let free = server.beside(&[]).await;
    for _ in 0..5 {
        let answer = free.get(LIST).await;
        assert_eq!(answer.header("ratelimit"), "", "without a limit nothing is told");
    }
}

async fn after_too_many_wrong_tokens_none_from_there_is_looked_at(database: Database) {
    let settings = [("api.wrong_tokens_per_minute", "3"), ("server.trusted_proxies", "127.0.0.0/8")];
    let server = Server::with(database, &settings).await;
    server.user("grace", false).await;
    let (_, token) = server.token("grace", &[Scope::ReadContent]).await;
    let ask = async |token: &str, client: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("x-forwarded-for", client)];
        server.send(Method::GET, WHOAMI, &headers).await
    };
    for _ in 0..5 {
        assert_eq!(ask(&token, "192.0.2.1").await.status, 200, "those that are right cost nothing");
    }
    for _ in 0..3 {
        assert_eq!(ask("vitrine_guess", "192.0.2.1").await.status, 401);
    }
    let late = ask(&token, "192.0.2.1").await;
    assert_eq!((late.status.as_u16(), late.json()["code"].as_str()), (429, Some("rate_limited")));
    assert!(late.header("retry-after").parse::<u64>().is_ok_and(|wait| (1..=20).contains(&wait)));
    assert_eq!(ask(&token, "192.0.2.2").await.status, 200, "elsewhere it works");
    let metrics = server.metrics().await;
    let throttled = [("method", "token"), ("outcome", "throttled")];
    assert_eq!(metrics.sum("vitrine_auth_attempts_total", &throttled), 1.0);
    let count =
        |decision| metrics.sum("vitrine_rate_limit_decisions_total", &[("policy", "auth"), ("decision", decision)]);
    assert_eq!((count("allow"), count("deny")), (3.0, 1.0));
}

/// A proxy that sends without a pause, and is told at the end.
async fn who_sends_much_reads_why_it_is_refused(database: Database) {
    use std::io::{Read as _, Write as _};
    const BYTES: usize = 20_000_000;
    let server = Server::start(database).await;
    let address = server.running.site_address.expect("a public listener");
    for _ in 0..5 {
        let answer = tokio::task::spawn_blocking(move || {
            let mut connection = std::net::TcpStream::connect(address)?;
            connection.set_write_timeout(Some(SOON))?;
            connection.set_read_timeout(Some(SOON))?;
            let head = "POST /api/v1/documents/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/octet-stream\r\nContent-Length:";
            write!(connection, "{head} {BYTES}\r\n\r\n")?;
            connection.write_all(&vec![b'x'; BYTES])?;
            let mut answer = String::new();
            connection.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer)
        });
        let answer = answer.await.expect("no panic").expect("the connection is not reset");
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}

on_both_databases!(
    who_sends_much_reads_why_it_is_refused,
    pages_of_listed_origins_read_the_api,
    cookies_are_taken_from_other_sites_only_when_that_is_configured,
    each_token_has_its_own_limits_and_is_told_of_them,
    reads_without_an_account_are_limited_by_network_where_that_is_set,
    after_too_many_wrong_tokens_none_from_there_is_looked_at,
);
