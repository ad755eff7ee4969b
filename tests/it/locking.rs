//! Pages that somebody keeps to themselves: what is refused then and to whom, who opens them again, and where one sees it.

use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission};
use vitrine::clock::Micros;
use vitrine::content::audit::{self, Asked};
use vitrine::content::privacy::{Rule, Target};
use vitrine::content::{Actor, EditError, Position, Restoring};
use vitrine::telemetry::label::{Channel, PageEvent};

use crate::admin_bulk::{begin, ended};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Answer, Database, SOON, Server, on_both_databases};

const EDITING: [PagePermission; 4] =
    [PagePermission::Add, PagePermission::Edit, PagePermission::Publish, PagePermission::BulkDelete];

fn granted(page: i64, more: &[PagePermission]) -> Vec<Grant> {
    EDITING.iter().chain(more).map(|permission| Grant::Page(page, *permission)).collect()
}

async fn events(server: &Server, page: i64) -> Vec<String> {
    let asked = Asked { page, ..Asked::default() };
    let entries = audit::list(server.db(), &asked).await.expect("listed");
    let of_locks = [PageEvent::Lock, PageEvent::Unlock].map(PageEvent::as_str);
    let told = entries.into_iter().filter(|entry| of_locks.contains(&entry.event.as_str()));
    told.map(|entry| format!("{} {}", entry.event, entry.actor)).collect()
}

async fn save(browser: &Browser<'_>, page: i64, automatic: bool) -> Answer {
    let content = browser.server.newest(page).await;
    let base = browser.server.page(page).await.latest_revision_id;
    let sent = json!({ "base_revision": base, "sitting": "s", "automatic": automatic, "content": content });
    browser.server.send_json(&format!("/admin/pages/{page}/draft/"), &browser.cookie, &sent).await
}

/// The data that the form of a page begins with.
async fn told(browser: &Browser<'_>, path: &str) -> Value {
    let text = browser.text(path).await;
    let block = text.split("id=\"editor-data\">").nth(1).expect("a data block");
    serde_json::from_str(block.split("</script>").next().expect("its end")).expect("it is JSON")
}

/// The next thing that a stream says of the lock.
async fn heard(stream: &mut reqwest::Response, said: &mut String) -> Value {
    let reading = async {
        loop {
            if let Some((_, rest)) = said.split_once("event: lock\ndata: ")
                && let Some((event, rest)) = rest.split_once("\n\n")
            {
                let lock: Value = serde_json::from_str(event).expect("JSON");
                *said = rest.to_owned();
                return lock["lock"].clone();
            }
            let bytes = stream.chunk().await.expect("it goes on").expect("it goes on");
            said.push_str(&String::from_utf8_lossy(&bytes));
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("the lock is told")
}

async fn whoever_has_a_page_open_is_told_of_its_lock(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let ann = server.browser("ann", &granted(page, &[PagePermission::Lock])).await;
    let bob = server.browser("bob", &granted(page, &[])).await;
    let cleo = server.browser("cleo", &granted(page, &[PagePermission::Unlock])).await;
    let listen = async |browser: &Browser<'_>, sitting: &str| {
        let url = format!("{}/admin/pages/{page}/live/?sitting={sitting}", server.site);
        let stream = server.client.get(&url).header("cookie", &browser.cookie).send().await.expect("it is open");
        (stream, String::new())
    };
    let mut streams = [listen(&ann, "a").await, listen(&bob, "b").await, listen(&cleo, "c").await];
    for (stream, said) in &mut streams {
        assert_eq!(heard(stream, said).await, Value::Null, "it is open");
    }
    ann.post(&lock(page), &[("to", "locked")]).await;
    for ((stream, said), (keeps_out, may_unlock)) in
        streams.iter_mut().zip([(false, true), (true, false), (true, true)])
    {
        let told = heard(stream, said).await;
        let rights = (told["keeps_out"].as_bool(), told["may_unlock"].as_bool());
        assert_eq!((&told["by"], rights), (&json!("ann"), (Some(keeps_out), Some(may_unlock))), "{told}");
    }
    // Who comes back is told at once.
    let (mut stream, mut said) = listen(&bob, "b2").await;
    assert_eq!(heard(&mut stream, &mut said).await["by"], "ann");
    cleo.post(&lock(page), &[("to", "open")]).await;
    for (stream, said) in &mut streams {
        assert_eq!(heard(stream, said).await, Value::Null, "it is open again");
    }
}

fn lock(page: i64) -> String {
    format!("/admin/pages/{page}/lock/")
}

async fn a_locked_page_refuses_what_others_write_and_says_who_and_when(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let page = server.standard_page(section, "Kestrel", "<p>x</p>").await;
    let ann = server.browser("ann", &granted(section, &[PagePermission::Lock])).await;
    let bob = server.browser("bob", &granted(section, &[])).await;
    assert_eq!(location(&ann.post(&lock(page), &[("to", "locked")]).await), format!("/admin/pages/{section}/"));
    let before = server.page(page).await;
    assert!(before.locked_at.is_some());
    for automatic in [false, true] {
        let refused = save(&bob, page, automatic).await;
        assert_eq!(refused.status, 423, "{}", refused.text());
        let problem: Value = serde_json::from_str(refused.text()).expect("JSON");
        assert_eq!((&problem["error"], &problem["by"]), (&json!("locked"), &json!("ann")));
        assert!(problem["message"].as_str().is_some_and(|text| text.contains("ann locked Kestrel")), "{problem}");
        assert!(problem["at"].as_str().is_some_and(|at| at.starts_with("20")), "{problem}");
    }
    let at = |what: &str| format!("/admin/pages/{page}/{what}/");
    let revision = before.latest_revision_id;
    for (what, sent) in [("publish", json!({ "revision": revision })), ("schedule", json!({ "publish_at": null }))] {
        assert_eq!(server.send_json(&at(what), &bob.cookie, &sent).await.status, 423, "{what}");
    }
    assert_eq!(server.send_json(&at("unpublish"), &bob.cookie, &json!({})).await.status, 423);
    let to = home.to_string();
    let forms: [(String, Vec<(&str, &str)>); 5] = [
        (at("unpublish"), vec![]),
        (format!("/admin/pages/{section}/unpublish/"), vec![("below", "1")]),
        (at(&format!("revert/{}", revision.expect("it has one"))), vec![]),
        (at("delete"), vec![]),
        (format!("/admin/pages/{section}/delete/"), vec![("confirm", "Section")]),
    ];
    for (path, fields) in &forms {
        let refused = bob.post(path, fields).await;
        assert!([423, 303].contains(&refused.status.as_u16()), "{path}: {}", refused.text());
        if refused.status == 423 {
            assert!(refused.text().contains("ann locked"), "{path}: {}", refused.text());
        }
    }
    assert_eq!(bob.post(&at("move"), &[("to", &to)]).await.status, 403, "bob has no permission there");
    let by = Actor::editor(server.accounts().user("bob").await.expect("found").id, "bob");
    let content = server.content();
    let refused = [
        content.move_page(page, Position::LastChildOf(home), &by).await.map(drop),
        content.trash_page(section, &by).await.map(drop),
        content.delete_page_anyway(page, &by).await.map(drop),
        content.unpublish_subtree(section, &by).await.map(drop),
        content.restrict(Target::Page(page), Rule::Login, &by).await.map(drop),
        content.revert(page, revision.expect("it has one"), &by).await.map(drop),
    ];
    for result in refused {
        assert!(matches!(result, Err(EditError::Locked { .. })), "{result:?}");
    }
    let url = begin(&bob, "/admin/pages/bulk/", &[("action", "unpublish"), ("ids", &page.to_string())]).await;
    let text = ended(&bob, &url).await;
    assert!(text.contains("ann locked Kestrel"), "{text}");
    let after = server.page(page).await;
    assert!(after.live && after.path == before.path && after.latest_revision_id == before.latest_revision_id);
    assert_eq!(save(&ann, page, true).await.status, 200, "whoever locked it goes on");
    assert_eq!(server.get("/section/kestrel/").await.status, 200);
}

async fn the_right_people_lock_and_unlock(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let ann = server.browser("ann", &granted(page, &[PagePermission::Lock])).await;
    let bob = server.browser("bob", &granted(page, &[])).await;
    let cleo = server.browser("cleo", &granted(page, &[PagePermission::Unlock])).await;
    let stranger = server.browser("stranger", &[]).await;
    for browser in [&bob, &cleo, &stranger] {
        assert_eq!(browser.get(&lock(page)).await.status, 403);
        assert_eq!(browser.post(&lock(page), &[("to", "locked")]).await.status, 403);
    }
    assert_eq!(ann.post(&lock(page), &[("to", "elsewhere")]).await.status, 400);
    assert!(ann.text(&lock(page)).await.contains("Lock Kestrel?"));
    for _ in 0..2 {
        ann.post(&lock(page), &[("to", "locked")]).await;
    }
    assert_eq!(events(&server, page).await, ["lock ann"], "once");
    for browser in [&bob, &stranger] {
        assert_eq!(browser.post(&lock(page), &[("to", "open")]).await.status, 403);
    }
    assert!(server.page(page).await.locked_at.is_some());
    let edit = format!("/admin/pages/{page}/edit/");
    assert!(ann.text(&edit).await.contains("<vitrine-editor>"), "whoever locked it edits it");
    let lock_of = async |browser: &Browser<'_>| told(browser, &edit).await["lock"].clone();
    assert_eq!(lock_of(&ann).await["keeps_out"], false);
    let read = told(&bob, &edit).await;
    assert!(read["content"]["fields"]["body"].is_array(), "the others read the whole form: {read}");
    assert_eq!((&read["lock"]["by"], &read["lock"]["keeps_out"]), (&json!("ann"), &json!(true)));
    assert!(read["lock"]["at"].as_str().is_some_and(|at| at.starts_with("20")), "{read}");
    assert_eq!((&read["lock"]["may_unlock"], &read["lock"]["is_own"]), (&json!(false), &json!(false)));
    assert_eq!(lock_of(&cleo).await["may_unlock"], true, "who may unlock it is offered that");
    assert_eq!(location(&cleo.post(&lock(page), &[("to", "open"), ("next", &edit)]).await), edit);
    assert_eq!(lock_of(&bob).await, Value::Null);
    assert_eq!(save(&bob, page, false).await.status, 200);
    assert_eq!(location(&cleo.post(&lock(page), &[("to", "open"), ("next", &edit)]).await), edit, "it is open already");
    assert_eq!(events(&server, page).await, ["unlock cleo", "lock ann"]);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_page_events_total", &[("event", "lock")]), 1.0);
    // The one that was locked meanwhile is not the one that was asked about.
    let id = async |name: &str| server.accounts().user(name).await.expect("found").id;
    let (ann_id, cleo_id) = (id("ann").await, id("cleo").await);
    server.content().lock_page(page, Actor::editor(cleo_id, "cleo")).await.expect("locked");
    let other = server.content().unlock_page(page, Some(ann_id), Actor::editor(ann_id, "ann")).await;
    assert!(matches!(other, Err(EditError::Locked { .. })), "{other:?}");
    let taken = server.content().lock_page(page, Actor::editor(ann_id, "ann")).await;
    assert!(matches!(taken, Err(EditError::Locked { .. })), "{taken:?}");
}

async fn lists_show_what_is_locked_to_those_who_may_see_it(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let mut pages = Vec::new();
    for title in ["Alpha", "Bravo"] {
        pages.push(server.standard_page(section, title, "<p>x</p>").await);
    }
    let ann = server.browser("ann", &granted(section, &[PagePermission::Lock])).await;
    let eve = server.browser("eve", &granted(pages[1], &[])).await;
    assert!(ann.text("/admin/pages/locked/").await.contains("No page is locked."));
    ann.post(&lock(pages[0]), &[("to", "locked")]).await;
    let list = ann.text(&format!("/admin/pages/{section}/?status=locked")).await;
    assert!(list.contains("Locked by ann") && list.contains("Alpha") && !list.contains("Bravo"), "{list}");
    let report = ann.text("/admin/pages/locked/").await;
    assert!(report.contains("Alpha") && report.contains("Locked by ann"), "{report}");
    assert!(!eve.text("/admin/pages/locked/").await.contains("Alpha"), "not hers to see");
    let whole = eve.text(&format!("/admin/pages/{section}/")).await;
    assert!(!whole.contains("Alpha"), "{whole}");
}

async fn the_installation_may_lock_everybody_out_and_plans_are_kept(database: Database) {
    let server = Server::with(database, &[PATIENT, ("admin.global_edit_lock", "true")]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let ann = server.browser("ann", &granted(page, &[PagePermission::Lock])).await;
    assert!(ann.text(&lock(page)).await.contains("you included"));
    ann.post(&lock(page), &[("to", "locked")]).await;
    assert_eq!(save(&ann, page, false).await.status, 423);
    let lock_told = &told(&ann, &format!("/admin/pages/{page}/edit/")).await["lock"];
    assert_eq!((&lock_told["is_own"], &lock_told["keeps_out"]), (&json!(true), &json!(true)));
    server.content().unpublish(page, Channel::Scheduler).await.expect("what was planned is carried out");
    server.content().publish(page, Some(Micros::now()), Channel::Cli).await.expect("the operator is nobody else");
    ann.post(&lock(page), &[("to", "open")]).await;
    assert_eq!(save(&ann, page, false).await.status, 200);
    server.content().lock_page(page, Channel::Cli).await.expect("locked");
    server.content().trash_page(page, Channel::Cli).await.expect("put into the trash");
    server.content().restore_page(page, &Restoring::default(), Channel::Cli).await.expect("restored");
    assert!(server.page(page).await.locked_at.is_some(), "it comes back as it went");
}

on_both_databases!(
    a_locked_page_refuses_what_others_write_and_says_who_and_when,
    the_right_people_lock_and_unlock,
    whoever_has_a_page_open_is_told_of_its_lock,
    lists_show_what_is_locked_to_those_who_may_see_it,
    the_installation_may_lock_everybody_out_and_plans_are_kept,
);
