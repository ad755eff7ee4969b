//! What pages and snippets refer to, told beside them: what is asked for, what somebody sees of it, how many queries it takes.

use serde_json::{Value, json};
use vitrine::accounts::{CollectionPermission, GlobalPermission, Grant, PagePermission, Scope};
use vitrine::telemetry::label::Channel;

use crate::support::edit::post;
use crate::support::program::{Program, code};
use crate::support::site::folder_with;
use crate::support::{Answer, Database, Server, on_both_databases};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];

/// A page, and one of each kind that it refers to.
struct Given {
    page: i64,
    /// That it names as the next one, and that its text links to.
    next: i64,
    linked: i64,
    image: i64,
    document: i64,
    author: i64,
}

async fn first(server: &Server, half: &str) -> i64 {
    server.api(&format!("/api/v2/{half}/?limit=1")).await["items"][0]["id"].as_i64().expect("an id")
}

fn link(page: i64) -> String {
    format!("<p><a linktype=\"page\" id=\"{page}\">There</a></p>")
}

async fn given(server: &Server) -> Given {
    let (image, document) = (first(server, "images").await, first(server, "documents").await);
    let next = server.create(post(server, "The next one").await).await.expect("created");
    let linked = server.create(post(server, "The linked one").await).await.expect("created");
    server.publish(linked).await.expect("published");
    let mut new = post(server, "The source").await;
    new.fields.insert("read_next".into(), json!(next));
    new.fields.insert(
        "body".into(),
        json!([
            { "type": "paragraph", "value": link(linked) },
            { "type": "photo", "value": { "image": { "image": image, "alt": "x", "decorative": false } } },
            { "type": "download", "value": { "document": document } },
        ]),
    );
    let page = server.create(new).await.expect("created");
    server.publish(page).await.expect("published");
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    Given { page, next, linked, image, document, author }
}

/// The ids of one kind that an answer includes, in order.
fn ids(answer: &Answer, kind: &str) -> Vec<i64> {
    let told = answer.json();
    let found = told["included"][kind].as_object().unwrap_or_else(|| panic!("{kind}: {told}"));
    let mut ids: Vec<i64> = found.keys().filter_map(|id| id.parse().ok()).collect();
    ids.sort_unstable();
    ids
}

async fn read(program: &Program<'_>, path: &str) -> Answer {
    let answer = program.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert!(answer.queries() <= 4, "{path}: {}", answer.header("server-timing"));
    answer
}

async fn what_a_page_refers_to_is_told_beside_it(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let Given { page, next, linked, image, document, author } = given(&server).await;
    let root = server.root_program(&ALL).await;
    root.get("/api/v1/whoami/").await;
    let at = |rest: &str| format!("/api/v1/pages/{page}/{rest}");
    let told = read(&root, &at("?include=fields.author,fields.body,parent")).await;
    let blog = server.page_id("/blog/").await;
    assert_eq!((ids(&told, "pages"), ids(&told, "images")), (vec![blog, linked], vec![image]));
    assert_eq!(ids(&told, "documents"), [document]);
    let included = told.json()["included"].clone();
    assert_eq!(included["images"][image.to_string()], root.get(&format!("/api/v1/images/{image}/")).await.json());
    let known = root.get(&format!("/api/v1/documents/{document}/")).await.json();
    assert_eq!(included["documents"][document.to_string()], known);
    let head = root.get(&format!("/api/v1/pages/?parent={blog}&fields=id,meta,title,slug")).await.json();
    let head = head["items"].as_array().expect("a list").iter().find(|item| item["id"] == json!(linked)).cloned();
    let mut head = head.expect("it is listed");
    head["meta"].as_object_mut().expect("an object").remove("version");
    assert_eq!(included["pages"][linked.to_string()], head);
    let snippet = format!("/api/v1/snippets/{author}/");
    let whole = root.get(&snippet).await.json();
    assert_eq!(included["snippets"], json!({ "blog.Author": { (author.to_string()): whole } }));
    let mut without = told.json();
    without.as_object_mut().expect("an object").remove("included");
    assert_eq!(without, root.get(&at("")).await.json(), "the page itself is told as ever");

    assert_eq!(ids(&read(&root, &at("?include=*")).await, "pages"), {
        let mut all = vec![blog, linked, next];
        all.sort_unstable();
        all
    });
    assert_eq!(ids(&read(&root, &at("?include=fields.read_next&fields=id")).await, "pages"), [next]);
    assert!(ids(&read(&root, &at("?include=alias_of")).await, "pages").is_empty());

    let tag = told.header("etag").to_owned();
    let again = at("?include=fields.author,fields.body,parent");
    let same = root.ask(reqwest::Method::GET, &again, &[("if-none-match", &tag)], None).await;
    assert_eq!(same.status, 304);
    let bio = json!({ "fields": { "bio": link(linked) } });
    assert_eq!(root.patch(&snippet, "*", &bio).await.status, 200);
    assert_ne!(root.get(&again).await.header("etag"), tag, "what is told beside is part of the answer");

    let behind = read(&root, &at("?include=fields.author.fields.bio&rich_text=html")).await;
    assert_eq!(ids(&behind, "pages"), [linked], "what a snippet refers to");
    let author = behind.json()["included"]["snippets"]["blog.Author"][author.to_string()].clone();
    let bio = author["fields"]["bio"].as_str().expect("a text");
    assert!(bio.contains("href=\"/blog/the-linked-one/\""), "{bio}");
    let told = read(&root, &format!("{snippet}?include=fields.bio&rich_text=markdown")).await;
    assert_eq!(ids(&told, "pages"), [linked]);
    let list = "/api/v1/snippets/?type=blog.Author&include=fields.bio&fields=id";
    assert!(ids(&read(&root, list).await, "pages").contains(&linked));
}

async fn names_that_nothing_has_are_refused(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let page = server.page_id("/blog/").await;
    let root = server.root_program(&ALL).await;
    let places = [
        format!("/api/v1/pages/{page}/?include="),
        "/api/v1/pages/?include=".to_owned(),
        "/api/v1/snippets/?type=blog.Author&include=".to_owned(),
    ];
    for place in &places {
        for wrong in ["fields.plumage", "author", "", "fields", "fields.author.name", "meta.parent"] {
            let refused = root.get(&format!("{place}{wrong}")).await;
            assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{place}{wrong}");
            assert!(refused.json()["detail"].as_str().is_some_and(|text| text.contains(&format!("\"{wrong}\""))));
        }
    }
    assert_eq!(root.get(&format!("{}parent", places[2])).await.status, 400, "a snippet has no parent");
    assert_eq!(root.get(&format!("{}*&include=*", places[1])).await.status, 400, "twice");
}

async fn nobody_is_told_beside_what_its_own_address_would_not_tell(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let Given { page, next, linked, image, document, author } = given(&server).await;
    let path = format!("/api/v1/pages/{page}/?include=*&rich_text=html");
    let nothing = json!({ "pages": {}, "snippets": {}, "images": {}, "documents": {} });
    let ann = server.program("ann", &[Grant::Page(page, PagePermission::Edit)], &ALL).await;
    let told = ann.get(&path).await;
    assert_eq!((told.status.as_u16(), &told.json()["included"]), (200, &nothing), "{}", told.text());
    let sees = [
        (format!("/api/v1/pages/{next}/"), 403),
        (format!("/api/v1/pages/{linked}/"), 403),
        (format!("/api/v1/snippets/{author}/"), 403),
        (format!("/api/v1/images/{image}/"), 404),
        (format!("/api/v1/documents/{document}/"), 404),
    ];
    for (path, status) in &sees {
        assert_eq!(ann.get(path).await.status, *status, "{path}");
    }
    let most = [
        Grant::Page(page, PagePermission::Edit),
        Grant::Page(next, PagePermission::Publish),
        Grant::Page(linked, PagePermission::Lock),
        Grant::Global(GlobalPermission::Snippets),
        Grant::Collection(1, CollectionPermission::Choose),
    ];
    let bea = server.program("bea", &most, &ALL).await;
    let told = bea.get(&path).await;
    assert_eq!(
        (ids(&told, "pages"), ids(&told, "images"), ids(&told, "documents")),
        (vec![next], vec![image], vec![document])
    );
    assert!(told.json()["included"]["snippets"]["blog.Author"][author.to_string()].is_object());
    for (at, (path, _)) in sees.iter().enumerate() {
        assert_eq!(bea.get(path).await.status, if at == 1 { 403 } else { 200 }, "{path}");
    }
    server.content().trash_page(next, Channel::Cli).await.expect("trashed");
    assert!(ids(&bea.get(&path).await, "pages").is_empty(), "what is in the trash is gone");
    let nobody = server.program("nobody", &[], &ALL).await;
    assert_eq!(nobody.get(&path).await.status, 403);
    let list = nobody.get("/api/v1/pages/?include=*").await.json();
    assert_eq!(list, json!({ "items": [], "next": null, "included": nothing }));
}

fn guarded(file: &str, field: &str) -> String {
    let path = format!("{}/site/types/{file}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the type is there");
    let key = format!("name = \"{field}\"\n");
    text.replacen(&key, &format!("{key}permission = \"Chiefs\"\n"), 1)
}

async fn fields_that_only_some_may_set_lead_nowhere_for_others(database: Database) {
    let folder = folder_with(&[
        ("types/blog_page.toml", &guarded("blog_page", "read_next")),
        ("types/blog_author.toml", &guarded("blog_author", "bio")),
    ]);
    let dir = folder.path().display().to_string();
    let server = Server::in_english(database, &[("site.dir", &dir)]).await;
    let Given { page, author, linked, .. } = given(&server).await;
    let root = server.root_program(&ALL).await;
    let bio = json!({ "fields": { "bio": link(linked) } });
    assert_eq!(root.patch(&format!("/api/v1/snippets/{author}/"), "*", &bio).await.status, 200);
    let home = server.page_id("/").await;
    let grants = [Grant::Page(home, PagePermission::Edit), Grant::Global(GlobalPermission::Snippets)];
    let ann = server.program("ann", &grants, &ALL).await;
    let at = format!("/api/v1/pages/{page}/?include=fields.read_next,fields.author.fields.bio");
    assert_eq!(ids(&root.get(&at).await, "pages").len(), 2);
    let told = ann.get(&at).await;
    assert!(ids(&told, "pages").is_empty(), "{}", told.text());
    let author = &told.json()["included"]["snippets"]["blog.Author"][author.to_string()];
    assert!(author["name"].is_string() && author["fields"].get("bio").is_none(), "{author}");
    assert!(!ids(&ann.get("/api/v1/snippets/?type=blog.Author&include=fields.bio").await, "pages").contains(&linked));
}

async fn a_hundred_pages_with_all_they_refer_to_take_four_queries(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let Given { page, linked, image, document, author, .. } = given(&server).await;
    let mut last = linked;
    for number in 0..100 {
        let mut new = post(&server, &format!("Filler {number}")).await;
        new.fields.insert("read_next".into(), json!(last));
        new.fields.insert("social_image".into(), json!(image));
        new.fields.insert(
            "body".into(),
            json!([
                { "type": "paragraph", "value": link(last) }, { "type": "download", "value": { "document": document } },
            ]),
        );
        last = server.create(new).await.expect("created");
    }
    let blog = server.page_id("/blog/").await;
    let root = server.root_program(&ALL).await;
    let bio = json!({ "fields": { "bio": link(linked) } });
    assert_eq!(root.patch(&format!("/api/v1/snippets/{author}/"), "*", &bio).await.status, 200);
    root.get("/api/v1/whoami/").await;
    let all = "include=*,fields.author.fields.bio&fields=*";
    for path in [
        format!("pages/?parent={blog}&limit=100&{all}&rich_text=html"),
        format!("pages/?below={blog}&limit=100&{all}"),
        format!("pages/?limit=100&{all}&rich_text=markdown"),
        format!("pages/{page}/?{all}&rich_text=html"),
        format!("snippets/{author}/?include=*&rich_text=html"),
        "snippets/?type=blog.Author&limit=100&fields=*&include=*&rich_text=html".to_owned(),
    ] {
        read(&root, &format!("/api/v1/{path}")).await;
    }
    let list = read(&root, &format!("/api/v1/pages/?parent={blog}&limit=100&include=*&fields=*")).await;
    assert!(ids(&list, "pages").len() >= 80, "{}", ids(&list, "pages").len());
    assert!(ids(&list, "documents").contains(&document) && ids(&list, "images").contains(&image));
    // More than one answer tells: the rest is named.
    let links: String = (0..600).map(|number| link(number + 100_000)).collect();
    let all = json!([{ "type": "paragraph", "value": links }]);
    server.change(page, |content| drop(content.fields.insert("body".into(), all))).await.expect("saved");
    let told = read(&root, &format!("/api/v1/pages/{page}/?include=fields.body,parent")).await.json();
    assert_eq!(told["included"]["pages"].as_object().map(serde_json::Map::len), Some(1), "the parent");
    let left: &Value = &told["included"]["left_out"]["pages"];
    assert_eq!(left.as_array().map(Vec::len), Some(101));
}

on_both_databases!(
    what_a_page_refers_to_is_told_beside_it,
    names_that_nothing_has_are_refused,
    nobody_is_told_beside_what_its_own_address_would_not_tell,
    fields_that_only_some_may_set_lead_nowhere_for_others,
    a_hundred_pages_with_all_they_refer_to_take_four_queries,
);
