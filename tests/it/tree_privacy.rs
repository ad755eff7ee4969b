//! Copies, aliases and the trash open nothing that was restricted.

use vitrine::content::privacy::Rule;
use vitrine::content::{CopyState, Copying, Extent, Position, Restoring};
use vitrine::telemetry::label::Channel;

use crate::support::{Database, Server, on_both_databases};

/// A restricted page with one below it.
async fn secret(server: &Server) -> i64 {
    let home = server.page_id("/").await;
    let secret = server.standard_page(home, "Secret", "<p>x</p>").await;
    server.standard_page(secret, "Below", "<p>The words.</p>").await;
    server.restrict(secret, Rule::Login).await;
    assert_eq!(server.get("/secret/below/").await.status, 403);
    secret
}

async fn a_copy_of_a_restricted_page_is_restricted(database: Database) {
    let server = Server::start(database).await;
    let (secret, about) = (secret(&server).await, server.page_id("/about/").await);
    let copying = Copying {
        to: Position::LastChildOf(about),
        extent: Extent::Subtree,
        state: CopyState::KeepLive,
        slug: None,
        title: None,
    };
    server.content().copy_page(secret, &copying, Channel::Admin).await.expect("copied");
    for path in ["/about/secret/", "/about/secret/below/"] {
        assert_eq!(server.get(path).await.status, 403, "{path}");
    }
    let into = Copying { to: Position::LastChildOf(secret), extent: Extent::Page, ..copying };
    server.content().copy_page(about, &into, Channel::Admin).await.expect("copied");
    assert_eq!(server.get("/secret/about/").await.status, 403, "what covers its place covers a copy");
}

async fn a_restricted_page_comes_back_from_the_trash_restricted(database: Database) {
    let server = Server::start(database).await;
    let secret = secret(&server).await;
    let below = server.page_id("/secret/below/").await;
    let content = server.content();
    content.trash_page(secret, Channel::Admin).await.expect("trashed");
    content.restore_page(secret, &Restoring::default(), Channel::Admin).await.expect("restored");
    assert_eq!(server.get("/secret/below/").await.status, 403);
    content.trash_page(below, Channel::Admin).await.expect("trashed");
    let to = Some(Position::LastChildOf(server.page_id("/").await));
    content.restore_page(below, &Restoring { to, slug: None }, Channel::Admin).await.expect("restored");
    assert_eq!(server.get("/below/").await.status, 200, "as a page that is moved out: its place decides");
}

async fn an_alias_that_only_its_source_protects_is_not_opened_by_losing_it(database: Database) {
    let server = Server::start(database).await;
    let (secret, about) = (secret(&server).await, server.page_id("/about/").await);
    let mirror = async |below: i64| {
        let made = server.content().create_alias(secret, Position::LastChildOf(below), Extent::Subtree, Channel::Admin);
        made.await.expect("mirrored")
    };
    let (first, second) = (mirror(about).await, mirror(server.page_id("/contact/").await).await);
    assert_eq!(server.get("/about/secret/below/").await.status, 403);
    server.content().convert_alias(first, Channel::Admin).await.expect("converted");
    assert!(!server.page(first).await.live);
    assert_eq!(server.get("/about/secret/").await.status, 404, "it is a draft");
    server.content().delete_page_anyway(secret, Channel::Admin).await.expect("deleted");
    assert_eq!(server.page(second).await.alias_of, None);
    for path in ["/contact/secret/", "/contact/secret/below/", "/about/secret/below/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    server.publish(second).await.expect("published by somebody who means it");
    assert_eq!(server.get("/contact/secret/").await.status, 200);
    assert_eq!(server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1 AND alias_of IS NULL"), 0);
}

on_both_databases!(
    a_copy_of_a_restricted_page_is_restricted,
    a_restricted_page_comes_back_from_the_trash_restricted,
    an_alias_that_only_its_source_protects_is_not_opened_by_losing_it
);
