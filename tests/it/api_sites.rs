//! Sites and languages by the API: listed, made, changed, deleted; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, Scope};

use crate::support::program::{code, each, listed, mistakes, refuses_all_others};
use crate::support::{Database, Server, on_both_databases};

const MAY: [Grant; 2] = [Grant::Global(GlobalPermission::Sites), Grant::Global(GlobalPermission::Locales)];

async fn sites_are_listed_made_changed_and_deleted(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let all = ann.get("/api/v1/sites/").await.json();
    let default = &all["items"][0];
    assert_eq!((&default["is_default"], &default["base_url"]), (&json!(true), &json!("http://site.test")));
    let about = server.page_id("/about/").await;
    let new = json!({ "hostname": "Second.test", "port": 80, "name": "Second", "root_page": about });
    let made = ann.post("/api/v1/sites/", &new).await;
    assert_eq!((made.status.as_u16(), &made.json()["hostname"]), (201, &json!("second.test")), "{}", made.text());
    let path = made.header("location").to_owned();
    let read = ann.get(&path).await;
    assert_eq!(read.json(), made.json());
    let known = ann.ask(Method::GET, &path, &[("if-none-match", read.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let blind = ann.ask(Method::PATCH, &path, &[], Some(&json!({ "name": "Other" }))).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let changed = ann.patch(&path, read.header("etag"), &json!({ "name": "Other" })).await;
    assert_eq!((&changed.json()["name"], &changed.json()["port"]), (&json!("Other"), &json!(80)), "{}", changed.text());
    let late = ann.patch(&path, read.header("etag"), &json!({ "name": "Late" })).await;
    assert_eq!((late.status.as_u16(), code(&late).as_str()), (412, "stale"));
    assert_eq!(listed(&ann, "/api/v1/sites/?limit=1").await.1, 2, "a part at a time");
    let patch = async |body: Value| ann.patch(&path, "*", &body).await;
    for (body, told) in [
        (json!({ "hostname": "http://x" }), "/hostname invalid_host"),
        (json!({ "port": 0 }), "/port invalid_port"),
        (json!({ "root_page": 999_999 }), "/root_page unfit"),
        (json!({ "colour": "red" }), "/colour unknown_field"),
    ] {
        assert_eq!(mistakes(&patch(body).await), [told]);
    }
    assert_eq!(mistakes(&ann.post("/api/v1/sites/", &new).await), ["/hostname address_taken"]);
    assert_eq!(mistakes(&ann.post("/api/v1/sites/", &json!({})).await), ["/hostname required", "/root_page required"]);
    assert_eq!(patch(json!({ "is_default": true })).await.json()["is_default"], true);
    assert_eq!(mistakes(&patch(json!({ "is_default": false })).await), ["/is_default default_needed"]);
    assert_eq!(mistakes(&ann.ask(Method::DELETE, &path, &[], None).await), ["/is_default default_needed"]);
    let first = default["detail_url"].as_str().expect("an address");
    assert_eq!(ann.ask(Method::DELETE, first, &[], None).await.status, 204);
    assert_eq!(code(&ann.get(first).await), "not_found");
}

async fn languages_are_listed_made_and_deleted(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let ann = server.program("ann", &MAY, &[Scope::Settings]).await;
    let made = ann.post("/api/v1/locales/", &json!({ "code": "fr" })).await;
    assert_eq!((made.status.as_u16(), &made.json()["is_default"]), (201, &json!(false)), "{}", made.text());
    let codes = each(&listed(&ann, "/api/v1/locales/?limit=1").await.0, "code");
    assert!(codes.contains(&json!("en")) && codes.contains(&json!("fr")), "{codes:?}");
    let blind = ann.ask(Method::PATCH, "/api/v1/locales/fr/", &[], Some(&json!({ "is_default": true }))).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    assert_eq!(mistakes(&ann.post("/api/v1/locales/", &json!({ "code": "fr" })).await), ["/code locale_taken"]);
    assert_eq!(mistakes(&ann.post("/api/v1/locales/", &json!({ "code": "!" })).await), ["/code invalid_locale"]);
    let default = ann.patch("/api/v1/locales/fr/", made.header("etag"), &json!({ "is_default": true })).await;
    assert_eq!(default.json()["is_default"], true, "{}", default.text());
    let back = ann.patch("/api/v1/locales/en/", "*", &json!({ "is_default": true })).await;
    assert_eq!(back.status, 200);
    let refused = ann.ask(Method::DELETE, "/api/v1/locales/en/", &[], None).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "is_default"));
    assert_eq!(ann.ask(Method::DELETE, "/api/v1/locales/fr/", &[], None).await.status, 204);
    for gone in ["fr", "%00", "x%20y"] {
        let path = format!("/api/v1/locales/{gone}/");
        assert_eq!(code(&ann.ask(Method::DELETE, &path, &[], None).await), "not_found", "{gone}");
    }
}

async fn sites_and_languages_are_for_those_who_manage_them(database: Database) {
    let server = Server::in_english(database, &[]).await;
    server.program("ann", &MAY, &[Scope::Audit]).await;
    let before = (server.rows("site"), server.rows("locale"));
    let call = |method, path: &str, body| (method, path.to_owned(), body);
    let calls = [
        call(Method::GET, "/api/v1/sites/", None),
        call(Method::POST, "/api/v1/sites/", Some(json!({ "hostname": "x.test", "root_page": 2 }))),
        call(Method::GET, "/api/v1/sites/1/", None),
        call(Method::PATCH, "/api/v1/sites/1/", Some(json!({ "name": "x" }))),
        call(Method::DELETE, "/api/v1/sites/1/", None),
        call(Method::GET, "/api/v1/locales/", None),
        call(Method::POST, "/api/v1/locales/", Some(json!({ "code": "fr" }))),
        call(Method::GET, "/api/v1/locales/en/", None),
        call(Method::PATCH, "/api/v1/locales/en/", Some(json!({ "is_default": true }))),
        call(Method::DELETE, "/api/v1/locales/de/", None),
    ];
    refuses_all_others(&server, &calls, "ann", Scope::Settings).await;
    assert_eq!((server.rows("site"), server.rows("locale")), before);
}

on_both_databases!(
    sites_are_listed_made_changed_and_deleted,
    languages_are_listed_made_and_deleted,
    sites_and_languages_are_for_those_who_manage_them,
);
