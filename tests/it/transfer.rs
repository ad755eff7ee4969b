//! A site goes into a folder of readable files, and comes out of it elsewhere: on the other database, again, changed, broken.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use vitrine::accounts::{By, Grant, PagePermission};
use vitrine::clock::Micros;
use vitrine::content::form::{Answers, Definition};
use vitrine::content::privacy::{self, Rule};
use vitrine::content::redirect::{Existing, Mode, NewRedirect, Target};
use vitrine::content::{Actor, Extent, Position, page};
use vitrine::media::NewFile;
use vitrine::media::image::FocalPoint;
use vitrine::telemetry::label::Channel;

use crate::api_records::{TRANSACTION, TYPE};
use crate::support::contents::files_of;
use crate::support::edit::standard_page;
use crate::support::picture::png;
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::server::empty_database;
use crate::support::{Database, Server, on_both_databases, site, vitrine};

const WHOLE: &[&str] = &["--with-submissions", "--with-users"];

/// An installation that commands run on.
struct Place {
    url: String,
    data: PathBuf,
    site: PathBuf,
    folder: Option<Arc<TempDir>>,
}

impl Place {
    fn of(server: &Server, site: &TempDir) -> Self {
        let data = server.folder.path().to_owned();
        Self { url: server.database_url.clone(), data, site: site.path().to_owned(), folder: None }
    }

    /// A new one with nothing in it, with the secret key of this one: addresses of files are signed with it.
    fn empty(&self, database: Database) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = empty_database(database, &folder);
        std::fs::copy(self.data.join("secret_key"), folder.path().join("secret_key")).expect("room for a key");
        Self { url, data: folder.path().to_owned(), site: self.site.clone(), folder: Some(Arc::new(folder)) }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = vitrine(&self.data);
        command.args(arguments);
        command.arg("--set").arg(format!("database.url={}", self.url));
        command.arg("--set").arg(format!("data.dir={}", self.data.display()));
        command.arg("--set").arg(format!("site.dir={}", self.site.display()));
        command
    }

    /// Exports into a new folder of this name.
    fn export(&self, name: &str, more: &[&str]) -> PathBuf {
        let folder = self.data.join(name);
        let path = folder.display().to_string();
        let arguments = [&["export", path.as_str(), "--json"], more].concat();
        let (code, said, errors) = run(&mut self.command(&arguments));
        assert_eq!(code, Some(0), "{said}{errors}");
        folder
    }

    /// The import of a folder: exit code, what it says as JSON, and standard error.
    fn import(&self, folder: &Path, more: &[&str]) -> (Option<i32>, Value, String) {
        let path = folder.display().to_string();
        let arguments = [&["import", "site", path.as_str(), "--json"], more].concat();
        let (code, said, errors) = run(&mut self.command(&arguments));
        (code, serde_json::from_str(&said).unwrap_or_default(), errors)
    }

    /// The same, which takes all.
    fn take(&self, folder: &Path) -> Value {
        let (code, said, errors) = self.import(folder, &[]);
        assert_eq!(code, Some(0), "{said:#}{errors}");
        said
    }

    async fn server(&self) -> Server {
        let site = self.site.display().to_string();
        let folder = self.folder.clone().expect("its own");
        Server::open(folder, self.url.clone(), &[("site.dir", &site)]).await
    }
}

fn other(database: Database) -> Database {
    match database {
        Database::Postgres(_) => Database::Sqlite,
        Database::Sqlite => Database::postgres().unwrap_or(Database::Sqlite),
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

/// The seeded site with something of every kind; its types, and the id of a page that was drafted further.
async fn filled(database: Database) -> (Server, TempDir, i64) {
    let types = site::folder_with(&[("types/transactions.toml", TYPE)]);
    let dir = types.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let (content, media, by) = (server.content().clone(), server.running.site.app.media.clone(), Channel::Admin);
    let home = server.page_id("/").await;
    let about = server.page_id("/about/").await;

    let ann = server.user("ann", false).await;
    let actor = Actor { account: Some(ann), ..Actor::from(by) };
    let accounts = server.accounts();
    accounts.create_group("Keepers", &By::cli()).await.expect("made");
    accounts.grant("Keepers", Grant::Page(about, PagePermission::Publish), &By::cli()).await.expect("granted");
    let user = accounts.user("ann").await.expect("there");
    accounts.add_member("Keepers", &user, &By::cli()).await.expect("joined");

    let page = server.standard_page(home, "Tides \\ tabs", "<p>Ünïcode \u{1F30A} &amp;</p>").await;
    server.change(page, |content| content.title = "Tides, drafted further".into()).await.expect("saved");
    let draft = content.create_page(standard_page(about, "Only a draft", "<p>x</p>"), actor.clone()).await;
    let draft = draft.expect("created");
    let at = Micros(Micros::now().0 + 86_400_000_000);
    content.schedule(draft, Some(at), None, actor.clone()).await.expect("scheduled");
    content.create_alias(page, Position::LastChildOf(about), Extent::Page, by).await.expect("mirrored");
    let gone = server.standard_page(home, "Gone", "<p>x</p>").await;
    content.trash_page(gone, by).await.expect("trashed");
    let moved = server.standard_page(home, "Moved", "<p>x</p>").await;
    server.put(moved, Position::FirstChildOf(about)).await.expect("moved");
    let secret = server.standard_page(home, "Secret", "<p>Whispered.</p>").await;
    let rule = Rule::Password("a lamp above the quay".into());
    content.restrict(privacy::Target::Page(secret), rule, by).await.expect("restricted");

    let collection = media.ensure_collection("Archive/Old", by).await.expect("made");
    let new = NewFile {
        name: "tern.png".into(),
        collection: Some(collection),
        tags: vec!["birds".into(), "Ébène".into()],
        by: Some(actor.clone()),
        ..NewFile::default()
    };
    let focal = FocalPoint { x: 10, y: 12, width: 4, height: 4 };
    media.add_image(&png(40, 30, 7)[..], new, Some(focal)).await.expect("added");
    let new = NewFile { name: "plan.pdf".into(), tags: vec!["plans".into()], ..NewFile::default() };
    media.add_document(&b"%PDF-1.4"[..], new).await.expect("added");

    let author = server.snippet("blog.Author", "maren-osei").await;
    server.rename_snippet(author.id, "Maren Osei-Bonsu").await;
    let mut import = content.begin_redirects("", Existing::Refused, Mode::Write).await.expect("begun");
    let target = Target::Page { id: about, route: String::new() };
    let new = NewRedirect { from: "/old-news/".into(), target, site: None, covers_subtree: true, is_permanent: true };
    content.create_redirect(&mut import, &new, by).await.expect("written");
    let row = |reference: &str| {
        object(json!({ "reference": reference, "account": "DE1", "amount": "-12.50", "booked": "2026-01-03" }))
    };
    content.add_records(TRANSACTION, vec![row("A-1"), row("A-2")], &Actor::from(by)).await.expect("added");

    let contact = server.page_id("/contact/").await;
    let found = page::find(server.db(), contact).await.expect("answers").expect("there");
    let types_here = content.types();
    let form = types_here.find(&found.type_name).expect("declared");
    let definition = Definition::of(form, &found.fields).expect("a form");
    let answers = Answers(object(json!({ "your_name": "Ann" })));
    content.submit_form(contact, &definition, &answers).await.expect("kept");
    (server, types, page)
}

/// The lines of both exports are the same, byte by byte; manifests say when they were written.
fn assert_equal(one: &Path, other: &Path) {
    let (mut files, mut others) = (files_of(one), files_of(other));
    files.remove("manifest.json");
    others.remove("manifest.json");
    assert_eq!(files.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>());
    if let Some(name) = files.keys().find(|name| files[*name] != others[*name]) {
        let lines = |folder: &Path| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let (left, right) = (lines(one), lines(other));
        let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
        panic!("{name}: {} and {} lines; {differs:#?}", left.lines().count(), right.lines().count());
    }
}

async fn a_site_comes_to_the_other_database_and_answers_as_before(database: Database) {
    let (server, types, page) = filled(database).await;
    let place = Place::of(&server, &types);
    let exported = place.export("out", WHOLE);
    for (name, wanted) in [("pages.jsonl", 0o600), ("manifest.json", 0o600), ("users.jsonl", 0o600), ("media", 0o700)] {
        let mode = std::fs::metadata(exported.join(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, wanted, "{name}");
    }
    let there = place.empty(other(database));
    let (code, tried, errors) = there.import(&exported, &["--dry-run"]);
    assert_eq!(code, Some(0), "{tried:#}{errors}");
    assert_eq!(number(&there.url, "SELECT COUNT(*) FROM page"), 1, "a trial writes nothing");
    let taken = there.take(&exported);
    assert_eq!(taken["objects"]["pages"], tried["objects"]["pages"], "a trial says what will be");
    assert_eq!(taken["notices"], 0, "{taken:#}");
    assert_equal(&exported, &there.export("out", WHOLE));

    let again = there.take(&exported);
    let tallies = again["objects"].as_object().expect("tallies");
    let still = |tally: &Value| tally["made"] == 0 && tally.get("changed").is_none();
    assert!(
        tallies.iter().all(|(part, tally)| still(tally) || part == "files"),
        "a second run changes nothing: {again:#}"
    );
    assert_equal(&exported, &there.export("again", WHOLE));
    for check in [["tree", "check"], ["references", "check"], ["schema", "check"]] {
        let (code, said, errors) = run(&mut there.command(&check));
        assert_eq!(code, Some(0), "{check:?}: {said}{errors}");
    }

    let elsewhere = there.server().await;
    let more = ["/old-news/", "/secret/", "/search/?q=whispered", "/search/?q=pendulum", "/tides-tabs/", "/gone/"];
    for path in site::all_paths().iter().map(String::as_str).chain(more) {
        let (one, other) = (server.get(path).await, elsewhere.get(path).await);
        assert_eq!(one.status, other.status, "{path}");
        assert_eq!(site::without_nonces(one.text()), site::without_nonces(other.text()), "{path}");
    }
    let known = elsewhere.page(page).await;
    assert!(known.has_unpublished_changes && known.latest_revision_id > known.live_revision_id);
    let made =
        elsewhere.standard_page(elsewhere.page_id("/").await, "Afterwards", "<p>It can be written to.</p>").await;
    assert!(made > page, "numbers go on");
    let row = object(json!({ "reference": "B", "account": "DE1", "amount": "1.00", "booked": "2026-02-03" }));
    elsewhere.content().create_record(TRANSACTION, row, &Actor::from(Channel::Admin)).await.expect("it is added");
    assert_eq!(elsewhere.log_in("ann", crate::support::account::PASSWORD).await.status, 303);
}

async fn what_changed_comes_over_and_what_was_edited_there_stays(database: Database) {
    let (server, types, page) = filled(database).await;
    let place = Place::of(&server, &types);
    let there = place.empty(other(database));
    let first = place.export("first", WHOLE);
    there.take(&first);
    let contact = server.page_id("/contact/").await;
    server.republish(page, |content| content.title = "Tides, once more".into()).await;
    let about = server.page_id("/about/").await;
    let swapped = server.standard_page(about, "Swapped", "<p>x</p>").await;
    server.put(swapped, Position::FirstChildOf(about)).await.expect("moved");
    let elsewhere = there.server().await;
    elsewhere.get("/tides-tabs/").await;
    elsewhere.change(contact, |content| content.title = "Edited there".into()).await.expect("saved");
    elsewhere.running.stop().await;
    let again = there.take(&first);
    assert!(again["first"].to_string().contains("it was edited here since it was exported"), "{again:#}");
    let edited = format!("SELECT COUNT(*) FROM page WHERE id = {contact} AND draft_title = 'Edited there'");
    assert_eq!(number(&there.url, &edited), 1);
    server.change(about, |content| content.title = "About, drafted".into()).await.expect("saved");

    let second = place.export("second", WHOLE);
    let (code, said, errors) = there.import(&second, &[]);
    assert_eq!(code, Some(1), "ids were given to other revisions on both sides: {said:#}{errors}");
    assert!(errors.contains("revisions.jsonl line") && errors.contains("is another one here"), "{errors}");
    assert_eq!(
        number(&there.url, &format!("SELECT COUNT(*) FROM page WHERE id = {swapped}")),
        0,
        "nothing was written"
    );

    let fresh = place.empty(other(database));
    fresh.take(&first);
    let taken = fresh.take(&second);
    assert_eq!(taken["objects"]["pages"]["made"], 1, "{taken:#}");
    assert!(taken["objects"]["pages"]["changed"].as_i64() >= Some(2), "{taken:#}");
    assert_equal(&second, &fresh.export("again", WHOLE));
    let elsewhere = fresh.server().await;
    assert!(elsewhere.get("/tides-tabs/").await.text().contains("Tides, once more"));
    elsewhere.assert_tree_is_right().await;
}

async fn a_site_with_other_content_is_refused_and_left_alone(database: Database) {
    let (server, types, _) = filled(database).await;
    let exported = Place::of(&server, &types).export("out", &[]);
    // Made of the same seed, it has had other pages since.
    let busy = Server::start(database).await;
    busy.standard_page(busy.page_id("/").await, "Ours", "<p>x</p>").await;
    let place = Place::of(&busy, &types);
    let rows = || number(&place.url, "SELECT (SELECT COUNT(*) FROM page) + (SELECT COUNT(*) FROM revision)");
    let before = rows();
    let (code, _, errors) = place.import(&exported, &[]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("pages.jsonl line") && errors.contains("nothing was written"), "{errors}");
    assert_eq!(rows(), before);
}

async fn what_does_not_fit_is_left_out_and_told_with_its_place(database: Database) {
    let (server, types, page) = filled(database).await;
    let place = Place::of(&server, &types);
    let exported = place.export("out", &[]);
    let path = exported.join("pages.jsonl");
    let lines = std::fs::read_to_string(&path).expect("readable");
    let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| line.starts_with(&format!("{{\"id\":{page},"))).expect("it is there");
    lines[at] = lines[at].replacen("\"data\":{", "\"data\":{\"invented\":1,", 1);
    let moved = lines.iter().position(|line| line.contains("\"title\":\"Moved\"")).expect("it is there");
    lines[moved] = lines[moved].replace("standard.StandardPage", "standard.Nothing");
    lines.push("{\"id\": 900, ".to_owned());
    std::fs::write(&path, lines.join("\n")).expect("writable");
    let there = place.empty(other(database));
    let (code, _, errors) = there.import(&exported, &[]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("pages.jsonl has another content") && errors.contains("--edited"), "{errors}");

    let media = files_of(&exported.join("media")).into_keys().find(|name| name.starts_with("documents/"));
    std::fs::remove_file(exported.join("media").join(media.expect("a document"))).expect("it is there");
    let (code, said, errors) = there.import(&exported, &["--edited"]);
    assert_eq!(code, Some(1), "{said:#}{errors}");
    assert_eq!(said["objects"]["pages"]["refused"], 2, "{said:#}");
    assert_eq!(said["objects"]["files"]["refused"], 1, "{said:#}");
    let told = |file: &str, line: usize, field: &str, text: &str| {
        said["first"].as_array().into_iter().flatten().any(|notice| {
            notice["file"] == file
                && notice["line"] == line
                && notice["field"] == field
                && notice["message"].as_str().is_some_and(|message| message.contains(text))
        })
    };
    assert!(told("pages.jsonl", at + 1, "invented", "left out"), "{said:#}");
    assert!(told("pages.jsonl", moved + 1, "", "no such type \"standard.Nothing\""), "{said:#}");
    assert!(told("pages.jsonl", lines.len(), "", "it is no JSON"), "{said:#}");
    let messages = said["first"].to_string();
    assert!(messages.contains("is not in the export") && messages.contains("was left out"), "{messages}");
    // Without --with-users nobody comes along.
    assert!(messages.contains("there is no user \\\"ann\\\" here"), "{messages}");
    assert_eq!(number(&there.url, "SELECT COUNT(*) FROM account"), 0);
    assert_eq!(number(&there.url, "SELECT COUNT(*) FROM form_submission"), 0);
    assert!(there.server().await.get("/tides-tabs/").await.text().contains("Tides"));
}

async fn without_history_the_newest_revisions_come_alone(database: Database) {
    let (server, types, page) = filled(database).await;
    server.change(page, |content| content.title = "Once".into()).await.expect("saved");
    server.change(page, |content| content.title = "Twice".into()).await.expect("saved");
    let place = Place::of(&server, &types);
    let there = place.empty(other(database));
    let exported = place.export("out", &["--without-history", "--with-users"]);
    there.take(&exported);
    assert_equal(&exported, &there.export("out", &["--without-history", "--with-users"]));
    assert_eq!(number(&there.url, &format!("SELECT COUNT(*) FROM revision WHERE page_id = {page}")), 2);
    let (code, _, errors) = run(&mut place.command(&["export", &exported.display().to_string()]));
    assert_eq!(code, Some(1));
    assert!(errors.contains("is not empty"), "{errors}");
}

on_both_databases!(
    a_site_comes_to_the_other_database_and_answers_as_before,
    what_changed_comes_over_and_what_was_edited_there_stays,
    a_site_with_other_content_is_refused_and_left_alone,
    what_does_not_fit_is_left_out_and_told_with_its_place,
    without_history_the_newest_revisions_come_alone,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_is_run_again() {
    let (server, types, _) = filled(Database::Sqlite).await;
    let place = Place::of(&server, &types);
    let (code, said, errors) = run(&mut place.command(&["seed", "--pages", "3000"]));
    assert_eq!(code, Some(0), "{said}{errors}");
    let exported = place.export("out", WHOLE);
    let there = place.empty(Database::Sqlite);
    // The database is there before somebody looks into it.
    let (code, said, errors) = run(&mut there.command(&["migrate"]));
    assert_eq!(code, Some(0), "{said}{errors}");
    let path = exported.display().to_string();
    let mut import = there.command(&["import", "site", &path]);
    import.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut import = import.spawn().expect("it starts");
    let limit = std::time::Duration::from_secs(120);
    let users = || number(&there.url, "SELECT COUNT(*) FROM account");
    crate::support::eventually_blocking("users are there, and rows on their way", limit, || users() > 0);
    import.kill().expect("it runs");
    import.wait().expect("it ended");
    assert_eq!(number(&there.url, "SELECT COUNT(*) FROM page"), 1, "all of it, or nothing");
    let taken = there.take(&exported);
    assert!(
        taken["objects"]["files"]["known"].as_i64() > Some(0),
        "files that were there are not copied again: {taken:#}"
    );
    assert_equal(&exported, &there.export("out", WHOLE));
}
