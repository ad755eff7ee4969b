//! The commands, as a person at a terminal meets them.

use std::path::Path;

use reqwest::Method;

use crate::support::client::{client, try_send};
use crate::support::process::{free_port, run};
use crate::support::server::empty_database;
use crate::support::{Database, Process, Server, on_both_databases, vitrine};

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// A folder with the default site in `site/`.
fn new_site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, _) = run(vitrine(folder.path()).args(["new", "site"]));
    assert_eq!(code, Some(0));
    assert!(said.contains("vitrine dev --site site"), "it says what to do next: {said}");
    folder
}

/// Everything is wrong: a key and a value, a type, a template.
fn with_mistakes() -> tempfile::TempDir {
    let folder = new_site();
    write(folder.path(), "vitrine.toml", "[server]\nlisten = \"nowhere\"\nlisen = \"127.0.0.1:0\"\n");
    let types = folder.path().join("site/types");
    write(
        &types,
        "zoo.toml",
        "name = \"zoo.Zoo\"\nkind = \"page\"\ntemplate = \"zoo.html\"\n\n[[fields]]\nname = \"Bad Name\"\nkind = \"chr\"\nlabel = \"x\"\n",
    );
    let templates = folder.path().join("site/templates");
    write(&templates, "zoo.html", "line one\n{% if %}\n");
    folder
}

fn assert_tells_all_mistakes(said: &str) {
    for word in [
        "vitrine.toml:2",
        "server.listen",
        "vitrine.toml:3",
        "lisen",
        "types/zoo.toml:",
        "chr",
        "Bad Name",
        "label",
        "zoo.html:2",
    ] {
        assert!(said.contains(word), "{word:?} is not told:\n{said}");
    }
}

#[test]
fn check_tells_every_mistake_at_once() {
    let folder = with_mistakes();
    for place in ["--site", "environment", "file"] {
        let mut command = vitrine(folder.path());
        command.arg("check");
        match place {
            "--site" => drop(command.args(["--site", "site"])),
            "environment" => drop(command.env("VITRINE_SITE", "site")),
            _ => {
                let file = std::fs::read_to_string(folder.path().join("vitrine.toml")).expect("readable");
                write(folder.path(), "vitrine.toml", &format!("{file}[site]\ndir = \"site\"\n"));
            }
        }
        let (code, _, said) = run(&mut command);
        assert_eq!(code, Some(1));
        assert_tells_all_mistakes(&said);
    }
}

#[test]
fn check_is_content_with_the_default_site() {
    let folder = new_site();
    for arguments in [&["check"][..], &["check", "--site", "site"]] {
        let (code, said, errors) = run(vitrine(folder.path()).args(arguments));
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
    }
    let (code, _, said) = run(vitrine(folder.path()).args(["check", "--site", "no-such-folder"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("no-such-folder"), "{said}");
}

#[test]
fn a_server_with_mistakes_does_not_start_and_says_why() {
    let folder = new_site();
    let types = folder.path().join("site/types/home.toml");
    let text = std::fs::read_to_string(&types).expect("readable").replacen("kind = \"char\"", "kind = \"chr\"", 1);
    std::fs::write(&types, text).expect("written");
    let (code, _, said) =
        run(vitrine(folder.path()).args(["serve", "--site", "site", "--set", "server.listen=127.0.0.1:0"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("types/home.toml:") && said.contains("chr"), "{said}");
    assert!(!folder.path().join("data/vitrine.db").exists(), "nothing was begun");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = format!("server.listen={}", taken.local_addr().expect("bound"));
    let (code, _, said) = run(vitrine(folder.path()).args(["serve", "--set", &listen]));
    assert_eq!(code, Some(1));
    assert!(said.contains("server.listen") && said.contains("already in use"), "{said}");
    let (code, _, said) = run(vitrine(folder.path()).args(["serve", "--set", "database.url=mysql://x/y"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("database.url"), "{said}");
}

#[test]
fn config_show_names_origins_and_hides_secrets() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "vitrine.toml", "[log]\nlevel = \"warn\"\n[email]\nhost = \"mail.test\"\n");
    write(folder.path(), "key", "a-very-long-secret-key-0123456789-abcdef\n");
    let secrets = ["hunter2pass", "a-very-long-secret-key", "mailpass", "redispass"];
    for json in [false, true] {
        let mut command = vitrine(folder.path());
        command.args(["config", "show", "--set", "cache.max_bytes=1000000"]).envs([
            ("DATABASE_URL", "postgres://shop:hunter2pass@db.test:5433/shop"),
            ("SECRET_KEY_FILE", "key"),
            ("EMAIL_PASSWORD", "mailpass"),
            ("REDIS_URL", "redis://:redispass@redis.test:6379/0"),
        ]);
        if json {
            command.arg("--json");
        }
        let (code, said, errors) = run(&mut command);
        assert_eq!(code, Some(0), "{errors}");
        for secret in secrets {
            assert!(!said.contains(secret), "{secret} is shown:\n{said}");
        }
        for word in ["db.test:5433", "shop", "DATABASE_URL", "SECRET_KEY_FILE", "vitrine.toml:2", "--set", "default"] {
            assert!(said.contains(word), "{word} is not shown:\n{said}");
        }
        if json {
            let value: serde_json::Value = serde_json::from_str(&said).expect("JSON");
            assert_eq!(value["cache.max_bytes"]["value"], 1_000_000);
            assert_eq!(value["log.level"]["value"], "warn");
        }
    }
}

async fn the_environment_of_the_replaced_systems_works(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let port = free_port().to_string();
    write(folder.path(), "password", "unused\n");
    let mut environment = vec![
        ("PORT", port.as_str()),
        ("ALLOWED_HOSTS", "www.test, .shop.test"),
        ("SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF"),
        ("DEBUG", "False"),
        ("WEB_CONCURRENCY", "1"),
        ("GUNICORN_TIMEOUT", "20"),
        ("LOG_LEVEL", "INFO"),
        ("EMAIL_HOST", "mail.test"),
        ("HOME", "/nonexistent"),
    ];
    let (postgres_port, name);
    match database {
        Database::Sqlite => environment.push(("DATABASE_URL", &url)),
        Database::Postgres(cluster) => {
            (postgres_port, name) = (cluster.port().to_string(), url.rsplit('/').next().expect("a name").to_owned());
            environment.extend([
                ("POSTGRES_HOST", "127.0.0.1"),
                ("POSTGRES_PORT", &postgres_port),
                ("POSTGRES_DB", &name),
                ("POSTGRES_USER", "vitrine"),
                ("POSTGRES_PASSWORD_FILE", "password"),
            ]);
        }
    }
    let server = Process::start(folder.path(), &[], &[], &environment);
    assert_eq!(server.site, format!("http://127.0.0.1:{port}"));
    let client = client();
    for (host, status) in [("www.test", 200), ("a.shop.test", 200), ("localhost", 400), ("evil.test", 400)] {
        let answer = try_send(&client, Method::GET, &format!("{}/about/", server.site), &[("host", host)]).await;
        assert_eq!(answer.expect("an answer").status, status, "{host}");
    }
    let metrics = try_send(&client, Method::GET, &format!("{}/metrics", server.ops), &[]).await.expect("an answer");
    let metrics = crate::support::Metrics::parse(metrics.text());
    let used = [("db_system_name", database.system())];
    assert!(metrics.sum("db_client_operation_duration_seconds_count", &used) > 0.0);
    assert_eq!(metrics.label_values("tokio_worker_busy_seconds_total", "worker").len(), 1, "WEB_CONCURRENCY");
}

async fn healthcheck_exits_with_zero_only_when_the_server_is_ready(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let ops = format!("server.ops_listen=127.0.0.1:{}", free_port());
    let ask = || run(vitrine(folder.path()).args(["healthcheck", "--set", &ops]));
    let (code, _, said) = ask();
    assert_eq!(code, Some(1));
    assert!(said.contains("is the server running?"), "{said}");
    let settings = [("database.url", url.as_str()), ("server.ops_listen", ops.split_once('=').expect("a pair").1)];
    let server = Process::start(folder.path(), &settings, &[], &[]);
    let (code, said, errors) = ask();
    assert_eq!(code, Some(0), "{errors}");
    assert!(said.contains("\"ready\": true"), "{said}");
    drop(server);
    assert_eq!(ask().0, Some(1));
}

/// The first start: the operations listener answers long before the site is seeded.
async fn a_server_is_not_ready_before_its_site_is(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let [site, ops] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port()));
    let settings = [("database.url", url.as_str()), ("server.listen", &site), ("server.ops_listen", &ops)];
    let server = Process::spawn(folder.path(), &settings, &[], &[]);
    let client = client();
    let mut starting = 0;
    let wait = async || {
        let Some(ready) = try_send(&client, Method::GET, &format!("http://{ops}/readyz"), &[]).await else {
            return false;
        };
        let opened = ready.json()["opened"].as_bool();
        assert!(opened == Some(true) || (ready.status == 503 && opened == Some(false)), "{}", ready.text());
        starting += i32::from(ready.status == 503);
        ready.status == 200
    };
    crate::support::eventually("the server is ready", crate::support::SOON, wait).await;
    let home = try_send(&client, Method::GET, &format!("http://{site}/"), &[]).await.expect("an answer");
    assert_eq!(home.status, 200, "{}", home.text());
    assert!(starting > 0, "seeding was seen");
    assert!(!server.stdout.contain("a page failed"), "{:?}", server.stdout.all());
}

async fn pages_are_edited_from_the_terminal_and_servers_follow(database: Database) {
    let server = Server::start(database).await;
    let (about, contact) = (server.page_id("/about/").await.to_string(), server.page_id("/contact/").await.to_string());
    let url = format!("database.url={}", server.database_url);
    let vitrine = |arguments: &[&str]| run(vitrine(server.folder.path()).args(arguments).args(["--set", &url]));
    assert_eq!(server.get("/about/").await.status, 200);
    let status = async |path: &str, status: u16| {
        let is = async || server.get(path).await.status == status;
        crate::support::eventually(path, crate::support::SOON, is).await;
    };
    assert_eq!(vitrine(&["page", "unpublish", &about]).0, Some(0));
    status("/about/", 404).await;
    assert_eq!(vitrine(&["page", "publish", &about]).0, Some(0));
    status("/about/", 200).await;
    assert_eq!(vitrine(&["page", "move", &about, &contact]).0, Some(0));
    status("/contact/about/", 200).await;
    status("/about/", 301).await;
    let (code, said, _) = vitrine(&["tree", "check"]);
    assert_eq!((code, said.trim()), (Some(0), "the tree is right"));
    let (code, said, _) = vitrine(&["tree", "show"]);
    assert!(code == Some(0) && said.contains("/home/contact/about/"), "{said}");
    let (code, _, said) = vitrine(&["page", "delete", &contact]);
    assert!(code == Some(1) && said.contains("--force"), "others point at it: {said}");
    let (code, said, _) = vitrine(&["page", "delete", &contact, "--force"]);
    assert_eq!((code, said.trim()), (Some(0), "2 pages deleted"));
    status("/contact/", 404).await;
    let (code, _, said) = vitrine(&["page", "publish", &contact]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("there is no page {contact}")), "{said}");
    let (code, said, _) = vitrine(&["migrate"]);
    let all = std::fs::read_dir("migrations/sqlite").expect("the migrations").count();
    assert_eq!((code, said.trim()), (Some(0), format!("{all} migrations applied, 0 pending").as_str()));
}

#[test]
fn the_catalogue_is_printed_in_three_forms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for format in ["table", "names", "markdown"] {
        let (code, said, _) = run(vitrine(folder.path()).args(["catalogue", "--format", format]));
        assert_eq!(code, Some(0));
        for family in vitrine::cli::families() {
            assert!(said.contains(family.name), "{format} has {}", family.name);
        }
    }
}

on_both_databases!(
    the_environment_of_the_replaced_systems_works,
    healthcheck_exits_with_zero_only_when_the_server_is_ready,
    a_server_is_not_ready_before_its_site_is,
    pages_are_edited_from_the_terminal_and_servers_follow,
);
