//! The API described: every route by an operation, with the methods that it takes; every schema there; and what answers
//! hold is what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission, Scope};
use vitrine::config::slo;
use vitrine::telemetry::label::Route;

use crate::api_records::{self, TRANSACTION};
use crate::forms::{CONTACT, LETTER, send};
use crate::support::picture::png;
use crate::support::program::code;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const DOCUMENT: &str = "/api/openapi.json";

/// The methods of each address.
fn operations(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, item): (&String, &Value)| {
        (path.clone(), item.as_object().expect("an item").keys().map(|method| method.to_uppercase()).collect())
    };
    paths.iter().map(of).collect()
}

/// An address of the kind that a template describes.
fn concrete(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "7" } else { part }).collect::<Vec<_>>().join("/")
}

/// The addresses that the routers of version 1 have, as their sources name them.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from("src/api/v1")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            for (start, _) in text.match_indices("at(") {
                let Some(rest) = text[start + 3..].trim_start().strip_prefix('"') else { continue };
                let address = rest.split('"').next().unwrap_or_default();
                if address.starts_with("/api/v1/") {
                    found.insert(address.to_owned());
                }
            }
        }
    }
    found
}

async fn every_route_has_its_operations_and_every_operation_its_route(database: Database) {
    let (server, _folder) = api_records::with(database, "").await;
    let document = server.get(DOCUMENT).await.json();
    let operations = operations(&document);
    let routed = routed();
    assert!(routed.len() > 15, "{routed:?}");
    let undescribed: Vec<_> = routed.iter().filter(|path| !operations.contains_key(*path)).collect();
    assert_eq!(undescribed, Vec::<&String>::new(), "routes without an operation: add it to the table beside them");
    let label = |path: &str| Route::of_api_path(&concrete(path)).map(Route::as_str);
    let labels: BTreeSet<&str> = operations.keys().filter_map(|path| label(path)).collect();
    for route in slo::ROUTES.iter().filter(|route| route.starts_with("/api/")) {
        assert!(labels.contains(route), "{route} has no operation");
    }
    for (path, methods) in &operations {
        assert!(label(path).is_some(), "{path} has no label");
        let refused = server.send(Method::TRACE, &concrete(path), &[]).await;
        assert_eq!(refused.status, 405, "{path}");
        let allowed = refused.header("allow").split(',').map(|method| method.trim().to_owned());
        let allowed: BTreeSet<String> = allowed.filter(|method| method != "HEAD" && method != "OPTIONS").collect();
        assert_eq!(&allowed, methods, "{path}");
    }
}

/// Every `$ref` of a document.
fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(values) => {
            into.extend(values.get("$ref").and_then(Value::as_str).map(str::to_owned));
            if let Some(mapping) = values.get("mapping").and_then(Value::as_object) {
                into.extend(mapping.values().filter_map(Value::as_str).map(str::to_owned));
            }
            values.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

async fn every_schema_that_is_named_is_there_and_every_id_is_one_operations(database: Database) {
    let server = Server::start(database).await;
    let document = server.get(DOCUMENT).await.json();
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    for reference in &named {
        let pointer = reference.strip_prefix('#').expect("of this document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for name in ["blog.BlogPage", "blog.BlogPage.Live", "blog.BlogPage.New", "v2.blog.BlogPage", "block.paragraph"] {
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in schemas.keys() {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        assert!(is_plain, "{name} is no name that OpenAPI takes");
    }
    let mut ids = BTreeSet::new();
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("an item").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(!id.is_empty() && ids.insert(id.to_owned()), "{id:?} is there twice");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
            assert!(operation["responses"]["200"].is_object() || operation["responses"].get("4XX").is_none(), "{id}");
        }
    }
    let stream = &schemas["blog.BlogPage.Fields"]["properties"]["body"]["items"];
    assert_eq!(stream["discriminator"]["propertyName"], "type");
    assert_eq!(stream["discriminator"]["mapping"]["paragraph"], "#/components/schemas/block.paragraph");
}

async fn it_is_the_same_until_the_types_change_and_is_sent_compressed(database: Database) {
    let server = Server::start(database).await;
    let plain = server.get(DOCUMENT).await;
    assert_eq!((plain.status.as_u16(), plain.header("content-type")), (200, "application/json"));
    let etag = plain.header("etag").to_owned();
    assert!(etag.starts_with('"'), "{etag}");
    let known = server.send(Method::GET, DOCUMENT, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, etag.as_str()));
    let small = server.send(Method::GET, DOCUMENT, &[("accept-encoding", "br")]).await;
    assert_eq!((small.status.as_u16(), small.header("content-encoding")), (200, "br"));
    assert!(small.body.len() * 4 < plain.body.len(), "{} of {}", small.body.len(), plain.body.len());
    assert_ne!(small.header("etag"), etag, "another representation");
}

async fn fields_that_only_some_may_set_are_told_to_who_is_signed_in(database: Database) {
    let folder = crate::support::site::folder_with(&[("types/note.toml", GUARDED)]);
    let server = Server::with(database, &[("site.dir", folder.path().to_str().expect("a path"))]).await;
    let anybody = server.get(DOCUMENT).await;
    let anybody = anybody.text();
    assert!(anybody.contains("blog.NotePage") && !anybody.contains("hush_hush"), "nobody hears of it");
    let program = server.program("ann", &[], &[Scope::ReadContent]).await;
    let known = program.get(DOCUMENT).await;
    assert!(known.text().contains("hush_hush"));
    assert_ne!(known.header("cache-control"), "public");
}

const GUARDED: &str = r#"
name = "blog.NotePage"
label = "Note"
kind = "page"
template = "standard/standard_page.html"

[[fields]]
name = "hush_hush"
kind = "char"
permission = "Editors"
"#;

/// That a value has what its schema needs, and nothing beside what it knows.
fn assert_holds(document: &Value, name: &str, value: &Value) {
    let needed = document["components"]["schemas"][name]["required"].as_array().cloned().unwrap_or_default();
    for key in needed {
        assert!(value.get(key.as_str().expect("a name")).is_some(), "{name} has no {key}: {value}");
    }
    let known = document["components"]["schemas"][name]["properties"].as_object().expect("properties");
    for key in value.as_object().expect("an object").keys() {
        assert!(known.contains_key(key), "{name} is not said to have {key}");
    }
}

async fn what_is_answered_is_what_is_described(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let grants: Vec<Grant> = PagePermission::ALL.iter().map(|permission| Grant::Page(home, *permission)).collect();
    let scopes = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];
    let ann = server.program("ann", &grants, &scopes).await;
    let document = ann.get(DOCUMENT).await.json();
    let has = |name: &str, value: &Value| assert_holds(&document, name, value);
    let new = json!({ "parent": home, "type": "standard.StandardPage", "title": "Kestrels" });
    let page = ann.post("/api/v1/pages/", &new).await.json();
    has("standard.StandardPage", &page);
    has("standard.StandardPage.Fields", &page["fields"]);
    has("PageMeta", &page["meta"]);
    let revision = page["meta"]["revision"].as_i64().expect("a revision");
    let at = |rest: &str| format!("/api/v1/pages/{}/{rest}", page["id"]);
    has("Revision", &ann.get(&at(&format!("revisions/{revision}/"))).await.json());
    has("RevisionListed", &ann.get(&at("revisions/")).await.json()["items"][0]);
    has("Comparison", &ann.get(&at(&format!("revisions/{revision}/compare/{revision}/"))).await.json());
    has("PageHead", &ann.post(&at("publish/"), &json!({})).await.json());
    has("PageUnpublished", &ann.post(&at("unpublish/"), &json!({})).await.json());
    has("PageTrashed", &ann.post(&at("trash/"), &json!({})).await.json());
    has("PageRestored", &ann.post(&at("restore/"), &json!({})).await.json());
    has("Whoami", &ann.get("/api/v1/whoami/").await.json());
    has("v2.PageListed", &server.get("/api/v2/pages/").await.json()["items"][0]);
    has("Problem", &ann.post("/api/v1/pages/", &json!({})).await.json());
}

async fn what_is_told_of_webhooks_and_changes_is_what_is_described(database: Database) {
    // Nothing is sent.
    let server = Server::with(database, &[("server.role", "web")]).await;
    let root = server.root_program(&[Scope::ReadContent, Scope::Webhooks]).await;
    let document = root.get(DOCUMENT).await.json();
    let has = |name: &str, value: &Value| assert_holds(&document, name, value);
    let all = "/api/v1/webhooks/";
    let new = json!({ "name": "Front end", "url": "https://example.org/hook", "events": ["page.published"] });
    let made = root.post(all, &new).await.json();
    has("WebhookWithSecret", &made);
    let at = |rest: &str| format!("{all}{}/{rest}", made["id"]);
    has("WebhookList", &root.get(all).await.json());
    has("Webhook", &root.get(&at("")).await.json());
    has("Webhook", &root.patch(&at(""), "*", &json!({ "name": "Search" })).await.json());
    has("WebhookWithSecret", &root.post(&at("secret/"), &json!({})).await.json());
    let test = root.post(&at("test/"), &json!({})).await.json();
    has("WebhookDelivery", &test);
    has("WebhookDelivery", &root.get(&at(&format!("deliveries/{}/", test["id"]))).await.json());
    has("WebhookDelivery", &root.post(&at(&format!("deliveries/{}/replay/", test["id"])), &json!({})).await.json());
    has("WebhookDeliveryList", &root.get(&at("deliveries/?state=open")).await.json());
    assert_eq!(root.get(&at("deliveries/?state=")).await.status, 400, "no state has that name");
    let range = json!({ "since": "2026-01-01T00:00:00Z" });
    has("WebhookReplayed", &root.post(&at("replay/"), &range).await.json());
    let events = root.get(&format!("{all}events/")).await.json();
    has("WebhookEventList", &events);
    assert_eq!(document["components"]["schemas"]["WebhookEventName"]["enum"], events["items"]);
    let feed = "/api/v1/changes/";
    let now = root.get(&format!("{feed}?after=now")).await.json();
    has("ChangeList", &now);
    let after = now["cursor"].as_str().expect("a cursor");
    server.standard_page(server.page_id("/").await, "Kestrels", "<p>x</p>").await;
    let mut changes = Value::Null;
    // On PostgreSQL an event waits for the transactions of other tests that began before it.
    eventually("the page is told of", SOON, async || {
        changes = root.get(&format!("{feed}?after={after}")).await.json();
        changes["items"].as_array().is_some_and(|items| !items.is_empty())
    })
    .await;
    has("ChangeList", &changes);
    has("Event", &changes["items"][0]);
    let message = "/webhooks/event/post/requestBody/content/application~1json/schema/$ref";
    assert_eq!(document.pointer(message), Some(&json!("#/components/schemas/Event")));
}

async fn what_is_told_of_files_forms_and_logs_is_what_is_described(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_program(Scope::ALL).await;
    let document = root.get(DOCUMENT).await.json();
    let has = |name: &str, value: &Value| assert_holds(&document, name, value);
    let add = async |path: &str, kind: &str, bytes: Vec<u8>| {
        let added = root.send(Method::POST, path, &[("content-type", kind)], bytes).await;
        assert_eq!(added.status, 201, "{}", added.text());
        added
    };
    let image = add("/api/v1/images/?title=Tern", "image/png", png(9, 9, 1)).await;
    has("Image", &image.json());
    has("FileUseList", &root.get(&format!("{}usage/", image.header("location"))).await.json());
    has("Document", &add("/api/v1/documents/?title=Tern", "text/plain", b"x".to_vec()).await.json());
    let found = root.get("/api/v1/search/?q=tern&kind=image").await.json();
    has("Found", &found);
    has("FoundItem", &found["groups"][0]["items"][0]);
    send(&server, CONTACT, &LETTER).await;
    let forms = root.get("/api/v1/forms/").await.json();
    has("FormList", &forms);
    let sent = forms["items"][0]["submissions_url"].as_str().expect("an address");
    has("FormListed", &forms["items"][0]);
    has("Submission", &root.get(sent).await.json()["items"][0]);
    has("LogEntry", &root.get("/api/v1/audit/").await.json()["items"][0]);
    has("SecurityEvent", &root.get("/api/v1/audit/security/").await.json()["items"][0]);
}

async fn what_is_told_of_rows_is_what_is_described_of_their_type(database: Database) {
    let (server, _folder) = api_records::with(database, "").await;
    let root = server.root_program(&[Scope::ReadContent, Scope::WriteContent]).await;
    let document = root.get(DOCUMENT).await.json();
    let has = |name: &str, value: &Value| assert_holds(&document, name, value);
    let at = |path: &str| &document["paths"][format!("/api/v1/transactions/{path}")];
    let new = at("")["post"]["requestBody"]["content"]["application/json"].clone();
    assert_eq!(new["schema"]["$ref"], format!("#/components/schemas/{TRANSACTION}.New"));
    let made = root.post("/api/v1/transactions/", &new["example"]).await;
    assert_eq!(made.status, 201, "the example is taken: {}", made.text());
    has(TRANSACTION, &made.json());
    let change = &at("{id}/")["patch"]["requestBody"]["content"]["application/json"]["example"];
    has(TRANSACTION, &root.patch(made.header("location"), "*", change).await.json());
    let list = root.get("/api/v1/transactions/?count=exact").await.json();
    has(&format!("{TRANSACTION}.List"), &list);
    has(TRANSACTION, &list["items"][0]);
    let asked: BTreeMap<&str, &Value> = at("")["get"]["parameters"]
        .as_array()
        .expect("parameters")
        .iter()
        .map(|parameter| (parameter["name"].as_str().expect("a name"), &parameter["schema"]))
        .collect();
    for (name, schema) in [
        ("amount__gte", json!({ "type": "number" })),
        ("settled", json!({ "type": "string", "enum": ["true", "false"] })),
        ("kind__isnull", json!({ "type": "string", "enum": ["true", "false"] })),
        ("account__startswith", json!({ "type": "string", "maxLength": 120 })),
    ] {
        assert_eq!(asked.get(name), Some(&&schema), "{name}");
    }
    let orders = asked["order"]["enum"].as_array().expect("words");
    assert!(orders.contains(&json!("-booked")) && !orders.contains(&json!("kind")), "{orders:?}");
    for absent in ["collection", "settled__lt", "amount__contains", "note", "risk"] {
        assert!(!asked.contains_key(absent), "{absent}");
    }
    let anybody = server.get(DOCUMENT).await.json();
    assert_eq!(anybody.pointer("/components/schemas/bank.Transaction/properties/risk"), None, "for auditors alone");
    assert!(!document.to_string().contains("rows.") && !document.to_string().contains("{collection}"));
    let without = Server::start(database).await;
    let without = without.get(DOCUMENT).await.json();
    assert!(without["tags"].as_array().is_some_and(|tags| tags.iter().all(|tag| tag["name"] != "Collections")));
}

async fn unknown_addresses_are_problems_that_name_the_known_ones(database: Database) {
    let server = Server::start(database).await;
    for path in ["/api/v1/", "/api/v1/nothing/", "/api/v1/pages/7/nothing/", "/api/v1/pages/7/publish/now", "/api/v1/x"]
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = server.send(method, path, &[]).await;
            assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (404, "not_found"), "{path}");
            let known = answer.json()["addresses"].as_array().cloned().unwrap_or_default();
            assert!(known.contains(&json!("/api/v1/pages/")) && known.contains(&json!("/api/v1/whoami/")), "{known:?}");
        }
    }
    let health = server.get("/api/v1/health/").await;
    assert_eq!(health.status, 200, "not the API's");
}

async fn people_read_the_same_in_a_page_that_loads_nothing_from_elsewhere(database: Database) {
    let server = Server::start(database).await;
    let page = server.get("/api/docs/").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    for loads in [" src=", "<script", "<img", "<iframe", "@import", "url("] {
        assert!(!page.text().contains(loads), "{loads}");
    }
    assert_eq!(page.text().matches("rel=\"stylesheet\"").count(), 1);
    let document = server.get(DOCUMENT).await.json();
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("an item").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(page.text().contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(page.text().contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
    assert_eq!(server.get("/api/docs").await.text(), page.text());
    let style = server.get("/api/docs/page.css").await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    let refused = server.get("/api/v1/pages/").await.json();
    let (address, code) = refused["type"].as_str().and_then(|kind| kind.split_once('#')).expect("an anchor");
    let problems = server.get(address).await;
    assert_eq!(problems.status, 200);
    assert!(problems.text().contains(&format!("id=\"{code}\"")));
}

on_both_databases!(
    what_is_told_of_rows_is_what_is_described_of_their_type,
    unknown_addresses_are_problems_that_name_the_known_ones,
    people_read_the_same_in_a_page_that_loads_nothing_from_elsewhere,
    every_route_has_its_operations_and_every_operation_its_route,
    every_schema_that_is_named_is_there_and_every_id_is_one_operations,
    it_is_the_same_until_the_types_change_and_is_sent_compressed,
    fields_that_only_some_may_set_are_told_to_who_is_signed_in,
    what_is_answered_is_what_is_described,
    what_is_told_of_webhooks_and_changes_is_what_is_described,
    what_is_told_of_files_forms_and_logs_is_what_is_described,
);
