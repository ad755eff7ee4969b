//! Who may see a page, said in the editor, through the front door: who may say so, what it does to the site, what comes from
//! above, what is refused, and what is noted.

use reqwest::Method;
use vitrine::accounts::{By, Grant, PagePermission};
use vitrine::content::Position;
use vitrine::content::privacy::Rule;
use vitrine::telemetry::label::Channel;

use crate::privacy::{PASSWORD, SLUG, assert_refused, cookie, password, secret_page};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Database, Server, on_both_databases, site};

fn at(page: i64) -> String {
    format!("/admin/pages/{page}/privacy/")
}

/// Somebody who may publish a page and what is below it.
async fn publisher<'s>(server: &'s Server, name: &str, page: i64) -> Browser<'s> {
    let grants = [PagePermission::Edit, PagePermission::Publish].map(|permission| Grant::Page(page, permission));
    server.browser(name, &grants).await
}

/// Whether the site tells everybody of the secret page.
async fn is_told(server: &Server) -> [bool; 3] {
    let has = async |path: &str, word: &str| server.get(path).await.text().contains(word);
    let by_search = has("/search/?q=lighthouse", SLUG).await;
    let by_sitemap = has("/sitemaps/en-1.xml", SLUG).await;
    [server.get(SLUG).await.status == 200, by_search, by_sitemap]
}

async fn a_password_is_set_changed_kept_and_taken_away(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let page = secret_page(&server).await;
    let ann = publisher(&server, "ann", page).await;
    let here = at(page);
    assert_eq!(is_told(&server).await, [true; 3], "warm before");
    let form = ann.text(&here).await;
    assert!(
        form.contains("Who may see Sale of the lighthouse") && form.contains("alone: nothing is below it"),
        "{form}"
    );
    assert!(form.contains("value=\"public\" checked") && !form.contains("set here</span>"), "{form}");
    let set = ann.post(&here, &[("rule", "password"), ("password", PASSWORD)]).await;
    assert_eq!(location(&set), format!("{here}?kept=1"));
    assert_eq!(is_told(&server).await, [false; 3]);
    let form = ann.text(location(&set)).await;
    assert!(form.contains("This holds now.") && form.contains("value=\"password\" checked"), "{form}");
    assert!(!form.contains("Möwen") && !form.contains("argon2"), "the password is never shown");
    let restriction = server.count(&format!("view_restriction WHERE page_id = {page} AND id > 0"));
    assert_eq!(restriction, 1);
    let id = crate::support::postgres::number(
        &server.database_url,
        &format!("SELECT id FROM view_restriction WHERE page_id = {page}"),
    );
    let given = server.give(SLUG, id, PASSWORD).await;
    let inside = cookie(&given);
    assert_eq!(server.get_with(SLUG, &inside).await.status, 200);
    location(&ann.post(&here, &[("rule", "password"), ("password", "")]).await);
    assert_eq!(server.get_with(SLUG, &inside).await.status, 200, "an empty field keeps the password");
    location(&ann.post(&here, &[("rule", "password"), ("password", "another one")]).await);
    assert_refused(&server.get_with(SLUG, &inside).await, "a new password asks again");
    location(&ann.post(&here, &[("rule", "public")]).await);
    location(&ann.post(&here, &[("rule", "public")]).await);
    assert_eq!(is_told(&server).await, [true; 3]);
    for (event, times) in [("create", 1), ("edit", 1), ("delete", 1)] {
        let noted =
            format!("page_event WHERE event = 'view_restriction.{event}' AND actor = 'ann' AND page_id = {page}");
        assert_eq!(server.count(&noted), times, "{event}");
        let labels = format!("view_restriction.{event}");
        let counted =
            server.metrics().await.sum("vitrine_page_events_total", &[("event", &labels), ("channel", "admin")]);
        assert_eq!(counted, 1.0, "{event}");
    }
    assert_eq!(server.count("page_event WHERE detail LIKE '%Möwen%' OR detail LIKE '%another%'"), 0);
    let told = server.log_lines().iter().any(|line| line.to_string().contains("Möwen"));
    assert!(!told, "no password is logged");
}

async fn groups_and_members_and_what_is_wrong(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let page = secret_page(&server).await;
    let root = server.root_browser().await;
    let guest = server.browser("guest", &[]).await;
    server.accounts().create_group("Keepers & Wardens", &By::cli()).await.expect("created");
    let here = at(page);
    location(&root.post(&here, &[("rule", "login")]).await);
    assert_refused(&server.get(SLUG).await, "a visitor");
    assert_eq!(server.get_with(SLUG, &guest.cookie).await.status, 200, "whoever signed in");
    let groups = [("rule", "groups"), ("group", "Keepers & Wardens")];
    location(&root.post(&here, &groups).await);
    assert_refused(&server.get_with(SLUG, &guest.cookie).await, "somebody of another group");
    let form = root.text(&here).await;
    assert!(form.contains("value=\"Keepers &amp; Wardens\" checked") && form.contains("Members of Keepers"), "{form}");
    let detail = "page_event WHERE detail LIKE '%Keepers & Wardens%' AND detail LIKE '%\"was\":\"login\"%'";
    assert_eq!(server.count(detail), 1);
    let member = server.accounts().user("guest").await.expect("there");
    server.accounts().add_member("Keepers & Wardens", &member, &By::cli()).await.expect("a member");
    assert_eq!(server.get_with(SLUG, &guest.cookie).await.status, 200);
    let long = "x".repeat(257);
    for (fields, said) in [
        (&[("rule", "groups")][..], "Name at least one group"),
        (&[("rule", "groups"), ("group", "Nobody")], "One of these groups is gone"),
        (&[("rule", "password"), ("password", "")], "The password is empty"),
        (&[("rule", "password"), ("password", &long)], "The password is too long"),
        (&[("rule", "secret")], "Choose who may see it"),
        (&[], "Choose who may see it"),
    ] {
        let refused = root.post(&here, if fields.is_empty() { &[("a", "b")] } else { fields }).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        let text = refused.text();
        assert!(
            text.contains(said) && text.contains("role=\"alert\"") && text.contains("<title>Error: "),
            "{said}: {text}"
        );
        assert!(!text.contains(&long), "what was typed as a password does not come back");
    }
    let kept = root.post(&here, &[("rule", "password"), ("password", " "), ("group", "Keepers & Wardens")]).await;
    assert!(kept.text().contains("value=\"password\" checked") && kept.text().contains("Wardens\" checked"), "typed");
    assert_eq!(server.count("view_restriction WHERE kind = 'groups'"), 1, "nothing of it was taken");
}

async fn what_is_inherited_and_what_is_below_is_told(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let about = server.page_id("/about/").await;
    let page = secret_page(&server).await;
    server.standard_page(page, "Sale of the lamp", "<p>x</p>").await;
    let ann = publisher(&server, "ann", page).await;
    let root = server.root_browser().await;
    server.restrict(about, Rule::Login).await;
    let form = ann.text(&at(page)).await;
    assert!(form.contains("Whoever is signed in") && form.contains("inherited from"), "{form}");
    assert!(form.contains(&format!("href=\"/admin/pages/{about}/privacy/\"")), "with a link: {form}");
    assert!(form.contains("nothing more than what is asked above") && form.contains("and the page below it"), "{form}");
    location(&ann.post(&at(page), &[("rule", "password"), ("password", PASSWORD)]).await);
    let form = ann.text(&at(page)).await;
    assert!(form.contains("set here") && form.contains("A visitor must pass all of these"), "{form}");
    let above = root.text(&at(about)).await;
    assert!(
        above.contains("Below, with a setting of their own") && above.contains("Sale of the lighthouse"),
        "{above}"
    );
    server.unrestrict(about).await;
    let to = Position::LastChildOf(server.page_id("/contact/").await);
    let extent = vitrine::content::Extent::Page;
    let alias = server.content().create_alias(page, to, extent, Channel::Admin).await.expect("made");
    let shown = root.text(&at(alias)).await;
    assert!(shown.contains("because it shows what is on") && shown.contains("Whoever has the password"), "{shown}");
    let list = root.text(&format!("/admin/pages/{page}/")).await;
    assert!(list.contains(&format!("href=\"{}\">Privacy</a>", at(page))), "{list}");
    let editor = ann.text(&format!("/admin/pages/{page}/edit/")).await;
    assert!(editor.contains("Privacy: not for everybody"), "{editor}");
}

async fn only_those_who_may_publish_say_who_sees_a_page(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let page = secret_page(&server).await;
    let home = server.page_id("/").await;
    let editor = server.browser("editor", &[Grant::Page(home, PagePermission::Edit)]).await;
    let elsewhere = publisher(&server, "elsewhere", server.page_id("/contact/").await).await;
    let set = [("rule", "login")];
    for (who, path) in [(&editor, at(page)), (&elsewhere, at(page)), (&elsewhere, at(home))] {
        assert_eq!(who.get(&path).await.status, 403, "{path}");
        assert_eq!(who.post(&path, &set).await.status, 403, "{path}");
    }
    assert!(!editor.text(&format!("/admin/pages/{page}/edit/")).await.contains("Privacy: "));
    assert!(!editor.text("/admin/pages/").await.contains("/privacy/"));
    let root = server.root_browser().await;
    assert_eq!(root.get(&at(1)).await.status, 403, "the root of the tree");
    for missing in ["/admin/pages/987654/privacy/", "/admin/pages/x/privacy/"] {
        assert_eq!(root.get(missing).await.status, 404, "{missing}");
        assert_eq!(root.post(missing, &set).await.status, 404, "{missing}");
    }
    let out = server.get(&at(page)).await;
    assert_eq!((out.status.as_u16(), out.header("location").starts_with("/admin/login/?next=")), (303, true));
    assert_eq!(server.send(Method::PUT, &at(page), &[("cookie", &root.cookie)]).await.status, 405);
    let foreign = [("cookie", root.cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(server.send_form(&at(page), &set, &foreign).await.status, 403);
    assert_eq!(server.count("view_restriction"), 0);
    server.content().trash_page(page, Channel::Cli).await.expect("trashed");
    assert_eq!(root.get(&at(page)).await.status, 404);
}

async fn shared_passwords_can_be_turned_off(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let page = secret_page(&server).await;
    server.restrict(page, password(PASSWORD)).await;
    let strict = server.beside(&[PATIENT, ("content.shared_passwords", "false")]).await;
    let root = strict.root_browser().await;
    let form = root.text(&at(page)).await;
    assert!(
        form.contains("Shared passwords are turned off here") && form.contains("value=\"password\" checked"),
        "{form}"
    );
    assert!(!form.contains("name=\"password\""), "{form}");
    location(&root.post(&at(page), &[("rule", "password"), ("password", "")]).await);
    let contact = at(strict.page_id("/contact/").await);
    let other = root.post(&contact, &[("rule", "password"), ("password", "a new one")]).await;
    assert_eq!(other.status, 422);
    assert!(other.text().contains("Shared passwords are turned off here"), "{}", other.text());
    let target = vitrine::content::privacy::Target::Page(page);
    let refused = strict.content().restrict(target, password("by hand"), Channel::Cli).await.expect_err("refused");
    assert_eq!(refused.to_string(), "privacy: shared passwords are turned off here");
    assert_eq!(server.count("view_restriction"), 1);
}

async fn a_type_says_whom_its_new_pages_are_for(database: Database) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/site/types/standard.toml");
    let text = std::fs::read_to_string(file).expect("the type is there");
    let folder = site::folder_with(&[("types/standard.toml", &format!("privacy = \"login\"\n{text}"))]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir), PATIENT]).await;
    assert_eq!(server.get("/contact/").await.status, 200, "pages that there are stay as they are");
    let page = secret_page(&server).await;
    assert_refused(&server.get(SLUG).await, "a new page");
    assert_eq!(server.count(&format!("view_restriction WHERE page_id = {page} AND kind = 'login'")), 1);
    let root = server.root_browser().await;
    assert!(root.text(&at(page)).await.contains("value=\"login\" checked"));
    location(&root.post(&at(page), &[("rule", "public")]).await);
    assert_eq!(server.get(SLUG).await.status, 200);
}

on_both_databases! {
    a_password_is_set_changed_kept_and_taken_away,
    groups_and_members_and_what_is_wrong,
    what_is_inherited_and_what_is_below_is_told,
    only_those_who_may_publish_say_who_sees_a_page,
    shared_passwords_can_be_turned_off,
    a_type_says_whom_its_new_pages_are_for,
}
