//! Embedded media: recorded by a publish, asked for in the background, shown when there is an answer, and harmless
//! whatever the provider does.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::process::run;
use crate::support::provider::Provider;
use crate::support::server::empty_database;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

struct Site {
    server: Server,
    provider: Provider,
    _folder: TempDir,
    home: i64,
}

impl Site {
    async fn start(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::with_endpoint(database, "127.0.0.1", &[&[("embeds.allow_private", "true")], settings].concat()).await
    }

    async fn with_endpoint(database: Database, host: &str, settings: &[(&str, &str)]) -> Self {
        let provider = Provider::start().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        provider.write_site(folder.path(), host);
        let data = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let url = empty_database(database, &data);
        let directory = folder.path().to_str().expect("UTF-8");
        let server = Server::open(data, url, &[&[("site.dir", directory)], settings].concat()).await;
        let home = server.page_id("/").await;
        Self { server, provider, _folder: folder, home }
    }

    /// Publishes the home page with these addresses embedded in its text.
    async fn show(&self, paths: &[&str]) {
        let embeds: String = paths
            .iter()
            .map(|path| format!("<embed embedtype=\"media\" url=\"{}\"/>", self.provider.url(path)))
            .collect();
        self.server.republish(self.home, |content| content.fields["body"] = embeds.into()).await;
    }

    async fn row(&self, path: &str) -> Option<vitrine::content::embed::Embed> {
        let url = self.provider.url(path);
        vitrine::content::embed::list_all(self.server.db())
            .await
            .expect("the database answers")
            .into_iter()
            .find(|embed| embed.url == url)
    }

    async fn comes_to(&self, path: &str, state: &str) {
        eventually(&format!("{path} is {state}"), SOON, async || {
            self.row(path).await.is_some_and(|row| row.state == state && (state != "failed" || !row.error.is_empty()))
        })
        .await;
    }

    async fn fetches(&self, outcome: &str) -> f64 {
        self.server.metrics().await.sum("vitrine_embed_fetch_duration_seconds_count", &[("outcome", outcome)])
    }
}

async fn a_publish_shows_a_link_at_once_and_the_player_when_the_provider_answered(database: Database) {
    let site = Site::start(database, &[]).await;
    assert!(!site.server.get("/").await.header("content-security-policy").contains("frame-src"));
    site.provider.set_down(true);
    site.show(&["film"]).await;
    let page = site.server.get("/").await;
    let link = format!("<a href=\"{}\">", site.provider.url("film"));
    assert!(page.text().contains(&link) && !page.text().contains("<iframe"), "{}", page.text());
    site.comes_to("film", "failed").await;
    assert_eq!(site.server.get("/").await.cache(), "hit", "a failure changes nothing");

    site.provider.set_down(false);
    let fetcher = vitrine::content::embed::Fetcher::new(vitrine::content::embed::Reach::Private).expect("TLS");
    site.server.content().fetch_embed(&fetcher, &site.provider.url("film")).await.expect("the database answers");
    let page = site.server.get("/").await;
    assert_eq!(page.cache(), "miss", "the answer purged the page");
    let text = page.text();
    assert!(text.contains(&format!("<iframe src=\"http://{}/player/1?a=1&amp;b=2\"", site.provider.address)), "{text}");
    assert!(
        text.contains("title=\"A film &lt;b&gt;of&lt;/b&gt; tides\"") && text.contains("loading=\"lazy\""),
        "{text}"
    );
    for theirs in ["steal()", "evil.test", "<script"] {
        assert!(!text.contains(theirs), "{theirs} in {text}");
    }
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("; frame-src http://{}", site.provider.address)), "{policy}");
    let metrics = site.server.metrics().await;
    assert_eq!(metrics.sum("vitrine_embed_fetch_duration_seconds_count", &[("outcome", "ready")]), 1.0);
    assert!(metrics.sum("vitrine_embed_fetch_duration_seconds_count", &[("outcome", "unreachable")]) >= 1.0);
}

async fn the_background_loop_asks_once_however_many_nodes_there_are(database: Database) {
    let site = Site::start(database, &[]).await;
    let directory = site._folder.path().to_str().expect("UTF-8").to_owned();
    let settings = [("embeds.allow_private", "true"), ("site.dir", directory.as_str())];
    let other = site.server.beside(&settings).await;
    let third = site.server.beside(&settings).await;
    let paths: Vec<String> = (0..12).map(|number| format!("film-{number}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    site.show(&paths).await;
    for path in &paths {
        site.comes_to(path, "ready").await;
    }
    assert_eq!(site.provider.asked(), 12, "each address once");
    eventually("every node shows the players", SOON, async || {
        let shown = [&site.server, &other, &third];
        let mut all = true;
        for server in shown {
            all &= server.get("/").await.text().matches("<iframe").count() == 12;
        }
        all
    })
    .await;
    let counts = vitrine::content::embed::count(site.server.db()).await.expect("the database answers");
    assert_eq!(
        counts.iter().map(|(state, count)| (state.as_str(), *count)).collect::<Vec<_>>(),
        [("wanted", 0), ("ready", 12), ("failed", 0)]
    );
    site.server.content().refresh_census().await.expect("the database answers");
    assert_eq!(site.server.metrics().await.sum("vitrine_embeds", &[("state", "ready")]), 12.0);
}

async fn a_provider_can_do_no_harm(database: Database) {
    let site = Site::start(database, &[]).await;
    site.show(&["slow", "huge", "metadata", "elsewhere", "loop", "html", "gone", "foreign", "moved"]).await;
    for (path, reason, outcome) in [
        ("huge", "more than 524288 bytes", "too_large"),
        ("metadata", "a redirect to 169.254.169.254", "refused"),
        ("elsewhere", "a redirect to 127.0.0.2", "refused"),
        ("loop", "more than 3 redirects", "refused"),
        ("html", "not JSON", "malformed"),
        ("gone", "404", "gone"),
        ("slow", "within 5 seconds", "timeout"),
    ] {
        site.comes_to(path, "failed").await;
        let error = site.row(path).await.expect("recorded").error;
        assert!(error.contains(reason), "{path}: {error}");
        assert!(site.fetches(outcome).await >= 1.0, "{path} is counted as {outcome}");
    }
    site.comes_to("moved", "ready").await;
    site.comes_to("foreign", "ready").await;
    assert_eq!(site.row("foreign").await.expect("recorded").frame_url, "");
    let page = site.server.get("/").await;
    assert_eq!(page.text().matches("<iframe").count(), 1, "the one that moved within its host: {}", page.text());
    assert_eq!(page.text().matches("class=\"embed-link\"").count(), 8);
    assert!(page.text().contains(">A foreign film (Test films)</a>"));
    assert!(!page.header("content-security-policy").contains("evil.test"));
}

/// With the settings of a real site nothing on this machine is asked, whatever name or figures it has.
async fn nothing_on_this_machine_is_asked(database: Database) {
    let site = Site::with_endpoint(database, "localhost", &[]).await;
    site.show(&["film"]).await;
    site.comes_to("film", "failed").await;
    let error = site.row("film").await.expect("recorded").error;
    assert!(error.contains("not https"), "{error}");
    let fetcher = vitrine::content::embed::Fetcher::new(vitrine::content::embed::Reach::Public).expect("TLS");
    let port = site.provider.address.port();
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0x7f000001"] {
        let table = format!(
            "[test]\nurls = [\"https://films.example/*\"]\nendpoint = \"https://{host}:{port}/oembed\"\nframes = []\n"
        );
        let providers = vitrine::content::embed::Providers::default().and(&table).expect("a table");
        let address = "https://films.example/1";
        let refused = fetcher.fetch(providers.find(address).expect("known"), address).await.expect_err(host);
        assert!(refused.to_string().starts_with("refused to connect"), "{host}: {refused}");
    }
    assert_eq!(site.provider.asked(), 0);
}

async fn an_answer_that_expired_stays_while_the_provider_is_away(database: Database) {
    let site = Site::start(database, &[]).await;
    site.show(&["film"]).await;
    site.comes_to("film", "ready").await;
    site.provider.set_down(true);
    let fetcher = vitrine::content::embed::Fetcher::new(vitrine::content::embed::Reach::Private).expect("TLS");
    let content = site.server.content();
    content.fetch_embed(&fetcher, &site.provider.url("film")).await.expect("the database answers");
    let row = site.row("film").await.expect("recorded");
    assert_eq!((row.state.as_str(), row.attempts), ("ready", 1));
    assert!(row.error.contains("503") && row.next_attempt_at > row.fetched_at.expect("fetched"), "{row:?}");
    assert!(site.server.get("/").await.text().contains("<iframe"));

    site.provider.set_down(false);
    assert_eq!(content.purge_embeds(None).await.expect("purged"), 1);
    site.comes_to("film", "ready").await;
    eventually("the player is back", SOON, async || site.server.get("/").await.text().contains("<iframe")).await;
}

async fn a_site_may_show_links_only_or_ask_nobody(database: Database) {
    let site = Site::start(database, &[("embeds.render", "link")]).await;
    site.show(&["film"]).await;
    site.comes_to("film", "ready").await;
    eventually("the title is shown", SOON, async || {
        site.server.get("/").await.text().contains(">A film &lt;b&gt;of&lt;/b&gt; tides (Test films)</a>")
    })
    .await;
    let page = site.server.get("/").await;
    assert!(!page.text().contains("<iframe") && !page.header("content-security-policy").contains("frame-src"));

    let quiet = Site::start(Database::Sqlite, &[("embeds.fetch", "false")]).await;
    quiet.show(&["film"]).await;
    assert_eq!(quiet.row("film").await.expect("recorded").state, "wanted");
    assert!(quiet.server.get("/").await.text().contains("embed-link"));
    assert_eq!(quiet.provider.asked(), 0);
}

async fn an_embed_field_has_what_templates_need(database: Database) {
    let site = Site::start(database, &[]).await;
    let url = site.provider.url("film");
    site.server.republish(site.home, |content| content.fields["film"] = url.clone().into()).await;
    site.comes_to("film", "ready").await;
    eventually("the player is shown", SOON, async || site.server.get("/").await.text().contains("<iframe")).await;
    let page = site.server.get("/").await;
    assert!(page.text().contains("<aside>A film &lt;b&gt;of&lt;/b&gt; tides: <span class=\"embed"), "{}", page.text());
    let unknown = "https://films.example/1";
    site.server.republish(site.home, |content| content.fields["film"] = unknown.into()).await;
    let page = site.server.get("/").await;
    assert!(page.text().contains(&format!("<a href=\"{unknown}\">{unknown}</a>")), "{}", page.text());
    let markdown = site.server.send(reqwest::Method::GET, "/", &[("accept", "text/markdown")]).await;
    assert!(markdown.text().contains(unknown), "{}", markdown.text());
}

on_both_databases!(
    a_publish_shows_a_link_at_once_and_the_player_when_the_provider_answered,
    the_background_loop_asks_once_however_many_nodes_there_are,
    a_provider_can_do_no_harm,
    nothing_on_this_machine_is_asked,
    an_answer_that_expired_stays_while_the_provider_is_away,
    a_site_may_show_links_only_or_ask_nobody,
    an_embed_field_has_what_templates_need,
);

/// The commands, beside a server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embeds_are_listed_purged_and_fetched_from_a_terminal() {
    let site = Site::start(Database::Sqlite, &[("embeds.fetch", "false")]).await;
    site.show(&["film", "gone"]).await;
    let (database, directory) = (site.server.database_url.clone(), site._folder.path().display().to_string());
    let data = site.server.folder.path().to_owned();
    let command = |arguments: &[&str]| {
        let mut command = vitrine(&data);
        command.args(["--site", &directory, "--set", "embeds.allow_private=true", "--set", "log.level=error"]);
        command.args(["--set", &format!("database.url={database}"), "--set", &format!("data.dir={}", data.display())]);
        command.arg("embed").args(arguments);
        tokio::task::block_in_place(|| run(&mut command))
    };
    let (code, out, _) = command(&["list"]);
    assert_eq!((code, out.matches("wanted").count()), (Some(0), 2), "{out}");
    let (code, out, error) = command(&["fetch", &site.provider.url("film")]);
    assert_eq!((code, out.as_str()), (Some(0), "ready: A film <b>of</b> tides\n"), "{error}");
    let (code, _, error) = command(&["fetch", &site.provider.url("gone")]);
    assert!(code == Some(1) && error.contains("404"), "{error}");
    let (code, _, error) = command(&["fetch", "https://nobody.example/1"]);
    assert!(code == Some(1) && error.contains("no provider"), "{error}");
    eventually("the server follows", Duration::from_secs(10), async || {
        site.server.get("/").await.text().contains("<iframe")
    })
    .await;
    let (_, out, _) = command(&["list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let (code, out, _) = command(&["purge"]);
    assert_eq!((code, out.as_str()), (Some(0), "2 forgotten\n"));
    let (code, out, _) = command(&["fetch"]);
    assert_eq!((code, out.as_str()), (Some(0), "2 asked for\n"));
}
