//! What lists of pages are narrowed to beside their children's own facts: who edited them, the site, what is below, until
//! when they were changed, and words, all together in one address.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::clock::Micros;
use vitrine::content::explore::{Asked, Below, Cursor, Direction, Filter, Matching, Order, Part, Status};
use vitrine::content::{Actor, NewSite};
use vitrine::telemetry::label::Channel;

use crate::explore::{fill, settle};
use crate::support::browser::PATIENT;
use crate::support::edit::standard_page;
use crate::support::postgres::{execute, plan};
use crate::support::{Database, SOON, Server, eventually, is_long, on_both_databases};

async fn titles(server: &Server, parent: i64, filter: &Filter, only: Option<Vec<String>>) -> Vec<String> {
    let asked = Asked { parent, order: Order::Title, direction: Direction::Up, filter, after: None, only, limit: 50 };
    let part = server.content().list_children(asked).await.expect("listed");
    part.rows.into_iter().map(|row| row.title).collect()
}

async fn each_filter_keeps_what_it_says(database: Database) {
    let server = Server::with(database, &[]).await;
    let ann = server.user("ann", false).await;
    let parent = server.standard_page(server.page_id("/").await, "Shelf", "<p>x</p>").await;
    let mut ids = Vec::new();
    for title in ["Alpha", "Bravo", "Charlie"] {
        ids.push(server.create(standard_page(parent, title, "<p>x</p>")).await.expect("created"));
    }
    server.standard_page(ids[1], "Below", "<p>x</p>").await;
    let content = server.newest(ids[2]).await;
    let by = Actor::editor(ann, "ann");
    server.content().save_draft(ids[2], content, by).await.expect("saved");
    execute(&server.database_url, &format!("UPDATE page SET updated_at = 5 WHERE id = {}", ids[0])).expect("changed");
    let edited = Filter { edited_by: Some(ann), ..Filter::default() };
    let some = Filter { below: Some(Below::Pages), ..Filter::default() };
    let nothing = Filter { below: Some(Below::Nothing), ..Filter::default() };
    let until = Filter { updated_until: Some(Micros(6)), ..Filter::default() };
    let both = Filter { below: Some(Below::Nothing), edited_by: Some(ann), ..Filter::default() };
    let expected: [(&Filter, &[&str]); 5] = [
        (&edited, &["Charlie"]),
        (&some, &["Bravo"]),
        (&nothing, &["Alpha", "Charlie"]),
        (&until, &["Alpha"]),
        (&both, &["Charlie"]),
    ];
    let paths = {
        let mut paths = Vec::new();
        for id in &ids {
            paths.push(server.page(*id).await.path);
        }
        paths
    };
    for (filter, wanted) in expected {
        assert!(!filter.is_empty());
        assert_eq!(titles(&server, parent, filter, None).await, wanted, "{filter:?}");
        assert_eq!(titles(&server, parent, filter, Some(paths.clone())).await, wanted, "of some places: {filter:?}");
    }
}

async fn words_and_filters_work_together_in_parts(database: Database) {
    let server = Server::with(database, &[]).await;
    let home = server.page_id("/").await;
    let parent = server.standard_page(home, "Kestrels", "<p>x</p>").await;
    let page = server.page(parent).await;
    fill(&server, (parent, &page.path, page.depth + 1), 130);
    let stranger = server.create(standard_page(home, "Page number 7 elsewhere", "<p>x</p>")).await.expect("created");
    let live = Filter { status: Some(Status::Live), ..Filter::default() };
    for order in Order::ALL {
        for direction in Direction::ALL {
            let (mut seen, mut after, mut parts): (Vec<i64>, Option<Cursor>, _) = (Vec::new(), None, 0);
            loop {
                let asked = Matching {
                    words: "page number",
                    parent,
                    path: &page.path,
                    order: *order,
                    direction: *direction,
                    filter: &live,
                    after: after.as_ref(),
                };
                let Part { rows, next } = server.content().list_matching(&asked, |_| true).await.expect("listed");
                assert!(rows.iter().all(|row| row.live && row.parent_id == Some(parent)), "{order:?}");
                seen.extend(rows.iter().map(|row| row.id));
                parts += 1;
                match next {
                    Some(next) => after = Cursor::parse(&next.to_string()),
                    None => break,
                }
            }
            assert_eq!((seen.len(), parts), (65, 2), "{order:?} {direction:?}");
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), 65, "none twice: {order:?} {direction:?}");
            assert!(!seen.contains(&stranger));
        }
    }
    let none = Filter::default();
    let asked = Matching {
        words: "kestrels",
        parent,
        path: &page.path,
        order: Order::Tree,
        direction: Direction::Up,
        filter: &none,
        after: None,
    };
    assert!(server.content().list_matching(&asked, |_| true).await.expect("listed").rows.is_empty(), "not itself");
    let asked = Matching { words: "page number", ..asked };
    assert!(server.content().list_matching(&asked, |_| false).await.expect("listed").rows.is_empty(), "nor unseen");
}

async fn the_address_has_all_of_it(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let deep = server.standard_page(section, "Deep", "<p>x</p>").await;
    server.create(standard_page(deep, "Quixotic draft", "<p>x</p>")).await.expect("created");
    server.standard_page(deep, "Quixotic live", "<p>x</p>").await;
    server.standard_page(home, "Quixotic elsewhere", "<p>x</p>").await;
    let root = server.root_browser().await;
    let list = root.text(&format!("/admin/pages/{section}/?q=quixotic")).await;
    assert!(list.contains("Quixotic draft") && list.contains("Quixotic live") && !list.contains("Quixotic elsewhere"));
    assert!(list.contains("/deep/quixotic-draft/"), "where it is: {list}");
    let list = root.text(&format!("/admin/pages/{section}/?q=quixotic&status=live&sort=title")).await;
    assert!(!list.contains("Quixotic draft") && list.contains("Quixotic live"));
    assert!(list.contains("name=\"status\" value=\"live\"") && list.contains("name=\"q\" value=\"quixotic\""), "kept");
    assert!(list.contains("status=live&amp;q=quixotic"), "in the headings: {list}");
    let ann = server.browser("ann", &[Grant::Page(deep, PagePermission::Edit)]).await;
    assert!(ann.text(&format!("/admin/pages/{home}/?q=quixotic")).await.contains("Quixotic draft"));
    assert!(!ann.text(&format!("/admin/pages/{home}/?q=quixotic")).await.contains("elsewhere"));
    let answer = root.get(&format!("/admin/pages/{home}/?q=quixotic&children=none&until=2030-01-01")).await;
    eprintln!("{} queries", answer.queries());
    assert!(answer.queries() <= 20, "{} queries", answer.queries());
    let none = root.text(&format!("/admin/pages/{section}/?until=2001-01-01")).await;
    assert!(none.contains("No page below Section is like that."));
    assert!(root.text(&format!("/admin/pages/{section}/?children=some")).await.contains(">Deep</a>"));
    assert!(!root.text(&format!("/admin/pages/{section}/?children=none")).await.contains(">Deep</a>"));
    for bad in ["until=x", "editor=x", "site=x", "site=987654", "children=x", &format!("q={}", "x".repeat(201))] {
        assert_eq!(root.get(&format!("/admin/pages/{section}/?{bad}")).await.status, 400, "{bad}");
    }
    let below = section.to_string();
    let all = [("all", "1"), ("below", below.as_str()), ("view", "q=quixotic&status=draft"), ("action", "publish")];
    let sure = root.post("/admin/pages/bulk/", &all).await;
    assert!(sure.text().contains("Quixotic draft") && !sure.text().contains("Quixotic live"), "{}", sure.text());
}

async fn a_site_is_where_its_tops_are(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let second = server.standard_page(home, "Second", "<p>x</p>").await;
    server.standard_page(second, "Quixotic inside", "<p>x</p>").await;
    server.standard_page(home, "Quixotic outside", "<p>x</p>").await;
    let new = NewSite { hostname: "second.test".into(), port: 80, name: "Second".into(), root_page_id: second };
    let site = server.content().create_site(&new, Channel::Admin).await.expect("created");
    let root = server.root_browser().await;
    let here = format!("/admin/pages/{home}/?site={site}");
    eventually("the node knows the site", SOON, async || root.get(&here).await.status == 200).await;
    let list = root.text(&here).await;
    assert!(list.contains(">Second</a>") && !list.contains("Quixotic outside"), "{list}");
    assert!(root.text(&format!("/admin/pages/{second}/?site={site}")).await.contains("Quixotic inside"));
    let found = root.text(&format!("/admin/pages/?site={site}&q=quixotic")).await;
    assert!(found.contains("Quixotic inside") && !found.contains("Quixotic outside"), "{found}");
}

/// The statements that lists are read with go by an index, also where one filter has a table of its own.
async fn no_list_reads_all_pages(database: Database) {
    let server = Server::with(database, &[]).await;
    let parent = server.standard_page(server.page_id("/").await, "Many", "<p>x</p>").await;
    let page = server.page(parent).await;
    fill(&server, (parent, &page.path, page.depth + 1), 20_000);
    settle(&server);
    let mut bad = Vec::new();
    for query in vitrine::content::explore::QUERIES.iter().flat_map(|list| list.iter()) {
        if !query.name.starts_with("explore.list_children") {
            continue;
        }
        let plan = plan(&server.database_url, query);
        let reads_all = plan.lines().any(|line| line.contains("Seq Scan on page  (") || line.trim() == "SCAN page");
        if reads_all {
            bad.push(format!("{}: {plan}", query.name));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
    let ann = server.user("ann", false).await;
    let filter = Filter { edited_by: Some(ann), below: Some(Below::Nothing), ..Filter::default() };
    for order in Order::ALL {
        let asked = Asked {
            parent,
            order: *order,
            direction: Direction::Up,
            filter: &filter,
            after: None,
            only: None,
            limit: 50,
        };
        let began = std::time::Instant::now();
        assert!(server.content().list_children(asked).await.expect("listed").rows.is_empty());
        let took = began.elapsed();
        eprintln!("{} {order:?}, edited by nobody: {took:?}", database.system());
        assert!(took.as_millis() < if is_long() { 300 } else { 3_000 }, "{order:?}: {took:?}");
    }
}

on_both_databases!(
    each_filter_keeps_what_it_says,
    words_and_filters_work_together_in_parts,
    the_address_has_all_of_it,
    a_site_is_where_its_tops_are,
    no_list_reads_all_pages,
);
