//! The live operations page: its numbers are those of /metrics, it asks nobody else, and its events end with the server.

use std::time::Duration;

use reqwest::Method;
use vitrine::telemetry::label::Route;

use crate::support::client::try_send;
use crate::support::edit::standard_page;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, site};

/// The number of requests that the page shows for a route.
fn shown(page: &str, route: &str) -> f64 {
    let mark = format!("data-route=\"{route}\">");
    let number = page.split_once(&mark).and_then(|(_, rest)| rest.split('<').next());
    number.map_or(0.0, |number| number.parse().expect("a number"))
}

async fn the_page_and_the_metrics_agree(database: Database) {
    let server = Server::start(database).await;
    for path in site::page_paths().iter().take(5) {
        server.get(path).await;
        server.get(path).await;
    }
    for path in ["/no-such-page/", "/search/?q=tides", "/static/css/site.css"] {
        server.get(path).await;
    }
    let (page, metrics) = (server.ask_ops("/ops").await, server.metrics().await);
    for route in Route::ALL.iter().filter(|route| !matches!(route, Route::Ops | Route::Metrics)) {
        let counted = metrics.sum("http_server_request_duration_seconds_count", &[("http_route", route.as_str())]);
        assert_eq!(shown(page.text(), route.as_str()), counted, "{}", route.as_str());
    }
    assert_eq!(shown(page.text(), Route::Page.as_str()), 10.0);
    let good = [("slo", "availability"), ("result", "good")];
    let objective = format!(
        "<td>availability</td><td class=\"n\">99.9 %</td><td class=\"n\">{}</td>",
        metrics.sum("vitrine_slo_events_total", &good)
    );
    assert!(page.text().contains(&objective), "{objective}: {}", page.text());
    assert!(page.text().contains("<code>page.find_live_by_url</code>"), "the slowest queries");
    for sentence in ["All is well.", "Version "] {
        assert!(page.text().contains(sentence), "{sentence}: {}", page.text());
    }
}

async fn the_page_is_its_own_and_has_a_strict_policy(database: Database) {
    let server = Server::start(database).await;
    let page = server.ask_ops("/ops").await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-") && !policy.contains("unsafe"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(!server.ask_ops("/ops").await.text().contains(nonce), "each answer has its own");
    assert_eq!(
        page.text().matches("<script").count(),
        page.text().matches(&format!("<script nonce=\"{nonce}\" src=\"/ops/static/")).count()
    );
    assert!(!page.text().contains("//") && !page.text().contains(" style="), "nothing from elsewhere: {}", page.text());
    assert_eq!(page.header("cache-control"), "no-store");
    for file in ["ops.css", "ops.js", "uplot.min.css", "uplot.iife.min.js"] {
        let answer = server.ask_ops(&format!("/ops/static/{file}")).await;
        assert_eq!(answer.status, 200, "{file}");
        assert!(page.text().contains(&format!("/ops/static/{file}")), "{file} is used");
    }
    assert_eq!(server.ask_ops("/ops/static/../mod.rs").await.status, 404);
    let url = format!("{}/ops", server.ops);
    let answer = try_send(&server.client, Method::POST, &url, &[("content-length", "0")]).await.expect("an answer");
    assert_eq!(answer.status, 405);
}

/// The first `events` of the live page, each as JSON.
async fn listen(response: &mut reqwest::Response, events: usize) -> Vec<serde_json::Value> {
    let (mut text, mut found) = (String::new(), Vec::new());
    while found.len() < events {
        let chunk = tokio::time::timeout(SOON, response.chunk()).await.expect("an event in time").expect("readable");
        text += std::str::from_utf8(&chunk.expect("it goes on")).expect("UTF-8");
        while let Some((event, rest)) = text.split_once("\n\n") {
            let data = event.strip_prefix("data: ").unwrap_or_else(|| panic!("no event: {event}"));
            found.push(serde_json::from_str(data).expect("JSON"));
            text = rest.to_owned();
        }
    }
    found
}

async fn events_come_every_second_to_so_many_and_end_with_the_server(database: Database) {
    let server = Server::start(database).await;
    let url = format!("{}/ops/live", server.ops);
    let ask = async || server.client.get(&url).send().await.expect("an answer");
    let mut first = ask().await;
    assert_eq!(first.headers()["content-type"], "text/event-stream");
    server.get("/about/").await;
    let mut seen = false;
    for _ in 0..5 {
        let events = listen(&mut first, 1).await;
        assert!(events[0]["sections"]["state"].as_str().is_some_and(|state| state.contains("All is well")));
        seen |= events[0]["point"].as_array().is_some_and(|point| point[1].as_f64().is_some_and(|rate| rate > 0.0));
        if seen {
            break;
        }
    }
    assert!(seen, "the request is in a point");
    let mut others = Vec::new();
    for _ in 0..15 {
        let other = ask().await;
        assert_eq!(other.status(), 200);
        others.push(other);
    }
    assert_eq!(ask().await.status(), 429, "one too many");
    others.clear();
    eventually("a place is free when a listener goes", SOON, async || ask().await.status() == 200).await;
    let history = server.ask_ops("/ops/history?step=1s&route=/{*path}").await.json();
    let columns = history["columns"].as_array().expect("columns");
    assert!(
        columns.len() == 12
            && columns.iter().all(|column| column.as_array().map(Vec::len) == columns[0].as_array().map(Vec::len))
    );
    let duration = server.metrics().await;
    let streams = [("http_route", "/ops/live")];
    let longest = duration.sum("http_server_request_duration_seconds_sum", &streams);
    assert!(longest < 5.0, "a stream lasts as long as its head took: {longest}");
    let ended = async move {
        // A connection that is cut is an end too.
        while let Ok(Some(_)) = first.chunk().await {}
    };
    let (_, ended) = tokio::join!(server.running.stop(), tokio::time::timeout(Duration::from_secs(20), ended));
    ended.expect("the events end with the server");
}

async fn publishes_and_errors_are_on_the_page(database: Database) {
    let broken = site::folder_with(&[("templates/standard/standard_page.html", "{{ page.title.no.such() }}")]);
    let dir = broken.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let home = server.page_id("/").await;
    server.republish(home, |content| content.title = "Home again".into()).await;
    let told = async |text: &str| server.ask_ops("/ops").await.text().contains(text);
    eventually("the publish is told", SOON, async || told(&format!("page {home}, visible after ")).await).await;
    assert!(told("version 0.1.0, commit ").await, "so is the start");
    let id = server.create(standard_page(home, "Broken", "<p>One.</p>")).await.expect("created");
    server.publish(id).await.expect("published");
    let failed = server.get("/broken/").await;
    assert_eq!(failed.status, 500);
    let trace = failed.header("traceresponse").split('-').nth(1).expect("an id").to_owned();
    let page = server.ask_ops("/ops").await;
    assert!(page.text().contains(&format!("/ops/traces/{trace}")), "its last trace: {}", page.text());
    let explained = server.ask_ops(&format!("/ops/traces/{trace}")).await;
    assert!(explained.text().contains("a template has a mistake"), "{}", explained.text());
}

on_both_databases!(
    the_page_and_the_metrics_agree,
    the_page_is_its_own_and_has_a_strict_policy,
    events_come_every_second_to_so_many_and_end_with_the_server,
    publishes_and_errors_are_on_the_page,
);
