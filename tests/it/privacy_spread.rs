//! What a restriction covers beside the pages below it: aliases, copies, what comes out of the trash, files.

use vitrine::content::privacy::{Rule, Target};
use vitrine::content::{CopyState, Copying, EditError, Extent, Parents, Position, Restoring, Translating, Version};
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::privacy::{PASSWORD, SLUG, assert_refused, cookie, password, secret_page};
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

const ALIAS: &str = "/contact/sale-of-the-lighthouse/";

async fn an_alias_is_as_restricted_as_its_source_and_its_place(database: Database) {
    let server = Server::start(database).await;
    let (page, contact) = (secret_page(&server).await, server.page_id("/contact/").await);
    let to = Position::LastChildOf(contact);
    let alias = server.content().create_alias(page, to, Extent::Page, Channel::Admin).await.expect("made");
    assert_eq!(server.get(ALIAS).await.status, 200);
    let restriction = server.restrict(page, password(PASSWORD)).await;
    assert_refused(&server.get(ALIAS).await, "its source is restricted");
    let inside = cookie(&server.give(ALIAS, restriction, PASSWORD).await);
    assert_eq!(server.get_with(ALIAS, &inside).await.status, 200, "one password opens both");
    server.restrict(contact, Rule::Login).await;
    assert_refused(&server.get_with(ALIAS, &inside).await, "its place is restricted too");
    assert_eq!(server.get_with(SLUG, &inside).await.status, 200);
    assert!(server.unrestrict(contact).await && server.unrestrict(page).await);
    for path in [ALIAS, SLUG] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    server.restrict(page, password(PASSWORD)).await;
    server.content().convert_alias(alias, Channel::Admin).await.expect("freed");
    assert!(server.unrestrict(page).await);
    assert_refused(&server.get(ALIAS).await, "a page of its own keeps what covered it");
    assert!(server.unrestrict(alias).await, "that is its own now");
    assert_eq!(server.get(ALIAS).await.status, 200);
}

async fn an_alias_whose_source_is_deleted_does_not_become_public(database: Database) {
    let server = Server::start(database).await;
    let (about, contact) = (server.page_id("/about/").await, server.page_id("/contact/").await);
    let page = secret_page(&server).await;
    let to = Position::LastChildOf(contact);
    server.content().create_alias(page, to, Extent::Page, Channel::Admin).await.expect("made");
    server.restrict(about, Rule::Login).await;
    assert_refused(&server.get(ALIAS).await, "the place of its source is restricted");
    server.content().delete_page_anyway(page, Channel::Admin).await.expect("deleted");
    assert_refused(&server.get(ALIAS).await, "it was freed");
    assert_eq!(server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1 AND alias_of IS NULL"), 0);
}

async fn copies_and_what_comes_back_are_as_restricted_as_they_must_be(database: Database) {
    let server = Server::start(database).await;
    let (page, contact) = (secret_page(&server).await, server.page_id("/contact/").await);
    server.restrict(page, password(PASSWORD)).await;
    let (extent, state) = (Extent::Subtree, CopyState::KeepLive);
    let copying = Copying { to: Position::LastChildOf(contact), extent, state, slug: None, title: None };
    let copy = server.content().copy_page(page, &copying, Channel::Admin).await.expect("copied");
    assert_refused(&server.get(ALIAS).await, "a copy has the restriction of its original");
    assert!(server.unrestrict(copy).await);
    assert_eq!(server.get(ALIAS).await.status, 200);
    server.content().trash_page(copy, Channel::Admin).await.expect("trashed");
    server.restrict(contact, Rule::Login).await;
    server.content().restore_page(copy, &Restoring::default(), Channel::Admin).await.expect("restored");
    assert_refused(&server.get(ALIAS).await, "its place was restricted meanwhile");
    let wrong = "SELECT COUNT(*) FROM page WHERE alias_of IS NULL AND restricted <> (restriction_id <> 0)";
    assert_eq!(number(&server.database_url, wrong), 0);
}

async fn a_translation_is_as_restricted_as_its_original(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let page = secret_page(&server).await;
    server.restrict(server.page_id("/about/").await, password(PASSWORD)).await;
    server.content().create_locale("de", None, Channel::Admin).await.expect("created");
    let how = Translating { parents: Parents::Mirrored, version: Version::Copy, extent: Extent::Page };
    let made = server.content().translate_page(page, "de", how, Channel::Admin).await.expect("translated");
    server.publish(made).await.expect("published");
    let path = "/de/about/sale-of-the-lighthouse/";
    eventually("the page is there", SOON, async || server.get(path).await.status != 404).await;
    assert_refused(&server.get(path).await, "what lies above its original covers it");
    assert_refused(&server.get("/de/about/").await, "the mirror of the restricted page");
    assert!(server.unrestrict(made).await, "the restriction is its own");
    assert_eq!(server.get(path).await.status, 200);
}

async fn a_copy_of_an_alias_does_not_become_public(database: Database) {
    let server = Server::start(database).await;
    let (page, contact) = (secret_page(&server).await, server.page_id("/contact/").await);
    let to = Position::LastChildOf(contact);
    let alias = server.content().create_alias(page, to, Extent::Page, Channel::Admin).await.expect("made");
    server.restrict(server.page_id("/about/").await, Rule::Login).await;
    let (extent, state) = (Extent::Subtree, CopyState::KeepLive);
    let to = Position::LastChildOf(server.page_id("/").await);
    let copying = Copying { to, extent, state, slug: None, title: None };
    server.content().copy_page(alias, &copying, Channel::Admin).await.expect("copied");
    assert_refused(&server.get("/sale-of-the-lighthouse/").await, "what covered the source covers the copy");
}

async fn the_password_of_a_collection_opens_what_is_in_it(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let outer = media.ensure_collection("Archive", Channel::Cli).await.expect("made");
    let inner = media.ensure_collection("Archive/Plans", Channel::Cli).await.expect("made");
    let new = NewFile { name: "plan.pdf".into(), collection: Some(inner), ..NewFile::default() };
    let document = media.add_document(&b"%PDF-1.4"[..], new).await.expect("taken");
    let url = media.document(document).await.expect("there").url();
    let restrict = async |id, rule| server.content().restrict(Target::Collection(id), rule, Channel::Admin).await;
    let restriction = restrict(outer, password(PASSWORD)).await.expect("restricted");
    assert_refused(&server.get(&url).await, "a collection above is restricted");
    assert_eq!(server.give(&url, restriction, "guess").await.status, 403);
    let taken = server.give(&url, restriction, PASSWORD).await;
    assert_eq!((taken.status.as_u16(), taken.header("location")), (303, url.as_str()));
    let inside = cookie(&taken);
    let opened = server.get_with(&url, &inside).await;
    assert_eq!((opened.status.as_u16(), opened.header("cache-control")), (200, "private, no-cache"));
    restrict(inner, Rule::Login).await.expect("restricted");
    assert_refused(&server.get_with(&url, &inside).await, "both must pass");
    let elsewhere = media.ensure_collection("Open", Channel::Cli).await.expect("made");
    assert!(server.content().unrestrict(Target::Collection(inner), Channel::Admin).await.expect("opened"));
    media.move_collection(inner, elsewhere, Channel::Cli).await.expect("moved");
    assert_eq!(server.get(&url).await.status, 200, "it left what was restricted");
    media.move_collection(inner, outer, Channel::Cli).await.expect("moved");
    assert_refused(&server.get(&url).await, "it is back");
    let checks = [("target", "collection"), ("outcome", "granted")];
    assert_eq!(server.metrics().await.sum("vitrine_privacy_checks_total", &checks), 1.0);
    let missing = restrict(999_999, Rule::Login).await.expect_err("there is none");
    assert!(matches!(missing, EditError::CollectionNotFound(999_999)));
}

async fn collections_are_restricted_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let archive = media.ensure_collection("Archive", Channel::Cli).await.expect("made");
    let new = NewFile { name: "plan.pdf".into(), collection: Some(archive), ..NewFile::default() };
    let document = media.add_document(&b"%PDF-1.4"[..], new).await.expect("taken");
    let path = media.document(document).await.expect("there").url();
    let (id, url) = (archive.to_string(), format!("database.url={}", server.database_url));
    let vitrine =
        |arguments: &[&str]| run(vitrine(server.folder.path()).arg("privacy").args(arguments).args(["--set", &url]));
    let (code, said, error) = vitrine(&["set", "--collection", &id, "--login"]);
    assert_eq!(
        (code, said.trim()),
        (Some(0), &*format!("collection {id} with all below is restricted: login")),
        "{error}"
    );
    eventually("it is refused", SOON, async || server.get(&path).await.status == 403).await;
    assert!(vitrine(&["list"]).1.contains("Archive  login"), "{}", vitrine(&["list"]).1);
    assert_ne!(vitrine(&["set", "1", "--collection", &id, "--login"]).0, Some(0), "one thing at a time");
    assert_eq!(vitrine(&["clear", "--collection", &id]).1.trim(), format!("collection {id} is open again"));
    eventually("it is open", SOON, async || server.get(&path).await.status == 200).await;
}

on_both_databases!(
    an_alias_is_as_restricted_as_its_source_and_its_place,
    an_alias_whose_source_is_deleted_does_not_become_public,
    copies_and_what_comes_back_are_as_restricted_as_they_must_be,
    a_translation_is_as_restricted_as_its_original,
    a_copy_of_an_alias_does_not_become_public,
    the_password_of_a_collection_opens_what_is_in_it,
    collections_are_restricted_from_a_terminal,
);
