//! Every statement on both databases, and migrations however many servers start at once.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use vitrine::db::Query;

use crate::support::client::{client, try_send};
use crate::support::postgres::number;
use crate::support::server::empty_database;
use crate::support::{Database, Process, Server, on_both_databases, site};

/// Every statement of the product.
pub fn queries() -> Vec<&'static Query> {
    let lists = vitrine::content::QUERIES.iter().chain(vitrine::media::QUERIES);
    let lists = lists.chain(vitrine::jobs::QUERIES).chain(vitrine::accounts::QUERIES);
    let lists = lists.chain(vitrine::bulk::QUERIES).chain(vitrine::webhooks::QUERIES).chain(vitrine::import::QUERIES);
    let lists = lists.chain(vitrine::transfer::QUERIES);
    let lists = lists.flat_map(|list| list.iter()).chain(vitrine::db::QUERIES).chain(vitrine::drill::QUERIES);
    let lists = lists.chain(vitrine::cdn::QUERIES.iter().flat_map(|list| list.iter()));
    lists.chain(vitrine::backup::QUERIES).copied().collect()
}

async fn every_query_can_be_prepared(database: Database) {
    let server = Server::start(database).await;
    let mut problems = Vec::new();
    for query in queries() {
        if let Err(error) = server.running.site.app.db.prepare(query).await {
            problems.push(format!("{}: {error}", query.name));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn query_names_are_unique_and_have_a_domain() {
    let mut seen = BTreeSet::new();
    for query in queries() {
        assert!(seen.insert(query.name), "{} is there twice", query.name);
        let (domain, action) = query.name.split_once('.').unwrap_or_default();
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(is_word(domain) && is_word(action), "{} is not domain.action", query.name);
    }
    assert!(seen.len() > 30, "the lists are whole");
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

async fn four_servers_at_once_migrate_and_seed_an_empty_database_once(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = empty_database(database, &folder);
    let settings = [("database.url", url.as_str()), ("data.dir", "data")];
    let mut servers: Vec<Process> = (0..4).map(|_| Process::spawn(folder.path(), &settings, &[], &[])).collect();
    for server in &mut servers {
        server.wait_until_ready();
    }
    let client = client();
    for server in &servers {
        assert!(!server.stdout.contain("trying again"), "they take turns: {:?}", server.stdout.all());
        for path in ["/", "/blog/"] {
            let answer = try_send(&client, Method::GET, &format!("{}{path}", server.site), &[]).await;
            assert_eq!(answer.expect("an answer").status, 200, "{path}");
        }
    }
    let files = names_of_migrations();
    assert_eq!(number(&url, "SELECT COUNT(*) FROM _sqlx_migrations"), files as i64);
    assert_eq!(number(&url, "SELECT COUNT(*) FROM _sqlx_migrations WHERE success"), files as i64);
    assert_eq!(number(&url, "SELECT COUNT(*) FROM site"), 1);
    let pages = site::page_paths().len() as i64;
    assert_eq!(number(&url, "SELECT COUNT(*) FROM page WHERE live"), pages, "each seeded page once");
    assert_eq!(number(&url, "SELECT COUNT(*) FROM page"), pages + 1, "and the hidden root");
}

fn names_of_migrations() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    std::fs::read_dir(folder).expect("the folder is there").count()
}

on_both_databases!(every_query_can_be_prepared, four_servers_at_once_migrate_and_seed_an_empty_database_once);
