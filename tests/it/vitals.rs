//! Web Vitals: what browsers say of a page's speed, and what nobody may make of it.

use reqwest::Method;

use crate::support::client::{client, try_send_body};
use crate::support::{Database, Server, on_both_databases};

on_both_databases!(
    what_a_browser_measured_is_counted_by_type_and_device,
    messages_that_are_none_are_refused_and_make_no_series,
    who_does_not_want_to_be_measured_is_not,
    a_site_can_do_without,
);

pub const GOOD: &str =
    r#"{"page_type":"blog.BlogPage","device":"mobile","lcp":2.4,"inp":0.15,"cls":0.02,"fcp":1.1,"ttfb":0.3}"#;

/// The status that a message gets.
pub async fn beacon(server: &Server, body: &str, headers: &[(&str, &str)]) -> u16 {
    let url = format!("http://{}/-/vitals", server.address());
    let answer =
        try_send_body(&client(), Method::POST, &url, headers, body.as_bytes().to_vec()).await.expect("an answer");
    answer.status.as_u16()
}

async fn what_a_browser_measured_is_counted_by_type_and_device(database: Database) {
    let server = Server::start(database).await;
    let page = server.get("/blog/").await;
    assert!(page.text().contains(r#"data-page-type="blog.BlogIndexPage""#));
    let script = page.text().split('"').find(|part| part.starts_with("/-/vitals.js")).expect("the script").to_owned();
    let script = server.get(&script).await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(script.text().len() < 3000, "{} bytes", script.text().len());
    assert_eq!(beacon(&server, GOOD, &[("sec-fetch-site", "same-origin")]).await, 204);
    let partly = r#"{"page_type":"home.HomePage","device":"desktop","ttfb":0}"#;
    assert_eq!(beacon(&server, partly, &[]).await, 204);
    let metrics = server.metrics().await;
    let of_the_post = [("page_type", "blog.BlogPage"), ("device", "mobile")];
    for (name, value) in [("lcp_seconds", 2.4), ("inp_seconds", 0.15), ("cls", 0.02), ("fcp_seconds", 1.1)] {
        let family = format!("vitrine_web_vital_{name}");
        assert_eq!(metrics.sum(&format!("{family}_count"), &of_the_post), 1.0, "{family}");
        assert_eq!(metrics.sum(&format!("{family}_count"), &[]), 1.0, "what was not measured is not counted");
        assert!((metrics.sum(&format!("{family}_sum"), &of_the_post) - value).abs() < 1e-9);
    }
    assert_eq!(metrics.sum("vitrine_web_vital_ttfb_seconds_count", &[]), 2.0);
    assert_eq!(metrics.sum("vitrine_rum_beacons_total", &[("outcome", "accepted")]), 2.0);
    assert_eq!(server.get("/-/vitals").await.status, 405);
    assert_eq!(server.send(Method::POST, "/-/vitals.js", &[]).await.status, 405);
}

async fn messages_that_are_none_are_refused_and_make_no_series(database: Database) {
    let server = Server::start(database).await;
    let long = format!("{}{}", GOOD, " ".repeat(2000));
    let bad = [
        "",
        "{}",
        "[]",
        r#"{"page_type":"made.Up","device":"mobile","lcp":1}"#,
        r#"{"page_type":"blog.BlogPage","device":"watch","lcp":1}"#,
        r#"{"page_type":"blog.BlogPage","device":"mobile","lcp":-1}"#,
        r#"{"page_type":"blog.BlogPage","device":"mobile","cls":1e9}"#,
        r#"{"page_type":"blog.BlogPage","device":"mobile","lcp":"1"}"#,
        r#"{"page_type":"blog.BlogPage","device":"mobile","path":"/secret/"}"#,
        &long,
    ];
    for body in bad {
        assert_eq!(beacon(&server, body, &[]).await, 400, "{body}");
    }
    assert_eq!(beacon(&server, GOOD, &[("sec-fetch-site", "cross-site")]).await, 400);
    assert_eq!(beacon(&server, GOOD, &[("origin", "https://elsewhere.example")]).await, 400);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_rum_beacons_total", &[("outcome", "rejected")]), bad.len() as f64 + 2.0);
    assert_eq!(metrics.count("vitrine_web_vital_lcp_seconds_count", &[]), 0);
    for _ in 0..61 {
        assert_eq!(beacon(&server, GOOD, &[]).await, 204);
    }
    let metrics = server.metrics().await;
    let outcome = |outcome| metrics.sum("vitrine_rum_beacons_total", &[("outcome", outcome)]);
    assert!(outcome("rate_limited") >= 1.0, "a page sends one message");
    assert_eq!(metrics.sum("vitrine_web_vital_lcp_seconds_count", &[]), outcome("accepted"));
}

async fn who_does_not_want_to_be_measured_is_not(database: Database) {
    let server = Server::start(database).await;
    for header in ["dnt", "sec-gpc"] {
        assert_eq!(beacon(&server, GOOD, &[(header, "1")]).await, 204, "{header}");
    }
    assert_eq!(beacon(&server, GOOD, &[("dnt", "0")]).await, 204);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_rum_beacons_total", &[("outcome", "declined")]), 2.0);
    assert_eq!(metrics.sum("vitrine_web_vital_lcp_seconds_count", &[]), 1.0);
}

async fn a_site_can_do_without(database: Database) {
    let server = Server::with(database, &[("vitals.enabled", "false")]).await;
    assert!(!server.get("/").await.text().contains("/-/vitals"));
    assert_eq!(server.get("/-/vitals.js").await.status, 404);
    assert_ne!(beacon(&server, GOOD, &[]).await, 204);
}
