//! The media library in the editor, through the front door: lists, uploads with an end for each file, changes, replacing,
//! deleting with what uses it, and what is refused.

use reqwest::Method;
use serde_json::json;
use vitrine::accounts::{CollectionPermission, Grant};
use vitrine::content::NewPage;
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::admin_bulk::{WEB, begin, ended, packed, worker};
use crate::support::browser::{PATIENT, location};
use crate::support::picture::png;
use crate::support::{Database, Server, on_both_databases};

fn on(collection: i64, permissions: &[CollectionPermission]) -> Vec<Grant> {
    permissions.iter().map(|permission| Grant::Collection(collection, *permission)).collect()
}

async fn each_of_several_files_has_its_own_end(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let ann = server.browser("ann", &on(mine, &[CollectionPermission::Add])).await;
    let collection = mine.to_string();
    let (one, two) = (png(30, 20, 1), png(30, 20, 2));
    let parts: [(&str, Option<&str>, &[u8]); 5] = [
        ("collection", None, collection.as_bytes()),
        ("file", Some("one.png"), &one),
        ("file", Some("<img src=x>.exe"), b"MZ"),
        ("file", Some("two.png"), &two),
        ("file", Some("again.png"), &one),
    ];
    let answer = ann.send_parts("/admin/images/", &parts).await;
    assert_eq!(answer.status, 422);
    let text = answer.text();
    assert_eq!(text.matches("Not added").count(), 2, "{text}");
    assert!(text.contains("The extension") && text.contains("The same file is there already"), "{text}");
    assert!(text.contains("&lt;img src=x&gt;.exe") && !text.contains("<img src=x>"), "{text}");
    assert_eq!(server.count(&format!("image WHERE collection_id = {mine}")), 2);
    let list = ann.text("/admin/images/").await;
    assert!(list.contains("<strong>One</strong>") && list.contains("<strong>Two</strong>"), "{list}");
    assert!(!list.contains("Tide"), "other collections are not hers");
    let text: [(&str, Option<&str>, &[u8]); 2] =
        [("collection", None, collection.as_bytes()), ("file", Some("notes.txt"), b"words")];
    assert_eq!(ann.send_parts("/admin/documents/", &text).await.status, 200);
    let list = ann.text("/admin/documents/").await;
    assert!(list.contains("notes.txt") && list.contains("5 bytes") && list.contains("not used"), "{list}");
    let root: [(&str, Option<&str>, &[u8]); 2] = [("collection", None, b"1"), ("file", Some("a.png"), &one)];
    assert_eq!(ann.send_parts("/admin/images/", &root).await.status, 403);
    assert_eq!(ann.send_parts("/admin/images/", &root[1..]).await.status, 400, "the collection comes first");
    assert_eq!(ann.send_parts("/admin/images/", &text[..1]).await.status, 422, "no file");
    assert_eq!(ann.post("/admin/images/", &[("a", "b")]).await.status, 400);
}

async fn large_files_are_taken_and_none_is_left_out(database: Database) {
    let server = Server::with(database, &[PATIENT, ("media.max_document_bytes", "15000000")]).await;
    let root = server.root_browser().await;
    let head: (&str, Option<&str>, &[u8]) = ("collection", None, b"1");
    let large = vec![b'x'; 14 << 20];
    // More than `server.max_body_bytes`, which is for all other requests.
    assert_eq!(root.send_parts("/admin/documents/", &[head, ("file", Some("a.txt"), &large)]).await.status, 200);
    let choose = "/admin/choose/documents/";
    let twice: [(&str, Option<&str>, &[u8]); 3] =
        [head, ("refuse_duplicates", None, b"1"), ("file", Some("b.txt"), &large)];
    let refused = root.send_parts(choose, &twice).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"][0]["path"].as_str()), (422, Some("file")));
    assert!(refused.text().contains("The same file is there already"), "{}", refused.text());
    assert_eq!(root.send_parts(choose, &[twice[0], twice[2]]).await.status, 201, "whoever chooses may have it twice");
    let larger = vec![b'y'; 15_000_001];
    let refused = root.send_parts(choose, &[head, ("file", Some("c.txt"), &larger)]).await;
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert_eq!(server.count("document WHERE title IN ('A', 'B', 'C')"), 2);

    let texts: Vec<(String, Vec<u8>)> = (0..53).map(|at| (format!("{at}.txt"), format!("text {at}").into())).collect();
    let mut parts = vec![head];
    parts.extend(texts.iter().map(|(name, bytes)| ("file", Some(name.as_str()), bytes.as_slice())));
    let answer = root.send_parts("/admin/documents/", &parts).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.text().matches("Not taken: 50 files go at once.").count(), 3, "{}", answer.text());
}

async fn whoever_may_only_add_may_change_and_delete_what_they_added(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let ann = server.browser("ann", &on(mine, &[CollectionPermission::Add])).await;
    let bob = server.browser("bob", &on(mine, &[CollectionPermission::Add])).await;
    let collection = mine.to_string();
    let picture = png(30, 20, 1);
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("collection", None, collection.as_bytes()), ("file", Some("one.png"), &picture)];
    assert_eq!(ann.send_parts("/admin/images/", &parts).await.status, 200);
    let id = crate::support::postgres::number(
        &server.database_url,
        &format!("SELECT id FROM image WHERE collection_id = {mine}"),
    );
    let url = format!("/admin/images/{id}/");
    let page = ann.text(&url).await;
    assert!(page.contains("data-focal") && page.contains("added by") && page.contains(">ann</a>"), "{page}");
    for (browser, saved, asked) in [(&bob, 403, 403), (&ann, 303, 200)] {
        assert_eq!(browser.post(&url, &[("title", "Named")]).await.status, saved);
        assert_eq!(browser.get(&format!("{url}delete/")).await.status, asked);
    }
    let file: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("one.png"), &picture)];
    assert_eq!(bob.send_parts(&format!("{url}replace/"), &file).await.status, 403);
    assert_eq!(ann.send_parts(&format!("{url}replace/"), &file).await.status, 303);
    assert_eq!(bob.post(&format!("{url}delete/"), &[("sure", "1")]).await.status, 403);
    assert_eq!(location(&ann.post(&format!("{url}delete/"), &[("sure", "1")]).await), "/admin/images/");
}

async fn a_file_is_changed_by_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let other = media.create_collection(1, "Other", Channel::Cli).await.expect("created");
    let root = server.root_browser().await;
    let collection = mine.to_string();
    let picture = png(300, 200, 1);
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("collection", None, collection.as_bytes()), ("file", Some("one.png"), &picture)];
    assert_eq!(root.send_parts("/admin/images/", &parts).await.status, 200);
    let id = media.list_images(&vitrine::media::Filter::default(), 1).await.expect("listed")[0].id;
    let url = format!("/admin/images/{id}/");
    let choose = server.browser("choose", &on(mine, &[CollectionPermission::Choose])).await;
    let change = server.browser("change", &on(mine, &[CollectionPermission::Change])).await;
    let nobody = server.browser("nobody", &on(other, &[CollectionPermission::Change])).await;
    let fields =
        [("title", "A <b>dial</b>"), ("alt", "What it shows"), ("tags", "Brass, sun"), ("collection", &collection)];
    assert_eq!(nobody.get(&url).await.status, 403);
    assert_eq!(nobody.post(&url, &fields).await.status, 403);
    assert!(!choose.text(&url).await.contains(">Save<"));
    assert_eq!(choose.post(&url, &fields).await.status, 403);
    assert_eq!(server.get(&url).await.status, 303, "signed out");
    let focal = [("focal_x", "100"), ("focal_y", "90"), ("focal_width", "20"), ("focal_height", "10")];
    let all: Vec<(&str, &str)> = fields.iter().chain(&focal).copied().collect();
    assert_eq!(location(&change.post(&url, &all).await), "/admin/images/");
    let image = media.image(id).await.expect("found");
    assert_eq!(
        (image.title.as_str(), image.description.as_str(), image.focal_x),
        ("A <b>dial</b>", "What it shows", Some(100))
    );
    let page = change.text(&url).await;
    assert!(
        page.contains("A &lt;b&gt;dial") && !page.contains("<b>dial") && page.to_lowercase().contains("brass, sun"),
        "{page}"
    );
    let outside =
        [("title", "Kept"), ("focal_x", "9999"), ("focal_y", "9"), ("focal_width", "2"), ("focal_height", "2")];
    let refused = change.post(&url, &outside).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("The focal point must lie within") && refused.text().contains("value=\"Kept\""));
    assert_eq!(change.post(&url, &[("title", " ")]).await.status, 422);
    let to_other = other.to_string();
    assert_eq!(change.post(&url, &[("title", "x"), ("collection", &to_other)]).await.status, 403);
    let new = png(40, 30, 9);
    let file: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("new.png"), &new)];
    assert_eq!(choose.send_parts(&format!("{url}replace/"), &file).await.status, 403);
    assert_eq!(location(&change.send_parts(&format!("{url}replace/"), &file).await), url);
    assert_eq!(media.image(id).await.expect("found").width, 40);
    let bad: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("new.png"), b"<svg/>")];
    assert_eq!(change.send_parts(&format!("{url}replace/"), &bad).await.status, 422);
    assert_eq!(change.get(&format!("{url}delete/")).await.status, 403);
    for path in ["/admin/images/x/", "/admin/images/987654/", "/admin/documents/987654/delete/"] {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    for path in ["/admin/images/?before=x", "/admin/documents/?before=0"] {
        assert_eq!(root.get(path).await.status, 400, "{path}");
    }
    assert_eq!(nobody.get(&format!("/admin/images/?collection={mine}")).await.status, 403);
    let refused = server.send(Method::DELETE, &url, &[("cookie", &root.cookie)]).await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (405, "private, no-store"));
}

async fn what_is_used_is_not_deleted_by_accident(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    let picture = png(30, 20, 1);
    let parts: [(&str, Option<&str>, &[u8]); 2] = [("collection", None, b"1"), ("file", Some("used.png"), &picture)];
    assert_eq!(root.send_parts("/admin/images/", &parts).await.status, 200);
    let media = &server.running.site.app.media;
    let id = media.list_images(&vitrine::media::Filter::default(), 1).await.expect("listed")[0].id;
    let fields = json!({ "body": [], "social_image": id });
    let page = NewPage {
        parent: server.page_id("/").await,
        type_name: "standard.StandardPage".into(),
        title: "Uses it".into(),
        fields: fields.as_object().cloned().unwrap_or_default(),
        ..NewPage::default()
    };
    server.create(page).await.expect("created");
    let url = format!("/admin/images/{id}/");
    assert!(root.text(&url).await.contains("Used in 1 place"));
    let delete = format!("{url}delete/");
    assert!(root.text(&delete).await.contains("Uses it"));
    let refused = root.post(&delete, &[("a", "b")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("tick the box"), "{}", refused.text());
    assert_eq!(location(&root.post(&delete, &[("anyway", "1")]).await), "/admin/images/");
    assert_eq!(root.get(&url).await.status, 404);
}

async fn tags_that_are_added_at_the_same_time_are_all_there(database: Database) {
    let server = Server::with(database, &[PATIENT, WEB]).await;
    let root = server.root_browser().await;
    let media = &server.running.site.app.media;
    let mut ids = Vec::new();
    for number in 0..60 {
        let new = NewFile { name: format!("file {number}.txt"), tags: vec!["old".into()], ..NewFile::default() };
        ids.push(media.add_document(format!("text {number}").as_bytes(), new).await.expect("added"));
    }
    let image = NewFile { name: "tide.png".into(), ..NewFile::default() };
    let image = media.add_image(&png(40, 30, 3)[..], image, None).await.expect("taken");
    let (before, text) = (server.rows("document_tag"), packed(&ids));
    // Two orders that two workers carry out at the same time, on the same files in the same order.
    let mut urls = Vec::new();
    for tags in ["tides, OLD", "charts"] {
        let fields = [("ids", &text[..]), ("action", "tag"), ("tags", tags)];
        urls.push(begin(&root, "/admin/documents/bulk/", &fields).await);
    }
    let image_text = image.to_string();
    let fields = [("ids", &image_text[..]), ("action", "tag"), ("tags", "tides")];
    urls.push(begin(&root, "/admin/images/bulk/", &fields).await);
    let worker = worker(&server, &server.content().jobs);
    for url in &urls {
        assert!(!ended(&root, url).await.contains(">Not done<"), "{url}");
    }
    worker.abort();
    assert_eq!(server.rows("document_tag"), before + 120, "none was taken away by the other, and none is there twice");
    assert_eq!(server.rows(&format!("image_tag WHERE image_id = {image}")), 1);
}

async fn the_address_of_another_size_is_signed_and_answers(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let image = NewFile { name: "tide.png".into(), ..NewFile::default() };
    let image = server.running.site.app.media.add_image(&png(40, 30, 3)[..], image, None).await.expect("taken");
    let root = server.root_browser().await;
    let page = format!("/admin/images/{image}/");
    let text = root.text(&format!("{page}?shape=fill&wide=20&high=10&format=webp")).await;
    assert!(text.contains("20 × 10 pixels") && text.contains("fill-20x10|format-webp"), "{text}");
    let path = text.split("href=\"").find(|part| part.starts_with("/media/images/")).expect("a link to it");
    let path = path.split('"').next().expect("a quote ends it");
    let made = server.get(path).await;
    assert_eq!((made.status.as_u16(), made.header("content-type")), (200, "image/webp"));
    assert_eq!(server.get(&path.replace("20x10", "21x10")).await.status, 403, "of no other size");
    for asked in
        ["shape=fill&wide=20&high=", "shape=width&wide=0", "shape=max&wide=20000&high=1", "shape=height&wide=9"]
    {
        let text = root.text(&format!("{page}?{asked}")).await;
        assert!(text.contains("Say the sides that this takes in pixels, from 1 to 10000."), "{asked}: {text}");
    }
}

async fn a_list_is_narrowed_and_sorted_in_its_address(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    let mine = media.create_collection(1, "Mine", Channel::Cli).await.expect("created");
    let grants = on(mine, &[CollectionPermission::Add, CollectionPermission::Change]);
    let ann = server.browser("ann", &grants).await;
    let mut ids = Vec::new();
    for (name, width, tags) in [("zinc.png", 90, vec!["<b>dusk"]), ("amber.png", 20, vec![]), ("moss.png", 400, vec![])]
    {
        let tags = tags.into_iter().map(str::to_owned).collect();
        let new = NewFile { name: name.into(), collection: Some(mine), tags, ..NewFile::default() };
        ids.push(media.add_image(&png(width, width, 3)[..], new, None).await.expect("added"));
    }
    for name in ["notes.txt", "plan.pdf"] {
        let new = NewFile { name: name.into(), collection: Some(mine), ..NewFile::default() };
        media.add_document(format!("%PDF-1.4 {name}").as_bytes(), new).await.expect("added");
    }
    let mut page = crate::support::edit::standard_page(server.page_id("/").await, "With moss", "<p>x</p>");
    page.fields.insert("social_image".into(), json!(ids[2]));
    server.create(page).await.expect("created");
    let names = async |query: &str| -> Vec<String> {
        let text = ann.text(query).await;
        let items = text.split("<strong>").skip(1).filter_map(|part| part.split("</strong>").next());
        items.map(str::to_owned).collect()
    };
    for (query, expected) in [
        ("", &["Moss", "Amber", "Zinc"][..]),
        ("?sort=newest", &["Moss", "Amber", "Zinc"]),
        ("?sort=name", &["Amber", "Moss", "Zinc"]),
        ("?sort=name&from=1", &["Moss", "Zinc"]),
        ("?sort=size", &["Moss", "Zinc", "Amber"]),
        ("?usage=used", &["Moss"]),
        ("?usage=unused&sort=name", &["Amber", "Zinc"]),
        ("?tag=%3Cb%3Edusk", &["Zinc"]),
        ("?format=png&q=am", &["Amber"]),
        ("?format=jpeg", &[]),
    ] {
        assert_eq!(names(&format!("/admin/images/{query}")).await, expected, "{query}");
    }
    assert_eq!(names("/admin/documents/?format=pdf").await, ["Plan"]);
    assert_eq!(names("/admin/documents/?sort=name").await, ["Notes", "Plan"]);
    for bad in ["usage=x", "sort=x", "format=pdf", "format=x", "from=1", "sort=name&from=-1", "sort=name&from=10001"] {
        assert_eq!(ann.get(&format!("/admin/images/?{bad}")).await.status, 400, "{bad}");
    }
    let text = ann.text("/admin/images/?tag=%3Cb%3Edusk&usage=unused&q=zinc").await;
    assert!(text.contains("name=\"usage\" value=\"unused\"") && !text.contains("<b>dusk"), "{text}");
    assert!(ann.text("/admin/images/").await.contains("used 1×"));
}

async fn the_look_of_images_is_remembered_for_each_person(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (root, look) = (server.root_browser().await, "/admin/images/look/");
    let ann = server.browser("ann", &on(1, &[CollectionPermission::Choose])).await;
    assert!(root.text("/admin/images/").await.contains("class=\"gallery\""));
    let kept = root.post(look, &[("look", "list"), ("next", "/admin/images/?sort=name")]).await;
    assert_eq!(location(&kept), "/admin/images/?sort=name");
    let list = root.text("/admin/images/").await;
    assert!(!list.contains("class=\"gallery\"") && list.contains("value=\"list\" aria-pressed=\"true\""), "{list}");
    assert!(ann.text("/admin/images/").await.contains("class=\"gallery\""), "others see what they chose");
    let others = [("theme", "dark"), ("contrast", "system"), ("density", "roomy"), ("shortcuts", "on")];
    assert_eq!(root.post("/admin/account/preferences/", &others).await.status, 303);
    assert!(!root.text("/admin/images/").await.contains("class=\"gallery\""), "other preferences leave it");
    assert_eq!(location(&root.post(look, &[("look", "grid"), ("next", "https://evil.test/")]).await), "/admin/images/");
    assert!(root.text("/admin/images/").await.contains("class=\"gallery\""));
    assert_eq!(root.post(look, &[("look", "heap")]).await.status, 400);
    assert_eq!(server.send_form(look, &[("look", "list")], &[]).await.status, 303, "signed out");
    assert_eq!(root.get(look).await.status, 405);

    let text: [(&str, Option<&str>, &[u8]); 2] = [("collection", None, b"1"), ("file", Some("notes.txt"), b"words")];
    assert_eq!(root.send_parts("/admin/documents/", &text).await.status, 200);
    let list = root.text("/admin/documents/?sort=name").await;
    assert!(!list.contains("class=\"gallery\"") && list.contains("value=\"list\" aria-pressed=\"true\""), "{list}");
    let kept = root.post("/admin/documents/look/", &[("look", "grid"), ("next", "/admin/documents/?sort=name")]).await;
    assert_eq!(location(&kept), "/admin/documents/?sort=name");
    let grid = root.text("/admin/documents/?sort=name").await;
    assert!(grid.contains("class=\"gallery\"") && grid.contains("<span class=\"blank\">TXT</span>"), "{grid}");
    assert!(root.text("/admin/images/").await.contains("class=\"gallery\""), "each kind for itself");
    assert!(!ann.text("/admin/documents/").await.contains("class=\"gallery\""));
    assert_eq!(root.post("/admin/documents/look/", &[("look", "heap")]).await.status, 400);
}

on_both_databases!(
    the_address_of_another_size_is_signed_and_answers,
    a_list_is_narrowed_and_sorted_in_its_address,
    the_look_of_images_is_remembered_for_each_person,
    tags_that_are_added_at_the_same_time_are_all_there,
    whoever_may_only_add_may_change_and_delete_what_they_added,
    each_of_several_files_has_its_own_end,
    large_files_are_taken_and_none_is_left_out,
    a_file_is_changed_by_those_who_may,
    what_is_used_is_not_deleted_by_accident,
);
