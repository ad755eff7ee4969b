//! Building the index anew while it answers: no search misses a page meanwhile, however the rebuild ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use vitrine::content::search::{self, Extent, Found, Kind, RebuildError, Scope};
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::postgres::{execute, number};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

const PAGES: Scope<'static> = Scope { kind: Kind::Page, root_id: 0, root_path: "", locale: "" };
/// Enough for some steps.
const MANY: usize = 450;

async fn finds(server: &Server, query: &str, id: i64) -> bool {
    let results = search::find(server.db(), query, PAGES).await.expect("the search runs");
    results.ranked.iter().any(|ranked| ranked.object_id == id)
}

async fn rebuild(server: &Server) -> Result<u64, RebuildError> {
    server.content().rebuild_search(Extent::Everything, &mut |_, _| {}).await
}

/// Copies of the page about us, so that there is more than one step to make.
fn add_pages(server: &Server) {
    let columns = "depth, parent_id, type, title, draft_title, seo_title, search_description, live, data, summary, \
                   first_published_at, created_at, updated_at, locale";
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})");
    let statement = format!(
        "{numbers} INSERT INTO page (path, slug, url_path, uuid, translation_key, {columns})
         SELECT path || 'Z' || (1000 + i), slug || i, url_path || i || '/', uuid || i, uuid || i, {columns}
         FROM page, n WHERE url_path = '/home/about/'"
    );
    let statement = match server.database_url.starts_with("sqlite:") {
        true => statement.replacen(&numbers, "", 1).replace("INSERT INTO", &format!("{numbers} INSERT INTO")),
        false => statement,
    };
    execute(&server.database_url, &statement).expect("the copies are made");
}

/// Whether the index holds what a new one would, and nothing else.
fn assert_whole(server: &Server) {
    let count = |text: &str| number(&server.database_url, text);
    let live = count("SELECT COUNT(*) FROM page WHERE live");
    assert_eq!(count("SELECT COUNT(*) FROM search_entry WHERE kind = 0"), live);
    for table in ["search_entry", "search_word", "search_trigram"] {
        let other = format!("SELECT COUNT(*) FROM {table} WHERE slot <> (SELECT slot FROM search_state)");
        assert_eq!(count(&other), 0, "{table} holds one generation");
    }
    assert_eq!(count("SELECT COUNT(*) FROM search_state WHERE build_slot IS NULL AND build_owner IS NULL"), 1);
}

async fn searches_find_all_the_while_and_what_is_published_meanwhile_too(database: Database) {
    let server = Arc::new(Server::start(database).await);
    add_pages(&server);
    let id = server.page_id("/blog/reading-a-barograph/").await;
    let (ending, searches) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = {
        let (server, ending, searches) = (server.clone(), ending.clone(), searches.clone());
        tokio::spawn(async move {
            while !ending.load(Relaxed) {
                for query in ["barograph", "barogrpah", "barogr", "\"read a barograph\""] {
                    assert!(finds(&server, query, id).await, "{query} found nothing during a rebuild");
                    searches.fetch_add(1, Relaxed);
                }
            }
        })
    };
    let home = server.page_id("/").await;
    let mut published = Vec::new();
    for round in 0..3 {
        let title = format!("Meanwhile number {round}");
        let draft = server.create(standard_page(home, &title, "<p>Zwischendurch.</p>")).await.expect("created");
        let (done, ()) = tokio::join!(rebuild(&server), async {
            server.publish(draft).await.expect("published");
        });
        assert!(done.expect("rebuilt") >= MANY as u64);
        published.push(draft);
        for id in &published {
            assert!(finds(&server, "zwischendurch", *id).await, "round {round}: {id}");
        }
        assert_whole(&server);
    }
    let unpublished = published[0];
    let (done, ()) = tokio::join!(rebuild(&server), async {
        server.content().unpublish(unpublished, Channel::Admin).await.expect("unpublished");
    });
    done.expect("rebuilt");
    assert!(!finds(&server, "zwischendurch", unpublished).await);
    assert_whole(&server);
    eventually("some searches ran", SOON, async || searches.load(Relaxed) > 20).await;
    ending.store(true, Relaxed);
    load.await.expect("every search found it");
}

async fn a_killed_rebuild_is_continued_and_two_do_not_meet(database: Database) {
    let server = Server::start(database).await;
    add_pages(&server);
    let post = server.page_id("/blog/reading-a-barograph/").await;
    let (stepped, mut steps) = tokio::sync::mpsc::unbounded_channel();
    let mut told = move |done: u64, _: u64| {
        let _ = stepped.send(done);
    };
    tokio::select! {
        result = server.content().rebuild_search(Extent::Everything, &mut told) => panic!("it was to be killed: {result:?}"),
        step = steps.recv() => assert!(step.expect("a step was made") > 0),
    }
    assert!(finds(&server, "barograph", post).await, "half a rebuild changes nothing");
    assert!(matches!(rebuild(&server).await, Err(RebuildError::Running)), "it may still be under way");
    let state = server.content().search_state().await.expect("the database answers");
    assert!(state.building && state.begun && !state.needs_rebuild());
    // What is published after the death of the rebuild is in both.
    let home = server.page_id("/").await;
    let late = server.standard_page(home, "Spätzünder", "<p>Later.</p>").await;
    execute(&server.database_url, "UPDATE search_state SET build_beat_at = 0").expect("it is dead for long");
    let state = server.content().search_state().await.expect("the database answers");
    assert!(state.needs_rebuild());
    let (one, other) = tokio::join!(rebuild(&server), rebuild(&server));
    let done = match (one, other) {
        (Ok(done), Err(RebuildError::Running)) | (Err(RebuildError::Running), Ok(done)) => done,
        (Ok(done), Ok(_)) => done,
        other => panic!("one of them works: {other:?}"),
    };
    assert!(done < MANY as u64, "it goes on where the other one stopped: {done}");
    assert!(finds(&server, "spatzunder", late).await);
    assert_whole(&server);
    let metrics = server.metrics().await;
    assert!(metrics.sum("vitrine_search_rebuilds_total", &[("outcome", "refused")]) >= 1.0);
    assert!(metrics.sum("vitrine_search_rebuilds_total", &[("outcome", "success")]) >= 1.0);
}

async fn what_another_version_made_is_built_anew(database: Database) {
    let server = Server::start(database).await;
    let id = server.page_id("/blog/reading-a-barograph/").await;
    execute(&server.database_url, "DELETE FROM search_entry; UPDATE search_state SET version = 0").expect("damaged");
    assert!(!finds(&server, "barograph", id).await);
    server.content().keep_search().await.expect("it is looked after");
    assert!(finds(&server, "barograph", id).await);
    assert_whole(&server);
    let metrics = server.metrics().await;
    let pages = number(&server.database_url, "SELECT COUNT(*) FROM page WHERE live") as f64;
    assert_eq!(metrics.sum("vitrine_search_entries", &[("kind", "page")]), pages);
    assert_eq!(metrics.sum("vitrine_search_index_stale", &[]), 0.0);
}

async fn one_type_is_indexed_anew_in_place(database: Database) {
    let server = Server::start(database).await;
    let (post, about) = (server.page_id("/blog/reading-a-barograph/").await, server.page_id("/about/").await);
    execute(&server.database_url, "DELETE FROM search_entry").expect("damaged");
    let content = server.content();
    let done = content.rebuild_search(Extent::Type("blog.BlogPage"), &mut |_, _| {}).await.expect("rebuilt");
    assert!(done > 10);
    assert!(finds(&server, "barograph", post).await && !finds(&server, "about", about).await);
    let unknown = content.rebuild_search(Extent::Type("no.Such"), &mut |_, _| {}).await;
    assert!(matches!(unknown, Err(RebuildError::TypeUnknown(_))));
}

async fn the_commands_rebuild_and_search(database: Database) {
    let server = Server::start(database).await;
    let run = |arguments: &[&str]| {
        let mut command = vitrine(server.folder.path());
        command.args(["--set", &format!("database.url={}", server.database_url)]).arg("search").args(arguments);
        crate::support::process::run(&mut command)
    };
    let (code, said, _) = run(&["rebuild"]);
    assert_eq!((code, said.trim().ends_with("pages indexed")), (Some(0), true), "{said}");
    let (code, said, _) = run(&["query", "barogrpah", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &found["found"], &found["searched_for"]), (Some(0), &"corrected".into(), &"barograph".into()));
    assert_eq!(found["items"][0]["url"], "/blog/reading-a-barograph/");
    let (code, said, _) = run(&["query", "qqqqqq"]);
    assert_eq!((code, said.trim()), (Some(1), "None: 0 found for qqqqqq"));
    let (code, _, told) = run(&["rebuild", "--type", "no.Such"]);
    assert!(code == Some(1) && told.contains("no.Such"), "{told}");
    for query in ["Zebrastreifen", "zebrastreifen", "Okapi"] {
        let results = server.content().search(query, PAGES).await.expect("the search runs");
        assert_eq!(results.found, Found::None);
    }
    server.content().flush_search_misses().await.expect("written");
    let (code, said, _) = run(&["misses"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((code, lines.len()), (Some(0), 2), "{said}");
    assert!(lines[0].trim().starts_with('2') && lines[0].ends_with("zebrastreifen") && lines[1].ends_with("okapi"));
}

on_both_databases!(
    searches_find_all_the_while_and_what_is_published_meanwhile_too,
    a_killed_rebuild_is_continued_and_two_do_not_meet,
    what_another_version_made_is_built_anew,
    one_type_is_indexed_anew_in_place,
    the_commands_rebuild_and_search,
);
