//! A built single-page app from a folder: what it answers, what stays the server's, and what is not to be had.

use std::path::Path;

use reqwest::Method;
use tempfile::TempDir;

use crate::support::client::{raw, raw_status};
use crate::support::process::run;
use crate::support::{Answer, Database, Process, SOON, Server, eventually, on_both_databases, vitrine};

const INDEX: &str = "<!doctype html><title>The app</title><script type=module src=/assets/index-BfD3x9a1.js></script>";
const SCRIPT: &str = "/assets/index-BfD3x9a1.js";
/// What a browser says when somebody opens an address.
const OPENS: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const ROUTE: &str = "_frontend";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("room");
    std::fs::write(path, text).expect("room");
}

/// A built app, beside a file that is nobody's business.
fn app() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dist = folder.path().join("dist");
    write(&dist, "index.html", INDEX);
    write(&dist, &SCRIPT[1..], &format!("console.log('{}')", "x".repeat(500)));
    write(&dist, &format!("{}.br", &SCRIPT[1..]), "brotli, as it was made");
    write(&dist, &format!("{}.gz", &SCRIPT[1..]), "gzip, as it was made");
    write(&dist, "favicon.svg", "<svg/>");
    write(&dist, "static/js/plain.js", "plain");
    write(&dist, "guide/index.html", "<!doctype html><title>The guide</title>");
    write(&dist, ".env", "TOP-SECRET=1");
    write(folder.path(), "outside.txt", "TOP-SECRET");
    std::os::unix::fs::symlink(folder.path().join("outside.txt"), dist.join("stolen.txt")).expect("linked");
    let dir = dist.display().to_string();
    (folder, dir)
}

async fn open(server: &Server, path: &str) -> Answer {
    server.send(Method::GET, path, &[OPENS]).await
}

fn is_index(answer: &Answer) -> bool {
    answer.status == 200 && answer.text() == INDEX
}

async fn the_app_has_the_root_its_files_and_what_no_page_has(database: Database) {
    let (_folder, dir) = app();
    let server = Server::with(database, &[("frontend.dir", &dir)]).await;
    for path in ["/", "/?a=b", "/index.html"] {
        let index = open(&server, path).await;
        assert!(is_index(&index), "{path}: {}", index.status);
        assert_eq!(index.header("cache-control"), "public, no-cache");
        assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
        assert!(index.header("content-security-policy").starts_with("default-src 'self'; "), "a safe policy");
        assert_eq!(
            (index.header("x-content-type-options"), index.header("x-frame-options")),
            ("nosniff", "SAMEORIGIN")
        );
    }
    for path in ["/users/7", "/users/7/", "/deep/er/link?tab=2", "/grüße"] {
        let answer = open(&server, path).await;
        assert!(is_index(&answer), "{path}: {}", answer.status);
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert!(vary.iter().any(|value| *value == "accept"), "a cache keeps it apart: {vary:?}");
        assert_eq!(server.get(path).await.status, 404, "{path}: nobody opens a page there");
    }
    for path in ["/missing.js", "/assets/gone-BfD3x9a1.css", "/wp-login", "/x.php", "/users/7.json"] {
        assert_eq!(open(&server, path).await.status, 404, "{path}");
    }
    let page = open(&server, "/about/").await;
    assert!(page.status == 200 && page.text().contains("wordmark"), "a page of the site");
    assert!(open(&server, "/about/").await.text().contains("wordmark"), "also from the cache");
    assert_eq!(open(&server, "/about").await.status, 301, "what leads to a page leads there");
    for (path, status) in [("/admin/", 303), ("/api/v1/whoami", 401), ("/health", 200), ("/static/css/site.css", 200)] {
        let answer = open(&server, path).await;
        assert!(answer.status == status && answer.text() != INDEX, "{path}: {}", answer.status);
    }
    for path in ["/admin/nothing/", "/api/v1/nothing/", "/api/nothing", "/-/nothing"] {
        assert!(!is_index(&open(&server, path).await), "{path}: no app answers for what the server has not");
    }
    assert_eq!(server.get("/static/js/plain.js").await.text(), "plain", "where the site has no such file");
    assert_eq!(server.send_body(Method::PUT, "/", &[], b"x".to_vec()).await.status, 405);
    let metrics = server.metrics().await;
    let count = |status| {
        let labels = [("http_route", ROUTE), ("http_response_status_code", status)];
        metrics.sum("http_server_request_duration_seconds_count", &labels)
    };
    assert_eq!((count("200"), count("404")), (8.0, 0.0));
    assert_eq!(metrics.sum("vitrine_frontend_loads_total", &[("outcome", "success")]), 1.0);
}

async fn who_has_an_address_first_is_configured(database: Database) {
    let (_folder, dir) = app();
    let server = Server::with(database, &[("frontend.dir", &dir), ("frontend.precedence", "pages")]).await;
    for _ in 0..2 {
        assert!(open(&server, "/").await.text().contains("wordmark"), "the home page of the site");
    }
    assert!(is_index(&open(&server, "/users/7").await));
    assert!(open(&server, "/guide/").await.text().contains("The guide"));
    assert_eq!(server.get("/favicon.svg").await.text(), "<svg/>");

    let all = server.beside(&[("frontend.dir", &dir), ("frontend.precedence", "app"), ("frontend.csp", "")]).await;
    for path in ["/", "/about/", "/about", "/blog/", "/users/7"] {
        let answer = open(&all, path).await;
        assert!(is_index(&answer), "{path}: {}", answer.status);
        assert_eq!(answer.header("content-security-policy"), "", "none is sent");
    }
    assert_eq!(all.get("/about/").await.status, 404, "nobody opens it, and pages are for the API");
    assert_eq!(all.get("/api/v2/pages/find/?html_path=/about/").await.status, 302);
    assert_eq!(open(&all, "/admin/").await.status, 303);
    for path in ["/admin/nothing/", "/api/v1/nothing/", "/-/nothing"] {
        assert!(!is_index(&open(&all, path).await), "{path}");
    }
    assert!(all.metrics().await.sum("vitrine_http_unmatched_requests_total", &[("class", "other")]) >= 1.0);

    let other = server.beside(&[("frontend.dir", &dir), ("frontend.csp", "default-src https:")]).await;
    assert_eq!(open(&other, "/").await.header("content-security-policy"), "default-src https:");
    assert_eq!(other.get(SCRIPT).await.header("content-security-policy"), "", "of pages alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_sent_as_a_client_can_use_them() {
    let (_folder, dir) = app();
    let server = Server::with(Database::Sqlite, &[("frontend.dir", &dir)]).await;
    let get = async |headers: &[(&str, &str)]| server.send(Method::GET, SCRIPT, headers).await;
    let plain = get(&[]).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "named after its content");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    for (accepted, coding, body) in
        [("gzip, br", "br", "brotli, as it was made"), ("gzip", "gzip", "gzip, as it was made")]
    {
        let coded = get(&[("accept-encoding", accepted)]).await;
        assert_eq!((coded.header("content-encoding"), coded.text()), (coding, body));
        assert_eq!(coded.header("vary"), "accept-encoding");
        assert_ne!(coded.header("etag"), plain.header("etag"));
    }
    assert_eq!(server.get(&format!("{SCRIPT}.br")).await.status, 404, "a copy has no address of its own");
    let etag = plain.header("etag");
    assert_eq!(get(&[("if-none-match", etag)]).await.status, 304);
    let part = get(&[("range", "bytes=0-6")]).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "console"));
    assert_eq!(get(&[("range", "bytes=99999-")]).await.status, 416);
    let head = server.send(Method::HEAD, SCRIPT, &[]).await;
    assert_eq!((head.status.as_u16(), head.header("etag"), head.body.len()), (200, etag, 0));
    let icon = server.get("/favicon.svg").await;
    assert_eq!(icon.header("cache-control"), "public, no-cache", "its name stays when it changes");
    assert_eq!(
        server
            .send(Method::GET, "/", &[OPENS, ("if-none-match", open(&server, "/").await.header("etag"))])
            .await
            .status,
        304
    );
    let compressed = async || {
        let answer = server.send(Method::GET, "/static/js/plain.js", &[("accept-encoding", "br")]).await;
        answer.header("content-encoding").is_empty()
    };
    assert!(compressed().await, "too small");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_the_app_is_to_be_had() {
    let (_folder, dir) = app();
    let server = Server::with(Database::Sqlite, &[("frontend.dir", &dir)]).await;
    for path in [
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/assets/../../outside.txt",
        "/assets/%2e%2e/%2e%2e/outside.txt",
        "//outside.txt",
        "/./.env",
        "/.env",
        "/%2eenv",
        "/stolen.txt",
        "/index.html%00.txt",
        "/assets/",
        "/assets",
        "/dist/index.html",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = raw(server.address(), request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.contains("TOP-SECRET") && !text.contains("The app"), "{path}: {text}");
        assert!(matches!(raw_status(&answer), Some(400 | 404 | 301)), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_build_is_taken_over_and_what_is_none_is_not() {
    let (folder, dir) = app();
    let settings = [("frontend.dir", dir.as_str()), ("mode", "dev")];
    let server = Server::with(Database::Sqlite, &settings).await;
    assert!(is_index(&open(&server, "/").await));
    let dist = folder.path().join("dist");
    std::fs::remove_file(dist.join(&SCRIPT[1..])).expect("removed");
    write(&dist, "assets/index-CgE4y0b2.js", "new");
    write(&dist, "index.html", "The second build");
    let shows = async |text: &str| open(&server, "/").await.text() == text;
    eventually("the second build is served", SOON, async || shows("The second build").await).await;
    assert_eq!(server.get("/assets/index-CgE4y0b2.js").await.text(), "new");
    assert_eq!(server.get(SCRIPT).await.status, 200, "for who opened the first one");
    std::fs::remove_file(dist.join("index.html")).expect("removed");
    let failed = async || server.metrics().await.sum("vitrine_frontend_loads_total", &[("outcome", "failure")]) == 1.0;
    eventually("the folder has no app", SOON, failed).await;
    assert!(shows("The second build").await);
    write(&dist, "index.html", "The third build");
    eventually("the third build is served", SOON, async || shows("The third build").await).await;
    assert_eq!(server.get(SCRIPT).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_comes_from_the_environment_and_has_to_have_an_app() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, _, said) = run(vitrine(folder.path()).arg("serve").env("FRONTEND_DIR", "nothing"));
    assert!(code == Some(1) && said.contains("frontend.dir nothing"), "{said}");
    std::fs::create_dir(folder.path().join("empty")).expect("room");
    let (code, _, said) = run(vitrine(folder.path()).arg("serve").env("FRONTEND_DIR", "empty"));
    assert!(code == Some(1) && said.contains("it has no index.html: build the app"), "{said}");
    let (code, _, said) = run(vitrine(folder.path()).arg("check").env("FRONTEND_DIR", "empty"));
    assert!(code == Some(1) && said.contains("frontend.dir empty: it has no index.html"), "{said}");
    let (_kept, dir) = app();
    let server = Process::start(folder.path(), &[], &["serve"], &[("FRONTEND_DIR", &dir)]);
    let client = crate::support::client::client();
    let answer = crate::support::client::try_send(&client, Method::GET, &format!("{}/", server.site), &[OPENS]).await;
    assert!(answer.is_some_and(|answer| is_index(&answer)));
}

on_both_databases!(the_app_has_the_root_its_files_and_what_no_page_has, who_has_an_address_first_is_configured);
