//! While nodes are upgraded one after the other, those of the last release go on with the new schema: its statements are
//! prepared on it, and no row that it writes lacks a value.
//!
//! `tests/fixtures/released.jsonl` is what the last release asks of the schema. A release writes it anew:
//! `VITRINE_WRITE_RELEASED=1 cargo test --test it -- upgrade::`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};
use vitrine::db::{Access, Query};
use vitrine::telemetry::label::DbSystem;

use super::sql::queries;
use crate::support::postgres::texts;
use crate::support::{Database, Server, on_both_databases};

const SYSTEMS: [DbSystem; 2] = [DbSystem::Sqlite, DbSystem::Postgres];

/// What a release asks of the schema, in one dialect.
#[derive(Default)]
struct Release {
    version: String,
    tables: BTreeSet<String>,
    /// `table.column`: what every row that is written says.
    needed: BTreeSet<String>,
    /// Name, whether it only reads, text.
    queries: Vec<(String, bool, String)>,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/released.jsonl")
}

fn words(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().expect("a list").iter();
    all.map(|word| word.as_str().expect("a word").to_owned()).collect()
}

fn released(system: DbSystem) -> Release {
    let text = std::fs::read_to_string(path()).expect("tests/fixtures/released.jsonl can be read");
    let mut release = Release::default();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("each line is JSON");
        match line["name"].as_str() {
            None => {
                release.version = line["version"].as_str().expect("a version").to_owned();
                release.tables = words(&line[system.as_str()]["tables"]);
                release.needed = words(&line[system.as_str()]["needed"]);
            }
            Some(name) => {
                let text = line[system.as_str()].as_str().or(line["sql"].as_str()).expect("a statement");
                release.queries.push((name.to_owned(), line["access"] == "read", text.to_owned()));
            }
        }
    }
    release
}

/// The tables of a database, and what every row that is written there says.
fn schema(url: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (tables, needed) = if url.starts_with("sqlite:") {
        (
            "SELECT name FROM sqlite_master WHERE type = 'table'",
            "SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c \
             WHERE t.type = 'table' AND c.\"notnull\" = 1 AND c.dflt_value IS NULL AND c.pk = 0",
        )
    } else {
        (
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' \
             AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'",
        )
    };
    (texts(url, tables).into_iter().collect(), texts(url, needed).into_iter().collect())
}

/// What rows that the release writes would lack.
fn lacking<'n>(release: &Release, needed: &'n BTreeSet<String>) -> Vec<&'n String> {
    let table = |column: &str| column.split('.').next().unwrap_or_default().to_owned();
    let is_new = |column: &&String| release.tables.contains(&table(column)) && !release.needed.contains(*column);
    needed.iter().filter(is_new).collect()
}

/// What the database has against statements.
async fn refused(server: &Server, queries: &[(String, bool, String)]) -> Vec<String> {
    let mut refused = Vec::new();
    for (name, is_read, text) in queries {
        let (name, text): (&'static str, &'static str) = (name.clone().leak(), text.clone().leak());
        let access = if *is_read { Access::Read } else { Access::Write };
        let query: &'static Query = Box::leak(Box::new(Query::declare(name, access, text, text)));
        if let Err(error) = server.running.site.app.db.prepare(query).await {
            refused.push(format!("{name}: {error}"));
        }
    }
    refused
}

fn system_of(server: &Server) -> DbSystem {
    if server.database_url.starts_with("sqlite:") { DbSystem::Sqlite } else { DbSystem::Postgres }
}

async fn the_last_release_goes_on_with_the_new_schema(database: Database) {
    let server = Server::start(database).await;
    let release = released(system_of(&server));
    assert!(release.queries.len() > 300 && release.tables.len() > 30, "the file is whole");
    let (tables, needed) = schema(&server.database_url);
    let gone: Vec<&String> = release.tables.difference(&tables).collect();
    assert!(gone.is_empty(), "{} still asks for the tables {gone:?}", release.version);
    let lacking = lacking(&release, &needed);
    assert!(lacking.is_empty(), "rows that {} writes have no {lacking:?}: give a default", release.version);
    let refused = refused(&server, &release.queries).await;
    assert!(refused.is_empty(), "statements of {} that the new schema refuses: {refused:#?}", release.version);
}

async fn what_a_release_could_not_go_on_with_is_told(database: Database) {
    let server = Server::start(database).await;
    let query = |name: &str, text: &str| (name.to_owned(), true, text.to_owned());
    let told = refused(
        &server,
        &[query("page.gone", "SELECT no_such_column FROM page"), query("page.well", "SELECT id FROM page")],
    )
    .await;
    assert!(told.len() == 1 && told[0].starts_with("page.gone: "), "{told:?}");
    let (tables, needed) = schema(&server.database_url);
    assert!(needed.contains("page.title"), "{needed:?}");
    let mut before = Release { tables, needed: needed.clone(), ..Release::default() };
    before.needed.remove("page.title");
    assert_eq!(lacking(&before, &needed), ["page.title"]);
    before.tables.remove("page");
    assert!(lacking(&before, &needed).is_empty(), "nobody writes to a table that is new");
}

/// Writes what this version asks of the schema, when a release is made.
#[tokio::test]
async fn a_release_writes_what_it_asks_for() {
    if std::env::var_os("VITRINE_WRITE_RELEASED").is_none() {
        return;
    }
    let mut head = json!({ "version": env!("CARGO_PKG_VERSION") });
    for database in [Database::Sqlite, Database::postgres().expect("PostgreSQL is installed")] {
        let server = Server::start(database).await;
        let (tables, needed) = schema(&server.database_url);
        head[system_of(&server).as_str()] = json!({ "tables": tables, "needed": needed });
    }
    let mut lines = vec![head.to_string()];
    for query in queries() {
        let access = if query.access == Access::Read { "read" } else { "write" };
        let [sqlite, postgres] = SYSTEMS.map(|system| query.text(system));
        let line = match sqlite == postgres {
            true => json!({ "name": query.name, "access": access, "sql": sqlite }),
            false => json!({ "name": query.name, "access": access, "sqlite": sqlite, "postgresql": postgres }),
        };
        lines.push(line.to_string());
    }
    std::fs::write(path(), lines.join("\n") + "\n").expect("written");
}

on_both_databases!(the_last_release_goes_on_with_the_new_schema, what_a_release_could_not_go_on_with_is_told);
