//! Moving in from Wagtail with thousands of pages, and an import that is cut short.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::import_wagtail::Place;
use crate::support::Database;
use crate::support::postgres::number;
use crate::support::process::{run, vitrine};

/// A dump of so many pages in sections of 500, each with one revision.
fn large_dump(folder: &Path, pages: usize) -> PathBuf {
    use std::fmt::Write as _;
    let mut text = String::from("[");
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
    text += &json!({ "model": "wagtailcore.locale", "pk": 1, "fields": { "language_code": "en" } }).to_string();
    let root = json!({ "path": "0001", "depth": 1, "title": "Root", "slug": "root", "url_path": "/", "content_type": ["wagtailcore", "page"] });
    write!(text, ",{}", json!({ "model": "wagtailcore.page", "pk": 1, "fields": root })).expect("text");
    write!(text, ",{}", page(2, "00010001", "home", "/home/", "blogindexpage")).expect("text");
    let site =
        json!({ "hostname": "bakery.test", "port": 80, "site_name": "", "root_page": 2, "is_default_site": true });
    write!(text, ",{}", json!({ "model": "wagtailcore.site", "pk": 1, "fields": site })).expect("text");
    for at in 0..pages {
        let (section, place) = (at / 500, at % 500);
        let path = format!("00010001{:04}", section + 1);
        let (path, slug, url) = match place {
            0 => (path, format!("s{section}"), format!("/home/s{section}/")),
            _ => (format!("{path}{place:04}"), format!("p{at}"), format!("/home/s{section}/p{at}/")),
        };
        write!(text, ",{}", page(at + 3, &path, &slug, &url, "blogindexpage")).expect("text");
    }
    text.push(']');
    let dump = folder.join("large.json");
    std::fs::write(&dump, text).expect("room for it");
    dump
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    const PAGES: usize = 6_000;
    let place = Place::of(Database::Sqlite);
    let dump = large_dump(place.folder.path(), PAGES);
    // The database is there before somebody looks into it.
    let (code, said, error) = place.import(&dump, &["--dry-run"]);
    assert_eq!(code, Some(0), "{said}{error}");
    let pages = || number(&place.url, "SELECT COUNT(*) FROM page");
    let settings = [
        format!("database.url={}", place.url),
        format!("data.dir={}", place.folder.path().display()),
        format!("site.dir={}", place.site.display()),
    ];
    let mut command = vitrine(place.folder.path());
    command
        .args(["import", "wagtail"])
        .arg(&dump)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut import =
        command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()])).spawn().expect("it starts");
    crate::support::eventually_blocking("some pages are there", std::time::Duration::from_secs(120), || pages() > 1);
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
