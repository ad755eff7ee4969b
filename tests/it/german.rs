//! The default site in German: what its pages say of each other, in which words, and what lists and feeds keep apart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::process::{run, vitrine};
use crate::support::server::BASE_URL;
use crate::support::{Database, Server, on_both_databases, site};

/// What a tag holds: `attribute(tag, "href")`.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, behind) = tag.split_once(&format!(" {name}=\""))?;
    behind.split('"').next()
}

/// Public paths by `hreflang`.
fn alternates(html: &str) -> BTreeMap<String, String> {
    let links = html.split('<').filter(|tag| tag.starts_with("link rel=\"alternate\" hreflang="));
    let entry = |tag: &str| {
        let href = attribute(tag, "href").expect("an address");
        let path = href.strip_prefix(BASE_URL).expect("an absolute address of this site");
        (attribute(tag, "hreflang").expect("a language").to_owned(), path.to_owned())
    };
    links.map(entry).collect()
}

/// Language, path, and whether it is the current one.
fn switcher(html: &str) -> Vec<(String, String, bool)> {
    let nav = html.split("<nav class=\"languages\"").nth(1).and_then(|rest| rest.split("</nav>").next());
    let links = nav.unwrap_or_default().split('<').filter(|tag| tag.starts_with("a "));
    let entry = |tag: &str| {
        let language = attribute(tag, "hreflang").expect("a language");
        assert_eq!(attribute(tag, "lang"), Some(language), "its name is in that language");
        (language.to_owned(), attribute(tag, "href").expect("a path").to_owned(), tag.contains("aria-current"))
    };
    links.map(entry).collect()
}

/// The texts of a language, but for those that are no words, by their keys.
fn texts(code: &str) -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("site/texts/{code}.toml"));
    let table: toml::Table = std::fs::read_to_string(file).expect("it is there").parse().expect("it is TOML");
    let words = table.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())));
    let signs = ["months", "weekdays", "decimal_sign"];
    words.filter(|(key, _)| !key.starts_with("date_") && !signs.contains(&key.as_str())).collect()
}

/// What a reader sees or hears: text, and attributes that are read out.
fn readable(html: &str) -> String {
    let mut text = String::new();
    let body = html.split("<body").nth(1).expect("a body");
    for tag in body.split('<') {
        let (inside, behind) = tag.split_once('>').unwrap_or(("", tag));
        if inside.starts_with("script") {
            continue;
        }
        for name in ["aria-label", "alt", "placeholder", "data-theme-toggle"] {
            text.extend(attribute(inside, name).map(|said| format!("\n{said}\n")));
        }
        text.push('\n');
        text.push_str(behind.trim());
        text.push('\n');
    }
    text
}

async fn alternates_are_reciprocal_on_every_page(database: Database) {
    let server = Server::start(database).await;
    let german: BTreeSet<String> = site::german_paths().into_iter().collect();
    assert!(german.len() >= 14, "{}", german.len());
    let mut told = BTreeSet::new();
    for path in site::page_paths() {
        let own = if german.contains(&path) { "de" } else { "en" };
        let page = server.get(&path).await;
        let found = alternates(page.text());
        if found.is_empty() {
            assert_eq!(own, "en", "{path} is German and translates nothing");
            continue;
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), ["de", "en", "x-default"], "{path}");
        assert_eq!(found[own], path, "it names itself");
        assert_eq!(found["x-default"], found["en"]);
        for other in [&found["en"], &found["de"]] {
            assert_eq!(alternates(server.get(other).await.text()), found, "{other} says the same as {path}");
        }
        told.insert(found["de"].clone());
    }
    assert_eq!(told, german, "every German page is named by its original");
}

async fn the_switcher_leads_to_the_translation_or_else_to_the_front_page(database: Database) {
    let server = Server::start(database).await;
    let mut alone = 0;
    for path in site::all_paths().iter().map(String::as_str).chain([
        "/nothing/",
        "/de/nichts/",
        "/search/",
        "/de/search/?q=uhr",
    ]) {
        let page = server.get(path).await;
        let own = if path.starts_with("/de/") { "de" } else { "en" };
        let shown = switcher(page.text());
        let languages: Vec<_> = shown.iter().map(|(language, ..)| language.as_str()).collect();
        assert_eq!(languages, ["en", "de"], "{path}");
        let found = alternates(page.text());
        for (language, target, current) in &shown {
            assert_eq!(*current, language == own, "{path}");
            let answer = server.get(target).await;
            assert_eq!(answer.status, 200, "{path} leads to {target}");
            assert!(answer.text().contains(&format!("<html lang=\"{language}\">")), "{target}");
            match found.get(language) {
                Some(translation) => assert_eq!(target, translation, "{path}"),
                None if !current && !path.starts_with("/blog/") => {
                    let home = if language == "de" { "/de/" } else { "/" };
                    assert_eq!(target, home, "{path} is not translated");
                    alone += 1;
                }
                None => {}
            }
        }
    }
    assert!(alone > 3, "404s and searches have no translation");
    assert_eq!(switcher(server.get("/blog/six-firings/").await.text())[1].1, "/de/", "a post that is in English alone");
    assert_eq!(switcher(server.get("/blog/category/water/").await.text())[1].1, "/de/journal/", "a part of a list");
}

async fn german_pages_have_no_english_words_of_the_templates(database: Database) {
    let server = Server::start(database).await;
    let (english, german) = (texts("en"), texts("de"));
    assert_eq!(english.keys().collect::<Vec<_>>(), german.keys().collect::<Vec<_>>());
    // Some words are the same in both.
    let alike = |key: &&String| german.values().all(|text| *text != english[*key]);
    let words: Vec<_> = english.keys().filter(alike).filter(|key| !english[*key].contains('{')).collect();
    let mut paths = site::german_paths();
    paths.extend(
        [
            "/de/journal/category/water/",
            "/de/journal/author/ines-halloran/",
            "/de/journal/series/reading-instruments/",
            "/de/journal/tag/wartung/",
            "/de/journal/archive/",
            "/de/journal/archive/2026/10/",
            "/de/search/",
            "/de/search/?q=uhr",
            "/de/search/?q=xyzzyq",
            "/de/nichts/",
        ]
        .map(str::to_owned),
    );
    for path in paths {
        let page = server.get(&path).await;
        assert!(page.text().contains("<html lang=\"de\">"), "{path}");
        let said = readable(page.text());
        for key in &words {
            let word = format!("\n{}\n", english[*key]);
            assert!(!said.contains(&word), "{path} says {word:?}: the text {key}");
        }
        for word in ["min read", " entries", " results", "January", "February", "October", "here since"] {
            assert!(!said.contains(word), "{path} says {word}");
        }
    }
    let post = server.get("/de/journal/was-das-nebelhorn-uns-lehrte/").await;
    for said in
        ["9. Oktober 2026", "Min. Lesezeit", "57° 26,9′ N", "Gestaltung, dabei seit 2009", "\"inLanguage\": \"de\""]
    {
        assert!(post.text().contains(said), "{said}");
    }
    let month = server.get("/de/journal/archive/2026/10/").await;
    assert!(month.text().contains("<h1>Oktober 2026</h1>") && month.text().contains("1 Eintrag"));
    let home = server.get("/de/").await;
    assert!(home.text().contains("Wir bauen Instrumente, mit denen eine ganze Straße"), "the footer speaks German");
    assert!(server.get("/blog/archive/2026/10/").await.text().contains("<h1>October 2026</h1>"));
}

async fn a_german_form_answers_in_german(database: Database) {
    let server = Server::start(database).await;
    let wrong =
        [("your_name", ""), ("your_e_mail_address", "kein Name"), ("subject", "Etwas anderes"), ("message", "x")];
    let answer = server.send_form("/de/kontakt/", &wrong, &[]).await;
    assert_eq!(answer.status, 422);
    for said in ["2 Antworten brauchen noch einen Blick:", "Bitte ausfüllen.", "etwa name@example.org", "(freiwillig)"]
    {
        assert!(answer.text().contains(said), "{said}");
    }
    let right = [
        ("your_name", "Ada"),
        ("your_e_mail_address", "ada@example.org"),
        ("subject", "Etwas anderes"),
        ("message", "x"),
    ];
    let sent = server.send_form("/de/kontakt/", &right, &[]).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/de/kontakt/?done"));
    assert!(server.get("/de/kontakt/?done").await.text().contains("Ihr Brief ist auf dem Segelboden angekommen"));
}

async fn lists_feeds_and_searches_keep_to_their_language(database: Database) {
    let server = Server::start(database).await;
    let posts: Vec<String> = site::german_paths()
        .into_iter()
        .filter(|path| path.starts_with("/de/journal/") && path != "/de/journal/")
        .collect();
    let feed: serde_json::Value =
        serde_json::from_str(server.get("/de/journal/feed.json").await.text()).expect("the feed is JSON");
    let mut told: Vec<String> =
        feed["items"].as_array().expect("items").iter().map(|item| item["url"].to_string()).collect();
    told.sort();
    let mut expected: Vec<String> = posts.iter().map(|path| format!("\"{BASE_URL}{path}\"")).collect();
    expected.sort();
    assert_eq!(told, expected);
    let rss = server.get("/de/journal/rss.xml").await;
    assert!(rss.text().contains("<language>de</language>") && rss.text().contains("Die Gezeitenuhr am Skerry Quay"));
    let narrowed = server.get("/de/journal/category/water/rss.xml").await;
    assert!(narrowed.text().contains("<title>Wasser, Journal") && !narrowed.text().contains("/blog/"));
    let english = server.get("/blog/rss.xml").await;
    assert!(english.text().contains("<language>en</language>") && !english.text().contains("/de/"));
    for (path, other) in [("/de/search/?q=barograph", "/blog/"), ("/search/?q=barograph", "/de/journal/")] {
        let page = server.get(path).await;
        let main =
            page.text().split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).expect("a main part");
        assert!(main.contains("class=\"hit\"") && !main.contains(&format!("href=\"{other}")), "{path}");
    }
    let list = server.get("/de/journal/").await;
    let main = list.text().split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).expect("a main part");
    assert!(!main.contains("href=\"/blog/") && posts.iter().all(|post| main.contains(post)));
    assert!(main.contains(">Wasser</a>"), "categories are named in German");
    let sitemap = server.get("/sitemaps/de-1.xml").await;
    assert_eq!(sitemap.text().matches("<loc>").count(), site::german_paths().len());
    let robots = server.get("/robots.txt").await;
    assert!(robots.text().contains("Disallow: /search/\nDisallow: /de/search/\n"), "{}", robots.text());
}

async fn a_feed_names_itself_by_an_address_without_umlauts(database: Database) {
    let server = Server::start(database).await;
    let path = "/de/journal/tag/logb%C3%BCcher/";
    for name in ["rss.xml", "atom.xml", "feed.json"] {
        let feed = server.get(&format!("{path}{name}")).await;
        assert!(feed.text().contains(&format!("{BASE_URL}{path}{name}\"")), "{}", feed.text());
        assert!(!feed.text().contains("/logbücher/"));
    }
}

async fn a_part_that_is_not_translated_is_said_in_english(database: Database) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("site/texts/de.toml");
    let german = std::fs::read_to_string(file).expect("it is there").replace("skip = \"Zum Inhalt springen\"\n", "");
    let folder = site::folder_with(&[("texts/de.toml", &german)]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let page = server.get("/de/").await;
    assert!(page.text().contains("Skip to the content") && page.text().contains("Hauptmenü"));
    let check = |folder: &Path| run(vitrine(folder).args(["check", "--site"]).arg(folder));
    let (code, _, errors) = check(folder.path());
    assert!(code == Some(1) && errors.contains("texts/de.toml: skip: is missing"), "{errors}");
    for (file, text, said) in [
        ("texts/de.toml", "skipp = \"x\"", "texts/de.toml: skipp: there is no such text in texts/en.toml"),
        ("templates/404.html", "{{ text('nothing') }}", "templates/404.html:1: there is no text nothing in texts/"),
    ] {
        let folder = site::folder_with(&[(file, text)]);
        let (code, _, errors) = check(folder.path());
        assert!(code == Some(1) && errors.contains(said), "{errors}");
    }
}

on_both_databases!(
    alternates_are_reciprocal_on_every_page,
    the_switcher_leads_to_the_translation_or_else_to_the_front_page,
    german_pages_have_no_english_words_of_the_templates,
    a_german_form_answers_in_german,
    lists_feeds_and_searches_keep_to_their_language,
    a_feed_names_itself_by_an_address_without_umlauts,
    a_part_that_is_not_translated_is_said_in_english,
);
