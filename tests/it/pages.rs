//! Public pages: what a visitor gets, and in which form.

use std::io::Read as _;

use reqwest::Method;

use crate::support::{Database, Server, on_both_databases, site};

async fn every_seeded_url_answers(database: Database) {
    let server = Server::start(database).await;
    assert!(site::page_paths().len() > 15 && site::page_paths()[0] == "/");
    for path in site::all_paths() {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(
            answer.text().starts_with("<!doctype html>") && answer.text().trim_end().ends_with("</html>"),
            "{path}"
        );
    }
    assert_eq!(server.metrics().await.sum("vitrine_template_errors_total", &[]), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_make_the_same_pages() {
    let Some(postgres) = Database::postgres() else { return };
    let (one, other) = (Server::start(Database::Sqlite).await, Server::start(postgres).await);
    // Both were seeded a moment ago, at two moments, and each signs what it makes of images with a key of its own.
    let own = regex::Regex::new(r#""dateModified": "[^"]*"|/images/[0-9]+/[^/]*"#).expect("a pattern");
    for path in site::all_paths().iter().map(String::as_str).chain(["/no-such-page/"]) {
        let (on_sqlite, on_postgres) = (one.get(path).await, other.get(path).await);
        assert_eq!(on_sqlite.status, on_postgres.status, "{path}");
        let same = |html: &str| own.replace_all(&site::without_nonces(html), "").into_owned();
        let (left, right) = (same(on_sqlite.text()), same(on_postgres.text()));
        for (number, (left, right)) in left.lines().zip(right.lines()).enumerate() {
            assert_eq!(left, right, "{path} differs in line {}", number + 1);
        }
        assert_eq!(left.lines().count(), right.lines().count(), "{path}");
    }
}

async fn a_listing_has_as_many_pages_as_it_needs(database: Database) {
    let server = Server::start(database).await;
    let posts: Vec<String> =
        site::page_paths().into_iter().filter(|path| path.starts_with("/blog/") && path != "/blog/").collect();
    let mut listed = Vec::new();
    for number in 1..=posts.len().div_ceil(7) {
        let page = server.get(&format!("/blog/?page={number}")).await;
        assert_eq!(page.status, 200, "page {number}");
        let main = page.text().split("<main").nth(1).expect("a main part").to_owned();
        listed.extend(posts.iter().filter(|path| main.contains(&format!("href=\"{path}\""))).cloned());
    }
    listed.sort();
    assert_eq!(listed, posts, "each post is on one page of the list");
    for beyond in ["/blog/?page=99", "/blog/?page=0", "/blog/?page=x", "/blog/?page=-1", "/blog/?page="] {
        assert_eq!(server.get(beyond).await.status, 404, "{beyond}");
    }
    assert_eq!(server.get("/about/?utm_source=x").await.status, 200, "an unknown parameter changes nothing");
}

async fn a_filtered_listing_shows_what_fits_and_no_more(database: Database) {
    let server = Server::start(database).await;
    for path in site::listing_paths().iter().filter(|path| path.contains("/category/") || path.contains("/author/")) {
        let page = server.get(path).await;
        let (kind, slug) =
            path.trim_matches('/').split_once('/').and_then(|(_, rest)| rest.split_once('/')).expect("a filter");
        let fitting = site::posts_that_mention(if kind == "category" { "categories" } else { "author" }, slug);
        let main = page.text().split("<main").nth(1).expect("a main part").to_owned();
        for post in site::page_paths().iter().filter(|path| path.starts_with("/blog/") && *path != "/blog/") {
            let shown = main.contains(&format!("href=\"{post}\""));
            if !fitting.contains(post) {
                assert!(!shown, "{path} shows {post}");
            }
            if fitting.len() <= 7 && fitting.contains(post) {
                assert!(shown, "{path} does not show {post}");
            }
        }
    }
    for none in ["/blog/category/no-such/", "/blog/colour/sky/", "/about/category/sky/", "/blog/tag/no-such-tag/"] {
        assert_eq!(server.get(none).await.status, 404, "{none}");
    }
    assert_eq!(server.get("/blog/tag/soundings/").await.status, 200);
}

async fn a_missing_page_is_a_404_in_the_look_of_the_site(database: Database) {
    let server = Server::start(database).await;
    for path in ["/no-such-page/", "/blog/no-such-post/", "/no-such-page", "/about/x/y/z/", "/a.php"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("href=\"/about/\""), "{path} has the menu");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("etag"), "");
    }
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_http_unmatched_requests_total", &[]), 5.0);
    assert_eq!(metrics.sum("vitrine_http_unmatched_requests_total", &[("class", "scanner")]), 1.0);
}

async fn a_missing_slash_is_added_for_good_and_the_query_is_kept(database: Database) {
    let server = Server::start(database).await;
    for (path, location) in [
        ("/about", "/about/"),
        ("/blog?page=2&x=%20", "/blog/?page=2&x=%20"),
        ("/blog/soundings", "/blog/soundings/"),
        ("/blog/category/water", "/blog/category/water/"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = server.send(method, path, &[]).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (301, location), "{path}");
        }
    }
    let strict = server.beside(&[("server.append_slash", "false")]).await;
    assert_eq!(strict.get("/about").await.status, 404);
}

async fn head_is_get_without_a_body(database: Database) {
    let server = Server::start(database).await;
    for path in ["/", "/about/", "/about", "/no-such-page/", "/health", "/static/css/site.css"] {
        // The first one fills the cache.
        server.get(path).await;
        let (get, head) = (server.get(path).await, server.send(Method::HEAD, path, &[]).await);
        assert_eq!(get.status, head.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control", "vary", "location", "cache-status"] {
            assert_eq!(get.header(name), head.header(name), "{path} {name}");
        }
        if path != "/about" {
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        }
    }
}

async fn an_unchanged_page_is_304_without_a_body(database: Database) {
    let server = Server::start(database).await;
    let page = server.get("/about/").await;
    let etag = page.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 10, "{etag}");
    for sent in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let answer = server.send(Method::GET, "/about/", &[("if-none-match", &sent)]).await;
        assert_eq!(answer.status, 304, "{sent}");
        assert!(answer.body.is_empty());
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(answer.header(name), page.header(name), "{name} (RFC 9110, 15.4.5)");
        }
    }
    assert_eq!(server.send(Method::GET, "/about/", &[("if-none-match", "\"other\"")]).await.status, 200);
    assert_eq!(server.send(Method::GET, "/blog/", &[("if-none-match", &etag)]).await.status, 200);
}

async fn every_encoding_holds_the_same_page(database: Database) {
    let server = Server::start(database).await;
    let plain = server.get("/blog/soundings/").await;
    assert_eq!(plain.header("content-encoding"), "");
    let mut etags = vec![plain.header("etag").to_owned()];
    for (accepted, chosen) in
        [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip;q=0.5, br;q=1.0", "br"), ("br;q=0, gzip", "gzip")]
    {
        for _ in 0..2 {
            let answer = server.send(Method::GET, "/blog/soundings/", &[("accept-encoding", accepted)]).await;
            assert_eq!(answer.header("content-encoding"), chosen, "{accepted}");
            assert!(decode(chosen, &answer.body) == plain.body, "{accepted} decodes to the same bytes");
            assert!(answer.body.len() < plain.body.len() / 2, "{accepted} is smaller");
            assert!(answer.header("vary").to_ascii_lowercase().contains("accept-encoding"));
            let etag = answer.header("etag").to_owned();
            let not_modified = server
                .send(Method::GET, "/blog/soundings/", &[("accept-encoding", accepted), ("if-none-match", &etag)])
                .await;
            assert_eq!(not_modified.status, 304, "{accepted}");
            etags.push(etag);
        }
    }
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 4, "each representation has its own validator");
    for refused in ["identity", "compress", "br;q=0", "*;q=0"] {
        let answer = server.send(Method::GET, "/blog/soundings/", &[("accept-encoding", refused)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, ""), "{refused}");
    }
}

fn decode(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let read = match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut out),
        "zstd" => return zstd::decode_all(bytes).expect("zstd"),
        _ => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out),
    };
    read.expect("the body is what its header says");
    out
}

async fn pages_are_revalidated_and_static_files_are_kept(database: Database) {
    let server = Server::start(database).await;
    let page = server.get("/").await;
    assert_eq!(page.header("cache-control"), "public, max-age=0, must-revalidate");
    assert_eq!(page.header("vary"), "accept, accept-encoding");
    let stylesheet = page.text().split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let stylesheet = stylesheet.expect("the page has a stylesheet").to_owned();
    let file = server.get(&stylesheet).await;
    assert_eq!(file.status, 200, "{stylesheet}");
    assert!(file.header("cache-control").contains("immutable"), "{}", file.header("cache-control"));
    assert!(file.header("content-type").starts_with("text/css"));
    let part = server.send(Method::GET, &stylesheet, &[("range", "bytes=10-19")]).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &file.body[10..20]));
    let never = server.send(Method::GET, &stylesheet, &[("range", "bytes=99999999-")]).await;
    assert_eq!(never.status, 416);
    let plain = server.get("/static/css/site.css").await;
    assert_eq!(plain.status, 200, "the name without its hash works too");
    assert!(!plain.header("cache-control").contains("immutable"));
    assert_eq!(server.get("/static/css/no-such.css").await.status, 404);
}

async fn a_page_asks_for_nothing_from_elsewhere_and_every_link_of_it_works(database: Database) {
    let server = Server::start(database).await;
    let mut links = std::collections::BTreeSet::new();
    for path in site::all_paths() {
        let page = server.get(&path).await;
        for attribute in ["src=\"", "href=\"", "srcset=\""] {
            let values = page.text().split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            // A srcset is a list of addresses with widths; making one image of each is enough work.
            for value in values.filter_map(|value| value.split([',', ' ']).next()) {
                if value.starts_with('/') {
                    links.insert(value.replace("&amp;", "&").replace("&#x2f;", "/"));
                } else {
                    let own = value.starts_with("http://site.test/") || value.starts_with('#');
                    let asked_only_by_people = attribute == "href=\"";
                    assert!(own || asked_only_by_people, "{path} loads {value}");
                }
            }
        }
    }
    assert!(links.len() > 40, "{links:?}");
    for link in links {
        assert_eq!(server.get(&link).await.status, 200, "{link}");
    }
}

async fn a_post_takes_at_most_four_queries(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    for path in site::all_paths() {
        let answer = server.get(&path).await;
        assert_eq!(answer.cache(), "bypass");
        let most =
            if path.contains("/category/") || path.contains("/author/") || path.contains("/tag/") { 7 } else { 5 };
        let most = if path.starts_with("/blog/") && path.matches('/').count() == 3 { 4 } else { most };
        assert!((1..=most).contains(&answer.queries()), "{path} took {} queries", answer.queries());
    }
    let before = server.metrics().await;
    assert_eq!(server.get("/blog/soundings/").await.queries(), 4);
    let after = server.metrics().await;
    let added =
        |name: &str| after.sum(name, &[("http_route", "/{*path}")]) - before.sum(name, &[("http_route", "/{*path}")]);
    assert_eq!(added("vitrine_db_queries_per_request_count"), 1.0);
    assert_eq!(added("vitrine_db_queries_per_request_sum"), 4.0);
    assert_eq!(after.sum("vitrine_db_n_plus_one_total", &[]), 0.0);
}

on_both_databases!(
    every_seeded_url_answers,
    a_listing_has_as_many_pages_as_it_needs,
    a_filtered_listing_shows_what_fits_and_no_more,
    a_missing_page_is_a_404_in_the_look_of_the_site,
    a_missing_slash_is_added_for_good_and_the_query_is_kept,
    head_is_get_without_a_body,
    an_unchanged_page_is_304_without_a_body,
    every_encoding_holds_the_same_page,
    pages_are_revalidated_and_static_files_are_kept,
    a_page_asks_for_nothing_from_elsewhere_and_every_link_of_it_works,
    a_post_takes_at_most_four_queries,
);
