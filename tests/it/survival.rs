//! Survival copies: published pages stay when the database is away, also across a restart, and nothing comes back that
//! was taken off the site; and the proof that a publish is visible.

use std::sync::Arc;

use tempfile::TempDir;
use vitrine::telemetry::label::Channel;

use crate::support::{Cluster, Database, Metrics, SOON, Server, eventually, on_both_databases, site};

/// Stops a server; its folder and its database's URL stay.
async fn stop(server: Server) -> (Arc<TempDir>, String) {
    let Server { running, folder, database_url, .. } = server;
    running.stop().await;
    (folder, database_url)
}

async fn restarted(server: Server, settings: &[(&str, &str)]) -> Server {
    let (folder, url) = stop(server).await;
    Server::open(folder, url, settings).await
}

fn degraded(metrics: &Metrics) -> f64 {
    metrics.sum("vitrine_degraded", &[])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_stay_when_the_server_restarts_without_its_database_and_heal_by_themselves() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let settings = [("database.acquire_timeout_s", "0.5")];
    let server = Server::with(Database::Postgres(cluster), &settings).await;
    let mut texts = Vec::new();
    for path in site::all_paths() {
        let answer = server.get(&path).await;
        texts.push((path, site::without_nonces(answer.text()), answer.header("etag").to_owned()));
    }
    let (folder, url) = stop(server).await;
    cluster.stop();
    let server = Server::open(folder, url, &settings).await;
    for (path, text, etag) in &texts {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.cache()), (200, "stale"), "{path}");
        assert_eq!(site::without_nonces(answer.text()), *text, "{path}");
        assert!(answer.header("age").parse::<u64>().is_ok(), "{path} tells its age");
        assert_eq!(answer.header("etag"), etag, "{path}: a visitor's copy is still good");
        assert!(answer.header("content-security-policy").contains("nonce-"), "{path}");
    }
    assert_eq!(server.get("/never-seen/").await.status, 503);
    let metrics = server.metrics().await;
    assert_eq!(degraded(&metrics), 1.0);
    let found = [("cache", "survival"), ("operation", "get"), ("result", "hit")];
    assert_eq!(metrics.sum("vitrine_cache_operations_total", &found), texts.len() as f64);
    cluster.start_again();
    eventually("pages are current again", SOON, async || server.get("/about/").await.cache() == "hit").await;
    eventually("the node says so", SOON, async || degraded(&server.metrics().await) == 0.0).await;
    assert_eq!(server.get("/never-seen/").await.status, 404);
}

async fn a_page_taken_off_the_site_does_not_survive(database: Database) {
    let server = Server::with(database, &[]).await;
    let held = async |server: &Server| server.metrics().await.sum("vitrine_cache_entries", &[("cache", "survival")]);
    for path in ["/about/", "/contact/", "/approach/"] {
        server.get(path).await;
    }
    eventually("three copies are held", SOON, async || held(&server).await == 3.0).await;
    let (contact, approach) = (server.page_id("/contact/").await, server.page_id("/approach/").await);
    server.content().unpublish(contact, Channel::Admin).await.expect("unpublished");
    eventually("its copy is deleted", SOON, async || held(&server).await == 2.0).await;
    // While the first server is not running, another one takes a page off.
    let other = server.beside(&[("cache.survival_max_bytes", "0")]).await;
    let (folder, url) = stop(server).await;
    other.content().unpublish(approach, Channel::Admin).await.expect("unpublished");
    let server = Server::open(folder, url, &[]).await;
    eventually("it catches up", SOON, async || held(&server).await == 1.0).await;
}

async fn copies_stay_within_their_bound_and_outlive_a_restart(database: Database) {
    let settings = [("cache.survival_max_bytes", "40000")];
    let server = Server::with(database, &settings).await;
    for path in site::all_paths() {
        server.get(&path).await;
    }
    let bytes =
        async |server: &Server| server.metrics().await.sum("vitrine_cache_size_bytes", &[("cache", "survival")]);
    let evicted = async |server: &Server| {
        server.metrics().await.sum("vitrine_cache_evictions_total", &[("cache", "survival"), ("reason", "size")]) > 0.0
    };
    eventually("the oldest go", SOON, async || evicted(&server).await).await;
    let server = restarted(server, &settings).await;
    let within = async || {
        let bytes = bytes(&server).await;
        bytes > 10_000.0 && bytes <= 40_000.0
    };
    eventually("the rest is found again", SOON, within).await;
    let server = restarted(server, &[("cache.survival_max_bytes", "0")]).await;
    assert_eq!(bytes(&server).await, 0.0, "none are kept when the store is off");
}

async fn another_database_does_not_inherit_the_copies(database: Database) {
    let server = Server::with(database, &[]).await;
    server.get("/about/").await;
    let (folder, _) = stop(server).await;
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let other = format!("sqlite:{}", elsewhere.path().join("other.db").display());
    let server = Server::open(folder, other, &[]).await;
    let gone = async || server.metrics().await.sum("vitrine_cache_entries", &[("cache", "survival")]) == 0.0;
    eventually("the copies of the other database are gone", SOON, gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_stay_when_the_file_of_the_database_is_damaged() {
    let server = Server::with(Database::Sqlite, &[]).await;
    server.get("/about/").await;
    let (folder, url) = stop(server).await;
    let file = url.strip_prefix("sqlite:").expect("a SQLite URL").to_owned();
    let whole = std::fs::read(&file).expect("readable");
    for companion in ["-wal", "-shm"] {
        // Not there after a clean stop.
        let _ = std::fs::remove_file(format!("{file}{companion}"));
    }
    std::fs::write(&file, "this is no database, and long enough to tell: ".repeat(100)).expect("written");
    let server = Server::open(folder, url, &[]).await;
    let answer = server.get("/about/").await;
    assert_eq!((answer.status.as_u16(), answer.cache()), (200, "stale"));
    std::fs::write(&file, whole).expect("written");
    eventually("it heals by itself", SOON, async || server.get("/about/").await.cache() == "hit").await;
}

async fn a_publish_is_proven_visible_with_its_new_validator(database: Database) {
    let server = Server::with(database, &[]).await;
    let other = server.beside(&[("cache.survival_max_bytes", "0")]).await;
    let measured = async |server: &Server| server.metrics().await.sum("vitrine_publish_propagation_seconds_count", &[]);
    let before = server.get("/about/").await.header("etag").to_owned();
    other.get("/about/").await;
    let (here, there) = (measured(&server).await, measured(&other).await);
    let id = server.page_id("/about/").await;
    server.republish(id, |content| content.title = "Seen by everybody".into()).await;
    eventually("it is proven here", SOON, async || measured(&server).await == here + 1.0).await;
    eventually("and on the other node", SOON, async || measured(&other).await == there + 1.0).await;
    for server in [&server, &other] {
        let proof = server.running.site.recent_proofs().pop().expect("a proof");
        let now = server.get("/about/").await;
        assert_eq!((proof.page_id, proof.etag.as_str()), (id, now.header("etag")));
        assert_ne!(now.header("etag"), before);
        assert_eq!(now.cache(), "hit", "the proof has made the page");
        assert!((0.0..30.0).contains(&proof.seconds), "{proof:?}");
    }
    let views = server.metrics().await.sum("vitrine_page_views_total", &[("audience", "human")]);
    let unpublished = server.page_id("/contact/").await;
    let count = measured(&server).await;
    server.content().unpublish(unpublished, Channel::Admin).await.expect("unpublished");
    server.republish(id, |content| content.title = "Again".into()).await;
    eventually("the next publish is proven", SOON, async || measured(&server).await == count + 1.0).await;
    let after = server.metrics().await.sum("vitrine_page_views_total", &[("audience", "human")]);
    assert_eq!(after, views, "a proof is no view, and an unpublished page has none");
}

on_both_databases!(
    a_page_taken_off_the_site_does_not_survive,
    copies_stay_within_their_bound_and_outlive_a_restart,
    another_database_does_not_inherit_the_copies,
    a_publish_is_proven_visible_with_its_new_validator,
);
