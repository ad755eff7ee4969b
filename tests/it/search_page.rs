//! The search page of the site: what it shows, what it refuses, and that it never shows what is not for everybody.

use reqwest::Method;
use vitrine::content::NewPage;
use vitrine::content::page;
use vitrine::telemetry::label::Channel;

use crate::support::postgres::{LockedTable, execute};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

/// The links of the results, in order.
fn results(html: &str) -> Vec<String> {
    let links = html.split("<h2 class=\"hit__title\"><a href=\"").skip(1);
    links.map(|rest| rest.split('"').next().expect("a closing quote").to_owned()).collect()
}

async fn results_are_shown_with_what_was_found_in_them(database: Database) {
    let server = Server::start(database).await;
    let answer = server.get("/search/?q=foucault+pendulum").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-robots-tag"), "noindex");
    assert!(answer.header("etag").is_empty() && answer.header("content-security-policy").contains("nonce-"));
    let html = answer.text();
    assert_eq!(results(html), ["/blog/foucault-in-a-stairwell/"]);
    assert!(html.contains("<mark>Foucault</mark> in a stairwell</a>") && html.contains("<mark>pendulum</mark>"));
    assert!(html.contains("1 result<") && html.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(answer.queries() <= 4, "{} queries", answer.queries());
    let empty = server.get("/search/").await;
    assert_eq!((empty.status.as_u16(), results(empty.text()).len()), (200, 0));
    let none = server.get("/search/?q=zzzzzz").await;
    assert!(none.text().contains("Nothing was found for “zzzzzz”") && none.text().contains("href=\"/blog/\""));
    let corrected = server.get("/search/?q=barogrpah").await;
    assert!(corrected.text().contains("These are results for <strong>barograph</strong>"));
    assert!(corrected.queries() <= 6, "{} queries", corrected.queries());
    let some = server.get("/search/?q=barograph+qqqqqqq").await;
    assert!(some.text().contains("These have some of them") && !results(some.text()).is_empty());
    let slash = server.get("/search?q=a%20b").await;
    assert_eq!((slash.status.as_u16(), slash.header("location")), (301, "/search/?q=a%20b"));
    let metrics = server.metrics().await;
    for (outcome, count) in [("found", 2.0), ("corrected", 1.0), ("empty", 1.0), ("rejected", 0.0), ("error", 0.0)] {
        let labels = [("outcome", outcome)];
        assert_eq!(metrics.sum("vitrine_search_queries_total", &labels), count, "{outcome}");
        assert_eq!(metrics.sum("vitrine_search_duration_seconds_count", &labels), count, "{outcome}");
    }
}

async fn what_is_typed_is_shown_and_never_markup(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let text = "<p>Zwölf &lt;script&gt;alert(1)&lt;/script&gt; Hämmer.</p>";
    server.standard_page(home, "<b>Amboss</b> & \"Zange\"", text).await;
    let answer = server.get("/search/?q=%3Cscript%3Ealert(1)%3C/script%3E+%22%3E%3Cimg+amboss").await;
    assert_eq!(answer.status, 200);
    for bad in ["<script>alert", "\"><img", "<b>Amboss"] {
        assert!(!answer.text().contains(bad), "{bad}");
    }
    assert!(answer.text().contains("value=\"&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img amboss\""));
    let found = server.get("/search/?q=amboss+hammer").await;
    assert!(found.text().contains("&lt;b&gt;<mark>Amboss</mark>&lt;/b&gt; &amp; &quot;Zange&quot;"));
    assert!(found.text().contains("&lt;script&gt;alert(1)&lt;/script&gt; <mark>Hämmer</mark>"));
    assert!(server.log_lines().iter().all(|line| !line.to_string().contains("amboss")), "no query is logged");
}

async fn limits_hold_and_pages_of_results_end(database: Database) {
    let server = Server::start(database).await;
    let long = server.get(&format!("/search/?q={}", "a".repeat(201))).await;
    assert_eq!(long.status, 400);
    assert!(long.text().contains("at most 200 characters"));
    let many: Vec<String> = (0..17).map(|number| format!("w{number}")).collect();
    assert_eq!(server.get(&format!("/search/?q={}", many.join("+"))).await.status, 400);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = server.send(method, "/search/?q=a", &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"));
    }
    assert_eq!(server.send(Method::HEAD, "/search/?q=tide", &[]).await.status, 200);
    let first = server.get("/search/?q=the").await;
    let second = server.get("/search/?q=the&page=2").await;
    assert_eq!(results(first.text()).len(), 10);
    assert!(first.text().contains("href=\"/search/?q=the&amp;page=2\"") && second.text().contains("page 2 of"));
    assert!(results(second.text()).iter().all(|link| !results(first.text()).contains(link)));
    for page in ["0", "-1", "x", "99", "18446744073709551615"] {
        assert_eq!(server.get(&format!("/search/?q=the&page={page}")).await.status, 404, "{page}");
    }
    assert_eq!(server.get("/blog/search/").await.status, 404, "no language is called blog");
    let answer = server.send(Method::GET, "/search/?q=tide", &[("accept-encoding", "br")]).await;
    assert_eq!(answer.header("content-encoding"), "br");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_search_queries_total", &[("outcome", "rejected")]), 2.0);
}

async fn a_page_that_is_not_for_everybody_is_never_shown(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = server.standard_page(home, "Geheimfach", "<p>Hinter dem Spiegel.</p>").await;
    assert_eq!(results(server.get("/search/?q=geheimfach").await.text()), ["/geheimfach/"]);
    for (column, back) in [("restricted", "FALSE"), ("trashed", "FALSE")] {
        // Whatever the index says: the page has the last word.
        execute(&server.database_url, &format!("UPDATE page SET {column} = TRUE WHERE id = {id}")).expect("changed");
        assert!(results(server.get("/search/?q=geheimfach").await.text()).is_empty(), "{column}");
        execute(&server.database_url, &format!("UPDATE page SET {column} = {back} WHERE id = {id}")).expect("changed");
    }
    assert_eq!(results(server.get("/search/?q=geheimfach").await.text()), ["/geheimfach/"]);
}

async fn each_language_has_its_search(database: Database) {
    let server = Server::in_english(database, &[]).await;
    server.content().create_locale("de", None, Channel::Admin).await.expect("created");
    let original = page::find(server.db(), server.page_id("/").await).await.expect("found").expect("it is there");
    let root = NewPage {
        parent: 1,
        type_name: original.type_name,
        title: "Startseite".into(),
        slug: Some("home-de".into()),
        fields: original.fields,
        locale: Some("de".into()),
        translation_key: Some(original.translation_key),
        ..NewPage::default()
    };
    let root = server.create(root).await.expect("created");
    server.publish(root).await.expect("published");
    server.standard_page(root, "Gezeitenuhr", "<p>Ein Barograph und ein Wasserstandsanzeiger.</p>").await;
    let speaks = async || server.get("/de/gezeitenuhr/").await.status == 200;
    eventually("the site speaks German", SOON, speaks).await;
    let german = server.get("/de/search/?q=barograph").await;
    let links = results(german.text());
    assert!(links.contains(&"/de/gezeitenuhr/".to_owned()) && links.iter().all(|link| link.starts_with("/de/")));
    assert!(german.text().contains("<html lang=\"de\">") && german.text().contains("action=\"/de/search/\""));
    assert!(results(server.get("/search/?q=wasserstandsanzeiger").await.text()).is_empty());
    let english = results(server.get("/search/?q=barograph").await.text());
    assert!(!english.is_empty() && english.iter().all(|link| !link.starts_with("/de/")));
    assert_eq!(server.get("/fr/search/").await.status, 404);
}

on_both_databases!(
    results_are_shown_with_what_was_found_in_them,
    what_is_typed_is_shown_and_never_markup,
    limits_hold_and_pages_of_results_end,
    a_page_that_is_not_for_everybody_is_never_shown,
    each_language_has_its_search,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_beyond_their_number_are_turned_away_and_pages_are_not() {
    let Some(database) = Database::postgres() else { return };
    let server = std::sync::Arc::new(Server::start(database).await);
    let locked = LockedTable::lock(&server.database_url, "search_entry");
    let ask = || {
        let server = server.clone();
        tokio::spawn(async move { server.get("/search/?q=tide").await })
    };
    let waiting: Vec<_> = (0..8).map(|_| ask()).collect();
    eventually("eight searches are under way", SOON, async || locked.waiting() >= 8).await;
    let refused = server.get("/search/?q=tide").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "1"));
    drop(locked);
    for search in waiting {
        assert_eq!(search.await.expect("answered").status, 200);
    }
    assert_eq!(server.get("/about/").await.status, 200);
    assert_eq!(server.metrics().await.sum("vitrine_search_queries_total", &[("outcome", "rejected")]), 1.0);
}
