//! Users by the API: listed, invited, changed, closed; what stays with superusers, and what nobody does to themselves.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{By, GlobalPermission, Grant, Scope};

use crate::support::program::{code, each, listed, mistakes, refuses_all_others};
use crate::support::{Answer, Database, Server, on_both_databases};

const HOME: &str = "/api/v1/users/";
const MAY: [Grant; 1] = [Grant::Global(GlobalPermission::Users)];

fn at(id: i64) -> String {
    format!("{HOME}{id}/")
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), code(answer))
}

async fn group(server: &Server, name: &str, grants: &[Grant]) -> i64 {
    let (accounts, by) = (server.accounts(), By::cli());
    let id = accounts.create_group(name, &by).await.expect("created");
    for grant in grants {
        accounts.grant(name, *grant, &by).await.expect("granted");
    }
    id
}

async fn a_user_is_invited_changed_and_closed(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Users]).await;
    let writers = group(&server, "Writers", &[]).await;
    let new = json!({ "username": "Bob", "email": "bob@example.org", "name": "Bob B.", "groups": [writers] });
    let key = [("idempotency-key", "bob")];
    let made = ann.ask(Method::POST, HOME, &key, Some(&new)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let again = ann.ask(Method::POST, HOME, &key, Some(&new)).await;
    assert_eq!((again.json(), again.header("idempotent-replayed")), (made.json(), "true"));
    let (path, told) = (made.header("location").to_owned(), made.json());
    assert_eq!(
        (&told["username"], &told["is_active"], &told["is_superuser"]),
        (&json!("Bob"), &json!(true), &json!(false))
    );
    assert_eq!(told["groups"], json!([{ "id": writers, "name": "Writers" }]));
    assert!(!made.text().contains("password") && !made.text().contains("hash"), "{}", made.text());
    let read = ann.get(&path).await;
    assert!(read.queries() <= 4, "{}", read.header("server-timing"));
    assert_eq!((read.json(), read.header("etag")), (told, made.header("etag")));
    let known = ann.ask(Method::GET, &path, &[("if-none-match", read.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let blind = ann.ask(Method::PATCH, &path, &[], Some(&json!({ "name": "x" }))).await;
    assert_eq!(refusal(&blind), (428, "if_match_needed".to_owned()));
    let body = json!({ "name": "Robert", "email": "robert@example.org", "time_zone": "Europe/Berlin", "groups": [] });
    let changed = ann.patch(&path, read.header("etag"), &body).await;
    assert_eq!(
        (&changed.json()["name"], &changed.json()["groups"]),
        (&json!("Robert"), &json!([])),
        "{}",
        changed.text()
    );
    assert_eq!(changed.json()["username"], "Bob", "what is not sent stays");
    assert_eq!(refusal(&ann.patch(&path, read.header("etag"), &body).await), (412, "stale".to_owned()));
    let closed = ann.patch(&path, changed.header("etag"), &json!({ "is_active": false })).await;
    assert_eq!(closed.json()["is_active"], false, "{}", closed.text());
    let events = server.events().await;
    for event in [
        "user_created Bob",
        "reset_asked Bob",
        "member_added Bob",
        "member_removed Bob",
        "user_changed Bob",
        "user_deactivated Bob",
    ] {
        assert!(events.iter().any(|known| known == event), "{event}: {events:?}");
    }
    let log = server.accounts().list_log().await.expect("listed");
    let by: Vec<&str> = log.iter().filter(|entry| entry.subject == "Bob").map(|entry| entry.actor.as_str()).collect();
    assert!(by.iter().all(|actor| *actor == "ann"), "{by:?}");
}

async fn users_are_listed_a_part_at_a_time_and_narrowed(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Users]).await;
    for name in ["bea", "cem", "dora"] {
        server.user(name, false).await;
    }
    let writers = group(&server, "Writers", &[]).await;
    let cem = server.accounts().user("cem").await.expect("found");
    server.accounts().add_member("Writers", &cem, &By::cli()).await.expect("added");
    ann.patch(&at(server.accounts().user("dora").await.expect("found").id), "*", &json!({ "is_active": false })).await;
    let (all, parts) = listed(&ann, &format!("{HOME}?limit=3")).await;
    assert_eq!((each(&all, "username"), parts), (["ann", "bea", "cem", "dora"].map(Value::from).to_vec(), 2));
    let ask = async |query: &str| each(&listed(&ann, &format!("{HOME}?{query}")).await.0, "username");
    assert_eq!(ask("search=CE").await, ["cem"]);
    assert_eq!(ask("active=false").await, ["dora"]);
    assert_eq!(ask("active=true&search=a").await, ["ann", "bea"]);
    assert_eq!(ask(&format!("group={writers}")).await, ["cem"]);
    for wrong in ["limit=0", "active=yes", "group=x", "after=x", "colour=red", "search=%00"] {
        assert_eq!(refusal(&ann.get(&format!("{HOME}?{wrong}")).await), (400, "bad_request".to_owned()), "{wrong}");
    }
}

async fn each_mistake_is_told_with_its_place(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Users]).await;
    let bob = server.user("bob", false).await;
    let new = |name: &str, email: &str| json!({ "username": name, "email": email });
    for (body, told) in [
        (json!({}), vec!["/username required", "/email required"]),
        (new("a b", "x@example.org"), vec!["/username invalid_username"]),
        (new("BOB", "x@example.org"), vec!["/username username_taken"]),
        (new("cy", "x"), vec!["/email invalid_email"]),
        (new("cy", ""), vec!["/email invalid_email"]),
        (json!({ "username": "cy", "email": "x@example.org", "groups": ["x"] }), vec!["/groups invalid_type"]),
        (json!({ "username": "cy", "email": "x@example.org", "groups": [987_654] }), vec!["/groups not_found"]),
        (json!({ "username": "cy", "email": "x@example.org", "password": "secret" }), vec!["/password unknown_field"]),
    ] {
        let refused = ann.post(HOME, &body).await;
        assert_eq!(
            (refused.status.as_u16(), mistakes(&refused)),
            (422, told.into_iter().map(str::to_owned).collect()),
            "{body}"
        );
    }
    for (body, told) in [
        (json!({ "email": "x" }), "/email invalid_email"),
        (json!({ "name": "x".repeat(151) }), "/name too_long"),
        (json!({ "locale": "!" }), "/locale invalid_locale"),
        (json!({ "time_zone": "Nowhere/Land" }), "/time_zone invalid_time_zone"),
        (json!({ "is_active": "no" }), "/is_active invalid_type"),
        (json!({ "username": "x" }), "/username unknown_field"),
        (json!({ "password": "x" }), "/password unknown_field"),
    ] {
        assert_eq!(mistakes(&ann.patch(&at(bob), "*", &body).await), [told], "{body}");
    }
    assert_eq!(refusal(&ann.get(&at(987_654)).await), (404, "not_found".to_owned()));
    assert_eq!(refusal(&ann.ask(Method::DELETE, &at(bob), &[], None).await), (405, "wrong_method".to_owned()));
}

async fn nobody_gets_above_themselves_or_locks_everybody_out(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_program(&[Scope::Users]).await;
    let root_id = server.accounts().user("root").await.expect("found").id;
    let ann = server.program("ann", &MAY, &[Scope::Users]).await;
    let ann_id = server.accounts().user("ann").await.expect("found").id;
    let bob = server.user("bob", false).await;
    let above = group(&server, "Chiefs", &[Grant::Global(GlobalPermission::Settings)]).await;
    let before = server.rows("security_event");
    let forbidden = (403, "forbidden".to_owned());
    let new = json!({ "username": "cy", "email": "cy@example.org", "is_superuser": true });
    assert_eq!(refusal(&ann.post(HOME, &new).await), forbidden);
    let new = json!({ "username": "cy", "email": "cy@example.org", "groups": [above] });
    assert_eq!(refusal(&ann.post(HOME, &new).await), forbidden, "a group that gives more");
    for (id, body) in [
        (bob, json!({ "is_superuser": true })),
        (ann_id, json!({ "is_superuser": true })),
        (root_id, json!({ "name": "x" })),
        (root_id, json!({ "is_active": false })),
        (bob, json!({ "groups": [above] })),
        (ann_id, json!({ "groups": [above] })),
    ] {
        assert_eq!(refusal(&ann.patch(&at(id), "*", &body).await), forbidden, "{id} {body}");
    }
    for (body, told) in [
        (json!({ "is_active": false }), "/is_active own_account"),
        (json!({ "email": "ann@example.org" }), "/email own_account"),
    ] {
        assert_eq!(mistakes(&ann.patch(&at(ann_id), "*", &body).await), [told]);
    }
    for (body, told) in [
        (json!({ "is_active": false }), "/is_active own_account"),
        (json!({ "is_superuser": false }), "/is_superuser own_account"),
    ] {
        assert_eq!(mistakes(&root.patch(&at(root_id), "*", &body).await), [told]);
    }
    assert_eq!(server.rows("security_event"), before, "nothing was done");
    // Whoever may do more is not taken over by another address of theirs.
    let boss = server.accounts().user("bob").await.expect("found");
    server.accounts().add_member("Chiefs", &boss, &By::cli()).await.expect("added");
    assert_eq!(refusal(&ann.patch(&at(bob), "*", &json!({ "email": "b@example.org" })).await), forbidden);
    let made = root.patch(&at(bob), "*", &json!({ "is_superuser": true })).await;
    assert_eq!(made.json()["is_superuser"], true, "{}", made.text());
}

async fn users_are_for_those_who_manage_them(database: Database) {
    let server = Server::start(database).await;
    server.program("ann", &MAY, &[Scope::Users]).await;
    let bob = server.user("bob", false).await;
    let calls = [
        (Method::GET, HOME.to_owned(), None),
        (Method::POST, HOME.to_owned(), Some(json!({ "username": "cy", "email": "cy@example.org" }))),
        (Method::GET, at(bob), None),
        (Method::PATCH, at(bob), Some(json!({ "is_active": false }))),
        (Method::GET, at(987_654), None),
    ];
    refuses_all_others(&server, &calls, "ann", Scope::Users).await;
    assert!(server.accounts().user("bob").await.expect("found").is_active);
    assert!(server.accounts().user("cy").await.is_err());
}

on_both_databases!(
    a_user_is_invited_changed_and_closed,
    users_are_listed_a_part_at_a_time_and_narrowed,
    each_mistake_is_told_with_its_place,
    nobody_gets_above_themselves_or_locks_everybody_out,
    users_are_for_those_who_manage_them,
);
