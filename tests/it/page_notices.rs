//! Mails of one's choice: what others did to one's pages, together and once; what one scheduled; and where to switch them
//! off.

use serde_json::json;
use vitrine::accounts::{By, PagePermission, UserChange};
use vitrine::telemetry::label::Channel;

use crate::preflight::mails;
use crate::support::account::SAME_ORIGIN;
use crate::support::edit::standard_page;
use crate::support::postgres::execute;
use crate::support::{Answer, Database, SOON, Server, eventually, on_both_databases};

const MAY: &[PagePermission] =
    &[PagePermission::Add, PagePermission::Edit, PagePermission::Publish, PagePermission::Lock];

/// Somebody with an address; the cookie, and the id.
async fn editor(server: &Server, name: &str, page: i64) -> (String, i64) {
    let cookie = server.editor(name, page, MAY).await;
    let change = UserChange { email: Some(format!("{name}@example.org")), ..UserChange::default() };
    server.accounts().change_user(name, change, &By::cli()).await.expect("changed");
    (cookie, server.accounts().user(name).await.expect("found").id)
}

async fn choose(server: &Server, cookie: &str, mails: &[&str]) -> Answer {
    let fields: Vec<(&str, &str)> = mails.iter().map(|name| ("mail", *name)).collect();
    let fields = if fields.is_empty() { vec![("none", "1")] } else { fields };
    server.send_form("/admin/account/preferences/mail/", &fields, &[SAME_ORIGIN, ("cookie", cookie)]).await
}

/// A page of somebody's.
async fn page_of(server: &Server, owner: i64, title: &str) -> i64 {
    let mut new = standard_page(server.page_id("/").await, title, "<p>x</p>");
    new.owner = Some(owner);
    server.create(new).await.expect("created")
}

async fn save(server: &Server, cookie: &str, page: i64, automatic: bool) {
    let content = server.newest(page).await;
    let base = vitrine::content::page::find(server.db(), page).await.expect("read").expect("a page").latest_revision_id;
    let sent = json!({ "base_revision": base, "sitting": "s", "automatic": automatic, "content": content });
    let saved = server.send_json(&format!("/admin/pages/{page}/draft/"), cookie, &sent).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
}

async fn publish(server: &Server, cookie: &str, page: i64) {
    let found = vitrine::content::page::find(server.db(), page).await.expect("read").expect("a page");
    let sent = json!({ "revision": found.latest_revision_id });
    let done = server.send_json(&format!("/admin/pages/{page}/publish/"), cookie, &sent).await;
    assert_eq!(done.status, 200, "{}", done.text());
}

fn waiting(server: &Server) -> i64 {
    server.rows("job WHERE kind = 'page.notice'")
}

/// Lets the stretch of time be over, and waits until the mails are written.
async fn later(server: &Server) {
    execute(&server.database_url, "UPDATE job SET run_at = 1 WHERE kind = 'page.notice'").expect("moved on");
    server.content().jobs.wake();
    eventually("the mails are written", SOON, async || waiting(server) == 0).await;
}

async fn owners_are_told_once_of_what_others_did(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let home = server.page_id("/").await;
    let (ann, ann_id) = editor(&server, "ann", home).await;
    let (bob, _) = editor(&server, "bob", home).await;
    let folder = server.folder.path().to_owned();
    let (page, other) = (page_of(&server, ann_id, "Her page").await, page_of(&server, ann_id, "Second").await);
    publish(&server, &ann, page).await;
    save(&server, &ann, page, false).await;
    server.publish(page).await.expect("by a program");
    assert_eq!(waiting(&server), 0, "one's own acts are not news, nor what programs do");
    for _ in 0..3 {
        publish(&server, &bob, page).await;
        save(&server, &bob, page, false).await;
        save(&server, &bob, page, true).await;
    }
    publish(&server, &bob, other).await;
    assert_eq!(waiting(&server), 1, "one mail for all of it");
    assert_eq!(mails(&folder).len(), 0, "not at once");
    later(&server).await;
    let mail = mails(&folder).remove(0);
    assert_eq!(mails(&folder).len(), 1);
    for part in [
        "To: ann@example.org",
        "Subject: Changed by others: 2 of your pages",
        "- bob published it",
        &format!("http://site.test/admin/pages/{page}/history/"),
        &format!("http://site.test/admin/pages/{other}/history/"),
        "http://site.test/admin/account/#mail",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert_eq!(mail.matches("bob published it").count(), 2, "each thing once: {mail}");
    assert!(!mail.contains("edited it"), "edits are not asked for: {mail}");
    assert_eq!(choose(&server, &ann, &["edits"]).await.header("location"), "/admin/account/?said=mail#mail");
    publish(&server, &bob, page).await;
    save(&server, &bob, page, false).await;
    later(&server).await;
    let all = mails(&folder);
    let mail = all.last().expect("a mail");
    assert!(
        all.len() == 2 && mail.contains("Changed by others: Her page") && mail.contains("- bob edited it"),
        "{mail}"
    );
    assert!(!mail.contains("published"), "switched off, and nothing is told twice: {mail}");
}

async fn who_wants_none_or_may_not_see_gets_none(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let (ann, ann_id) = editor(&server, "ann", home).await;
    let (_, eve_id) = editor(&server, "eve", section).await;
    let (bob, _) = editor(&server, "bob", home).await;
    let folder = server.folder.path().to_owned();
    let page = |text: &str| text.split("value=\"").filter(|part| part.contains("\" checked> ")).count();
    let account = server.get_as("/admin/account/", &ann).await;
    assert!(account.text().contains("name=\"mail\" value=\"pages\" checked"), "{}", account.text());
    assert!(account.text().contains("name=\"mail\" value=\"edits\">"), "{}", account.text());
    assert_eq!(choose(&server, &ann, &[]).await.status, 303);
    let account = server.get_as("/admin/account/?said=mail", &ann).await;
    assert!(account.text().contains("Your choice of mails is kept.") && page(account.text()) > 0);
    assert!(!account.text().contains("name=\"mail\" value=\"pages\" checked"), "{}", account.text());
    let wrong = choose(&server, &ann, &["security"]).await;
    assert_eq!(wrong.header("location"), "/admin/account/?said=preferences-unknown#mail");
    let stranger = server.send_form("/admin/account/preferences/mail/", &[("mail", "pages")], &[SAME_ORIGIN]).await;
    assert!(stranger.header("location").starts_with("/admin/login/"));
    let (hers, of_eve) = (page_of(&server, ann_id, "Her page").await, page_of(&server, eve_id, "Not for Eve").await);
    publish(&server, &bob, hers).await;
    publish(&server, &bob, of_eve).await;
    assert_eq!(waiting(&server), 2);
    later(&server).await;
    assert_eq!(mails(&folder).len(), 0, "she switched it off, and the other may not see the page any more");
    // The rest of the preferences stays, and the other way round.
    let look = [("theme", "dark"), ("contrast", "more"), ("density", "snug"), ("shortcuts", "off")];
    server.send_form("/admin/account/preferences/", &look, &[SAME_ORIGIN, ("cookie", &ann)]).await;
    assert_eq!(choose(&server, &ann, &["pages"]).await.status, 303);
    assert!(server.get_as("/admin/account/", &ann).await.text().contains("data-theme=\"dark\""));
    server.content().trash_page(hers, Channel::Cli).await.expect("by a program");
    assert_eq!(waiting(&server), 0);
    assert_eq!(server.send_form("/admin/reset/", &[("name", "ann")], &[SAME_ORIGIN]).await.status, 200);
    let open = "job WHERE kind = 'password.reset'";
    eventually("the link is sent", SOON, async || server.rows(open) == 0).await;
    assert_eq!(mails(&folder).len(), 1, "what concerns signing in is always sent");
}

on_both_databases!(owners_are_told_once_of_what_others_did, who_wants_none_or_may_not_see_gets_none);
