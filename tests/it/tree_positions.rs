//! Where a page goes when it is moved: first, last, left or right of another; and what it may not do.

use vitrine::content::{EditError, NewPage, Position};

use crate::support::edit::standard_page;
use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases};

/// A page with children `a` to `e`, each with a child of its own.
async fn family(server: &Server) -> (i64, Vec<i64>) {
    let home = server.page_id("/").await;
    let parent = server.standard_page(home, "Family", "<p>x</p>").await;
    let mut children = Vec::new();
    for title in ["a", "b", "c", "d", "e"] {
        let child = server.standard_page(parent, title, "<p>x</p>").await;
        server.standard_page(child, "below", "<p>x</p>").await;
        children.push(child);
    }
    (parent, children)
}

async fn a_page_goes_where_it_is_put_and_its_siblings_keep_their_addresses(database: Database) {
    let server = Server::start(database).await;
    let (parent, ids) = family(&server).await;
    let [a, b, c, d, e] = ids[..] else { unreachable!("five") };
    let cases = [
        (e, Position::FirstChildOf(parent), "e a b c d"),
        (d, Position::FirstChildOf(parent), "d e a b c"),
        (a, Position::LastChildOf(parent), "d e b c a"),
        (c, Position::LeftOf(e), "d c e b a"),
        (c, Position::RightOf(e), "d e c b a"),
        (a, Position::RightOf(d), "d a e c b"),
        (b, Position::RightOf(b), "d a e c b"),
        (e, Position::LeftOf(e), "d a e c b"),
        (b, Position::LeftOf(d), "b d a e c"),
        (b, Position::RightOf(c), "d a e c b"),
    ];
    for (id, to, order) in cases {
        server.put(id, to).await.unwrap_or_else(|error| panic!("{to:?}: {error}"));
        assert_eq!(server.children(parent).await, order, "{to:?}");
        server.assert_tree_is_right().await;
    }
    for child in ["a", "b", "c", "d", "e"] {
        assert_eq!(server.get(&format!("/family/{child}/below/")).await.status, 200);
    }
    let home = server.page_id("/").await;
    server.put(c, Position::LeftOf(parent)).await.expect("to the left of its parent");
    let order = server.children(home).await;
    assert!(order.ends_with("c family"), "{order}");
    assert_eq!(server.children(parent).await, "d a e b");
    assert_eq!(server.get("/c/below/").await.status, 200);
    assert_eq!(server.get("/family/c/").await.status, 301);
    server.assert_tree_is_right().await;
}

async fn siblings_step_aside_however_often_they_are_asked(database: Database) {
    let server = Server::start(database).await;
    let (parent, ids) = family(&server).await;
    for round in 0..60 {
        let (moved, other) = (ids[round % 5], ids[(round + 1 + round / 5 % 4) % 5]);
        let to = if round % 2 == 0 { Position::LeftOf(other) } else { Position::FirstChildOf(parent) };
        server.put(moved, to).await.expect("moved");
    }
    server.assert_tree_is_right().await;
    let mut order: Vec<char> = server.children(parent).await.replace(' ', "").chars().collect();
    order.sort_unstable();
    assert_eq!(order, ['a', 'b', 'c', 'd', 'e']);
}

async fn a_parent_whose_numbers_are_used_up_has_room_again(database: Database) {
    let server = Server::start(database).await;
    let (parent, ids) = family(&server).await;
    let nodes = server.nodes().await;
    let path = |id: i64| nodes.iter().find(|node| node.id == id).expect("listed").path.clone();
    for (id, step) in [(ids[3], "ZZZY"), (ids[4], "ZZZZ")] {
        let (old, new) = (path(id), format!("{}{step}", path(parent)));
        let move_it = format!(
            "UPDATE page SET path = '{new}' || SUBSTR(path, {}) WHERE path >= '{old}' AND path < '{old}['",
            old.len() + 1
        );
        execute(&server.database_url, &move_it).expect("moved");
    }
    server.assert_tree_is_right().await;
    let last = server.standard_page(parent, "f", "<p>x</p>").await;
    assert_eq!(server.children(parent).await, "a b c d e f");
    server.put(last, Position::LeftOf(ids[4])).await.expect("moved");
    server.put(ids[0], Position::RightOf(last)).await.expect("moved");
    assert_eq!(server.children(parent).await, "b c d f a e");
    server.assert_tree_is_right().await;
    assert_eq!(server.get("/family/e/below/").await.status, 200);
}

async fn a_reorder_is_no_second_page_for_the_rules_of_its_type(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (blog, about) = (server.page_id("/blog/").await, server.page_id("/about/").await);
    server.put(blog, Position::FirstChildOf(home)).await.expect("there may be one per parent, and there is");
    assert!(server.children(home).await.starts_with("blog "));
    server.put(blog, Position::RightOf(about)).await.expect("moved");
    assert_eq!(server.get("/blog/").await.status, 200);
    assert!(matches!(server.put(blog, Position::LastChildOf(about)).await, Err(EditError::Placement(_))));
    let metrics = server.metrics().await;
    let moves =
        |event| metrics.sum("vitrine_page_events_total", &[("event", event), ("page_type", "blog.BlogIndexPage")]);
    assert_eq!((moves("reorder"), moves("move")), (2.0, 0.0));
}

async fn a_site_root_may_change_places_with_its_siblings_and_the_site_follows(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let twin = "INSERT INTO page (path, depth, parent_id, type, title, draft_title, slug, url_path, created_at, updated_at, uuid, translation_key)
         VALUES ('00010003', 2, 1, 'home.HomePage', 'Twin', 'Twin', 'twin', '/twin/', 0, 0, 'twin', 'twin')";
    execute(&server.database_url, twin).expect("inserted");
    server.put(home, Position::LastChildOf(1)).await.expect("moved");
    assert_eq!(server.children(1).await, "home-de twin home");
    assert!(matches!(
        server.put(home, Position::LastChildOf(home)).await,
        Err(EditError::RootIsFixed | EditError::MoveIntoItself)
    ));
    let served = async || server.get("/blog/soundings/").await;
    assert_eq!(served().await.status, 200);
    crate::support::eventually("lists of the site are whole", crate::support::SOON, async || {
        server.get("/").await.text().contains("/blog/")
    })
    .await;
    server.assert_tree_is_right().await;
}

async fn the_deepest_page_of_a_moved_subtree_must_fit(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let mut deepest = home;
    // The root is level 1, home 2: the chain ends at level 59.
    for _ in 3..60 {
        let new = NewPage { slug: Some("n".into()), ..standard_page(deepest, "n", "<p>x</p>") };
        deepest = server.create(new).await.expect("created");
    }
    let two = server.create(standard_page(home, "Two levels", "<p>x</p>")).await.expect("created");
    server.create(standard_page(two, "Below", "<p>x</p>")).await.expect("created");
    let one = server.create(standard_page(home, "One level", "<p>x</p>")).await.expect("created");
    assert!(matches!(server.put(two, Position::LastChildOf(deepest)).await, Err(EditError::TooDeep(60))));
    server.put(one, Position::LastChildOf(deepest)).await.expect("level 60 is there");
    let below = server.create(standard_page(one, "Too deep", "<p>x</p>")).await;
    assert!(matches!(below, Err(EditError::TooDeep(60))));
    server.assert_tree_is_right().await;
}

on_both_databases!(
    a_page_goes_where_it_is_put_and_its_siblings_keep_their_addresses,
    siblings_step_aside_however_often_they_are_asked,
    a_parent_whose_numbers_are_used_up_has_room_again,
    a_reorder_is_no_second_page_for_the_rules_of_its_type,
    a_site_root_may_change_places_with_its_siblings_and_the_site_follows,
    the_deepest_page_of_a_moved_subtree_must_fit
);
