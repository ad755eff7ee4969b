//! Aliases in the editor: made where a page is copied, shown with their source, made pages of their own.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::content::audit::{self, Asked};
use vitrine::content::{Extent, Position};
use vitrine::telemetry::label::{Channel, PageEvent};

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::standard_page;
use crate::support::{Database, Server, on_both_databases};

async fn editor<'s>(server: &'s Server, name: &str, page: i64, permissions: &[PagePermission]) -> Browser<'s> {
    let grants: Vec<Grant> = permissions.iter().map(|permission| Grant::Page(page, *permission)).collect();
    server.browser(name, &grants).await
}

async fn events(server: &Server, page: i64) -> Vec<(String, String)> {
    let asked = Asked { page, ..Asked::default() };
    let entries = audit::list(server.db(), &asked).await.expect("listed");
    entries.into_iter().map(|entry| (entry.event, entry.actor)).collect()
}

async fn a_page_is_copied_as_an_alias_by_those_who_publish_there(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let source = server.standard_page(section, "Source", "<p>x</p>").await;
    server.standard_page(source, "Below", "<p>x</p>").await;
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    let pat = editor(&server, "pat", section, &[PagePermission::Add, PagePermission::Publish]).await;
    let url = format!("/admin/pages/{source}/copy/");
    let to = section.to_string();
    let fields = [("to", to.as_str()), ("as", "alias"), ("title", "Not taken"), ("subtree", "1")];
    assert_eq!(ann.post(&url, &fields).await.status, 403, "an alias is live when its source is");
    assert!(!ann.text(&url).await.contains("value=\"alias\""));
    assert!(pat.text(&url).await.contains("value=\"alias\""));
    assert_eq!(pat.post(&url, &[("to", &to), ("as", "twin")]).await.status, 400);
    let at = pat.post(&url, &fields).await;
    let alias: i64 = location(&at).rsplit_once("#page-").expect("a row").1.parse().expect("an id");
    let page = server.page(alias).await;
    assert_eq!((page.alias_of, page.title.as_str(), page.live), (Some(source), "Source", true));
    assert_eq!(server.get("/section/source-2/below/").await.status, 200);
    assert_eq!(events(&server, alias).await[0], ("alias".to_owned(), "pat".to_owned()));
    let list = pat.text(&format!("/admin/pages/{section}/")).await;
    assert!(list.contains("<span class=\"chip quiet\">Alias</span>"), "{list}");
    assert_eq!(pat.post(&format!("/admin/pages/{alias}/unpublish/"), &[("a", "b")]).await.status, 409);
    assert!(pat.text(&format!("/admin/pages/{alias}/unpublish/")).await.contains("off the site with its source"));
}

async fn an_alias_says_where_its_source_is_and_is_made_a_page_of_its_own(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let source = server.standard_page(home, "The source", "<p>Its words.</p>").await;
    let alias = server.content().create_alias(source, Position::LastChildOf(section), Extent::Page, Channel::Admin);
    let alias = alias.await.expect("made");
    let root = server.root_browser().await;
    let ann = editor(&server, "ann", section, &[PagePermission::Edit]).await;
    let nobody = editor(&server, "nobody", section, &[PagePermission::Add]).await;
    let (edit, convert) = (format!("/admin/pages/{alias}/edit/"), format!("/admin/pages/{alias}/convert-alias/"));
    let shown = root.text(&edit).await;
    assert!(shown.contains(&format!("<a href=\"/admin/pages/{source}/edit/\">The source</a>")), "{shown}");
    assert!(shown.contains("Make it a page of its own") && !shown.contains("vitrine-editor"));
    let shown = ann.text(&edit).await;
    assert!(shown.contains("You may not see its source.") && !shown.contains("/edit/\">The source"), "{shown}");
    assert_eq!(nobody.get(&edit).await.status, 403);
    assert_eq!(nobody.post(&convert, &[("a", "b")]).await.status, 403);
    assert_eq!(root.post(&format!("/admin/pages/{source}/convert-alias/"), &[("a", "b")]).await.status, 422);
    assert_eq!(root.post("/admin/pages/987654/convert-alias/", &[("a", "b")]).await.status, 404);
    assert_eq!(root.get(&convert).await.status, 405);
    assert_eq!(location(&ann.post(&convert, &[("a", "b")]).await), edit);
    let page = server.page(alias).await;
    assert_eq!((page.alias_of, page.live), (None, true));
    let converted = (PageEvent::ConvertAlias.as_str().to_owned(), "ann".to_owned());
    assert_eq!(events(&server, alias).await[0], converted);
    assert!(ann.text(&edit).await.contains("vitrine-editor"), "it has a form now");
}

async fn what_was_never_shown_is_not_taken_from_a_source_that_one_may_not_see(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let secret = server.create(standard_page(home, "Plans", "<p>Secret words.</p>")).await.expect("created");
    let alias = server.content().create_alias(secret, Position::LastChildOf(section), Extent::Page, Channel::Admin);
    let alias = alias.await.expect("made");
    let ann = editor(&server, "ann", section, &[PagePermission::Edit]).await;
    let convert = format!("/admin/pages/{alias}/convert-alias/");
    assert!(!ann.text(&format!("/admin/pages/{alias}/edit/")).await.contains("convert-alias"));
    assert_eq!(ann.post(&convert, &[("a", "b")]).await.status, 403);
    assert_eq!(server.page(alias).await.alias_of, Some(secret));
    let root = server.root_browser().await;
    assert_eq!(root.post(&convert, &[("a", "b")]).await.status, 303);
}

on_both_databases!(
    a_page_is_copied_as_an_alias_by_those_who_publish_there,
    an_alias_says_where_its_source_is_and_is_made_a_page_of_its_own,
    what_was_never_shown_is_not_taken_from_a_source_that_one_may_not_see,
);
