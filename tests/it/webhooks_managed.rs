//! Managing webhooks, by the API and in the editor: who may, what is refused, secrets, and sending again.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, Scope};
use vitrine::clock::Micros;

use crate::support::browser::location;
use crate::support::postgres::number;
use crate::support::program::{Program, code, mistakes};
use crate::support::receiver::{Manners, Receiver};
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases};
use crate::webhooks::{SETTINGS, made};

const ALL: &str = "/api/v1/webhooks/";
const MAY: [Grant; 1] = [Grant::Global(GlobalPermission::Webhooks)];

/// Nothing is sent.
const QUIET: [(&str, &str); 1] = [("server.role", "web")];

fn body() -> Value {
    json!({ "name": "Front end", "url": "https://example.org/hook", "events": ["page.published"] })
}

/// Every route, about one webhook, with a body that it would take.
fn calls(id: i64) -> Vec<(Method, String, Option<Value>)> {
    let at = |rest: &str| format!("{ALL}{id}/{rest}");
    let nothing = || Some(json!({}));
    vec![
        (Method::GET, ALL.to_owned(), None),
        (Method::POST, ALL.to_owned(), Some(body())),
        (Method::GET, format!("{ALL}events/"), None),
        (Method::GET, at(""), None),
        (Method::PATCH, at(""), Some(json!({ "name": "Other" }))),
        (Method::POST, at("secret/"), nothing()),
        (Method::POST, at("test/"), nothing()),
        (Method::POST, at("replay/"), Some(json!({ "since": "2026-01-01T00:00:00Z" }))),
        (Method::GET, at("deliveries/"), None),
        (Method::GET, at("deliveries/999/"), None),
        (Method::POST, at("deliveries/999/replay/"), nothing()),
        (Method::DELETE, at(""), None),
    ]
}

async fn send(program: &Program<'_>, (method, path, body): &(Method, String, Option<Value>)) -> Answer {
    program.ask(method.clone(), path, &[("if-match", "*")], body.as_ref()).await
}

async fn nobody_manages_webhooks_without_the_permission_and_the_scope(database: Database) {
    let server = Server::with(database, &QUIET).await;
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    let (id, _) = made(&ann, "https://example.org/hook", &["page.published"]).await;
    let others = server.program("bob", &[], &[Scope::Webhooks]).await;
    let without = server.robot("ann", &[Scope::Settings, Scope::ReadContent]).await;
    for call in calls(id) {
        let (method, path, _) = &call;
        let nobody = server.send(method.clone(), path, &[]).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{method} {path}");
        let refused = send(&others, &call).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (403, "forbidden"), "{method} {path}");
        let scope = send(&without, &call).await;
        assert_eq!((scope.status.as_u16(), code(&scope).as_str()), (403, "insufficient_scope"), "{method} {path}");
    }
    assert_eq!((server.rows("webhook"), server.rows("webhook_delivery")), (1, 0));
    for call in calls(id) {
        let (method, path, _) = &call;
        let answer = send(&ann, &call).await;
        let wanted = if path.contains("deliveries/999/") { 404 } else { 200 };
        let status = answer.status.as_u16();
        assert!(status == wanted || (wanted == 200 && [201, 202, 204].contains(&status)), "{method} {path}: {status}");
    }
    for call in calls(id).iter().filter(|(_, path, _)| path.starts_with(&format!("{ALL}{id}/"))) {
        assert_eq!(send(&ann, call).await.status, 404, "{} {}", call.0, call.1);
    }
}

async fn mistakes_are_told_with_their_fields_and_changes_need_what_was_seen(database: Database) {
    let server = Server::with(database, &QUIET).await;
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    assert_eq!(mistakes(&ann.post(ALL, &json!({})).await), ["/name required", "/url required", "/events required"]);
    for (field, value, mistake) in [
        ("name", json!(""), "/name invalid_name"),
        ("name", json!("x".repeat(101)), "/name invalid_name"),
        ("url", json!("example.org"), "/url invalid_url"),
        ("events", json!([]), "/events required"),
        ("events", json!(["page.exploded"]), "/events unknown_event"),
        ("events", json!("page.published"), "/events invalid_type"),
        ("colour", json!("red"), "/colour unknown_field"),
    ] {
        let mut wrong = body();
        wrong[field] = value;
        assert_eq!(mistakes(&ann.post(ALL, &wrong).await), [mistake]);
    }
    let answer = ann.post(ALL, &body()).await;
    let (made, etag) = (answer.json(), answer.header("etag").to_owned());
    let one = answer.header("location").to_owned();
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let read = ann.get(&one).await;
    assert_eq!((read.json().get("secret"), &read.json()["events"]), (None, &json!(["page.published"])));
    assert!(read.queries() <= 4, "{}", read.header("server-timing"));
    let change = json!({ "name": "Search", "events": ["*"], "state": "paused" });
    let blind = ann.ask(Method::PATCH, &one, &[], Some(&change)).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let changed = ann.patch(&one, &etag, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let shown = changed.json();
    assert_eq!(
        (&shown["name"], &shown["events"], &shown["state"]),
        (&json!("Search"), &json!(["*"]), &json!("paused"))
    );
    assert_eq!(shown["url"], "https://example.org/hook", "the rest stays");
    let stale = ann.patch(&one, &etag, &change).await;
    assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (412, "stale"));
    let unsent = ann.post(&format!("{one}test/"), &json!({})).await;
    assert_eq!((unsent.status.as_u16(), code(&unsent).as_str()), (409, "not_active"));
    let delete = async |etag: &str, body| ann.ask(Method::DELETE, &one, &[("if-match", etag)], body).await;
    assert_eq!(code(&delete(&etag, None).await), "stale");
    let all = json!({ "all": true });
    assert_eq!(mistakes(&delete("*", Some(&all)).await), ["/all unknown_field"]);
    for wrong in ["after=abc", "after=0"] {
        let refused = ann.get(&format!("{one}deliveries/?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
    assert_eq!(ann.get(ALL).await.json()["items"].as_array().map(Vec::len), Some(1));
    let entries = number(&server.database_url, "SELECT COUNT(*) FROM object_event WHERE kind = 'webhook'");
    assert_eq!(entries, 2, "made and changed");
    assert_eq!(delete(changed.header("etag"), None).await.status, 204);
    assert_eq!(delete("*", None).await.status, 404);
}

async fn a_secret_is_shown_once_kept_sealed_and_not_kept_for_a_request_that_comes_again(database: Database) {
    let server = Server::with(database, &QUIET).await;
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    let key = [("idempotency-key", "one")];
    let first = ann.ask(Method::POST, ALL, &key, Some(&body())).await.json();
    let again = ann.ask(Method::POST, ALL, &key, Some(&body())).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"));
    assert_eq!((&again.json()["id"], &again.json()["secret"]), (&first["id"], &Value::Null));
    assert_eq!(server.rows("webhook"), 1);
    let secret = first["secret"].as_str().expect("a secret");
    for question in
        ["SELECT COUNT(*) FROM webhook WHERE secret LIKE '%whsec%'", "SELECT COUNT(*) FROM webhook WHERE secret = ''"]
    {
        assert_eq!(number(&server.database_url, question), 0, "{question}");
    }
    assert!(server.log_lines().iter().all(|line| !line.to_string().contains(secret)));
}

async fn two_secrets_sign_while_a_receiver_changes_its_own(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    let (id, old) = made(&ann, &receiver.url(), &["page.published"]).await;
    let rotated = ann.post(&format!("{ALL}{id}/secret/"), &json!({})).await.json();
    let new = rotated["secret"].as_str().expect("a secret").to_owned();
    assert!(new != old && rotated["old_secret_until"].is_string());
    ann.post(&format!("{ALL}{id}/test/"), &json!({})).await;
    eventually("the test arrives", SOON, async || receiver.got().len() == 1).await;
    let got = &receiver.got()[0];
    assert!(got.is_signed_with(&old) && got.is_signed_with(&new) && got.signatures.len() == 2);
    crate::support::postgres::execute(&server.database_url, "UPDATE webhook SET old_secret_until = 1")
        .expect("written");
    ann.post(&format!("{ALL}{id}/test/"), &json!({})).await;
    eventually("the test arrives", SOON, async || receiver.got().len() == 2).await;
    let got = &receiver.got()[1];
    assert!(!got.is_signed_with(&old) && got.is_signed_with(&new) && got.signatures.len() == 1);
}

async fn what_was_missed_is_sent_again_on_request(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    let since = jiff::Timestamp::from_microsecond(Micros::now().0).expect("a time").to_string();
    let home = server.page_id("/").await;
    server.standard_page(home, "Before", "<p>x</p>").await;
    let (id, _) = made(&ann, &receiver.url(), &["page.published"]).await;
    let one = format!("{ALL}{id}/");
    assert_eq!(ann.patch(&one, "*", &json!({ "state": "paused" })).await.status, 200);
    server.standard_page(home, "Meanwhile", "<p>x</p>").await;
    assert_eq!(ann.patch(&one, "*", &json!({ "state": "active" })).await.status, 200);
    server.standard_page(home, "After", "<p>x</p>").await;
    eventually("it is sent what happens", SOON, async || receiver.taken() == ["page.published After"]).await;
    let written = "SELECT COUNT(*) FROM webhook_delivery WHERE state = 'delivered'";
    eventually("it is written down", SOON, async || number(&server.database_url, written) == 1).await;
    receiver.behave(Manners::Good);
    let replayed = ann.post(&format!("{one}replay/"), &json!({ "since": since })).await;
    assert_eq!(replayed.status, 202, "{}", replayed.text());
    assert_eq!(replayed.json()["is_whole"], true);
    eventually("all of it is sent", SOON, async || receiver.taken().len() == 4).await;
    let mut taken = receiver.taken()[1..].to_vec();
    taken.sort();
    assert_eq!(taken, ["page.published After", "page.published Before", "page.published Meanwhile"]);
    let early = json!({ "since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z" });
    assert_eq!(mistakes(&ann.post(&format!("{one}replay/"), &early).await), ["/until too_early"]);
}

async fn many_events_are_sent_again_part_by_part(database: Database) {
    let server = Server::with(database, &QUIET).await;
    let ann = server.program("ann", &MAY, &[Scope::Webhooks]).await;
    let first = Micros::now().0 - 3_600_000_000;
    let events = format!(
        "INSERT INTO event (at, kind, action, object_id, title, type, place, actor, channel, detail)
         WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1300)
         SELECT CASE WHEN n < 1200 THEN {first} ELSE {first} + n END, 'page', 'publish', n, 'Kestrels', '', '', '', '', '' FROM c"
    );
    crate::support::postgres::execute(&server.database_url, &events).expect("written");
    let (id, _) = made(&ann, "https://example.org/hook", &["page.published"]).await;
    let time = |at: i64| jiff::Timestamp::from_microsecond(at).expect("a time").to_string();
    let until = time(first + 1_301);
    let replay = async |since: &str, after: &Value| {
        let range = json!({ "since": since, "after": after, "until": until });
        let answer = ann.post(&format!("{ALL}{id}/replay/"), &range).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.json()
    };
    let part = replay(&time(first), &Value::Null).await;
    assert_eq!((&part["replayed"], &part["is_whole"]), (&json!(1000), &json!(false)));
    // As if they had been delivered meanwhile: what happened at the same time is not sent twice, and none is left out.
    let sent = "UPDATE webhook_delivery SET state = 'delivered'";
    crate::support::postgres::execute(&server.database_url, sent).expect("written");
    let rest = replay(part["rest"]["since"].as_str().expect("a time"), &part["rest"]["after"]).await;
    assert_eq!(rest, json!({ "replayed": 300, "is_whole": true, "rest": null }));
    crate::support::postgres::execute(&server.database_url, "UPDATE webhook_delivery SET state = 'open'")
        .expect("written");
    assert_eq!(server.rows("webhook_delivery WHERE state = 'open'"), 1300);
    assert_eq!(replay(&time(first), &Value::Null).await["replayed"], 0, "all of it waits already");
}

async fn the_editor_manages_webhooks_too(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let ann = server.browser("ann", &MAY).await;
    assert!(ann.text("/admin/").await.contains("/admin/webhooks/"));
    let form = [("name", "Front end"), ("url", &receiver.url()), ("which", "some"), ("events", "page.published")];
    let wrong = ann.post("/admin/webhooks/add/", &[("name", "x"), ("url", "http://10.0.0.1/"), ("which", "all")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("The server does not send to that network."), "{}", wrong.text());
    let made = ann.post("/admin/webhooks/add/", &form).await;
    assert!(made.status == 200 && made.text().contains("whsec_"), "{}", made.text());
    let one = format!("/admin/webhooks/{}/", number(&server.database_url, "SELECT MAX(id) FROM webhook"));
    assert!(!ann.text(&one).await.contains("whsec_"));
    assert_eq!(ann.post(&format!("{one}test/"), &[]).await.status, 303);
    eventually("the test is taken", SOON, async || receiver.taken().len() == 1).await;
    let log = format!("{one}deliveries/");
    eventually("it is written down", SOON, async || ann.text(&log).await.contains("delivered")).await;
    let again = number(&server.database_url, "SELECT MAX(id) FROM webhook_delivery");
    assert_eq!(ann.post(&format!("{log}{again}/replay/"), &[]).await.status, 303);
    eventually("it is taken again", SOON, async || receiver.taken().len() == 2).await;
    let day = &Micros::now().to_rfc3339()[..10];
    server.standard_page(server.page_id("/").await, "Kestrels", "<p>x</p>").await;
    eventually("the page is told of", SOON, async || receiver.taken().len() == 3).await;
    let replayed = ann.post(&format!("{one}replay/"), &[("since", day)]).await;
    assert!(location(&replayed).starts_with(&format!("{log}?replayed=")), "{}", location(&replayed));
    let rotated = ann.post(&format!("{one}secret/"), &[]).await;
    assert!(rotated.text().contains("whsec_"));
    assert_eq!(location(&ann.post(&format!("{one}state/"), &[("to", "off")]).await), one);
    assert!(ann.text("/admin/webhooks/").await.contains("Switched off"));
    let changed = [("name", "Search"), ("url", &receiver.url()), ("which", "all")];
    assert_eq!(location(&ann.post(&one, &changed).await), "/admin/webhooks/");
    assert!(ann.text("/admin/webhooks/").await.contains("all events"));
    let bob = server.browser("bob", &[]).await;
    for (path, is_form) in [
        ("", false),
        ("add/", false),
        ("add/", true),
        ("1/", false),
        ("1/", true),
        ("1/state/", true),
        ("1/delete/", true),
        ("1/secret/", true),
        ("1/test/", true),
        ("1/replay/", true),
        ("1/deliveries/", false),
        ("1/deliveries/1/replay/", true),
    ] {
        let path = format!("/admin/webhooks/{path}");
        let answer = if is_form { bob.post(&path, &[("name", "x")]).await } else { bob.get(&path).await };
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(location(&ann.post(&format!("{one}delete/"), &[]).await), "/admin/webhooks/");
    assert_eq!((server.rows("webhook"), ann.get(&one).await.status.as_u16()), (0, 404));
}

on_both_databases!(
    nobody_manages_webhooks_without_the_permission_and_the_scope,
    mistakes_are_told_with_their_fields_and_changes_need_what_was_seen,
    a_secret_is_shown_once_kept_sealed_and_not_kept_for_a_request_that_comes_again,
    two_secrets_sign_while_a_receiver_changes_its_own,
    what_was_missed_is_sent_again_on_request,
    many_events_are_sent_again_part_by_part,
    the_editor_manages_webhooks_too,
);
