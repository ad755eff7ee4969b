//! Redirects by the API: listed, made, changed and deleted; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, Scope};

use crate::support::program::{code, each, listed, mistakes, refuses_all_others};
use crate::support::{Database, Server, on_both_databases};

const HOME: &str = "/api/v1/redirects/";
const MAY: [Grant; 1] = [Grant::Global(GlobalPermission::Redirects)];

async fn a_redirect_is_made_read_changed_and_deleted(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let made = ann.post(HOME, &json!({ "from": "/old/", "to": "/about/" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (path, told) = (made.header("location").to_owned(), made.json());
    assert_eq!((&told["from"], &told["to"], &told["page"]), (&json!("/old"), &json!("/about/"), &Value::Null));
    assert_eq!(
        (&told["is_permanent"], &told["covers_subtree"], &told["site"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    let visit = server.get("/old").await;
    assert_eq!((visit.status.as_u16(), visit.header("location")), (301, "/about/"));
    let read = ann.get(&path).await;
    assert_eq!(read.json()["from"], "/old");
    let known = ann.ask(Method::GET, &path, &[("if-none-match", read.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let blind = ann.ask(Method::PATCH, &path, &[], Some(&json!({ "to": "/contact/" }))).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let about = server.page_id("/about/").await;
    let changed = ann.patch(&path, made.header("etag"), &json!({ "page": about, "is_permanent": false })).await;
    let told = changed.json();
    assert_eq!((&told["page"], &told["to"], &told["from"]), (&json!(about), &Value::Null, &json!("/old")), "{told}");
    let visit = server.get("/old").await;
    assert_eq!((visit.status.as_u16(), visit.header("location")), (302, "/about/"));
    let late = ann.patch(&path, made.header("etag"), &json!({ "to": "/contact/" })).await;
    assert_eq!((late.status.as_u16(), code(&late).as_str()), (412, "stale"));
    assert_eq!(late.json()["by"], "ann (robot)");
    let late = ann.ask(Method::DELETE, &path, &[("if-match", made.header("etag"))], None).await;
    assert_eq!(code(&late), "stale");
    let site: i64 = crate::support::postgres::number(&server.database_url, "SELECT id FROM site");
    let own = ann.patch(&path, changed.header("etag"), &json!({ "site": site })).await;
    assert_eq!(own.json()["site"], site, "{}", own.text());
    let every = ann.patch(&path, "*", &json!({ "site": null, "route": "team/" })).await;
    assert_eq!((&every.json()["site"], &every.json()["route"]), (&Value::Null, &json!("team/")), "{}", every.text());
    assert_eq!(ann.ask(Method::DELETE, &path, &[], None).await.status, 204);
    assert_eq!(ann.ask(Method::DELETE, &path, &[], None).await.status, 404);
    assert_eq!((ann.get(&path).await.status.as_u16(), server.get("/old").await.status.as_u16()), (404, 404));
    assert_eq!(server.rows("object_event WHERE kind = 'redirect' AND channel = 'api' AND actor = 'ann (robot)'"), 5);
}

async fn redirects_are_listed_a_part_at_a_time_and_narrowed(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let key = [("idempotency-key", "one")];
    for number in 0..5 {
        let new = json!({ "from": format!("/old-{number}"), "to": "/about/" });
        assert_eq!(ann.post(HOME, &new).await.status, 201);
    }
    let once = json!({ "from": "/once", "to": "/contact/" });
    let first = ann.ask(Method::POST, HOME, &key, Some(&once)).await;
    let again = ann.ask(Method::POST, HOME, &key, Some(&once)).await;
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    let (items, parts) = listed(&ann, &format!("{HOME}?limit=4")).await;
    let froms = ["/old-0", "/old-1", "/old-2", "/old-3", "/old-4", "/once"].map(Value::from);
    assert_eq!((each(&items, "from"), parts), (froms.to_vec(), 2));
    let (items, _) = listed(&ann, &format!("{HOME}?search=old-3&automatic=false")).await;
    assert_eq!(each(&items, "from"), ["/old-3"]);
    assert_eq!(listed(&ann, &format!("{HOME}?automatic=true")).await.0.len(), 0);
    assert_eq!(listed(&ann, &format!("{HOME}?site=1")).await.0.len(), 0);
    for wrong in ["limit=0", "site=x", "automatic=yes", "after=x", "colour=red", "search=%00"] {
        let refused = ann.get(&format!("{HOME}?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
}

async fn each_mistake_is_told_with_its_place(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    assert_eq!(ann.post(HOME, &json!({ "from": "/a", "to": "/b" })).await.status, 201);
    for (body, told) in [
        (json!({}), vec!["/from required", "/to required"]),
        (json!({ "from": 5, "to": "/x" }), vec!["/from invalid_type"]),
        (json!({ "from": "", "to": "/x" }), vec!["/from invalid_address"]),
        (json!({ "from": "/x", "to": "javascript:alert(1)" }), vec!["/to invalid_target"]),
        (json!({ "from": "/x", "to": "/y", "page": 2 }), vec!["/to invalid"]),
        (json!({ "from": "/x", "to": "/y", "route": "z/" }), vec!["/route invalid"]),
        (json!({ "from": "/x", "page": 987_654 }), vec!["/page not_found"]),
        (json!({ "from": "/x", "page": 2, "route": "a\u{0}" }), vec!["/route invalid_target"]),
        (json!({ "from": "/x", "to": "/y", "site": 987_654 }), vec!["/site not_found"]),
        (json!({ "from": "/a", "to": "/c" }), vec!["/from taken"]),
        (json!({ "from": "/x", "to": "/x" }), vec!["/to leads_to_itself"]),
        (json!({ "from": "/b", "to": "/a" }), vec!["/to circle"]),
        (json!({ "from": "/x", "to": "/y", "colour": "red" }), vec!["/colour unknown_field"]),
    ] {
        let refused = ann.post(HOME, &body).await;
        assert_eq!(
            (refused.status.as_u16(), mistakes(&refused)),
            (422, told.into_iter().map(str::to_owned).collect()),
            "{body}"
        );
    }
    let broken = ann.ask(Method::POST, HOME, &[("content-type", "text/plain")], Some(&json!({}))).await;
    assert!(broken.status.is_client_error(), "{}", broken.text());
    assert_eq!(server.rows("redirect"), 1);
}

async fn of_two_changes_of_the_same_one_is_made(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    for round in 0..5 {
        let made = ann.post(HOME, &json!({ "from": format!("/old-{round}"), "to": "/about/" })).await;
        let (path, etag) = (made.header("location"), made.header("etag"));
        let (to, permanent) = (json!({ "to": "/contact/" }), json!({ "is_permanent": false }));
        let (one, other) = tokio::join!(ann.patch(path, etag, &to), ann.patch(path, etag, &permanent));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let now = ann.get(path).await.json();
        let wanted = if one.status == 200 { ("/contact/", true) } else { ("/about/", false) };
        assert_eq!((now["to"].as_str(), now["is_permanent"].as_bool()), (Some(wanted.0), Some(wanted.1)));
    }
}

async fn redirects_are_for_those_who_manage_them(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let path = ann.post(HOME, &json!({ "from": "/a", "to": "/b" })).await.header("location").to_owned();
    let calls = [
        (Method::GET, HOME.to_owned(), None),
        (Method::POST, HOME.to_owned(), Some(json!({ "from": "/c", "to": "/d" }))),
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({ "to": "/e" }))),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{HOME}987654/"), None),
    ];
    refuses_all_others(&server, &calls, "ann", Scope::Settings).await;
    assert_eq!(ann.get(&path).await.json()["to"], "/b");
    assert_eq!(code(&ann.ask(Method::PUT, &path, &[], None).await), "wrong_method");
}

on_both_databases!(
    a_redirect_is_made_read_changed_and_deleted,
    redirects_are_listed_a_part_at_a_time_and_narrowed,
    each_mistake_is_told_with_its_place,
    of_two_changes_of_the_same_one_is_made,
    redirects_are_for_those_who_manage_them,
);
