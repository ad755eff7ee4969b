//! What editors see of a page's visitors: counted by the process, kept in the database, told beside the form.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::PagePermission::Edit;
use vitrine::clock::Micros;
use vitrine::content::figures;
use vitrine::telemetry::figures::Kept;

use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases};

const READER: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");

/// Keeps what the server counted, as it does by the minute.
async fn kept(server: &Server) -> Vec<Kept> {
    let changed = server.telemetry.figures.take(Micros::now());
    figures::keep(server.db_shared(), "a process", &changed).await.expect("kept");
    changed
}

async fn told(server: &Server, page: i64, cookie: &str) -> Value {
    let answer = server.get_as(&format!("/admin/pages/{page}/figures/"), cookie).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn an_editor_sees_what_visitors_get(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let cookie = server.editor("ann", home, &[Edit]).await;
    assert_eq!(told(&server, about, &cookie).await, json!({ "day": null, "week": null }));
    for _ in 0..4 {
        server.send(Method::GET, "/about/", &[READER]).await;
    }
    server.get("/about/").await;
    let vitals = json!({
        "page_type": "standard.StandardPage", "page": about, "device": "desktop", "lcp": 1.2, "inp": 0.05, "cls": 0.02,
    });
    assert_eq!(crate::vitals::beacon(&server, &vitals.to_string(), &[]).await, 204);
    kept(&server).await;
    let day = told(&server, about, &cookie).await["day"].clone();
    assert_eq!((&day["views"], &day["requests"]), (&json!(4), &json!(5)), "{day}");
    assert_eq!((&day["hit_ratio"], &day["error_ratio"]), (&json!(0.8), &json!(0.0)));
    assert!(day["queries_per_miss"].as_f64().is_some_and(|queries| (1.0..=6.0).contains(&queries)), "{day}");
    assert!(day["p50_ms"].as_f64() <= day["p95_ms"].as_f64() && day["p95_ms"].as_f64() > Some(0.0), "{day}");
    assert!(day["lcp_p75_ms"].as_f64().is_some_and(|ms| (800.0..=1_600.0).contains(&ms)), "{day}");
    assert!(day["cls_p75"].as_f64().is_some_and(|score| (0.01..=0.025).contains(&score)), "{day}");
    assert_eq!(kept(&server).await, [], "nothing new is not written");
    server.send(Method::GET, "/about/", &[READER]).await;
    kept(&server).await;
    assert_eq!(told(&server, about, &cookie).await["day"]["views"], 5, "the hour goes on");
    let stranger = server.editor("stranger", server.page_id("/contact/").await, &[Edit]).await;
    assert_eq!(server.get_as(&format!("/admin/pages/{about}/figures/"), &stranger).await.status, 403);
    assert_eq!(server.get(&format!("/admin/pages/{about}/figures/")).await.status, 401);
}

async fn processes_add_up_and_old_hours_go(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    server.send(Method::GET, "/about/", &[READER]).await;
    let mut one = server.telemetry.figures.take(Micros::now());
    one.retain(|kept| kept.page == about);
    assert_eq!(one.len(), 1);
    let now = Micros::now();
    for (node, hours_ago) in [("a", 0), ("b", 0), ("a", 30), ("a", 24 * 8), ("a", 24 * 20)] {
        let old = Kept { hour: one[0].hour - hours_ago, ..one[0].clone() };
        figures::keep(server.db_shared(), node, &[old]).await.expect("kept");
    }
    let (day, week) = figures::load(server.db(), about, now).await.expect("loaded");
    assert_eq!((day.views, week.views), (2, 3), "both processes; thirty hours ago; not eight days");
    assert_eq!(figures::prune(server.db()).await.expect("pruned"), 1, "what is older than two weeks");
}

async fn a_stop_keeps_what_was_counted_last(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    server.send(Method::GET, "/about/", &[READER]).await;
    let (folder, url) = (server.folder.clone(), server.database_url.clone());
    server.running.stop().await;
    let again = Server::open(folder, url, &[]).await;
    let (day, _) = figures::load(again.db(), about, Micros::now()).await.expect("loaded");
    assert_eq!(day.views, 1);
}

async fn what_the_database_did_not_take_is_kept_the_next_time(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    server.send(Method::GET, "/about/", &[READER]).await;
    let keep = async || figures::keep_counted(server.db_shared(), "a process", &server.telemetry.figures).await;
    for (text, works) in
        [("ALTER TABLE page_figures RENAME TO away", false), ("ALTER TABLE away RENAME TO page_figures", true)]
    {
        execute(&server.database_url, text).expect("renamed");
        let kept = keep().await;
        assert_eq!(kept.is_ok(), works, "{text}: {kept:?}");
    }
    let (day, _) = figures::load(server.db(), about, Micros::now()).await.expect("loaded");
    assert_eq!((day.views, day.requests), (1, 1), "though nobody asked for the page again");
}

async fn nobody_makes_rows_by_sending_numbers(database: Database) {
    let server = Server::start(database).await;
    for page in [json!(999_999), json!(-1), json!(0)] {
        let vitals = json!({ "page_type": "standard.StandardPage", "page": page, "device": "desktop", "lcp": 1.2 });
        assert_eq!(crate::vitals::beacon(&server, &vitals.to_string(), &[]).await, 204);
    }
    for page in [json!("7"), json!(1.5)] {
        let vitals = json!({ "page_type": "standard.StandardPage", "page": page, "device": "desktop", "lcp": 1.2 });
        assert_eq!(crate::vitals::beacon(&server, &vitals.to_string(), &[]).await, 400, "{page}");
    }
    server.get("/no-such-page/").await;
    assert_eq!(server.telemetry.figures.take(Micros::now()), []);
}

on_both_databases!(
    an_editor_sees_what_visitors_get,
    processes_add_up_and_old_hours_go,
    a_stop_keeps_what_was_counted_last,
    what_the_database_did_not_take_is_kept_the_next_time,
    nobody_makes_rows_by_sending_numbers,
);
