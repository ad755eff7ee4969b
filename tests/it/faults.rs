//! Faults on real databases: gone and back, killed in the middle of a write, a full disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use rustix::process::Signal;
use vitrine::content::{EditError, Position};
use vitrine::db::{DbError, TxName};
use vitrine::telemetry::label::Channel;

use crate::support::client::{client, try_send};
use crate::support::edit::standard_page;
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Cluster, Database, Process, SOON, Server, eventually, on_both_databases, site, vitrine};

async fn is_ready(server: &Server) -> bool {
    server.ask_ops("/readyz").await.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_goes_and_comes_back_under_load_and_published_pages_stay() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let settings = [("database.acquire_timeout_s", "0.5")];
    let server = Arc::new(Server::with(Database::Postgres(cluster), &settings).await);
    for path in site::page_paths() {
        server.get(&path).await;
    }
    let id = server.page_id("/about/").await;
    let (ending, visits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (server, ending, visits) = (server.clone(), ending.clone(), visits.clone());
            tokio::spawn(async move {
                let paths = site::page_paths();
                while !ending.load(Ordering::Relaxed) {
                    for path in &paths {
                        let answer = server.get(path).await;
                        assert_eq!(answer.status, 200, "{path} while the database comes and goes");
                        visits.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for round in 0..2 {
        // Purged, and never rendered again before the database goes: only a stale copy is left.
        cluster.stop();
        eventually("readiness says so", SOON, async || !is_ready(&server).await).await;
        let health = server.get("/health").await;
        assert_eq!(health.status, 200, "pages can be served");
        let shown = async || server.get("/about/").await.cache() == "stale";
        eventually("pages say that they may be old", SOON, shown).await;
        assert_eq!(server.get("/health").await.json()["status"], "degraded");
        let cold = server.get("/blog/tag/soundings/").await;
        assert!(cold.status == 503 || round > 0, "what was never made cannot be served");
        assert_eq!(server.ask_ops("/livez").await.status, 200, "nobody restarts the server");
        let seen = visits.load(Ordering::Relaxed);
        eventually("visitors go on", SOON, async || visits.load(Ordering::Relaxed) > seen + 200).await;
        cluster.start_again();
        eventually("it is ready again", SOON, async || is_ready(&server).await).await;
        let fresh = async || server.get("/about/").await.cache() == "hit";
        eventually("pages are current again", SOON, fresh).await;
        let cold = async || server.get("/blog/tag/soundings/").await.status == 200;
        eventually("what was never made can be made", SOON, cold).await;
        let title = format!("After outage {round}");
        server.republish(id, |content| content.title = title.clone()).await;
        assert!(server.get("/about/").await.text().contains(&title));
    }
    ending.store(true, Ordering::Relaxed);
    for visitor in load {
        visitor.await.expect("no visitor failed");
    }
    let metrics = server.metrics().await;
    let pages = [("http_route", "/{*path}"), ("http_response_status_code", "500")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &pages), 0.0);
    assert_eq!(metrics.sum("vitrine_http_panics_total", &[]), 0.0);
    assert_eq!(metrics.sum("vitrine_dependency_up", &[("dependency", "database")]), 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_changed_before_the_outage_is_served_as_it_was_and_a_deleted_one_is_not() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let server = Server::with(Database::Postgres(cluster), &[("database.acquire_timeout_s", "0.3")]).await;
    let post = site::posts_that_mention("author", "tobias-wren").pop().expect("they wrote some");
    for path in [post.as_str(), "/contact/", "/approach/"] {
        server.get(path).await;
    }
    let (author, contact) = (server.snippet("blog.Author", "tobias-wren").await, server.page_id("/contact/").await);
    server.rename_snippet(author.id, "Not rendered yet").await;
    server.content().unpublish(contact, Channel::Admin).await.expect("unpublished");
    cluster.stop();
    let last_good = server.get(&post).await;
    assert_eq!((last_good.status.as_u16(), last_good.cache()), (200, "stale"));
    assert!(!last_good.text().contains("Not rendered yet"));
    assert!(!last_good.header("age").is_empty());
    let gone = server.get("/contact/").await;
    assert!(gone.status == 503 || gone.status == 404, "{}", gone.status);
    let refused = server.publish(contact).await.expect_err("there is no database");
    assert!(matches!(&refused, EditError::Db(error) if error.is_outage()), "{refused}");
    cluster.start_again();
    let current = async || server.get(&post).await.text().contains("Not rendered yet");
    eventually("the new version is rendered", SOON, current).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_is_noticed_and_a_purged_page_is_served_as_it_was() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let server = Server::with(Database::Postgres(cluster), &[]).await;
    server.get("/about/").await;
    let about = server.page_id("/about/").await;
    server.publish(about).await.expect("published");
    let listed = server.get("/api/v2/pages/").await;
    assert_eq!((listed.status.as_u16(), listed.header("cache-status")), (200, ""));
    cluster.freeze();
    eventually("the outage is noticed", SOON, async || server.get("/health").await.text().contains("degraded")).await;
    let answer = server.get("/about/").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.cache(), "stale");
    assert_eq!(server.get("/contact/").await.status, 503, "at once, without a copy");
    let kept = server.get("/api/v2/pages/").await;
    assert_eq!((kept.status.as_u16(), kept.cache(), kept.text()), (200, "stale", listed.text()));
    assert!(!kept.header("age").is_empty());
    eventually("readiness says so", SOON, async || !is_ready(&server).await).await;
    cluster.thaw();
    eventually("it is well again", SOON, async || server.get("/contact/").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_holds_no_visitor_of_a_published_page() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let settings = [("database.acquire_timeout_s", "0.5"), ("server.request_timeout_s", "3")];
    let server = Server::with(Database::Postgres(cluster), &settings).await;
    server.get("/about/").await;
    cluster.freeze();
    assert_eq!(server.get("/about/").await.status, 200);
    assert_eq!(server.get("/contact/").await.status, 503, "within the request's time");
    assert_eq!(server.ask_ops("/readyz").await.status, 503);
    assert_eq!(server.ask_ops("/livez").await.status, 200);
    cluster.thaw();
    eventually("it is ready again", SOON, async || is_ready(&server).await).await;
    assert_eq!(server.get("/contact/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_before_its_database_waits_for_it() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let url = cluster.url(&cluster.create_database(None));
    cluster.stop();
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let server = Server::open_unready(folder, url, &[("database.acquire_timeout_s", "0.3")]).await;
    assert_eq!(server.ask_ops("/livez").await.status, 200);
    assert!(!is_ready(&server).await);
    assert_eq!(server.get("/health").await.status, 503);
    assert_eq!(server.get("/").await.status, 503);
    cluster.start_again();
    eventually("the site opens", SOON, async || server.get("/").await.status == 200).await;
    assert!(is_ready(&server).await);
}

/// A child that publishes a page again and again, and says so after each.
async fn kill_minus_nine_loses_nothing_that_was_acknowledged(database: Database) {
    let seeded = Server::start(database).await;
    let home = seeded.page_id("/").await;
    let mut drafts = Vec::new();
    for number in 0..30 {
        let page = standard_page(home, &format!("Killed {number}"), "<p>x</p>");
        drafts.push(seeded.create(page).await.expect("created"));
    }
    let url = format!("database.url={}", seeded.database_url);
    let mut acknowledged = Vec::new();
    let mut usual = Duration::MAX;
    for (round, id) in drafts.iter().enumerate() {
        let began = std::time::Instant::now();
        let mut child = vitrine(seeded.folder.path())
            .args(["page", "publish", &id.to_string(), "--set", &url])
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("vitrine starts");
        // The first ones show how long it takes; of the others some are killed at once, some in the middle of the
        // write, and some have ended by then.
        let patience = if round < 3 { SOON } else { usual * (round as u32 % 9) / 6 };
        let mut ended = child.try_wait().expect("its state is known");
        while ended.is_none() && began.elapsed() < patience {
            std::thread::yield_now();
            ended = child.try_wait().expect("its state is known");
        }
        let status = match ended {
            Some(status) => status,
            None => {
                child.kill().expect("it runs, or has just ended");
                child.wait().expect("its state is known")
            }
        };
        if status.success() {
            usual = usual.min(began.elapsed());
            acknowledged.push(*id);
        }
    }
    assert!(!acknowledged.is_empty() && acknowledged.len() < drafts.len(), "{} were acknowledged", acknowledged.len());
    let live =
        |id: &i64| number(&seeded.database_url, &format!("SELECT COUNT(*) FROM page WHERE live AND id = {id}")) == 1;
    for id in &acknowledged {
        assert!(live(id), "page {id} was acknowledged and is not live");
    }
    // Nothing is half-written: what is live has its revision, its data and its line in the log.
    let halves = "SELECT COUNT(*) FROM page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1";
    assert_eq!(number(&seeded.database_url, halves), 0);
    let published = drafts.iter().filter(|id| live(id)).count() as i64;
    let logged = "SELECT COUNT(*) FROM change WHERE tags LIKE '%type:standard.StandardPage%'";
    let others = ["/", "/contact/", "/de/", "/de/kontakt/"];
    let is_post = |path: &str| path.starts_with("/blog/") || path.starts_with("/de/journal/");
    let is_standard = |path: &&String| !is_post(path) && !others.contains(&path.as_str());
    let seeded_pages = site::page_paths().iter().filter(is_standard).count() as i64;
    assert_eq!(number(&seeded.database_url, logged), published + seeded_pages);
    let mut tx = seeded.content().db.begin(TxName("test")).await.expect("begun");
    assert_eq!(vitrine::content::tree::check(&mut tx).await.expect("checked"), []);
}

async fn a_server_that_was_killed_starts_again_with_all_it_acknowledged(database: Database) {
    let seeded = Server::start(database).await;
    let settings = [("database.url", seeded.database_url.as_str()), ("data.dir", "data")];
    let server = Process::start(seeded.folder.path(), &settings, &[], &[]);
    let (home, about) = (seeded.page_id("/").await, seeded.page_id("/about/").await);
    let id = seeded.standard_page(about, "Kept", "<p>Kept words.</p>").await;
    seeded.content().move_page(id, Position::LastChildOf(home), Channel::Admin).await.expect("moved");
    server.signal(Signal::KILL);
    drop(server);
    let again = Process::start(seeded.folder.path(), &settings, &[], &[]);
    let answer = try_send(&client(), Method::GET, &format!("{}/kept/", again.site), &[]).await.expect("an answer");
    assert!(answer.status == 200 && answer.text().contains("Kept words."));
}

/// A small file system of its own, where this user may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_clearly_and_what_is_written_stays() {
    let Some(disk) = SmallDisk::mount("6m") else {
        eprintln!("vitrine tests: a small disk cannot be mounted here; a file size limit is tested alone");
        return;
    };
    let seeded = Server::start(Database::Sqlite).await;
    let file = disk.0.path().join("vitrine.db");
    seeded.content().db.close().await;
    std::fs::copy(seeded.folder.path().join("vitrine.db"), &file).expect("it fits");
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let url = crate::support::server::sqlite_url(&file);
    let data = disk.0.path().display().to_string();
    let server = Server::open(folder, url, &[("data.dir", &data)]).await;
    let home = server.page_id("/").await;
    let text = format!("<p>{}</p>", "words and more words ".repeat(10_000));
    let (mut written, mut refused) = (Vec::new(), None);
    let (pages, revisions) = (server.rows("page"), server.rows("revision"));
    for number in 0..100 {
        match server.create(standard_page(home, &format!("Large {number}"), &text)).await {
            Ok(id) => written.push(id),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let refused = refused.expect("the disk is small");
    assert!(matches!(refused, EditError::Db(DbError::StorageFull)), "{refused:?}");
    assert_eq!(refused.to_string(), "the disk of the database is full");
    assert!(!written.is_empty());
    for id in &written {
        assert!(server.newest(*id).await.fields["body"].to_string().len() > 100_000, "what was written stays");
    }
    let added = (server.rows("page") - pages, server.rows("revision") - revisions);
    assert_eq!(added, (written.len() as i64, written.len() as i64), "nothing is half-written");
    assert_eq!(server.get("/about/").await.status, 200, "pages are read");
    let ready = server.ask_ops("/readyz").await;
    assert_eq!(ready.status, 503);
    let storage =
        ready.json()["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "storage").cloned();
    assert!(storage.expect("a check")["error"].as_str().is_some_and(|error| error.contains("bytes left")));
    let full = [("error_type", "storage_full")];
    assert!(server.metrics().await.sum("db_client_operation_duration_seconds_count", &full) >= 1.0);
    // There is room again when something goes.
    for id in written {
        let _ = server.content().delete_page(id, Channel::Admin).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_is_said_clearly_by_the_command() {
    let seeded = Server::start(Database::Sqlite).await;
    let home = seeded.page_id("/").await;
    let text = format!("<p>{}</p>", "words and more words ".repeat(20_000));
    let id = seeded.create(standard_page(home, "Large", &text)).await.expect("created");
    let url = format!("database.url={}", seeded.database_url);
    let command = format!("ulimit -f 100; exec \"$0\" page publish {id} --set \"$1\"");
    let (code, _, said) = run(std::process::Command::new("sh")
        .args(["-c", &command, env!("CARGO_BIN_EXE_vitrine"), &url])
        .env_clear()
        .current_dir(seeded.folder.path()));
    if code == Some(1) {
        assert!(said.contains("disk") || said.contains("I/O") || said.contains("reached"), "{said}");
    }
    assert_ne!(code, Some(0), "it cannot have been written");
    assert_eq!(seeded.get("/large/").await.status, 404);
    seeded.publish(id).await.expect("without the limit it is published");
    assert_eq!(seeded.get("/large/").await.status, 200);
}

on_both_databases!(
    kill_minus_nine_loses_nothing_that_was_acknowledged,
    a_server_that_was_killed_starts_again_with_all_it_acknowledged,
);
