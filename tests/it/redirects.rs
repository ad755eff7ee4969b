//! Old addresses: what pages leave behind when they move, and where visitors are sent.

use reqwest::Method;
use vitrine::content::Position;
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::postgres::number;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

async fn move_below(server: &Server, id: i64, parent: i64) {
    server.content().move_page(id, Position::LastChildOf(parent), Channel::Admin).await.expect("moved");
}

/// Status and `Location` of an address.
async fn sent(server: &Server, path: &str) -> (u16, String) {
    let answer = server.get(path).await;
    (answer.status.as_u16(), answer.header("location").to_owned())
}

fn to(path: &str) -> (u16, String) {
    (301, path.to_owned())
}

const NOWHERE: (u16, String) = (404, String::new());

/// A published page below another one; its id.
async fn page(server: &Server, parent: i64, title: &str) -> i64 {
    server.standard_page(parent, title, "<p>Words.</p>").await
}

async fn a_moved_subtree_leaves_one_redirect_for_all_of_it(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let one = page(&server, home, "One").await;
    let two = page(&server, one, "Two").await;
    page(&server, two, "Three").await;
    move_below(&server, one, about).await;
    assert_eq!(server.rows("redirect"), 1);
    for (old, new) in [
        ("/one/", "/about/one/"),
        ("/one", "/about/one/"),
        ("/one/two/", "/about/one/two/"),
        ("/one/two/three", "/about/one/two/three/"),
        ("/one/two/?b=2&a=%20", "/about/one/two/?b=2&a=%20"),
    ] {
        assert_eq!(sent(&server, old).await, to(new), "{old}");
    }
    let answer = server.send(Method::HEAD, "/one/", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (301, "no-cache"));
    assert_eq!(sent(&server, "/one/never/").await, NOWHERE, "a page that never was is not there either");
    assert_eq!(sent(&server, "/onetwo/").await, NOWHERE);
    move_below(&server, one, server.page_id("/contact/").await).await;
    assert_eq!(sent(&server, "/one/two/three/").await, to("/contact/one/two/three/"), "one step, not a chain");
    assert_eq!(sent(&server, "/about/one/two/").await, to("/contact/one/two/"));
    assert_eq!(server.rows("redirect"), 2);
}

async fn a_page_that_comes_back_leaves_no_loop(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let one = page(&server, home, "One").await;
    page(&server, one, "Two").await;
    for _ in 0..3 {
        move_below(&server, one, about).await;
        assert_eq!(sent(&server, "/one/two/").await, to("/about/one/two/"));
        assert_eq!(sent(&server, "/about/one/two/").await, (200, String::new()));
        move_below(&server, one, home).await;
        assert_eq!(sent(&server, "/about/one/two/").await, to("/one/two/"));
        assert_eq!(sent(&server, "/one/two/").await, (200, String::new()));
        assert_eq!(server.rows("redirect"), 1, "and what it left before is tidied up");
    }
}

async fn a_published_slug_leaves_a_redirect_and_a_draft_none(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let one = page(&server, home, "One").await;
    page(&server, one, "Two").await;
    server.change(one, |content| content.slug = "uno".into()).await.expect("saved");
    assert_eq!(server.rows("redirect"), 0, "a draft changes no address");
    server.publish(one).await.expect("published");
    assert_eq!(sent(&server, "/one/two/").await, to("/uno/two/"));
    server.republish(one, |content| content.slug = "one".into()).await;
    assert_eq!(sent(&server, "/uno/two/").await, to("/one/two/"));
    assert_eq!(sent(&server, "/one/").await, (200, String::new()));
    assert_eq!(server.rows("redirect"), 1);
    let draft = server.create(standard_page(home, "Never seen", "<p>x</p>")).await.expect("created");
    move_below(&server, draft, one).await;
    server.republish(draft, |content| content.slug = "seen".into()).await;
    assert_eq!(server.rows("redirect"), 1, "what nobody saw needs none");
    assert_eq!(sent(&server, "/never-seen/").await, NOWHERE);
}

async fn a_child_that_left_before_its_parent_is_found(database: Database) {
    let server = Server::start(database).await;
    let (home, about, contact) =
        (server.page_id("/").await, server.page_id("/about/").await, server.page_id("/contact/").await);
    let parent = page(&server, home, "Parent").await;
    let child = page(&server, parent, "Child").await;
    move_below(&server, parent, about).await;
    move_below(&server, child, contact).await;
    move_below(&server, parent, contact).await;
    for old in ["/parent/child/", "/about/parent/child/"] {
        assert_eq!(sent(&server, old).await, to("/contact/child/"), "{old}");
    }
    move_below(&server, parent, home).await;
    assert_eq!(sent(&server, "/parent/child/").await, to("/contact/child/"), "also when the parent is back");
    move_below(&server, child, parent).await;
    assert_eq!(sent(&server, "/parent/child/").await, (200, String::new()));
    for old in ["/about/parent/child/", "/contact/parent/child/", "/contact/child/"] {
        assert_eq!(sent(&server, old).await, to("/parent/child/"), "{old}");
    }
}

async fn a_page_that_takes_an_old_address_wins(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let one = page(&server, home, "One").await;
    page(&server, one, "Two").await;
    move_below(&server, one, about).await;
    let other = page(&server, home, "One").await;
    assert_eq!(sent(&server, "/one/").await, (200, String::new()));
    assert_eq!(sent(&server, "/one/two/").await, to("/about/one/two/"), "nothing else is there");
    move_below(&server, other, server.page_id("/contact/").await).await;
    assert_eq!(sent(&server, "/one/").await, to("/contact/one/"), "the last page that was there counts");
}

async fn a_target_that_is_not_public_is_no_target(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let one = page(&server, home, "One").await;
    let two = page(&server, one, "Two").await;
    move_below(&server, one, about).await;
    server.content().unpublish(two, Channel::Admin).await.expect("unpublished");
    assert_eq!(sent(&server, "/one/two/").await, NOWHERE);
    server.content().unpublish(one, Channel::Admin).await.expect("unpublished");
    assert_eq!(sent(&server, "/one/").await, NOWHERE);
    server.publish(one).await.expect("published");
    assert_eq!(sent(&server, "/one/").await, to("/about/one/"));
    server.content().delete_page(one, Channel::Admin).await.expect("deleted");
    assert_eq!(sent(&server, "/one/").await, NOWHERE);
    assert_eq!(server.rows("redirect"), 0, "a redirect goes with its page");
}

async fn sub_routes_are_carried_over(database: Database) {
    let server = Server::start(database).await;
    let blog = server.page_id("/blog/").await;
    server.republish(blog, |content| content.slug = "journal".into()).await;
    assert_eq!(sent(&server, "/blog/?page=2").await, to("/journal/?page=2"));
    assert_eq!(sent(&server, "/blog/category/water/").await, to("/journal/category/water/"));
    assert_eq!(sent(&server, "/blog/category/water/?page=1").await, to("/journal/category/water/?page=1"));
    assert_eq!(sent(&server, "/blog/soundings/").await, to("/journal/soundings/"));
    assert_eq!(sent(&server, "/blog/rss.xml").await, to("/journal/rss.xml"), "feeds too");
    for nowhere in ["/blog/category/none/", "/blog/colour/water/", "/blog/none/"] {
        assert_eq!(sent(&server, nowhere).await, NOWHERE, "{nowhere}");
    }
    assert_eq!(sent(&server, "/journal/soundings/").await.0, 200);
}

async fn hits_are_counted_and_written_together(database: Database) {
    let server = Server::start(database).await;
    let one = page(&server, server.page_id("/").await, "One").await;
    move_below(&server, one, server.page_id("/about/").await).await;
    for _ in 0..5 {
        assert_eq!(sent(&server, "/one/").await.0, 301);
    }
    assert_eq!(sent(&server, "/blog").await.0, 301);
    assert_eq!(server.send(Method::HEAD, "/one/", &[]).await.status, 301);
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_redirects_total", &[("kind", "automatic")]), 5.0);
    assert_eq!(metrics.sum("vitrine_redirects_total", &[("kind", "slash")]), 1.0);
    let pending = metrics.sum("vitrine_redirect_hits_pending", &[]);
    let hits = || number(&server.database_url, "SELECT CAST(SUM(hits) AS BIGINT) FROM redirect");
    assert!(pending == 1.0 || hits() > 0, "in memory or written");
    eventually("the hits are in the database", SOON, async || hits() == 5).await;
    assert_eq!(server.metrics().await.sum("vitrine_redirect_hits_pending", &[]), 0.0);
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM redirect WHERE last_hit_at > created_at"), 1);
    assert_eq!(sent(&server, "/one/").await.0, 301);
    let url = server.database_url.clone();
    server.running.stop().await;
    assert_eq!(number(&url, "SELECT CAST(SUM(hits) AS BIGINT) FROM redirect"), 6, "a server that stops writes them");
}

async fn what_many_ask_for_at_once_is_looked_up_for_all_of_them(database: Database) {
    let server = Server::start(database).await;
    let path = "/nothing-was-ever-here/";
    assert_eq!(server.get(path).await.status, 404);
    let asked = async || {
        let leads = [("db_query_summary", "redirect.list_leads")];
        server.metrics().await.sum("db_client_operation_duration_seconds_count", &leads)
    };
    let before = asked().await;
    let answers = futures_util::future::join_all((0..60).map(|_| server.get(path))).await;
    assert!(answers.iter().all(|answer| answer.status == 404));
    let times = asked().await - before;
    assert!((1.0..60.0).contains(&times), "60 requests asked {times} times");
}

on_both_databases!(
    what_many_ask_for_at_once_is_looked_up_for_all_of_them,
    a_moved_subtree_leaves_one_redirect_for_all_of_it,
    a_page_that_comes_back_leaves_no_loop,
    a_published_slug_leaves_a_redirect_and_a_draft_none,
    a_child_that_left_before_its_parent_is_found,
    a_page_that_takes_an_old_address_wins,
    a_target_that_is_not_public_is_no_target,
    sub_routes_are_carried_over,
    hits_are_counted_and_written_together,
);
