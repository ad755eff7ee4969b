//! Tokens of the API: what one opens, what it does not, and what ends it. `/api/v1/whoami` is asked with each.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{By, GlobalPermission, Grant, MAX_TOKENS, NewToken, Scope, UserChange};

use crate::support::account::SAME_ORIGIN;
use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::{Answer, Database, Server, on_both_databases, vitrine};

const WHOAMI: &str = "/api/v1/whoami";
const BOTH: [Scope; 2] = [Scope::ReadContent, Scope::Publish];

async fn whoami(server: &Server, token: &str) -> Answer {
    server.call(Method::GET, WHOAMI, token).await
}

fn change(server: &Server, text: &str) {
    execute(&server.database_url, text).expect("changed");
}

/// The code of a problem, and the challenge beside it.
fn refused(answer: &Answer) -> (u16, String, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code, answer.header("www-authenticate").to_owned())
}

async fn a_token_is_its_owner_as_they_are_now(database: Database) {
    let server = Server::start(database).await;
    let id = server.user("grace", false).await;
    let (token_id, token) = server.token("grace", &BOTH).await;
    let answer = whoami(&server, &token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let told = answer.json();
    let user = json!({
        "id": id, "username": "grace", "name": "", "email": "", "is_superuser": false, "groups": [], "permissions": [],
    });
    assert_eq!(told["user"], user);
    assert_eq!((&told["authentication"], &told["scopes"]), (&json!("token"), &json!(["read:content", "publish"])));
    assert_eq!((&told["token"]["id"], &told["token"]["name"]), (&json!(token_id), &json!("a program")));
    assert!(told["token"]["expires_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");

    let (accounts, by) = (server.accounts(), By::cli());
    accounts.create_group("Harbour", &by).await.expect("created");
    let grace = accounts.user("grace").await.expect("found");
    accounts.add_member("Harbour", &grace, &by).await.expect("added");
    accounts.grant("Harbour", Grant::Global(GlobalPermission::Redirects), &by).await.expect("granted");
    let told = whoami(&server, &token).await.json();
    assert_eq!(told["user"]["groups"], json!(["Harbour"]));
    assert_eq!(told["user"]["permissions"], json!(["manage_redirects"]));
    accounts.remove_member("Harbour", &grace, &by).await.expect("removed");
    assert_eq!(whoami(&server, &token).await.json()["user"]["permissions"], json!([]), "rights are read live");

    let session = server.session_of("grace").await;
    let told = server.get_as(WHOAMI, &session).await.json();
    assert_eq!((&told["authentication"], &told["token"]), (&json!("session"), &Value::Null));
    assert_eq!(told["scopes"].as_array().map(Vec::len), Some(Scope::ALL.len()));
    let (_, forever) = server.token_for("grace", &BOTH, None).await;
    assert_eq!(whoami(&server, &forever).await.json()["token"]["expires_at"], Value::Null);
}

async fn what_is_no_token_opens_nothing(database: Database) {
    let server = Server::with(database, &[("api.wrong_tokens_per_minute", "1000")]).await;
    server.user("grace", true).await;
    let (_, token) = server.token("grace", &BOTH).await;
    let nobody = server.get(WHOAMI).await;
    let realm = "Bearer realm=\"vitrine\"";
    assert_eq!(refused(&nobody), (401, "unauthorized".into(), realm.into()));
    let cut = &token[..token.len() - 1];
    let other = format!("{}{}", &token[..token.len() - 1], if token.ends_with('a') { 'b' } else { 'a' });
    for wrong in ["x", "vitrine_", cut, &other, &token.to_uppercase(), &token.replace("vitrine_", "wagtail_")] {
        let (status, code, challenge) = refused(&whoami(&server, wrong).await);
        assert_eq!((status, code.as_str()), (401, "invalid_token"), "{wrong}");
        assert!(challenge.contains("error=\"invalid_token\", error_description=\"There is no such token.\""));
    }
    let looked_up = [("db_query_summary", "token.find")];
    let queries = server.metrics().await.sum("db_client_operation_duration_seconds_count", &looked_up);
    assert_eq!(queries, 0.0, "what is mistyped is not looked up");
    for header in ["Bearer", "Bearer ", "Bearer a b"] {
        let answer = server.send(Method::GET, WHOAMI, &[("authorization", header)]).await;
        assert_eq!(refused(&answer).0, 401, "{header:?}");
    }
    let basic = server.send(Method::GET, WHOAMI, &[("authorization", "Basic Z3JhY2U6eA==")]).await;
    assert_eq!(refused(&basic).1, "unauthorized", "a proxy's password is nobody's");
    let in_address = server.get(&format!("{WHOAMI}?access_token={token}")).await;
    assert_eq!(in_address.status, 401, "addresses are logged: no token is taken from one");
    let lower = server.send(Method::GET, WHOAMI, &[("authorization", &format!("bearer {token}"))]).await;
    assert_eq!(lower.status, 200);
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_auth_attempts_total", &[("method", "token"), ("outcome", outcome)]);
    assert_eq!((count("bad_credentials"), count("success")), (6.0, 1.0));
}

async fn a_token_ends_with_its_time_its_revocation_or_its_owner(database: Database) {
    let server = Server::start(database).await;
    let id = server.user("grace", false).await;
    let (accounts, by) = (server.accounts(), By::cli());
    let (expired, old) = server.token("grace", &BOTH).await;
    let (revoked, gone) = server.token("grace", &BOTH).await;
    let (_, good) = server.token("grace", &BOTH).await;
    change(&server, &format!("UPDATE api_token SET expires_at = 1 WHERE id = {expired}"));
    assert!(refused(&whoami(&server, &old).await).2.contains("The token has expired."));
    accounts.revoke_token(revoked, Some(id + 1), &by).await.expect_err("it is not theirs");
    assert_eq!(whoami(&server, &gone).await.status, 200);
    accounts.revoke_token(revoked, Some(id), &by).await.expect("revoked");
    assert!(refused(&whoami(&server, &gone).await).2.contains("The token was revoked."));
    accounts.revoke_token(revoked, None, &by).await.expect_err("once is enough");
    assert_eq!(server.rows("api_token"), 3, "the rows stay");

    let set_active = async |active| {
        let change = UserChange { is_active: Some(active), ..UserChange::default() };
        accounts.change_user("grace", change, &by).await.expect("changed");
    };
    set_active(false).await;
    assert!(refused(&whoami(&server, &good).await).2.contains("The account of the token is closed."));
    set_active(true).await;
    assert_eq!(whoami(&server, &good).await.status, 200);
    let events = server.events().await;
    assert_eq!(events.iter().filter(|event| *event == "token_created grace").count(), 3);
    assert_eq!(events.iter().filter(|event| *event == "token_revoked grace").count(), 1);
}

async fn the_database_has_no_token_and_notes_use_once_a_minute(database: Database) {
    let server = Server::start(database).await;
    let id = server.user("grace", false).await;
    let (token_id, token) = server.token("grace", &BOTH).await;
    let secret = &token[12..];
    assert_eq!(server.rows(&format!("api_token WHERE digest LIKE '%{secret}%' OR hint LIKE '%{secret}%'")), 0);
    assert_eq!(server.rows(&format!("api_token WHERE LENGTH(digest) = 64 AND hint = '{}'", &token[..12])), 1);
    assert_eq!(server.rows(&format!("security_event WHERE detail LIKE '%{secret}%'")), 0);
    assert_eq!(server.rows("security_event WHERE detail LIKE 'a program: read:content publish, until %'"), 1);
    let used = || server.rows("api_token WHERE last_used_at IS NOT NULL AND last_network = '127.0.0.0/24'");
    assert_eq!(used(), 0);
    assert_eq!(whoami(&server, &token).await.queries(), 2, "the token with the rights, its first use");
    assert_eq!(used(), 1);
    assert_eq!(whoami(&server, &token).await.queries(), 1, "within a minute it is not noted again");
    change(&server, &format!("UPDATE api_token SET last_used_at = last_used_at - 61000000 WHERE id = {token_id}"));
    assert_eq!(whoami(&server, &token).await.queries(), 2);
    assert!(!server.log.lines().iter().any(|line| line.to_string().contains(secret)), "no log has it");

    let new = |name, scopes: &[Scope], days| NewToken { name, scopes: scopes.iter().copied().collect(), days };
    let long = "x".repeat(101);
    for wrong in [
        new("", &BOTH, Some(1)),
        new(&long, &BOTH, Some(1)),
        new("a\nb", &BOTH, Some(1)),
        new("a", &[], Some(1)),
        new("a", &BOTH, Some(0)),
        new("a", &BOTH, Some(3_651)),
    ] {
        server.accounts().create_token((id, "grace"), &wrong, &By::cli()).await.map(|_| ()).expect_err("refused");
    }
    for _ in 1..MAX_TOKENS {
        server.token("grace", &BOTH).await;
    }
    let one_more = server.accounts().create_token((id, "grace"), &new("a", &BOTH, None), &By::cli()).await;
    assert!(one_more.map(|_| ()).expect_err("enough").to_string().contains("50 tokens"));
    change(&server, &format!("UPDATE api_token SET expires_at = 1 WHERE id = {token_id}"));
    server.token("grace", &BOTH).await;
}

async fn commands_make_list_and_revoke_tokens(database: Database) {
    let server = Server::start(database).await;
    server.user("grace", false).await;
    let data = server.folder.path().display().to_string();
    let vitrine = |words: &[&str]| {
        let settings = [format!("data.dir={data}"), format!("database.url={}", server.database_url)];
        let mut command = vitrine(server.folder.path());
        run(command.args(settings.iter().flat_map(|pair| ["--set", pair.as_str()])).args(words))
    };
    let create = |more: &[&'static str]| {
        let words = ["token", "create", "grace", "--name", "nightly import", "--scope", "media"];
        vitrine(&[words.as_slice(), more].concat())
    };
    let (code, token, said) = create(&["--scope", "publish"]);
    assert_eq!(code, Some(0), "{said}");
    let token = token.trim();
    assert!(said.contains("publish media, until 2"), "{said}");
    assert_eq!(whoami(&server, token).await.json()["scopes"], json!(["publish", "media"]));
    let (code, _, said) = create(&["--scope", "everything"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("read:content, write:content"), "{said}");
    let (_, never, said) = create(&["--never"]);
    assert!(said.contains("it does not end"), "{said}");
    let (_, listed, _) = vitrine(&["token", "list", "--user", "grace"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(!listed.contains(token) && listed.contains(&token[..12]), "{listed}");
    let (_, listed, _) = vitrine(&["token", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed[0]["works"], &listed[1]["owner"]), (&json!(true), &json!("grace")));
    let id = listed[0]["id"].to_string();
    assert_eq!(vitrine(&["token", "revoke", &id]).0, Some(0));
    assert_eq!(vitrine(&["token", "revoke", &id]).0, Some(1));
    assert_eq!(whoami(&server, never.trim()).await.status, 401);
    assert!(vitrine(&["token", "list"]).1.contains("revoked 2"));
}

async fn a_cookie_changes_nothing_from_another_site(database: Database) {
    let origin = "https://app.example.org";
    let settings = [("api.cors_origins", origin), ("api.cors_credentials", "true")];
    let server = Server::with(database, &settings).await;
    server.user("grace", true).await;
    let (cookie, (_, token)) = (server.session_of("grace").await, server.token("grace", &BOTH).await);
    let post = async |headers: &[(&str, &str)]| {
        let answer = server.send(Method::POST, WHOAMI, headers).await;
        answer.status.as_u16()
    };
    // Nothing is posted there: whoever passes the gate gets 405.
    let with = |more: (&'static str, &'static str)| [("cookie", cookie.as_str()), more];
    assert_eq!(post(&with(SAME_ORIGIN)).await, 405);
    assert_eq!(post(&with(("origin", origin))).await, 405, "configured, with cookies");
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        assert_eq!(post(&with(foreign)).await, 403, "{foreign:?}");
        let authorization = format!("Bearer {token}");
        let called = [with(foreign).as_slice(), &[("authorization", authorization.as_str())]].concat();
        assert_eq!(post(&called).await, 405, "no browser sends a token by itself: {foreign:?}");
    }
    let refused = server.send(Method::POST, WHOAMI, &with(("origin", "https://evil.test"))).await;
    assert_eq!(refused.json()["code"], "csrf");
    assert_eq!(server.get_as(WHOAMI, "vitrine_session=none").await.status, 401);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "csrf")]), 5.0);
}

on_both_databases!(
    a_token_is_its_owner_as_they_are_now,
    what_is_no_token_opens_nothing,
    a_token_ends_with_its_time_its_revocation_or_its_owner,
    the_database_has_no_token_and_notes_use_once_a_minute,
    commands_make_list_and_revoke_tokens,
    a_cookie_changes_nothing_from_another_site,
);
