//! Backups from a terminal: made beside a server, verified, restored into an empty installation, and what is refused.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::media::NewFile;

use crate::support::contents::{assert_same_rows, files_of, rows_of};
use crate::support::postgres::{execute, number};
use crate::support::process::run;
use crate::support::server::empty_database;
use crate::support::{Database, Server, on_both_databases, site, vitrine};

/// An installation that commands run on.
pub struct Place {
    pub url: String,
    pub data: PathBuf,
    pub backups: PathBuf,
    pub folder: Option<TempDir>,
}

impl Place {
    /// That of a server; its backups are in a folder of its data.
    pub fn of(server: &Server) -> Self {
        let data = server.folder.path().to_owned();
        Self { url: server.database_url.clone(), backups: data.join("backups"), data, folder: None }
    }

    /// A new one with nothing in it but the secret key, which looks for backups where this one has them.
    pub fn empty(&self, database: Database) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = empty_database(database, &folder);
        if self.data.join("secret_key").exists() {
            std::fs::copy(self.data.join("secret_key"), folder.path().join("secret_key")).expect("room for a key");
        }
        Self { url, data: folder.path().to_owned(), backups: self.backups.clone(), folder: Some(folder) }
    }

    /// Runs `vitrine backup`: its exit code, what it printed, and what it said on standard error.
    pub fn try_backup(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(&mut self.command(arguments))
    }

    /// `vitrine backup` as it is run on this installation.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = vitrine(&self.data);
        command.arg("backup").args(arguments);
        command.arg("--set").arg(format!("database.url={}", self.url));
        command.arg("--set").arg(format!("data.dir={}", self.data.display()));
        command.arg("--set").arg(format!("backup.dir={}", self.backups.display()));
        command
    }

    /// The same, which succeeds and prints JSON.
    pub fn backup(&self, arguments: &[&str]) -> Value {
        let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let (code, said, errors) = self.try_backup(&with_json);
        assert_eq!(code, Some(0), "{arguments:?}: {said}{errors}");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// The same, refused: exit code and message.
    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let (code, said, errors) = self.try_backup(&with_json);
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{errors}"));
        (code.expect("it ends by itself"), said["error"].as_str().expect("an error").to_owned())
    }

    fn media(&self) -> PathBuf {
        self.data.join("media")
    }
}

pub async fn add_document(server: &Server, name: &str, bytes: Vec<u8>) -> i64 {
    let new = NewFile { name: name.into(), ..NewFile::default() };
    server.running.site.app.media.add_document(&bytes[..], new).await.expect("the document is taken")
}

fn large(seed: u8) -> Vec<u8> {
    (0..700_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed).collect()
}

async fn what_is_restored_is_equal_object_by_object_and_serves_the_site(database: Database) {
    let server = Server::start(database).await;
    let id = add_document(&server, "large.pdf", large(1)).await;
    server.standard_page(server.page_id("/").await, "Tides \\ tabs", "<p>Ünïcode \u{1F30A}\t&amp;\n\\N</p>").await;
    let (page, place) = (server.get("/blog/").await, Place::of(&server));
    let while_it_runs = place.backup(&["create"]);
    assert_eq!((while_it_runs["kind"].as_str(), while_it_runs["lacking_media"].as_i64()), (Some("manual"), Some(0)));
    server.running.stop().await;

    let stopped = place.backup(&["create"]);
    let made = place.backup(&["create"]);
    assert_ne!(made["id"], stopped["id"]);
    assert_eq!(made["new_media_bytes"], 0, "files that did not change are not copied again");
    let verified = place.backup(&["verify", "--rehearse"]);
    assert_eq!((&verified["id"], verified["rehearsed"].as_bool()), (&made["id"], Some(true)));

    let other = place.empty(database);
    let restored = other.backup(&["restore"]);
    assert_eq!((&restored["id"], &restored["same_secret_key"]), (&made["id"], &json!(true)));
    assert_same_rows(&rows_of(&place.url), &rows_of(&other.url));
    assert_eq!(files_of(&place.media()), files_of(&other.media()));
    assert!(files_of(&other.media()).len() > 1, "there are files");

    let folder = std::sync::Arc::new(other.folder.expect("its own"));
    let again = Server::open(folder, other.url.clone(), &[]).await;
    assert_eq!(site::without_nonces(again.get("/blog/").await.text()), site::without_nonces(page.text()));
    let document = again.running.site.app.media.document(id).await.expect("there");
    let path = format!("/documents/{id}/{}", document.file_name);
    assert_eq!(again.get(&path).await.body, large(1));
    let new = add_document(&again, "later.pdf", large(2)).await;
    assert!(new > id, "numbers go on");
    again.standard_page(again.page_id("/").await, "Afterwards", "<p>It can be written to.</p>").await;
}

async fn a_restore_refuses_what_holds_a_site_and_replaces_it_when_told_to(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    let made = place.backup(&["create"]);
    let (code, error) = place.refused(&["restore"]);
    assert!(code == 1 && error.contains("is running on"), "{error}");
    let page = server.standard_page(server.page_id("/").await, "Too late", "<p>Lost.</p>").await;
    server.running.stop().await;
    let (code, error) = place.refused(&["restore"]);
    assert!(code == 1 && error.contains("--force-into-existing"), "{error}");
    assert_eq!(number(&place.url, &format!("SELECT COUNT(*) FROM page WHERE id = {page}")), 1, "nothing was changed");

    let restored = place.backup(&["restore", "--force-into-existing"]);
    assert_eq!(restored["id"], made["id"]);
    assert_eq!(number(&place.url, &format!("SELECT COUNT(*) FROM page WHERE id = {page}")), 0);
    // What was there is not lost.
    match database {
        Database::Sqlite => {
            let aside = restored["moved_to"].as_str().expect("a path");
            let there = format!("SELECT COUNT(*) FROM page WHERE id = {page}");
            assert_eq!(number(&format!("sqlite:{aside}"), &there), 1);
        }
        Database::Postgres(_) => {
            let kept = restored["kept_as"].as_str().expect("a name").to_owned();
            let other = place.empty(database);
            assert_eq!(other.backup(&["restore", &kept])["same_secret_key"], true);
            assert_eq!(number(&other.url, &format!("SELECT COUNT(*) FROM page WHERE id = {page}")), 1);
        }
    }
}

async fn damage_is_found_named_and_not_restored(database: Database) {
    let server = Server::start(database).await;
    add_document(&server, "large.pdf", large(3)).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let made = place.backup(&["create"]);
    let folder = PathBuf::from(made["path"].as_str().expect("a path"));
    let other = place.empty(database);
    let chosen = |name: &String| !name.contains('/') || name.contains("/page.") || name.contains("/vitrine.");
    for name in files_of(&folder).into_keys().filter(|name| chosen(name) && name != "manifest.json.sha256") {
        let path = folder.join(&name);
        let before = std::fs::read(&path).expect("readable");
        let mut after = before.clone();
        after[before.len() / 2] ^= 1;
        std::fs::write(&path, &after).expect("writable");
        let (code, error) = place.refused(&["verify"]);
        assert!(error.contains(&name), "{name}: {error}");
        assert_eq!(code, if name == "manifest.json" { 1 } else { 3 }, "{name}");
        let (_, refused) = other.refused(&["restore"]);
        assert!(refused.contains(&name), "{name}: {refused}");
        std::fs::write(&path, &before).expect("writable");
    }
    let pooled = largest(&place.backups.join("pool"));
    let before = std::fs::read(&pooled).expect("readable");
    std::fs::write(&pooled, large(4)).expect("writable");
    let (code, error) = place.refused(&["verify"]);
    assert!(code == 3 && error.contains("large.pdf") | error.contains("documents/"), "{error}");
    let (code, error) = other.refused(&["restore"]);
    assert!(code == 1 && error.contains("damaged"), "{error}");
    std::fs::remove_file(&pooled).expect("there");
    let (code, error) = other.refused(&["restore"]);
    assert!(code == 3 && error.contains("is not there"), "{error}");
    std::fs::write(&pooled, before).expect("writable");
    place.backup(&["verify"]);
    other.backup(&["restore"]);
}

fn largest(folder: &Path) -> PathBuf {
    let size = |name: &String| std::fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
    folder.join(files_of(folder).into_keys().max_by_key(size).expect("there are files"))
}

async fn a_file_that_is_lacking_does_not_keep_the_rest_from_being_saved(database: Database) {
    let server = Server::start(database).await;
    let (place, id) = (Place::of(&server), add_document(&server, "large.pdf", large(5)).await);
    let document = server.running.site.app.media.document(id).await.expect("there");
    std::fs::remove_file(place.media().join(&document.file_key)).expect("there");
    server.running.stop().await;
    let (code, said, errors) = place.try_backup(&["create"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(said.contains("LACKING   1") && said.contains(&document.file_key), "{said}");
    place.backup(&["verify"]);
    let other = place.empty(database);
    assert_eq!(other.backup(&["restore"])["lacking_files"], 1);
}

async fn a_backup_has_no_secret_and_only_its_owner_reads_it(database: Database) {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(database).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let secret = "a secret key that nobody else has 0123456789";
    let (code, said, errors) =
        place.try_backup(&["create", "--json", "--set", &format!("security.secret_key={secret}")]);
    assert_eq!(code, Some(0), "{errors}");
    let made: Value = serde_json::from_str(&said).expect("JSON");
    let folder = PathBuf::from(made["path"].as_str().expect("a path"));
    let settings = std::fs::read(folder.join("settings.toml.zst")).expect("there");
    let settings = String::from_utf8(zstd::decode_all(&settings[..]).expect("zstd")).expect("UTF-8");
    assert!(settings.contains("[server]") && settings.contains("# secret_key: a secret"), "{settings}");
    assert!(!settings.contains(secret), "the key is not in it");
    assert_eq!(std::fs::metadata(&folder).expect("there").permissions().mode() & 0o077, 0);
    let other = place.empty(database);
    assert_eq!(other.backup(&["restore"])["same_secret_key"], false, "it says that the key is another one");
}

async fn what_others_keep_in_the_database_survives_a_restore(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let other = place.empty(database);
    if let Database::Postgres(_) = database {
        execute(&place.url, "CREATE SEQUENCE \"Their numbers\" START 40").expect("it is made");
        assert_eq!(number(&place.url, "SELECT NEXTVAL('\"Their numbers\"')"), 40);
    }
    let made = place.backup(&["create"]);
    let of_others = "CREATE TABLE kind (id INTEGER PRIMARY KEY);
        CREATE TABLE theirs (id INTEGER PRIMARY KEY, kind INTEGER REFERENCES kind (id));
        INSERT INTO kind VALUES (1); INSERT INTO theirs VALUES (7, 1)";
    for url in [&place.url, &other.url].into_iter().filter(|url| url.starts_with("postgres")) {
        execute(url, of_others).expect("their own tables");
    }
    other.backup(&["restore", made["id"].as_str().expect("a name")]);
    place.backup(&["restore", "--force-into-existing"]);
    for url in [&place.url, &other.url].into_iter().filter(|url| url.starts_with("postgres")) {
        assert_eq!(number(url, "SELECT COUNT(*) FROM theirs JOIN kind ON kind.id = theirs.kind"), 1);
        assert!(execute(url, "INSERT INTO theirs VALUES (8, 2)").is_err(), "their rules hold");
    }
    if let Database::Postgres(_) = database {
        assert_eq!(number(&place.url, "SELECT NEXTVAL('\"Their numbers\"')"), 41);
    }
}

async fn what_is_not_for_this_installation_is_refused_with_what_to_do(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let nothing = Place { backups: place.data.join("elsewhere"), ..place.empty(database) };
    assert_eq!(nothing.backup(&["list"]), json!([]));
    for arguments in [["verify"], ["restore"]] {
        let (code, error) = nothing.refused(&arguments);
        assert!(code == 1 && error.contains("vitrine backup create"), "{error}");
    }
    for name in ["20200101T000000Z-0000", "../../etc", "pool"] {
        let (code, error) = place.refused(&["verify", name]);
        assert!(code == 1 && error.contains("vitrine backup list"), "{error}");
    }
    let made = place.backup(&["create"]);
    let listed = place.backup(&["list"]);
    assert_eq!((listed[0]["id"].clone(), listed.as_array().map(Vec::len)), (made["id"].clone(), Some(1)));
    if let Database::Postgres(_) = database {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = empty_database(Database::Sqlite, &folder);
        let sqlite = Place { url, ..place.empty(database) };
        let (code, error) = sqlite.refused(&["restore"]);
        assert!(code == 1 && error.contains("holds a postgresql database"), "{error}");
    }
    execute(&place.url, "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1")
        .expect("a migration of the future");
    let is_named = |(code, error): (i32, String), words: &str| {
        assert!(code == 1 && error.contains(words) && error.contains("9999"), "{error}");
    };
    if let Database::Sqlite = database {
        // A copy of the file has it all, whoever makes it.
        let newer = place.backup(&["create"]);
        is_named(place.empty(database).refused(&["restore", newer["id"].as_str().expect("a name")]), "newer Vitrine");
        return;
    }
    // Nobody here knows which tables the newer version has.
    is_named(place.refused(&["create"]), "the version that serves the site");
    for how in [vec![], vec!["--force-into-existing"], vec!["--force-into-existing", "--discard-existing"]] {
        is_named(place.refused(&[&["restore"], &how[..]].concat()), "into a new database");
    }
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM _sqlx_migrations WHERE version = 9999"), 1, "nothing was done");
    assert_eq!(place.backup(&["list"]).as_array().map(Vec::len), Some(1));
}

on_both_databases!(
    what_is_restored_is_equal_object_by_object_and_serves_the_site,
    a_restore_refuses_what_holds_a_site_and_replaces_it_when_told_to,
    damage_is_found_named_and_not_restored,
    a_file_that_is_lacking_does_not_keep_the_rest_from_being_saved,
    a_backup_has_no_secret_and_only_its_owner_reads_it,
    what_others_keep_in_the_database_survives_a_restore,
    what_is_not_for_this_installation_is_refused_with_what_to_do,
);
