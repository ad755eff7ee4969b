//! Pages in the making, as their editors look at them: what is not saved, in every look that a type has, for nobody else.

use serde_json::json;
use vitrine::accounts::PagePermission::{self, Add, Edit, Publish};

use crate::admin_editor::{data, draft};
use crate::support::{Database, Server, on_both_databases};

const MODERATOR: &[PagePermission] = &[Add, Edit, Publish];

/// What lists show of a post, and what those see who sent a form.
async fn a_preview_shows_more_than_the_page(database: Database) {
    let server = Server::start(database).await;
    let root = server.root_browser().await;
    let looks = [
        ("/blog/calibration-day/", "lists", "In lists", "entry--lead"),
        ("/contact/", "sent", "After sending", "form-thanks"),
    ];
    for (path, mode, label, mark) in looks {
        let id = server.page_id(path).await;
        let seen = data(&server, id, &root.cookie).await;
        assert_eq!(seen["form"]["preview_modes"], json!([{ "name": mode, "label": label }]), "{path}");
        let there = format!("/admin/pages/{id}/preview/");
        assert!(!root.text(&there).await.contains(mark), "{path}: the page itself");
        let looked = root.text(&format!("{there}?mode={mode}")).await;
        assert!(looked.contains(mark), "{path}: {looked}");
        let mut content = seen["content"].clone();
        content["title"] = json!("Retitled just now");
        let sent = json!({ "content": content });
        let unsaved = server.send_json(&format!("{there}?mode={mode}"), &root.cookie, &sent).await;
        assert!(unsaved.text().contains("Retitled just now") && unsaved.text().contains(mark), "{}", unsaved.text());
    }
}

async fn a_preview_shows_what_nobody_else_sees(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let cookie = server.editor("ann", home, MODERATOR).await;
    let id = draft(&server, "Seen").await;
    let path = format!("/admin/pages/{id}/preview/");
    let views = server.metrics().await.sum("vitrine_page_views_total", &[]);
    let preview = server.get_as(&path, &cookie).await;
    assert_eq!(preview.status, 200);
    assert!(preview.text().contains("One two three."), "{}", preview.text());
    assert_eq!(preview.header("cache-control"), "private, no-store");
    assert!(preview.header("content-security-policy").contains("frame-ancestors 'self'"));
    assert_eq!(preview.header("x-frame-options"), "SAMEORIGIN");
    let unknown = server.get_as(&format!("{path}?mode=poster"), &cookie).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().contains("poster"), "{}", unknown.text());
    let mut content = data(&server, id, &cookie).await["content"].clone();
    content["title"] = json!("Unsaved </title><script>alert(1)</script>");
    let unsaved = server.send_json(&path, &cookie, &json!({ "content": content })).await;
    assert_eq!(unsaved.status, 200);
    assert!(unsaved.text().contains("Unsaved &lt;/title&gt;"), "{}", unsaved.text());
    assert!(!unsaved.text().contains("<script>alert(1)"));
    content["fields"]["body"] = json!("no list");
    assert_eq!(server.send_json(&path, &cookie, &json!({ "content": content })).await.status, 422);
    assert_eq!(server.newest(id).await.title, "Seen", "looking changes nothing");
    assert_eq!(server.get("/seen/").await.status, 404);
    assert_eq!(server.metrics().await.sum("vitrine_page_views_total", &[]), views, "an editor's look is no view");
}

on_both_databases!(a_preview_shows_what_nobody_else_sees, a_preview_shows_more_than_the_page);
