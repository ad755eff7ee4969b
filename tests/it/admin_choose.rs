//! The choosers of the editor, through the front door: what they offer to whom, and what an upload is refused for.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{CollectionPermission, Grant, PagePermission};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT};
use crate::support::edit::standard_page;
use crate::support::picture::png;
use crate::support::{Answer, Database, Server, on_both_databases};

const CHOOSERS: [&str; 5] = [
    "/admin/choose/pages/",
    "/admin/choose/images/",
    "/admin/choose/documents/",
    "/admin/choose/snippets/?type=blog.Author",
    "/admin/choose/tags/?q=a",
];

async fn json(browser: &Browser<'_>, path: &str) -> Value {
    let answer = browser.get(path).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"), "{path}");
    answer.json()
}

fn titles(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().expect("items").iter().filter_map(|item| item["title"].as_str()).collect()
}

fn assert_refused(answer: &Answer, status: u16, path: &str, text: &str) {
    let told = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{told}");
    assert_eq!(told["errors"][0]["path"], path, "{told}");
    assert!(told["message"].as_str().expect("a message").contains(text), "{told}");
}

async fn every_chooser_is_for_those_who_are_signed_in(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let nobody = server.browser("nobody", &[]).await;
    for path in CHOOSERS {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (401, Some("signed_out")), "{path}");
        let answer = nobody.get(path).await;
        assert_eq!(answer.header("cache-control"), "private, no-store", "{path}");
        let seen = answer.json()["items"].as_array().expect("items").len();
        let is_shared = path.contains("snippets") || path.contains("tags");
        assert!(is_shared || seen == 0, "{path}: nothing is granted: {}", answer.text());
        let refused = server.send(Method::DELETE, path, &[("cookie", &nobody.cookie)]).await;
        assert_eq!(refused.status, 405, "{path}");
    }
    for path in ["/admin/choose/images/", "/admin/choose/documents/"] {
        let file: &[u8] = b"x";
        assert_eq!(nobody.send_parts(path, &[("file", Some("a.txt"), file)]).await.status, 403, "{path}");
    }
    let root = server.root_browser().await;
    for (path, status) in [
        ("/admin/choose/pages/?parent=x", 404),
        ("/admin/choose/pages/?parent=987654", 404),
        ("/admin/choose/pages/?cursor=x", 400),
        ("/admin/choose/images/?cursor=x", 400),
        ("/admin/choose/images/?collection=x", 404),
        ("/admin/choose/images/?collection=987654", 404),
        ("/admin/choose/snippets/?type=blog.BlogPage", 404),
        ("/admin/choose/snippets/?type=x", 404),
        ("/admin/choose/snippets/?type=blog.Author&cursor=-1", 400),
    ] {
        let answer = root.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["message"].as_str().is_some_and(|text| text.ends_with('.')), "{path}");
    }
    let long = format!("/admin/choose/images/?q={}", "x".repeat(201));
    assert_eq!(root.get(&long).await.status, 400);
}

async fn pages_are_chosen_in_the_tree_and_by_words(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let inside = server.create(standard_page(section, "Kestrels & <b>gulls</b>", "<p>x</p>")).await.expect("created");
    server.create(standard_page(home, "Kestrels elsewhere", "<p>x</p>")).await.expect("created");
    let ann = server.browser("ann", &[Grant::Page(section, PagePermission::Edit)]).await;
    let top = json(&ann, "/admin/choose/pages/").await;
    assert_eq!((top["items"][0]["id"].as_i64(), top["items"][0]["may_choose"].as_bool()), (Some(home), Some(false)));
    assert_eq!(top["parent"], Value::Null);
    let below = json(&ann, &format!("/admin/choose/pages/?parent={home}")).await;
    assert_eq!(titles(&below), ["Section"]);
    let expected = json!({
        "id": section, "title": "Section", "url": "/section/", "type_label": below["items"][0]["type_label"],
        "live": true, "has_children": true, "may_choose": true,
    });
    assert_eq!(below["items"][0], expected);
    let within = json(&ann, &format!("/admin/choose/pages/?parent={section}&type=blog.BlogPage")).await;
    assert_eq!(within["parent"], json!({ "id": section, "title": "Section", "parent_id": home }));
    let row = &within["items"][0];
    assert_eq!(
        (row["id"].as_i64(), &row["url"], row["may_choose"].as_bool()),
        (Some(inside), &Value::Null, Some(false))
    );
    let of_type = format!("/admin/choose/pages/?parent={section}&type=blog.BlogPage&type=standard.StandardPage");
    assert_eq!(json(&ann, &of_type).await["items"][0]["may_choose"], true);
    assert_eq!(titles(&json(&ann, "/admin/choose/pages/?q=kestrels").await), ["Kestrels & <b>gulls</b>"]);
    assert_eq!(titles(&json(&ann, "/admin/choose/pages/?q=kestrels&type=blog.BlogPage").await).len(), 0);
    let blog = server.page_id("/blog/").await;
    assert_eq!(ann.get(&format!("/admin/choose/pages/?parent={blog}")).await.status, 403);
    let root = server.root_browser().await;
    let mut titles_seen = 0;
    let mut path = format!("/admin/choose/pages/?parent={blog}");
    loop {
        let part = json(&root, &path).await;
        titles_seen += titles(&part).len();
        let Some(next) = part["next"].as_str() else { break };
        path = format!("/admin/choose/pages/?parent={blog}&cursor={next}");
    }
    assert_eq!(titles_seen as i64, server.count(&format!("page WHERE parent_id = {blog}")));
}

async fn files_of_other_collections_are_not_offered(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let open = media.create_collection(1, "Open", Channel::Cli).await.expect("created");
    let private = media.create_collection(1, "Private", Channel::Cli).await.expect("created");
    let deep = media.create_collection(private, "Deep", Channel::Cli).await.expect("created");
    server.content().restrict(Target::Collection(private), Rule::Login, Channel::Admin).await.expect("restricted");
    let root = server.root_browser().await;
    for (collection, title) in [(open, "Seen"), (private, "Hidden"), (deep, "Deeper")] {
        let collection = collection.to_string();
        let picture = png(40, 30, title.len() as u8);
        let parts: [(&str, Option<&str>, &[u8]); 4] = [
            ("collection", None, collection.as_bytes()),
            ("title", None, title.as_bytes()),
            ("alt", None, b"What it shows"),
            ("file", Some("a picture.png"), &picture),
        ];
        let answer = root.send_parts("/admin/choose/images/", &parts).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let item = answer.json();
        assert_eq!(
            (&item["title"], &item["alt"], &item["width"]),
            (&json!(title), &json!("What it shows"), &json!(40))
        );
        let thumb = item["thumb"].as_str().expect("a thumbnail");
        let status = if title == "Seen" { 200 } else { 401 };
        let seen = server.get(thumb).await.status.as_u16();
        assert!(seen == status || (status == 401 && seen != 200), "{title}: {seen}");
        let text = format!("The text of {title}");
        let parts: [(&str, Option<&str>, &[u8]); 3] = [
            ("file", Some("notes.txt"), text.as_bytes()),
            ("title", None, title.as_bytes()),
            ("collection", None, collection.as_bytes()),
        ];
        let answer = root.send_parts("/admin/choose/documents/", &parts).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["filename"], "notes.txt");
    }
    let choose = |collection| Grant::Collection(collection, CollectionPermission::Choose);
    let ann = server.browser("ann", &[choose(open)]).await;
    for path in ["/admin/choose/images/", "/admin/choose/documents/"] {
        let all = json(&ann, path).await;
        assert_eq!(titles(&all), ["Seen"], "{path}");
        assert_eq!(all["collections"], json!([{ "id": open, "name": "Open", "depth": 2 }]), "{path}");
        assert_eq!(all["may_add"], false);
        for hidden in [private, deep, 1] {
            assert_eq!(ann.get(&format!("{path}?collection={hidden}")).await.status, 403, "{path} {hidden}");
        }
        assert!(titles(&json(&ann, &format!("{path}?q=deeper")).await).is_empty(), "{path}");
        assert_eq!(titles(&json(&ann, &format!("{path}?q=see")).await), ["Seen"], "{path}");
        let everything = json(&root, path).await;
        assert!(["Seen", "Hidden", "Deeper"].iter().all(|title| titles(&everything).contains(title)), "{path}");
        let within = json(&root, &format!("{path}?collection={private}")).await;
        assert_eq!(titles(&within), ["Deeper", "Hidden"], "{path}: with those below");
    }
    let bob = server.browser("bob", &[choose(private)]).await;
    assert_eq!(titles(&json(&bob, "/admin/choose/images/").await), ["Deeper", "Hidden"]);
}

async fn an_upload_is_refused_with_its_reason(database: Database) {
    let settings = [PATIENT, ("media.max_document_bytes", "2048"), ("media.max_image_bytes", "20000")];
    let server = Server::with(database, &settings).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created").to_string();
    let mine_id = mine.parse().expect("a number");
    let ann = server.browser("ann", &[Grant::Collection(mine_id, CollectionPermission::Add)]).await;
    let (images, documents) = ("/admin/choose/images/", "/admin/choose/documents/");
    let picture = png(40, 30, 3);
    let sent = async |path: &str, file_name: &str, bytes: &[u8], title: &str| {
        let parts: [(&str, Option<&str>, &[u8]); 3] = [
            ("collection", None, mine.as_bytes()),
            ("title", None, title.as_bytes()),
            ("file", Some(file_name), bytes),
        ];
        ann.send_parts(path, &parts).await
    };
    assert_eq!(sent(images, "../../etc/a.png", &picture, "").await.json()["title"], "A");
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    assert_refused(&sent(images, "a.svg", svg, "x").await, 422, "file", "extension");
    assert_refused(&sent(images, "a.png", svg, "x").await, 422, "file", "");
    assert_refused(&sent(images, "a.png", b"", "x").await, 422, "file", "empty");
    assert_refused(&sent(documents, "a.exe", b"MZ", "x").await, 422, "file", "extension");
    assert_refused(&sent(documents, "a.txt", &[b'x'; 4096], "x").await, 413, "file", "2048 bytes");
    assert_refused(&sent(images, "a.png", &[b'x'; 30_000], "x").await, 413, "file", "20000 bytes");
    assert_refused(&sent(images, "a.png", &picture, &"x".repeat(300)).await, 422, "title", "at most");
    let whole: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a.png"), &picture), ("collection", None, b"1")];
    assert_eq!(ann.send_parts(images, &whole).await.status, 403, "not to the root of all collections");
    assert_eq!(ann.send_parts(images, &whole[..1]).await.status, 201, "to the one that she may add to");
    let nowhere: [(&str, Option<&str>, &[u8]); 2] =
        [("collection", None, b"987654"), ("file", Some("a.png"), &picture)];
    assert_refused(&ann.send_parts(images, &nowhere).await, 422, "collection", "no such collection");
    let none: [(&str, Option<&str>, &[u8]); 1] = [("title", None, b"x")];
    assert_refused(&ann.send_parts(images, &none).await, 422, "file", "Choose a file");
    let plain = ann.post(images, &[("file", "x")]).await;
    assert_eq!(plain.status, 415);
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", ann.cookie.as_str())];
    assert_eq!(server.send(Method::POST, images, &foreign).await.status, 403);
    let uploads = server.metrics().await;
    assert_eq!(uploads.sum("vitrine_media_uploads_total", &[("outcome", "stored")]), 2.0);
}

async fn snippets_and_tags_are_found_while_one_types(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", &[]).await;
    let author = server.snippet("blog.Author", "maren-osei").await;
    let all = json(&ann, "/admin/choose/snippets/?type=blog.Author").await;
    assert!(
        all["items"]
            .as_array()
            .expect("items")
            .contains(&json!({ "id": author.id, "label": author.name, "type": "blog.Author" }))
    );
    let found = json(&ann, "/admin/choose/snippets/?type=blog.Author&q=maren").await;
    let found = found["items"].as_array().expect("items");
    assert!(!found.is_empty() && found.iter().all(|item| item["label"] == author.name.as_str()), "{found:?}");
    let tags = json(&ann, "/admin/choose/tags/?q=").await;
    assert_eq!(tags, json!({ "items": [] }));
    let name: String = "wa".into();
    let tags = json(&ann, &format!("/admin/choose/tags/?q={name}")).await;
    assert!(tags["items"].as_array().is_some_and(|tags| tags.len() <= 10));
}

on_both_databases!(
    every_chooser_is_for_those_who_are_signed_in,
    pages_are_chosen_in_the_tree_and_by_words,
    files_of_other_collections_are_not_offered,
    an_upload_is_refused_with_its_reason,
    snippets_and_tags_are_found_while_one_types,
);
