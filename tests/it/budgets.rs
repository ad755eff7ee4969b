//! Query budgets: no answer runs more queries than `tests/queries.toml` allows, whatever a page holds.

use regex::Regex;
use serde::Deserialize;

use crate::support::edit::standard_page;
use crate::support::{Database, Server, on_both_databases, site};

#[derive(Deserialize)]
struct Budgets {
    budget: Vec<Budget>,
}

#[derive(Deserialize)]
struct Budget {
    kind: String,
    path: String,
    queries: usize,
}

fn budgets() -> Vec<(String, Regex, usize)> {
    let budgets: Budgets = toml::from_str(include_str!("../queries.toml")).expect("the budgets are TOML");
    let pattern = |budget: Budget| (budget.kind, Regex::new(&budget.path).expect("a pattern"), budget.queries);
    budgets.budget.into_iter().map(pattern).collect()
}

async fn no_answer_runs_more_queries_than_its_budget(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    let budgets = budgets();
    let mut used = vec![false; budgets.len()];
    let mut paths = site::all_paths();
    paths.extend(
        ["/blog/archive/", "/blog/archive/2026/", "/blog/archive/2026/06/", "/blog/series/reading-instruments/"]
            .map(str::to_owned),
    );
    paths
        .extend(["/de/journal/category/water/", "/de/journal/archive/2026/", "/de/journal/rss.xml"].map(str::to_owned));
    paths.extend(["/blog/rss.xml", "/blog/category/water/atom.xml", "/robots.txt", "/llms.txt"].map(str::to_owned));
    paths.extend(["/admin/", "/admin/login/"].map(str::to_owned));
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    for path in paths {
        let signed_in = if path == "/admin/" { cookie.as_str() } else { "a=b" };
        let answer = server.send(reqwest::Method::GET, &path, &[("cookie", signed_in)]).await;
        assert_eq!(answer.status, 200, "{path}");
        let at = budgets.iter().position(|(_, pattern, _)| pattern.is_match(&path)).expect("every path has a budget");
        let (kind, _, most) = &budgets[at];
        assert!(answer.queries() <= *most, "{path} ran {} queries, {kind} may run {most}", answer.queries());
        used[at] = true;
    }
    assert!(used.iter().all(|used| *used), "every budget is tried: {used:?}");
}

async fn a_hundred_links_cost_as_many_queries_as_one(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    let home = server.page_id("/").await;
    let mut targets = Vec::new();
    for number in 0..100 {
        targets.push(server.standard_page(home, &format!("Target {number}"), "<p>Here.</p>").await);
    }
    let link = |id: &i64| format!("<a linktype=\"page\" id=\"{id}\">there</a> ");
    let one = format!("<p>{}</p>", link(&targets[0]));
    let all: String = targets.iter().map(link).collect();
    for (title, html) in [("One link", one), ("All links", format!("<p>{all}</p>"))] {
        let id = server.create(standard_page(home, title, &html)).await.expect("created");
        server.publish(id).await.expect("published");
    }
    let few = server.get("/one-link/").await;
    let many = server.get("/all-links/").await;
    assert_eq!(many.text().matches("href=\"/target-").count(), 100);
    assert_eq!(many.queries(), few.queries());
    assert!(many.queries() <= 4, "{}", many.queries());
}

async fn the_reads_of_a_page_share_a_connection(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    let loans = async || {
        let read = [("db_client_connection_pool_name", "read")];
        server.metrics().await.sum("db_client_connection_wait_time_seconds_count", &read)
    };
    let before = loans().await;
    for _ in 0..30 {
        assert_eq!(server.get("/blog/glass-that-isnt-there/").await.queries(), 4);
    }
    let taken = loans().await - before;
    // Whoever follows changes takes one now and then.
    assert!((30.0..60.0).contains(&taken), "{taken} connections were borrowed for 30 pages of 4 queries");
}

on_both_databases!(
    the_reads_of_a_page_share_a_connection,
    no_answer_runs_more_queries_than_its_budget,
    a_hundred_links_cost_as_many_queries_as_one
);
