//! Copies of pages: pages of their own, alone or with all below, as drafts or live.

use std::collections::BTreeSet;

use vitrine::content::{CopyState, Copying, EditError, Extent, Position};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
use crate::support::{Database, Server, on_both_databases};

fn copying(to: Position, extent: Extent, state: CopyState) -> Copying {
    Copying { to, extent, state, slug: None, title: None }
}

async fn copy(server: &Server, id: i64, copying: &Copying) -> Result<i64, EditError> {
    server.content().copy_page(id, copying, Channel::Admin).await
}

async fn a_live_copy_shows_what_the_original_shows_and_is_a_page_of_its_own(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let above = server.standard_page(home, "Above", "<p>The upper one.</p>").await;
    let below =
        server.standard_page(above, "Below", &format!("<p><a linktype=\"page\" id=\"{above}\">up</a></p>")).await;
    server.create(standard_page(below, "Draft", "<p>Not yet.</p>")).await.expect("created");
    server.change(below, |content| content.title = "Below, changed".into()).await.expect("drafted");
    let made = copy(&server, above, &copying(Position::RightOf(above), Extent::Subtree, CopyState::KeepLive)).await;
    let made = made.expect("copied");
    assert!(server.children(home).await.ends_with("above above-2"));
    assert!(server.get("/above-2/").await.text().contains("The upper one."));
    let lower = server.get("/above-2/below/").await;
    assert!(lower.text().contains("href=\"/above/\""), "links go on pointing at the original: {}", lower.text());
    assert_eq!(server.get("/above-2/below/draft/").await.status, 404);
    let copied = server.page_id("/above-2/below/").await;
    assert_eq!(server.newest(copied).await.title, "Below, changed", "the draft came along");
    server.republish(copied, |content| content.title = "The copy".into()).await;
    assert!(server.get("/above/below/").await.text().contains("<h1"));
    assert!(!server.get("/above/below/").await.text().contains("The copy"));
    let keys = server.count("(SELECT DISTINCT uuid FROM page UNION SELECT DISTINCT translation_key FROM page) AS keys");
    assert_eq!(keys, server.rows("page"), "each page has its own uuid, which is its translation key");
    let halves = server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1");
    assert_eq!(halves, 0);
    let (one, other) = (server.page(above).await, server.page(made).await);
    assert_eq!((one.title, one.fields, one.summary), (other.title, other.fields, other.summary));
    server.assert_tree_is_right().await;
}

async fn a_copy_as_a_draft_is_seen_by_nobody_until_it_is_published(database: Database) {
    let server = Server::start(database).await;
    let blog = server.page_id("/blog/").await;
    let new = post(&server, "The original").await;
    let original = server.create(new).await.expect("created");
    server.publish(original).await.expect("published");
    let before = server.get("/blog/").await.text().to_owned();
    let copying = Copying {
        slug: Some("another".into()),
        title: Some("Another".into()),
        ..copying(Position::LastChildOf(blog), Extent::Page, CopyState::Draft)
    };
    let made = copy(&server, original, &copying).await.expect("copied");
    assert_eq!(server.get("/blog/another/").await.status, 404);
    assert_eq!(server.get("/blog/").await.text(), before);
    let tags = format!("page_tag WHERE page_id = {made}");
    let references = format!("page_reference WHERE page_id = {made}");
    assert_eq!((server.count(&tags), server.count(&references)), (0, 0), "lists are narrowed by what is live");
    assert!(server.count(&format!("reference_index WHERE page_id = {made} AND NOT live")) > 0, "it is a use");
    server.publish(made).await.expect("published");
    let shown = server.get("/blog/another/").await;
    assert!(shown.text().contains("Another") && !shown.text().contains("The original</h1>"), "{}", shown.text());
    assert_eq!(server.count(&tags), 1);
    assert!(server.get("/blog/tag/tests/").await.text().contains("/blog/another/"));
}

async fn a_live_copy_of_a_post_is_in_the_same_lists(database: Database) {
    let server = Server::start(database).await;
    let blog = server.page_id("/blog/").await;
    let new = post(&server, "The original").await;
    let original = server.create(new).await.expect("created");
    server.publish(original).await.expect("published");
    for path in ["/blog/", "/blog/tag/tests/", "/blog/category/water/"] {
        assert_eq!(server.get(path).await.status, 200);
    }
    let made = copy(&server, original, &copying(Position::LastChildOf(blog), Extent::Page, CopyState::KeepLive)).await;
    made.expect("copied");
    for path in ["/blog/", "/blog/tag/tests/", "/blog/category/water/"] {
        assert!(server.get(path).await.text().contains("/blog/the-original-2/"), "{path}");
    }
}

async fn copies_are_refused_where_the_page_may_not_go(database: Database) {
    let server = Server::start(database).await;
    let (home, blog, about) =
        (server.page_id("/").await, server.page_id("/blog/").await, server.page_id("/about/").await);
    let before = server.rows("page");
    let whole = |to| copying(to, Extent::Subtree, CopyState::Draft);
    let refusals: [(i64, Copying, &str); 7] = [
        (blog, whole(Position::LastChildOf(home)), "max_count_per_parent"),
        (about, whole(Position::LastChildOf(blog)), "parent_types"),
        (home, whole(Position::LastChildOf(1)), "max_count"),
        (about, whole(Position::LastChildOf(about)), "below itself"),
        (about, Copying { slug: Some("blog".into()), ..whole(Position::LastChildOf(home)) }, "taken"),
        (about, Copying { slug: Some("a/b".into()), ..whole(Position::LastChildOf(home)) }, "slug"),
        (about, Copying { title: Some(" ".into()), ..whole(Position::LastChildOf(home)) }, "title"),
    ];
    for (id, copying, word) in refusals {
        let refused = copy(&server, id, &copying).await.expect_err(word).to_string();
        assert!(refused.contains(word), "{word}: {refused}");
    }
    assert!(copy(&server, 1, &whole(Position::LastChildOf(about))).await.is_err());
    assert_eq!(server.rows("page"), before, "nothing is half-written");
    let beside = copying(Position::LastChildOf(about), Extent::Page, CopyState::KeepLive);
    copy(&server, about, &beside).await.expect("a page alone may be copied below itself");
    assert_eq!(server.get("/about/about/").await.status, 200);
    let slugs: BTreeSet<String> = server.nodes().await.into_iter().map(|node| node.url_path).collect();
    assert_eq!(slugs.len() as i64, server.rows("page"), "no two pages have one URL");
}

async fn a_copy_for_which_the_original_steps_aside_is_whole(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let parent = server.standard_page(home, "Parent", "<p>x</p>").await;
    let first = server.standard_page(parent, "First", "<p>Words.</p>").await;
    server.standard_page(first, "Below", "<p>Lower words.</p>").await;
    let made = copy(&server, first, &copying(Position::LeftOf(first), Extent::Subtree, CopyState::KeepLive)).await;
    assert_eq!(server.children(parent).await, "first-2 first");
    assert_eq!(server.newest(made.expect("copied")).await.slug, "first-2");
    assert!(server.get("/parent/first-2/below/").await.text().contains("Lower words."));
    let alias = server.content().create_alias(first, Position::LeftOf(first), Extent::Subtree, Channel::Admin).await;
    assert_eq!(server.page(alias.expect("mirrored")).await.alias_of, Some(first));
    assert!(server.get("/parent/first-3/below/").await.text().contains("Lower words."));
    server.assert_tree_is_right().await;
}

on_both_databases!(
    a_copy_for_which_the_original_steps_aside_is_whole,
    a_live_copy_shows_what_the_original_shows_and_is_a_page_of_its_own,
    a_copy_as_a_draft_is_seen_by_nobody_until_it_is_published,
    a_live_copy_of_a_post_is_in_the_same_lists,
    copies_are_refused_where_the_page_may_not_go
);
