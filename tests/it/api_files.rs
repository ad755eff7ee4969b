//! Images and documents by the API: listed, added, changed, replaced, deleted; and what is refused, to whom.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{CollectionPermission, Grant, Scope};
use vitrine::telemetry::label::Channel;

use crate::support::client::{FORM, form_of};
use crate::support::picture::png;
use crate::support::program::{Program, code, mistakes};
use crate::support::{Answer, Database, Server, on_both_databases};

const ALL: [Scope; 2] = [Scope::ReadContent, Scope::Media];
const IMAGES: &str = "/api/v1/images/";
const DOCUMENTS: &str = "/api/v1/documents/";
/// Queries of one answer; who calls takes two beside.
const QUERIES: usize = 4 + 2;
const PNG: (&str, &str) = ("content-type", "image/png");

fn on(collection: i64, permissions: &[CollectionPermission]) -> Vec<Grant> {
    permissions.iter().map(|permission| Grant::Collection(collection, *permission)).collect()
}

/// A collection of this name, and a program that may do everything in it alone.
async fn at_work<'s>(server: &'s Server, name: &str) -> (i64, Program<'s>) {
    let media = &server.running.site.app.media;
    let collection = media.create_collection(1, name, Channel::Cli).await.expect("created");
    (collection, server.program(name, &on(collection, CollectionPermission::ALL), &ALL).await)
}

async fn add(program: &Program<'_>, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    program.send(Method::POST, path, &[("content-type", kind)], bytes).await
}

async fn form(program: &Program<'_>, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
    program.send(Method::POST, path, &[("content-type", FORM)], form_of(parts)).await
}

async fn a_picture_is_added_read_changed_replaced_and_deleted(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let path = format!("{IMAGES}?title=Red+kite&description=In+flight&tags=birds,wales&collection={mine}");
    let added = add(&ann, &path, "image/png", png(60, 40, 1)).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let (image, etag) = (added.json(), added.header("etag").to_owned());
    let at = added.header("location").to_owned();
    assert_eq!(at, format!("{IMAGES}{}/", image["id"]));
    assert_eq!(image["filename"], "Red kite.png");
    assert_eq!((&image["title"], &image["description"]), (&json!("Red kite"), &json!("In flight")));
    assert_eq!((&image["width"], &image["height"], &image["format"]), (&json!(60), &json!(40), &json!("png")));
    assert_eq!((&image["tags"], &image["collection"]), (&json!(["birds", "wales"]), &json!(mine)));
    let read = ann.get(&at).await;
    assert_eq!((read.json(), read.header("etag")), (image.clone(), etag.as_str()));
    assert!(read.queries() <= QUERIES, "{}", read.header("server-timing"));
    let known = ann.ask(Method::GET, &at, &[("if-none-match", &etag)], None).await;
    assert_eq!(known.status, 304);
    let sparse = ann.get(&format!("{at}?fields=title,meta.type")).await.json();
    assert_eq!(sparse, json!({ "title": "Red kite", "meta": { "type": "images.Image" } }));
    let url = image["meta"]["download_url"].as_str().expect("an address").to_owned();
    assert_eq!(server.get(&url).await.status, 200);

    let change = json!({ "title": "Kite", "tags": ["raptors"], "focal_point": { "x": 30, "y": 20, "width": 10 } });
    let blind = ann.ask(Method::PATCH, &at, &[], Some(&change)).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let changed = ann.patch(&at, &etag, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let image = changed.json();
    assert_eq!((&image["title"], &image["description"]), (&json!("Kite"), &json!("In flight")), "the rest stays");
    let focal = json!({ "x": 30, "y": 20, "width": 10, "height": 0, "by": "editor" });
    assert_eq!((&image["tags"], &image["focal_point"]), (&json!(["raptors"]), &focal));
    let stale = ann.patch(&at, &etag, &json!({ "title": "Mine" })).await;
    assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (412, "stale"));
    let cleared = ann.patch(&at, "*", &json!({ "focal_point": null })).await;
    assert_eq!(cleared.json()["focal_point"], Value::Null);

    let file = format!("{at}file/");
    let put = async |etag: &str, bytes| ann.send(Method::PUT, &file, &[PNG, ("if-match", etag)], bytes).await;
    assert_eq!(code(&put(&etag, png(20, 10, 2)).await), "stale");
    assert_eq!(ann.send(Method::PUT, &file, &[PNG], png(20, 10, 2)).await.status, 428);
    let replaced = put(cleared.header("etag"), png(20, 10, 2)).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    assert_eq!((&replaced.json()["width"], &replaced.json()["title"]), (&json!(20), &json!("Kite")));
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("new.png"), &png(30, 10, 3))];
    let again = ann.send(Method::PUT, &file, &[("content-type", FORM), ("if-match", "*")], form_of(&parts)).await;
    assert_eq!((&again.json()["width"], &again.json()["filename"]), (&json!(30), &json!("new.png")));

    let stale = ann.ask(Method::DELETE, &at, &[("if-match", &etag)], None).await;
    assert_eq!(code(&stale), "stale");
    assert_eq!(ann.ask(Method::DELETE, &at, &[], None).await.status, 204);
    assert_eq!(ann.get(&at).await.status, 404);
    let log = crate::support::postgres::number(
        &server.database_url,
        "SELECT COUNT(*) FROM object_event WHERE kind = 'image' AND channel = 'api'",
    );
    assert_eq!(log, 6, "added, changed twice, replaced twice, deleted");
}

async fn each_file_of_a_form_has_its_own_end(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let (one, two, collection) = (png(30, 20, 1), png(30, 20, 2), mine.to_string());
    let parts: [(&str, Option<&str>, &[u8]); 7] = [
        ("collection", None, collection.as_bytes()),
        ("tags", None, b"sea, sand"),
        ("title", None, b"First"),
        ("file", Some("one.png"), &one),
        ("file", Some("run.exe"), b"MZ"),
        ("file", Some("two.png"), &two),
        ("file", Some("again.png"), &one),
    ];
    let answer = form(&ann, IMAGES, &parts).await;
    assert_eq!(answer.status, 207, "{}", answer.text());
    let told = answer.json();
    let items = told["items"].as_array().expect("items");
    let statuses: Vec<i64> = items.iter().map(|item| item["status"].as_i64().expect("a number")).collect();
    assert_eq!(statuses, [201, 422, 201, 409]);
    let titles = [&items[0]["file"]["title"], &items[2]["file"]["title"]];
    assert_eq!(titles, [&json!("First"), &json!("Two")], "a title is that of one file");
    assert_eq!(items[2]["file"]["tags"], json!(["sand", "sea"]));
    assert_eq!(items[1]["problem"]["errors"][0]["code"], "extension");
    assert_eq!(
        (&items[3]["problem"]["code"], &items[3]["problem"]["id"]),
        (&json!("duplicate"), &items[0]["file"]["id"])
    );
    assert_eq!(server.count(&format!("image WHERE collection_id = {mine}")), 2);
    let twice: [(&str, Option<&str>, &[u8]); 2] = [("duplicates", None, b"keep"), ("file", Some("again.png"), &one)];
    let kept = form(&ann, IMAGES, &twice).await;
    assert_eq!((kept.status.as_u16(), kept.json()["collection"].as_i64()), (201, Some(mine)), "where she may");
    assert_eq!(mistakes(&form(&ann, IMAGES, &parts[..2]).await), ["/file required"]);
    let unknown: [(&str, Option<&str>, &[u8]); 1] = [("colour", None, b"red")];
    assert_eq!(form(&ann, IMAGES, &unknown).await.status, 400);
    let broken = ann.send(Method::POST, IMAGES, &[("content-type", FORM)], b"--limit\r\nContent-Disp".to_vec()).await;
    assert_eq!((broken.status.as_u16(), code(&broken).as_str()), (400, "bad_request"));
}

async fn what_is_no_such_file_is_refused_with_a_reason(database: Database) {
    let limits = [
        ("server.max_body_bytes", "1000000"),
        ("media.max_document_bytes", "3000000"),
        ("media.max_image_bytes", "100000"),
    ];
    let server = Server::with(database, &limits).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let to = |path: &str, rest: &str| format!("{path}?collection={mine}{rest}");
    let image = async |rest: &str, kind: &str, bytes: Vec<u8>| add(&ann, &to(IMAGES, rest), kind, bytes).await;
    let unknown = image("", "application/json", b"{}".to_vec()).await;
    assert_eq!((unknown.status.as_u16(), code(&unknown).as_str()), (415, "wrong_media_type"));
    for kind in ["text/html", "image/svg+xml", "application/x-www-form-urlencoded", "application/octet-stream"] {
        assert_eq!(image("", kind, b"<svg/>".to_vec()).await.status, 415, "{kind}");
    }
    assert_eq!(mistakes(&image("", "image/png", b"nothing".to_vec()).await), ["/file format"]);
    assert_eq!(mistakes(&image("", "image/jpeg", png(9, 9, 1)).await), ["/file extension"], "it is another format");
    assert_eq!(mistakes(&image("", "image/png", Vec::new()).await), ["/file empty"]);
    assert_eq!(mistakes(&image("&filename=a.exe", "image/png", png(9, 9, 1)).await), ["/file extension"]);
    let long = format!("&title={}", "x".repeat(300));
    assert_eq!(mistakes(&image(&long, "image/png", png(9, 9, 1)).await), ["/title too_long"]);
    assert_eq!(image("&colour=red", "image/png", png(9, 9, 1)).await.status, 400);
    let large = image("", "image/png", vec![0; 100_001]).await;
    assert_eq!((large.status.as_u16(), code(&large).as_str()), (413, "too_large"));
    let named = image("&filename=sea.png", "application/octet-stream", png(9, 9, 1)).await;
    assert_eq!((named.status.as_u16(), named.json()["title"].as_str()), (201, Some("Sea")));
    assert_eq!(code(&image("", "image/png", png(9, 9, 1)).await), "duplicate");
    assert_eq!(image("&duplicates=keep", "image/png", png(9, 9, 1)).await.status, 201);

    // More than `server.max_body_bytes`, which is for all other requests; without the slash, too.
    let path = to(DOCUMENTS.trim_end_matches('/'), "&title=Log");
    let document = add(&ann, &path, "text/plain", vec![b'x'; 2_900_000]).await;
    assert_eq!((document.status.as_u16(), document.json()["filename"].as_str()), (201, Some("Log.txt")));
    let at = document.header("location").to_owned();
    assert_eq!(mistakes(&ann.patch(&at, "*", &json!({ "title": " " })).await), ["/title required"]);
    let wrong = json!({ "title": 5, "tags": [1], "collection": "x", "focal_point": null });
    let told = ["/title invalid_type", "/tags invalid_type", "/collection invalid_type", "/focal_point unknown_field"];
    assert_eq!(mistakes(&ann.patch(&at, "*", &wrong).await), told);
    let image = named.header("location").to_owned();
    let outside = json!({ "focal_point": { "x": 90, "y": 1 } });
    assert_eq!(mistakes(&ann.patch(&image, "*", &outside).await), ["/focal_point outside"]);
    let told = ["/focal_point/x invalid_type", "/focal_point/y required"];
    assert_eq!(mistakes(&ann.patch(&image, "*", &json!({ "focal_point": { "x": -1 } })).await), told);
    assert_eq!(ann.get(&format!("{IMAGES}07/")).await.status, 404);
    assert_eq!(ann.ask(Method::POST, &image, &[], None).await.status, 405);
}

async fn files_are_listed_a_part_at_a_time_and_narrowed(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    for (name, side) in [("Bee", 30), ("Ant", 60), ("Cat", 10)] {
        let path = format!("{IMAGES}?title={name}&tags=tag-{side}&collection={mine}");
        assert_eq!(add(&ann, &path, "image/png", png(side, side, 1)).await.status, 201);
    }
    let titles = async |rest: &str| {
        let (mut found, mut next) = (Vec::new(), Some(format!("{IMAGES}?{rest}")));
        while let Some(address) = next {
            let answer = ann.get(&address).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(answer.queries() <= QUERIES, "{}", answer.header("server-timing"));
            let list = answer.json();
            let items = list["items"].as_array().expect("items").clone();
            found.extend(items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()));
            next = list["next"].as_str().map(str::to_owned);
        }
        found
    };
    assert_eq!(titles("limit=2").await, ["Cat", "Ant", "Bee"], "the newest first, and of other collections none");
    assert_eq!(titles("limit=1&order=name").await, ["Ant", "Bee", "Cat"]);
    assert_eq!(titles("limit=2&order=size").await, ["Ant", "Bee", "Cat"]);
    assert_eq!(titles("search=AN").await, ["Ant"]);
    assert_eq!(titles("tag=tag-30").await, ["Bee"]);
    assert_eq!(titles(&format!("collection={mine}&usage=unused&format=png")).await.len(), 3);
    for nothing in ["collection=1", "collection=9999", "usage=used", "format=gif", "uploaded_by=9999"] {
        assert_eq!(titles(nothing).await, Vec::<String>::new(), "{nothing}");
    }
    let sparse = ann.get(&format!("{IMAGES}?fields=title,meta.type&limit=1")).await.json();
    assert_eq!(sparse["items"], json!([{ "title": "Cat", "meta": { "type": "images.Image" } }]));
    for wrong in ["order=x", "usage=x", "limit=0", "limit=101", "after=x", "colour=red", "collection=x", "format=%25"] {
        let refused = ann.get(&format!("{IMAGES}?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
    let bob = server.program("bob", &[], &ALL).await;
    assert_eq!(bob.get(IMAGES).await.json(), json!({ "items": [], "next": null }), "he works in no collection");
}

async fn what_is_used_is_told_and_deleted_by_force_alone(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let path = format!("{IMAGES}?title=Tides&collection={mine}");
    let at = add(&ann, &path, "image/png", png(9, 9, 1)).await.header("location").to_owned();
    let id: i64 = at.trim_end_matches('/').rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let home = server.page_id("/").await;
    let mut page = crate::support::edit::standard_page(home, "Harbour", "<p>x</p>");
    page.fields.insert("social_image".to_owned(), json!(id));
    let page = server.create(page).await.expect("created");
    let uses = ann.get(&format!("{at}usage/")).await.json();
    assert_eq!((&uses["total"], &uses["next"]), (&json!(1), &Value::Null));
    let place = &uses["items"][0];
    assert_eq!((&place["kind"], &place["id"], &place["title"]), (&json!("page"), &json!(page), &json!("Harbour")));
    let refused = ann.ask(Method::DELETE, &at, &[], None).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "in_use"));
    assert_eq!(refused.json()["uses"], 1);
    let forced = format!("{at}?force=");
    assert_eq!(ann.ask(Method::DELETE, &format!("{forced}maybe"), &[], None).await.status, 400);
    assert_eq!(ann.ask(Method::DELETE, &format!("{forced}true"), &[], None).await.status, 204);
    assert_eq!(server.count(&format!("image WHERE id = {id}")), 0);
}

/// Every route about a file of a collection, with the scope that it needs.
async fn no_route_about_files_does_anything_without_the_right(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let added = add(&ann, &format!("{IMAGES}?title=Kite&collection={mine}"), "image/png", png(9, 9, 1)).await;
    let (at, into) = (added.header("location").to_owned(), format!("{IMAGES}?title=New&collection={mine}"));
    let calls = [
        (Method::GET, at.clone(), Scope::ReadContent),
        (Method::GET, format!("{at}usage/"), Scope::ReadContent),
        (Method::POST, into, Scope::Media),
        (Method::PATCH, at.clone(), Scope::Media),
        (Method::PUT, format!("{at}file/"), Scope::Media),
        (Method::DELETE, at.clone(), Scope::Media),
    ];
    let send = async |program: &Program<'_>, method: &Method, path: &str| match *method {
        Method::PATCH => program.patch(path, "*", &json!({ "title": "Theirs" })).await,
        Method::POST | Method::PUT => program.send(method.clone(), path, &[PNG, ("if-match", "*")], png(9, 9, 2)).await,
        _ => program.ask(method.clone(), path, &[], None).await,
    };
    let other = server.running.site.app.media.create_collection(1, "Other", Channel::Cli).await.expect("created");
    let stranger = server.program("stranger", &on(other, CollectionPermission::ALL), &ALL).await;
    let onlooker = server.program("onlooker", &on(mine, &[CollectionPermission::Choose]), &ALL).await;
    for (method, path, scope) in &calls {
        let nobody = server.send_body(method.clone(), path, &[PNG], Vec::new()).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{method} {path}");
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|known| known != scope).collect();
        let refused = send(&server.robot("ann", &others).await, method, path).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (403, "insufficient_scope"), "{method} {path}");
        // Whether it is there is not told to whoever does not work there.
        let (hidden, gone) =
            (send(&stranger, method, path).await, path.replace(at.as_str(), &format!("{IMAGES}999999/")));
        if *method == Method::POST {
            assert_eq!(mistakes(&hidden), ["/collection not_found"]);
        } else {
            let missing = send(&stranger, method, &gone).await;
            assert_eq!((hidden.status.as_u16(), code(&hidden)), (404, "not_found".to_owned()), "{method} {path}");
            assert_eq!((missing.status, &missing.json()["detail"]), (hidden.status, &hidden.json()["detail"]));
        }
        let seen = send(&onlooker, method, path).await;
        let expected = if *method == Method::GET { 200 } else { 403 };
        assert_eq!(seen.status.as_u16(), expected, "{method} {path}: {}", seen.text());
    }
    let moved = ann.patch(&at, "*", &json!({ "collection": other })).await;
    assert_eq!(mistakes(&moved), ["/collection not_found"], "she does not see it");
    let both = on(other, &[CollectionPermission::Choose]);
    for grant in both {
        server.accounts().grant("ann", grant, &vitrine::accounts::By::cli()).await.expect("granted");
    }
    assert_eq!(code(&ann.patch(&at, "*", &json!({ "collection": other })).await), "forbidden", "she may not add to it");
    assert_eq!(server.count(&format!("image WHERE collection_id = {mine} AND title = 'Kite'")), 1);
    for (method, path, _) in &calls {
        let done = send(&ann, method, path).await;
        assert!(done.status.is_success(), "{method} {path}: {}", done.text());
    }
}

async fn a_file_that_is_sent_again_is_added_once(database: Database) {
    let server = Server::start(database).await;
    let (mine, ann) = at_work(&server, "ann").await;
    let path = format!("{IMAGES}?title=Once&duplicates=keep&collection={mine}");
    let send = async |seed| ann.send(Method::POST, &path, &[PNG, ("idempotency-key", "k")], png(9, 9, seed)).await;
    let (first, again) = (send(1).await, send(1).await);
    assert_eq!((first.status.as_u16(), first.json()), (201, again.json()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(server.count("image WHERE title = 'Once'"), 1);
}

on_both_databases!(
    a_picture_is_added_read_changed_replaced_and_deleted,
    each_file_of_a_form_has_its_own_end,
    what_is_no_such_file_is_refused_with_a_reason,
    files_are_listed_a_part_at_a_time_and_narrowed,
    what_is_used_is_told_and_deleted_by_force_alone,
    no_route_about_files_does_anything_without_the_right,
    a_file_that_is_sent_again_is_added_once,
);
