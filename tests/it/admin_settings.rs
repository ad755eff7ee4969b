//! Settings in the editor, through the front door: the form's data, a change that shows at once, what is refused, and the
//! way back to the defaults.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{By, GlobalPermission, Grant};
use vitrine::content::{NewSite, site};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases};

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

async fn a_grant_for_one_site_opens_its_settings_and_no_others(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let here = place(&server).await;
    let home = server.page_id("/").await;
    let first = site::list(server.db(), "").await.expect("listed")[0].id;
    let second = server.standard_page(home, "Second", "<p>x</p>").await;
    let new = NewSite { hostname: "other.example".into(), port: 80, name: "Other".into(), root_page_id: second };
    let other = server.content().create_site(&new, Channel::Cli).await.expect("created");
    let there = format!("{TYPE}{other}/");
    let ann = server.browser("ann", &[Grant::SiteSettings(other)]).await;
    let list = ann.text("/admin/settings/").await;
    assert!(list.contains(&there) && !list.contains(&here), "{list}");
    assert_eq!(location(&ann.get(TYPE).await), there, "the first that is hers");
    assert!(ann.text("/admin/").await.contains("href=\"/admin/settings/\""), "she is shown the way");
    let seen = data(&ann, &there).await;
    assert_eq!(save(&ann, &there, &seen["revision"], &seen["content"]["fields"]).await.status, 200);
    let preview = format!("{there}preview/");
    eventually("the node knows the site", SOON, async || ann.get(&preview).await.status == 200).await;
    for path in ["", "history/", "preview/"] {
        assert_eq!(ann.get(&format!("{here}{path}")).await.status, 403, "{path}");
        assert_eq!(ann.get(&format!("{there}{path}")).await.status, 200, "{path}");
    }
    let fields = &seen["content"]["fields"];
    assert_eq!(save(&ann, &here, &json!(0), fields).await.status, 403);
    let sent = json!({ "base_revision": 0, "content": { "fields": fields } });
    assert_eq!(server.send_json(&format!("{here}preview/"), &ann.cookie, &sent).await.status, 403);
    assert_eq!(ann.post(&format!("{here}revert/"), &[("a", "b")]).await.status, 403);
    // Only what one has is given on, and the group's page says what there is.
    let bob = server.browser("bob", &[Grant::Global(GlobalPermission::Groups), Grant::SiteSettings(other)]).await;
    let group = server.accounts().group_id("ann").await.expect("found");
    let sites = format!("/admin/groups/{group}/sites/");
    let both = [("permission", first.to_string()), ("permission", other.to_string())];
    let both: Vec<(&str, &str)> = both.iter().map(|(name, id)| (*name, id.as_str())).collect();
    assert_eq!(bob.post(&sites, &both).await.status, 403);
    assert_eq!(ann.get(&here).await.status, 403, "nothing was given");
    assert_eq!(bob.post(&sites, &[]).await.status, 303);
    assert_eq!(ann.get(&there).await.status, 403, "taken again");
    let root = server.root_browser().await;
    assert_eq!(root.post(&sites, &[("permission", "987654")]).await.status, 400);
    assert_eq!(root.post(&sites, &both).await.status, 303);
    assert_eq!(ann.get(&here).await.status, 200);
    let log = server.events().await;
    assert!(log.iter().any(|event| event == "grant_revoked ann"), "{log:?}");
    let missing = server.accounts().grant("ann", Grant::SiteSettings(987_654), &By::cli()).await;
    assert!(missing.is_err_and(|error| error.to_string().contains("no site 987654")));
}

async fn a_preview_shows_the_home_page_with_what_is_not_saved(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let here = place(&server).await;
    let preview = format!("{here}preview/");
    let ann = server.browser("ann", MAY).await;
    let nobody = server.browser("nobody", &[]).await;
    let seen = data(&ann, &here).await;
    assert_eq!(seen["addresses"]["preview"], json!(preview));
    let now = ann.get(&preview).await;
    assert_eq!((now.status.as_u16(), now.header("cache-control")), (200, "private, no-store"));
    assert!(now.text().contains("let a whole street read the sky"), "as it is");
    let mut fields = seen["content"]["fields"].clone();
    fields["footer_text"] = json!("Not <yet> saved");
    let sent = json!({ "content": { "fields": fields } });
    let tried = server.send_json(&preview, &ann.cookie, &sent).await;
    assert_eq!((tried.status.as_u16(), tried.header("cache-control")), (200, "private, no-store"));
    assert!(tried.text().contains("Not &lt;yet&gt; saved"), "{}", tried.text());
    assert!(tried.header("content-security-policy").contains("frame-ancestors 'self'"));
    assert!(!server.get("/").await.text().contains("Not &lt;yet&gt;"), "visitors see nothing of it");
    assert!(!ann.text(&preview).await.contains("Not &lt;yet&gt;"), "and nothing is kept");
    assert_eq!(server.rows("setting"), 1, "the seed alone");
    fields["footer_text"] = json!(7);
    let wrong = server.send_json(&preview, &ann.cookie, &json!({ "content": { "fields": fields } })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["errors"][0]["path"]), (422, &json!("footer_text")));
    assert_eq!(nobody.get(&preview).await.status, 403);
    assert_eq!(server.send_json(&preview, &nobody.cookie, &sent).await.status, 403);
    assert_eq!(server.send_json(&preview, "", &sent).await.status, 401);
}

on_both_databases!(
    a_grant_for_one_site_opens_its_settings_and_no_others,
    a_preview_shows_the_home_page_with_what_is_not_saved,
    settings_are_changed_at_once_and_never_over_somebody,
    every_address_is_for_those_who_manage_settings,
);
