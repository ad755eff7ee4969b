//! What a site tells machines: feeds, sitemaps, robots.txt and llms.txt.

use std::collections::BTreeSet;

use reqwest::Method;
use vitrine::telemetry::label::Channel;

use crate::support::server::BASE_URL;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, site};

const FORMS: [(&str, &str); 3] = [
    ("rss.xml", "application/rss+xml; charset=utf-8"),
    ("atom.xml", "application/atom+xml; charset=utf-8"),
    ("feed.json", "application/feed+json; charset=utf-8"),
];

/// What stands between `<loc>` and `</loc>`.
fn locations(xml: &str) -> Vec<String> {
    let parts = xml.split("<loc>").skip(1);
    parts.map(|part| part.split("</loc>").next().expect("it is closed").to_owned()).collect()
}

async fn a_listing_has_feeds_of_its_newest_entries(database: Database) {
    let server = Server::start(database).await;
    let newest = site::posts_newest_first();
    for (name, content_type) in FORMS {
        let feed = server.get(&format!("/blog/{name}")).await;
        assert_eq!((feed.status.as_u16(), feed.header("content-type")), (200, content_type));
        assert!(feed.header("content-security-policy").contains("default-src 'none'"), "nothing in it may run");
        let text = feed.text();
        let at: Vec<_> = newest.iter().map(|path| text.find(&format!("{BASE_URL}{path}")).expect(path)).collect();
        assert!(at.is_sorted(), "{name}: newest first");
        assert!(text.contains("Tobias Wren"), "{name} names authors");
        assert_eq!(server.get(&format!("/blog/{name}")).await.cache(), "hit");
        let etag = feed.header("etag").to_owned();
        let again = server.send(Method::GET, &format!("/blog/{name}"), &[("if-none-match", &etag)]).await;
        assert_eq!(again.status, 304);
        assert_eq!(server.get(&format!("/{name}")).await.status, 404, "the home page lists nothing");
        assert_eq!(server.get(&format!("/blog/category/nothing/{name}")).await.status, 404);
    }
    let water = server.get("/blog/category/water/rss.xml").await;
    assert_eq!(water.status, 200);
    let theirs = site::posts_that_mention("categories", "water");
    let told: BTreeSet<_> = newest.iter().filter(|path| water.text().contains(&format!("{BASE_URL}{path}<"))).collect();
    assert_eq!(told, theirs.iter().collect());
}

async fn a_feed_tells_of_a_publish_and_of_nothing_else(database: Database) {
    let server = Server::start(database).await;
    let feed = async || server.get("/blog/atom.xml").await;
    feed().await;
    let id = server.page_id(&site::posts_newest_first()[0]).await;
    server.change(id, |content| content.title = "Only a draft".into()).await.expect("saved");
    assert_eq!(feed().await.cache(), "hit");
    server.publish(id).await.expect("published");
    assert!(feed().await.text().contains("Only a draft"), "a publish is told");
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    assert!(!feed().await.text().contains("Only a draft"));
}

async fn the_sitemap_has_every_public_page_once(database: Database) {
    let server = Server::start(database).await;
    let index = server.get("/sitemap.xml").await;
    assert_eq!((index.status.as_u16(), index.header("content-type")), (200, "application/xml; charset=utf-8"));
    let files = locations(index.text());
    assert_eq!(files, ["en", "de"].map(|code| format!("{BASE_URL}/sitemaps/{code}-1.xml")));
    let path = files[0].strip_prefix(BASE_URL).expect("on this site").to_owned();
    let listed = async || {
        let file = server.get(&path).await;
        assert_eq!(file.status, 200);
        locations(file.text())
    };
    let told = listed().await;
    let unique: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(unique.len(), told.len());
    assert_eq!(unique, site::english_paths().iter().map(|path| format!("{BASE_URL}{path}")).collect());
    let contact = server.page_id("/contact/").await;
    server.content().unpublish(contact, Channel::Admin).await.expect("unpublished");
    assert_eq!(listed().await.len(), told.len() - 1);
    let plain = server.send(Method::GET, &path, &[("accept-encoding", "identity")]).await;
    let packed = server.send(Method::GET, &path, &[("accept-encoding", "gzip")]).await;
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"));
    for wrong in ["/sitemaps/en-2.xml", "/sitemaps/xx-1.xml", "/sitemaps/en-0.xml", "/sitemaps/en-1", "/sitemaps/"] {
        assert_eq!(server.get(wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(server.send(Method::POST, "/sitemap.xml", &[]).await.status, 405);
    assert_eq!(server.send(Method::DELETE, &path, &[]).await.status, 405);
    let head = server.send(Method::HEAD, &path, &[]).await;
    assert_eq!((head.status.as_u16(), head.text()), (200, ""));
}

async fn texts_for_machines_name_the_pages(database: Database) {
    let server = Server::start(database).await;
    let robots = server.get("/robots.txt").await;
    assert_eq!((robots.status.as_u16(), robots.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(robots.text().contains(&format!("Sitemap: {BASE_URL}/sitemap.xml")), "{}", robots.text());
    let llms = async || server.get("/llms.txt").await;
    let told = llms().await;
    assert_eq!(told.status, 200);
    assert!(told.text().starts_with("# "), "{}", told.text());
    for path in ["/about/", "/blog/", "/blog/soundings/"] {
        assert!(told.text().contains(&format!("]({BASE_URL}{path})")), "{path}\n{}", told.text());
    }
    assert_eq!(llms().await.cache(), "hit");
    let about = server.page_id("/about/").await;
    server.republish(about, |content| content.title = "About *us*".into()).await;
    let shown = async || llms().await.text().contains("[About \\*us\\*]");
    eventually("the new title is told", SOON, shown).await;
    let metrics = server.metrics().await;
    let counted = |route| metrics.sum("http_server_request_duration_seconds_count", &[("http_route", route)]);
    assert!(counted("/{name}.txt") >= 4.0, "texts have a route of their own");
}

on_both_databases!(
    a_listing_has_feeds_of_its_newest_entries,
    a_feed_tells_of_a_publish_and_of_nothing_else,
    the_sitemap_has_every_public_page_once,
    texts_for_machines_name_the_pages,
);
