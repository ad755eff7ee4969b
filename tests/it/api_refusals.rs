//! What the API lets nobody do without the right for it: every route that changes something, without a token, with a token
//! for something else, and with one whose owner may not; and requests that are sent again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{BegunAnswer, Grant, KeptAnswer, PagePermission, Scope};

use crate::support::account::SAME_ORIGIN;
use crate::support::postgres::{LockedTable, execute};
use crate::support::program::{Program, code};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];

/// A route with a body that it would take, and the scopes that it needs.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    scopes: &'static [Scope],
}

/// Every route of pages, about a live page and one in the trash, each with its parent.
fn calls(page: i64, parent: i64, revision: i64, trashed: i64) -> Vec<Call> {
    let at = |rest: &str| format!("/api/v1/pages/{page}/{rest}");
    let call = |method, path, body: Value, scopes| Call { method, path, body: Some(body), scopes };
    let post = |rest: &str, body: Value, scopes| call(Method::POST, at(rest), body, scopes);
    let write: &[Scope] = &[Scope::WriteContent];
    let publish: &[Scope] = &[Scope::Publish];
    let both: &[Scope] = &[Scope::WriteContent, Scope::Publish];
    let new = json!({ "parent": parent, "type": "standard.StandardPage", "title": "New" });
    let operations =
        json!({ "operations": [{ "op": "add", "type": "paragraph", "value": "<p>x</p>", "field": "body" }] });
    vec![
        Call { method: Method::GET, path: at(""), body: None, scopes: &[Scope::ReadContent] },
        Call { method: Method::GET, path: at("?version=live"), body: None, scopes: &[Scope::ReadContent] },
        call(Method::POST, "/api/v1/pages/".to_owned(), new, write),
        call(Method::PATCH, at(""), json!({ "title": "Other" }), write),
        call(Method::PATCH, at("blocks/"), operations, write),
        post("revert/", json!({ "revision": revision }), write),
        post("lock/", json!({}), write),
        post("unlock/", json!({}), write),
        post("publish/", json!({}), publish),
        post("schedule/", json!({ "publish_at": "2099-01-01T00:00:00Z" }), publish),
        post("schedule/", json!({}), publish),
        post("copy/", json!({ "to": parent }), write),
        post("copy/", json!({ "to": parent, "live": true }), both),
        post("move/", json!({ "to": parent }), both),
        call(Method::POST, format!("/api/v1/pages/{trashed}/restore/"), json!({}), both),
        post("trash/", json!({}), both),
    ]
}

async fn send(program: &Program<'_>, call: &Call) -> crate::support::Answer {
    program.ask(call.method.clone(), &call.path, &[("if-match", "*")], call.body.as_ref()).await
}

/// A live page below a section, a page in the trash, and the calls about them.
async fn subject(server: &Server) -> (i64, Vec<Call>) {
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let page = server.standard_page(section, "Kestrel", "<p>x</p>").await;
    let trashed = server.standard_page(section, "Gone", "<p>x</p>").await;
    server.content().trash_page(trashed, vitrine::telemetry::label::Channel::Cli).await.expect("trashed");
    let revision = server.page(page).await.latest_revision_id.expect("it has one");
    (section, calls(page, section, revision, trashed))
}

/// All that the calls might have changed.
async fn state(server: &Server) -> String {
    let nodes = server.nodes().await;
    let shown = nodes.iter().map(|node| format!("{node:?}"));
    format!("{} {} {}", shown.collect::<String>(), server.rows("revision"), server.rows("page_event"))
}

async fn no_route_does_anything_without_a_token_its_scope_and_the_right(database: Database) {
    let server = Server::start(database).await;
    let (section, calls) = subject(&server).await;
    let everything: Vec<Grant> =
        PagePermission::ALL.iter().map(|permission| Grant::Page(section, *permission)).collect();
    let before = state(&server).await;
    // Somebody who may edit elsewhere, and nothing here.
    let elsewhere = server.standard_page(server.page_id("/").await, "Elsewhere", "<p>x</p>").await;
    let stranger = server.program("stranger", &[Grant::Page(elsewhere, PagePermission::Edit)], &ALL).await;
    let before_calls = state(&server).await;
    assert_ne!(before, before_calls);
    for call in &calls {
        let (path, method) = (&call.path, &call.method);
        let body = call.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let json = ("content-type", "application/json");
        let nobody = server.send_body(method.clone(), path, &[json, ("if-match", "*")], body.clone()).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{method} {path}");
        assert!(nobody.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        let wrong = [json, ("authorization", "Bearer vitrine_wrong")];
        let wrong = server.send_body(method.clone(), path, &wrong, body).await;
        assert_eq!((wrong.status.as_u16(), code(&wrong).as_str()), (401, "invalid_token"), "{method} {path}");
        let refused = send(&stranger, call).await;
        let status = refused.status.as_u16();
        assert!(status == 403 || (path.contains("restore") && status == 404), "{method} {path}: {}", refused.text());
    }
    server.program("ann", &everything, &[Scope::Audit]).await;
    for call in &calls {
        for missing in call.scopes {
            let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| scope != missing).collect();
            let refused = send(&server.robot("ann", &others).await, call).await;
            let told = (refused.status.as_u16(), code(&refused));
            assert_eq!(
                told,
                (403, "insufficient_scope".to_owned()),
                "{} {} without {missing:?}",
                call.method,
                call.path
            );
        }
    }
    assert_eq!(state(&server).await, before_calls, "nothing was changed");
    let ann = server.robot("ann", &ALL).await;
    for call in &calls {
        let done = send(&ann, call).await;
        assert!(done.status.is_success(), "{} {}: {}", call.method, call.path, done.text());
    }
}

/// The longest time that a request may take, and a minute.
const LOST_AFTER: Duration = Duration::from_secs(660);
/// A key that only one request of one token has.
const KEY: (&str, &str) = ("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324");

async fn a_request_that_is_sent_again_is_done_once(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let grants: Vec<Grant> = PagePermission::ALL.iter().map(|permission| Grant::Page(home, *permission)).collect();
    let ann = server.program("ann", &grants, &ALL).await;
    let path = "/api/v1/pages/";
    let new = |title: &str| json!({ "parent": home, "type": "standard.StandardPage", "title": title });
    let post = async |body: &Value, key: (&str, &str)| ann.ask(Method::POST, path, &[key], Some(body)).await;
    let first = post(&new("Once"), KEY).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
    let again = post(&new("Once"), KEY).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for header in ["etag", "location"] {
        assert_eq!(again.header(header), first.header(header));
    }
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(server.count("page WHERE draft_title = 'Once'"), 1);
    let other = post(&new("Twice"), KEY).await;
    assert_eq!((other.status.as_u16(), code(&other).as_str()), (422, "key_reused"));
    let theirs = server.robot("ann", &ALL).await;
    let theirs = theirs.ask(Method::POST, path, &[KEY], Some(&new("Once"))).await;
    assert_eq!(theirs.header("idempotent-replayed"), "", "each token has keys of its own");
    let owner = format!("token:{}", ann.token_id);
    let body = new("Under way").to_string();
    let parts = [b"POST".as_slice(), path.as_bytes(), b"", body.as_bytes()];
    let accounts = server.accounts();
    let begun = accounts.begin_answer(&owner, "slow", &parts, LOST_AFTER).await.expect("begun");
    let BegunAnswer::New(lost) = begun else { panic!("{begun:?}") };
    let meanwhile = post(&new("Under way"), ("idempotency-key", "slow")).await;
    assert_eq!((meanwhile.status.as_u16(), code(&meanwhile).as_str()), (409, "under_way"));
    assert_eq!(meanwhile.header("retry-after"), "1");
    execute(&server.database_url, "UPDATE api_answer SET begun_at = begun_at - 661000000").expect("aged");
    let anew = post(&new("Under way"), ("idempotency-key", "slow")).await;
    assert_eq!(anew.status, 201, "its server is gone");
    accounts.free_answer(&lost).await.expect("tried");
    let nothing = KeptAnswer { status: 200, etag: String::new(), location: String::new(), body: String::new() };
    accounts.keep_answer(&lost, &nothing).await.expect("tried");
    let again = post(&new("Under way"), ("idempotency-key", "slow")).await;
    assert_eq!((again.status, &again.body), (anew.status, &anew.body), "it has no say any more");
    let refused = ("idempotency-key", "refused");
    assert_eq!(post(&json!({}), refused).await.status, 422);
    assert_eq!(post(&new("Mended"), refused).await.status, 201, "what did nothing leaves its key free");
    let empty = post(&new("A"), ("idempotency-key", "")).await;
    assert_eq!((empty.status.as_u16(), code(&empty).as_str()), (400, "bad_request"));
    assert!(server.rows("api_answer") > 3);
    execute(&server.database_url, "UPDATE api_answer SET begun_at = 0 WHERE request_key <> 'refused'").expect("aged");
    server.accounts().keep_house().await.expect("kept");
    assert_eq!(server.rows("api_answer"), 1, "a day later they are forgotten");
}

/// Making a page takes a while then: on PostgreSQL, until what is returned is dropped.
fn slow_down(database: Database, url: &str) -> Option<LockedTable> {
    let text = match database {
        Database::Sqlite => {
            "CREATE VIEW slow AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000000)
                 SELECT COUNT(*) AS n FROM c;
             CREATE TRIGGER slowly BEFORE INSERT ON page BEGIN SELECT n FROM slow; END"
        }
        Database::Postgres(_) => {
            "CREATE TABLE gate (open BOOLEAN);
             CREATE FUNCTION slowly() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN PERFORM open FROM gate; RETURN NEW; END $$;
             CREATE TRIGGER slowly BEFORE INSERT ON page FOR EACH ROW EXECUTE FUNCTION slowly()"
        }
    };
    execute(url, text).expect("written");
    matches!(database, Database::Postgres(_)).then(|| LockedTable::lock(url, "gate"))
}

async fn a_request_whose_client_is_gone_is_done_to_its_end(database: Database) {
    let server = Server::start(database).await;
    let (home, ann) = (server.page_id("/").await, server.root_program(&ALL).await);
    let held = slow_down(database, &server.database_url);
    let body = json!({ "parent": home, "type": "standard.StandardPage", "title": "Once" });
    let post = async || ann.ask(Method::POST, "/api/v1/pages/", &[KEY], Some(&body)).await;
    let begun = eventually("it is begun", SOON, async || server.rows("api_answer WHERE status = 0") == 1);
    tokio::select! {
        answer = post() => panic!("nobody waits for the answer: {}", answer.text()),
        () = begun => {}
    }
    assert_eq!(server.rows("page WHERE draft_title = 'Once'"), 0, "the client went away in the middle");
    drop(held);
    eventually("its answer is kept", SOON, async || server.rows("api_answer WHERE status = 201") == 1).await;
    let again = post().await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"), "{}", again.text());
    assert_eq!(again.json()["title"], "Once");
    assert_eq!(server.rows("page WHERE draft_title = 'Once'"), 1);
}

async fn a_browser_changes_pages_from_this_site_alone(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let cookie = server.editor("ann", home, &[PagePermission::Add]).await;
    let body =
        json!({ "parent": home, "type": "standard.StandardPage", "title": "By cookie" }).to_string().into_bytes();
    let send = async |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        server.send_body(Method::POST, "/api/v1/pages/", &all, body.clone()).await
    };
    let foreign = send(&[("sec-fetch-site", "cross-site")]).await;
    assert_eq!((foreign.status.as_u16(), code(&foreign).as_str()), (403, "csrf"));
    assert_eq!(send(&[SAME_ORIGIN]).await.status, 201);
}

on_both_databases!(
    no_route_does_anything_without_a_token_its_scope_and_the_right,
    a_request_that_is_sent_again_is_done_once,
    a_request_whose_client_is_gone_is_done_to_its_end,
    a_browser_changes_pages_from_this_site_alone,
);
