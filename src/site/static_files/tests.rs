//! What clients get for static files.

use http_body_util::BodyExt as _;

use http::HeaderName;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY};

use super::*;

fn css() -> String {
    format!("@font-face{{src:url(../fonts/x.woff2)}}\n{}", "a{color:red}\n".repeat(100))
}

fn site() -> StaticFiles {
    StaticFiles::from_files([
        ("css/site.css", Bytes::from(css())),
        ("fonts/x.woff2", Bytes::from_static(b"wOF2 not really a font")),
        ("favicon.ico", Bytes::from_static(b"icon")),
        ("digits.bin", Bytes::from_static(b"0123456789")),
    ])
    .expect("plain names")
}

fn request(lines: &[(HeaderName, &str)]) -> HeaderMap {
    lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a header"))).collect()
}

fn get(site: &StaticFiles, path: &str, lines: &[(HeaderName, &str)]) -> Response<Full<Bytes>> {
    site.respond(&Method::GET, path, &request(lines)).expect("the file is there")
}

async fn body(response: Response<Full<Bytes>>) -> Bytes {
    response.into_body().collect().await.expect("bytes do not fail").to_bytes()
}

const ACCEPT: HeaderName = http::header::ACCEPT_ENCODING;
const IF_NONE_MATCH: HeaderName = http::header::IF_NONE_MATCH;
const IF_RANGE: HeaderName = http::header::IF_RANGE;
const RANGE: HeaderName = http::header::RANGE;

#[tokio::test]
async fn a_hashed_url_never_changes_and_is_cached_for_ever() {
    let site = site();
    let url = site.url("css/site.css").expect("the file is there");
    assert!(
        url.starts_with("/static/css/site.")
            && url.ends_with(".css")
            && url.len() == "/static/css/site.3f2a91bc04.css".len(),
        "{url}"
    );
    let response = get(&site, url, &[]);
    assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(body(response).await.ends_with(b"a{color:red}\n"));
}

#[test]
fn the_plain_url_is_cached_for_a_minute_with_an_etag() {
    let response = get(&site(), "/static/css/site.css", &[]);
    assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=60");
    assert!(response.headers()[ETAG].to_str().expect("text").starts_with('"'));
}

#[tokio::test]
async fn references_in_style_sheets_are_hashed_and_change_the_sheets_own_hash() {
    let site = site();
    let text = body(get(&site, "/static/css/site.css", &[])).await;
    let font = site.url("fonts/x.woff2").expect("the file is there");
    assert!(String::from_utf8_lossy(&text).starts_with(&format!("@font-face{{src:url({font})}}")));
    let other = StaticFiles::from_files([
        ("css/site.css", Bytes::from(css())),
        ("fonts/x.woff2", Bytes::from_static(b"another font")),
    ]);
    assert_ne!(other.expect("plain names").url("css/site.css"), site.url("css/site.css"));
}

#[tokio::test]
async fn sheets_that_import_each_other_are_served() {
    let site = StaticFiles::from_files([
        ("a.css", "@import 'b.css';"),
        ("b.css", "@import 'a.css';"),
        ("c.css", "@import 'c.css';"),
    ]);
    let site = site.expect("plain names");
    assert_eq!(body(get(&site, "/static/c.css", &[])).await, "@import 'c.css';");
    let a = body(get(&site, "/static/a.css", &[])).await;
    assert_eq!(a, format!("@import '{}';", site.url("b.css").expect("there")));
}

#[tokio::test]
async fn compressed_copies_are_sent_once_they_are_made() {
    let site = site();
    let accept = [(ACCEPT, "gzip, br, zstd")];
    let before = get(&site, "/static/css/site.css", &accept);
    assert!(!before.headers().contains_key(CONTENT_ENCODING));
    assert_eq!(before.headers()[VARY], "accept-encoding");
    site.precompress();
    let mut etags = vec![before.headers()[ETAG].clone()];
    for (accepted, sent) in [("gzip, br, zstd", "br"), ("gzip, zstd", "zstd"), ("gzip", "gzip")] {
        let response = get(&site, "/static/css/site.css", &[(ACCEPT, accepted)]);
        assert_eq!(response.headers()[CONTENT_ENCODING], sent);
        assert_eq!(response.headers()[VARY], "accept-encoding");
        etags.push(response.headers()[ETAG].clone());
        let length = response.headers()[CONTENT_LENGTH].clone();
        assert_eq!(length, body(response).await.len().to_string());
    }
    let distinct: std::collections::HashSet<_> = etags.iter().collect();
    assert_eq!(distinct.len(), 4, "{etags:?}");
}

#[test]
fn what_is_compressed_already_or_too_small_is_sent_as_it_is() {
    let site = site();
    site.precompress();
    let font = get(&site, "/static/fonts/x.woff2", &[(ACCEPT, "br")]);
    assert!(!font.headers().contains_key(CONTENT_ENCODING) && !font.headers().contains_key(VARY));
    assert_eq!(font.headers()["access-control-allow-origin"], "*");
    assert!(!get(&site, "/static/favicon.ico", &[(ACCEPT, "br")]).headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn a_known_etag_is_304_without_a_body() {
    let site = site();
    site.precompress();
    let etag = get(&site, "/static/css/site.css", &[(ACCEPT, "br")]).headers()[ETAG].clone();
    let etag = etag.to_str().expect("text");
    let response = get(&site, "/static/css/site.css", &[(ACCEPT, "br"), (IF_NONE_MATCH, etag)]);
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(response.headers()[ETAG], etag);
    assert!(response.headers().contains_key(CACHE_CONTROL) && response.headers().contains_key(VARY));
    assert!(body(response).await.is_empty());
    let plain = get(&site, "/static/css/site.css", &[(IF_NONE_MATCH, etag)]);
    assert_eq!(plain.status(), StatusCode::OK);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let site = site();
    let response = site.respond(&Method::HEAD, "/static/digits.bin", &request(&[(RANGE, "bytes=0-1")])).expect("there");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_LENGTH], "10");
    assert!(body(response).await.is_empty());
}

#[tokio::test]
async fn a_range_is_a_part_of_the_plain_bytes() {
    let site = site();
    site.precompress();
    let response = get(&site, "/static/digits.bin", &[(RANGE, "bytes=2-4"), (ACCEPT, "br")]);
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(response.headers()[CONTENT_RANGE], "bytes 2-4/10");
    assert_eq!(response.headers()[CONTENT_LENGTH], "3");
    assert_eq!(body(response).await, "234");
    assert!(
        !get(&site, "/static/css/site.css", &[(RANGE, "bytes=0-9"), (ACCEPT, "br")])
            .headers()
            .contains_key(CONTENT_ENCODING)
    );
}

#[tokio::test]
async fn other_ranges_are_416_or_the_whole() {
    let site = site();
    let outside = get(&site, "/static/digits.bin", &[(RANGE, "bytes=10-")]);
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(outside.headers()[CONTENT_RANGE], "bytes */10");
    for lines in [
        [(RANGE, "bytes=0-0,5-5"), (ACCEPT, "")],
        [(RANGE, "lines=1"), (ACCEPT, "")],
        [(RANGE, "bytes=0-1"), (IF_RANGE, "\"old\"")],
    ] {
        let response = get(&site, "/static/digits.bin", &lines);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(response).await, "0123456789");
    }
}

#[test]
fn other_methods_are_405_with_allow() {
    let response = site().respond(&Method::POST, "/static/digits.bin", &HeaderMap::new()).expect("there");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "GET, HEAD");
}

#[test]
fn unknown_and_devious_paths_find_nothing() {
    let site = site();
    for path in [
        "/static/",
        "/static/nope.css",
        "/static/css",
        "/static/css/",
        "/static/../static/digits.bin",
        "/static/css/../digits.bin",
        "/static/css%2Fsite.css",
        "/static/%2e%2e/digits.bin",
        "/static//digits.bin",
        "/static/digits.bin\0",
        "/static/digits.bin%00",
        "/digits.bin",
        "digits.bin",
        "/static/css/site.0000000000.css",
    ] {
        assert!(site.respond(&Method::GET, path, &HeaderMap::new()).is_none(), "{path}");
    }
    assert_eq!(site.url("nope.css"), None);
}

#[test]
fn names_that_do_not_fit_a_url_are_refused_by_name() {
    for name in ["a b.css", "../a.css", "/a.css", "a//b", "ä.css", "a%2f.css", "", "a\0", "./a"] {
        let error = StaticFiles::from_files([(name, Bytes::new())]).expect_err(name);
        assert_eq!(error, StaticFilesError::Name(name.to_owned()));
    }
    let twice = StaticFiles::from_files([("a", Bytes::new()), ("a", Bytes::new())]).expect_err("twice");
    assert_eq!(twice, StaticFilesError::Twice("a".to_owned()));
}

#[test]
fn files_without_an_extension_get_their_hash_at_the_end() {
    assert_eq!(hashed_url("LICENSE", "0123456789"), "/static/LICENSE.0123456789");
    assert_eq!(hashed_url("a.d/.well", "0123456789"), "/static/a.d/.well.0123456789");
}
