//! Work on many pages or files at once, through the front door: one job, a result for each, and what becomes of it when
//! workers die, rights go, or somebody stops it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio_util::sync::CancellationToken;
use vitrine::accounts::{By, CollectionPermission, Grant, PagePermission, UserChange};
use vitrine::content::{Actor, Position};
use vitrine::jobs::Jobs;
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::{post, standard_page};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

pub const WEB: (&str, &str) = ("server.role", "web");

async fn drafts(server: &Server, parent: i64, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(server.create(standard_page(parent, &format!("Page {number}"), "<p>x</p>")).await.expect("created"));
    }
    ids
}

pub fn packed(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(".")
}

/// The address of the work that a form began.
pub async fn begin(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    let url = location(&answer).to_owned();
    assert!(url.starts_with("/admin/bulk/"), "{url}");
    url
}

/// Carries out what waits until the test ends it; a server with the role web leaves that to the test.
pub fn worker(server: &Server, jobs: &Arc<Jobs>) -> tokio::task::JoinHandle<()> {
    let (handlers, _) = server.running.site.app.bulks.work();
    tokio::spawn(jobs.clone().work(handlers, Vec::new(), CancellationToken::new(), Duration::from_secs(1)))
}

pub async fn ended(browser: &Browser<'_>, url: &str) -> String {
    eventually("it has ended", SOON, async || !browser.text(url).await.contains("data-progress=")).await;
    browser.text(url).await
}

async fn two_hundred_pages_are_one_job_and_each_has_its_result(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let mut ids = drafts(&server, section, 199).await;
    let mut bad = post(&server, "Not <b>whole</b>").await;
    bad.fields.remove("author");
    bad.fields.remove("intro");
    ids.insert(100, server.create(bad).await.expect("a draft"));
    let root = server.root_browser().await;
    let fields = [("action", "publish"), ("ids", &packed(&ids)[..])];
    let url = begin(&root, "/admin/pages/bulk/", &fields).await;
    let text = ended(&root, &url).await;
    assert!(text.contains("199 of 200 pages published") && text.contains("1 not done"), "{text}");
    assert_eq!((text.matches(">Done<").count(), text.matches(">Not done<").count()), (199, 1));
    assert!(text.contains("Not &lt;b&gt;whole&lt;/b&gt;") && !text.contains("<b>whole"), "{text}");
    assert!(text.contains(&format!("/admin/pages/{}/", ids[150])) && text.contains("Back to the list"));
    for id in [ids[0], ids[99], ids[101], ids[199]] {
        assert!(server.page(id).await.live, "the refused one did not stop the others");
    }
    let metrics = server.metrics().await;
    let jobs = [("kind", "bulk.work"), ("outcome", "success")];
    assert_eq!(metrics.sum("vitrine_job_executions_total", &jobs), 1.0, "one job");
    let items = |outcome| metrics.sum("vitrine_bulk_items_total", &[("action", "publish"), ("outcome", outcome)]);
    assert_eq!((items("done"), items("refused")), (199.0, 1.0));
    assert!(root.text("/admin/bulk/").await.contains(&url), "one finds it again");
    let again = begin(&root, "/admin/pages/bulk/", &fields).await;
    assert!(ended(&root, &again).await.contains("It was live already."), "done again, nothing is doubled");
    assert_eq!(server.count("page_event WHERE event = 'publish' AND channel = 'admin' AND title LIKE 'Page %'"), 199);
}

async fn dead_workers_lose_and_double_nothing(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let target = server.standard_page(home, "Target", "<p>x</p>").await;
    let ids = drafts(&server, section, 60).await;
    let root = server.root_browser().await;
    let app = &server.running.site.app;
    let fields = [("ids", &packed(&ids)[..]), ("to", &target.to_string()), ("position", "first")];
    let url = begin(&root, "/admin/pages/move/", &fields).await;
    let id: i64 = url.trim_start_matches("/admin/bulk/").trim_end_matches('/').parse().expect("an id");
    assert!(root.text(&url).await.contains("0 of 60 pages moved"), "nobody works yet");
    for round in 1..=4 {
        let jobs = Jobs::with_lease(app.db.clone(), app.telemetry.clone(), Duration::from_millis(1500));
        let worker = worker(&server, &jobs);
        let so_far = round * 10;
        eventually("some are done", SOON, async || app.bulks.progress(id).await.expect("told").done >= so_far).await;
        // As with kill -9: wherever it is, nothing is given back.
        worker.abort();
    }
    // What a worker had sent when it ended may be carried out still.
    let last = std::sync::Mutex::new(Vec::new());
    eventually("the dead are quiet", SOON, async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now: Vec<String> =
            app.bulks.list_items(id).await.expect("listed").into_iter().map(|item| item.state).collect();
        let before = std::mem::replace(&mut *last.lock().expect("alone"), now.clone());
        before == now
    })
    .await;
    // One was done by a worker that had no time to say so.
    let open = app.bulks.list_items(id).await.expect("listed");
    if let Some(open) = open.iter().find(|item| item.state == "waiting") {
        server.put(open.object_id, Position::FirstChildOf(target)).await.expect("moved");
        let sql = format!("UPDATE bulk_item SET state = 'begun' WHERE bulk_id = {id} AND place = {}", open.place);
        crate::support::postgres::execute(&server.database_url, &sql).expect("written");
    }
    let last = worker(&server, &server.content().jobs);
    let text = ended(&root, &url).await;
    last.abort();
    assert!(text.contains("60 of 60 pages moved"), "{text}");
    let order: Vec<i64> = {
        let mut pages: Vec<(String, i64)> = Vec::new();
        for id in &ids {
            let page = server.page(*id).await;
            assert_eq!(page.parent_id, Some(target));
            pages.push((page.path, *id));
        }
        pages.sort();
        pages.into_iter().map(|(_, id)| id).collect()
    };
    assert_eq!(order, ids, "they keep their order");
    assert_eq!(server.count("page_event WHERE event = 'move'"), 60, "each was moved once");
    server.assert_tree_is_right().await;
}

async fn what_is_stopped_leaves_the_rest_as_it_was(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let ids = drafts(&server, section, 30).await;
    let root = server.root_browser().await;
    let url = begin(&root, "/admin/pages/bulk/", &[("action", "publish"), ("ids", &packed(&ids))]).await;
    let text = root.text(&url).await;
    assert!(
        text.contains("<progress") && text.contains("http-equiv=\"refresh\"") && text.contains("Stop here"),
        "{text}"
    );
    assert_eq!(location(&root.post(&format!("{url}cancel/"), &[("a", "b")]).await), url);
    let text = root.text(&url).await;
    assert!(text.contains("0 of 30 pages published") && text.contains("30 left as they were"), "{text}");
    let worker = worker(&server, &server.content().jobs);
    let jobs = &server.content().jobs;
    eventually("the job is done", SOON, async || jobs.list(None).await.expect("listed").is_empty()).await;
    worker.abort();
    assert_eq!(server.count("page WHERE live AND parent_id = (SELECT id FROM page WHERE slug = 'section')"), 0);
    assert_eq!(server.metrics().await.sum("vitrine_bulk_items_total", &[("outcome", "cancelled")]), 30.0);
    let old = "UPDATE bulk SET created_at = 0";
    crate::support::postgres::execute(&server.database_url, old).expect("written");
    server.running.site.app.bulks.prune().await.expect("pruned");
    assert_eq!((server.rows("bulk"), server.rows("bulk_item")), (0, 0), "results are kept for a month");
    assert_eq!(root.get(&url).await.status, 404);
}

/// Pages that the database refuses to change, whatever is asked of them.
fn break_pages(server: &Server, ids: &[i64]) {
    let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let text = if server.database_url.starts_with("sqlite:") {
        format!(
            "CREATE TRIGGER broken BEFORE UPDATE ON page WHEN old.id IN ({ids})
             BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    } else {
        format!(
            "CREATE FUNCTION broken() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER broken BEFORE UPDATE ON page FOR EACH ROW WHEN (old.id IN ({ids}))
                 EXECUTE FUNCTION broken()"
        )
    };
    crate::support::postgres::execute(&server.database_url, &text).expect("broken");
}

async fn some_that_always_fail_do_not_take_the_attempts_of_the_others(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let ids = drafts(&server, section, 8).await;
    break_pages(&server, &[ids[1], ids[4], ids[6]]);
    let root = server.root_browser().await;
    let url = begin(&root, "/admin/pages/bulk/", &[("action", "publish"), ("ids", &packed(&ids))]).await;
    let jobs = &server.content().jobs;
    let worker = worker(&server, jobs);
    eventually("the order has its end", SOON * 2, async || {
        // What waits for its next attempt does not wait.
        let due = "UPDATE job SET run_at = 0 WHERE state = 'waiting' AND kind = 'bulk.work'";
        crate::support::postgres::execute(&server.database_url, due).expect("due");
        jobs.wake();
        server.rows("bulk WHERE ended_at IS NOT NULL") == 1
    })
    .await;
    worker.abort();
    let text = root.text(&url).await;
    assert!(text.contains("5 of 8 pages published") && text.contains("3 not done"), "{text}");
    assert_eq!(text.matches("The server failed over this one more than once").count(), 3, "{text}");
    assert_eq!((server.rows("job WHERE state = 'dead'"), server.rows("bulk_item WHERE state = 'failed'")), (0, 3));
}

async fn what_was_begun_by_a_worker_that_is_gone_is_called_off_too(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let ids = drafts(&server, section, 3).await;
    let root = server.root_browser().await;
    let url = begin(&root, "/admin/pages/bulk/", &[("action", "publish"), ("ids", &packed(&ids))]).await;
    let begun = "UPDATE bulk_item SET state = 'begun', attempts = 1 WHERE place = 1";
    for text in [begun, "UPDATE job SET state = 'dead'"] {
        crate::support::postgres::execute(&server.database_url, text).expect("written");
    }
    assert_eq!(location(&root.post(&format!("{url}cancel/"), &[("a", "b")]).await), url);
    let text = root.text(&url).await;
    assert!(text.contains("3 left as they were") && !text.contains("data-progress="), "{text}");
    assert_eq!(server.rows("bulk WHERE ended_at IS NOT NULL AND cancelled_at IS NOT NULL"), 1);
}

async fn rights_are_asked_when_it_runs_and_only_its_asker_sees_it(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let home = server.page_id("/").await;
    let (one, two) =
        (server.standard_page(home, "One", "<p>x</p>").await, server.standard_page(home, "Two", "<p>x</p>").await);
    let ids = [drafts(&server, one, 6).await, drafts(&server, two, 6).await].concat();
    let both = [Grant::Page(one, PagePermission::Publish), Grant::Page(two, PagePermission::Publish)];
    let ann = server.browser("ann", &both).await;
    let bob = server.browser("bob", &both).await;
    let root = server.root_browser().await;
    let fields = [("action", "publish"), ("ids", &packed(&ids)[..])];
    let url = begin(&ann, "/admin/pages/bulk/", &fields).await;
    let by_bob = begin(&bob, "/admin/pages/bulk/", &fields).await;
    server.accounts().revoke_grant("ann", both[1], &By::cli()).await.expect("revoked");
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    server.accounts().change_user("bob", change, &By::cli()).await.expect("closed");
    let worker = worker(&server, &server.content().jobs);
    let text = ended(&ann, &url).await;
    assert!(text.contains("6 of 12 pages published") && text.contains("You may not see this page."), "{text}");
    let closed = ended(&root, &by_bob).await;
    assert!(closed.contains("0 of 12 pages published") && closed.contains("was closed"), "{closed}");
    worker.abort();
    let cat = server.browser("cat", &both).await;
    for path in [url.clone(), format!("{url}cancel/")] {
        let is_page = path == url;
        let by_cat = if is_page { cat.get(&path).await } else { cat.post(&path, &[("a", "b")]).await };
        assert_eq!(by_cat.status, 403, "{path}");
        let out = if is_page {
            server.get(&path).await
        } else {
            server.send_form(&path, &[("a", "b")], &[SAME_ORIGIN]).await
        };
        assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(server.send(Method::DELETE, &path, &[("cookie", &ann.cookie)]).await.status, 405, "{path}");
    }
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", ann.cookie.as_str())];
    assert_eq!(server.send_form(&format!("{url}cancel/"), &[("a", "b")], &foreign).await.status, 403);
    assert_eq!(root.get(&url).await.status, 200);
    for path in ["/admin/bulk/x/", "/admin/bulk/0/", "/admin/bulk/987654/"] {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    assert!(!cat.text("/admin/bulk/").await.contains(&url), "others' work is not hers to see");
}

async fn all_that_match_are_asked_about_and_deleting_many_asks_for_the_word(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let ids = drafts(&server, section, 60).await;
    server.standard_page(section, "Live one", "<p>x</p>").await;
    let root = server.root_browser().await;
    let list = root.text(&format!("/admin/pages/{section}/?status=draft")).await;
    assert!(
        list.contains("All that match, up to 500") && list.contains("name=\"view\" value=\"status=draft\""),
        "{list}"
    );
    let below = section.to_string();
    let all = [("all", "1"), ("below", &below[..]), ("view", "status=draft")];
    let asked = root.post("/admin/pages/bulk/", &[&all[..], &[("action", "publish")]].concat()).await;
    assert!(asked.text().contains("Publish 60 pages?") && asked.text().contains("and 40 more"), "{}", asked.text());
    let moving = root.post("/admin/pages/bulk/", &[&all[..], &[("action", "delete")]].concat()).await;
    let url = location(&moving).to_owned();
    assert_eq!(url, format!("/admin/pages/delete/?ids={}-{}", ids[0], ids[59]));
    let answer = root.get(&url).await;
    assert!(answer.text().contains("<strong>60 pages</strong> go") && answer.text().contains("Type <strong>"));
    assert!(answer.queries() <= 12, "{} queries", answer.queries());
    let site = vitrine::content::site::list(server.db(), "").await.expect("listed")[0].name.clone();
    let text = packed(&ids);
    assert_eq!(root.post("/admin/pages/delete/", &[("ids", &text)]).await.status, 422);
    let url = begin(&root, "/admin/pages/delete/", &[("ids", &text), ("word", &site)]).await;
    assert!(ended(&root, &url).await.contains("60 of 60 pages deleted"));
    assert_eq!(server.count("page WHERE trashed"), 60);
    for (fields, status) in [
        (vec![("all", "1"), ("action", "publish")], 400),
        (vec![("all", "1"), ("below", "987654"), ("action", "publish")], 404),
        (vec![("all", "1"), ("below", &below), ("view", "status=draft"), ("action", "publish")], 400),
        (vec![("ids", "1-501"), ("action", "publish")], 400),
    ] {
        assert_eq!(root.post("/admin/pages/bulk/", &fields).await.status, status, "{fields:?}");
    }
}

async fn files_are_put_into_a_collection_tagged_and_deleted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let other = media.create_collection(1, "Other", Channel::Cli).await.expect("created");
    let account = server.user("ann", false).await;
    let mut ids = Vec::new();
    for number in 0..12 {
        let by = (number < 6).then(|| Actor::editor(account, "ann"));
        let name = format!("file {number}.txt");
        let new = NewFile { name, collection: Some(mine), by, ..NewFile::default() };
        ids.push(media.add_document(format!("text {number}").as_bytes(), new).await.expect("added"));
    }
    let (accounts, by) = (server.accounts(), By::cli());
    accounts.create_group("adders", &by).await.expect("created");
    accounts.add_member("adders", &accounts.user("ann").await.expect("found"), &by).await.expect("a member");
    accounts.grant("adders", Grant::Collection(mine, CollectionPermission::Add), &by).await.expect("granted");
    let ann = Browser { server: &server, cookie: server.session_of("ann").await };
    let root = server.root_browser().await;
    let (text, into) = (packed(&ids), other.to_string());
    let url =
        begin(&root, "/admin/documents/bulk/", &[("ids", &text), ("action", "tag"), ("tags", "Tides, new")]).await;
    assert!(ended(&root, &url).await.contains("12 of 12 documents tagged"));
    let tagged = format!("document_tag JOIN document ON id = document_id WHERE collection_id = {mine}");
    assert_eq!(server.count(&tagged), 24);
    // She may only add: what she added is hers.
    let sure = ann.post("/admin/documents/bulk/", &[("ids", &text), ("action", "delete")]).await;
    assert!(sure.text().contains("Delete 12 documents?") && sure.text().contains("used somewhere"), "{}", sure.text());
    let url = begin(&ann, "/admin/documents/bulk/", &[("ids", &text), ("action", "delete"), ("sure", "1")]).await;
    let result = ended(&ann, &url).await;
    assert!(result.contains("6 of 12 documents deleted") && result.contains("You may not do this"), "{result}");
    assert_eq!(server.count(&format!("document WHERE collection_id = {mine}")), 6);
    let collecting = [("ids", &text[..]), ("action", "collect"), ("into", &into)];
    assert_eq!(ann.post("/admin/documents/bulk/", &collecting).await.status, 404, "some are gone");
    let left = packed(&ids[6..]);
    let collecting = [("ids", &left[..]), ("action", "collect"), ("into", &into)];
    assert_eq!(ann.post("/admin/documents/bulk/", &collecting).await.status, 403, "not into that one");
    let url = begin(&root, "/admin/documents/bulk/", &collecting).await;
    assert!(ended(&root, &url).await.contains("6 of 6 documents put into the collection"));
    assert_eq!(ann.post("/admin/documents/bulk/", &[("ids", &left), ("action", "delete")]).await.status, 403);
    let view = format!("collection={other}");
    let all = [("all", "1"), ("view", view.as_str()), ("action", "tag"), ("tags", "third")];
    let asked = root.post("/admin/documents/bulk/", &all).await;
    assert!(asked.text().contains("Tag 6 documents with third?"), "{}", asked.text());
    for (fields, status) in [
        (vec![("ids", &left[..])], 400),
        (vec![("ids", &left), ("action", "publish")], 400),
        (vec![("ids", &left), ("action", "tag")], 400),
        (vec![("ids", &left), ("action", "collect"), ("into", "987654")], 404),
        (vec![("action", "delete")], 400),
    ] {
        assert_eq!(root.post("/admin/documents/bulk/", &fields).await.status, status, "{fields:?}");
    }
    let by_ann = root.text(&format!("/admin/documents/?uploader={account}")).await;
    assert!(!by_ann.contains("file 7.txt"), "{by_ann}");
    assert_eq!(root.get("/admin/documents/?uploader=x").await.status, 400);
    for path in ["/admin/images/bulk/", "/admin/documents/bulk/"] {
        let out = server.send_form(path, &[("ids", "1")], &[SAME_ORIGIN]).await;
        assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(root.get(path).await.status, 405, "{path}");
    }
}

on_both_databases!(
    two_hundred_pages_are_one_job_and_each_has_its_result,
    dead_workers_lose_and_double_nothing,
    some_that_always_fail_do_not_take_the_attempts_of_the_others,
    what_was_begun_by_a_worker_that_is_gone_is_called_off_too,
    what_is_stopped_leaves_the_rest_as_it_was,
    rights_are_asked_when_it_runs_and_only_its_asker_sees_it,
    all_that_match_are_asked_about_and_deleting_many_asks_for_the_word,
    files_are_put_into_a_collection_tagged_and_deleted,
);
