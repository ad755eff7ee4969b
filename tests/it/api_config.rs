//! What front ends are told at run time: public settings of a site, their ETag, and events when they change.

use reqwest::Method;
use serde_json::{Map, Value, json};
use vitrine::content::{NewSite, site};
use vitrine::telemetry::label::Channel;

use crate::support::browser::location;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};
use vitrine::accounts::{GlobalPermission, Grant};

const CONFIG: &str = "/api/v1/config/frontend/";
const EVENTS: &str = "/api/v1/config/frontend/events";
const TYPE: &str = "site.FrontendSettings";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

async fn set(server: &Server, site: i64, fields: Value) {
    server.content().update_setting(Some(site), TYPE, &object(fields), Channel::Admin).await.expect("it is valid");
}

async fn default_site(server: &Server) -> i64 {
    site::list(server.db(), "").await.expect("listed")[0].id
}

/// The settings that an answer tells.
async fn told(server: &Server) -> Value {
    server.get(CONFIG).await.json()["settings"]["frontend_settings"].clone()
}

/// A stream of events, and what of it is read already.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn open(server: &Server, headers: &[(&str, &str)]) -> Self {
        let mut request = server.client.get(format!("{}{EVENTS}", server.site));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, text: String::new() }
    }

    /// The ETag of the next event.
    async fn changed(&mut self) -> String {
        let read = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.text = rest;
                    if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                        assert!(event.contains("event: changed") && event.contains("retry: 3000"), "{event}");
                        let data: Value = serde_json::from_str(data).expect("JSON");
                        let etag = data["etag"].as_str().expect("an ETag").to_owned();
                        assert!(event.contains(&format!("id: {}", etag.trim_matches('"'))), "{event}");
                        return etag;
                    }
                    continue;
                }
                let bytes = self.response.chunk().await.expect("readable").expect("it goes on");
                self.text += std::str::from_utf8(&bytes).expect("UTF-8");
            }
        };
        tokio::time::timeout(SOON, read).await.expect("an event in time")
    }
}

async fn anybody_is_told_the_public_settings_and_nothing_else(database: Database) {
    let server = Server::start(database).await;
    let answer = server.get(CONFIG).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, no-cache");
    assert!(answer.queries() == 0 && !answer.text().contains("contact_email"), "{}", answer.text());
    let expected = json!({
        "announcement": "", "announcement_link": "", "maintenance": false, "search_enabled": true, "features": [],
    });
    let whole = answer.json();
    assert_eq!(whole["settings"], json!({ "frontend_settings": expected }), "the defaults");
    assert_eq!((&whole["site"]["language"], &whole["site"]["base_url"]), (&json!("en"), &json!("http://site.test")));
    let etag = answer.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() == 34, "strong: {etag}");
    for (known, status) in [(etag.as_str(), 304), ("\"other\"", 200), ("*", 304)] {
        let again = server.send(Method::GET, CONFIG, &[("if-none-match", known)]).await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (status, etag.as_str()), "{known}");
        assert_eq!(again.body.is_empty(), status == 304);
    }
    assert_eq!(server.get("/api/v1/config/frontend").await.header("etag"), etag, "without its slash");
    let head = server.send(Method::HEAD, CONFIG, &[]).await;
    assert_eq!((head.status.as_u16(), head.header("etag"), head.body.len()), (200, etag.as_str(), 0));
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for path in [CONFIG, EVENTS] {
            let refused = server.send(method.clone(), path, &[]).await;
            assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "GET, HEAD"), "{method} {path}");
        }
    }
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_frontend_listeners", &[]), 0.0);
    let labels = [("http_route", CONFIG), ("http_response_status_code", "200")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &labels), 4.0);
}

async fn a_change_in_the_editor_is_told_at_once_on_every_node_and_is_in_the_log(database: Database) {
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    let before = server.get(CONFIG).await.header("etag").to_owned();
    assert_eq!(other.get(CONFIG).await.header("etag"), before);
    let (mut here, mut there) = (Stream::open(&server, &[]).await, Stream::open(&other, &[]).await);
    assert_eq!((here.changed().await, there.changed().await), (before.clone(), before.clone()), "the state as it is");
    let mut knows = Stream::open(&server, &[("last-event-id", before.trim_matches('"'))]).await;
    let mut missed = Stream::open(&server, &[("last-event-id", "something-older")]).await;
    assert_eq!(missed.changed().await, before);
    assert_eq!(server.metrics().await.sum("vitrine_frontend_listeners", &[]), 3.0);

    let ann = server.browser("ann", &[Grant::Global(GlobalPermission::Settings)]).await;
    let form = location(&ann.get("/admin/settings/site.FrontendSettings/").await).to_owned();
    let fields = json!({ "announcement": "Back <soon>", "maintenance": true, "features": ["dark", "beta"] });
    let sent = json!({ "base_revision": 0, "content": { "fields": fields } });
    let saved = server.send_json(&form, &ann.cookie, &sent).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let now = told(&server).await;
    assert_eq!((&now["announcement"], &now["maintenance"]), (&json!("Back <soon>"), &json!(true)));
    assert_eq!(now["features"].as_array().map(Vec::len), Some(2));
    let after = server.get(CONFIG).await.header("etag").to_owned();
    assert_ne!(after, before);
    assert_eq!((here.changed().await, knows.changed().await, there.changed().await), {
        (after.clone(), after.clone(), after.clone())
    });
    assert_eq!(other.get(CONFIG).await.header("etag"), after, "before its event it knew");
    let history = ann.text(&format!("{form}history/")).await;
    assert!(history.contains("<td>update</td><td>ann</td>"), "{history}");

    // What else changes is no event.
    let home = server.page_id("/").await;
    server.standard_page(home, "News", "<p>x</p>").await;
    let site = default_site(&server).await;
    set(&server, site, json!({ "announcement": "Third" })).await;
    let third = server.get(CONFIG).await.header("etag").to_owned();
    assert_eq!((here.changed().await, there.changed().await), (third.clone(), third), "one event for one change");
    drop((here, knows, missed, there));
    let gone = async || server.metrics().await.sum("vitrine_frontend_listeners", &[]) == 0.0;
    eventually("their places are free", SOON, gone).await;
}

async fn each_site_tells_its_own(database: Database) {
    let server = Server::with(database, &[("server.allowed_hosts", "*")]).await;
    let home = server.page_id("/").await;
    let second = server.standard_page(home, "Second", "<p>x</p>").await;
    let new = NewSite { hostname: "other.example".into(), port: 80, name: "Other".into(), root_page_id: second };
    let id = server.content().create_site(&new, Channel::Cli).await.expect("created");
    let of = async |host: &str| server.send(Method::GET, CONFIG, &[("host", host)]).await;
    let known = async || of("other.example").await.json()["site"]["name"] == "Other";
    eventually("the node knows the site", SOON, known).await;
    set(&server, id, json!({ "announcement": "Theirs" })).await;
    let announced =
        |answer: crate::support::Answer| answer.json()["settings"]["frontend_settings"]["announcement"].clone();
    assert_eq!(announced(of("other.example").await), "Theirs");
    assert_eq!(announced(of("localhost").await), "");
    assert_ne!(of("other.example").await.header("etag"), of("localhost").await.header("etag"));
}

async fn one_network_has_so_many_streams_and_others_have_theirs(database: Database) {
    let server = Server::with(database, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
    let from = ("x-forwarded-for", "192.0.2.1");
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(Stream::open(&server, &[from]).await);
    }
    let full = server.send(Method::GET, EVENTS, &[from]).await;
    assert_eq!((full.status.as_u16(), full.header("retry-after")), (503, "30"));
    assert_eq!(full.json()["code"], "too_many_listeners");
    assert_eq!(server.send(Method::GET, CONFIG, &[from]).await.status, 200, "it can be read all the same");
    let mut other = Stream::open(&server, &[("x-forwarded-for", "192.0.2.2")]).await;
    other.changed().await;
    open.pop();
    let place = async || {
        let request = server.client.get(format!("{}{EVENTS}", server.site)).header(from.0, from.1);
        request.send().await.expect("an answer").status() == 200
    };
    eventually("a place is free", SOON, place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_when_the_server_stops() {
    let server = Server::start(Database::Sqlite).await;
    let mut stream = Stream::open(&server, &[]).await;
    stream.changed().await;
    let ends = async { while let Ok(Some(_)) = stream.response.chunk().await {} };
    let (cut, ()) = tokio::join!(server.running.stop(), ends);
    assert_eq!(cut, 0, "nothing had to be cut");
}

on_both_databases!(
    anybody_is_told_the_public_settings_and_nothing_else,
    a_change_in_the_editor_is_told_at_once_on_every_node_and_is_in_the_log,
    each_site_tells_its_own,
    one_network_has_so_many_streams_and_others_have_theirs,
);
