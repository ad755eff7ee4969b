//! Taking pages off the site with all below them: in the library, the editor and a terminal.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::content::audit::{self, Asked};
use vitrine::content::{EditError, Extent, Position};
use vitrine::telemetry::label::{Channel, PageEvent};

use crate::support::browser::{PATIENT, location};
use crate::support::edit::standard_page;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

/// A live section with a live page, a draft, and a live page below that draft.
struct Section {
    section: i64,
    one: i64,
    draft: i64,
    deep: i64,
}

async fn section(server: &Server) -> Section {
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let one = server.standard_page(section, "One quixotic kestrel", "<p>quixotic</p>").await;
    let draft = server.create(standard_page(section, "Draft", "<p>x</p>")).await.expect("created");
    let deep = server.standard_page(draft, "Deep", "<p>x</p>").await;
    Section { section, one, draft, deep }
}

async fn unpublished(server: &Server, id: i64) -> Vec<audit::Entry> {
    let asked = Asked { page: id, ..Asked::default() };
    let entries = audit::list(server.db(), &asked).await.expect("listed");
    entries.into_iter().filter(|entry| entry.event == PageEvent::Unpublish.as_str()).collect()
}

async fn all_that_is_live_below_goes_with_the_page(database: Database) {
    let server = Server::with(database, &[]).await;
    let Section { section, one, draft, deep } = section(&server).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let link = format!("<p><a linktype=\"page\" id=\"{about}\">there</a></p>");
    let pointing = server.standard_page(section, "Pointing", &link).await;
    server.change(pointing, |content| content.title = "Pointing anew".into()).await.expect("saved");
    let alias = async |source: i64, below: i64| {
        let made =
            server.content().create_alias(source, Position::LastChildOf(below), Extent::Page, Channel::Admin).await;
        made.expect("made")
    };
    let (outside, stays) = (alias(one, home).await, alias(about, section).await);
    let paths = ["/section/", "/section/one-quixotic-kestrel/", "/section/draft/deep/", "/one-quixotic-kestrel/"];
    for path in paths {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    let contact = server.get("/contact/").await;
    assert_eq!(contact.status, 200);
    let gone = server.content().unpublish_subtree(section, Channel::Admin).await.expect("unpublished");
    assert_eq!(gone.pages, 4);
    assert_eq!(gone.left.iter().map(|left| (left.id, left.source_id)).collect::<Vec<_>>(), [(stays, about)]);
    for path in paths {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(server.get("/section/about/").await.status, 200, "an alias of a page elsewhere stays");
    assert_eq!(server.get("/contact/").await.cache(), "hit", "what showed none of them is kept");
    for id in [section, one, deep, pointing] {
        let page = server.page(id).await;
        assert!(!page.live && page.has_unpublished_changes && page.live_revision_id.is_none(), "{id}");
        let entries = unpublished(&server, id).await;
        assert_eq!(entries.len(), 1, "{id}");
        let told = if id == section { "{\"pages\":4}".to_owned() } else { format!("{{\"with\":{section}}}") };
        assert_eq!((entries[0].detail.as_str(), entries[0].channel.as_str()), (told.as_str(), "admin"));
    }
    assert!(unpublished(&server, draft).await.is_empty() && unpublished(&server, outside).await.is_empty());
    let live = |id: i64| format!("reference_index WHERE page_id = {id} AND live");
    for id in [section, one, deep, pointing, outside] {
        assert_eq!(server.count(&live(id)), 0, "{id}");
    }
    assert!(
        server.count(&format!("reference_index WHERE page_id = {pointing} AND NOT live")) > 0,
        "a draft's are kept"
    );
    assert!(!server.get("/search/?q=quixotic").await.text().contains("One quixotic"), "nor is it found");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_page_events_total", &[("event", "unpublish"), ("channel", "admin")]), 4.0);
    server.publish(one).await.expect("published");
    assert_eq!(server.get("/one-quixotic-kestrel/").await.status, 200, "its alias is back with it");
    assert_eq!(server.get("/section/one-quixotic-kestrel/").await.status, 200);
    let again = server.content().unpublish_subtree(draft, Channel::Admin).await.expect("nothing to do");
    assert_eq!((again.pages, again.left.len()), (0, 0));
    let refused = server.content().unpublish_subtree(1, Channel::Admin).await;
    assert!(matches!(refused, Err(EditError::RootIsFixed)), "{refused:?}");
    let refused = server.content().unpublish_subtree(stays, Channel::Admin).await;
    assert!(matches!(refused, Err(EditError::IsAlias { .. })), "{refused:?}");
    server.assert_tree_is_right().await;
}

async fn a_large_subtree_goes_at_once(database: Database) {
    let server = Server::with(database, &[]).await;
    let parent = server.standard_page(server.page_id("/").await, "Many", "<p>x</p>").await;
    let page = server.page(parent).await;
    crate::explore::fill(&server, (parent, &page.path, page.depth + 1), 600);
    assert_eq!(server.get("/many/").await.status, 200);
    let gone = server.content().unpublish_subtree(parent, Channel::Admin).await.expect("unpublished");
    assert_eq!(gone.pages, 301);
    assert_eq!(server.count(&format!("page WHERE parent_id = {parent} AND live")), 0);
    assert_eq!(server.count("page_event WHERE event = 'unpublish'"), 301);
    assert_eq!(server.get("/many/").await.status, 404);
}

async fn the_editor_asks_how_far_it_goes(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Section { section, one, deep, .. } = section(&server).await;
    let editing = [PagePermission::Add, PagePermission::Edit].map(|permission| Grant::Page(section, permission));
    let ann = server.browser("ann", &editing).await;
    let pat = server.browser("pat", &[Grant::Page(section, PagePermission::Publish)]).await;
    let url = format!("/admin/pages/{section}/unpublish/");
    let list = pat.text(&format!("/admin/pages/{section}/")).await;
    assert!(list.contains(&format!("/admin/pages/{one}/unpublish/?next=")), "{list}");
    assert!(list.contains("Take the chosen pages off the site?"), "the bar asks first");
    assert_eq!(ann.get(&url).await.status, 403);
    assert_eq!(ann.post(&url, &[("below", "1")]).await.status, 403);
    let home = server.page_id("/").await;
    assert_eq!(pat.get(&format!("/admin/pages/{home}/unpublish/")).await.status, 403);
    assert_eq!(pat.post(&format!("/admin/pages/{home}/unpublish/"), &[("below", "1")]).await.status, 403);
    assert_eq!(pat.get("/admin/pages/987654/unpublish/").await.status, 404);
    let question = pat.text(&url).await;
    assert!(
        question.contains("Take Section off the site?") && question.contains("And the 2 pages below"),
        "{question}"
    );
    let next = format!("/admin/pages/{section}/?sort=title");
    assert_eq!(location(&pat.post(&url, &[("next", &next)]).await), next);
    assert!(!server.page(section).await.live && server.page(one).await.live, "alone");
    let question = pat.text(&url).await;
    assert!(question.contains("It is not live itself"), "{question}");
    assert_eq!(location(&pat.post(&url, &[("below", "1"), ("next", &next)]).await), next);
    assert!(!server.page(one).await.live && !server.page(deep).await.live);
    let entries = unpublished(&server, deep).await;
    assert_eq!((entries.len(), entries[0].actor.as_str()), (1, "pat"), "{entries:?}");
    assert!(pat.text(&url).await.contains("Neither the page nor anything below it is live."));
    assert_eq!(location(&pat.post(&url, &[("next", &next)]).await), next, "nothing to do is no error");
}

async fn a_terminal_takes_off_all_below(database: Database) {
    let server = Server::with(database, &[]).await;
    let Section { section, one, .. } = section(&server).await;
    let about = server.page_id("/about/").await;
    let made = server.content().create_alias(about, Position::LastChildOf(section), Extent::Page, Channel::Admin).await;
    let alias = made.expect("made");
    let url = format!("database.url={}", server.database_url);
    let vitrine = |arguments: &[&str]| run(vitrine(server.folder.path()).args(arguments).args(["--set", &url]));
    let (code, said, errors) = vitrine(&["page", "unpublish", &section.to_string(), "--with-descendants"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(said.contains("3 pages are off the site") && said.contains(&format!("page {alias} (About")), "{said}");
    assert!(!server.page(one).await.live && server.page(alias).await.live);
    let (code, _, errors) = vitrine(&["page", "unpublish", "1", "--with-descendants"]);
    assert!(code == Some(1) && errors.contains("stays where it is"), "{errors}");
}

on_both_databases!(
    all_that_is_live_below_goes_with_the_page,
    a_large_subtree_goes_at_once,
    the_editor_asks_how_far_it_goes,
    a_terminal_takes_off_all_below,
);
