//! The media library in a bucket of a real S3 server (OpenStack Swift): what editors and programs add, what visitors
//! get, and what happens when the bucket is away, or is not ours.

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;
use vitrine::accounts::Scope;
use vitrine::config::{Config, Sources};
use vitrine::content::privacy::{Rule, Target};
use vitrine::media::image::FilterSpec;
use vitrine::media::storage::Storage;
use vitrine::media::{Deletion, Filter, Key, NewFile, Scope as Renditions, url};
use vitrine::telemetry::Telemetry;
use vitrine::telemetry::label::Channel;

use crate::backup::Place;
use crate::support::browser::{Browser, PATIENT};
use crate::support::contents::files_of;
use crate::support::picture::{png, size_of};
use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::server::empty_database;
use crate::support::swift::{Bucket, SECRET_KEY, Swift};
use crate::support::{Database, Process, SOON, Server, eventually_blocking, on_both_databases, vitrine};

/// More than one part of an upload.
const LARGE_BYTES: usize = (20 << 20) + 12_345;

fn storage(settings: &[(&str, &str)]) -> Storage {
    let flags = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let config = Config::load(Sources { flags, ..Sources::default() }).expect("the settings are valid").config;
    let telemetry = Telemetry::start(&config, Box::new(std::io::sink())).expect("telemetry starts");
    Storage::of(&config, telemetry).expect("the settings name a storage")
}

fn key(text: &str) -> Key {
    text.parse().expect("a key")
}

fn large() -> Vec<u8> {
    (0..LARGE_BYTES).map(|at| (at.wrapping_mul(2_654_435_761) >> 16) as u8).collect()
}

/// A server that made its site itself, so that its files are in the bucket.
async fn server_in(bucket: &Bucket, database: Database, settings: &[(&str, &str)]) -> Server {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let url = empty_database(database, &folder);
    let settings: Vec<_> = bucket.settings().into_iter().chain(settings.iter().copied()).collect();
    Server::open(folder, url, &settings).await
}

/// Keys of all files, in their order.
async fn keys_in(storage: &Storage, below: &str) -> Vec<String> {
    let listed = storage.list(below, None).await.expect("the bucket answers");
    listed.into_iter().map(|stored| stored.key.to_string()).collect()
}

async fn url_of(server: &Server, image: i64, spec: &str) -> String {
    let app = &server.running.site.app;
    let facts = app.media.image(image).await.expect("the image is there").facts().expect("its format is known");
    url::of_rendition(&app.keys, &facts, &FilterSpec::parse(spec).expect("a spec"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_and_go_as_in_a_folder() {
    let Some(swift) = Swift::shared() else { return };
    let bucket = swift.create_bucket();
    let at = |prefix: &'static str| [&bucket.settings()[..], &[("s3.prefix", prefix)]].concat();
    let (storage, other) = (storage(&at("one/site")), storage(&at("two")));
    storage.try_out().await.expect("the bucket is ours");
    let one = key("images/ab/one.txt");
    assert!(storage.open(&one).await.expect("no file is no failure").is_none());
    assert_eq!(storage.size(&one).await.expect("no file is no failure"), None);
    storage.put(&one, "0123456789").await.expect("stored");
    storage.put(&one, "abcdefghij").await.expect("replaced");
    assert_eq!(storage.read(&one, 10).await.expect("readable").as_deref(), Some(&b"abcdefghij"[..]));
    assert!(storage.read(&one, 9).await.is_err(), "larger than asked for");
    let reading = storage.open(&one).await.expect("readable").expect("there");
    let (reading, part) = reading.part(2, 3).await.expect("readable");
    assert_eq!((reading.size_bytes, &part[..]), (10, &b"cde"[..]));
    assert!(reading.part(8, 3).await.is_err(), "beyond the end");
    let empty = key("images/ab/empty.txt");
    storage.put(&empty, "").await.expect("stored");
    assert_eq!(storage.size(&empty).await.expect("readable"), Some(0));
    assert_eq!(storage.read(&empty, 0).await.expect("readable").as_deref(), Some(&b""[..]));
    assert_eq!(other.size(&one).await.expect("readable"), None, "another prefix is another library");
    assert!(storage.delete(&one).await.expect("deleted") && storage.delete(&empty).await.expect("deleted"));
    assert!(!storage.delete(&one).await.expect("no file is no failure"));
    let names = ["a/b/x", "a-b/x", "a/c", "a/b.x", "b/a"];
    for name in names {
        storage.put(&key(name), "1").await.expect("stored");
    }
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(keys_in(&storage, "").await, sorted);
    let behind = storage.list("", Some(&key(sorted[2]))).await.expect("readable");
    assert_eq!(behind.iter().map(|stored| stored.key.as_str()).collect::<Vec<_>>(), &sorted[3..]);
    assert_eq!(keys_in(&storage, "a").await, ["a/b.x", "a/b/x", "a/c"]);
    assert!(keys_in(&other, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_sent_and_read_in_parts() {
    let Some(swift) = Swift::shared() else { return };
    let bucket = swift.create_bucket();
    let data = tempfile::tempdir().expect("a temporary folder");
    let dir = data.path().display().to_string();
    let storage = storage(&[&bucket.settings()[..], &[("data.dir", &dir)]].concat());
    let (large, key) = (large(), key("documents/ab/large.zip"));
    let received = storage.receive(&large[..], u64::MAX).await.expect("there is room");
    storage.keep(received, &key).await.expect("sent");
    let temporary = std::fs::read_dir(data.path().join("media/.tmp")).expect("readable");
    assert_eq!(temporary.count(), 0, "nothing stays on this node");
    assert_eq!(storage.size(&key).await.expect("readable"), Some(LARGE_BYTES as u64));
    let mut reading = storage.open(&key).await.expect("readable").expect("there");
    let (mut at, mut read) = (0, Vec::with_capacity(LARGE_BYTES));
    while at < LARGE_BYTES {
        let (rest, bytes) = reading.part(at as u64, (LARGE_BYTES - at).min(256 << 10) as u64).await.expect("readable");
        reading = rest;
        at += bytes.len();
        read.extend_from_slice(&bytes);
    }
    assert!(read == large, "part by part");
    let (reading, end) = reading.part(LARGE_BYTES as u64 - 7, 7).await.expect("readable");
    assert_eq!(&end[..], &large[LARGE_BYTES - 7..]);
    storage.put(&key, large[..9 << 20].to_vec()).await.expect("replaced");
    assert!(reading.part(0, 1).await.is_err(), "parts of two files are never mixed");
    let whole = storage.read(&key, u64::MAX).await.expect("readable").expect("there");
    assert!(whole[..] == large[..9 << 20], "whole");
}

async fn a_library_in_a_bucket_is_filled_served_and_emptied(database: Database) {
    let Some(swift) = Swift::shared() else { return };
    let bucket = swift.create_bucket();
    let server = server_in(&bucket, database, &[PATIENT]).await;
    let media = &server.running.site.app.media;
    assert!(!keys_in(&media.storage, "images").await.is_empty(), "the seeded images are in the bucket");
    assert!(!server.folder.path().join("media/images").exists(), "and not on this node");
    assert_eq!(server.get("/blog/").await.status, 200);
    let seeded = media.list_images(&Filter::default(), 1).await.expect("listed")[0].id;
    assert_eq!(server.get(&url_of(&server, seeded, "width-200").await).await.status, 200);

    let root = server.root_browser().await;
    let picture = png(400, 300, 1);
    let parts: [(&str, Option<&str>, &[u8]); 2] = [("collection", None, b"1"), ("file", Some("Dial.png"), &picture)];
    assert_eq!(root.send_parts("/admin/images/", &parts).await.status, 200);
    let image = media.list_images(&Filter::default(), 1).await.expect("listed")[0].id;
    let rendition = url_of(&server, image, "fill-200x200").await;
    let made = server.get(&rendition).await;
    assert_eq!((made.status.as_u16(), size_of(&made.body)), (200, (200, 200)));
    assert_eq!(server.get(&rendition).await.body, made.body, "from the bucket");
    let below = format!("renditions/{image}");
    assert_eq!(keys_in(&media.storage, &below).await.len(), 1);
    let etag = made.header("etag").to_owned();
    assert_eq!(server.send(Method::GET, &rendition, &[("if-none-match", &etag)]).await.status, 304);
    let purged = media.purge_renditions(Renditions { image: Some(image), after: 0 }).await.expect("purged");
    assert_eq!((purged.renditions, keys_in(&media.storage, &below).await.len()), (1, 0));
    assert_eq!(server.get(&rendition).await.body, made.body, "made again");
    let other: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("Dial.png"), &png(40, 30, 2))];
    assert_eq!(root.send_parts(&format!("/admin/images/{image}/replace/"), &other).await.status, 303);
    let small = server.get(&url_of(&server, image, "width-20").await).await;
    assert_eq!((small.status.as_u16(), size_of(&small.body)), (200, (20, 15)), "of the new file");

    documents_are_downloaded_by_those_who_may(&server, &root).await;
    let originals = keys_in(&media.storage, "images").await.len();
    media.delete_image(image, Deletion::Forced, Channel::Cli).await.expect("deleted");
    execute(&server.database_url, "UPDATE discarded_file SET discarded_at = 0").expect("long ago");
    media.keep_house().await.expect("swept and counted");
    assert_eq!(keys_in(&media.storage, "images").await.len(), originals - 2, "it, and what it replaced");
    assert!(keys_in(&media.storage, &below).await.is_empty());
    let metrics = server.metrics().await;
    let failed = metrics.sum("vitrine_media_storage_operations_total", &[("outcome", "error")]);
    assert_eq!(failed, 0.0);
    assert!(metrics.sum("vitrine_media_storage_io_bytes_total", &[("direction", "out")]) > 0.0);
    assert!(server.log_lines().iter().all(|line| !line.to_string().contains(SECRET_KEY)), "no secret is logged");
}

async fn documents_are_downloaded_by_those_who_may(server: &Server, root: &Browser<'_>) {
    let media = &server.running.site.app.media;
    let bytes: Vec<u8> = (0..600_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let program = server.robot("root", &[Scope::ReadContent, Scope::Media]).await;
    let collection = media.create_collection(1, "Papers", Channel::Cli).await.expect("created");
    let path = format!("/api/v1/documents/?filename=tides.pdf&collection={collection}");
    let body = [b"%PDF-1.4\n", &bytes[..]].concat();
    let added = program.send(Method::POST, &path, &[("content-type", "application/pdf")], body.clone()).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let url = added.json()["meta"]["download_url"].as_str().expect("an address").replace(&server.site, "");
    let url = url.strip_prefix(crate::support::server::BASE_URL).unwrap_or(&url).to_owned();
    let whole = server.get(&url).await;
    assert_eq!((whole.status.as_u16(), whole.header("content-length")), (200, body.len().to_string().as_str()));
    assert!(whole.body == body, "whole");
    for (range, first, last) in [("bytes=10-19", 10, 19), ("bytes=500000-", 500_000, body.len() - 1)] {
        let part = server.send(Method::GET, &url, &[("range", range)]).await;
        assert_eq!(part.status, 206);
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{}", body.len()));
        assert!(part.body == body[first..=last], "{range}");
    }
    let content = server.content();
    content.restrict(Target::Collection(collection), Rule::Login, Channel::Cli).await.expect("restricted");
    assert_ne!(server.get(&url).await.status, 200, "nobody is signed in");
    assert!(root.get(&url).await.body == body, "through the server, for those who may");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_away_costs_images_and_no_pages() {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let seeded = Server::start(Database::Sqlite).await;
    let image = seeded.running.site.app.media.list_images(&Filter::default(), 1).await.expect("listed")[0].id;
    seeded.running.stop().await;
    // It takes connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let endpoint = format!("http://{}", silent.local_addr().expect("it is bound"));
    let settings = [
        ("media.storage", "s3"),
        ("s3.bucket", "media"),
        ("s3.endpoint", endpoint.as_str()),
        ("s3.access_key_id", "id"),
        ("s3.secret_access_key", SECRET_KEY),
        ("s3.timeout_s", "0.5"),
    ];
    let server = Server::open(folder, seeded.database_url.clone(), &settings).await;
    assert_eq!(server.get("/blog/").await.status, 200, "pages need no bucket");
    let answer = server.get(&url_of(&server, image, "width-120").await).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after").is_empty()), (503, false), "{}", answer.text());
    assert!(!answer.text().contains("127.0.0.1"), "visitors are not told where it is");
    let new = NewFile { name: "a.txt".into(), ..NewFile::default() };
    let refused = server.running.site.app.media.add_document(&b"words"[..], new).await.expect_err("it is away");
    assert!(refused.to_string().contains("no answer within 0.5 s"), "{refused}");
    assert_eq!(server.ask_ops("/readyz").await.status, 200, "other nodes would do no better");
    let metrics = server.metrics().await;
    assert!(metrics.sum("vitrine_media_storage_operations_total", &[("outcome", "error")]) >= 2.0);
    let other = tempfile::tempdir().expect("a temporary folder");
    let process = Process::spawn(other.path(), &settings, &[], &[]);
    let told = || process.stdout.contain("vitrine doctor says more");
    eventually_blocking("the log says at the start that the bucket is away", SOON, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_tries_the_bucket_and_says_what_is_wrong() {
    let Some(swift) = Swift::shared() else { return };
    let bucket = swift.create_bucket();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let doctor = |changed: &[(&str, &str)]| {
        let mut command = vitrine(folder.path());
        command.args(["doctor", "--json"]);
        for (key, value) in bucket.settings().iter().chain(changed) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let (_, said, errors) = run(&mut command);
        assert!(!said.contains(SECRET_KEY) && !errors.contains(SECRET_KEY), "{said}{errors}");
        let report: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{errors}"));
        let all = report["checks"].as_array().expect("a list").clone();
        let of_bucket = |finding: &&Value| finding["found"].as_str().is_some_and(|found| found.contains("bucket"));
        let mut found = all.iter().filter(of_bucket).filter(|finding| finding["state"] != "note");
        let finding = found.next().unwrap_or_else(|| panic!("nothing about the bucket: {report:#}"));
        let word = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        (word("state"), format!("{} {}", word("found"), word("advice")))
    };
    let (state, text) = doctor(&[]);
    assert!(state != "problem" && text.contains("written, found, read and deleted"), "{state}: {text}");
    for (changed, expected) in [
        (("s3.secret_access_key", "wrong"), "SignatureDoesNotMatch"),
        (("s3.access_key_id", "test:nobody"), "s3.access_key_id"),
        (("s3.bucket", "no-such-bucket"), "NoSuchBucket"),
        (("s3.endpoint", "http://127.0.0.1:1"), "s3.endpoint reachable"),
    ] {
        let (state, text) = doctor(&[changed]);
        assert!(state == "problem" && text.contains(expected), "{changed:?}: {state}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_with_media_in_a_bucket_is_backed_up_and_restored() {
    let Some(swift) = Swift::shared() else { return };
    let (bucket, new_bucket) = (swift.create_bucket(), swift.create_bucket());
    let server = server_in(&bucket, Database::Sqlite, &[]).await;
    let place = Place::of(&server);
    let before = storage(&bucket.settings());
    server.running.stop().await;
    let set = |bucket: &Bucket| -> Vec<String> {
        let set = |(key, value): (&str, &str)| ["--set".to_owned(), format!("{key}={value}")];
        bucket.settings().into_iter().flat_map(set).collect()
    };
    let run = |place: &Place, words: &[&str], bucket: &Bucket| -> Value {
        let set = set(bucket);
        place.backup(&words.iter().copied().chain(set.iter().map(String::as_str)).collect::<Vec<_>>())
    };
    let made = run(&place, &["create"], &bucket);
    assert_eq!(made["lacking_media"], 0);
    assert!(made["new_media_bytes"].as_i64().is_some_and(|bytes| bytes > 0), "{made:#}");
    let other = place.empty(Database::Sqlite);
    run(&other, &["restore"], &new_bucket);
    let after = storage(&new_bucket.settings());
    for folder in ["images", "documents"] {
        let keys = keys_in(&before, folder).await;
        assert_eq!(keys_in(&after, folder).await, keys);
        for key in &keys {
            let key = self::key(key);
            let read = async |storage: &Storage| storage.read(&key, u64::MAX).await.expect("readable").expect("there");
            assert!(read(&before).await == read(&after).await, "{key}");
        }
    }
    assert!(!keys_in(&after, "images").await.is_empty());
    let folder = Arc::new(other.folder.expect("its own"));
    let again = Server::open(folder, other.url.clone(), &new_bucket.settings()).await;
    assert_eq!(again.get("/blog/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_moves_from_a_folder_into_a_bucket_and_back() {
    let Some(swift) = Swift::shared() else { return };
    let bucket = swift.create_bucket();
    let server = Server::start(Database::Sqlite).await;
    let new = NewFile { name: "large.txt".into(), ..NewFile::default() };
    let media = &server.running.site.app.media;
    let id = media.add_document(&large()[..9 << 20], new).await.expect("taken");
    let address = media.document(id).await.expect("there").url();
    let copy = |folder: &std::path::Path, direction: &str| {
        let mut command = vitrine(server.folder.path());
        command.args(["media", "copy", direction]).arg(folder).args(["--set", "data.dir=."]);
        command.args(["--set", &format!("database.url={}", server.database_url)]);
        for (key, value) in bucket.settings() {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let (code, said, errors) = run(&mut command);
        assert_eq!(code, Some(0), "{said}{errors}");
        said
    };
    let (there, back) = (server.folder.path().join("media"), server.folder.path().join("back"));
    assert!(copy(&there, "--from").contains("; 0 were there"));
    assert!(copy(&there, "--from").starts_with("0 files copied, 0 bytes"), "what is there is left");
    copy(&back, "--to");
    assert_eq!(files_of(&there), files_of(&back));
    let moved = server.beside(&bucket.settings()).await;
    assert!(moved.get(&address).await.body == large()[..9 << 20]);
}

on_both_databases!(a_library_in_a_bucket_is_filled_served_and_emptied);
