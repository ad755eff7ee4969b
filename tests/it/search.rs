//! Search: the same results on both databases, in step with what is published, whatever is typed.

use vitrine::content::Position;
use vitrine::content::page::{self, PageContent};
use vitrine::content::search::{self, Entry, Found, Kind, Results, Scope};
use vitrine::db::TxName;
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::{Database, Server, on_both_databases, site};

const PAGES: Scope<'static> = Scope { kind: Kind::Page, root_id: 0, root_path: "", locale: "" };

async fn find(server: &Server, query: &str) -> Results {
    search::find(server.db(), query, PAGES).await.expect("the search runs")
}

async fn finds(server: &Server, query: &str, id: i64) -> bool {
    find(server, query).await.ranked.iter().any(|ranked| ranked.object_id == id)
}

async fn what_is_published_is_found_and_nothing_else(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = server.create(standard_page(home, "Quarzwecker", "<p>Ein <b>Läutwerk</b>.</p>")).await.expect("created");
    assert!(!finds(&server, "quarzwecker", id).await, "a draft is for editors");
    server.publish(id).await.expect("published");
    for query in ["Quarzwecker", "quarz", "läutwerk", "LAUTWERK", "quarzweker", "lautwrek"] {
        assert!(finds(&server, query, id).await, "{query}");
    }
    let change = |content: &mut PageContent| content.title = "Grammofon".into();
    server.change(id, change).await.expect("saved");
    assert!(!finds(&server, "grammofon", id).await, "a draft is for editors");
    server.publish(id).await.expect("published");
    assert!(finds(&server, "grammofon", id).await && !finds(&server, "quarzwecker", id).await);
    let about = server.page_id("/about/").await;
    server.content().move_page(id, Position::LastChildOf(about), Channel::Admin).await.expect("moved");
    assert!(finds(&server, "grammofon", id).await, "wherever it is");
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    assert!(!finds(&server, "grammofon", id).await);
    server.publish(id).await.expect("published again");
    assert!(finds(&server, "grammofon", id).await);
    server.content().delete_page(id, Channel::Admin).await.expect("deleted");
    assert!(!finds(&server, "grammofon", id).await);
    assert_eq!(find(&server, "grammofon").await.found, Found::None, "and its words are forgotten");
}

async fn a_page_is_found_by_the_names_of_its_snippets(database: Database) {
    let server = Server::start(database).await;
    let author = server.snippet("blog.Author", "maren-osei").await;
    let before = find(&server, "maren osei").await.ranked.len();
    assert!(before > 3, "her posts are found by her name");
    server.rename_snippet(author.id, "Quendolin Vogelsang").await;
    assert!(find(&server, "quendolin").await.ranked.len() >= before - 1);
    assert!(find(&server, "osei").await.ranked.len() < before);
}

async fn hidden_pages_other_languages_and_other_sites_are_not_listed(database: Database) {
    let server = Server::start(database).await;
    let entry = |object_id: i64, top: i64, locale: &str, hidden: bool| Entry {
        kind: Kind::Page,
        object_id,
        type_name: "standard.StandardPage".into(),
        locale: locale.into(),
        top,
        hidden,
        published_at: 0,
        title: "Wolkenhöhe".into(),
        lead: String::new(),
        text: String::new(),
    };
    let entries = [entry(9001, 2, "en", false), entry(9002, 3, "de", false), entry(9003, 2, "en", true)];
    let mut tx = server.db_shared().begin(TxName("test.fill")).await.expect("begun");
    search::index_many(&mut tx, &entries).await.expect("indexed");
    tx.commit().await.expect("committed");
    let found = async |scope: Scope<'static>| {
        let results = search::find(server.db(), "wolkenhohe", scope).await.expect("the search runs");
        results.ranked.iter().map(|ranked| ranked.object_id).collect::<Vec<_>>()
    };
    assert_eq!(found(PAGES).await, [9002, 9001], "all that are for everybody");
    assert_eq!(found(Scope { locale: "de", ..PAGES }).await, [9002]);
    assert_eq!(found(Scope { root_id: 2, root_path: "00010001", ..PAGES }).await, [9001]);
    assert_eq!(found(Scope { root_id: 4, root_path: "00010004", ..PAGES }).await, [0; 0], "another site");
    let deeper = Scope { root_id: 2, root_path: "000100010001", ..PAGES };
    assert_eq!(found(deeper).await, [0; 0], "a site that is rooted deeper asks the tree");
}

async fn hostile_queries_are_words_or_are_refused(database: Database) {
    let server = Server::start(database).await;
    for query in [
        "' OR 1=1 --",
        "\"",
        "tide\" OR \"x",
        "NEAR(a b)",
        "*",
        "tide*",
        "a:b",
        "{x}",
        "\0",
        "-tide",
        "!",
        "&|",
        "'tide':*",
    ] {
        find(&server, query).await;
    }
    let long = "x".repeat(search::MAX_CHARS + 1);
    assert!(search::find(server.db(), &long, PAGES).await.is_err());
    let long_word = "ab".repeat(search::MAX_CHARS / 2);
    assert_eq!(find(&server, &long_word).await.found, Found::None);
    let many = ["tide"; 40].join(" ");
    assert!(!find(&server, &many).await.ranked.is_empty(), "the same word forty times is one word");
}

async fn every_seeded_page_is_found_first_by_its_title(database: Database) {
    let server = Server::start(database).await;
    for path in site::page_paths() {
        let page = page::find(server.db(), server.page_id(&path).await).await.expect("found").expect("it is there");
        let scope = Scope { locale: &page.locale, ..PAGES };
        let results = search::find(server.db(), &page.title, scope).await.expect("the search runs");
        assert_eq!(results.ranked.first().map(|first| first.object_id), Some(page.id), "{}", page.title);
    }
}

on_both_databases!(
    what_is_published_is_found_and_nothing_else,
    a_page_is_found_by_the_names_of_its_snippets,
    hidden_pages_other_languages_and_other_sites_are_not_listed,
    hostile_queries_are_words_or_are_refused,
    every_seeded_page_is_found_first_by_its_title,
);
