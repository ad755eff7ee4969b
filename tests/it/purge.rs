//! Old revisions are deleted for good: what is live, newest or scheduled stays, and the history leads nowhere that is gone.

use vitrine::clock::Micros;
use vitrine::content::purge::{Of, Purged, Purging};
use vitrine::telemetry::label::Channel;

use crate::cli_page::Terminal;
use crate::support::edit::standard_page;
use crate::support::postgres::execute;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const DAY_US: i64 = 86_400_000_000;

/// Makes everything so many days old.
fn age(server: &Server, days: i64) {
    let at = Micros::now().0 - days * DAY_US;
    for table in ["revision", "snippet_revision"] {
        execute(&server.database_url, &format!("UPDATE {table} SET created_at = {at}")).expect("aged");
    }
}

/// A page with six revisions, of which the second is live, the fourth is to go live, and the last is the newest.
async fn busy_page(server: &Server) -> (i64, Vec<i64>) {
    let home = server.page_id("/").await;
    let id = server.create(standard_page(home, "Busy", "<p>0</p>")).await.expect("created");
    let mut revisions = vec![server.page(id).await.latest_revision_id.expect("a revision")];
    for number in 1..6 {
        let revision = server.change(id, |content| content.title = format!("Busy {number}")).await.expect("saved");
        revisions.push(revision);
        match number {
            1 => server.publish(id).await.expect("published"),
            3 => {
                let at = Some(Micros(Micros::now().0 + DAY_US));
                server.content().schedule(id, at, None, Channel::Admin).await.expect("scheduled");
            }
            _ => {}
        }
    }
    (id, revisions)
}

async fn purge(server: &Server, days: u32, purging: Purging) -> Purged {
    let (mut told, sorts) = (Vec::new(), [Of::Pages, Of::Objects]);
    let mut tell = |done, end| told.push((done, end));
    let purged = server.content().purge_revisions(days, &sorts, purging, &mut tell).await.expect("purged");
    assert!(told.iter().all(|(done, end)| done <= end), "{told:?}");
    purged
}

async fn what_is_live_newest_or_scheduled_stays(database: Database) {
    let server = Server::start(database).await;
    purge(&server, 0, Purging::Delete).await;
    let (id, revisions) = busy_page(&server).await;
    let kept = [revisions[1], revisions[3], revisions[5]];
    let stay = || {
        let there = |id: i64| server.rows(&format!("revision WHERE id = {id}")) == 1;
        revisions.iter().copied().filter(|id| there(*id)).collect::<Vec<_>>()
    };
    age(&server, 30);
    assert_eq!(purge(&server, 31, Purging::Delete).await, Purged::default(), "nothing is that old");
    assert_eq!(purge(&server, 29, Purging::Count).await.pages, 3);
    assert_eq!(stay(), revisions, "it was counted");
    assert_eq!(purge(&server, 29, Purging::Delete).await, Purged { pages: 3, objects: 0 });
    assert_eq!(stay(), kept);
    assert_eq!(purge(&server, 29, Purging::Delete).await, Purged::default());
    assert!(server.get("/busy/").await.text().contains("Busy 1"));
    assert_eq!(server.newest(id).await.title, "Busy 5");
}

async fn the_history_says_what_is_gone_and_links_to_nothing_of_it(database: Database) {
    let server = Server::start(database).await;
    let (id, revisions) = busy_page(&server).await;
    server.content().revert(id, revisions[2], Channel::Admin).await.expect("reverted");
    let root = server.root_browser().await;
    let path = format!("/admin/pages/{id}/history/");
    let before = root.text(&path).await;
    let link = |revision: i64| format!("/compare/{revision}/latest/");
    assert!(before.contains(&link(revisions[2])) && !before.contains("deleted since"), "{before}");
    age(&server, 30);
    purge(&server, 29, Purging::Delete).await;
    let shown = root.text(&path).await;
    for gone in [revisions[0], revisions[2], revisions[4]] {
        assert!(!shown.contains(&link(gone)), "{gone}: {shown}");
    }
    assert!(shown.contains(&format!("back to revision {} (deleted since", revisions[2])), "{shown}");
    assert!(shown.contains(&link(revisions[1])) && shown.contains(&link(revisions[3])), "{shown}");
    // All that the history links to is there.
    for part in shown.split("href=\"").skip(1) {
        let target = part.split('"').next().expect("an address");
        if target.contains("/compare/") {
            assert_eq!(root.get(target).await.status, 200, "{target}");
        }
    }
    let gone = root.get(&format!("/admin/pages/{id}/compare/{}/latest/", revisions[0])).await;
    assert_eq!(gone.status, 404);
}

async fn the_terminal_counts_and_deletes(database: Database) {
    let at = Terminal::start(database).await;
    at.prints("revision purge --days 1");
    busy_page(&at.server).await;
    let category = at.server.snippet("blog.Category", "water").await.id;
    at.server.rename_snippet(category, "Waters").await;
    age(&at.server, 3);
    let counted: serde_json::Value =
        serde_json::from_str(&at.prints("revision purge --days 2 --dry-run --json")).expect("JSON");
    let pages = counted["pages"].as_u64().expect("a number");
    assert!(pages >= 3 && counted["dry_run"] == true, "{counted}");
    assert_eq!(at.prints("revision purge --days 2 --objects"), {
        let objects = &counted["objects"];
        format!("0 revisions of pages and {objects} of snippets deleted")
    });
    let deleted = format!("{pages} revisions of pages and 0 of snippets deleted");
    assert_eq!(at.prints("revision purge --days 2 --pages"), deleted);
    assert_eq!(at.run("revision purge").0, Some(2), "it asks how old");
    assert_eq!(at.run("revision purge --days 0").0, Some(2), "never all of them");
    assert_eq!(at.run("revision purge --days 2 --pages --objects").0, Some(2));
}

async fn nothing_is_purged_unless_the_settings_say_so(database: Database) {
    let server = Server::start(database).await;
    let (_, revisions) = busy_page(&server).await;
    age(&server, 3_000);
    let due = "UPDATE periodic_task SET next_at = 0, succeeded_at = NULL WHERE task = 'revision.purge'";
    execute(&server.database_url, due).expect("due");
    let ran = "periodic_task WHERE task = 'revision.purge' AND succeeded_at IS NOT NULL";
    eventually("the task has run", SOON, async || server.rows(ran) == 1).await;
    assert_eq!(server.rows(&format!("revision WHERE id = {}", revisions[0])), 1);
}

async fn a_task_purges_what_is_older_than_the_settings_say(database: Database) {
    let server = Server::with(database, &[("server.role", "web")]).await;
    let (_, revisions) = busy_page(&server).await;
    age(&server, 30);
    let _worker = server.beside(&[("content.keep_revisions_days", "29")]).await;
    let row = |id: i64| server.rows(&format!("revision WHERE id = {id}"));
    eventually("it is purged", SOON, async || row(revisions[0]) == 0).await;
    eventually("all of it", SOON, async || row(revisions[4]) == 0).await;
    assert_eq!([1, 3, 5].map(|at| row(revisions[at])), [1, 1, 1]);
}

on_both_databases!(
    what_is_live_newest_or_scheduled_stays,
    the_history_says_what_is_gone_and_links_to_nothing_of_it,
    the_terminal_counts_and_deletes,
    nothing_is_purged_unless_the_settings_say_so,
    a_task_purges_what_is_older_than_the_settings_say,
);
