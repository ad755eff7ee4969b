//! Sites and their languages: which page an address shows, and what a page says of its translations.

use vitrine::content::page::{self, Page};
use vitrine::content::{EditError, NewPage, Position, SiteError};
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

async fn load(server: &Server, id: i64) -> Page {
    page::find(server.db(), id).await.expect("the database answers").expect("the page is there")
}

/// A page that translates another one, as a draft.
async fn translation(server: &Server, of: i64, parent: i64, title: &str, slug: &str) -> NewPage {
    let original = load(server, of).await;
    NewPage {
        parent,
        type_name: original.type_name,
        title: title.into(),
        slug: Some(slug.into()),
        show_in_menus: original.show_in_menus,
        fields: original.fields,
        locale: Some("de".into()),
        translation_key: Some(original.translation_key),
        ..NewPage::default()
    }
}

/// The default site in German too, with its front page and the page about us; the ids of both.
async fn german(server: &Server) -> (i64, i64) {
    server.content().create_locale("de", None).await.expect("created");
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let root = server.create(translation(server, home, 1, "Startseite", "home-de").await).await.expect("created");
    server.publish(root).await.expect("published");
    let ours = server.create(translation(server, about, root, "Über uns", "ueber-uns").await).await.expect("created");
    server.publish(ours).await.expect("published");
    let speaks = async || server.get("/de/ueber-uns/").await.status == 200;
    eventually("the site speaks German", SOON, speaks).await;
    (root, ours)
}

fn alternates(html: &str) -> Vec<String> {
    let links = html.split('<').filter(|tag| tag.starts_with("link rel=\"alternate\" hreflang="));
    links.map(|tag| format!("<{}", tag.trim())).collect()
}

async fn a_second_language_has_a_prefix_menus_and_breadcrumbs_of_its_own(database: Database) {
    let server = Server::start(database).await;
    german(&server).await;
    let page = server.get("/de/ueber-uns/").await;
    assert!(page.text().contains("<html lang=\"de\">"), "the page says its language");
    let main = page.text().split("<main").nth(1).expect("a main part");
    assert!(main.contains("Über uns"));
    assert!(
        page.text().contains("href=\"/de/ueber-uns/\"") && !page.text().contains("<a href=\"/services/\""),
        "its menu"
    );
    assert!(page.text().contains("class=\"wordmark\" href=\"/de/\""));
    let english = server.get("/about/").await;
    assert!(english.text().contains("<html lang=\"en\">") && english.text().contains("class=\"wordmark\" href=\"/\""));
    let slash = server.get("/de").await;
    assert_eq!((slash.status.as_u16(), slash.header("location")), (301, "/de/"));
    let missing = server.get("/de/nichts/").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("<html lang=\"de\">") && missing.text().contains("href=\"/de/ueber-uns/\""));
    assert!(server.get("/nothing/").await.text().contains("<html lang=\"en\">"));
    for path in ["/DE/", "/home-de/", "/fr/", "/de/about/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

async fn alternates_are_complete_and_the_same_on_every_version(database: Database) {
    let server = Server::start(database).await;
    assert_eq!(alternates(server.get("/about/").await.text()), Vec::<String>::new(), "one language needs none");
    let (root, ours) = german(&server).await;
    let expected = [
        "<link rel=\"alternate\" hreflang=\"en\" href=\"http://site.test/about/\">",
        "<link rel=\"alternate\" hreflang=\"de\" href=\"http://site.test/de/ueber-uns/\">",
        "<link rel=\"alternate\" hreflang=\"x-default\" href=\"http://site.test/about/\">",
    ];
    let same = async |path: &str| alternates(server.get(path).await.text()) == expected;
    eventually("the page tells of its translation", SOON, async || same("/about/").await).await;
    assert!(same("/de/ueber-uns/").await);
    assert_eq!(alternates(server.get("/de/").await.text()).len(), 3);
    assert_eq!(alternates(server.get("/services/").await.text()).len(), 0, "it is not translated");
    let about = server.get("/about/").await;
    assert!(about.text().contains("<a href=\"/de/ueber-uns/\" hreflang=\"de\" lang=\"de\">Deutsch</a>"));
    assert!(about.text().contains("hreflang=\"en\" lang=\"en\" aria-current=\"true\">English</a>"));
    server.republish(ours, |content| content.slug = "wir".into()).await;
    assert!(alternates(server.get("/about/").await.text())[1].contains("/de/wir/"), "a new address is told at once");
    server.content().unpublish(ours, Channel::Admin).await.expect("unpublished");
    assert_eq!(alternates(server.get("/about/").await.text()).len(), 0, "and so is a version that is gone");
    server.publish(ours).await.expect("published");
    assert_eq!(alternates(server.get("/about/").await.text()).len(), 3);
    server.republish(root, |content| content.slug = "start".into()).await;
    // The slug of a language's root is not in addresses.
    eventually("the site follows", SOON, async || server.get("/de/wir/").await.status == 200).await;
}

async fn a_page_in_two_languages_takes_as_many_queries(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    let before = server.get("/about/").await.queries();
    german(&server).await;
    assert_eq!(server.get("/about/").await.queries(), before);
    assert!(server.get("/de/ueber-uns/").await.queries() <= 4);
    assert_eq!(server.get("/blog/soundings/").await.queries(), 4);
}

async fn lists_stay_within_their_language(database: Database) {
    let server = Server::start(database).await;
    german(&server).await;
    assert!(server.get("/").await.text().contains("/blog/"), "the front page shows the latest posts");
    let latest = server.get("/de/").await;
    let main = latest.text().split("<main").nth(1).expect("a main part");
    assert!(!main.contains("class=\"entry"), "no post is written in German");
}

async fn a_page_stays_in_its_language(database: Database) {
    let server = Server::start(database).await;
    let (root, ours) = german(&server).await;
    let about = server.page_id("/about/").await;
    let moved = server.content().move_page(ours, Position::LastChildOf(about), Channel::Admin).await;
    assert!(matches!(moved, Err(EditError::OtherLanguage { .. })), "{moved:?}");
    let mut new = standard_page(root, "Englisch", "<p>x</p>");
    new.locale = Some("en".into());
    let made = server.create(new.clone()).await;
    assert!(matches!(made, Err(EditError::OtherLanguage { .. })), "{made:?}");
    new.locale = Some("fr".into());
    let made = server.create(new.clone()).await;
    assert!(matches!(made, Err(EditError::LocaleNotFound(code)) if code == "fr"));
    new.locale = None;
    let id = server.create(new).await.expect("created");
    assert_eq!(load(&server, id).await.locale, "de", "a page is in the language of its parent");
    let home = server.page_id("/").await;
    for title in ["De", "DE"] {
        let made = server.create(standard_page(home, title, "<p>x</p>")).await;
        assert!(matches!(made, Err(EditError::SlugIsLanguage(slug)) if slug == "de"), "{title}");
    }
    let renamed = server.change(about, |content| content.slug = "de".into()).await;
    renamed.expect("a draft may say so");
    assert!(matches!(server.publish(about).await, Err(EditError::SlugIsLanguage(_))));
    assert_eq!(server.get("/about/").await.status, 200, "nothing was changed");
}

async fn a_language_is_removed_only_when_no_page_is_written_in_it(database: Database) {
    let server = Server::start(database).await;
    let content = server.content();
    for bad in ["", "german", "de_DE", "d"] {
        assert!(matches!(content.create_locale(bad, None).await, Err(SiteError::LocaleInvalid(_))), "{bad}");
    }
    assert_eq!(content.create_locale("PT-br", None).await.expect("created"), "pt-BR");
    assert!(matches!(content.create_locale("pt-BR", None).await, Err(SiteError::LocaleTaken(_))));
    german(&server).await;
    assert!(matches!(content.delete_locale("de").await, Err(SiteError::LocaleUsed { .. })));
    assert!(matches!(content.delete_locale("en").await, Err(SiteError::LocaleIsDefault(_))));
    assert!(matches!(content.delete_locale("fr").await, Err(SiteError::LocaleNotFound(_))));
    content.delete_locale("pt-br").await.expect("removed");
    content.set_default_locale("de").await.expect("changed");
    let tree = server.create(NewPage {
        parent: 1,
        type_name: "home.HomePage".into(),
        title: "Zweite".into(),
        ..Default::default()
    });
    assert!(matches!(tree.await, Err(EditError::MaxCount { .. })), "one front page in each language");
}

on_both_databases!(
    a_second_language_has_a_prefix_menus_and_breadcrumbs_of_its_own,
    alternates_are_complete_and_the_same_on_every_version,
    a_page_in_two_languages_takes_as_many_queries,
    lists_stay_within_their_language,
    a_page_stays_in_its_language,
    a_language_is_removed_only_when_no_page_is_written_in_it,
);
