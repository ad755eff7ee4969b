//! Aliases: they show what their source published, go when it goes, and cannot be edited.

use vitrine::content::{CopyState, Copying, EditError, Extent, Position};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
use crate::support::{Database, Server, on_both_databases};

async fn alias(server: &Server, source: i64, below: i64, extent: Extent) -> i64 {
    let made = server.content().create_alias(source, Position::LastChildOf(below), extent, Channel::Admin).await;
    made.expect("the alias is made")
}

async fn an_alias_follows_what_its_source_publishes(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let about = server.page_id("/about/").await;
    let source = server.standard_page(home, "Source", "<p>First words.</p>").await;
    let mirror = alias(&server, source, about, Extent::Page).await;
    assert!(server.get("/about/source/").await.text().contains("First words."));
    let cached = server.get("/contact/").await;
    server.change(source, |content| content.title = "Only drafted".into()).await.expect("drafted");
    assert_eq!(server.get("/about/source/").await.cache(), "hit", "a draft touches nothing");
    server.republish(source, |content| content.title = "Published".into()).await;
    assert_eq!(server.get("/about/source/").await.cache(), "miss");
    assert!(server.get("/about/source/").await.text().contains("Published"));
    assert_eq!(server.get("/contact/").await.cache(), "hit", "{:?}", cached.status);
    server.republish(source, |content| content.slug = "renamed".into()).await;
    assert_eq!(server.get("/renamed/").await.status, 200);
    assert_eq!(server.get("/about/source/").await.status, 200, "an alias keeps its own slug");
    server.content().unpublish(source, Channel::Admin).await.expect("unpublished");
    assert_eq!(server.get("/about/source/").await.status, 404);
    server.publish(source).await.expect("published");
    assert_eq!(server.get("/about/source/").await.status, 200);
    assert_eq!(server.page(mirror).await.alias_of, Some(source));
    server.assert_tree_is_right().await;
}

async fn an_alias_of_a_draft_appears_with_the_first_publication(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let source = server.create(standard_page(home, "Source", "<p>Later.</p>")).await.expect("created");
    alias(&server, source, about, Extent::Page).await;
    assert_eq!(server.get("/about/source/").await.status, 404);
    server.publish(source).await.expect("published");
    assert!(server.get("/about/source/").await.text().contains("Later."));
}

async fn an_alias_is_not_edited_and_says_where_its_source_is(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let source = server.standard_page(home, "Source", "<p>x</p>").await;
    let mirror = alias(&server, source, about, Extent::Page).await;
    let content = server.newest(source).await;
    let refused = [
        server.content().save_draft(mirror, content, Channel::Admin).await.map(|_| ()),
        server.publish(mirror).await,
        server.content().unpublish(mirror, Channel::Admin).await,
    ];
    for refused in refused {
        let error = refused.expect_err("an alias is read-only");
        assert!(matches!(error, EditError::IsAlias { page, source_page } if (page, source_page) == (mirror, source)));
        assert!(error.to_string().contains(&source.to_string()), "{error}");
    }
    assert!(matches!(server.content().convert_alias(source, Channel::Admin).await, Err(EditError::NotAnAlias(_))));
    let second = alias(&server, mirror, home, Extent::Page).await;
    assert_eq!(server.page(second).await.alias_of, Some(source), "an alias of an alias mirrors the source");
}

async fn a_converted_alias_is_a_page_that_follows_no_more(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let source = server.standard_page(home, "Source", "<p>The text.</p>").await;
    let mirror = alias(&server, source, about, Extent::Page).await;
    server.content().convert_alias(mirror, Channel::Admin).await.expect("converted");
    server.republish(source, |content| content.title = "The source alone".into()).await;
    let shown = server.get("/about/source/").await;
    assert!(shown.text().contains("The text.") && !shown.text().contains("The source alone"));
    let newest = server.newest(mirror).await;
    assert_eq!((newest.title.as_str(), newest.slug.as_str()), ("Source", "source"));
    server.republish(mirror, |content| content.title = "Its own".into()).await;
    assert!(server.get("/about/source/").await.text().contains("Its own"));
    let draft = server.create(standard_page(home, "Draft", "<p>Drafted.</p>")).await.expect("created");
    let mirror = alias(&server, draft, about, Extent::Page).await;
    server.content().convert_alias(mirror, Channel::Admin).await.expect("converted");
    server.publish(mirror).await.expect("published");
    assert!(server.get("/about/draft/").await.text().contains("Drafted."), "it begins with the source's draft");
    assert_eq!(server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1"), 0);
}

async fn a_whole_subtree_is_mirrored_and_outlives_its_source(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let source = server.standard_page(home, "Source", "<p>Upper.</p>").await;
    let below = server.standard_page(source, "Below", "<p>Lower.</p>").await;
    let mirror = alias(&server, source, about, Extent::Subtree).await;
    let lower = server.page_id("/about/source/below/").await;
    assert_eq!(server.page(lower).await.alias_of, Some(below));
    server.republish(below, |content| content.title = "Lower, changed".into()).await;
    assert!(server.get("/about/source/below/").await.text().contains("Lower, changed"));
    let inside = alias(&server, below, source, Extent::Page).await;
    server.content().trash_page(source, Channel::Admin).await.expect("trashed");
    for path in ["/about/source/", "/about/source/below/"] {
        assert_eq!(server.get(path).await.status, 404, "{path} goes with its source");
    }
    server.content().restore_page(source, &Default::default(), Channel::Admin).await.expect("restored");
    assert_eq!(server.get("/about/source/below/").await.status, 200);
    assert_eq!(server.page(inside).await.alias_of, Some(below));
    server.content().delete_page(source, Channel::Admin).await.expect("deleted");
    for (id, path) in [(mirror, "/about/source/"), (lower, "/about/source/below/")] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
        assert_eq!(server.page(id).await.alias_of, None);
        assert_eq!(server.newest(id).await.title, server.page(id).await.title);
    }
    server.republish(lower, |content| content.title = "Edited at last".into()).await;
    assert_eq!(server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1"), 0);
    server.assert_tree_is_right().await;
}

async fn an_alias_of_a_post_is_in_lists_and_a_copy_of_it_is_a_page(database: Database) {
    let server = Server::start(database).await;
    let blog = server.page_id("/blog/").await;
    let new = post(&server, "A post").await;
    let source = server.create(new).await.expect("created");
    server.publish(source).await.expect("published");
    server.get("/blog/tag/tests/").await;
    let mirror = alias(&server, source, blog, Extent::Page).await;
    assert!(server.get("/blog/tag/tests/").await.text().contains("/blog/a-post-2/"));
    let tags = format!("page_tag WHERE page_id = {mirror}");
    server
        .republish(source, |content| drop(content.fields.insert("tags".into(), serde_json::json!(["one", "two"]))))
        .await;
    assert_eq!(server.count(&tags), 2);
    assert!(!server.get("/blog/tag/tests/").await.text().contains("/blog/a-post-2/"));
    let copying = Copying {
        to: Position::LastChildOf(blog),
        extent: Extent::Page,
        state: CopyState::KeepLive,
        slug: Some("copied".into()),
        title: None,
    };
    let copied = server.content().copy_page(mirror, &copying, Channel::Admin).await.expect("copied");
    assert_eq!(server.page(copied).await.alias_of, None);
    assert_eq!(server.newest(copied).await.slug, "copied");
    server.republish(copied, |content| content.title = "Edited".into()).await;
    assert!(server.get("/blog/copied/").await.text().contains("Edited"));
}

on_both_databases!(
    an_alias_follows_what_its_source_publishes,
    an_alias_of_a_draft_appears_with_the_first_publication,
    an_alias_is_not_edited_and_says_where_its_source_is,
    a_converted_alias_is_a_page_that_follows_no_more,
    a_whole_subtree_is_mirrored_and_outlives_its_source,
    an_alias_of_a_post_is_in_lists_and_a_copy_of_it_is_a_page
);
