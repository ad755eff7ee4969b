//! What Fastly and Cloudflare are asked, to the letter, and what happens when they say no.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::cdn::has_settled;
use crate::support::process::run;
use crate::support::sink::{Request, Sink};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

const TOKEN: &str = "a-token-that-nobody-may-read";
const POST: &str = "/blog/soundings/";

/// The names of the words in the body of requests, all together.
fn words(requests: &[Request], list: &str) -> BTreeSet<String> {
    let words = |request: &Request| request.json()[list].as_array().cloned().unwrap_or_default();
    requests.iter().flat_map(words).map(|word| word.as_str().expect("a word").to_owned()).collect()
}

/// A server whose first purge, of everything, was taken twice.
async fn started(database: Database, sink: &Sink, own: &[(&str, &str)]) -> Server {
    let url = sink.url();
    let settings = [("cdn.urls", url.as_str()), ("cdn.token", TOKEN), ("cdn.again_s", "0.3"), ("cdn.max_age_s", "600")];
    let server = Server::with(database, &[&settings[..], own].concat()).await;
    has_settled(&server).await;
    server
}

fn assert_silent_about_the_token(server: &Server, sink: &Sink) {
    let log = format!("{:?}", server.log_lines());
    assert!(!log.contains(TOKEN), "a secret is in the log");
    let folder = server.folder.path();
    let (url, at) = (format!("cdn.urls={}", sink.url()), format!("database.url={}", server.database_url));
    let file = folder.join("vitrine.toml");
    std::fs::write(&file, format!("cdn.token = \"{TOKEN}\"\n")).expect("room for a file");
    let set = ["--set", "cdn.provider=fastly", "--set", "cdn.service=SU1", "--set", &url, "--set", &at];
    for line in ["cdn status --json", "config show", "doctor"] {
        let (_, said, errors) = run(vitrine(folder).args(line.split(' ')).args(set));
        assert!(!said.contains(TOKEN) && !errors.contains(TOKEN), "{line}");
        assert!(line != "doctor" || said.contains("fastly takes purges"), "{said}");
    }
}

async fn fastly_is_asked_for_surrogate_keys(database: Database) {
    let sink = Sink::start().await;
    let own = [("cdn.provider", "fastly"), ("cdn.service", "SU1Z0isxPaozGVKXdv0eY")];
    let server = started(database, &sink, &own).await;
    let page = server.get(POST).await;
    let post = server.page_id(POST).await;
    let keys: BTreeSet<String> = page.header("surrogate-key").split(' ').map(str::to_owned).collect();
    assert!(keys.contains("vitrine") && keys.contains(&format!("p{post}")), "{keys:?}");
    assert_eq!((page.header("surrogate-control"), page.header("cache-tag")), ("max-age=600", ""));
    assert_eq!(server.get("/no-such-page/").await.header("surrogate-control"), "");
    let before = sink.requests();
    for request in &before {
        let head = (request.method.as_str(), request.path.as_str());
        assert_eq!(head, ("POST", "/service/SU1Z0isxPaozGVKXdv0eY/purge"));
        assert_eq!((request.header("fastly-key"), request.header("authorization")), (TOKEN, ""));
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.json(), json!({ "surrogate_keys": ["vitrine"] }), "a new one is emptied");
    }
    assert_eq!(before.len(), 2, "at once, and once more");
    sink.reply((429, vec![("retry-after", "2")], "slow down"));
    let text = server.newest(post).await;
    let changed = serde_json::to_string(&text.fields).expect("JSON").replacen(" the ", " thy ", 1);
    server.republish(post, |content| content.fields = serde_json::from_str(&changed).expect("JSON")).await;
    has_settled(&server).await;
    let after = sink.requests().split_off(before.len());
    let (refused, again) = (&after[0], &after[1]);
    assert_eq!(refused.body, again.body, "the same once more");
    assert!(again.at - refused.at >= Duration::from_secs(2), "it was asked to wait");
    let purged = words(&after, "surrogate_keys");
    assert!(purged.contains(&format!("p{post}")) && !purged.contains("vitrine"), "{purged:?}");
    let metrics = server.metrics().await;
    let labels = [("provider", "fastly"), ("outcome", "throttled")];
    assert_eq!(metrics.sum("vitrine_cdn_requests_total", &labels), 1.0);
    assert_silent_about_the_token(&server, &sink);
}

async fn cloudflare_is_asked_for_cache_tags(database: Database) {
    let sink = Sink::start().await;
    sink.reply((
        200,
        vec![],
        "{\"success\": false, \"errors\": [{\"message\": \"a-token-that-nobody-may-read is wrong\"}]}",
    ));
    let own = [("cdn.provider", "cloudflare"), ("cdn.zone", "023e105f4ecef8ad9ca31a8372d0c353")];
    let server = started(database, &sink, &own).await;
    let page = server.get(POST).await;
    let post = server.page_id(POST).await;
    assert!(page.header("cache-tag").starts_with("vitrine,") && !page.header("cache-tag").contains(' '));
    assert_eq!(page.header("cdn-cache-control"), "max-age=600");
    let markdown = server.send(reqwest::Method::GET, POST, &[("accept", "text/markdown")]).await;
    let said = (markdown.header("cache-tag"), markdown.header("cdn-cache-control"));
    assert_eq!(said, ("", "no-store"), "it would be given to those who want HTML");
    server.content().unpublish(post, vitrine::telemetry::label::Channel::Admin).await.expect("unpublished");
    has_settled(&server).await;
    let requests = sink.requests();
    for request in &requests {
        let head = (request.method.as_str(), request.path.as_str());
        assert_eq!(head, ("POST", "/zones/023e105f4ecef8ad9ca31a8372d0c353/purge_cache"));
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        assert!(request.json()["tags"].as_array().is_some_and(|tags| (1..=30).contains(&tags.len())));
    }
    let purged = words(&requests[3..], "tags");
    assert!(purged.contains(&format!("p{post}")) && !purged.contains("vitrine"), "{purged:?}");
    let metrics = server.metrics().await;
    let labels = [("provider", "cloudflare"), ("outcome", "refused")];
    assert_eq!(metrics.sum("vitrine_cdn_requests_total", &labels), 1.0, "200 that says no is no");
    assert_silent_about_the_token(&server, &sink);
}

async fn another_cdn_and_one_that_was_away_for_long_are_emptied(database: Database) {
    let (first, second) = (Sink::start().await, Sink::start().await);
    let own = [("cdn.provider", "fastly"), ("cdn.service", "SU1")];
    let server = started(database, &first, &own).await;
    let emptied = |sink: &Sink| sink.requests().iter().filter(|request| request.body.contains("\"vitrine\"")).count();
    assert_eq!(emptied(&first), 2);
    server.running.stop().await;
    let url = first.url();
    let settings = [("cdn.urls", url.as_str()), ("cdn.token", TOKEN), ("cdn.again_s", "0.3"), own[0], own[1]];
    let at = (server.folder.clone(), server.database_url.clone());
    let same = Server::open(at.0.clone(), at.1.clone(), &settings).await;
    has_settled(&same).await;
    assert_eq!(emptied(&first), 2, "nothing has changed");
    same.running.stop().await;
    crate::support::postgres::execute(&at.1, "UPDATE cdn SET reached_at = 0").expect("written");
    let late = Server::open(at.0.clone(), at.1.clone(), &settings).await;
    eventually("changes may have been forgotten", SOON, async || emptied(&first) == 4).await;
    late.running.stop().await;
    let url = second.url();
    let settings = [("cdn.urls", url.as_str()), ("cdn.token", TOKEN), ("cdn.again_s", "0.3"), own[0], own[1]];
    let _other = Server::open(at.0, at.1, &settings).await;
    eventually("a new one is emptied", SOON, async || emptied(&second) == 2).await;
}

async fn one_process_at_a_time_purges(database: Database) {
    let sink = Sink::start().await;
    let own = [("cdn.provider", "fastly"), ("cdn.service", "SU1")];
    let server = started(database, &sink, &own).await;
    let url = sink.url();
    let settings = [("cdn.urls", url.as_str()), ("cdn.token", TOKEN), ("cdn.again_s", "0.3"), own[0], own[1]];
    let other = server.beside(&settings).await;
    let before = sink.requests().len();
    let post = server.page_id(POST).await;
    server.republish(post, |content| content.seo_title = "Other".into()).await;
    has_settled(&server).await;
    let counted = other.metrics().await.sum("vitrine_cdn_requests_total", &[]);
    assert_eq!((counted, sink.requests().len() > before), (0.0, true), "the first one has the lease");
    let database_url = server.database_url.clone();
    server.running.stop().await;
    other.republish(post, |content| content.seo_title = "Another".into()).await;
    eventually("the other one goes on", SOON, async || {
        other.metrics().await.sum("vitrine_cdn_requests_total", &[]) >= 2.0
    })
    .await;
    assert_eq!(
        crate::support::postgres::number(&database_url, "SELECT COUNT(*) FROM cdn WHERE failing_since IS NULL"),
        1
    );
}

on_both_databases!(
    fastly_is_asked_for_surrogate_keys,
    cloudflare_is_asked_for_cache_tags,
    another_cdn_and_one_that_was_away_for_long_are_emptied,
    one_process_at_a_time_purges,
);
