//! Moving in from Wagtail: a real dump of it becomes a site that answers where the old one did.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{Attempt, Verdict, Visit};

use crate::support::postgres::number;
use crate::support::process::{run, vitrine};
use crate::support::server::empty_database;
use crate::support::{Database, Server, on_both_databases};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wagtail").join(name)
}

fn altered(folder: &Path, change: impl FnOnce(&mut Vec<Value>)) -> PathBuf {
    let text = std::fs::read_to_string(fixture("dump.json")).expect("the fixture");
    let mut objects: Vec<Value> = serde_json::from_str(&text).expect("a list");
    change(&mut objects);
    let dump = folder.join("altered.json");
    std::fs::write(&dump, json!(objects).to_string()).expect("room for it");
    dump
}

/// A database without a site, and types made of the dump.
pub struct Place {
    pub folder: Arc<TempDir>,
    pub site: PathBuf,
    pub url: String,
}

impl Place {
    pub fn of(database: Database) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self::made_of(&fixture("dump.json"), database, folder)
    }

    /// With types of a dump with other objects, and that dump.
    pub fn of_altered(database: Database, change: impl FnOnce(&mut Vec<Value>)) -> (Self, PathBuf) {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let dump = altered(folder.path(), change);
        (Self::made_of(&dump, database, folder), dump)
    }

    fn made_of(dump: &Path, database: Database, folder: Arc<TempDir>) -> Self {
        let site = folder.path().join("site");
        let (dump, types) = (dump.display().to_string(), site.display().to_string());
        let arguments = ["import", "wagtail", &dump, "--infer-types", &types];
        let (code, said, error) = run(vitrine(folder.path()).args(arguments));
        assert_eq!(code, Some(0), "{said}{error}");
        let url = empty_database(database, &folder);
        Self { folder, site, url }
    }

    /// The import of a dump with more arguments: exit code, standard output, standard error.
    pub fn import(&self, dump: &Path, more: &[&str]) -> (Option<i32>, String, String) {
        let media = fixture("media").display().to_string();
        run(self.command(dump).args(["--media", &media]).args(more))
    }

    /// What imports a dump without media.
    pub fn command(&self, dump: &Path) -> Command {
        let settings = [
            format!("database.url={}", self.url),
            format!("data.dir={}", self.folder.path().display()),
            format!("site.dir={}", self.site.display()),
        ];
        let mut command = vitrine(self.folder.path());
        command.args(["import", "wagtail"]).arg(dump);
        command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        command
    }

    /// What it says of a fixture as JSON.
    pub fn outcome(&self, dump: &str, more: &[&str]) -> Value {
        self.outcome_of(&fixture(dump), more)
    }

    pub fn outcome_of(&self, dump: &Path, more: &[&str]) -> Value {
        let (code, said, error) = self.import(dump, &[more, &["--json"]].concat());
        assert_eq!(code, Some(0), "{said}{error}");
        serde_json::from_str(&said).expect("JSON")
    }

    /// The fixture with other objects.
    pub fn altered(&self, change: impl FnOnce(&mut Vec<Value>)) -> PathBuf {
        altered(self.folder.path(), change)
    }

    pub async fn server(&self) -> Server {
        let site = self.site.display().to_string();
        Server::open(self.folder.clone(), self.url.clone(), &[("site.dir", &site)]).await
    }
}

/// How many objects there are of what an import writes.
pub fn census(url: &str) -> Vec<(&'static str, i64)> {
    const TABLES: &[&str] = &[
        "page",
        "revision",
        "snippet",
        "image",
        "document",
        "collection",
        "site",
        "locale",
        "redirect",
        "account",
        "account_group",
        "group_member",
        "page_grant",
        "collection_grant",
        "global_grant",
        "view_restriction",
        "form_submission",
        "tag",
        "page_tag",
        "image_tag",
        "setting",
        "imported",
        "change",
        "page_event",
        "object_event",
        "security_event",
        "job",
    ];
    TABLES.iter().map(|table| (*table, number(url, &format!("SELECT COUNT(*) FROM {table}")))).collect()
}

async fn a_dump_becomes_a_site_that_answers_where_the_old_one_did(database: Database) {
    let place = Place::of(database);
    let tried = place.outcome("dump.json", &["--dry-run"]);
    assert_eq!(tried["objects"]["pages"], json!({ "made": 16, "known": 0, "refused": 0 }));
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM page"), 1, "a trial writes nothing");
    let outcome = place.outcome("dump.json", &[]);
    assert_eq!(outcome["objects"], tried["objects"], "a trial says what will be");
    let server = place.server().await;
    for path in [
        "/",
        "/about-us/",
        "/blog/",
        "/blog/post-0/",
        "/blog/post-2/",
        "/blog/about-alias/",
        "/rye/",
        "/contact/",
        "/de/",
        "/about-copy/",
    ] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    // A draft, what was taken off, and what is planned.
    for path in ["/blog/a-draft/", "/blog/post-1/", "/blog/planned/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    let about = server.get("/about-us/").await;
    let about = about.text();
    assert!(about.contains("Two lines.") && about.contains("<a href=\"/\">our story</a>"), "{about}");
    let post = server.get("/blog/post-0/").await;
    let post = post.text();
    assert!(post.contains("Post 0") && !post.contains("reworked"), "what is drafted is not shown: {post}");
    assert!(post.contains("Loaf 0") && post.contains("crumbs"), "{post}");
    for (from, status, to) in [
        ("/old-story", 301, "/about-us/"),
        ("/shop/", 302, "https://shop.example.org/"),
        ("/%C3%A4lter/?a=b", 301, "/blog/"),
    ] {
        let answer = server.get(from).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (status, to), "{from}");
    }
    for private in ["/members/", "/members/below/", "/staff/"] {
        let answer = server.get(private).await;
        assert!(!answer.text().contains("<h1>Below") && !answer.status.is_success(), "{private}: {}", answer.status);
    }
}

async fn ids_values_and_history_are_kept(database: Database) {
    let place = Place::of(database);
    place.outcome("dump.json", &[]);
    let server = place.server().await;
    let listed: Value =
        serde_json::from_str(server.get("/api/v2/pages/?limit=20&order=id").await.text()).expect("JSON");
    let ids: Vec<i64> =
        listed["items"].as_array().expect("a list").iter().filter_map(|page| page["id"].as_i64()).collect();
    assert!([3, 4, 5, 6, 8, 11, 15].iter().all(|id| ids.contains(id)), "{ids:?}");
    let bread = server.get("/api/v2/pages/11/?fields=ingredients(name)").await;
    let bread: Value = serde_json::from_str(bread.text()).expect("JSON");
    assert_eq!(bread["meta"]["type"], "bakery.BreadPage");
    assert_eq!((&bread["price"], &bread["loaves"], &bread["sold_out"]), (&json!("4.50"), &json!(12), &json!(true)));
    assert_eq!((&bread["baked_at"], &bread["oven_at"]), (&json!("2026-01-31T09:30:00Z"), &json!("04:30:00")));
    let ingredients: Vec<&str> =
        bread["ingredients"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(ingredients, ["Rye", "Salt"]);
    let post: Value = serde_json::from_str(server.get("/api/v2/pages/6/").await.text()).expect("JSON");
    let recipe =
        &post["body"].as_array().expect("blocks").iter().find(|block| block["type"] == "recipe").expect("it")["value"];
    assert_eq!((&recipe["name"], &recipe["steps"][0]["tip"]), (&json!("Rye"), &json!("Warm hands")));
    assert_eq!(post["related_links"][0]["url"], "https://example.org/rye");
    assert_eq!(post["tags"], json!(["Tag 0", "rye"]));
    let crust = server.get("/api/v2/images/1/").await;
    assert!(crust.text().contains("\"Crust\""), "{}", crust.text());
    let url = &place.url;
    assert_eq!(number(url, "SELECT focal_x FROM image WHERE id = 1"), 20);
    assert_eq!(number(url, "SELECT COUNT(*) FROM image_tag WHERE image_id = 2"), 2);
    // The live one, and the draft behind it.
    assert_eq!(number(url, "SELECT live_revision_id FROM page WHERE id = 6"), 7);
    assert_eq!(number(url, "SELECT latest_revision_id FROM page WHERE id = 6"), 10);
    assert_eq!(number(url, "SELECT COUNT(*) FROM page WHERE id = 6 AND has_unpublished_changes"), 1);
    assert_eq!(number(url, "SELECT live_revision_id FROM page WHERE id = 3"), 5, "the ids of its blocks do not count");
    assert_eq!(number(url, "SELECT alias_of FROM page WHERE id = 18"), 4);
    assert_eq!(number(url, "SELECT COUNT(*) FROM revision WHERE page_id = 4 AND author = 'bo'"), 1);
    assert_eq!(
        number(url, "SELECT COUNT(*) FROM page WHERE id = 10 AND publish_at > 0"),
        1,
        "what is planned stays so"
    );
    assert_eq!(number(url, "SELECT COUNT(*) FROM page WHERE id = 4 AND locked_at IS NOT NULL"), 1);
    // New pages get ids behind those that came.
    let most = number(url, "SELECT MAX(id) FROM page");
    let new = vitrine::content::NewPage {
        parent: 5,
        type_name: "bakery.BlogPage".into(),
        title: "New".into(),
        ..Default::default()
    };
    let made = server.content().create_page(new, vitrine::telemetry::label::Channel::Admin).await.expect("made");
    assert!(made > most, "{made}");
}

async fn whoever_had_a_password_signs_in_with_it(database: Database) {
    let place = Place::of(database);
    place.outcome("dump.json", &[]);
    let server = place.server().await;
    let hash = |pattern: &str| {
        number(
            &place.url,
            &format!("SELECT COUNT(*) FROM account WHERE username = 'bo' AND password_hash LIKE '{pattern}'"),
        )
    };
    assert_eq!(hash("pbkdf2_sha256$%"), 1);
    let visit = Visit::default();
    let attempt =
        |username: &'static str, password: &'static str| Attempt { username, password, visit: &visit, replaces: None };
    let verdict = async |name, password| server.accounts().log_in(&attempt(name, password)).await.expect("a verdict");
    assert_eq!(verdict("bo", "two loaves of wheat").await, Verdict::Wrong);
    assert_eq!(hash("pbkdf2_sha256$%"), 1, "a wrong password changes nothing");
    assert!(matches!(verdict("bo", "two loaves of rye").await, Verdict::In(_)));
    assert_eq!(hash("$argon2id$%"), 1, "the first sign-in replaces the hash");
    assert!(matches!(verdict("bo", "two loaves of rye").await, Verdict::In(_)));
    assert_eq!(verdict("gone", "").await, Verdict::Wrong);
    let url = &place.url;
    assert_eq!(number(url, "SELECT COUNT(*) FROM account WHERE is_superuser"), 1);
    let bakers = "(SELECT id FROM account_group WHERE name = 'Bakers')";
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM page_grant WHERE page_id = 5 AND group_id = {bakers}")), 3);
    // It may add images there, and documents, and choose images alone: that would be a wider right here.
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM collection_grant WHERE group_id = {bakers}")), 1);
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM global_grant WHERE group_id = {bakers}")), 0);
    assert_eq!(number(url, "SELECT COUNT(*) FROM form_submission WHERE page_id = 15"), 3);
}

async fn a_second_run_changes_nothing(database: Database) {
    let place = Place::of(database);
    place.outcome("dump.json", &[]);
    let before = census(&place.url);
    let again = place.outcome("dump.json", &[]);
    let made: u64 =
        again["objects"].as_object().expect("kinds").values().filter_map(|kind| kind["made"].as_u64()).sum();
    assert_eq!((made, census(&place.url)), (0, before), "{again}");
}

async fn natural_keys_name_the_same_objects(database: Database) {
    let place = Place::of(database);
    let outcome = place.outcome("natural.json", &[]);
    assert_eq!(outcome["objects"]["pages"], json!({ "made": 16, "known": 0, "refused": 0 }), "{outcome}");
    assert_eq!(outcome["objects"]["users"]["made"], 4);
    let url = &place.url;
    assert_eq!(number(url, "SELECT COUNT(*) FROM revision WHERE page_id = 4 AND author = 'bo'"), 1);
    assert_eq!(number(url, "SELECT COUNT(*) FROM page_tag WHERE page_id = 6"), 2);
    assert_eq!(number(url, "SELECT alias_of FROM page WHERE id = 18"), 4);
    assert_eq!(number(url, "SELECT COUNT(*) FROM image_tag WHERE image_id = 2"), 2);
    assert_eq!(number(url, "SELECT COUNT(*) FROM group_member"), 2);
    assert_eq!(number(url, "SELECT COUNT(*) FROM form_submission WHERE page_id = 15"), 3);
    let bakers = "(SELECT id FROM account_group WHERE name = 'Bakers')";
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM page_grant WHERE page_id = 5 AND group_id = {bakers}")), 3);
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM collection_grant WHERE group_id = {bakers}")), 1);
    let server = place.server().await;
    assert_eq!(server.get("/blog/post-0/").await.status, 200);
}

async fn what_is_not_understood_is_told_with_its_place(database: Database) {
    let place = Place::of(database);
    // Another field, another block, a type that is not there, and an id that is no page's.
    let text = std::fs::read_to_string(fixture("dump.json")).expect("the fixture");
    let text = text.replace("\"introduction\": \"News\"", "\"introduction\": \"News\", \"mood\": \"good\"");
    let text = text.replace("{\\\"type\\\": \\\"quote\\\"", "{\\\"type\\\": \\\"riddle\\\"");
    let more = r#", {"model": "oven.oven", "pk": 1, "fields": {"heat": 5}}]"#;
    let text = format!("{}{more}", text.trim_end().trim_end_matches(']'));
    let dump = place.folder.path().join("odd.json");
    std::fs::write(&dump, text).expect("room for it");
    let report = place.folder.path().join("report.jsonl");
    let (code, said, error) = place.import(&dump, &["--report", &report.display().to_string()]);
    assert_eq!(code, Some(0), "{said}{error}");
    let lines = std::fs::read_to_string(&report).expect("the report");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |object: &str, field: &str, message: &str| {
        let is = |line: &&Value| line["object"] == object && line["field"] == field;
        let found =
            lines.iter().filter(is).any(|line| line["message"].as_str().is_some_and(|text| text.contains(message)));
        assert!(found, "{object} {field}: {message}\n{lines:#?}");
    };
    told("bakery.blogindexpage 5", "mood", "no field of this name");
    told("bakery.blogpage 6", "body[7].type", "\"riddle\" is not a block");
    told("oven.oven", "", "there is no type for it");
    assert!(said.contains(" times)"), "the same of many objects is said once: {said}");
}

async fn ids_that_are_taken_are_refused(database: Database) {
    let server = Server::start(database).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = folder.path().join("site").display().to_string();
    let dump = fixture("dump.json").display().to_string();
    let (code, ..) = run(vitrine(folder.path()).args(["import", "wagtail", &dump, "--infer-types", &site]));
    assert_eq!(code, Some(0));
    let before = number(&server.database_url, "SELECT COUNT(*) FROM page");
    let url = format!("database.url={}", server.database_url);
    let (code, said, _) =
        run(vitrine(folder.path()).args(["import", "wagtail", &dump, "--site", &site, "--set", &url]));
    assert_eq!(code, Some(1));
    assert!(said.contains("is taken by page") && said.contains("import into an empty site"), "{said}");
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM page"), before);
    for table in ["view_restriction", "page_grant", "form_submission"] {
        let count = number(&server.database_url, &format!("SELECT COUNT(*) FROM {table} WHERE page_id > 1"));
        assert_eq!(count, 0, "{table}: nothing of the dump falls on pages that were here");
    }
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM site WHERE hostname = 'bakery.test'"), 0);
}

on_both_databases! {
    a_dump_becomes_a_site_that_answers_where_the_old_one_did,
    ids_values_and_history_are_kept,
    whoever_had_a_password_signs_in_with_it,
    a_second_run_changes_nothing,
    natural_keys_name_the_same_objects,
    what_is_not_understood_is_told_with_its_place,
    ids_that_are_taken_are_refused,
}

#[test]
fn a_file_that_is_no_dump_is_refused_with_the_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dump = folder.path().join("dump.json");
    let page = r#"[{"model": "wagtailcore.page", "fields": {"path": "0001", "url_path": "/"}}]"#;
    let cases = [
        ("PGDMP", "byte 0: this is no list"),
        ("[{\"model\": \"a.b\"", "was cut short"),
        (page, "byte 1: a page without its number"),
    ];
    for (text, why) in cases {
        std::fs::write(&dump, text).expect("room for it");
        let (code, _, error) = run(vitrine(folder.path()).args(["import", "wagtail", "dump.json", "--dry-run"]));
        assert!(code == Some(1) && error.contains(why), "{error}");
    }
}
