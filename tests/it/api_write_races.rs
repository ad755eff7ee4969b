//! Changes by the API at the same time: of those that are made for one ETag one is made, and no action is done for a draft
//! that somebody saved over.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{By, GlobalPermission, Grant, PagePermission, Scope};
use vitrine::content::audit::{self, Asked};
use vitrine::content::explore::Listed;

use crate::support::program::{Program, code};
use crate::support::{Answer, Database, Server, on_both_databases};

const AT_ONCE: usize = 8;
const USERS: Grant = Grant::Global(GlobalPermission::Users);

/// The answers to so many requests at once.
async fn at_once(ask: impl AsyncFn(usize) -> Answer) -> Vec<Answer> {
    join_all((0..AT_ONCE).map(|turn| ask(turn))).await
}

fn told(answers: &[Answer]) -> Vec<(u16, &str)> {
    answers.iter().map(|answer| (answer.status.as_u16(), answer.text())).collect()
}

/// The place of the one that was done; the others are refused: as stale, or because there is nothing any more.
fn only(answers: &[Answer]) -> usize {
    let done: Vec<usize> = (0..answers.len()).filter(|turn| answers[*turn].status.is_success()).collect();
    assert_eq!(done.len(), 1, "{:?}", told(answers));
    for answer in answers.iter().filter(|answer| !answer.status.is_success()) {
        let refused = (answer.status.as_u16(), code(answer));
        assert!([(412, "stale".to_owned()), (404, "not_found".to_owned())].contains(&refused), "{:?}", told(answers));
    }
    done[0]
}

async fn groups(server: &Server, count: usize) -> Vec<i64> {
    let by = By::cli();
    let mut ids = Vec::with_capacity(count);
    for turn in 0..count {
        ids.push(server.accounts().create_group(&format!("Group {turn}"), &by).await.expect("created"));
    }
    ids
}

async fn of_changes_of_a_user_for_one_etag_one_is_made(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &[USERS], &[Scope::Users]).await;
    let groups = groups(&server, AT_ONCE).await;
    let path = format!("/api/v1/users/{}/", server.user("bob", false).await);
    let etag = ann.get(&path).await.header("etag").to_owned();
    let body = |turn: usize| json!({ "name": format!("Bob {turn}"), "groups": [groups[turn]] });
    let answers = at_once(async |turn| ann.patch(&path, &etag, &body(turn)).await).await;
    let turn = only(&answers);
    assert!(answers.iter().all(|answer| answer.status != 404), "{:?}", told(&answers));
    let now = ann.get(&path).await;
    assert_eq!((now.json(), now.header("etag")), (answers[turn].json(), answers[turn].header("etag")));
    assert_eq!(now.json()["name"], format!("Bob {turn}"));
    assert_eq!(now.json()["groups"], json!([{ "id": groups[turn], "name": format!("Group {turn}") }]));
    // Whatever is there: all of them are made, each of all that it says.
    let answers = at_once(async |turn| ann.patch(&path, "*", &body(turn)).await).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{:?}", told(&answers));
    let now = ann.get(&path).await.json();
    let turn: usize = now["name"].as_str().and_then(|name| name.strip_prefix("Bob ")?.parse().ok()).expect("a name");
    assert_eq!(now["groups"], json!([{ "id": groups[turn], "name": format!("Group {turn}") }]));
    let log = server.accounts().verify_log().await.expect("read");
    assert_eq!(log.broken, None);
}

/// Where something is made, what, and how it is changed so many times.
type Managed = (&'static str, Value, fn(usize) -> Value);

async fn of_changes_and_deletions_for_one_etag_one_is_made(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let root = server.root_program(Scope::ALL).await;
    let about = server.page_id("/about/").await;
    let named = |turn| json!({ "name": format!("Name {turn}") });
    let managed: [Managed; 4] = [
        ("/api/v1/sites/", json!({ "hostname": "second.test", "name": "Second", "root_page": about }), named),
        ("/api/v1/groups/", json!({ "name": "Writers" }), named),
        (
            "/api/v1/redirects/",
            json!({ "from": "/old/", "to": "/about/" }),
            |turn| json!({ "to": format!("https://example.org/{turn}") }),
        ),
        (
            "/api/v1/snippets/",
            json!({ "type": "blog.Series", "name": "Tides", "fields": { "description": "x" } }),
            named,
        ),
    ];
    for (home, new, change) in managed {
        race(&root, &root.post(home, &new).await, change).await;
    }
    let kind = [("content-type", "text/plain")];
    let made = root.send(Method::POST, "/api/v1/documents/?title=Tides", &kind, b"High at noon.".to_vec()).await;
    race(&root, &made, |turn| json!({ "title": format!("Name {turn}") })).await;
}

async fn of_changes_of_whatever_is_there_none_is_lost(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let root = server.root_program(Scope::ALL).await;
    let mut paths = Vec::new();
    for turn in 0..AT_ONCE / 2 {
        let made = root.post("/api/v1/redirects/", &json!({ "from": format!("/old-{turn}/"), "to": "/about/" })).await;
        assert_eq!(made.status, 201, "{}", made.text());
        paths.push(made.header("location").to_owned());
    }
    // Two of each at once, of which each says what the other one does not.
    let halves = [json!({ "is_permanent": false }), json!({ "to": "https://example.org/" })];
    let answers = at_once(async |turn| root.patch(&paths[turn / 2], "*", &halves[turn % 2]).await).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{:?}", told(&answers));
    for path in &paths {
        let now = root.get(path).await.json();
        assert_eq!((&now["is_permanent"], &now["to"]), (&json!(false), &json!("https://example.org/")), "{path}");
    }
}

/// Of changes of what was made one is made, and of changes and deletions as well.
async fn race(root: &Program<'_>, made: &Answer, change: impl Fn(usize) -> Value) {
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location");
    let answers = at_once(async |turn| root.patch(path, made.header("etag"), &change(turn)).await).await;
    let changed = &answers[only(&answers)];
    let now = root.get(path).await;
    assert_eq!((without_notes(changed), changed.header("etag")), (now.json(), now.header("etag")));
    let etag = [("if-match", now.header("etag"))];
    let answers = at_once(async |turn| match turn % 2 {
        0 => root.ask(Method::PATCH, path, &etag, Some(&change(turn + AT_ONCE))).await,
        _ => root.ask(Method::DELETE, path, &etag, None).await,
    });
    let answers = answers.await;
    let done = &answers[only(&answers)];
    let now = root.get(path).await;
    match done.status.as_u16() {
        204 => assert_eq!(now.status, 404, "{}", now.text()),
        _ => assert_eq!((without_notes(done), done.header("etag")), (now.json(), now.header("etag"))),
    }
}

/// What was changed, without what cleaning says of it.
fn without_notes(answer: &Answer) -> Value {
    let mut told = answer.json();
    if let Some(values) = told.as_object_mut() {
        values.remove("notes");
    }
    told
}

async fn settings_are_changed_or_reverted_once_for_one_etag(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let root = server.root_program(Scope::ALL).await;
    let places = root.get("/api/v1/settings/?type=site.SiteSettings").await.json();
    let path = places["items"][0]["detail_url"].as_str().expect("an address").to_owned();
    let body = |turn: usize| json!({ "fields": { "footer_text": format!("Turn {turn}") } });
    let first = root.patch(&path, "*", &body(0)).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let etag = [("if-match", first.header("etag"))];
    let answers = at_once(async |turn| match turn % 2 {
        0 => root.ask(Method::PATCH, &path, &etag, Some(&body(turn + 1))).await,
        _ => root.ask(Method::DELETE, &path, &etag, None).await,
    });
    let answers = answers.await;
    let turn = only(&answers);
    let now = root.get(&path).await.json();
    let is_set = turn.is_multiple_of(2);
    let text = if is_set { format!("Turn {}", turn + 1) } else { String::new() };
    assert_eq!((&now["meta"]["is_set"], &now["fields"]["footer_text"]), (&json!(is_set), &json!(text)));
}

/// A page that is live, and the ETag of its draft.
async fn live(root: &Program<'_>, parent: i64, title: &str) -> (i64, String) {
    let body = json!([{ "type": "paragraph", "value": "<p>Words.</p>" }]);
    let new = json!({
        "parent": parent, "type": "standard.StandardPage", "title": title, "fields": { "body": body },
    });
    let made = root.post("/api/v1/pages/", &new).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_i64().expect("an id");
    assert_eq!(root.post(&format!("/api/v1/pages/{id}/publish/"), &json!({})).await.status, 200);
    (id, made.header("etag").to_owned())
}

/// What happened to a page, the oldest first.
async fn log(server: &Server, page: i64) -> Vec<String> {
    let asked = Asked { page, ..Asked::default() };
    let mut events: Vec<String> =
        audit::list(server.db(), &asked).await.expect("listed").into_iter().map(|e| e.event).collect();
    events.reverse();
    events
}

async fn an_old_save_is_brought_back_once_for_one_etag(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_program(Scope::ALL).await;
    let (id, etag) = live(&root, server.page_id("/").await, "Kestrels").await;
    let revision = root.get(&format!("/api/v1/pages/{id}/")).await.json()["meta"]["revision"].clone();
    let (path, body) = (format!("/api/v1/pages/{id}/revert/"), json!({ "revision": revision }));
    let answers = at_once(async |_| root.ask(Method::POST, &path, &[("if-match", &etag)], Some(&body)).await).await;
    let newest = answers[only(&answers)].json()["meta"]["revision"].clone();
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.json()["revision"] == newest));
    assert_eq!(log(&server, id).await, ["create", "publish", "revert"]);
}

async fn no_action_is_done_for_a_draft_that_was_saved_over(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_program(Scope::ALL).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let actions = [
        ("lock", json!({})),
        ("move", json!({ "to": about })),
        ("schedule", json!({ "expire_at": "2999-01-01T00:00:00Z" })),
        ("unpublish", json!({})),
        ("unpublish", json!({ "below": true })),
        ("trash", json!({})),
    ];
    for (turn, (action, body)) in actions.iter().enumerate() {
        let (id, etag) = live(&root, home, &format!("Page {turn}")).await;
        let (page, path) = (format!("/api/v1/pages/{id}/"), format!("/api/v1/pages/{id}/{action}/"));
        let etag = [("if-match", etag.as_str())];
        let save = json!({ "title": "Saved" });
        let (saved, acted) = tokio::join!(
            root.ask(Method::PATCH, &page, &etag, Some(&save)),
            root.ask(Method::POST, &path, &etag, Some(body)),
        );
        let log = log(&server, id).await;
        match (saved.status.as_u16(), acted.status.as_u16()) {
            (200, 412) => {
                assert_eq!(code(&acted), "stale");
                assert_eq!(acted.json()["revision"], saved.json()["meta"]["revision"], "{}", acted.text());
                assert_eq!(log, ["create", "publish", "update"], "{action}");
            }
            // The action came first, and what was saved is there still.
            (200, 200) => assert_eq!(log[2..], [*action, "update"], "{action}"),
            (409, 200) => assert_eq!((log[2..].to_vec(), *action), (vec!["trash".to_owned()], "trash")),
            _ => panic!("{action}: {} {}", saved.text(), acted.text()),
        }
        let late = root.ask(Method::POST, &path, &[("if-match", "\"1-00\"")], Some(body)).await;
        assert!(
            [(412, "stale".to_owned()), (409, "in_trash".to_owned())].contains(&(late.status.as_u16(), code(&late)))
        );
    }
    // A copy has what its maker has seen.
    let (id, etag) = live(&root, home, "Original").await;
    let (page, path) = (format!("/api/v1/pages/{id}/"), format!("/api/v1/pages/{id}/copy/"));
    let etag = [("if-match", etag.as_str())];
    let answers = at_once(async |turn| match turn % 2 {
        0 => root.ask(Method::POST, &path, &etag, Some(&json!({ "slug": format!("copy-{turn}") }))).await,
        _ => root.ask(Method::PATCH, &page, &etag, Some(&json!({ "title": "Saved" }))).await,
    });
    for copy in answers.await.iter().step_by(2) {
        match copy.status.as_u16() {
            201 => assert_eq!(copy.json()["title"], "Original", "{}", copy.text()),
            _ => assert_eq!((copy.status.as_u16(), code(copy)), (412, "stale".to_owned())),
        }
    }
}

/// As many queries for twenty things as for two.
fn assert_as_many(few: &Answer, many: &Answer) {
    for answer in [few, many] {
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    assert_eq!(few.queries(), many.queries(), "{} {}", few.header("server-timing"), many.header("server-timing"));
}

async fn what_is_written_of_many_takes_as_many_queries_as_of_few(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let known = server.content().list_pages((1..=200).collect()).await.expect("listed");
    let below = &known.iter().find(|page| page.id == home).expect("the home page").path;
    let is_below = |page: &&Listed| page.path.starts_with(below) && !page.trashed;
    let pages: Vec<i64> = known.iter().filter(is_below).map(|page| page.id).take(40).collect();
    let may = [USERS, Grant::Global(GlobalPermission::Groups), Grant::Page(home, PagePermission::Edit)];
    let ann = server.program("ann", &may, &[Scope::Users]).await;
    let groups = groups(&server, 22).await;
    let path = format!("/api/v1/users/{}/", server.user("bob", false).await);
    let names: Vec<String> = (0..22).map(|turn| format!("user-{turn}")).collect();
    for name in &names {
        server.user(name, false).await;
    }
    // Once a minute it is noted that a token was used.
    ann.get("/api/v1/whoami/").await;
    let put = async |groups: &[i64]| ann.patch(&path, "*", &json!({ "groups": groups })).await;
    put(&groups[..2]).await;
    let few = put(&groups[2..4]).await;
    assert_as_many(&few, &put(&groups[4..]).await);
    assert_eq!(server.rows("security_event WHERE event = 'member_removed' AND subject = 'bob'"), 4);
    let new = |name: &str, groups: &[i64]| json!({ "username": name, "email": "x@example.org", "groups": groups });
    let invite = async |name: &str, groups: &[i64]| ann.post("/api/v1/users/", &new(name, groups)).await;
    assert_as_many(&invite("cy", &groups[..2]).await, &invite("dee", &groups[2..]).await);
    let part = |name: &str| format!("/api/v1/groups/{}/{name}/", groups[0]);
    let add = async |names: &[String]| ann.post(&part("members"), &json!({ "add": names })).await;
    assert_as_many(&add(&names[..2]).await, &add(&names[2..]).await);
    let on = |pages: &[i64]| -> Vec<Value> {
        pages.iter().map(|page| json!({ "permission": "edit", "page": page })).collect()
    };
    let give = async |pages: &[i64]| ann.post(&part("grants"), &json!({ "give": on(pages) })).await;
    assert!(pages.len() > 5, "{pages:?}");
    let few = give(&pages[..2]).await;
    assert_as_many(&few, &give(&pages[2..]).await);
    let take = async |pages: &[i64]| ann.post(&part("grants"), &json!({ "take": on(pages) })).await;
    let few = take(&pages[..2]).await;
    let many = take(&pages[2..]).await;
    assert_as_many(&few, &many);
    assert_eq!(many.json()["items"], json!([]));
    let events = |event: &str| server.rows(&format!("security_event WHERE event = '{event}' AND actor = 'ann'"));
    assert_eq!((events("granted"), events("grant_revoked")), (pages.len() as i64, pages.len() as i64));
    assert_eq!(server.accounts().verify_log().await.expect("read").broken, None);
}

on_both_databases!(
    of_changes_of_a_user_for_one_etag_one_is_made,
    of_changes_and_deletions_for_one_etag_one_is_made,
    of_changes_of_whatever_is_there_none_is_lost,
    settings_are_changed_or_reverted_once_for_one_etag,
    an_old_save_is_brought_back_once_for_one_etag,
    no_action_is_done_for_a_draft_that_was_saved_over,
    what_is_written_of_many_takes_as_many_queries_as_of_few,
);
