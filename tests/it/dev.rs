//! `vitrine new` and `vitrine dev`: what somebody who makes a site sees while working.

use std::path::{Path, PathBuf};

use reqwest::Method;

use crate::support::client::{client, try_send};
use crate::support::process::run;
use crate::support::{Answer, Process, SOON, eventually, vitrine};

/// A site folder that is worked on, and its server.
struct Work {
    folder: tempfile::TempDir,
    server: Process,
    client: reqwest::Client,
}

impl Work {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(run(vitrine(folder.path()).args(["new", "site"])).0, Some(0));
        let server = Process::start(folder.path(), &[], &["dev", "--site", "site"], &[]);
        Self { folder, server, client: client() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("site").join(name)
    }

    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.path(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        std::fs::write(&path, change(text)).expect("it can be written");
    }

    async fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.server.site);
        try_send(&self.client, Method::GET, &url, &[]).await.expect("an answer")
    }

    async fn shows(&self, path: &str, text: &str) {
        eventually(&format!("{path} shows {text}"), SOON, async || self.get(path).await.text().contains(text)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_template_is_on_the_page_without_a_restart() {
    let work = Work::begin();
    let process = work.server.id();
    assert_eq!(work.get("/about/").await.status, 200);
    work.change("templates/base.html", |text| text.replace("</footer>", "<p>A new footer.</p></footer>"));
    work.shows("/about/", "A new footer.").await;
    work.change("static/css/site.css", |text| text + "\n.a-new-rule { color: red }\n");
    let stylesheet = async || {
        let page = work.get("/about/").await;
        let link = page.text().split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        work.get(link.expect("a stylesheet")).await.text().contains("a-new-rule")
    };
    eventually("the new stylesheet is linked", SOON, stylesheet).await;
    work.change("types/standard.toml", |text| text.replace("label = \"Standard page\"", "label = \"Plain page\""));
    work.change("templates/standard/standard_page.html", |text| text + "{# changed #}");
    assert_eq!(work.server.id(), process);
    let metrics = try_send(&work.client, Method::GET, &format!("{}/metrics", work.server.ops), &[]).await;
    let metrics = crate::support::Metrics::parse(metrics.expect("an answer").text());
    assert!(metrics.sum("vitrine_template_reloads_total", &[("outcome", "success")]) >= 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_cannot_be_read_is_shown_with_file_and_line() {
    let work = Work::begin();
    assert_eq!(work.get("/about/").await.status, 200);
    work.change("templates/standard/standard_page.html", |text| {
        format!("{{# one #}}\n{{# two #}}\n{{% if %}}\n{text}")
    });
    work.shows("/about/", "templates/standard/standard_page.html:3").await;
    assert_eq!(work.get("/about/").await.status, 500);
    work.change("templates/standard/standard_page.html", |text| text.replace("{% if %}\n", ""));
    eventually("the page is back", SOON, async || work.get("/about/").await.status == 200).await;
    work.change("types/standard.toml", |text| text.replacen("kind = \"text\"", "kind = \"txt\"", 1));
    work.shows("/about/", "types/standard.toml:").await;
    work.change("types/standard.toml", |text| text.replacen("kind = \"txt\"", "kind = \"text\"", 1));
    eventually("the page is back", SOON, async || work.get("/about/").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_fails_while_it_renders_is_shown_with_file_and_line() {
    let work = Work::begin();
    work.change("templates/base.html", |text| format!("\n\n{{{{ 1 / \"none\" }}}}\n{text}"));
    work.shows("/about/", "templates/base.html:3").await;
    let answer = work.get("/about/").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("1 / &quot;none&quot;"), "the line itself is shown");
    let nonce =
        answer.text().split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce").to_owned();
    assert!(answer.header("content-security-policy").contains(&nonce), "the page may reload itself");
    work.change("templates/base.html", |text| text.replace("{{ 1 / \"none\" }}", ""));
    eventually("the page is back", SOON, async || work.get("/about/").await.status == 200).await;
    let metrics = try_send(&work.client, Method::GET, &format!("{}/metrics", work.server.ops), &[]).await;
    let metrics = crate::support::Metrics::parse(metrics.expect("an answer").text());
    assert!(metrics.sum("vitrine_template_errors_total", &[("kind", "runtime")]) >= 1.0);
    let failed = [("error_type", "template"), ("http_response_status_code", "500")];
    assert!(metrics.sum("http_server_request_duration_seconds_count", &failed) >= 1.0);
}

#[test]
fn a_new_site_is_the_default_one_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(run(vitrine(folder.path()).args(["new", "site"])).0, Some(0));
    let (own, default) = (folder.path().join("site"), Path::new(env!("CARGO_MANIFEST_DIR")).join("site"));
    for file in
        ["types/home.toml", "templates/base.html", "static/css/site.css", "seed/site.toml", "seed/pages/index.toml"]
    {
        let read = |root: &Path| std::fs::read(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(read(&own) == read(&default), "{file}");
    }
    std::fs::write(own.join("types/home.toml"), "mine").expect("written");
    let (code, _, said) = run(vitrine(folder.path()).args(["new", "site"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("not empty"), "{said}");
    assert_eq!(std::fs::read(own.join("types/home.toml")).expect("readable"), b"mine");
}
