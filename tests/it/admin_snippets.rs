//! Snippets and tags in the editor, through the front door: lists, the form's data, saving and its refusals, publishing,
//! history, order, languages, usage before deleting, and who may.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{GlobalPermission, Grant};
use vitrine::content::tag;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::post;
use crate::support::{Answer, Database, Server, on_both_databases, site};

const AUTHOR: &str = "blog.Author";
const LIST: &str = "/admin/snippets/blog.Author/";
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Snippets)];

/// The default site in English, whose authors have these options and no other.
async fn with_options(database: Database, options: &str) -> (Server, TempDir) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/site/types/blog_author.toml");
    let text = std::fs::read_to_string(file).expect("the type is there").replace("translatable = true\n", "");
    let folder = site::folder_with(&[("types/blog_author.toml", &format!("{options}\n{text}"))]);
    let dir = folder.path().display().to_string();
    (Server::in_english(database, &[("site.dir", &dir), PATIENT]).await, folder)
}

/// What the page of the form hands to its script.
async fn data(browser: &Browser<'_>, path: &str) -> Value {
    let text = browser.text(path).await;
    let block = text.split("id=\"editor-data\">").nth(1).expect("a data block");
    serde_json::from_str(block.split("</script>").next().expect("its end")).expect("it is JSON")
}

async fn send(browser: &Browser<'_>, path: &str, value: &Value) -> Answer {
    browser.server.send_json(path, &browser.cookie, value).await
}

async fn save(browser: &Browser<'_>, data: &Value, base: &Value, content: &Value) -> Answer {
    let path = data["addresses"]["save"].as_str().expect("an address");
    send(browser, path, &json!({ "base_revision": base, "automatic": false, "content": content })).await
}

async fn every_address_is_for_those_who_manage_snippets(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let maren = server.snippet(AUTHOR, "maren-osei").await.id;
    let one = format!("{LIST}{maren}/");
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Settings)]).await;
    let ann = server.browser("ann", MAY).await;
    let add = format!("{LIST}add/");
    let (delete, history) = (format!("{one}delete/"), format!("{one}history/"));
    for path in ["/admin/snippets/", LIST, &add, &one, &delete, &history, "/admin/tags/"] {
        assert_eq!(server.get(path).await.status, 303, "{path}: signed out");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        let answer = ann.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"), "{path}");
    }
    for path in [&add, &one, &format!("{one}publish/"), &format!("{one}unpublish/")] {
        let sent = json!({ "base_revision": 1, "revision": 1, "content": { "name": "x", "slug": "x" } });
        assert_eq!(server.send_json(path, "", &sent).await.status, 401, "{path}: signed out");
        let refused = send(&nobody, path, &sent).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (403, &json!("forbidden")), "{path}");
    }
    for path in [&delete, &format!("{one}revert/1/"), &format!("{LIST}order/")] {
        assert_eq!(nobody.post(path, &[("a", "b")]).await.status, 403, "{path}");
        assert_eq!(server.send_form(path, &[("a", "b")], &[]).await.status, 303, "{path}: signed out");
    }
    for path in ["/admin/snippets/blog.BlogPage/", "/admin/snippets/x/add/", "/admin/tags/987654/"] {
        assert_eq!(ann.get(path).await.status, 404, "{path}");
    }
    for path in [format!("{LIST}987654/"), format!("{LIST}x/"), format!("/admin/snippets/blog.Category/{maren}/")] {
        assert_eq!(ann.get(&path).await.status, 404, "{path}");
    }
    for path in [format!("{LIST}?from=-1"), format!("{LIST}?sort=x"), "/admin/tags/?from=x".to_owned()] {
        assert_eq!(ann.get(&path).await.status, 400, "{path}");
    }
    for path in ["/admin/snippets/", LIST, &one, &history, "/admin/tags/"] {
        let refused = server.send(Method::DELETE, path, &[("cookie", &ann.cookie)]).await;
        assert_eq!(refused.status, 405, "{path}");
    }
    assert!(ann.text("/admin/").await.contains("href=\"/admin/snippets/\""));
    assert!(!nobody.text("/admin/").await.contains("href=\"/admin/snippets/\""));
    let denied =
        server.metrics().await.sum("vitrine_permission_denied_total", &[("http_route", "/admin/snippets/{*path}")]);
    assert_eq!(denied, 13.0);
}

async fn a_snippet_without_drafts_is_made_and_changed_at_once(database: Database) {
    let (server, _folder) = with_options(database, "").await;
    let ann = server.browser("ann", MAY).await;
    let new = data(&ann, &format!("{LIST}add/")).await;
    assert_eq!(
        (&new["kind"], &new["saves_itself"], &new["revision"]),
        (&json!("snippet"), &json!(false), &Value::Null)
    );
    let mut content = new["content"].clone();
    let refused = save(&ann, &new, &Value::Null, &content).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["path"]), (422, &json!("name")));
    content["name"] = json!("Ada <b>Quill</b>");
    content["fields"]["role"] = json!("Keeper");
    let made = save(&ann, &new, &Value::Null, &content).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let here = made.json()["address"].as_str().expect("an address").to_owned();
    let list = ann.text(LIST).await;
    assert!(list.contains("Ada &lt;b&gt;Quill&lt;/b&gt;") && !list.contains("<b>Quill"), "{list}");
    let found = data(&ann, &here).await;
    assert_eq!((&found["content"]["slug"], &found["saved_by"]), (&json!("ada-b-quill-b"), &json!("ann")));
    assert_eq!(found["addresses"]["publish"], Value::Null, "it shows at once");
    assert!(
        found["form"]["fields"].as_array().is_some_and(|fields| fields.iter().any(|field| field["name"] == "role"))
    );
    let mut content = found["content"].clone();
    content["name"] = json!("Ada Quill");
    let saved = save(&ann, &found, &found["revision"], &content).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert_eq!(saved.json()["has_unpublished_changes"], false);
    // The version that was edited is an older one now: nothing is written over without a word.
    content["name"] = json!("Somebody else");
    for base in [&found["revision"], &Value::Null] {
        let refused = save(&ann, &found, base, &content).await;
        let told = refused.json();
        assert_eq!((refused.status.as_u16(), &told["error"]), (409, &json!("conflict")), "{told}");
        assert_eq!((&told["by"], &told["revision"]), (&json!("ann"), &saved.json()["revision"]));
    }
    let on_purpose = save(&ann, &found, &saved.json()["revision"], &content).await;
    assert_eq!(on_purpose.status, 200);
    content["slug"] = json!("maren-osei");
    let refused = save(&ann, &found, &on_purpose.json()["revision"], &content).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["path"]), (422, &json!("slug")));
    let published = send(&ann, &format!("{here}publish/"), &json!({ "revision": on_purpose.json()["revision"] })).await;
    assert_eq!(published.status, 422, "the type has no drafts");
    let history = ann.text(&format!("{here}history/")).await;
    assert!(history.contains("<td>create</td><td>ann</td>"), "{history}");
    assert_eq!(history.matches("<td>update</td><td>ann</td>").count(), 2, "{history}");
    assert_eq!(server.rows("snippet_revision"), 0);
}

async fn drafts_are_published_reverted_and_taken_off(database: Database) {
    let (server, _folder) = with_options(database, "drafts = true").await;
    let ann = server.browser("ann", MAY).await;
    let mut by_maren = post(&server, "By Maren").await;
    let maren = server.snippet(AUTHOR, "maren-osei").await.id;
    by_maren.fields.insert("author".into(), maren.into());
    let page = server.create(by_maren).await.expect("created");
    server.publish(page).await.expect("published");
    let here = format!("{LIST}{maren}/");
    let first = data(&ann, &here).await;
    let mut content = first["content"].clone();
    content["name"] = json!("Maren Vale");
    let saved = save(&ann, &first, &first["revision"], &content).await;
    assert_eq!(saved.json()["has_unpublished_changes"], true, "{}", saved.text());
    let shows = async |name: &str| server.get("/blog/by-maren/").await.text().contains(name);
    assert!(!shows("Maren Vale").await, "a draft is for editors");
    assert!(ann.text(LIST).await.contains("Live + draft"));
    let publish = format!("{here}publish/");
    assert_eq!(send(&ann, &publish, &json!({ "revision": first["revision"] })).await.status, 409, "an older version");
    let published = send(&ann, &publish, &json!({ "revision": saved.json()["revision"] })).await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert!(shows("Maren Vale").await, "the page was purged");
    content["name"] = json!("Maren Later");
    let later = save(&ann, &first, &published.json()["revision"], &content).await;
    assert_eq!(later.status, 200, "the version that publishing told is the newest: {}", later.text());
    let history = ann.text(&format!("{here}history/")).await;
    assert!(history.contains("Use again") && history.contains("<td>publish</td><td>ann</td>"), "{history}");
    let revision = server.count("snippet_revision");
    assert_eq!(revision, 2);
    let id = vitrine::content::snippet::revisions(server.db(), maren).await.expect("listed")[1].id;
    assert_eq!(location(&ann.post(&format!("{here}revert/{id}/"), &[("a", "b")]).await), here);
    assert_eq!(data(&ann, &here).await["content"]["name"], "Maren Vale");
    assert_eq!(ann.post(&format!("{here}revert/987654/"), &[("a", "b")]).await.status, 404);
    let off = send(&ann, &format!("{here}unpublish/"), &json!({})).await;
    assert_eq!((off.status.as_u16(), off.json()["revision"].is_i64()), (200, true), "{}", off.text());
    assert!(!shows("Maren Vale").await, "it is off the page");
}

async fn what_is_used_goes_only_on_purpose_and_what_is_placed_moves(database: Database) {
    let (server, _folder) = with_options(database, "orderable = true").await;
    let ann = server.browser("ann", MAY).await;
    let maren = server.snippet(AUTHOR, "maren-osei").await.id;
    let delete = format!("{LIST}{maren}/delete/");
    assert!(ann.text(&delete).await.contains("It is used in"));
    let refused = ann.post(&delete, &[("sure", "1")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("tick the box"), "{}", refused.text());
    let names = async || -> Vec<i64> {
        let text = ann.text(LIST).await;
        let ids = text.split("data-id=\"").skip(1).filter_map(|part| part.split('"').next()?.parse().ok());
        ids.collect()
    };
    let before = names().await;
    assert!(before.len() >= 3, "{before:?}");
    let order = format!("{LIST}order/");
    let last = *before.last().expect("some");
    let up = ann.post(&format!("{order}?id={last}&way=up"), &[("a", "b")]).await;
    assert_eq!(location(&up), format!("{LIST}#snippet-{last}"));
    assert_eq!(names().await[before.len() - 2], last);
    let id = last.to_string();
    assert_eq!(ann.post(&order, &[("id", &id), ("after", "")]).await.status, 303);
    assert_eq!(names().await[0], last);
    let first = before[0].to_string();
    assert_eq!(ann.post(&order, &[("id", &id), ("after", &first)]).await.status, 303);
    assert_eq!(names().await[..2], [before[0], last]);
    assert_eq!(ann.post(&format!("{order}?id={last}&way=down"), &[("a", "b")]).await.status, 303);
    assert_eq!(names().await[2], last);
    for (fields, status) in [
        (&[("id", "x"), ("way", "up")][..], 400),
        (&[("id", &id), ("way", "sideways")], 400),
        (&[("id", "987654"), ("way", "up")], 404),
    ] {
        assert_eq!(ann.post(&order, fields).await.status, status, "{fields:?}");
    }
    let refused = ann.post("/admin/snippets/blog.Category/order/?id=1&way=up", &[("a", "b")]).await;
    assert_eq!(refused.status, 422, "the type has no order");
    assert_eq!(location(&ann.post(&delete, &[("anyway", "1")]).await), LIST);
    assert_eq!(ann.get(&format!("{LIST}{maren}/")).await.status, 404);
    assert_eq!(server.count("object_event WHERE kind = 'snippet' AND event = 'delete' AND actor = 'ann'"), 1);
}

async fn a_snippet_is_translated_from_its_original(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let made = send(
        &ann,
        &format!("{LIST}add/"),
        &json!({ "content": { "name": "Ada Quill", "slug": "", "fields": {
        "role": "Keeper",
    } } }),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let here = made.json()["address"].as_str().expect("an address").to_owned();
    let known = data(&ann, &here).await;
    let id = known["page"]["id"].as_i64().expect("an id");
    let url = format!("{LIST}add/?locale=de&translation_of={id}");
    let links = known["links"].as_array().expect("links");
    assert!(links.iter().any(|link| link["url"] == url.as_str()), "{links:?}");
    let new = data(&ann, &url).await;
    assert_eq!((&new["content"]["name"], &new["page"]["locale"]), (&json!("Ada Quill"), &json!("de")));
    let made = save(&ann, &new, &Value::Null, &new["content"]).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let german = made.json()["address"].as_str().expect("an address").to_owned();
    let links = data(&ann, &here).await["links"].clone();
    assert!(links.as_array().is_some_and(|links| links.iter().any(|link| link["url"] == german.as_str())), "{links}");
    for query in ["locale=xx", "locale=de&translation_of=987654"] {
        assert_eq!(ann.get(&format!("{LIST}add/?{query}")).await.status, 404, "{query}");
    }
    assert_eq!(ann.get(&format!("{LIST}add/?translation_of={id}")).await.status, 400);
    assert!(ann.text(&format!("{LIST}?locale=de&q=quill")).await.contains("Ada Quill"));
}

async fn tags_are_renamed_and_merged(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", MAY).await;
    let nobody = server.browser("nobody", &[]).await;
    for (title, tags) in [("One", json!(["<i>sea</i>"])), ("Two", json!(["ocean"]))] {
        let mut new = post(&server, title).await;
        new.fields.insert("tags".into(), tags);
        let id = server.create(new).await.expect("created");
        server.publish(id).await.expect("published");
    }
    let id = async |slug: &str| tag::find_by_slug(server.db(), slug).await.expect("asked").expect("it is there").id;
    let (sea, ocean) = (id(&tag::slug_of("<i>sea</i>")).await, id("ocean").await);
    let list = ann.text("/admin/tags/?q=sea").await;
    assert!(list.contains("&lt;i&gt;sea&lt;/i&gt;") && !list.contains("<i>sea"), "{list}");
    let here = format!("/admin/tags/{sea}/");
    assert_eq!(nobody.get(&here).await.status, 403);
    assert_eq!(nobody.post(&here, &[("name", "x")]).await.status, 403);
    assert_eq!(nobody.post(&format!("{here}merge/"), &[("into", "ocean")]).await.status, 403);
    assert_eq!(server.get(&here).await.status, 303);
    let taken = ann.post(&here, &[("name", "Ocean")]).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains(&format!("/admin/tags/{ocean}/")), "{}", taken.text());
    assert_eq!(ann.post(&here, &[("name", " ")]).await.status, 422);
    assert_eq!(location(&ann.post(&here, &[("name", "Open water")]).await), here);
    assert!(server.get("/blog/one/").await.text().contains("Open water"));
    for into in ["no such tag", "open water", ""] {
        assert_eq!(ann.post(&format!("{here}merge/"), &[("into", into)]).await.status, 422, "{into:?}");
    }
    let merged = ann.post(&format!("{here}merge/"), &[("into", "Ocean")]).await;
    assert_eq!(location(&merged), format!("/admin/tags/{ocean}/"));
    assert_eq!(ann.get(&here).await.status, 404);
    assert!(server.get("/blog/one/").await.text().contains("ocean"));
    let page = ann.text(&format!("/admin/tags/{ocean}/")).await;
    assert!(page.contains("On 2 pages") && page.contains("<td>merge</td><td>ann</td>"), "{page}");
    let gone = format!("/admin/tags/{ocean}/delete/");
    assert_eq!(nobody.post(&gone, &[("a", "b")]).await.status, 403);
    assert_eq!(server.post(&gone, "").await.status, 303);
    assert_eq!(ann.get(&gone).await.status, 405);
    assert_eq!(location(&ann.post(&gone, &[("a", "b")]).await), "/admin/tags/");
    assert_eq!(ann.post(&gone, &[("a", "b")]).await.status, 404);
    assert!(!server.get("/blog/one/").await.text().contains("ocean"));
}

on_both_databases!(
    every_address_is_for_those_who_manage_snippets,
    a_snippet_without_drafts_is_made_and_changed_at_once,
    drafts_are_published_reverted_and_taken_off,
    what_is_used_goes_only_on_purpose_and_what_is_placed_moves,
    a_snippet_is_translated_from_its_original,
    tags_are_renamed_and_merged,
);
