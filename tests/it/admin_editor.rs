//! The server side of the page editor, through the front door: what is saved, what is refused, and who may.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::PagePermission::{self, Add, Edit, Publish};
use vitrine::content::revision::{self, Narrowed};

use crate::support::account::SAME_ORIGIN;
use crate::support::edit::standard_page;
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases};

const SITTING: &str = "0b0c7b0e-7d0a-4f55-9a53-6f2d6a3a4b10";
const MODERATOR: &[PagePermission] = &[Add, Edit, Publish];

pub async fn draft(server: &Server, title: &str) -> i64 {
    let home = server.page_id("/").await;
    server.create(standard_page(home, title, "<p>One two three.</p>")).await.expect("the page is created")
}

/// What the editor's page hands to its script.
pub async fn data(server: &Server, page: i64, cookie: &str) -> Value {
    let answer = server.get_as(&format!("/admin/pages/{page}/edit/"), cookie).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let block = answer.text().split("id=\"editor-data\">").nth(1).expect("a data block");
    let block = block.split("</script>").next().expect("its end");
    serde_json::from_str(block).expect("it is JSON")
}

async fn save(server: &Server, page: i64, cookie: &str, base: &Value, content: &Value) -> Answer {
    let sent = json!({ "base_revision": base, "sitting": SITTING, "automatic": true, "content": content });
    server.send_json(&format!("/admin/pages/{page}/draft/"), cookie, &sent).await
}

async fn publish(server: &Server, page: i64, cookie: &str, revision: &Value) -> Answer {
    let sent = json!({ "revision": revision });
    server.send_json(&format!("/admin/pages/{page}/publish/"), cookie, &sent).await
}

async fn a_draft_is_saved_published_proven_and_told_in_the_history(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let cookie = server.editor("ann", home, MODERATOR).await;
    let id = draft(&server, "Quay").await;
    let data = data(&server, id, &cookie).await;
    assert_eq!(data["page"]["type"], "standard.StandardPage");
    assert_eq!((&data["page"]["live"], &data["may"]["publish"]), (&json!(false), &json!(true)));
    assert_eq!(data["form"]["blocks"]["paragraph"]["fields"][0]["kind"], "rich_text");
    let mut content = data["content"].clone();
    content["fields"]["body"][0]["value"] = json!("<p>One four three.</p><script>alert(1)</script>");
    let saved = save(&server, id, &cookie, &data["revision"], &content).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let saved = saved.json();
    assert_ne!(saved["revision"], data["revision"]);
    assert_eq!(saved["blockers"], json!([]));
    assert_eq!(saved["removals"][0]["path"], "body[0].value", "{saved}");
    assert_eq!(server.get("/quay/").await.status, 404, "a draft is not public");
    let published = publish(&server, id, &cookie, &saved["revision"]).await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(published.json()["url"], "/quay/");
    assert!(server.get("/quay/").await.text().contains("One four three."));
    let proof = format!("/admin/pages/{id}/published/?revision={}", saved["revision"]);
    eventually("it is proven", SOON, async || server.get_as(&proof, &cookie).await.json()["live"] == true).await;
    assert!(server.get_as(&proof, &cookie).await.json()["after_s"].as_f64().is_some_and(|seconds| seconds < 5.0));
    let history = server.get_as(&format!("/admin/pages/{id}/history/"), &cookie).await;
    for part in ["<strong>ann</strong>", "Newest draft", "Live", "<td>publish", "<td>create"] {
        assert!(history.text().contains(part), "{part}: {}", history.text());
    }
    let compare = format!("/admin/pages/{id}/compare/{}/latest/", data["revision"]);
    let compared = server.get_as(&compare, &cookie).await;
    assert_eq!(compared.status, 200);
    assert!(compared.text().contains("One <del>two</del><ins>four</ins> three."), "{}", compared.text());
    let reverted = server.post(&format!("/admin/pages/{id}/revert/{}/", data["revision"]), &cookie).await;
    assert_eq!(reverted.header("location"), format!("/admin/pages/{id}/edit/"));
    assert_eq!(server.newest(id).await.fields["body"][0]["value"], "<p>One two three.</p>");
    let unpublished = server.send_json(&format!("/admin/pages/{id}/unpublish/"), &cookie, &json!({})).await;
    assert_eq!(unpublished.status, 200);
    assert_eq!(server.get("/quay/").await.status, 404);
    let metrics = server.metrics().await;
    let count = |labels: &[(&str, &str)]| metrics.sum("vitrine_draft_saves_total", labels);
    assert_eq!(count(&[("mode", "automatic"), ("outcome", "saved")]), 1.0);
    assert_eq!(metrics.sum("vitrine_page_events_total", &[("event", "publish"), ("channel", "admin")]), 1.0);
}

async fn nobody_saves_over_what_they_did_not_see(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (ann, ben) = (server.editor("ann", home, MODERATOR).await, server.editor("ben", home, MODERATOR).await);
    let id = draft(&server, "Shared").await;
    let data = data(&server, id, &ann).await;
    let mut content = data["content"].clone();
    content["title"] = json!("Of Ann");
    let first = save(&server, id, &ann, &data["revision"], &content).await.json();
    content["title"] = json!("Of Ben");
    let refused = save(&server, id, &ben, &data["revision"], &content).await;
    assert_eq!(refused.status, 409);
    let conflict = refused.json();
    assert_eq!(
        (&conflict["error"], &conflict["by"], &conflict["revision"]),
        (&json!("conflict"), &json!("ann"), &first["revision"])
    );
    let stale = publish(&server, id, &ben, &data["revision"]).await;
    assert_eq!(
        (stale.status.as_u16(), &stale.json()["error"]),
        (409, &json!("conflict")),
        "what was not seen is not published"
    );
    let unknown = save(&server, id, &ben, &Value::Null, &content).await;
    assert_eq!(unknown.status, 409, "no revision is not the newest one");
    let over = save(&server, id, &ben, &conflict["revision"], &content).await;
    assert_eq!(over.status, 200, "on purpose");
    assert_eq!(server.newest(id).await.title, "Of Ben");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_draft_saves_total", &[("outcome", "conflict")]), 2.0);
}

async fn two_editors_who_race_lose_no_accepted_save(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let cookies = [server.editor("ann", home, MODERATOR).await, server.editor("ben", home, MODERATOR).await];
    let id = draft(&server, "Raced").await;
    let opened = data(&server, id, &cookies[0]).await;
    let race = async |cookie: &str, name: &str| -> Vec<String> {
        let (mut base, mut content) = (opened["revision"].clone(), opened["content"].clone());
        let mut accepted = Vec::new();
        for turn in 0..100 {
            let title = format!("{name} {turn}");
            content["title"] = json!(title);
            let answer = save(&server, id, cookie, &base, &content).await;
            let said = answer.json();
            match answer.status.as_u16() {
                200 => accepted.push(title),
                409 => {}
                other => panic!("{other}: {said}"),
            }
            base = said["revision"].clone();
        }
        accepted
    };
    let (ann, ben) = tokio::join!(race(&cookies[0], "ann"), race(&cookies[1], "ben"));
    assert!(!ann.is_empty() && !ben.is_empty(), "{} and {}", ann.len(), ben.len());
    let mut kept = Vec::new();
    let mut before = None;
    loop {
        let part =
            revision::list_facts(server.db(), id, Narrowed { before, ..Narrowed::default() }).await.expect("listed");
        let Some(last) = part.last() else { break };
        before = Some(last.id);
        for listed in part {
            let found = revision::find(server.db(), id, listed.id).await.expect("an answer").expect("it is kept");
            kept.push(found.content.title);
        }
    }
    kept.retain(|title| title != "Raced");
    kept.sort();
    let mut accepted = [ann, ben].concat();
    accepted.sort();
    assert_eq!(kept, accepted, "every accepted save is in the history, and nothing else");
}

async fn every_route_asks_who_may(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = draft(&server, "Guarded").await;
    let elsewhere = server.page_id("/about/").await;
    let stranger = server.editor("stranger", elsewhere, MODERATOR).await;
    let author = server.editor("author", home, &[Add, Edit]).await;
    let revision = data(&server, id, &author).await["revision"].clone();
    let pages = ["edit/", "history/", "compare/live/latest/", "preview/"];
    let reads = [format!("published/?revision={revision}"), format!("live/?sitting={SITTING}")];
    for page in pages {
        let path = format!("/admin/pages/{id}/{page}");
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 303, "{page} without a session");
        assert!(answer.header("location").starts_with("/admin/login/?next=%2Fadmin%2Fpages"), "{page}");
        let answer = server.get_as(&path, &stranger).await;
        assert_eq!(answer.status, 403, "{page} of another place");
        assert!(!answer.text().contains("Guarded") && !answer.text().contains("One two three"), "{page}");
    }
    for read in &reads {
        let path = format!("/admin/pages/{id}/{read}");
        assert_eq!(server.get(&path).await.status, 401, "{read}");
        assert_eq!(server.get_as(&path, &stranger).await.status, 403, "{read}");
    }
    let bodies = [
        ("draft/", json!({ "base_revision": revision, "content": { "title": "x", "slug": "x", "fields": {} } })),
        ("publish/", json!({ "revision": revision })),
        ("unpublish/", json!({})),
        ("schedule/", json!({ "publish_at": "2040-01-01T00:00:00Z", "expire_at": null })),
        ("preview/", json!({ "content": { "title": "x", "slug": "x", "fields": {} } })),
    ];
    for (route, body) in &bodies {
        let path = format!("/admin/pages/{id}/{route}");
        assert_eq!(server.send_json(&path, "", body).await.status, 401, "{route}");
        let refused = server.send_json(&path, &stranger, body).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (403, &json!("forbidden")), "{route}");
        let cross =
            [("sec-fetch-site", "cross-site"), ("cookie", author.as_str()), ("content-type", "application/json")];
        let forged = server.send_body(Method::POST, &path, &cross, body.to_string().into_bytes()).await;
        assert_eq!(forged.status, 403, "{route} from elsewhere");
        let text = [SAME_ORIGIN, ("cookie", author.as_str()), ("content-type", "text/plain")];
        let plain = server.send_body(Method::POST, &path, &text, body.to_string().into_bytes()).await;
        assert!([403, 415, 200].contains(&plain.status.as_u16()), "{route}: {}", plain.status);
    }
    for route in ["publish/", "unpublish/", "schedule/"] {
        let body = &bodies.iter().find(|(known, _)| *known == route).expect("above").1;
        let refused = server.send_json(&format!("/admin/pages/{id}/{route}"), &author, body).await;
        assert_eq!(refused.status, 403, "{route} by somebody who may only edit");
    }
    assert_eq!(server.post(&format!("/admin/pages/{id}/revert/{revision}/"), &stranger).await.status, 403);
    assert_eq!(server.get("/guarded/").await.status, 404);
    assert_eq!(server.newest(id).await.title, "Guarded", "nothing was changed");
    for (path, allowed) in [("draft/", "POST"), ("edit/", "GET, HEAD"), ("preview/", "GET, HEAD, POST")] {
        let answer = server.send(Method::DELETE, &format!("/admin/pages/{id}/{path}"), &[("cookie", &author)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allowed), "{path}");
    }
    let metrics = server.metrics().await;
    assert!(metrics.sum("vitrine_permission_denied_total", &[("http_route", "/admin/pages/{id}/publish/")]) >= 2.0);
}

async fn bad_input_is_told_at_its_field_and_changes_nothing(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let cookie = server.editor("ann", home, MODERATOR).await;
    let id = draft(&server, "Checked").await;
    let opened = data(&server, id, &cookie).await;
    let content = |change: &dyn Fn(&mut Value)| {
        let mut content = opened["content"].clone();
        change(&mut content);
        content
    };
    let cases: [(&str, Value); 5] = [
        ("title", content(&|content| content["title"] = json!("  "))),
        ("slug", content(&|content| content["slug"] = json!("two words"))),
        ("seo_title", content(&|content| content["seo_title"] = json!("x".repeat(300)))),
        ("body[0].value", content(&|content| content["fields"]["body"][0]["value"] = json!(7))),
        ("nonsense", content(&|content| content["fields"]["nonsense"] = json!("x"))),
    ];
    for (path, content) in &cases {
        let answer = save(&server, id, &cookie, &opened["revision"], content).await;
        assert_eq!(answer.status, 422, "{path}");
        assert_eq!(&answer.json()["errors"][0]["path"], path, "{}", answer.text());
    }
    let mut empty = opened["content"].clone();
    empty["fields"]["body"] = json!([{ "type": "pull_quote", "value": { "quote": "" } }]);
    let saved = save(&server, id, &cookie, &opened["revision"], &empty).await;
    assert_eq!(saved.status, 200, "a draft may be unfinished");
    let saved = saved.json();
    assert_eq!(saved["blockers"][0]["path"], "body[0].value.quote", "{saved}");
    let refused = publish(&server, id, &cookie, &saved["revision"]).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["path"]), (422, &json!("body[0].value.quote")));
    let path = format!("/admin/pages/{id}/draft/");
    let json_type = [SAME_ORIGIN, ("cookie", cookie.as_str()), ("content-type", "application/json")];
    for broken in ["", "{", "[]", "{\"content\": 3}", "{\"content\": {\"title\": \"x\"}, \"surprise\": 1}"] {
        let answer = server.send_body(Method::POST, &path, &json_type, broken.as_bytes().to_vec()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (422, &json!("invalid")), "{broken}");
    }
    let form = server.send_form(&path, &[("a", "b")], &[SAME_ORIGIN, ("cookie", &cookie)]).await;
    assert_eq!(form.status, 415);
    for missing in ["0", "1", "999999", "x", "-1", "9999999999999999999999"] {
        assert_eq!(server.get_as(&format!("/admin/pages/{missing}/edit/"), &cookie).await.status, 404, "{missing}");
    }
    for time in ["soon", "2020-01-01T00:00:00Z"] {
        let sent = json!({ "publish_at": time, "expire_at": null });
        let answer = server.send_json(&format!("/admin/pages/{id}/schedule/"), &cookie, &sent).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["path"]),
            (422, &json!("publish_at")),
            "{time}"
        );
    }
    server.content().trash_page(id, vitrine::telemetry::label::Channel::Cli).await.expect("trashed");
    assert_eq!(server.get_as(&format!("/admin/pages/{id}/edit/"), &cookie).await.status, 404, "in the trash");
}

async fn markup_in_a_title_harms_no_page_of_the_editor(database: Database) {
    let server = Server::start(database).await;
    let cookie = server.user("root", true).await;
    assert!(cookie > 0);
    let cookie = server.session_of("root").await;
    let hostile = "</script><script>alert('x')</script><img src=x onerror=alert(1)>";
    let id = draft(&server, hostile).await;
    let first = data(&server, id, &cookie).await;
    assert_eq!(first["content"]["title"], hostile, "it is data");
    let mut content = first["content"].clone();
    content["seo_title"] = json!(hostile);
    assert_eq!(save(&server, id, &cookie, &first["revision"], &content).await.status, 200);
    for page in ["edit/", "history/", &format!("compare/{}/latest/", first["revision"])] {
        let text = server.get_as(&format!("/admin/pages/{id}/{page}"), &cookie).await.text().to_owned();
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{page}: {text}");
    }
}

/// Reads a stream until it says what is wanted; all that it said.
async fn heard(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut told = String::new();
    let reading = async {
        while !told.split_once(wanted).is_some_and(|(_, event)| event.contains("\n\n")) {
            let bytes = stream.chunk().await.expect("it goes on").expect("it goes on");
            told.push_str(&String::from_utf8_lossy(&bytes));
        }
    };
    tokio::time::timeout(SOON, reading).await.unwrap_or_else(|_| panic!("{wanted} was not told"));
    told
}

async fn who_comes_back_is_told_what_they_missed_and_who_they_are(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (ann, ben) = (server.editor("ann", home, MODERATOR).await, server.editor("ben", home, MODERATOR).await);
    let id = draft(&server, "Left open").await;
    let opened = data(&server, id, &ann).await;
    let first = opened["revision"].clone();
    let saved = save(&server, id, &ann, &first, &opened["content"]).await.json()["revision"].clone();
    publish(&server, id, &ann, &saved).await;
    let listen = async |sitting: &str, since: &Value, cookie: &str| {
        let url = format!("{}/admin/pages/{id}/live/?sitting={sitting}&since={since}", server.site);
        server.client.get(&url).header("cookie", cookie).send().await.expect("it is open")
    };
    let told = heard(&mut listen("of-ben", &first, &ben).await, "event: editors").await;
    assert!(told.contains("event: saved") && told.contains(&format!("\"revision\":{saved}")), "{told}");
    assert!(told.contains("event: published"), "{told}");
    let told = heard(&mut listen("of-ben", &saved, &ben).await, "event: editors").await;
    assert!(!told.contains("event: saved"), "what is known is not told again: {told}");
    let told = heard(&mut listen(SITTING, &first, &ann).await, "of-ben").await;
    assert!(!told.contains("event: saved"), "nobody is told of their own: {told}");
    let (theirs, own) = (r#""sitting":"of-ben","own":false"#, r#""sitting":"of-ben","own":true"#);
    assert!(told.contains(theirs), "who left a moment ago is still told of: {told}");
    assert!(heard(&mut listen("again", &saved, &ben).await, "of-ben").await.contains(own), "their own other window");
    let leave = format!("/admin/pages/{id}/live/?sitting=of-ben");
    assert_eq!(server.post(&leave, &ann).await.status, 204);
    assert_eq!(server.count("presence WHERE sitting = 'of-ben'"), 1, "only they themselves can close it");
    assert_eq!(server.post(&leave, &ben).await.status, 204);
    assert_eq!(server.count("presence WHERE sitting = 'of-ben'"), 0);
    assert_eq!(server.post(&leave, "").await.status, 401);
}

async fn editors_learn_of_each_other_at_once(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (ann, ben) = (server.editor("ann", home, MODERATOR).await, server.editor("ben", home, MODERATOR).await);
    let id = draft(&server, "Together").await;
    let opened = data(&server, id, &ann).await;
    let url = format!("{}/admin/pages/{id}/live/?sitting=of-ben", server.site);
    let mut stream = server.client.get(&url).header("cookie", &ben).send().await.expect("it is open");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert!(heard(&mut stream, "event: editors").await.contains("\"name\":\"ben\""));
    let saved = save(&server, id, &ann, &opened["revision"], &opened["content"]).await.json();
    let told = heard(&mut stream, "event: saved").await;
    assert!(told.contains(&format!("\"revision\":{}", saved["revision"])) && told.contains("\"by\":\"ann\""), "{told}");
    publish(&server, id, &ann, &saved["revision"]).await;
    heard(&mut stream, "event: published").await;
    drop(stream);
    let live = [("http_route", "/admin/pages/{id}/live/")];
    let counted = async || server.metrics().await.sum("http_server_request_duration_seconds_count", &live) > 0.0;
    eventually("the stream is counted once it has ended", SOON, counted).await;
}

on_both_databases! {
    a_draft_is_saved_published_proven_and_told_in_the_history,
    nobody_saves_over_what_they_did_not_see,
    two_editors_who_race_lose_no_accepted_save,
    every_route_asks_who_may,
    bad_input_is_told_at_its_field_and_changes_nothing,
    markup_in_a_title_harms_no_page_of_the_editor,
    editors_learn_of_each_other_at_once,
    who_comes_back_is_told_what_they_missed_and_who_they_are,
}
