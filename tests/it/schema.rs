//! Content migrations: live rows and revisions follow their types, whole or not at all, and what depends on them too.

use std::path::Path;

use serde_json::{Value, json};
use vitrine::content::page;
use vitrine::content::schema::{self, Migration, Run, SchemaError};
use vitrine::content::types::{ReferenceKind, SourceFile};

use crate::support::edit::post;
use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::site::folder_with;
use crate::support::{Database, Process, SOON, Server, eventually_blocking, on_both_databases, vitrine};

/// Migrations for the types of the default site.
fn migrations(server: &Server, files: &[(&str, &str)]) -> Vec<Migration> {
    let file = |(path, text): &(&str, &str)| SourceFile { path: format!("schema/{path}"), text: (*text).to_owned() };
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    schema::load(&files, &server.content().types()).unwrap_or_else(|why| panic!("{why:?}"))
}

async fn migrate(server: &Server, migrations: &[Migration], run: Run) -> schema::Report {
    server.content().migrate_schema(migrations, run, &mut |_, _| {}).await.expect("migrated")
}

/// Puts the content of posts into the form of older types, behind the server's back.
fn age(server: &Server) {
    let old = |table: &str, column: &str| {
        format!(
            "UPDATE {table} SET {column} = REPLACE(REPLACE({column}, '\"intro\":', '\"lede\":'), '\"pull_quote\"', '\"aside\"')"
        )
    };
    let (live, history) = (old("page", "data"), old("revision", "content"));
    let live = format!("{live} WHERE type = 'blog.BlogPage'");
    let history = format!("{history} WHERE page_id IN (SELECT id FROM page WHERE type = 'blog.BlogPage')");
    for text in [live, history] {
        execute(&server.database_url, &text).expect("aged");
    }
}

const RENAMES: &str = r#"
description = "The lede is called intro, asides are pull quotes."

[[operations]]
operation = "rename_field"
type = "blog.BlogPage"
from = "lede"
to = "intro"

[[operations]]
operation = "rename_block"
types = ["*"]
path = "**"
from = "aside"
to = "pull_quote"
"#;

fn rows_with(server: &Server, table: &str, column: &str, text: &str) -> i64 {
    let text = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{text}%'");
    crate::support::postgres::number(&server.database_url, &text)
}

async fn live_pages_and_revisions_follow_a_renamed_field(database: Database) {
    let server = Server::start(database).await;
    let mut new = post(&server, "Migrated").await;
    let quote = json!({ "type": "pull_quote", "value": { "quote": "Asked twice.", "attribution": "" } });
    new.fields.insert("body".into(), json!([quote, { "type": "paragraph", "value": "<p>Words.</p>" }]));
    let id = server.create(new).await.expect("created");
    server.publish(id).await.expect("published");
    server.change(id, |content| content.fields["intro"] = json!("Drafted.")).await.expect("saved");
    age(&server);
    let pages = rows_with(&server, "page", "data", "\"lede\"");
    let revisions = rows_with(&server, "revision", "content", "\"lede\"");
    assert!(pages > 3 && revisions > pages, "{pages} and {revisions}");
    let path = format!("/blog/{}/", server.newest(id).await.slug);
    server.get(&path).await;
    assert_eq!(server.get(&path).await.cache(), "hit");
    server.get("/about/").await;

    let files = migrations(&server, &[("0001_renames.toml", RENAMES)]);
    let preview = migrate(&server, &files, Run::Preview).await;
    let posts = &preview.migrations[0].operations[0].by_type["blog.BlogPage"];
    assert_eq!((posts.live as i64, posts.revisions as i64), (pages, revisions));
    let example = &preview.migrations[0].operations[0].examples[0];
    assert!(example.before.starts_with("lede: ") && example.after.starts_with("intro: "), "{example:?}");
    assert!(preview.misfits().is_empty(), "{:?}", preview.misfits());
    assert_eq!(rows_with(&server, "page", "data", "\"lede\""), pages, "a preview writes nothing");
    assert_eq!(server.rows("content_migration"), 0);

    let report = migrate(&server, &files, Run::Write).await;
    assert_eq!(report.changed, preview.changed);
    for (table, column) in [("page", "data"), ("page", "summary"), ("revision", "content")] {
        assert_eq!(rows_with(&server, table, column, "\"lede\""), 0, "{table}.{column}");
        assert_eq!(rows_with(&server, table, column, "\"aside\""), 0, "{table}.{column}");
    }
    let live = page::find(server.db(), id).await.expect("found").expect("it is there");
    assert_eq!(live.fields["intro"], "An introduction.");
    assert_eq!(live.summary["intro"], "An introduction.");
    assert_eq!(live.fields.keys().next().map(String::as_str), Some("intro"), "it keeps its place");
    assert_eq!(server.newest(id).await.fields["intro"], "Drafted.");
    assert_eq!(server.newest(id).await.fields["body"][0]["type"], "pull_quote");
    let answer = server.get(&path).await;
    assert!(answer.cache() != "hit" && answer.text().contains("Asked twice."), "its page was purged");
    assert_eq!(server.get("/about/").await.cache(), "hit", "and no other");
    server.publish(id).await.expect("the draft can be published");
    let again = migrate(&server, &files, Run::Write).await;
    assert!(again.migrations.is_empty() && again.documents == 0, "it is done");
}

async fn the_reference_index_tags_and_search_follow(database: Database) {
    let server = Server::start(database).await;
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    let mut new = post(&server, "Migrated").await;
    new.fields.insert("intro".into(), json!("A walrus."));
    new.fields.insert("tags".into(), json!(["tusk"]));
    let id = server.create(new).await.expect("created");
    server.publish(id).await.expect("published");
    let rename = |table: &str, column: &str| {
        let old = [("intro", "lead"), ("author", "writer"), ("tags", "labels")];
        let text = old
            .iter()
            .fold(column.to_owned(), |text, (new, old)| format!("REPLACE({text}, '\"{new}\":', '\"{old}\":')"));
        format!("UPDATE {table} SET {column} = {text}")
    };
    execute(&server.database_url, &format!("{} WHERE id = {id}", rename("page", "data"))).expect("aged");
    execute(&server.database_url, &format!("{} WHERE page_id = {id}", rename("revision", "content"))).expect("aged");
    let content = server.content();
    content.check_references(vitrine::content::reference_check::Repair::Write, &mut |_| {}).await.expect("rebuilt");
    execute(&server.database_url, &format!("DELETE FROM page_tag WHERE page_id = {id}")).expect("cleared");
    let uses = async || {
        let uses = content.usage(ReferenceKind::Snippet, author, 0).await.expect("listed");
        uses.into_iter()
            .filter(|found| found.page_id == Some(id))
            .map(|found| (found.path, found.live))
            .collect::<Vec<_>>()
    };
    assert_eq!(uses().await, [], "the old form refers to nothing");
    let operation = |from: &str, to: &str| {
        format!(
            "[[operations]]\noperation = \"rename_field\"\ntype = \"blog.BlogPage\"\nfrom = \"{from}\"\nto = \"{to}\"\n"
        )
    };
    let text = operation("lead", "intro") + &operation("writer", "author") + &operation("labels", "tags");
    migrate(&server, &migrations(&server, &[("0001_names.toml", &text)]), Run::Write).await;
    assert_eq!(uses().await, [("author".to_owned(), true)]);
    assert!(server.get("/blog/tag/tusk/").await.text().contains("Migrated"));
    assert!(server.get("/search/?q=walrus").await.text().contains("Migrated"));
    let checked = content.check_references(vitrine::content::reference_check::Repair::Report, &mut |_| {}).await;
    assert!(checked.expect("checked").differing.is_empty());
}

async fn snippets_settings_and_their_history_follow(database: Database) {
    let server = Server::start(database).await;
    let content = server.content();
    for text in [
        "UPDATE snippet SET data = REPLACE(data, '\"role\":', '\"job\":') WHERE type = 'blog.Author'",
        "UPDATE setting SET data = REPLACE(data, '\"footer_text\":', '\"footer\":')",
        "UPDATE setting_revision SET data = REPLACE(data, '\"footer_text\":', '\"footer\":')",
    ] {
        execute(&server.database_url, text).expect("aged");
    }
    content.load_settings().await.expect("read");
    let settings = rows_with(&server, "setting", "data", "\"footer\"");
    assert!(settings == 1 && rows_with(&server, "snippet", "data", "\"job\"") > 1, "as it was");
    let text = "[[operations]]\noperation = \"rename_field\"\ntype = \"blog.Author\"\nfrom = \"job\"\nto = \"role\"\n
        [[operations]]\noperation = \"rename_field\"\ntype = \"site.SiteSettings\"\nfrom = \"footer\"\nto = \"footer_text\"\n";
    assert!(!server.get("/about/").await.text().contains("let a whole street read the sky"));
    let report = migrate(&server, &migrations(&server, &[("0001_names.toml", text)]), Run::Write).await;
    for (table, name) in [("snippet", "job"), ("setting", "footer"), ("setting_revision", "footer")] {
        assert_eq!(rows_with(&server, table, "data", &format!("\"{name}\"")), 0, "{table}");
    }
    let counts = &report.migrations[0].operations[1].by_type["site.SiteSettings"];
    assert_eq!((counts.live, counts.revisions), (1, 1));
    assert!(server.get("/about/").await.text().contains("let a whole street read the sky"), "settings in memory too");
}

async fn a_run_that_is_cut_short_goes_on_behind_its_last_batch(database: Database) {
    let server = Server::start(database).await;
    let plan = vitrine::content::populate::Plan { pages: 450, seed: 1, images: Vec::new() };
    vitrine::content::populate::populate(server.content(), plan, |_| {}).await.expect("made");
    age(&server);
    let before = rows_with(&server, "page", "data", "\"lede\"");
    let text = RENAMES.replace("types = [\"*\"]", "type = \"blog.BlogPage\"");
    let files = migrations(&server, &[("0001_renames.toml", &text)]);
    let (batch, mut batches) = tokio::sync::mpsc::unbounded_channel();
    let mut told = |done, _| batch.send(done).expect("the test listens");
    tokio::select! {
        biased;
        _ = batches.recv() => {}
        _ = server.content().migrate_schema(&files, Run::Write, &mut told) => panic!("it ended within one batch"),
    }
    let left = rows_with(&server, "page", "data", "\"lede\"");
    assert!(left > 0 && left < before, "{left} of {before} are left");
    let standing = schema::list(server.db()).await.expect("listed").remove(0);
    assert!(standing.finished_at.is_none() && standing.changed == before - left, "{standing:?}");
    let report = migrate(&server, &files, Run::Write).await;
    assert!(report.migrations[0].resumed);
    assert_eq!(report.migrations[0].operations[0].by_type["blog.BlogPage"].live as i64, left, "each row once");
    assert_eq!(rows_with(&server, "page", "data", "\"lede\""), 0);
    assert_eq!(rows_with(&server, "revision", "content", "\"lede\""), 0);
    let checked =
        server.content().check_references(vitrine::content::reference_check::Repair::Report, &mut |_| {}).await;
    assert!(checked.expect("checked").differing.is_empty());
}

async fn two_runs_at_once_share_the_work(database: Database) {
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    age(&server);
    let before = rows_with(&server, "page", "data", "\"lede\"");
    let files = migrations(&server, &[("0001_renames.toml", RENAMES)]);
    let (one, two) = tokio::join!(migrate(&server, &files, Run::Write), migrate(&other, &files, Run::Write));
    let live = |report: &schema::Report| {
        report.migrations.first().and_then(|of| of.operations[0].by_type.get("blog.BlogPage").map(|counts| counts.live))
    };
    assert_eq!(live(&one).unwrap_or(0) + live(&two).unwrap_or(0), before as u64);
    assert_eq!(rows_with(&server, "revision", "content", "\"lede\""), 0);
}

async fn old_revisions_may_stay_and_a_changed_file_is_refused(database: Database) {
    let server = Server::start(database).await;
    let id = server.create(post(&server, "Old").await).await.expect("created");
    server.publish(id).await.expect("published");
    server.republish(id, |content| content.title = "Newer".into()).await;
    execute(&server.database_url, "UPDATE revision SET created_at = 1000").expect("aged");
    age(&server);
    let text = format!("revisions_from = \"2020-01-01\"\n{RENAMES}");
    let report = migrate(&server, &migrations(&server, &[("0001_renames.toml", &text)]), Run::Write).await;
    let revisions: Vec<Value> = vitrine::content::revision::list(server.db(), id)
        .await
        .expect("listed")
        .into_iter()
        .map(|revision| Value::Object(revision.content.fields))
        .collect();
    assert!(revisions.len() > 1 && revisions[0].get("intro").is_some(), "the newest one follows");
    assert!(revisions[1..].iter().all(|old| old.get("lede").is_some()), "the old ones stay");
    assert!(report.misfits().is_empty());
    let edited = migrations(&server, &[("0001_renames.toml", RENAMES)]);
    let refused = server.content().migrate_schema(&edited, Run::Write, &mut |_, _| {}).await;
    assert!(matches!(&refused, Err(SchemaError::Changed(file)) if file == "schema/0001_renames.toml"), "{refused:?}");
}

async fn content_is_migrated_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    age(&server);
    let site = folder_with(&[("schema/0001_renames.toml", RENAMES)]);
    let url = format!("database.url={}", server.database_url);
    let command = |folder: &Path, arguments: &[&str]| {
        let mut command = vitrine(server.folder.path());
        command.args(arguments).args(["--set", &url]).arg("--site").arg(folder);
        run(&mut command)
    };
    let (code, said, _) = command(site.path(), &["schema", "status"]);
    assert_eq!(code, Some(1), "{said}");
    for part in ["0001_renames", "pending", "blog.BlogPage has no field lede, which"] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let (code, said, errors) = command(site.path(), &["schema", "check"]);
    assert!(code == Some(1) && said.contains("\"lede\" is not a field of this type"), "{said}{errors}");
    let (code, said, errors) = command(site.path(), &["schema", "migrate", "--dry-run"]);
    assert_eq!(code, Some(0), "{errors}");
    for part in [
        "The lede is called intro",
        "rename_field lede -> intro  (schema/0001_renames.toml:5)",
        "lede: \"",
        "nothing was written",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    assert_eq!(command(site.path(), &["schema", "migrate"]).0, Some(0));
    let (code, said, _) = command(site.path(), &["schema", "migrate"]);
    assert!(code == Some(0) && said.contains("nothing to do"), "{said}");
    let (code, said, _) = command(site.path(), &["schema", "status"]);
    assert!(code == Some(0) && said.contains("applied 20"), "{said}");
    let (code, said, errors) = command(site.path(), &["schema", "check"]);
    assert!(code == Some(0), "{said}{errors}");

    let wrong = RENAMES.replace("to = \"intro\"", "to = \"intrro\"");
    let wrong = folder_with(&[("schema/0002_wrong.toml", &wrong)]);
    for arguments in [&["schema", "migrate"][..], &["check"]] {
        let (code, _, said) = command(wrong.path(), arguments);
        assert_eq!(code, Some(1));
        assert!(said.contains("schema/0002_wrong.toml:8: operations[0].to: \"intrro\" is not a field"), "{said}");
    }
    assert_eq!(command(site.path(), &["check"]).0, Some(0));
}

async fn a_new_site_counts_as_migrated_and_an_old_one_is_warned(database: Database) {
    let site = folder_with(&[("schema/0001_renames.toml", RENAMES)]);
    let folder = std::sync::Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let url = crate::support::server::empty_database(database, &folder);
    let directory = site.path().display().to_string();
    let server = Server::open(folder, url, &[("site.dir", &directory)]).await;
    let standing = schema::list(server.db()).await.expect("listed");
    assert!(standing.len() == 1 && standing[0].finished_at.is_some(), "{standing:?}");
    std::fs::write(site.path().join("schema/0002_more.toml"), RENAMES).expect("written");
    let settings = [("database.url", server.database_url.as_str()), ("data.dir", "data"), ("site.dir", &directory)];
    let other = Process::start(server.folder.path(), &settings, &[], &[]);
    eventually_blocking("the warning is written", SOON, || {
        let lines = other.stdout.all();
        let mut lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.any(|line| line["level"] == "warn" && line["pending"] == "0002_more")
    });
}

on_both_databases!(
    live_pages_and_revisions_follow_a_renamed_field,
    the_reference_index_tags_and_search_follow,
    snippets_settings_and_their_history_follow,
    a_run_that_is_cut_short_goes_on_behind_its_last_batch,
    two_runs_at_once_share_the_work,
    old_revisions_may_stay_and_a_changed_file_is_refused,
    content_is_migrated_from_a_terminal,
    a_new_site_counts_as_migrated_and_an_old_one_is_warned,
);
