//! The trash: what goes in, comes back with the same ids and URLs, or is deleted for good after a while.

use vitrine::clock::Micros;
use vitrine::content::{CopyState, Copying, EditError, Extent, Position, Restoring, search};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
use crate::support::postgres::execute;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

async fn trash(server: &Server, id: i64) -> i64 {
    server.content().trash_page(id, Channel::Admin).await.expect("trashed").pages
}

async fn restore(server: &Server, id: i64, restoring: Restoring) -> Result<i64, EditError> {
    server.content().restore_page(id, &restoring, Channel::Admin).await
}

async fn what_is_trashed_is_nowhere_and_comes_back_as_it_was(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let order = server.children(home).await;
    let (instruments, tide) = (server.page_id("/instruments/").await, server.page_id("/instruments/tide/").await);
    let draft = server.create(standard_page(tide, "Never live", "<p>x</p>")).await.expect("created");
    let pages = ["/instruments/", "/instruments/tide/", "/"];
    let mut before = Vec::new();
    for path in pages {
        before.push(crate::support::site::without_nonces(server.get(path).await.text()));
    }
    let count = trash(&server, instruments).await;
    assert!(count > 3);
    for path in ["/instruments/", "/instruments/tide/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    let main = server.get("/").await.text().to_owned();
    assert!(!main.contains("href=\"/instruments/"), "no link has its address");
    let listed = server.content().list_trash(0).await.expect("listed");
    assert_eq!((listed.len(), listed[0].id, listed[0].pages, listed[0].total), (1, instruments, count, 1));
    assert_eq!(listed[0].url_path, "/home/instruments/");
    server.assert_tree_is_right().await;
    for refused in [
        server.publish(tide).await,
        server.change(draft, |content| content.title = "x".into()).await.map(|_| ()),
        server.put(tide, Position::LastChildOf(home)).await,
        server.create(standard_page(tide, "Below", "<p>x</p>")).await.map(|_| ()),
        server.content().trash_page(tide, Channel::Admin).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(EditError::InTrash(_))), "{refused:?}");
    }
    assert!(matches!(restore(&server, tide, Restoring::default()).await, Err(EditError::NotInTrash(_))));
    assert_eq!(restore(&server, instruments, Restoring::default()).await.expect("restored"), count);
    for (path, was) in pages.into_iter().zip(before) {
        assert_eq!(crate::support::site::without_nonces(server.get(path).await.text()), was, "{path}");
    }
    assert_eq!(server.children(home).await, order, "at its place");
    assert_eq!(server.page_id("/instruments/tide/").await, tide);
    assert!(!server.page(draft).await.live);
    assert_eq!(server.rows("trash"), 0);
    server.assert_tree_is_right().await;
}

async fn a_slug_is_free_while_its_page_is_in_the_trash(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let first = server.standard_page(home, "Twin", "<p>The first.</p>").await;
    server.change(first, |content| content.title = "Twin, drafted".into()).await.expect("drafted");
    trash(&server, first).await;
    let second = server.standard_page(home, "Twin", "<p>The second.</p>").await;
    assert!(server.get("/twin/").await.text().contains("The second."));
    let refused = restore(&server, first, Restoring::default()).await.expect_err("the address is taken");
    assert!(matches!(refused, EditError::AddressTaken { by, .. } if by == second), "{refused}");
    let other = Restoring { slug: Some("first-twin".into()), ..Restoring::default() };
    restore(&server, first, other).await.expect("restored");
    assert!(server.get("/first-twin/").await.text().contains("The first."));
    let newest = server.newest(first).await;
    assert_eq!((newest.slug.as_str(), newest.title.as_str()), ("first-twin", "Twin, drafted"));
    server.publish(first).await.expect("the draft goes on under the new slug");
    assert!(server.get("/first-twin/").await.text().contains("Twin, drafted"));
    assert_eq!(server.count("page WHERE live <> (live_revision_id IS NOT NULL) AND depth > 1"), 0);
}

async fn a_page_whose_place_is_gone_is_restored_elsewhere(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let above = server.standard_page(home, "Above", "<p>x</p>").await;
    let below = server.standard_page(above, "Below", "<p>Words.</p>").await;
    trash(&server, below).await;
    trash(&server, above).await;
    assert!(matches!(restore(&server, below, Restoring::default()).await, Err(EditError::InTrash(id)) if id == above));
    server.content().delete_page(above, Channel::Admin).await.expect("deleted");
    assert!(matches!(restore(&server, below, Restoring::default()).await, Err(EditError::PlaceGone(_))));
    let to = Some(Position::LastChildOf(home));
    restore(&server, below, Restoring { to, slug: None }).await.expect("restored");
    assert!(server.get("/below/").await.text().contains("Words."));
    server.assert_tree_is_right().await;
}

async fn the_rules_of_types_hold_when_a_page_comes_back(database: Database) {
    let server = Server::start(database).await;
    let (home, blog) = (server.page_id("/").await, server.page_id("/blog/").await);
    let posts = server.count("page WHERE type = 'blog.BlogPage' AND live");
    trash(&server, blog).await;
    let new = vitrine::content::NewPage {
        parent: home,
        type_name: "blog.BlogIndexPage".into(),
        title: "Another blog".into(),
        ..Default::default()
    };
    let other = server.create(new).await.expect("what is in the trash does not count");
    assert!(matches!(restore(&server, blog, Restoring::default()).await, Err(EditError::MaxCountPerParent { .. })));
    trash(&server, other).await;
    restore(&server, blog, Restoring::default()).await.expect("restored");
    assert!(server.get("/blog/").await.text().contains("/blog/soundings/"), "lists are whole again");
    server.content().refresh_census().await.expect("counted");
    let metrics = server.metrics().await;
    let states = |state| metrics.sum("vitrine_pages", &[("state", state), ("page_type", "blog.BlogPage")]);
    assert_eq!((states("live"), states("trashed")), (posts as f64, 0.0));
    assert_eq!(metrics.sum("vitrine_pages", &[("state", "trashed")]), 1.0);
    for event in ["trash", "restore"] {
        assert!(metrics.sum("vitrine_page_events_total", &[("event", event), ("channel", "admin")]) >= 1.0, "{event}");
    }
}

async fn lists_lose_and_regain_a_trashed_post(database: Database) {
    let server = Server::start(database).await;
    let new = post(&server, "Here and gone").await;
    let id = server.create(new).await.expect("created");
    server.publish(id).await.expect("published");
    let lists = ["/blog/", "/blog/tag/tests/", "/blog/category/water/"];
    for shown in [true, false, true] {
        for path in lists {
            assert_eq!(server.get(path).await.text().contains("/blog/here-and-gone/"), shown, "{path}");
        }
        match shown {
            true => drop(trash(&server, id).await),
            false => drop(restore(&server, id, Restoring::default()).await.expect("restored")),
        }
        if server.rows("trash") == 0 {
            break;
        }
    }
}

async fn the_trash_is_emptied_by_age(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let mut roots = Vec::new();
    for title in ["Old", "New"] {
        let root = server.standard_page(home, title, "<p>x</p>").await;
        for below in 0..3 {
            server.standard_page(root, &format!("Below {below}"), "<p>x</p>").await;
        }
        trash(&server, root).await;
        roots.push(root);
    }
    let hours_ago = |hours: i64| Micros::now().0 - hours * 3_600_000_000;
    let age = |id: i64, hours: i64| format!("UPDATE trash SET trashed_at = {} WHERE page_id = {id}", hours_ago(hours));
    execute(&server.database_url, &age(roots[0], 24 * 31)).expect("aged");
    execute(&server.database_url, &age(roots[1], 24 * 29)).expect("aged");
    let other = server.beside(&[("content.trash_days", "30")]).await;
    let gone = async || server.rows("trash") == 1;
    eventually("housekeeping deletes what is older than thirty days", SOON, gone).await;
    assert_eq!(other.content().list_trash(0).await.expect("listed")[0].id, roots[1]);
    assert_eq!(server.count(&format!("page WHERE id = {}", roots[0])), 0);
    assert_eq!(server.content().empty_trash(Micros(hours_ago(24 * 30))).await.expect("emptied"), 0);
    assert_eq!(server.content().empty_trash(Micros::now()).await.expect("emptied"), 4);
    assert_eq!(server.count("page WHERE trashed"), 0);
    server.assert_tree_is_right().await;
}

async fn what_others_point_at_is_not_deleted_by_accident(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let target = server.standard_page(home, "Target", "<p>x</p>").await;
    let inner = server.standard_page(target, "Inner", "<p>x</p>").await;
    let link = format!("<p><a linktype=\"page\" id=\"{inner}\">there</a></p>");
    let pointing = server.standard_page(home, "Pointing", &link).await;
    server.republish(inner, |content| {
        content.fields["body"] = serde_json::json!([{ "type": "paragraph", "value": format!("<p><a linktype=\"page\" id=\"{target}\">up</a></p>") }]);
    })
    .await;
    let refused = server.content().delete_page(target, Channel::Admin).await.expect_err("it is pointed at");
    let EditError::PointedAt(pointers) = &refused else { panic!("{refused}") };
    assert_eq!(pointers.len(), 1, "what is inside points at itself as it likes: {pointers:?}");
    assert_eq!((pointers[0].page_id, pointers[0].target_id, pointers[0].total), (Some(pointing), inner, 1));
    assert!(refused.to_string().contains("Pointing"), "{refused}");
    assert!(server.get("/pointing/").await.text().contains("href=\"/target/inner/\""));
    let trashed = server.content().trash_page(target, Channel::Admin).await.expect("the trash is for that");
    assert_eq!((trashed.pages, trashed.pointers), (2, 1));
    assert!(!server.get("/pointing/").await.text().contains("href=\"/target/inner/\""));
    restore(&server, target, Restoring::default()).await.expect("restored");
    assert!(server.get("/pointing/").await.text().contains("href=\"/target/inner/\""), "the link is back");
    assert_eq!(server.content().delete_page_anyway(target, Channel::Admin).await.expect("forced"), 2);
    assert_eq!(server.get("/pointing/").await.status, 200);
    for fixed in [1, home] {
        assert!(matches!(server.content().trash_page(fixed, Channel::Admin).await, Err(EditError::RootIsFixed)));
    }
}

async fn the_search_follows_into_the_trash_and_back(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let found = async || {
        let scope = search::Scope { kind: search::Kind::Page, root_id: 0, root_path: "", locale: "" };
        let results = search::find(server.db(), "quarzwecker", scope).await.expect("the search runs");
        results.ranked.iter().map(|ranked| ranked.object_id).collect::<std::collections::BTreeSet<i64>>()
    };
    let id = server.standard_page(home, "Quarzwecker", "<p>x</p>").await;
    let copying = Copying {
        to: Position::LastChildOf(home),
        extent: Extent::Subtree,
        state: CopyState::KeepLive,
        slug: None,
        title: None,
    };
    let copy = server.content().copy_page(id, &copying, Channel::Admin).await.expect("copied");
    let alias = server.content().create_alias(id, Position::LastChildOf(home), Extent::Page, Channel::Admin).await;
    let alias = alias.expect("mirrored");
    assert_eq!(found().await, [id, copy].into(), "an alias is found through its source");
    trash(&server, id).await;
    assert_eq!(found().await, [copy].into());
    restore(&server, id, Restoring::default()).await.expect("restored");
    assert_eq!(found().await, [id, copy].into());
    server.content().delete_page(id, Channel::Admin).await.expect("deleted");
    assert_eq!(found().await, [copy, alias].into(), "the alias is a page now");
    trash(&server, copy).await;
    server.content().empty_trash(Micros::now()).await.expect("emptied");
    assert_eq!(server.count(&format!("search_entry WHERE object_id IN ({id}, {copy})")), 0);
}

on_both_databases!(
    the_search_follows_into_the_trash_and_back,
    what_is_trashed_is_nowhere_and_comes_back_as_it_was,
    a_slug_is_free_while_its_page_is_in_the_trash,
    a_page_whose_place_is_gone_is_restored_elsewhere,
    the_rules_of_types_hold_when_a_page_comes_back,
    lists_lose_and_regain_a_trashed_post,
    the_trash_is_emptied_by_age,
    what_others_point_at_is_not_deleted_by_accident
);
