//! The logs and the search by the API: what somebody finds is what they may see.

use serde_json::{Value, json};
use vitrine::accounts::{CollectionPermission, GlobalPermission, Grant, PagePermission, Scope};
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::support::picture::png;
use crate::support::program::{Program, code};
use crate::support::{Database, Server, on_both_databases};

const AUDIT: &str = "/api/v1/audit/";
const SECURITY: &str = "/api/v1/audit/security/";

fn items(list: &Value) -> Vec<Value> {
    list["items"].as_array().cloned().unwrap_or_else(|| panic!("{list}"))
}

async fn titles(program: &Program<'_>, rest: &str) -> Vec<String> {
    let answer = program.get(&format!("{AUDIT}?{rest}")).await;
    assert_eq!(answer.status, 200, "{rest}: {}", answer.text());
    let told = items(&answer.json());
    told.iter().map(|entry| entry["object"]["title"].as_str().expect("a title").to_owned()).collect()
}

async fn the_log_is_read_a_part_at_a_time_and_narrowed(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_program(&[Scope::Audit]).await;
    let home = server.page_id("/").await;
    for number in 0..60 {
        server.standard_page(home, &format!("Kestrel {number}"), "<p>x</p>").await;
    }
    let collection = server.running.site.app.media.create_collection(1, "Birds", Channel::Cli).await.expect("created");
    let first = root.get(&format!("{AUDIT}?search=kestrel&kind=page&event=create")).await.json();
    assert_eq!(items(&first).len(), 50);
    let entry = &items(&first)[0];
    assert_eq!((&entry["event"], &entry["object"]["title"]), (&json!("create"), &json!("Kestrel 59")));
    assert_eq!((&entry["object"]["kind"], &entry["object"]["is_there"]), (&json!("page"), &json!(true)));
    let second = root.get(first["next"].as_str().expect("there are more")).await.json();
    assert_eq!((items(&second).len(), &second["next"]), (10, &Value::Null));
    assert_eq!(titles(&root, "kind=collection&search=birds").await, ["Birds"]);
    assert_eq!(titles(&root, &format!("kind=collection&object={collection}")).await, ["Birds"]);
    let page = entry["object"]["id"].as_i64().expect("an id");
    let of_page = titles(&root, &format!("kind=page&object={page}")).await;
    assert!(!of_page.is_empty() && of_page.iter().all(|title| title == "Kestrel 59"), "{of_page:?}");
    assert_eq!(titles(&root, "since=2099-01-01T00:00:00Z").await, Vec::<String>::new());
    assert_eq!(titles(&root, "until=2001-01-01T00:00:00Z").await, Vec::<String>::new());
    assert_eq!(titles(&root, "user=999999").await, Vec::<String>::new());
    for wrong in ["kind=x", "event=x", "channel=x", "since=x", "user=x", "after=x", "object=7", "colour=red"] {
        let refused = root.get(&format!("{AUDIT}?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
    let security = root.get(&format!("{SECURITY}?event=token_created")).await.json();
    let entry = &items(&security)[0];
    assert_eq!((&entry["event"], &entry["actor"]), (&json!("token_created"), &json!("cli")));
    assert!(!security.to_string().contains(&root.token), "no token comes near it");
}

async fn the_log_tells_of_nothing_that_its_reader_may_not_see(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (mine, other) =
        (server.standard_page(home, "Mine", "<p>x</p>").await, server.standard_page(home, "Other", "<p>x</p>").await);
    let reads = [Grant::Global(GlobalPermission::Reports), Grant::Page(mine, PagePermission::Edit)];
    let ann = server.program("ann", &reads, &[Scope::Audit]).await;
    let bob = server.program("bob", &[Grant::Page(home, PagePermission::Edit)], &[Scope::Audit]).await;
    let seen = titles(&ann, "search=o").await;
    assert!(!seen.contains(&"Other".to_owned()), "{seen:?}");
    assert!(titles(&ann, "kind=page").await.iter().all(|title| title == "Mine"));
    assert_eq!(titles(&ann, &format!("kind=page&object={other}")).await, Vec::<String>::new());
    assert_eq!(titles(&ann, "kind=user").await, Vec::<String>::new());
    for path in [AUDIT, SECURITY] {
        let nobody = server.get(path).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"));
        assert_eq!(code(&bob.get(path).await), "forbidden");
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Audit).collect();
        assert_eq!(code(&server.robot("ann", &others).await.get(path).await), "insufficient_scope");
    }
    assert_eq!(code(&ann.get(SECURITY).await), "forbidden", "it is for superusers");
}

/// The titles that a search found, by kind.
async fn found(program: &Program<'_>, rest: &str) -> Value {
    let answer = program.get(&format!("/api/v1/search/?{rest}")).await;
    assert_eq!(answer.status, 200, "{rest}: {}", answer.text());
    let mut told = json!({});
    for group in answer.json()["groups"].as_array().expect("groups") {
        let titles: Vec<&Value> = group["items"].as_array().expect("items").iter().map(|item| &item["title"]).collect();
        if !titles.is_empty() {
            told[group["kind"].as_str().expect("a kind")] = json!(titles);
        }
    }
    told
}

async fn a_search_finds_what_its_caller_may_see(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Gannet colony", "<p>x</p>").await;
    for number in 0..7 {
        server.standard_page(page, &format!("Gannet {number}"), "<p>x</p>").await;
    }
    let media = &server.running.site.app.media;
    let collection = media.create_collection(1, "Birds", Channel::Cli).await.expect("created");
    let new = |name: &str| NewFile { name: name.into(), collection: Some(collection), ..NewFile::default() };
    media.add_image(&png(9, 9, 1)[..], new("gannet.png"), None).await.expect("added");
    media.add_document(&b"x"[..], new("gannets.txt")).await.expect("added");
    let read = [Scope::ReadContent];
    let root = server.root_program(&read).await;
    let all = found(&root, "q=gannet").await;
    assert_eq!((&all["image"], &all["document"]), (&json!(["Gannet"]), &json!(["Gannets"])));
    assert_eq!(all["page"].as_array().map(Vec::len), Some(5), "a few of each kind");
    let many = found(&root, "q=gannet&kind=page&limit=49").await;
    assert_eq!((many["page"].as_array().map(Vec::len), many.get("image")), (Some(8), None));
    let answer = root.get("/api/v1/search/?q=gannet&kind=page&limit=2").await;
    assert!(answer.queries() <= 4 + 2, "{}", answer.header("server-timing"));
    let group = &answer.json()["groups"][0];
    assert_eq!((&group["has_more"], group["items"].as_array().map(Vec::len)), (&json!(true), Some(2)));
    let ann = server.program("ann", &[Grant::Collection(collection, CollectionPermission::Choose)], &read).await;
    assert_eq!(found(&ann, "q=gannet").await, json!({ "image": ["Gannet"], "document": ["Gannets"] }));
    let bob = server.program("bob", &[Grant::Page(page, PagePermission::Edit)], &read).await;
    assert_eq!(
        found(&bob, "q=gannet").await.as_object().map(|kinds| kinds.keys().cloned().collect()),
        Some(vec!["page".to_owned()])
    );
    for wrong in ["", "q=", "q=x&kind=user", "q=x&limit=50", "q=x&colour=red"] {
        let refused = root.get(&format!("/api/v1/search/?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
    assert_eq!(code(&server.get("/api/v1/search/?q=x").await), "unauthorized");
    let unscoped = server.robot("ann", &[Scope::WriteContent]).await;
    assert_eq!(code(&unscoped.get("/api/v1/search/?q=x").await), "insufficient_scope");
}

on_both_databases!(
    the_log_is_read_a_part_at_a_time_and_narrowed,
    the_log_tells_of_nothing_that_its_reader_may_not_see,
    a_search_finds_what_its_caller_may_see,
);
