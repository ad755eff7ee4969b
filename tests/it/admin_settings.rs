//! Settings in the editor, through the front door: the form's data, a change that shows at once, what is refused, and the
//! way back to the defaults.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant};
use vitrine::content::site;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Answer, Database, Server, on_both_databases};

const TYPE: &str = "/admin/settings/site.SiteSettings/";
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Settings)];

/// Where the settings of the default site are.
async fn place(server: &Server) -> String {
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    format!("{TYPE}{site}/")
}

async fn data(browser: &Browser<'_>, path: &str) -> Value {
    let text = browser.text(path).await;
    let block = text.split("id=\"editor-data\">").nth(1).expect("a data block");
    serde_json::from_str(block.split("</script>").next().expect("its end")).expect("it is JSON")
}

async fn save(browser: &Browser<'_>, path: &str, base: &Value, fields: &Value) -> Answer {
    let sent = json!({ "base_revision": base, "content": { "fields": fields } });
    browser.server.send_json(path, &browser.cookie, &sent).await
}

async fn settings_are_changed_at_once_and_never_over_somebody(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let here = place(&server).await;
    let ann = server.browser("ann", MAY).await;
    assert!(ann.text("/admin/settings/").await.contains(&here));
    assert_eq!(location(&ann.get(TYPE).await), here, "the default site");
    let first = data(&ann, &here).await;
    assert_eq!(
        (&first["kind"], &first["saves_itself"], &first["may"]["publish"]),
        (&json!("settings"), &json!(false), &json!(false))
    );
    let mut fields = first["content"]["fields"].clone();
    fields["footer_text"] = json!("Made by <us>.");
    let saved = save(&ann, &here, &first["revision"], &fields).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert!(server.get("/about/").await.text().contains("Made by &lt;us&gt;."), "it shows at once");
    fields["footer_text"] = json!("Over it.");
    for base in [&first["revision"], &Value::Null] {
        let refused = save(&ann, &here, base, &fields).await;
        let told = refused.json();
        assert_eq!((refused.status.as_u16(), &told["by"]), (409, &json!("ann")), "{told}");
        assert_eq!(told["revision"], saved.json()["revision"]);
    }
    assert!(!server.get("/about/").await.text().contains("Over it."));
    fields["contact_email"] = json!("nobody");
    let refused = save(&ann, &here, &saved.json()["revision"], &fields).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["path"]), (422, &json!("contact_email")));
    let history = ann.text(&format!("{here}history/")).await;
    assert!(history.contains("<td>update</td><td>ann</td>") && history.contains("Use the defaults"), "{history}");
    assert_eq!(location(&ann.post(&format!("{here}revert/"), &[("a", "b")]).await), here);
    assert!(!server.get("/about/").await.text().contains("Made by"));
    let after = data(&ann, &here).await;
    assert_eq!((&after["revision"], &after["saved_at"]), (&json!(0), &Value::Null), "nothing is set");
    fields["contact_email"] = json!("");
    let stale = save(&ann, &here, &saved.json()["revision"], &fields).await;
    assert_eq!(stale.status, 409, "somebody went back to the defaults meanwhile");
    assert_eq!(save(&ann, &here, &json!(0), &fields).await.status, 200);
    assert_eq!(save(&ann, &here, &json!(0), &fields).await.status, 409, "there is something now");
    assert!(ann.text("/admin/settings/").await.contains(">Set<"));
}

async fn every_address_is_for_those_who_manage_settings(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let here = place(&server).await;
    let (history, revert) = (format!("{here}history/"), format!("{here}revert/"));
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Snippets)]).await;
    let ann = server.browser("ann", MAY).await;
    for path in ["/admin/settings/", TYPE, &here, &history] {
        assert_eq!(server.get(path).await.status, 303, "{path}: signed out");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        let refused = server.send(Method::PUT, path, &[("cookie", &ann.cookie)]).await;
        assert_eq!(refused.status, 405, "{path}");
    }
    assert_eq!(save(&nobody, &here, &json!(0), &json!({})).await.status, 403);
    assert_eq!(server.send_json(&here, "", &json!({})).await.status, 401);
    assert_eq!(nobody.post(&revert, &[("a", "b")]).await.status, 403);
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", ann.cookie.as_str())];
    assert_eq!(server.send_form(&revert, &[("a", "b")], &foreign).await.status, 403, "from another site");
    for path in [
        "/admin/settings/x.Y/",
        "/admin/settings/blog.Author/1/",
        &format!("{TYPE}987654/"),
        &format!("{TYPE}all/"),
        &format!("{TYPE}x/history/"),
    ] {
        assert_eq!(ann.get(path).await.status, 404, "{path}");
    }
    assert_eq!(save(&ann, &format!("{TYPE}987654/"), &json!(0), &json!({})).await.status, 404);
    assert_eq!(server.rows("setting"), 1, "the seed alone");
    let labels = [("http_route", "/admin/settings/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &labels), 6.0);
}

on_both_databases!(
    settings_are_changed_at_once_and_never_over_somebody,
    every_address_is_for_those_who_manage_settings,
);
