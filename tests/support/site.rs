//! The seeded default site, read from its files: which URLs it has.

use std::collections::BTreeSet;
use std::path::Path;

/// The public paths of all seeded pages, the home page first.
pub fn page_paths() -> Vec<String> {
    english_paths().into_iter().chain(german_paths()).collect()
}

/// The public paths of the seeded pages in German.
pub fn german_paths() -> Vec<String> {
    paths_below("site/seed/locales/de/pages", "/de")
}

/// The public paths of the seeded pages in English.
pub fn english_paths() -> Vec<String> {
    paths_below("site/seed/pages", "")
}

fn paths_below(folder: &str, prefix: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = BTreeSet::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the seed is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let relative = path.strip_prefix(&root).expect("below it").with_extension("");
            let relative = relative.to_str().expect("UTF-8").trim_end_matches("index").trim_end_matches('/').to_owned();
            paths.insert(if relative.is_empty() { format!("{prefix}/") } else { format!("{prefix}/{relative}/") });
        }
    }
    paths.into_iter().collect()
}

/// Pages of lists and their narrowed forms, as the seed makes them.
pub fn listing_paths() -> Vec<String> {
    let mut paths = vec!["/blog/?page=2".to_owned(), "/blog/?page=3".to_owned()];
    paths.extend(snippet_slugs("categories").into_iter().map(|slug| format!("/blog/category/{slug}/")));
    paths.extend(snippet_slugs("authors").into_iter().map(|slug| format!("/blog/author/{slug}/")));
    paths
}

fn snippet_slugs(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("site/seed/snippets").join(folder);
    let entries = std::fs::read_dir(folder).expect("the seed is there");
    let stem = |path: std::path::PathBuf| path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8").to_owned();
    entries.map(|entry| stem(entry.expect("readable").path())).collect()
}

/// Every public URL of the seeded site.
pub fn all_paths() -> Vec<String> {
    page_paths().into_iter().chain(listing_paths()).collect()
}

/// Writes the default site into `folder`, to change it.
pub fn copy_default(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("site");
    let mut open = vec![root.clone()];
    while let Some(from) = open.pop() {
        let to = folder.join(from.strip_prefix(&root).expect("below it"));
        std::fs::create_dir_all(&to).expect("a folder");
        for entry in std::fs::read_dir(&from).expect("the site is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else {
                std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
            }
        }
    }
}

/// A copy of the default site with these files written over it or added.
pub fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("site");
    let copy = tempfile::tempdir().expect("a temporary folder");
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the site is there") {
            let path = entry.expect("readable").path();
            let target = copy.path().join(path.strip_prefix(&root).expect("below it"));
            if path.is_dir() {
                std::fs::create_dir_all(&target).expect("room for a copy");
                open.push(path);
            } else {
                std::fs::copy(&path, &target).expect("room for a copy");
            }
        }
    }
    for (name, text) in files {
        let target = copy.path().join(name);
        std::fs::create_dir_all(target.parent().expect("it is in a folder")).expect("room for it");
        std::fs::write(target, text).expect("room for it");
    }
    copy
}

/// HTML without what differs between two renderings of the same content.
pub fn without_nonces(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("nonce=\"") {
        out.push_str(before);
        rest = after.split_once('"').expect("a closing quote").1;
    }
    out + rest
}

fn posts() -> impl Iterator<Item = (String, toml::Table)> {
    let read = |path: String| {
        let file = format!("site/seed/pages{}.toml", path.trim_end_matches('/'));
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the seed is there");
        (path, text.parse().expect("the seed is TOML"))
    };
    page_paths().into_iter().filter(|path| path.starts_with("/blog/") && path != "/blog/").map(read)
}

/// Paths of the seeded posts whose field `field` names `slug`.
pub fn posts_that_mention(field: &str, slug: &str) -> Vec<String> {
    let mentions = |post: &toml::Table| match post["fields"].get(field) {
        Some(toml::Value::Array(slugs)) => slugs.iter().any(|known| known.as_str() == Some(slug)),
        value => value.and_then(toml::Value::as_str) == Some(slug),
    };
    posts().filter(|(_, post)| mentions(post)).map(|(path, _)| path).collect()
}

/// Paths of the seeded posts in the order of lists.
pub fn posts_newest_first() -> Vec<String> {
    let mut posts: Vec<(String, String)> = posts()
        .map(|(path, post)| (post["published_at"].as_str().expect("every post has a time").to_owned(), path))
        .collect();
    posts.sort();
    posts.into_iter().rev().map(|(_, path)| path).collect()
}
