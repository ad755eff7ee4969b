//! Pages by the API: made, read, changed, published, moved, and brought back; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission, Scope};
use vitrine::content::audit::{self, Asked};

use crate::support::program::{Program, code, mistakes};
use crate::support::{Database, Server, on_both_databases};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];

fn granted(page: i64, permissions: &[PagePermission]) -> Vec<Grant> {
    permissions.iter().map(|permission| Grant::Page(page, *permission)).collect()
}

/// A program that may do everything with pages.
async fn editor(server: &Server) -> Program<'_> {
    let home = server.page_id("/").await;
    server.program("ann", &granted(home, PagePermission::ALL), &ALL).await
}

fn paragraph(html: &str) -> Value {
    json!([{ "type": "paragraph", "value": html }])
}

fn new(parent: i64, title: &str) -> Value {
    json!({
        "parent": parent, "type": "standard.StandardPage", "title": title, "fields": { "body": paragraph("<p>Words.</p>") },
    })
}

/// The id of a new page, and the ETag of its draft.
async fn made(program: &Program<'_>, body: &Value) -> (i64, String) {
    let answer = program.post("/api/v1/pages/", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (answer.json()["id"].as_i64().expect("an id"), answer.header("etag").to_owned())
}

fn at(id: i64, rest: &str) -> String {
    format!("/api/v1/pages/{id}/{rest}")
}

async fn a_page_is_made_read_and_changed(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let body = json!({
        "parent": home, "type": "standard.StandardPage", "title": "Kestrels", "search_description": "Of birds.",
        "fields": { "standfirst": "Small falcons.", "body": paragraph("<p>They <script>x</script>hover.</p>") },
    });
    let answer = ann.post("/api/v1/pages", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let page = answer.json();
    let id = page["id"].as_i64().expect("an id");
    assert_eq!(answer.header("location"), at(id, ""));
    assert_eq!(
        (&page["slug"], &page["meta"]["live"], &page["meta"]["parent"]),
        (&json!("kestrels"), &json!(false), &json!(home))
    );
    assert_eq!(page["fields"]["body"][0]["value"], "<p>They hover.</p>");
    let read = ann.get(&at(id, "")).await;
    assert_eq!((read.status.as_u16(), read.header("etag")), (200, answer.header("etag")));
    assert_eq!(read.json(), page);
    assert!(read.queries() <= 4, "{}", read.header("server-timing"));
    assert_eq!(read.header("cache-control"), "private, no-cache");
    let etag = read.header("etag").to_owned();
    let again = ann.ask(Method::GET, &at(id, ""), &[("if-none-match", &etag)], None).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let change = json!({ "title": "Hovering kestrels", "fields": { "standfirst": null } });
    let blind = ann.ask(Method::PATCH, &at(id, ""), &[], Some(&change)).await;
    assert_eq!((blind.status.as_u16(), code(&blind).as_str()), (428, "if_match_needed"));
    let changed = ann.patch(&at(id, ""), &etag, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let page = changed.json();
    assert_eq!((&page["title"], &page["fields"]["standfirst"]), (&json!("Hovering kestrels"), &json!("")));
    assert_eq!(
        (&page["slug"], &page["search_description"]),
        (&json!("kestrels"), &json!("Of birds.")),
        "the rest stays"
    );
    assert_eq!(page["notes"], json!({ "removed": [], "blockers": [] }));
    assert_ne!(changed.header("etag"), etag);
    assert_eq!(ann.get(&at(id, "")).await.header("etag"), changed.header("etag"));
    let stale = ann.patch(&at(id, ""), &etag, &json!({ "title": "Mine" })).await;
    assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (412, "stale"));
    assert_eq!(stale.json()["revision"], page["meta"]["revision"]);
    assert_eq!(ann.patch(&at(id, ""), "*", &json!({ "title": "Whatever is there" })).await.status, 200);
    assert_eq!(server.newest(id).await.title, "Whatever is there");
    let entries = audit::list(server.db(), &Asked { page: id, ..Asked::default() }).await.expect("listed");
    assert_eq!(entries.iter().map(|entry| entry.event.as_str()).collect::<Vec<_>>(), ["update", "update", "create"]);
    assert!(entries.iter().all(|entry| entry.channel == "api" && entry.actor.contains("robot")), "{entries:?}");
    let metrics = server.metrics().await;
    let labels =
        [("http_route", "/api/v1/pages/{id}/"), ("http_request_method", "PATCH"), ("http_response_status_code", "412")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &labels), 1.0);
}

async fn every_mistake_is_told_with_a_pointer(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let pages = "/api/v1/pages/";
    assert_eq!(mistakes(&ann.post(pages, &json!({})).await), ["/parent required", "/type required", "/title required"]);
    let wrong = json!({ "parent": "x", "type": 5, "title": "A", "colour": "red", "fields": [] });
    let told = ["/parent invalid_type", "/type invalid_type", "/fields invalid_type", "/colour unknown_field"];
    assert_eq!(mistakes(&ann.post(pages, &wrong).await), told);
    let mut page = new(home, "A");
    page["fields"] = json!({ "layout": "tall", "nothing": 1, "body": [{ "type": "paragraph", "value": 7 }] });
    let answer = ann.post(pages, &page).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (422, "invalid"));
    let mut told = mistakes(&answer);
    told.sort();
    assert_eq!(
        told,
        ["/fields/body/0/value invalid_type", "/fields/layout invalid_choice", "/fields/nothing unknown_field"]
    );
    let mut elsewhere = new(home, "A");
    elsewhere["type"] = json!("blog.BlogPage");
    assert_eq!(mistakes(&ann.post(pages, &elsewhere).await), ["/type not_here"]);
    assert_eq!(mistakes(&ann.post(pages, &new(999_999, "A")).await), ["/parent not_found"]);
    let (first, _) = made(&ann, &new(home, "Taken")).await;
    let mut taken = new(home, "Other");
    taken["slug"] = json!("taken");
    assert_eq!(mistakes(&ann.post(pages, &taken).await), ["/slug slug_taken"]);
    assert_eq!(mistakes(&ann.patch(&at(first, ""), "*", &json!({ "title": " " })).await), ["/title required"]);
    let form = ann.ask(Method::POST, pages, &[("content-type", "text/plain")], None).await;
    assert_eq!((form.status.as_u16(), code(&form).as_str()), (415, "wrong_media_type"));
    let headers = [("content-type", "application/json"), ("authorization", &*format!("Bearer {}", ann.token))];
    let broken = server.send_body(Method::POST, pages, &headers, b"{".to_vec()).await;
    assert_eq!((broken.status.as_u16(), code(&broken).as_str()), (400, "bad_request"));
    for (method, path, allowed) in [(Method::PUT, pages, "POST"), (Method::DELETE, &*at(first, "blocks/"), "PATCH")] {
        let answer = ann.ask(method, path, &[], None).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow").contains(allowed)), (405, true), "{path}");
        assert_eq!(code(&answer), "wrong_method");
    }
    for path in [at(999_999, ""), "/api/v1/pages/x/".to_owned(), at(1, "")] {
        assert_eq!(code(&ann.get(&path).await), "not_found", "{path}");
    }
    assert_eq!(code(&ann.get(&at(first, "?version=old")).await), "bad_request");
    assert_eq!(code(&ann.get(&at(first, "?colour=red")).await), "bad_request");
    assert_eq!(code(&ann.get(&at(first, "?version=live")).await), "not_live");
}

async fn rich_text_comes_as_markdown_too(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let mut page = new(home, "Marked");
    let text = |format: &str, content: &str| json!([{ "type": "paragraph", "value": { "format": format, "content": content } }]);
    page["fields"]["body"] = text("markdown", "Some **bold** words.");
    let (id, etag) = made(&ann, &page).await;
    assert_eq!(server.newest(id).await.fields["body"][0]["value"], "<p>Some <b>bold</b> words.</p>");
    let wrong = json!({ "fields": { "body": text("word", "x") } });
    assert_eq!(mistakes(&ann.patch(&at(id, ""), &etag, &wrong).await), ["/fields/body/0/value invalid_type"]);
}

async fn rich_text_goes_out_and_comes_in_by_the_form_that_is_asked_for(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let about = server.standard_page(home, "Roost", "<p>x</p>").await;
    let stored = format!("<p>See <a linktype=\"page\" id=\"{about}\">the <b>roost</b></a>.</p>");
    let mut page = new(home, "Forms");
    page["fields"]["body"] = paragraph(&stored);
    let (id, _) = made(&ann, &page).await;
    let text = async |form: &str| {
        let one = ann.get(&at(id, &format!("?rich_text={form}"))).await;
        assert!(one.queries() <= 4, "{}", one.header("server-timing"));
        let list = ann.get(&format!("/api/v1/pages/?slug=forms&fields=*&rich_text={form}")).await;
        assert!(list.queries() <= 4, "{}", list.header("server-timing"));
        let (one, list) = (one.json(), list.json());
        let revision = at(id, &format!("revisions/{}/?rich_text={form}", one["meta"]["revision"]));
        let revision = ann.get(&revision).await;
        assert!(revision.queries() <= 4, "{}", revision.header("server-timing"));
        for told in [&list["items"][0], &revision.json()] {
            assert_eq!(one["fields"]["body"], told["fields"]["body"], "{told}");
        }
        one["fields"]["body"][0]["value"].as_str().expect("a text").to_owned()
    };
    assert_eq!(text("db_html").await, stored);
    assert_eq!(text("html").await, "<p>See <a href=\"/roost/\">the <b>roost</b></a>.</p>");
    let markdown = format!("See [the **roost**](wagtail://page?id={about}).");
    assert_eq!(text("db_markdown").await, markdown);
    assert_eq!(text("markdown").await, "See [the **roost**](/roost/).");
    let path = "/api/v1/pages/?rich_text=db_markdown";
    let mut page = new(home, "Marked");
    page["fields"]["body"] = paragraph(&markdown);
    let made = ann.post(path, &page).await;
    assert_eq!(
        (made.status.as_u16(), &made.json()["fields"]["body"][0]["value"]),
        (201, &json!(stored)),
        "{}",
        made.text()
    );
    let back = format!("{}?rich_text=db_markdown", made.header("location"));
    let plain = json!({ "fields": { "body": paragraph("Only *this* <u>x</u>") } });
    let changed = ann.patch(&back, "*", &plain).await;
    assert_eq!(changed.json()["fields"]["body"][0]["value"], "<p>Only <i>this</i> x</p>", "{}", changed.text());
    assert_eq!(changed.json()["notes"]["removed"].as_array().map(Vec::len), Some(1));
    for (method, path) in
        [(Method::GET, at(id, "?rich_text=word")), (Method::GET, "/api/v1/pages/?rich_text=".to_owned())]
    {
        assert_eq!(ann.ask(method, &path, &[], None).await.status, 400, "{path}");
    }
    assert_eq!(ann.post("/api/v1/pages/?rich_text=word", &page).await.status, 400);
}

async fn single_blocks_are_changed_by_their_ids(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let (id, etag) = made(&ann, &new(home, "Blocks")).await;
    let first = server.newest(id).await.fields["body"][0]["id"].as_str().expect("an id").to_owned();
    let column = "0b5bd4ad-9f47-4e14-8a8b-4b5c6f6f8c11";
    let operations = json!({ "operations": [
        { "op": "add", "type": "two_columns", "id": column, "value": { "left": [], "right": [] }, "before": first },
        { "op": "add", "type": "paragraph", "value": "<p>In the left one.</p>", "in": column, "field": "left" },
        { "op": "replace", "id": first, "value": { "format": "markdown", "content": "*Other* words." } },
    ] });
    let changed = ann.patch(&at(id, "blocks/"), &etag, &operations).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let page = changed.json();
    let body = &page["fields"]["body"];
    assert_eq!((&body[0]["type"], &body[0]["id"]), (&json!("two_columns"), &json!(column)));
    assert_eq!(body[0]["value"]["left"][0]["value"], "<p>In the left one.</p>");
    assert_eq!((&body[1]["id"], &body[1]["value"]), (&json!(first), &json!("<p><i>Other</i> words.</p>")));
    let inner = body[0]["value"]["left"][0]["id"].as_str().expect("an id").to_owned();
    let stale = ann.patch(&at(id, "blocks/"), &etag, &json!({ "operations": [{ "op": "remove", "id": first }] })).await;
    assert_eq!(stale.status, 412);
    let etag = changed.header("etag").to_owned();
    let operations = json!({ "operations": [
        { "op": "move", "id": inner, "field": "body", "position": "first" }, { "op": "remove", "id": column },
    ] });
    let changed = ann.patch(&at(id, "blocks/"), &etag, &operations).await;
    let ids: Vec<String> = changed.json()["fields"]["body"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|block| block["id"].to_string())
        .collect();
    assert_eq!(ids, [format!("\"{inner}\""), format!("\"{first}\"")]);
    let before = server.rows("revision");
    let refused = [
        (json!([{ "op": "remove", "id": column }]), "/operations/0 block_not_found"),
        (json!([{ "op": "remove", "id": first }, { "op": "remove", "id": first }]), "/operations/1 block_not_found"),
        (json!([{ "op": "burn", "id": first }]), "/operations/0/op invalid_choice"),
        (json!([{ "op": "move", "id": first }]), "/operations/0/field required"),
        (json!([{ "op": "move", "id": first, "before": inner, "after": inner }]), "/operations/0/field invalid"),
        (json!([{ "op": "replace", "id": first }]), "/operations/0/value required"),
        (json!([7]), "/operations/0 invalid_type"),
        (json!([{ "op": "add", "type": "nothing", "value": 1, "field": "body" }]), "/fields/body/2/type unknown_block"),
    ];
    for (operations, told) in refused {
        let answer = ann.patch(&at(id, "blocks/"), "*", &json!({ "operations": operations })).await;
        assert_eq!((answer.status.as_u16(), mistakes(&answer)), (422, vec![told.to_owned()]), "{operations}");
    }
    assert_eq!(server.rows("revision"), before, "all of a request, or nothing");
}

async fn a_page_goes_live_and_off_the_site_again(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let (id, etag) = made(&ann, &new(home, "Kestrels")).await;
    assert_eq!(server.get("/kestrels/").await.status, 404);
    ann.patch(&at(id, ""), &etag, &json!({ "title": "Newer" })).await;
    let stale = ann.ask(Method::POST, &at(id, "publish/"), &[("if-match", &etag)], None).await;
    assert_eq!(code(&stale), "stale", "what was not seen is not published");
    let newest = ann.get(&at(id, "")).await.header("etag").to_owned();
    let live = ann.ask(Method::POST, &at(id, "publish"), &[("if-match", &newest)], None).await;
    assert_eq!(live.status, 200, "{}", live.text());
    assert_eq!((&live.json()["meta"]["live"], &live.json()["meta"]["url"]), (&json!(true), &json!("/kestrels/")));
    assert_eq!(server.get("/kestrels/").await.status, 200);
    let draft = json!({ "title": "Unseen" });
    assert_eq!(ann.patch(&at(id, ""), "*", &draft).await.status, 200);
    assert_eq!(ann.get(&at(id, "?version=live")).await.json()["title"], "Newer");
    assert_eq!(ann.get(&at(id, "?version=draft")).await.json()["title"], "Unseen");
    let first = server.page(id).await.live_revision_id;
    let reverted = ann.post(&at(id, "revert/"), &json!({ "revision": first })).await;
    assert_eq!((reverted.status.as_u16(), &reverted.json()["title"]), (200, &json!("Newer")));
    let missing = ann.post(&at(id, "revert/"), &json!({ "revision": 999_999 })).await;
    assert_eq!(mistakes(&missing), ["/revision not_found"]);
    let off = ann.post(&at(id, "unpublish/"), &json!({})).await;
    assert_eq!((off.status.as_u16(), &off.json()["meta"]["live"]), (200, &json!(false)));
    assert_eq!(server.get("/kestrels/").await.status, 404);
    let planned = ann.post(&at(id, "schedule/"), &json!({ "publish_at": "2099-01-01T00:00:00Z" })).await;
    assert_eq!((planned.status.as_u16(), &planned.json()["meta"]["publish_at"]), (200, &json!("2099-01-01T00:00:00Z")));
    let over = ann.post(&at(id, "schedule/"), &json!({ "publish_at": "1999-01-01T00:00:00Z" })).await;
    assert_eq!(mistakes(&over), ["/publish_at time_is_over"]);
    assert_eq!(
        mistakes(&ann.post(&at(id, "schedule/"), &json!({ "expire_at": "soon" })).await),
        ["/expire_at invalid_datetime"]
    );
    let mut incomplete = new(home, "Incomplete");
    incomplete["fields"]["body"] = json!([{ "type": "call_to_action", "value": {} }]);
    let (incomplete, _) = made(&ann, &incomplete).await;
    let refused = ann.post(&at(incomplete, "publish/"), &json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(mistakes(&refused).contains(&"/fields/body/0/value/headline required".to_owned()), "{}", refused.text());
}

async fn pages_are_copied_moved_and_come_back_from_the_trash(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let page = server.standard_page(section, "Kestrel", "<p>x</p>").await;
    let other = server.standard_page(home, "Other", "<p>x</p>").await;
    let copy = ann.post(&at(section, "copy/"), &json!({ "to": other, "subtree": true, "slug": "twin" })).await;
    assert_eq!(copy.status, 201, "{}", copy.text());
    let twin = copy.json()["id"].as_i64().expect("an id");
    assert_eq!(copy.header("location"), at(twin, ""));
    assert_eq!((server.children(other).await, server.children(twin).await), ("twin".to_owned(), "kestrel".to_owned()));
    let alias = ann.post(&at(page, "copy/"), &json!({ "to": other, "alias": true })).await;
    let alias = alias.json()["id"].as_i64().expect("an id");
    assert_eq!(server.get("/other/kestrel/").await.status, 200);
    let etag = ann.get(&at(alias, "")).await.header("etag").to_owned();
    let refused = ann.patch(&at(alias, ""), &etag, &json!({ "title": "x" })).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "is_alias"));
    let moved = ann.post(&at(page, "move/"), &json!({ "before": section })).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["meta"]["url"]), (200, &json!("/kestrel/")), "{}", moved.text());
    assert_eq!(mistakes(&ann.post(&at(section, "move/"), &json!({ "to": section })).await), ["/to below_itself"]);
    assert_eq!(mistakes(&ann.post(&at(section, "move/"), &json!({})).await), ["/to required"]);
    assert_eq!(mistakes(&ann.post(&at(section, "move/"), &json!({ "to": 1, "after": 2 })).await)[0], "/to invalid");
    let gone = ann.post(&at(page, "trash/"), &json!({})).await;
    assert_eq!((gone.status.as_u16(), &gone.json()["pages"]), (200, &json!(1)), "{}", gone.text());
    assert_eq!(
        (server.get("/kestrel/").await.status.as_u16(), ann.get(&at(page, "")).await.status.as_u16()),
        (404, 404)
    );
    let refused = ann.patch(&at(page, ""), "*", &json!({ "title": "x" })).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "in_trash"));
    let bob = server.program("bob", &granted(section, &[PagePermission::Edit]), &ALL).await;
    for (path, body) in [("publish/", json!({})), ("lock/", json!({})), ("move/", json!({ "to": section }))] {
        let hidden = bob.post(&at(page, path), &body).await;
        assert_eq!((hidden.status.as_u16(), code(&hidden).as_str()), (404, "not_found"), "{path}");
        assert_eq!(code(&ann.post(&at(page, path), &body).await), "in_trash", "{path}");
    }
    let back = ann.post(&at(page, "restore/"), &json!({ "to": section, "slug": "back" })).await;
    assert_eq!((back.status.as_u16(), &back.json()["meta"]["url"]), (200, &json!("/section/back/")), "{}", back.text());
    assert_eq!(server.get("/section/back/").await.status, 200);
    assert_eq!(code(&ann.post(&at(page, "restore/"), &json!({})).await), "not_in_trash");
    assert_eq!(code(&ann.post(&at(home, "trash/"), &json!({})).await), "root_is_fixed");
    server.assert_tree_is_right().await;
}

async fn an_action_is_for_the_draft_that_was_seen(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let (page, old) = made(&ann, &new(home, "Kestrel")).await;
    let changed = ann.patch(&at(page, ""), &old, &json!({ "title": "Merlin" })).await;
    let acts = [
        ("publish/", json!({})),
        ("schedule/", json!({})),
        ("unpublish/", json!({})),
        ("copy/", json!({ "slug": "other" })),
        ("move/", json!({ "to": home })),
        ("lock/", json!({})),
        ("unlock/", json!({})),
        ("trash/", json!({})),
    ];
    for (path, body) in &acts {
        let stale = ann.ask(Method::POST, &at(page, path), &[("if-match", &old)], Some(body)).await;
        assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (412, "stale"), "{path}");
        assert!(stale.json()["by"].is_string() && stale.json()["revision"].is_number(), "{path}");
    }
    for (path, body) in &acts {
        let done = ann.ask(Method::POST, &at(page, path), &[("if-match", changed.header("etag"))], Some(body)).await;
        assert!(done.status.is_success(), "{path}: {}", done.text());
    }
    let refused = ann.get(&at(home, "revisions/?after=abc")).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"));
}

async fn a_locked_page_is_refused_with_who_and_when(database: Database) {
    let server = Server::start(database).await;
    let (ann, home) = (editor(&server).await, server.page_id("/").await);
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let editing = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish];
    let bob = server.program("bob", &granted(home, &editing), &ALL).await;
    let locked = ann.post(&at(page, "lock/"), &json!({})).await;
    assert!(locked.json()["meta"]["locked"]["by"].is_string(), "{}", locked.text());
    for (path, body) in [("publish/", json!({})), ("unpublish/", json!({})), ("trash/", json!({}))] {
        let refused = bob.post(&at(page, path), &body).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (423, "locked"), "{path}");
        assert_eq!(refused.json()["by"], "ann");
    }
    assert_eq!(bob.patch(&at(page, ""), "*", &json!({ "title": "x" })).await.status, 423);
    assert_eq!(code(&bob.post(&at(page, "unlock/"), &json!({})).await), "forbidden");
    assert_eq!(code(&bob.post(&at(page, "lock/"), &json!({})).await), "forbidden");
    assert_eq!(ann.post(&at(page, "unlock/"), &json!({})).await.json()["meta"]["locked"], Value::Null);
    assert_eq!(bob.patch(&at(page, ""), "*", &json!({ "title": "x" })).await.status, 200);
}

on_both_databases!(
    a_page_is_made_read_and_changed,
    every_mistake_is_told_with_a_pointer,
    rich_text_comes_as_markdown_too,
    rich_text_goes_out_and_comes_in_by_the_form_that_is_asked_for,
    single_blocks_are_changed_by_their_ids,
    a_page_goes_live_and_off_the_site_again,
    pages_are_copied_moved_and_come_back_from_the_trash,
    an_action_is_for_the_draft_that_was_seen,
    a_locked_page_is_refused_with_who_and_when,
);
