//! Moving in from Wagtail with thousands of pages, and an import that is cut short.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::import_wagtail::{Place, census};
use crate::support::postgres::number;
use crate::support::process::{run, vitrine};
use crate::support::{Database, eventually_blocking, is_long, on_both_databases};

/// Pages of a large dump: the bar in the long version.
const MANY: usize = 10_000;
const FEW: usize = 1_000;
/// Of a very large one.
const VERY_MANY: usize = 100_000;
/// The bar is a minute for [`MANY`]; a build for tests is several times slower than one for use.
const IN_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 240 } else { 60 });
/// Far more than what 100,000 pages take.
const MAX_MEMORY: u64 = 400 << 20;
const LIMIT: Duration = Duration::from_secs(1_800);

/// A dump of so many pages in sections of 500, each with one revision.
fn large_dump(folder: &Path, pages: usize) -> PathBuf {
    let dump = folder.join("large.json");
    let mut text = BufWriter::new(File::create(&dump).expect("a file"));
    let page = |id: usize, path: &str, slug: &str, url: &str, of: &str| {
        let head = json!({ "path": path, "depth": path.len() / 4, "numchild": 0, "locale": 1, "title": format!("Loaf {id}"),
            "draft_title": format!("Loaf {id}"), "slug": slug, "url_path": url, "live": true, "translation_key":
            format!("00000000-0000-4000-8000-{id:012}"), "content_type": ["bakery", of], "seo_title": "",
            "search_description": "", "show_in_menus": false, "latest_revision": id, "live_revision": id,
            "first_published_at": "2026-01-31T09:30:00Z", "last_published_at": "2026-01-31T09:30:00Z" });
        let own = json!({ "introduction": "Rye, salt and honey. ".repeat(40) });
        let mut content = head.clone();
        content["introduction"] = own["introduction"].clone();
        let revision = json!({ "content_type": ["bakery", of], "base_content_type": ["wagtailcore", "page"],
            "object_id": id.to_string(), "created_at": "2026-01-31T09:30:00Z", "user": null, "content": content });
        let object = |model: &str, fields: Value| json!({ "model": model, "pk": id, "fields": fields }).to_string();
        [
            object("wagtailcore.page", head),
            object(&format!("bakery.{of}"), own),
            object("wagtailcore.revision", revision),
        ]
        .join(",")
    };
    let locale = json!({ "model": "wagtailcore.locale", "pk": 1, "fields": { "language_code": "en" } });
    write!(text, "[{locale}").expect("room for it");
    let root = json!({ "path": "0001", "depth": 1, "title": "Root", "slug": "root", "url_path": "/", "content_type": ["wagtailcore", "page"] });
    let mut add = |object: String| write!(text, ",{object}").expect("room for it");
    add(json!({ "model": "wagtailcore.page", "pk": 1, "fields": root }).to_string());
    add(page(2, "00010001", "home", "/home/", "blogindexpage"));
    let site =
        json!({ "hostname": "bakery.test", "port": 80, "site_name": "", "root_page": 2, "is_default_site": true });
    add(json!({ "model": "wagtailcore.site", "pk": 1, "fields": site }).to_string());
    for at in 0..pages {
        let (section, place) = (at / 500, at % 500);
        let path = format!("00010001{:04}", section + 1);
        let (path, slug, url) = match place {
            0 => (path, format!("s{section}"), format!("/home/s{section}/")),
            _ => (format!("{path}{place:04}"), format!("p{at}"), format!("/home/s{section}/p{at}/")),
        };
        add(page(at + 3, &path, &slug, &url, "blogindexpage"));
    }
    text.write_all(b"]").and_then(|()| text.flush()).expect("room for it");
    dump
}

/// How long an import took, and the most memory that it held, in bytes.
fn timed(place: &Place, dump: &Path) -> (Duration, u64) {
    let began = Instant::now();
    let mut import = place.command(dump).stdout(Stdio::null()).spawn().expect("it starts");
    let (mut peak_kib, mut code) = (0, None);
    let status = format!("/proc/{}/status", import.id());
    eventually_blocking("the import ends", LIMIT, || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(peak_kib);
        code = import.try_wait().expect("it is ours");
        code.is_some()
    });
    assert!(code.is_some_and(|code| code.success()));
    (began.elapsed(), peak_kib << 10)
}

async fn thousands_of_pages_come_in_time_and_once(database: Database) {
    let (place, pages) = (Place::of(database), if is_long() { MANY } else { FEW });
    let dump = large_dump(place.folder.path(), pages);
    let (took, peak_bytes) = timed(&place, &dump);
    let before = census(&place.url);
    let (again, _) = timed(&place, &dump);
    println!("{pages} pages: {took:?}, {} MiB; a second run {again:?}", peak_bytes >> 20);
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM page WHERE live"), pages as i64 + 1);
    assert_eq!(census(&place.url), before, "a second run changes nothing");
    assert!(took < IN_TIME, "{took:?}");
}

/// Ten times as many pages take little more memory: what is held of a page is an entry of an index.
#[test]
fn a_hundred_thousand_pages_come_in_bounded_memory() {
    let place = Place::of(Database::Sqlite);
    let pages = if is_long() { VERY_MANY } else { FEW };
    let dump = large_dump(place.folder.path(), pages);
    let (took, peak_bytes) = timed(&place, &dump);
    println!("{pages} pages: {took:?}, {} MiB", peak_bytes >> 20);
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM page WHERE live"), pages as i64 + 1);
    assert!(peak_bytes < MAX_MEMORY, "{} MiB", peak_bytes >> 20);
}

on_both_databases!(thousands_of_pages_come_in_time_and_once);

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    const PAGES: usize = 6_000;
    let place = Place::of(Database::Sqlite);
    let dump = large_dump(place.folder.path(), PAGES);
    // The database is there before somebody looks into it.
    let (code, said, error) = place.import(&dump, &["--dry-run"]);
    assert_eq!(code, Some(0), "{said}{error}");
    let pages = || number(&place.url, "SELECT COUNT(*) FROM page");
    let mut import = place.command(&dump).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    eventually_blocking("some pages are there", LIMIT, || pages() > 1);
    import.kill().expect("it runs");
    import.wait().expect("it ended");
    assert!(pages() < PAGES as i64, "it was killed on its way: {}", pages());
    let (code, said, error) = place.import(&dump, &[]);
    assert_eq!(code, Some(0), "{said}{error}");
    assert_eq!(pages(), PAGES as i64 + 2);
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM revision"), PAGES as i64 + 1);
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM imported WHERE model = 'wagtailcore.page'"), PAGES as i64 + 1);
    let url = format!("database.url={}", place.url);
    let (code, said, error) = run(vitrine(place.folder.path()).args(["tree", "check", "--set", &url]));
    assert_eq!(code, Some(0), "{said}{error}");
}
