//! Pages as Markdown, for those who ask for it.

use reqwest::Method;

use crate::support::{Answer, Database, Server, on_both_databases, site};

async fn ask(server: &Server, path: &str, accept: &str) -> Answer {
    server.send(Method::GET, path, &[("accept", accept)]).await
}

async fn every_page_is_markdown_for_those_who_ask(database: Database) {
    let server = Server::start(database).await;
    for path in site::all_paths() {
        let page = ask(&server, &path, "text/markdown").await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/markdown; charset=utf-8", "{path}");
        let text = page.text();
        assert!(text.starts_with("# ") && text.ends_with('\n') && text.len() > 20, "{path}: {text}");
        for odd in ["<div", "<p>", "<script", "](/", "\n\n\n", ": None", "](None", "&amp;"] {
            assert!(!text.contains(odd), "{path} has {odd:?}: {text}");
        }
    }
    assert_eq!(server.metrics().await.sum("vitrine_template_errors_total", &[]), 0.0);
}

async fn markdown_says_what_the_page_says(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let html = "<p>See <a href=\"/about/\">us</a> &amp; <b>more</b>.</p><ul><li>one</li><li>two</li></ul>";
    server.standard_page(home, "High *water*", html).await;
    let page = ask(&server, "/high-water/", "text/markdown").await;
    let expected = "\n\nSee [us](http://site.test/about/) & **more**.\n\n- one\n- two\n";
    assert!(page.text().starts_with("# High \\*water\\*\n"), "{}", page.text());
    assert!(page.text().ends_with(expected), "{}", page.text());
    let listing = ask(&server, "/blog/", "text/markdown").await;
    assert!(listing.text().contains("](http://site.test/blog/"), "{}", listing.text());
    assert!(listing.text().contains("[Older](http://site.test/blog/?page=2)"), "{}", listing.text());
}

async fn each_form_has_its_own_validator_and_both_say_what_they_vary_on(database: Database) {
    let server = Server::start(database).await;
    let html = ask(&server, "/about/", "*/*").await;
    let markdown = ask(&server, "/about/", "text/markdown;q=0.9, text/html;q=0.8").await;
    assert_eq!((html.cache(), markdown.cache()), ("miss", "miss"));
    assert!(html.header("content-type").starts_with("text/html"));
    assert!(markdown.header("content-type").starts_with("text/markdown"));
    assert_ne!(html.header("etag"), markdown.header("etag"));
    for answer in [&html, &markdown] {
        assert_eq!(answer.header("vary"), "accept, accept-encoding");
    }
    assert_eq!(ask(&server, "/about/", "text/html, text/markdown").await.cache(), "hit");
    let again = ask(&server, "/about/", "text/markdown").await;
    assert_eq!((again.cache(), &again.body), ("hit", &markdown.body));
    let etag = markdown.header("etag").to_owned();
    let known = [("accept", "text/markdown"), ("if-none-match", etag.as_str())];
    assert_eq!(server.send(Method::GET, "/about/", &known).await.status, 304);
    let other = [("accept", "text/html"), ("if-none-match", etag.as_str())];
    assert_eq!(server.send(Method::GET, "/about/", &other).await.status, 200);
    let head = server.send(Method::HEAD, "/about/", &[("accept", "text/markdown")]).await;
    assert_eq!((head.header("content-length"), head.body.len()), (markdown.body.len().to_string().as_str(), 0));
}

async fn a_publish_purges_both_forms(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = server.standard_page(home, "Buoy", "<p>Red.</p>").await;
    for accept in ["text/html", "text/markdown"] {
        assert!(ask(&server, "/buoy/", accept).await.text().contains("Red."));
    }
    server.republish(id, |content| content.fields["body"][0]["value"] = "<p>Green.</p>".into()).await;
    for accept in ["text/html", "text/markdown"] {
        let page = ask(&server, "/buoy/", accept).await;
        assert!(page.text().contains("Green.") && !page.text().contains("Red."), "{accept}");
    }
    server.content().unpublish(id, vitrine::telemetry::label::Channel::Admin).await.expect("unpublished");
    assert_eq!(ask(&server, "/buoy/", "text/markdown").await.status, 404);
}

on_both_databases!(
    every_page_is_markdown_for_those_who_ask,
    markdown_says_what_the_page_says,
    each_form_has_its_own_validator_and_both_say_what_they_vary_on,
    a_publish_purges_both_forms,
);

/// Templates of a site's own, in a copy of the default one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_of_the_site_come_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    site::copy_default(folder.path());
    let templates = folder.path().join("templates");
    std::fs::write(templates.join("blocks/paragraph.md"), "~ {{ value|richtext }}").expect("written");
    std::fs::write(templates.join("blog/post.md"), "# {{ page.title|markdown }}!\n\n\n\n{{ page.body|blocks }}")
        .expect("written");
    let server = Server::with(Database::Sqlite, &[("site.dir", folder.path().to_str().expect("UTF-8"))]).await;
    let post = ask(&server, "/blog/soundings/", "text/markdown").await;
    assert!(post.text().starts_with("# ") && post.text().lines().next().is_some_and(|line| line.ends_with('!')));
    assert!(post.text().contains("\n\n~ "), "{}", post.text());
    let home = server.page_id("/").await;
    server.standard_page(home, "Reef", "<p>Sharp</p>").await;
    assert!(ask(&server, "/reef/", "text/markdown").await.text().ends_with("\n\n~ Sharp\n"));
}
