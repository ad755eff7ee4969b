//! Jobs that gave up, in the editor: for superusers alone, tried again or discarded, and each decision in the log.

use vitrine::accounts::{GlobalPermission, Grant};

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{PATIENT, location};
use crate::support::postgres::{execute, number};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const LIST: &str = "/admin/jobs/";
const DECIDE: &str = "/admin/jobs/decide/";

/// A job that gave up; its id.
fn bury(server: &Server, kind: &str, queue: &str, error: &str) -> i64 {
    let text = format!(
        "INSERT INTO job (kind, queue, payload, priority, state, run_at, attempts, created_at, trace_id, error)
         VALUES ('{kind}', '{queue}', '{{}}', 1, 'dead', 1000000, 5, 1000000, '0af7651916cd43dd8448eb211c80319c', '{error}')"
    );
    execute(&server.database_url, &text).expect("buried");
    number(&server.database_url, "SELECT MAX(id) FROM job")
}

async fn only_superusers_see_and_decide(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let dead = bury(&server, "change.prune", "housekeeping", "no").to_string();
    let every = GlobalPermission::ALL.iter().map(|known| Grant::Global(*known)).collect::<Vec<_>>();
    let editor = server.browser("editor", &every).await;
    let root = server.root_browser().await;
    let fields = [("action", "discard"), ("ids", dead.as_str()), ("sure", "1")];
    assert!(server.get(LIST).await.header("location").starts_with("/admin/login/"));
    assert_eq!(editor.get(LIST).await.status, 403);
    assert_eq!(editor.post(DECIDE, &fields).await.status, 403);
    assert_eq!(editor.post(DECIDE, &[("action", "retry"), ("ids", &dead)]).await.status, 403);
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", root.cookie.as_str())];
    assert_eq!(server.send_form(DECIDE, &fields, &foreign).await.status, 403);
    assert!(server.send_form(DECIDE, &fields, &[SAME_ORIGIN]).await.header("location").starts_with("/admin/login/"));
    assert_eq!(server.rows("job WHERE state = 'dead'"), 1, "nobody decided");
    assert!(!editor.text("/admin/").await.contains("/admin/jobs/"));
    assert!(root.text("/admin/").await.contains("/admin/jobs/"));
    let answer = root.get(LIST).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"));
    assert!(answer.queries() <= 5, "{} queries", answer.queries());
    let refused = root.post(LIST, &fields).await;
    assert!(refused.status == 405 && refused.header("allow").contains("GET"));
    assert_eq!(root.get(DECIDE).await.status, 405);
    for query in ["?kind=nonsense", "?before=x"] {
        assert_eq!(root.get(&format!("{LIST}{query}")).await.status, 400, "{query}");
    }
    for fields in [[("action", "retry"), ("ids", "x")], [("action", "burn"), ("ids", &dead)]] {
        assert_eq!(root.post(DECIDE, &fields).await.status, 400);
    }
}

async fn what_is_tried_again_really_runs(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let dead = bury(&server, "change.prune", "housekeeping", "<b>away</b>").to_string();
    let other = bury(&server, "form.purge", "housekeeping", "other").to_string();
    let root = server.root_browser().await;
    let list = root.text(LIST).await;
    assert!(list.contains("&lt;b&gt;away") && list.contains("0af7651916cd43dd8448eb211c80319c"), "{list}");
    assert!(list.contains(">2</span>"), "two of the queue gave up: {list}");
    let narrowed = root.text(&format!("{LIST}?kind=form.purge")).await;
    assert!(narrowed.contains(&format!("value=\"{other}\"")) && !narrowed.contains(&format!("value=\"{dead}\"")));
    let answer = root.post(DECIDE, &[("action", "retry"), ("ids", &dead), ("ids", "987654")]).await;
    assert_eq!(location(&answer), "/admin/jobs/?retried=1");
    assert!(root.text(location(&answer)).await.contains("One job is tried again."));
    let gone = format!("job WHERE id = {dead}");
    eventually("it was done", SOON, async || server.rows(&gone) == 0).await;
    assert_eq!(server.rows(&format!("job WHERE id = {other} AND state = 'dead'")), 1, "the other one stays");
    let noted =
        format!("object_event WHERE kind = 'job' AND event = 'retry' AND object_id = {dead} AND actor = 'root'");
    assert_eq!(server.rows(&noted), 1);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_object_events_total", &[("object", "job"), ("event", "retry")]), 1.0);
}

async fn what_is_discarded_is_asked_about_first(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let one = bury(&server, "change.prune", "housekeeping", "one").to_string();
    let two = bury(&server, "change.prune", "housekeeping", "two").to_string();
    let root = server.root_browser().await;
    let fields = [("action", "discard"), ("ids", &one), ("ids", &two), ("kind", "change.prune")];
    let asked = root.post(DECIDE, &fields).await;
    assert!(asked.text().contains("Discard 2 jobs?"), "{}", asked.text());
    assert_eq!(server.rows("job WHERE state = 'dead'"), 2, "not yet");
    let packed = format!("{one}-{two}");
    let done = root.post(DECIDE, &[("action", "discard"), ("ids", &packed), ("sure", "1")]).await;
    assert!(root.text(location(&done)).await.contains("2 jobs are discarded."));
    assert_eq!(server.rows("job WHERE state = 'dead'"), 0);
    assert_eq!(server.rows("object_event WHERE kind = 'job' AND event = 'discard' AND title = 'change.prune'"), 2);
    assert!(root.text(LIST).await.contains("No job gave up."));
}

async fn one_that_another_stands_for_stays(database: Database) {
    let server = Server::with(database, &[PATIENT, ("server.role", "web")]).await;
    let dead = bury(&server, "change.prune", "housekeeping", "old").to_string();
    let waiting = "INSERT INTO job (kind, queue, payload, unique_key, priority, state, run_at, created_at)
                   VALUES ('change.prune', 'housekeeping', '{}', 'k', 1, 'waiting', 1, 1)";
    for text in ["UPDATE job SET unique_key = 'k' WHERE state = 'dead'", waiting] {
        execute(&server.database_url, text).expect("written");
    }
    let root = server.root_browser().await;
    let answer = root.post(DECIDE, &[("action", "retry"), ("ids", &dead)]).await;
    assert!(root.text(location(&answer)).await.contains("None of them is tried again"), "{}", location(&answer));
    assert_eq!((server.rows("job WHERE state = 'dead'"), server.rows("object_event WHERE kind = 'job'")), (1, 0));
}

on_both_databases!(
    only_superusers_see_and_decide,
    what_is_tried_again_really_runs,
    what_is_discarded_is_asked_about_first,
    one_that_another_stands_for_stays,
);
