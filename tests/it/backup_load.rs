//! Backups under load and of size: writers do not wait, what is restored is one moment, and a large site comes back whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use vitrine::media::NewFile;

use super::backup::Place;
use crate::support::contents::{assert_same_rows, files_of, rows_of};
use crate::support::edit::standard_page;
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Database, Server, is_long, on_both_databases, vitrine, within_ms};

/// Backups that are made while others write.
const ROUNDS: usize = 3;
const WRITERS: usize = 4;
/// Longest time that one write may take meanwhile; on an idle machine it takes milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// Pages of a large site: the bar in the long version.
const MANY: usize = 10_000;
const FEW: usize = 300;

/// What must hold of one moment, and would not of two.
fn assert_is_one_moment(url: &str) {
    let none = |what: &str, text: &str| assert_eq!(number(url, text), 0, "{what}");
    none(
        "each page has its revision",
        "SELECT COUNT(*) FROM page WHERE parent_id IS NOT NULL AND alias_of IS NULL
         AND NOT EXISTS (SELECT 1 FROM revision WHERE revision.page_id = page.id)",
    );
    none(
        "each page that was made is told of once",
        "SELECT COUNT(*) FROM page WHERE title LIKE 'Under load%'
         AND (SELECT COUNT(*) FROM page_event e WHERE e.page_id = page.id AND e.event = 'create') <> 1",
    );
    none(
        "each page that was told of is there",
        "SELECT COUNT(*) FROM page_event e WHERE e.event = 'create' AND NOT EXISTS (SELECT 1 FROM page WHERE page.id = e.page_id)",
    );
    none(
        "each page that is live was published as often as it is told",
        "SELECT COUNT(*) FROM page WHERE title LIKE 'Under load%' AND live
         AND NOT EXISTS (SELECT 1 FROM page_event e WHERE e.page_id = page.id AND e.event = 'publish')",
    );
    none(
        "a child lies below its parent",
        "SELECT COUNT(*) FROM page c JOIN page p ON p.id = c.parent_id WHERE SUBSTR(c.path, 1, LENGTH(p.path)) <> p.path",
    );
}

async fn a_backup_under_load_is_one_moment_and_holds_no_writer_up(database: Database) {
    let server = Arc::new(Server::start(database).await);
    let (place, parent) = (Place::of(&server), server.page_id("/").await);
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (server, stop, written) = (server.clone(), stop.clone(), written.clone());
            tokio::spawn(async move {
                let (mut number, mut slowest) = (0, Duration::ZERO);
                while !stop.load(Relaxed) {
                    let began = Instant::now();
                    let new = standard_page(parent, &format!("Under load {writer} {number}"), "<p>Words.</p>");
                    let id = server.create(new).await.expect("it is created");
                    server.publish(id).await.expect("it is published");
                    slowest = slowest.max(began.elapsed());
                    number += 1;
                    written.fetch_add(1, Relaxed);
                }
                slowest
            })
        })
        .collect();
    let mut restored_pages = Vec::new();
    for _ in 0..ROUNDS {
        let before = written.load(Relaxed);
        let place =
            Place { url: place.url.clone(), data: place.data.clone(), backups: place.backups.clone(), folder: None };
        let place = tokio::task::spawn_blocking(move || {
            place.backup(&["create"]);
            place
        });
        let place = place.await.expect("made");
        assert!(written.load(Relaxed) > before, "they write while it is made");
        let other = place.empty(database);
        other.backup(&["restore"]);
        assert_is_one_moment(&other.url);
        restored_pages.push(number(&other.url, "SELECT COUNT(*) FROM page WHERE title LIKE 'Under load%'"));
    }
    stop.store(true, Relaxed);
    for writer in writers {
        let slowest = writer.await.expect("it ends");
        assert!(slowest < within_ms(PATIENCE_MS), "a write took {slowest:?}");
        println!("slowest write beside backups: {slowest:?}");
    }
    assert!(restored_pages.is_sorted() && restored_pages[0] < restored_pages[ROUNDS - 1], "{restored_pages:?}");
}

async fn a_large_site_comes_back_equal_object_by_object(database: Database) {
    let server = Server::start(database).await;
    let (place, pages) = (Place::of(&server), if is_long() { MANY } else { FEW });
    for number in 0..pages / 10 {
        let text = format!("document {number} ").repeat(1 + number % 500);
        let new = NewFile { name: format!("file-{number}.txt"), ..NewFile::default() };
        server.running.site.app.media.add_document(text.as_bytes(), new).await.expect("taken");
    }
    server.running.stop().await;
    let mut command = vitrine(&place.data);
    command.args(["seed", "--pages", &pages.to_string(), "--set", &format!("database.url={}", place.url)]);
    command.args(["--set", &format!("data.dir={}", place.data.display())]);
    let (code, _, errors) = run(&mut command);
    assert_eq!(code, Some(0), "{errors}");
    let began = Instant::now();
    let made = place.backup(&["create"]);
    let created = began.elapsed();
    place.backup(&["verify", "--rehearse"]);
    let (verified, other) = (began.elapsed() - created, place.empty(database));
    let before_restore = Instant::now();
    other.backup(&["restore"]);
    println!(
        "{pages} pages, {} bytes: made {created:?}, verified {verified:?}, restored {:?}",
        made["size_bytes"],
        before_restore.elapsed()
    );
    let (rows, others) = (rows_of(&place.url), rows_of(&other.url));
    assert!(rows["page"].len() > pages && rows["document"].len() >= pages / 10);
    assert_same_rows(&rows, &others);
    assert_eq!(files_of(&place.data.join("media")), files_of(&other.data.join("media")));
}

on_both_databases!(
    a_backup_under_load_is_one_moment_and_holds_no_writer_up,
    a_large_site_comes_back_equal_object_by_object
);
