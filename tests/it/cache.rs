//! The page cache: what a change purges, and what it leaves alone.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use vitrine::clock::Micros;
use vitrine::content::snippet::SnippetContent;
use vitrine::content::{NewSnippet, change};
use vitrine::telemetry::label::Channel;

use crate::support::client::{raw_status, read_rest, try_send};
use crate::support::edit::{post, standard_page};
use crate::support::postgres::{LockedTable, execute};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, site, within_ms};

/// How soon a change is seen on the other servers.
const FOLLOWED_MS: u64 = 2_000;

/// Posts of that day are in no list of the newest.
const LONG_AGO: Micros = Micros(978_307_200_000_000);

/// Two servers: one that keeps pages, and one without a cache that shows what they should be.
struct Pair {
    cached: Server,
    truth: Server,
    paths: Vec<String>,
}

impl Pair {
    async fn start(database: Database) -> Self {
        let cached = Server::start(database).await;
        let truth = cached.beside(&[("cache.enabled", "false")]).await;
        let mut paths = site::all_paths();
        paths.extend(["soundings", "language"].map(|tag| format!("/blog/tag/{tag}/")));
        Self { cached, truth, paths }
    }

    /// The validator of every page, now that all are kept.
    async fn warm(&self) -> BTreeMap<String, String> {
        let mut etags = BTreeMap::new();
        for path in &self.paths {
            self.cached.get(path).await;
            let kept = self.cached.get(path).await;
            assert_eq!(kept.cache(), "hit", "{path}");
            etags.insert(path.clone(), kept.header("etag").to_owned());
        }
        etags
    }

    async fn pages(&self) -> BTreeMap<String, String> {
        let mut pages = BTreeMap::new();
        for path in &self.paths {
            pages.insert(path.clone(), site::without_nonces(self.truth.get(path).await.text()));
        }
        pages
    }

    /// The paths whose page looks different after `change`, and those that were purged by it.
    async fn changed_and_purged(&self, change: impl AsyncFnOnce(&Server)) -> (BTreeSet<String>, BTreeSet<String>) {
        let etags = self.warm().await;
        let before = self.pages().await;
        change(&self.cached).await;
        let after = self.pages().await;
        let mut purged = BTreeSet::new();
        for (path, expected) in &after {
            let answer = self.cached.get(path).await;
            // The changed page itself was made anew at once, for the proof that it is visible.
            if answer.cache() == "miss" || answer.header("etag") != etags[path] {
                purged.insert(path.clone());
            }
            assert!(site::without_nonces(answer.text()) == *expected, "{path} is served as it was");
        }
        let changed = after.into_iter().filter(|(path, page)| before[path] != *page).map(|(path, _)| path).collect();
        (changed, purged)
    }
}

async fn a_new_title_purges_exactly_the_pages_that_show_it(database: Database) {
    let pair = Pair::start(database).await;
    let newest = site::posts_newest_first();
    let edited = newest.last().expect("the seed has posts").clone();
    let edit = async |server: &Server| {
        let id = server.page_id(&edited).await;
        server.republish(id, |content| content.title = "A title that nobody used".into()).await;
    };
    let (changed, purged) = pair.changed_and_purged(edit).await;
    assert!(changed.len() >= 3 && changed.len() < pair.paths.len() / 2, "{changed:?}");
    assert_eq!(purged, changed, "purged: left, changed: right");
}

async fn a_new_word_in_the_text_purges_the_page_alone(database: Database) {
    let pair = Pair::start(database).await;
    let edit = async |server: &Server| {
        let id = server.page_id("/about/").await;
        let text = server.newest(id).await;
        let changed = serde_json::to_string(&text.fields).expect("JSON").replacen(" the ", " thy ", 1);
        server.republish(id, |content| content.fields = serde_json::from_str(&changed).expect("JSON")).await;
    };
    let (changed, purged) = pair.changed_and_purged(edit).await;
    assert_eq!(changed, BTreeSet::from(["/about/".to_owned()]));
    assert_eq!(purged, changed);
}

async fn an_author_of_forty_posts_purges_those_and_no_other(database: Database) {
    const POSTS: usize = 40;
    let mut pair = Pair::start(database).await;
    let known = pair.cached.snippet("blog.Author", "tobias-wren").await;
    let ada = SnippetContent { name: "Ada Quill".into(), slug: "ada-quill".into(), fields: known.fields.clone() };
    let new = NewSnippet { type_name: "blog.Author".into(), content: ada, ..NewSnippet::default() };
    let author = pair.cached.content().create_snippet(new, Channel::Admin).await;
    let author = author.expect("created");
    let mut theirs: Vec<String> = Vec::new();
    while theirs.len() < POSTS {
        let mut new = post(&pair.cached, &format!("Another of theirs, number {}", theirs.len())).await;
        new.fields.insert("author".into(), author.into());
        let id = pair.cached.create(new).await.expect("created");
        pair.cached.content().publish(id, Some(LONG_AGO), Channel::Admin).await.expect("published");
        let path = format!("/blog/{}/", pair.cached.newest(id).await.slug);
        pair.paths.push(path.clone());
        theirs.push(path);
    }
    eventually("the other server has followed", SOON, async || {
        pair.truth.get(theirs.last().expect("40 posts")).await.status == 200
    })
    .await;
    let edit = async |server: &Server| {
        server.rename_snippet(author, "Ada Starling").await;
    };
    let (changed, purged) = pair.changed_and_purged(edit).await;
    assert_eq!(purged, changed, "purged: left, changed: right");
    // Besides, the parts of lists that show some of them: no post of anybody else.
    let (posts, lists): (Vec<_>, Vec<_>) = purged.iter().partition(|path| theirs.contains(path));
    assert_eq!(posts.len(), POSTS);
    assert!(
        lists.iter().all(|path| path.starts_with("/blog/") && path.contains("?page=") || path.contains("/category/")),
        "{lists:?}"
    );
}

async fn a_draft_purges_nothing(database: Database) {
    let pair = Pair::start(database).await;
    let edit = async |server: &Server| {
        let id = server.page_id("/blog/soundings/").await;
        server.change(id, |content| content.title = "Not yet".into()).await.expect("saved");
        let new = post(server, "Not there yet").await;
        server.create(new).await.expect("created");
    };
    let (changed, purged) = pair.changed_and_purged(edit).await;
    assert_eq!((changed, purged), (BTreeSet::new(), BTreeSet::new()));
}

async fn a_new_post_appears_wherever_the_newest_are_listed(database: Database) {
    let pair = Pair::start(database).await;
    let edit = async |server: &Server| {
        let id = server.create(post(server, "Fresh from the press").await).await.expect("created");
        server.publish(id).await.expect("published");
    };
    let (changed, purged) = pair.changed_and_purged(edit).await;
    assert!(changed.contains("/") && changed.contains("/blog/") && changed.contains("/blog/category/water/"));
    assert!(purged.is_superset(&changed));
    assert!(!purged.contains("/about/") && !purged.contains("/contact/"), "{purged:?}");
    assert_eq!(pair.cached.get("/blog/fresh-from-the-press/").await.status, 200);
    assert_eq!(pair.cached.get("/blog/tag/tests/").await.status, 200);
}

async fn what_is_taken_off_the_site_is_gone_at_once(database: Database) {
    let pair = Pair::start(database).await;
    let edit = async |server: &Server| {
        let id = server.page_id("/blog/soundings/").await;
        server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
        let id = server.page_id("/blog/calibration-day/").await;
        server.content().delete_page(id, Channel::Admin).await.expect("deleted");
    };
    let mut pair = pair;
    pair.warm().await;
    edit(&pair.cached).await;
    for gone in ["/blog/soundings/", "/blog/calibration-day/"] {
        assert_eq!(pair.cached.get(gone).await.status, 404, "{gone}");
        pair.paths.retain(|path| path != gone);
    }
    for path in pair.paths.iter().filter(|path| !path.contains("/tag/") && !path.contains("page=")) {
        let (shown, expected) = (pair.cached.get(path).await, pair.truth.get(path).await);
        assert!(site::without_nonces(shown.text()) == site::without_nonces(expected.text()), "{path}");
        let main = shown.text().split("<main").nth(1).expect("a main part");
        assert!(!main.contains("href=\"/blog/soundings/\""), "{path} links to what is gone");
    }
}

async fn a_renamed_page_takes_the_links_to_its_subtree_with_it(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let above = server.standard_page(home, "Above", "<p>Above.</p>").await;
    let below = server.standard_page(above, "Below", "<p>Below.</p>").await;
    let link = format!("<p>See <a linktype=\"page\" id=\"{below}\">below</a>.</p>");
    server.standard_page(home, "Linking", &link).await;
    assert!(server.get("/linking/").await.text().contains("href=\"/above/below/\""));
    for path in ["/linking/", "/above/below/", "/above/"] {
        server.get(path).await;
        assert_eq!(server.get(path).await.cache(), "hit", "{path}");
    }
    server.republish(above, |content| content.slug = "beyond".into()).await;
    assert_eq!(server.get("/beyond/below/").await.status, 200);
    assert_eq!(server.get("/above/").await.status, 301);
    assert_eq!(server.get("/above/below/").await.status, 301, "the old address is not served from the cache");
    let linking = server.get("/linking/").await;
    assert!(linking.text().contains("href=\"/beyond/below/\""), "a link to the subtree follows the new address");
}

async fn fifty_visitors_of_a_cold_page_cost_one_rendering(database: Database) {
    let server = Server::start(database).await;
    // Connected before, so that all ask while the first one's page is being made.
    let together = std::sync::Arc::new(tokio::sync::Barrier::new(50));
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(server.address()).await.expect("the server accepts");
        let together = together.clone();
        visits.spawn(async move {
            together.wait().await;
            let request = b"GET /blog/soundings/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.expect("it is open");
            read_rest(&mut stream).await
        });
    }
    let answers = visits.join_all().await;
    let body = |answer: &[u8]| String::from_utf8_lossy(answer).split_once("\r\n\r\n").expect("a body").1.to_owned();
    assert!(answers.iter().all(|answer| raw_status(answer) == Some(200) && body(answer) == body(&answers[0])));
    let metrics = server.metrics().await;
    let template = [("template", "blog/post.html")];
    assert_eq!(metrics.sum("vitrine_template_render_duration_seconds_count", &template), 1.0);
    let database_work = [("db_query_summary", "page.find_live_by_url")];
    assert_eq!(metrics.sum("db_client_operation_duration_seconds_count", &database_work), 1.0);
    let waited = metrics.sum("vitrine_cache_coalesced_requests_total", &[]);
    let hit = metrics.sum("vitrine_cache_operations_total", &[("operation", "get"), ("result", "hit")]);
    assert_eq!(waited + hit, 49.0, "the others waited, or came late");
}

async fn a_publish_on_another_server_is_seen_soon(database: Database) {
    let one = Server::start(database).await;
    let other = one.beside(&[]).await;
    let id = one.page_id("/about/").await;
    for round in 0..3 {
        other.get("/about/").await;
        assert_eq!(other.get("/about/").await.cache(), "hit");
        let title = format!("About, round {round}");
        one.republish(id, |content| content.title = title.clone()).await;
        let seen = async || other.get("/about/").await.text().contains(&title);
        eventually("the other server shows the new title", within_ms(FOLLOWED_MS), seen).await;
    }
    assert_eq!(other.get("/contact/").await.cache(), "miss");
    assert_eq!(other.get("/contact/").await.cache(), "hit");
}

async fn a_publish_right_after_another_server_opened_is_seen(database: Database) {
    let one = Server::start(database).await;
    let id = one.page_id("/about/").await;
    let other = one.beside(&[]).await;
    other.get("/about/").await;
    one.republish(id, |content| content.title = "Changed at once".into()).await;
    let seen = async || other.get("/about/").await.text().contains("Changed at once");
    eventually("the other server shows the new title", within_ms(FOLLOWED_MS), seen).await;
}

async fn changes_are_purged_once_and_own_changes_not_again(database: Database) {
    let server = Server::start(database).await;
    let id = server.page_id("/about/").await;
    server.get("/about/").await;
    server.republish(id, |content| content.title = "Changed".into()).await;
    server.get("/about/").await;
    assert_eq!(server.get("/about/").await.cache(), "hit");
    let polls = |metrics: &crate::support::Metrics| {
        metrics.sum("db_client_operation_duration_seconds_count", &[("db_query_summary", "change.list_after")])
    };
    let before = polls(&server.metrics().await);
    eventually("the log was read twice", SOON, async || polls(&server.metrics().await) >= before + 2.0).await;
    assert_eq!(server.get("/about/").await.cache(), "hit", "reading its own change purges nothing");
    assert!(change::latest(server.db()).await.expect("the database answers") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_read_before_it_was_taken_off_is_not_kept() {
    let Some(database) = Database::postgres() else { return };
    let server = Server::start(database).await;
    let id = server.page_id("/blog/soundings/").await;
    // Holds the filling up after it read the page, and before it read the author.
    let locked = LockedTable::lock(&server.database_url, "snippet");
    let (client, url) = (server.client.clone(), format!("{}/blog/soundings/", server.site));
    let visit = tokio::spawn(async move { try_send(&client, Method::GET, &url, &[]).await.expect("an answer") });
    let waits = async || locked.waiting() == 1;
    eventually("the filling waits for the author", SOON, waits).await;
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    drop(locked);
    assert_eq!(visit.await.expect("the visit ends").status, 200, "the visit began before");
    assert_eq!(server.get("/blog/soundings/").await.status, 404);
}

async fn a_full_cache_evicts_and_stays_within_its_bound(database: Database) {
    let server = Server::with(database, &[("cache.max_bytes", "200000")]).await;
    for path in site::all_paths().iter().chain(&site::all_paths()) {
        assert_eq!(server.get(path).await.status, 200);
        let metrics = server.metrics().await;
        assert!(metrics.sum("vitrine_cache_size_bytes", &[("cache", "page")]) <= 200_000.0);
        assert_eq!(
            metrics.sum("vitrine_cache_entries", &[("cache", "page")]),
            server.running.site.cached_pages() as f64
        );
    }
    assert!(server.metrics().await.sum("vitrine_cache_evictions_total", &[("reason", "size")]) > 0.0);
    assert!(server.running.site.cached_pages() > 1);
}

async fn a_change_that_a_newer_version_wrote_purges_everything(database: Database) {
    let server = Server::start(database).await;
    let paths = ["/", "/about/"];
    eventually("both are kept, the log is followed", SOON, async || {
        let mut kept = true;
        for path in paths {
            kept &= server.get(path).await.cache() == "hit";
        }
        let read = [("db_query_summary", "change.list_after")];
        kept && server.metrics().await.sum("db_client_operation_duration_seconds_count", &read) > 0.0
    })
    .await;
    let text = "INSERT INTO change (tags, at) VALUES ('collection:3', 9000000000000000)";
    execute(&server.database_url, text).expect("the database takes it");
    eventually("both are purged", within_ms(FOLLOWED_MS), async || server.get("/").await.cache() == "miss").await;
    assert_eq!(server.get("/about/").await.cache(), "miss");
}

async fn a_menu_entry_appears_on_every_page(database: Database) {
    let pair = Pair::start(database).await;
    pair.warm().await;
    let home = pair.cached.page_id("/").await;
    let mut new = standard_page(home, "Lighthouse", "<p>Light.</p>");
    new.show_in_menus = true;
    new.fields.insert("standfirst".into(), json!("A standfirst."));
    let id = pair.cached.create(new).await.expect("created");
    pair.cached.publish(id).await.expect("published");
    let english = pair.paths.iter().map(String::as_str).filter(|path| !path.starts_with("/de/"));
    for path in english.chain(["/no-such-page/"]) {
        assert!(pair.cached.get(path).await.text().contains("href=\"/lighthouse/\""), "{path}");
    }
}

on_both_databases!(
    a_new_title_purges_exactly_the_pages_that_show_it,
    a_new_word_in_the_text_purges_the_page_alone,
    an_author_of_forty_posts_purges_those_and_no_other,
    a_draft_purges_nothing,
    a_new_post_appears_wherever_the_newest_are_listed,
    what_is_taken_off_the_site_is_gone_at_once,
    a_renamed_page_takes_the_links_to_its_subtree_with_it,
    fifty_visitors_of_a_cold_page_cost_one_rendering,
    a_publish_on_another_server_is_seen_soon,
    a_publish_right_after_another_server_opened_is_seen,
    changes_are_purged_once_and_own_changes_not_again,
    a_full_cache_evicts_and_stays_within_its_bound,
    a_change_that_a_newer_version_wrote_purges_everything,
    a_menu_entry_appears_on_every_page,
);
