//! Translating pages in the editor: which languages a page is in, making its versions, and what is refused.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::content::audit::{self, Asked};
use vitrine::content::{Extent, Parents, Translating, Version};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::{Database, Server, on_both_databases};

const COPY: Translating = Translating { parents: Parents::Required, version: Version::Copy, extent: Extent::Page };

async fn start(database: Database) -> Server {
    let server = Server::in_english(database, &[PATIENT]).await;
    for code in ["de", "fr"] {
        server.content().create_locale(code, None, Channel::Admin).await.expect("created");
    }
    server
}

async fn editor<'s>(server: &'s Server, name: &str, pages: &[i64], permissions: &[PagePermission]) -> Browser<'s> {
    let grants: Vec<Grant> =
        pages.iter().flat_map(|page| permissions.iter().map(|permission| Grant::Page(*page, *permission))).collect();
    server.browser(name, &grants).await
}

async fn german(server: &Server, id: i64) -> i64 {
    server.content().translate_page(id, "de", COPY, Channel::Admin).await.expect("translated")
}

async fn a_page_is_translated_into_what_is_chosen(database: Database) {
    let server = start(database).await;
    let tide = server.page_id("/instruments/tide/").await;
    let root = server.root_browser().await;
    let url = format!("/admin/pages/{tide}/translate/");
    let form = root.text(&url).await;
    assert!(form.contains("Deutsch") && form.contains("Français") && form.contains("Not there yet:"), "{form}");
    for fields in [vec![], vec![("locale", "de")]] {
        let fields: Vec<(&str, &str)> = [("as", "copy")].into_iter().chain(fields).collect();
        assert_eq!(root.post(&url, &fields).await.status, 422, "{fields:?}");
    }
    for bad in ["en", "it", "'"] {
        assert_eq!(root.post(&url, &[("locale", bad), ("parents", "1")]).await.status, 400, "{bad}");
    }
    assert_eq!(root.post(&url, &[("locale", "de"), ("as", "x"), ("parents", "1")]).await.status, 400);
    let before = server.rows("page");
    let both = [("locale", "de"), ("locale", "fr"), ("parents", "1"), ("as", "copy")];
    assert_eq!(location(&root.post(&url, &both).await), url, "several: their list is what one sees");
    assert_eq!(server.rows("page"), before + 6, "with two mirrored parents each");
    let there = server.content().list_translations(vec![tide]).await.expect("listed");
    assert_eq!(there.iter().map(|found| found.locale.as_str()).collect::<Vec<_>>(), ["de", "fr"]);
    let made = server.page(there[0].id).await;
    assert_eq!((made.live, made.alias_of), (false, None));
    let parent = server.page(made.parent_id.expect("it has one")).await;
    assert_eq!(parent.alias_of, Some(server.page_id("/instruments/").await));
    let entries = audit::list(server.db(), &Asked { page: tide, ..Asked::default() }).await.expect("listed");
    assert_eq!((entries[0].event.as_str(), entries[0].actor.as_str()), ("translate", "root"));
    let form = root.text(&url).await;
    assert!(
        form.contains("The page is in every language.") && form.contains(&format!("/admin/pages/{}/edit/", made.id))
    );
    assert_eq!(root.post(&url, &[("locale", "de"), ("parents", "1")]).await.status, 400, "it is there");
    let list = root.text(&format!("/admin/pages/{}/", server.page_id("/instruments/").await)).await;
    assert!(list.contains(&format!("href=\"/admin/pages/{}/edit/\" hreflang=\"de\"", made.id)), "{list}");
    assert!(list.contains(&format!("/admin/pages/{tide}/translate/")), "{list}");
    let form = root.text(&format!("/admin/pages/{tide}/edit/")).await;
    assert!(form.contains("\"In Deutsch\"") && form.contains(&format!("/admin/pages/{}/edit/", made.id)), "{form}");
}

async fn a_whole_branch_is_mirrored(database: Database) {
    let server = start(database).await;
    let home = server.page_id("/").await;
    german(&server, home).await;
    let instruments = server.page_id("/instruments/").await;
    let root = server.root_browser().await;
    let url = format!("/admin/pages/{instruments}/translate/");
    let made = root.post(&url, &[("locale", "de"), ("as", "alias"), ("subtree", "1")]).await;
    let id: i64 = location(&made).split('/').nth(3).expect("an id").parse().expect("a number");
    let page = server.page(id).await;
    assert_eq!((page.alias_of, page.live, page.locale.as_str()), (Some(instruments), true, "de"));
    assert_eq!(
        server.content().count_subtree(id).await.expect("counted"),
        server.content().count_subtree(instruments).await.expect("counted")
    );
    assert!(root.text(location(&made)).await.contains("This page is an alias"));
    server.assert_tree_is_right().await;
}

async fn it_takes_what_adding_there_takes(database: Database) {
    let server = start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let german_home = german(&server, home).await;
    let add = [PagePermission::Add, PagePermission::Edit];
    let here = editor(&server, "here", &[about], &add).await;
    let both = editor(&server, "both", &[about, german_home], &add).await;
    let there = editor(&server, "there", &[german_home], &add).await;
    let url = format!("/admin/pages/{about}/translate/");
    let into = |code: &'static str| [("locale", code), ("parents", "1"), ("as", "copy")];
    assert_eq!(here.post(&url, &into("de")).await.status, 403, "not there");
    assert!(here.text(&url).await.contains("You may not add pages there."), "and it says so");
    assert_eq!(there.get(&url).await.status, 403, "not of what one may not see");
    assert_eq!(there.post(&url, &into("de")).await.status, 403);
    assert_eq!(both.post(&url, &into("fr")).await.status, 403, "its parents would be mirrored at the top");
    let alias = [("locale", "de"), ("as", "alias")];
    assert_eq!(both.post(&url, &alias).await.status, 403, "an alias would be live");
    let made = both.post(&url, &into("de")).await;
    let id: i64 = location(&made).split('/').nth(3).expect("an id").parse().expect("a number");
    assert_eq!(server.page(id).await.parent_id, Some(german_home));
    assert!(!here.text(&format!("/admin/pages/{about}/edit/")).await.contains("In Deutsch"), "she may not see it");
    let root = server.root_browser().await;
    assert_eq!(root.get("/admin/pages/1/translate/").await.status, 403);
    assert_eq!(root.get("/admin/pages/987654/translate/").await.status, 404);
}

on_both_databases!(
    a_page_is_translated_into_what_is_chosen,
    a_whole_branch_is_mirrored,
    it_takes_what_adding_there_takes,
);
