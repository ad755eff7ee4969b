//! A server in this process: its own data, database, ports, telemetry and log.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use reqwest::Method;
use tempfile::TempDir;
use vitrine::config::{Config, Sources};
use vitrine::content::Content;
use vitrine::serve::{self, Running};
use vitrine::telemetry::Telemetry;

use super::client::{self, Answer};
use super::postgres::{Cluster, Database, outside};
use super::{Metrics, SOON};

/// What the pages of every test server call their site, whatever its port.
pub const BASE_URL: &str = "http://site.test";

/// Log lines of one server.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics inside").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let bytes = self.0.lock().expect("nothing panics inside").clone();
        let text = String::from_utf8(bytes).expect("log lines are UTF-8");
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        text.lines().map(parse).collect()
    }
}

/// A running server.
pub struct Server {
    pub running: Running,
    pub site: String,
    pub ops: String,
    pub telemetry: Arc<Telemetry>,
    pub log: Log,
    pub client: reqwest::Client,
    pub folder: Arc<TempDir>,
    pub database_url: String,
}

impl Server {
    /// The seeded default site with default settings.
    pub async fn start(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    /// The seeded default site.
    pub async fn with(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::seeded(database, Seed::Whole, settings).await
    }

    /// The default site in English alone, for tests that bring another language.
    pub async fn in_english(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::seeded(database, Seed::English, settings).await
    }

    async fn seeded(database: Database, seed: Seed, settings: &[(&str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let database_url = seeded_database(database, seed, &folder);
        Self::open(folder, database_url, settings).await
    }

    /// Another server on the same database.
    pub async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::open(self.folder.clone(), self.database_url.clone(), settings).await
    }

    /// A server on a database that may be empty.
    pub async fn open(folder: Arc<TempDir>, database_url: String, settings: &[(&str, &str)]) -> Self {
        let server = Self::open_unready(folder, database_url, settings).await;
        tokio::time::timeout(SOON, server.running.opened()).await.expect("the site opens in time");
        server
    }

    /// As [`Server::open`], without waiting for the database.
    pub async fn open_unready(folder: Arc<TempDir>, database_url: String, settings: &[(&str, &str)]) -> Self {
        let data = folder.path().display().to_string();
        let mut flags = vec![
            ("server.listen", "127.0.0.1:0"),
            ("server.ops_listen", "127.0.0.1:0"),
            ("server.base_url", BASE_URL),
            ("server.drain_timeout_s", "5"),
            ("data.dir", &data),
            ("database.url", &database_url),
        ];
        flags.extend_from_slice(settings);
        let flags = flags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let config = Config::load(Sources { flags, ..Sources::default() }).expect("the settings are valid").config;
        let log = Log::default();
        let telemetry = Telemetry::start(&config, Box::new(log.clone())).expect("the log writer starts");
        let running = serve::start(config, telemetry.clone()).await.expect("the server starts");
        let (site, ops) = (
            format!("http://{}", running.site_address.expect("a public listener")),
            format!("http://{}", running.ops_address),
        );
        Self { running, site, ops, telemetry, log, client: client::client(), folder, database_url }
    }

    pub fn content(&self) -> &Arc<Content> {
        &self.running.site.app.content
    }

    pub fn address(&self) -> SocketAddr {
        self.running.site_address.expect("a public listener")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.site);
        client::try_send(&self.client, method, &url, headers).await.unwrap_or_else(|| panic!("no answer for {path}"))
    }

    /// Sends a form as a browser does from a page of this site.
    pub async fn send_form(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let form = ("content-type", "application/x-www-form-urlencoded");
        let headers: Vec<_> = std::iter::once(form).chain(headers.iter().copied()).collect();
        let url = format!("{}{path}", self.site);
        let sent = client::try_send_body(&self.client, Method::POST, &url, &headers, body.into_bytes()).await;
        sent.unwrap_or_else(|| panic!("no answer for {path}"))
    }

    pub async fn send_body(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let url = format!("{}{path}", self.site);
        let sent = client::try_send_body(&self.client, method, &url, headers, body).await;
        sent.unwrap_or_else(|| panic!("no answer for {path}"))
    }

    /// A request to the operations listener.
    pub async fn ask_ops(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.ops);
        client::try_send(&self.client, Method::GET, &url, &[]).await.expect("the operations listener answers")
    }

    pub async fn metrics(&self) -> Metrics {
        Metrics::parse(self.ask_ops("/metrics").await.text())
    }

    /// Log lines written so far, with all that were made.
    pub fn log_lines(&self) -> Vec<serde_json::Value> {
        self.telemetry.flush_logs();
        self.log.lines()
    }
}

/// How much of the default site a database begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seed {
    Whole,
    /// Without its other languages.
    English,
}

/// A database with the seeded default site and its media files, as a copy of one that is made once.
fn seeded_database(database: Database, seed: Seed, folder: &TempDir) -> String {
    match database {
        Database::Sqlite => {
            static WHOLE: OnceLock<(Vec<u8>, TempDir)> = OnceLock::new();
            static ENGLISH: OnceLock<(Vec<u8>, TempDir)> = OnceLock::new();
            let once = if seed == Seed::Whole { &WHOLE } else { &ENGLISH };
            let (seeded, files) = once.get_or_init(|| {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let file = folder.path().join("vitrine.db");
                let folder = fill(folder, seed, sqlite_url(&file));
                (std::fs::read(&file).expect("seeding wrote it"), folder)
            });
            link_media(files.path(), folder.path());
            let file = folder.path().join("vitrine.db");
            std::fs::write(&file, seeded).expect("room for a copy");
            sqlite_url(&file)
        }
        Database::Postgres(cluster) => {
            let (name, files) = seeded_template(cluster, seed);
            link_media(files, folder.path());
            cluster.url(&cluster.create_database(Some(name)))
        }
    }
}

/// A database and its media files, one per cluster and seed: the shared cluster is asked again and again, others once.
fn seeded_template(cluster: &Cluster, seed: Seed) -> (&'static str, &'static Path) {
    static SEEDED: Mutex<Vec<(u16, Seed, &'static str, &'static TempDir)>> = Mutex::new(Vec::new());
    let mut seeded = SEEDED.lock().expect("seeding does not panic");
    let known = seeded.iter().find(|(port, of, ..)| (*port, *of) == (cluster.port(), seed));
    if let Some((.., name, folder)) = known {
        return (name, folder.path());
    }
    let name: &'static str = cluster.create_database(None).leak();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder: &'static TempDir = Box::leak(Box::new(fill(folder, seed, cluster.url(name))));
    seeded.push((cluster.port(), seed, name, folder));
    (name, folder.path())
}

/// The folder, with the files that seeding left in it.
fn fill(folder: TempDir, seed: Seed, database_url: String) -> TempDir {
    let folder = Arc::new(folder);
    let shared = folder.clone();
    outside(async move {
        let site = super::site::folder_with(&[]);
        if seed == Seed::English {
            std::fs::remove_dir_all(site.path().join("seed/locales")).expect("it is there");
        }
        let dir = site.path().display().to_string();
        let server = Server::open(shared, database_url, &[("site.dir", &dir)]).await;
        server.running.stop().await;
    });
    Arc::into_inner(folder).expect("the server is gone")
}

/// Stored files never change, so that they can be shared.
fn link_media(from: &Path, to: &Path) {
    let mut open = vec![from.join("media")];
    while let Some(path) = open.pop() {
        let there = to.join(path.strip_prefix(from).expect("it is below"));
        if path.is_dir() {
            std::fs::create_dir_all(there).expect("room for a folder");
            open.extend(std::fs::read_dir(path).expect("readable").map(|entry| entry.expect("readable").path()));
        } else if path.exists() {
            std::fs::hard_link(path, there).expect("one file system");
        }
    }
}

pub fn sqlite_url(file: &std::path::Path) -> String {
    format!("sqlite:{}", file.display())
}

/// An empty database.
pub fn empty_database(database: Database, folder: &TempDir) -> String {
    match database {
        Database::Sqlite => sqlite_url(&folder.path().join("vitrine.db")),
        Database::Postgres(cluster) => cluster.url(&cluster.create_database(None)),
    }
}
