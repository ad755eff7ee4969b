//! The feed of changes: from where a reader left off, as JSON and as a stream, and no more than they may see.

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use vitrine::accounts::{By, GlobalPermission, Grant, PagePermission, RecordPermission, Scope};
use vitrine::content::Position;
use vitrine::telemetry::label::Channel;

use crate::api_records::{TRANSACTION, rows, with};
use crate::forms::{CONTACT, LETTER, send};
use crate::support::postgres::{execute, number};
use crate::support::program::{Program, code};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};
use crate::webhooks::made;

const FEED: &str = "/api/v1/changes/";
const READ: [Scope; 1] = [Scope::ReadContent];

/// The events of an answer: `page.published Kestrels`.
fn told(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().expect("a list").iter();
    items
        .map(|item| {
            format!("{} {}", item["type"].as_str().unwrap_or("?"), item["data"]["title"].as_str().unwrap_or("?"))
        })
        .collect()
}

async fn read(program: &Program<'_>, query: &str) -> Value {
    let answer = program.get(&format!("{FEED}{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.queries() <= 4, "{}", answer.header("server-timing"));
    answer.json()
}

/// As [`read`], when so many events are told: on PostgreSQL an event waits for the transactions that began before it, also
/// those of other tests.
async fn read_all(program: &Program<'_>, query: &str, count: usize) -> Value {
    eventually("the events are told", SOON, async || told(&read(program, query).await).len() >= count).await;
    read(program, query).await
}

/// Where somebody begins who wants to know what happens from now on, when all that happened before is told.
async fn from_now(program: &Program<'_>) -> Value {
    let newest = "SELECT COALESCE((SELECT id FROM event ORDER BY tx DESC, id DESC LIMIT 1), 0)";
    let mut now = Value::Null;
    eventually("what happened before is told", SOON, async || {
        let newest = number(&program.server.database_url, newest);
        now = read(program, "?after=now").await;
        cursor(&now).ends_with(&format!("-{newest}"))
    })
    .await;
    now
}

fn cursor(answer: &Value) -> &str {
    answer["cursor"].as_str().expect("a cursor")
}

async fn a_reader_goes_on_where_they_left_off(database: Database) {
    let server = Server::start(database).await;
    let (root, home) = (server.root_program(&READ).await, server.page_id("/").await);
    let from = from_now(&root).await;
    assert_eq!((told(&from).len(), &from["next"]), (0, &Value::Null));
    let page = server.standard_page(home, "Kestrels", "<p>x</p>").await;
    server.content().trash_page(page, Channel::Cli).await.expect("trashed");
    let after = cursor(&from);
    let first = read_all(&root, &format!("?limit=2&after={after}"), 2).await;
    assert_eq!(told(&first), ["page.created Kestrels", "page.published Kestrels"]);
    let next = first["next"].as_str().expect("there is more").trim_start_matches(FEED);
    let rest = read_all(&root, next, 1).await;
    assert_eq!(told(&rest), ["page.trashed Kestrels"]);
    let end = read(&root, &format!("?after={}", cursor(&rest))).await;
    assert_eq!((told(&end).len(), &end["cursor"], &end["next"]), (0, &rest["cursor"], &Value::Null));
    assert_eq!(first["items"][0]["data"]["id"], json!(page));
    for wrong in ["?after=x", "?limit=0", "?limit=201", "?colour=red"] {
        let answer = root.get(&format!("{FEED}{wrong}")).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "bad_request"), "{wrong}");
    }
    execute(&server.database_url, "DELETE FROM event WHERE title <> 'Kestrels' OR action <> 'trash'").expect("deleted");
    let late = root.get(&format!("{FEED}?after={after}")).await;
    assert_eq!((late.status.as_u16(), code(&late).as_str()), (410, "cursor_expired"));
}

async fn nobody_learns_of_what_they_may_not_see(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let own = server.standard_page(home, "Own section", "<p>x</p>").await;
    let ann = server.program("ann", &[Grant::Page(own, PagePermission::Edit)], &READ).await;
    let after = cursor(&from_now(&ann).await).to_owned();
    let mine = server.standard_page(own, "Mine", "<p>x</p>").await;
    server.standard_page(home, "Secret of others", "<p>x</p>").await;
    let by = Channel::Cli;
    server.content().create_locale("fr", None, by).await.expect("created");
    server.content().trash_page(mine, Channel::Cli).await.expect("trashed");
    let seen = read_all(&ann, &format!("?after={after}"), 3).await;
    assert_eq!(told(&seen), ["page.created Mine", "page.published Mine", "page.trashed Mine"]);
    let none = server.program("bob", &[], &READ).await;
    assert_eq!(told(&read(&none, &format!("?after={after}")).await).len(), 0);
    let wrong = server.robot("ann", &[Scope::Publish]).await.get(FEED).await;
    assert_eq!((wrong.status.as_u16(), code(&wrong).as_str()), (403, "insufficient_scope"));
    for accept in ["application/json", "text/event-stream"] {
        let nobody = server.send(reqwest::Method::GET, FEED, &[("accept", accept)]).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{accept}");
    }
}

/// Paths of the tree go to others when a page leaves.
async fn a_place_tells_nothing_of_what_stood_there_before(database: Database) {
    let server = Server::start(database).await;
    let (root, home) = (server.root_program(&READ).await, server.page_id("/").await);
    let from = cursor(&from_now(&root).await).to_owned();
    let secret = server.standard_page(home, "Secret", "<p>x</p>").await;
    let place = server.page(secret).await.path;
    let below = server.standard_page(secret, "Below it", "<p>x</p>").await;
    server.content().trash_page(secret, Channel::Cli).await.expect("trashed");
    let own = server.standard_page(home, "Own section", "<p>x</p>").await;
    assert_eq!(server.page(own).await.path, place, "it stands where the other one stood");
    let ann = server.program("ann", &[Grant::Page(own, PagePermission::Edit)], &READ).await;
    read_all(&root, &format!("?after={from}"), 7).await;
    let seen = read(&ann, &format!("?after={from}")).await;
    assert_eq!(told(&seen), ["page.created Own section", "page.published Own section"]);
    // What is below the page goes with it, and comes with it.
    server
        .content()
        .move_page(own, Position::FirstChildOf(server.page_id("/about/").await), Channel::Cli)
        .await
        .expect("moved");
    let other = server.program("kim", &[Grant::Page(home, PagePermission::Edit)], &READ).await;
    let all = read_all(&other, &format!("?after={from}"), 8).await;
    for title in ["Secret", "Below it"] {
        assert!(told(&all).contains(&format!("page.published {title}")), "whoever sees the place sees what it lost");
    }
    assert!(server.page(below).await.trashed);
    let seen = read_all(&ann, &format!("?after={from}"), 3).await;
    assert_eq!(told(&seen), ["page.created Own section", "page.published Own section", "page.moved Own section"]);
}

async fn a_token_learns_of_what_its_scopes_let_it_read(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let own = server.standard_page(home, "Own section", "<p>x</p>").await;
    let may = [Grant::Page(own, PagePermission::Edit), Grant::Global(GlobalPermission::Forms)];
    let forms = [Scope::ReadContent, Scope::Submissions];
    let ann = server.program("ann", &may, &forms).await;
    let after = cursor(&from_now(&ann).await).to_owned();
    let after = format!("?after={after}");
    assert_eq!(send(&server, CONTACT, &LETTER).await.status, 303);
    server.content().create_locale("fr", None, Channel::Cli).await.expect("created");
    server.user("root", true).await;
    let reader = server.robot("root", &[Scope::ReadContent]).await;
    let clerk = server.robot("root", &forms).await;
    let admin = server.robot("root", &[Scope::ReadContent, Scope::Settings]).await;
    assert_eq!(told(&read_all(&clerk, &after, 1).await), ["form.submitted Contact"]);
    assert_eq!(told(&read_all(&admin, &after, 1).await), ["locale.created fr"]);
    assert_eq!(told(&read(&reader, &after).await).len(), 0);
    assert_eq!(told(&read(&ann, &after).await).len(), 0, "a form of a page that she may not see");
    let (accounts, by) = (server.accounts(), By::cli());
    accounts.grant("ann", Grant::Page(home, PagePermission::Edit), &by).await.expect("granted");
    assert_eq!(told(&read(&ann, &after).await), ["form.submitted Contact"]);
}

async fn rows_are_told_of_to_those_who_may_read_them(database: Database) {
    let (server, _folder) = with(database, "").await;
    let all = [Scope::ReadContent, Scope::WriteContent, Scope::Webhooks];
    let root = server.root_program(&all).await;
    let ann = server.program("ann", &[rows(TRANSACTION, RecordPermission::View)], &READ).await;
    let bob = server.program("bob", &[rows("bank.Other", RecordPermission::View)], &READ).await;
    made(&root, "https://localhost:9/", &["record.created", "record.deleted"]).await;
    let after = cursor(&from_now(&root).await).to_owned();
    let after = format!("?after={after}");
    let new = json!({ "reference": "A-1", "account": "DE1", "amount": "-12.50", "booked": "2026-01-03" });
    let row = root.post("/api/v1/transactions/", &new).await.header("location").to_owned();
    assert_eq!(root.patch(&row, "*", &json!({ "amount": "-13" })).await.status, 200);
    assert_eq!(root.ask(reqwest::Method::DELETE, &row, &[("if-match", "*")], None).await.status, 204);
    let seen = read_all(&ann, &after, 3).await;
    assert_eq!(told(&seen), ["record.created A-1", "record.updated A-1", "record.deleted A-1"]);
    let data = &seen["items"][0]["data"];
    assert_eq!((&data["type"], &data["url"]), (&json!(TRANSACTION), &json!(row)));
    assert_eq!(told(&read(&bob, &after).await).len(), 0);
    assert_eq!(server.rows("webhook_delivery"), 2, "those that were chosen");
}

async fn no_account_has_all_places_of_the_stream(database: Database) {
    let server = Server::with(database, &[("api.change_streams", "5")]).await;
    let (root, ann) = (server.root_program(&READ).await, server.program("ann", &[], &READ).await);
    let also = server.robot("root", &READ).await;
    let open = async |program: &Program<'_>| {
        let request = reqwest::Client::new().get(format!("{}{FEED}", server.site)).bearer_auth(&program.token);
        request.header("accept", "text/event-stream").send().await.expect("an answer")
    };
    let held = [open(&root).await, open(&also).await];
    assert_eq!(held.each_ref().map(|answer| answer.status().as_u16()), [200, 200]);
    for full in [&root, &also] {
        let refused = open(full).await;
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"].as_bytes()), (503, &&b"30"[..]));
    }
    assert_eq!(open(&ann).await.status(), 200, "others have theirs");
}

/// Reads a stream until it has told so many events; their ids and types.
async fn listen(program: &Program<'_>, last: Option<&str>, count: usize) -> Vec<(String, String)> {
    let client = reqwest::Client::new();
    let mut request = client.get(format!("{}{FEED}", program.server.site)).bearer_auth(&program.token);
    request = request.header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut answered = None;
    // The place of the reader before is free as soon as the server has noticed that they are gone.
    eventually("a place is free", SOON, async || {
        let response = request.try_clone().expect("no body").send().await.expect("an answer");
        assert!(response.status() != 503 || response.headers()["retry-after"] == "30");
        let is_free = response.status() != 503;
        answered = Some(response);
        is_free
    })
    .await;
    let response = answered.expect("an answer");
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].as_bytes()),
        (200, &b"text/event-stream"[..])
    );
    let (mut stream, mut text) = (response.bytes_stream(), String::new());
    let reading = async {
        while text.matches("event: ").count() < count {
            let chunk = stream.next().await.expect("it goes on").expect("bytes");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("events come soon");
    let line = |part: &str, name: &str| part.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    let parts = text.split("\n\n").filter_map(|part| Some((line(part, "id: ")?, line(part, "event: ")?)));
    parts.collect()
}

async fn a_stream_tells_at_once_and_goes_on_after_it_broke(database: Database) {
    let server = Server::with(database, &[("api.change_streams", "1")]).await;
    let (root, home) = (server.root_program(&READ).await, server.page_id("/").await);
    let after = cursor(&from_now(&root).await).to_owned();
    server.standard_page(home, "Kestrels", "<p>x</p>").await;
    let first = listen(&root, Some(&after), 2).await;
    assert_eq!(first.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), ["page.created", "page.published"]);
    server.standard_page(home, "Merlins", "<p>x</p>").await;
    let rest = listen(&root, Some(&first[0].0), 3).await;
    assert_eq!(
        rest.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(),
        ["page.published", "page.created", "page.published"]
    );
    assert_eq!(rest[0], first[1]);
}

on_both_databases!(
    a_reader_goes_on_where_they_left_off,
    nobody_learns_of_what_they_may_not_see,
    a_place_tells_nothing_of_what_stood_there_before,
    a_token_learns_of_what_its_scopes_let_it_read,
    rows_are_told_of_to_those_who_may_read_them,
    no_account_has_all_places_of_the_stream,
    a_stream_tells_at_once_and_goes_on_after_it_broke,
);
