//! Translating pages: where the new page goes, what it holds, and what is refused.

use vitrine::content::page::{self, Page};
use vitrine::content::{EditError, Extent, Parents, Position, Translating, Version};
use vitrine::telemetry::label::Channel;

use crate::support::process::{run, vitrine};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const COPY: Translating = Translating { parents: Parents::Required, version: Version::Copy, extent: Extent::Page };

async fn load(server: &Server, id: i64) -> Page {
    page::find(server.db(), id).await.expect("the database answers").expect("the page is there")
}

async fn translate(server: &Server, id: i64, how: Translating) -> Result<i64, EditError> {
    server.content().translate_page(id, "de", how, Channel::Admin).await
}

/// The default site in English, with German and nothing in it yet.
async fn start(database: Database) -> Server {
    let server = Server::in_english(database, &[]).await;
    server.content().create_locale("de", None, Channel::Admin).await.expect("created");
    server
}

async fn a_translation_is_a_draft_below_the_translated_parent(database: Database) {
    let server = start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    server.change(about, |content| content.title = "About us, newly".into()).await.expect("saved");
    let refused = translate(&server, about, COPY).await;
    assert!(matches!(&refused, Err(EditError::ParentNotTranslated { parent, .. }) if *parent == home), "{refused:?}");
    let root = load(&server, translate(&server, home, COPY).await.expect("translated")).await;
    let original = load(&server, home).await;
    assert_eq!((root.parent_id, root.slug.as_str(), root.locale.as_str()), (Some(1), "home-de", "de"));
    assert_eq!((&root.translation_key, root.live, root.alias_of), (&original.translation_key, false, None));
    assert_eq!(server.newest(root.id).await.fields, server.newest(home).await.fields);
    let ours = load(&server, translate(&server, about, COPY).await.expect("translated")).await;
    assert_eq!((ours.parent_id, ours.slug.as_str(), ours.locale.as_str()), (Some(root.id), "about", "de"));
    assert_eq!(server.newest(ours.id).await.title, "About us, newly", "the newest draft is what is translated");
    let again = translate(&server, about, COPY).await;
    assert!(matches!(&again, Err(EditError::TranslationExists { page, .. }) if *page == ours.id), "{again:?}");
    server.publish(root.id).await.expect("published");
    server.republish(ours.id, |content| content.title = "Über uns".into()).await;
    eventually("the site speaks German", SOON, async || server.get("/de/about/").await.status == 200).await;
    assert!(server.get("/de/about/").await.text().contains("Über uns"));
    assert!(server.get("/about/").await.text().contains("hreflang=\"de\""));
    server.assert_tree_is_right().await;
}

async fn parents_are_mirrored_when_asked(database: Database) {
    let server = start(database).await;
    let tide = server.page_id("/instruments/tide/").await;
    let made = translate(&server, tide, Translating { parents: Parents::Mirrored, ..COPY }).await.expect("translated");
    let instruments = load(&server, load(&server, made).await.parent_id.expect("it has one")).await;
    let root = load(&server, instruments.parent_id.expect("it has one")).await;
    assert_eq!(instruments.alias_of, Some(server.page_id("/instruments/").await));
    assert_eq!((root.alias_of, root.parent_id), (Some(server.page_id("/").await), Some(1)));
    eventually("the mirrors are live", SOON, async || server.get("/de/instruments/").await.status == 200).await;
    assert_eq!(server.get("/de/instruments/tide/").await.status, 404, "the translation is a draft");
    assert!(server.get("/instruments/").await.text().contains("href=\"http://site.test/de/instruments/\""));
    server.publish(made).await.expect("published");
    assert_eq!(server.get("/de/instruments/tide/").await.status, 200);
    server
        .republish(server.page_id("/instruments/").await, |content| content.title = "Renamed instruments".into())
        .await;
    assert!(server.get("/de/instruments/").await.text().contains("Renamed instruments"), "a mirror follows");
    server.assert_tree_is_right().await;
}

async fn a_whole_tree_is_translated_at_once(database: Database) {
    let server = start(database).await;
    let home = server.page_id("/").await;
    let all = server.rows("page");
    let root = translate(&server, home, Translating { extent: Extent::Subtree, ..COPY }).await.expect("translated");
    assert_eq!(server.rows("page"), all * 2 - 1, "every page but the hidden root");
    let pairs = "SELECT COUNT(*) FROM page a JOIN page b ON a.translation_key = b.translation_key AND b.locale = 'de'
                 WHERE a.locale = 'en' AND a.type = b.type AND a.depth = b.depth AND NOT b.live";
    assert_eq!(crate::support::postgres::number(&server.database_url, pairs), all - 1);
    server.assert_tree_is_right().await;
    server.content().trash_page(root, Channel::Admin).await.expect("a language can be taken away");
    assert!(
        matches!(translate(&server, home, COPY).await, Err(EditError::TranslationExists { .. })),
        "it may come back"
    );
    assert!(server.content().delete_locale("de", Channel::Admin).await.is_err(), "the trash holds pages in it");
}

async fn what_cannot_be_translated_is_refused(database: Database) {
    let server = start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let into = async |id, code| server.content().translate_page(id, code, COPY, Channel::Admin).await;
    assert!(matches!(into(about, "fr").await, Err(EditError::LocaleNotFound(_))));
    assert!(matches!(into(home, "en").await, Err(EditError::TranslationExists { page, .. }) if page == home));
    assert!(matches!(into(1, "de").await, Err(EditError::RootIsFixed)));
    assert!(matches!(into(9_999, "de").await, Err(EditError::PageNotFound(9_999))));
    let before = server.rows("page");
    let way = server.create(crate::support::edit::standard_page(home, "De", "<p>x</p>")).await.expect("created");
    assert!(matches!(into(home, "de").await, Err(EditError::SlugIsLanguage(_))), "a page is at /de/");
    server.content().delete_page(way, Channel::Admin).await.expect("deleted");
    assert_eq!(server.rows("page"), before);
}

async fn a_page_that_is_not_for_everybody_is_not_so_in_another_language_either(database: Database) {
    let server = start(database).await;
    let home = server.page_id("/").await;
    translate(&server, home, Translating { version: Version::Alias, ..COPY }).await.expect("translated");
    let about = server.page_id("/about/").await;
    let target = vitrine::content::privacy::Target::Page(about);
    let rule = vitrine::content::privacy::Rule::Login;
    server.content().restrict(target, rule, Channel::Admin).await.expect("restricted");
    let alias = Translating { version: Version::Alias, ..COPY };
    let made = translate(&server, about, alias).await.expect("translated");
    assert!(load(&server, made).await.restricted, "an alias shows what its source shows");
    assert_ne!(server.get("/de/about/").await.status, 200);
}

async fn pages_are_translated_from_the_terminal(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let url = format!("database.url={}", server.database_url);
    let vitrine = |arguments: &[&str]| run(vitrine(server.folder.path()).args(arguments).args(["--set", &url]));
    let (code, said, errors) = vitrine(&["locale", "add", "DE"]);
    assert_eq!((code, said.trim()), (Some(0), "de  Deutsch"), "{errors}");
    let (code, said, _) = vitrine(&["locale", "list"]);
    assert!(code == Some(0) && said.contains("en") && said.contains("default") && said.contains("Deutsch"), "{said}");
    let about = server.page_id("/about/").await.to_string();
    let (code, _, errors) = vitrine(&["page", "translate", &about, "de"]);
    assert!(code == Some(1) && errors.contains("translate it first"), "{errors}");
    let (code, said, errors) = vitrine(&["page", "translate", &about, "de", "--with-parents"]);
    assert_eq!(code, Some(0), "{errors}");
    let made: i64 = said.trim().parse().expect("the new page's id");
    assert_eq!(load(&server, made).await.locale, "de");
    let (code, _, errors) = vitrine(&["locale", "remove", "de"]);
    assert!(code == Some(1) && errors.contains("is written in de"), "{errors}");
    let (code, said, _) = vitrine(&["locale", "add", "pt-br", "--name", "Brasileiro"]);
    assert_eq!((code, said.trim()), (Some(0), "pt-BR  Brasileiro"));
    assert_eq!(vitrine(&["locale", "remove", "pt-BR"]).0, Some(0));
    let moved = server.content().move_page(made, Position::LastChildOf(1), Channel::Admin).await;
    assert!(moved.is_err(), "its type has no place there");
}

on_both_databases!(
    a_translation_is_a_draft_below_the_translated_parent,
    parents_are_mirrored_when_asked,
    a_whole_tree_is_translated_at_once,
    what_cannot_be_translated_is_refused,
    a_page_that_is_not_for_everybody_is_not_so_in_another_language_either,
    pages_are_translated_from_the_terminal,
);
