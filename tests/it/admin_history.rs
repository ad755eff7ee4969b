//! The history of all, of pages and of everything else together: what is listed, for whom, and as a file; and the history of
//! one page, narrowed, with any two of its revisions side by side.

use std::time::{Duration, Instant};

use vitrine::accounts::{CollectionPermission, GlobalPermission, Grant, PagePermission};
use vitrine::content::Actor;
use vitrine::media::{Deletion, DocumentChange, NewFile};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::standard_page;
use crate::support::postgres::{execute, number};
use crate::support::{Database, Server, is_long, on_both_databases, within_ms};

pub const HISTORY: &str = "/admin/reports/history/";
pub const EXPORT: &str = "/admin/reports/history/export.csv";
const REPORTS: Grant = Grant::Global(GlobalPermission::Reports);
/// What the first page of a report may take.
const SOON_ENOUGH_MS: u64 = 200;

fn named(name: &str, collection: i64, by: Actor) -> NewFile {
    NewFile { name: name.to_owned(), collection: Some(collection), by: Some(by), ..NewFile::default() }
}

/// The titles of an export, in its order.
pub async fn titles(browser: &Browser<'_>, query: &str) -> Vec<String> {
    let file = browser.text(&format!("{EXPORT}{query}")).await;
    let mut lines = csv::Reader::from_reader(file.as_bytes());
    lines.records().map(|line| line.expect("a line")[6].to_owned()).collect()
}

async fn pages_and_all_else_are_one_list(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let root = server.root_browser().await;
    let before = titles(&root, "").await.len();
    let page = server.create(standard_page(home, "A page", "<p>x</p>")).await.expect("created");
    assert_eq!(root.post("/admin/collections/", &[("name", "Press"), ("into", "1")]).await.status, 303);
    server.publish(page).await.expect("published");
    assert_eq!(root.post("/admin/locales/", &[("code", "pt-BR"), ("name", "")]).await.status, 303);
    let found = titles(&root, "").await;
    assert_eq!(found[..found.len() - before], ["pt-BR", "A page", "Press", "A page"], "the newest first");
    assert_eq!(titles(&root, "?kind=collection&q=press").await, ["Press"]);
    assert_eq!(titles(&root, "?event=publish&q=a%20PAGE").await, ["A page"]);
    assert!(titles(&root, "?q=nothing%20like%20it").await.is_empty());
    let id = server.accounts().user("root").await.expect("found").id;
    assert_eq!(titles(&root, &format!("?user={id}")).await, ["pt-BR", "Press"]);
    assert_eq!(titles(&root, &format!("?user={id}&kind=locale&event=create")).await, ["pt-BR"]);
    assert!(titles(&root, "?since=2100-01-01").await.is_empty());
    assert!(titles(&root, "?until=2001-01-01").await.is_empty());
    assert_eq!(titles(&root, "?since=2001-01-01&until=2100-01-01&q=Press").await, ["Press"]);
    let shown = root.text(&format!("{HISTORY}?q=press")).await;
    let collection = number(&server.database_url, "SELECT id FROM collection WHERE name = 'Press'");
    assert!(shown.contains(&format!("href=\"/admin/collections/{collection}/\"")), "{shown}");
    server.change(page, |content| content.title = "Another name".into()).await.expect("saved");
    let changed = root.text(&format!("{HISTORY}?q=another")).await;
    let newest = number(&server.database_url, &format!("SELECT MAX(id) FROM revision WHERE page_id = {page}"));
    let link = changed.split("/compare/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    assert!(link.ends_with(&format!("/{newest}/")), "{link}");
    assert_eq!(root.get(&format!("/admin/pages/{page}/compare/{link}")).await.status, 200);
    for query in ["?user=x", "?event=burn", "?kind=ghost", "?before=x", "?before=5", "?since=soon", "?until=13"] {
        assert_eq!(root.get(&format!("{HISTORY}{query}")).await.status, 400, "{query}");
        assert_eq!(root.get(&format!("{EXPORT}{query}")).await.status, 400, "{query}");
    }
}

async fn what_is_done_to_files_is_noted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let root = server.root_browser().await;
    let id = server.accounts().user("root").await.expect("found").id;
    let by = || Actor::editor(id, "root");
    let document = media.add_document(&b"one"[..], named("=tides.txt", 1, by())).await.expect("taken");
    let change = DocumentChange { title: Some("=1+1".into()), ..DocumentChange::default() };
    media.update_document(document, change, by()).await.expect("changed");
    media.replace_document(document, &b"two"[..], "b.txt", by()).await.expect("replaced");
    let list = root.text(&format!("{HISTORY}?kind=document")).await;
    for event in ["upload", "update", "replace"] {
        assert!(list.contains(&format!(">{event}</td>")), "{event}: {list}");
    }
    assert!(list.contains(&format!("href=\"/admin/documents/{document}/\"")), "{list}");
    let log = root.text(&format!("/admin/documents/{document}/")).await;
    assert!(log.contains("<td>replace</td>") && log.contains("<td>upload</td>"), "{log}");
    let file = root.text(&format!("{EXPORT}?kind=document&event=replace")).await;
    assert!(file.contains(",document,") && file.contains(",'=1+1,"), "{file}");
    media.delete_document(document, Deletion::Unused, by()).await.expect("deleted");
    let gone = root.text(&format!("{HISTORY}?kind=document")).await;
    assert!(
        gone.contains("delete") && !gone.contains(&format!("/admin/documents/{document}/")),
        "no dead link: {gone}"
    );
    let labels = [("object", "document"), ("channel", "admin")];
    assert_eq!(server.metrics().await.sum("vitrine_object_events_total", &labels), 4.0);
    media.add_document(&b"three"[..], NewFile { name: "c.txt".into(), ..NewFile::default() }).await.expect("taken");
    assert_eq!(server.rows("object_event WHERE kind = 'document'"), 4, "what nobody asked for is not noted");
}

async fn one_reads_only_of_what_one_may_see(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    server.create(standard_page(section, "Seen page", "<p>x</p>")).await.expect("created");
    let gone = server.create(standard_page(section, "Gone page", "<p>x</p>")).await.expect("created");
    server.content().trash_page(gone, Channel::Cli).await.expect("in the trash");
    server.create(standard_page(home, "Secret page", "<p>x</p>")).await.expect("created");
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let other = media.create_collection(1, "Secret place", Channel::Cli).await.expect("created");
    media.add_document(&b"one"[..], named("seen.txt", mine, Channel::Cli.into())).await.expect("taken");
    media.add_document(&b"two"[..], named("secret.txt", other, Channel::Cli.into())).await.expect("taken");
    let choose = Grant::Collection(mine, CollectionPermission::Choose);
    let reader = server.browser("reader", &[REPORTS, Grant::Page(section, PagePermission::Edit), choose]).await;
    let list = reader.text(HISTORY).await;
    assert!(list.contains("Seen page") && list.contains("Section") && list.contains(">Seen<"), "{list}");
    let mut told = titles(&reader, "").await;
    told.sort();
    told.dedup();
    assert_eq!(told, ["Section", "Seen", "Seen page"], "and nothing of anything else");
    for query in ["?q=secret", "?kind=collection", "?kind=job", "?q=gone", "?event=upload&q=secret"] {
        assert!(titles(&reader, query).await.is_empty(), "{query}");
        assert!(!reader.text(&format!("{HISTORY}{query}")).await.contains("Secret"), "{query}");
    }
    assert!(!list.contains("value=\"collection\"") && list.contains("value=\"document\""), "{list}");
    let nothing = server.browser("nothing", &[REPORTS]).await;
    assert!(titles(&nothing, "").await.is_empty());
    let all = server.root_browser().await;
    assert_eq!(titles(&all, "?q=secret").await.len(), 3);
}

/// Entries of both logs, made by the database itself: one of each for every second since the morning of 2 October 2096.
fn fill(server: &Server, count: i64) {
    let text = format!(
        "INSERT INTO object_event (at, actor, account_id, channel, event, kind, object_id, title, type, detail, trace_id)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT CAST(i AS BIGINT) * 1000000 + 4000000000000000, 'user ' || (i % 50), i % 50, 'admin', CASE WHEN i % 10000 = 0 THEN 'merge' ELSE 'update' END,
                CASE WHEN i % 1000 = 0 THEN 'site' ELSE 'tag' END, i % 5000 + 2, 'Title ' || i, '', '', '' FROM n"
    );
    execute(&server.database_url, &text).expect("filled");
    let text = format!(
        "INSERT INTO page_event (at, actor, account_id, channel, event, page_id, title, type, detail, trace_id)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         SELECT CAST(i AS BIGINT) * 1000000 + 4000000000000000, 'user ' || (i % 50), i % 50, 'admin', CASE WHEN i % 10000 = 0 THEN 'move' ELSE 'update' END,
                i % 5000 + 2, 'Page ' || i, 'standard.StandardPage', '', '' FROM n"
    );
    execute(&server.database_url, &text).expect("filled");
    for table in ["page_event", "object_event"] {
        execute(&server.database_url, &format!("ANALYZE {table}")).expect("analyzed");
    }
}

async fn a_million_entries_are_as_fast_as_a_few(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let count = if is_long() { 500_000 } else { 100_000 };
    fill(&server, count);
    let root = server.root_browser().await;
    let home = server.page_id("/about/").await;
    let reader = server.browser("reader", &[REPORTS, Grant::Page(home, PagePermission::Edit)]).await;
    let queries = [
        "",
        "?event=move",
        "?event=merge",
        "?kind=site",
        "?user=7",
        "?user=7&event=update",
        "?user=7&event=move",
        "?q=Title%207",
        "?q=nowhere",
        "?since=2096-10-02&until=2096-10-02",
        "?since=2096-10-03&kind=tag&event=merge",
        "?before=50000.50000",
    ];
    for (browser, query) in queries.iter().map(|query| (&root, query)).chain([(&reader, &"")]) {
        let path = format!("{HISTORY}{query}");
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            let answer = browser.get(&path).await;
            best = best.min(began.elapsed());
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.queries() <= 30, "{path}: {} queries", answer.queries());
            assert!(answer.text().matches("<tr>").count() <= 51, "a page of fifty");
        }
        assert!(best < within_ms(SOON_ENOUGH_MS), "{path}: {best:?}");
    }
    assert!(root.get(HISTORY).await.queries() <= 10);
    let moved = titles(&root, "?event=move").await;
    assert_eq!(moved.len() as i64, count / 10_000, "all of them");
    assert_eq!(titles(&root, "?user=7").await.len() as i64, count / 25, "of both logs, in more than one part");
    let rare = titles(&root, &format!("?q=Title%20{}", count / 2)).await;
    assert_eq!(rare, [format!("Title {}", count / 2)], "a file goes on until all is looked through");
}

async fn parts_follow_each_other_without_gaps(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    fill(&server, 120);
    let root = server.root_browser().await;
    let (mut path, mut seen) = (format!("{HISTORY}?since=2096-01-01"), Vec::new());
    for _ in 0..10 {
        let part = root.text(&path).await;
        let title = |rest: &str| {
            let text = if rest.starts_with("<a ") { rest.split('>').nth(1) } else { Some(rest) };
            text.and_then(|text| text.split('<').next()).unwrap_or_default().to_owned()
        };
        seen.extend(part.split("class=\"title\">").skip(1).map(title));
        let Some(next) = part.split("rel=\"next\"").next().filter(|head| head.len() < part.len()) else { break };
        path = next
            .rsplit("href=\"")
            .next()
            .and_then(|rest| rest.split('"').next())
            .expect("a link")
            .replace("&amp;", "&");
    }
    let wanted: Vec<String> = (1..=120).rev().flat_map(|i| [format!("Title {i}"), format!("Page {i}")]).collect();
    let (mut all, mut expected) = (seen.clone(), wanted.clone());
    all.sort();
    expected.sort();
    assert_eq!(all, expected, "each once");
    let order = |titles: &[String]| -> Vec<i64> {
        titles.iter().filter_map(|title| title.rsplit(' ').next()?.parse().ok()).collect()
    };
    assert_eq!(order(&seen), order(&wanted), "the newest first");
}

async fn the_history_of_a_page_is_narrowed(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let ann = server.browser("ann", &[Grant::Page(home, PagePermission::Edit)]).await;
    let page = server.create(standard_page(home, "Narrowed", "<p>one</p>")).await.expect("created");
    let id = server.accounts().user("ann").await.expect("found").id;
    let first = number(&server.database_url, &format!("SELECT MAX(id) FROM revision WHERE page_id = {page}"));
    assert_eq!(ann.post(&format!("/admin/pages/{page}/revert/{first}/"), &[("a", "b")]).await.status, 303);
    let newest = number(&server.database_url, &format!("SELECT MAX(id) FROM revision WHERE page_id = {page}"));
    let history = format!("/admin/pages/{page}/history/");
    let holds =
        |text: &str, revision: i64| text.contains(&format!("name=\"new\" form=\"compare\" value=\"{revision}\""));
    let all = ann.text(&history).await;
    assert!(holds(&all, first) && holds(&all, newest) && all.contains("<td>revert"), "{all}");
    let hers = ann.text(&format!("{history}?user={id}")).await;
    assert!(!hers.contains(&format!("/revert/{first}/")) && hers.contains("<td>revert"), "{hers}");
    assert!(!hers.contains("<td>create"), "{hers}");
    let saves = ann.text(&format!("{history}?entry=saves")).await;
    assert!(holds(&saves, first) && !saves.contains("<td>revert"), "{saves}");
    let created = ann.text(&format!("{history}?entry=create")).await;
    assert!(!holds(&created, first) && created.contains("<td>create") && !created.contains("<td>revert"));
    let never = ann.text(&format!("{history}?until=2001-01-01")).await;
    assert!(never.contains("Nothing here is like that.") && !never.contains("<td>create"), "{never}");
    for query in ["?user=x", "?entry=burn", "?since=soon", "?before=x", "?events=x"] {
        assert_eq!(ann.get(&format!("{history}{query}")).await.status, 400, "{query}");
    }
    let elsewhere = Grant::Page(server.page_id("/about/").await, PagePermission::Edit);
    let stranger = server.browser("stranger", &[elsewhere]).await;
    for path in [format!("{history}?entry=saves"), format!("/admin/pages/{page}/compare/?old={first}&new={newest}")] {
        assert_eq!(stranger.get(&path).await.status, 403, "{path}");
        assert!(server.get(&path).await.header("location").starts_with("/admin/login/"), "{path}");
    }
}

async fn any_two_revisions_are_compared_and_used_again(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let ann = server.browser("ann", &[Grant::Page(home, PagePermission::Edit)]).await;
    let page = server.create(standard_page(home, "First name", "<p>one</p>")).await.expect("created");
    let other = server.create(standard_page(home, "Other page", "<p>one</p>")).await.expect("created");
    let newest =
        |page: i64| number(&server.database_url, &format!("SELECT MAX(id) FROM revision WHERE page_id = {page}"));
    let first = newest(page);
    server.change(page, |content| content.title = "Second name".into()).await.expect("saved");
    let second = newest(page);
    server.change(page, |content| content.title = "Third name".into()).await.expect("saved");
    let choose = async |old: i64, new: i64| ann.get(&format!("/admin/pages/{page}/compare/?old={old}&new={new}")).await;
    let path = format!("/admin/pages/{page}/compare/{first}/{second}/");
    assert_eq!(location(&choose(first, second).await), path);
    assert_eq!(location(&choose(second, first).await), path, "the older one is on the left");
    let shown = ann.text(&path).await;
    assert!(shown.contains("<del>First</del>") && shown.contains("<ins>Second</ins>"), "{shown}");
    assert!(shown.contains(&format!("/revert/{first}/")) && shown.contains(&format!("/revert/{second}/")), "{shown}");
    assert_eq!(choose(first, first).await.status, 400);
    assert_eq!(ann.get(&format!("/admin/pages/{page}/compare/?old={first}")).await.status, 400);
    let foreign = newest(other);
    assert_eq!(
        ann.get(&format!("/admin/pages/{page}/compare/{first}/{foreign}/")).await.status,
        404,
        "of another page"
    );
    assert_eq!(ann.post(&format!("/admin/pages/{page}/revert/{foreign}/"), &[("a", "b")]).await.status, 404);
    let publisher = server.browser("publisher", &[Grant::Page(home, PagePermission::Publish)]).await;
    let read = publisher.text(&path).await;
    assert!(!read.contains("/revert/"), "who may not edit is not offered it: {read}");
    assert_eq!(publisher.post(&format!("/admin/pages/{page}/revert/{first}/"), &[("a", "b")]).await.status, 403);
    assert_eq!(ann.post(&format!("/admin/pages/{page}/revert/{first}/"), &[("a", "b")]).await.status, 303);
    assert_eq!(server.newest(page).await.title, "First name", "a new draft with what it said");
    assert_eq!(newest(page), number(&server.database_url, "SELECT MAX(id) FROM revision"), "a new revision");
}

on_both_databases!(
    pages_and_all_else_are_one_list,
    what_is_done_to_files_is_noted,
    one_reads_only_of_what_one_may_see,
    a_million_entries_are_as_fast_as_a_few,
    parts_follow_each_other_without_gaps,
    the_history_of_a_page_is_narrowed,
    any_two_revisions_are_compared_and_used_again,
);
