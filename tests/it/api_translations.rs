//! Pages in other languages by the API: which there are, making one, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission, Scope};
use vitrine::content::audit::{self, Asked};
use vitrine::telemetry::label::Channel;

use crate::support::program::{code, mistakes, refuses_all_others};
use crate::support::{Answer, Database, Server, on_both_databases};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];

async fn start(database: Database) -> Server {
    let server = Server::in_english(database, &[]).await;
    for code in ["de", "fr"] {
        server.content().create_locale(code, None, Channel::Admin).await.expect("created");
    }
    server
}

fn at(id: i64, rest: &str) -> String {
    format!("/api/v1/pages/{id}/{rest}/")
}

fn id(answer: &Answer) -> i64 {
    answer.json()["id"].as_i64().unwrap_or_else(|| panic!("an id: {}", answer.text()))
}

fn locales(list: &Value) -> Vec<&str> {
    list["items"].as_array().into_iter().flatten().filter_map(|item| item["meta"]["locale"].as_str()).collect()
}

async fn a_page_is_translated_and_listed_in_its_languages(database: Database) {
    let server = start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let root = server.root_program(&ALL).await;
    let list = root.get(&at(about, "translations")).await.json();
    assert_eq!((locales(&list), &list["missing"]), (vec!["en"], &json!(["de", "fr"])));
    assert_eq!(list["items"][0]["id"], json!(about), "its own language is one of them");
    let german = json!({ "locale": "de" });
    let early = root.post(&at(about, "translate"), &german).await;
    assert_eq!((early.status.as_u16(), code(&early).as_str()), (409, "parent_not_translated"));
    assert_eq!(early.json()["parent"], json!(home));
    let made = root.post(&at(home, "translate"), &json!({ "locale": "DE" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let key = [("idempotency-key", "once")];
    let path = at(about, "translate");
    let made = root.ask(Method::POST, &path, &key, Some(&german)).await;
    let there = id(&made);
    assert_eq!((made.status.as_u16(), made.header("location")), (201, format!("/api/v1/pages/{there}/").as_str()));
    let told = made.json();
    assert_eq!((&told["meta"]["locale"], &told["meta"]["live"]), (&json!("de"), &json!(false)));
    let again = root.ask(Method::POST, &path, &key, Some(&german)).await;
    assert_eq!((id(&again), again.header("idempotent-replayed")), (there, "true"), "with a key it is made once");
    let twice = root.post(&path, &german).await;
    assert_eq!((twice.status.as_u16(), code(&twice).as_str()), (409, "translation_exists"));
    let log = audit::list(server.db(), &Asked { page: about, ..Asked::default() }).await.expect("listed");
    assert_eq!((log[0].event.as_str(), log[0].actor.contains("robot")), ("translate", true), "{:?}", log[0]);
    for page in [about, there] {
        let list = root.get(&at(page, "translations")).await;
        assert!(list.queries() <= 4, "{}", list.header("server-timing"));
        assert_eq!((locales(&list.json()), &list.json()["missing"]), (vec!["de", "en"], &json!(["fr"])));
    }
    server.content().trash_page(there, Channel::Cli).await.expect("trashed");
    let list = root.get(&at(about, "translations")).await.json();
    assert_eq!((locales(&list), &list["missing"]), (vec!["en"], &json!(["fr"])), "it may come back");
    assert_eq!(code(&root.get(&at(there, "translations")).await), "in_trash");

    let tide = server.page_id("/instruments/tide/").await;
    let how = json!({ "locale": "fr", "parents": "mirrored", "alias": true, "subtree": true });
    let alias = root.post(&at(tide, "translate"), &how).await;
    assert_eq!((alias.status.as_u16(), &alias.json()["meta"]["alias_of"]), (201, &json!(tide)), "{}", alias.text());
    assert_eq!(alias.json()["meta"]["live"], json!(true));
}

async fn what_cannot_be_translated_is_refused(database: Database) {
    let server = start(database).await;
    let about = server.page_id("/about/").await;
    let root = server.root_program(&ALL).await;
    let told = async |body: Value| mistakes(&root.post(&at(about, "translate"), &body).await);
    assert_eq!(told(json!({})).await, ["/locale required"]);
    assert_eq!(told(json!({ "locale": "it" })).await, ["/locale unknown_locale"]);
    assert_eq!(told(json!({ "locale": "de", "colour": 1 })).await, ["/colour unknown_field"]);
    assert_eq!(told(json!({ "locale": "de", "parents": "none" })).await.len(), 1);
    let own = root.post(&at(about, "translate"), &json!({ "locale": "en" })).await;
    assert_eq!((own.status.as_u16(), code(&own).as_str()), (409, "translation_exists"));
    for (method, rest) in [(Method::GET, "translations"), (Method::POST, "translate")] {
        let body = json!({ "locale": "de" });
        let body = (method == Method::POST).then_some(&body);
        let gone = root.ask(method, &at(999_999, rest), &[], body).await;
        assert_eq!((gone.status.as_u16(), code(&gone).as_str()), (404, "not_found"), "{rest}");
    }
    assert_eq!(root.get(&format!("{}?colour=red", at(about, "translations"))).await.status, 400);
    let (stale, body) = ([("if-match", "\"1-0\"")], json!({ "locale": "de", "parents": "mirrored" }));
    let stale = root.ask(Method::POST, &at(about, "translate"), &stale, Some(&body)).await;
    assert_eq!(code(&stale), "stale");
}

async fn nobody_translates_where_they_may_not(database: Database) {
    let server = start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let root = server.root_program(&ALL).await;
    let german = id(&root.post(&at(home, "translate"), &json!({ "locale": "de" })).await);
    let body = json!({ "locale": "de" });
    let ann = server.program("ann", &[Grant::Page(about, PagePermission::Edit)], &ALL).await;
    let there = ann.post(&at(about, "translate"), &body).await;
    assert_eq!(
        (there.status.as_u16(), code(&there).as_str()),
        (403, "forbidden"),
        "she adds no pages below the German root"
    );
    let grants = [Grant::Page(about, PagePermission::Edit), Grant::Page(german, PagePermission::Add)];
    let bea = server.program("bea", &grants, &ALL).await;
    let alias = bea.post(&at(about, "translate"), &json!({ "locale": "de", "alias": true })).await;
    assert_eq!((alias.status.as_u16(), code(&alias).as_str()), (403, "forbidden"), "what mirrors is live");
    let blind = server.robot("bea", &[Scope::ReadContent, Scope::WriteContent]).await;
    let alias = blind.post(&at(about, "translate"), &json!({ "locale": "de", "alias": true })).await;
    assert_eq!(code(&alias), "insufficient_scope");
    let made = blind.post(&at(about, "translate"), &body).await;
    assert_eq!(made.status, 201, "a draft takes no more: {}", made.text());
    let list = ann.get(&at(about, "translations")).await.json();
    assert_eq!((locales(&list), &list["missing"]), (vec!["en"], &json!(["fr"])), "hers alone; the other is there");
    assert!(!list.to_string().contains(&format!("/pages/{}/", id(&made))), "{list}");
    let calls = [(Method::GET, at(about, "translations"), None)];
    refuses_all_others(&server, &calls, "bea", Scope::ReadContent).await;
    let stranger = server.robot("stranger", &ALL).await;
    assert_eq!(code(&stranger.post(&at(about, "translate"), &body).await), "forbidden");
    assert_eq!(server.send(Method::POST, &at(about, "translate"), &[]).await.status, 401);
    let blind = server.robot("bea", &[Scope::ReadContent, Scope::Publish]).await;
    assert_eq!(code(&blind.post(&at(about, "translate"), &body).await), "insufficient_scope");
}

on_both_databases!(
    a_page_is_translated_and_listed_in_its_languages,
    what_cannot_be_translated_is_refused,
    nobody_translates_where_they_may_not,
);
