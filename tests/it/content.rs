//! Drafts, publishing, reverting, moving and deleting, as operations; and what they refuse.

use serde_json::{Value, json};
use vitrine::content::page::{self, PageContent};
use vitrine::content::{EditError, NewPage, Position, revision};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
use crate::support::{Database, Server, on_both_databases};

const TABLES: [&str; 8] = ["page", "revision", "snippet", "tag", "page_tag", "page_reference", "site", "change"];

/// How many rows each table has, and what the pages hold.
fn state(server: &Server) -> Vec<i64> {
    let sums = [
        "SELECT CAST(COALESCE(SUM(LENGTH(url_path) + LENGTH(data) + depth * 7 + LENGTH(draft_title)), 0) AS BIGINT) FROM page",
        "SELECT CAST(COALESCE(SUM(latest_revision_id), 0) AS BIGINT) FROM page",
    ];
    let sum = |text: &&str| crate::support::postgres::number(&server.database_url, text);
    TABLES.iter().map(|table| server.rows(table)).chain(sums.iter().map(sum)).collect()
}

async fn a_draft_is_for_editors_until_it_is_published(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let id = server.create(standard_page(home, "Harbour", "<p>First words.</p>")).await.expect("created");
    assert_eq!(server.get("/harbour/").await.status, 404, "a new page is a draft");
    server.publish(id).await.expect("published");
    assert!(server.get("/harbour/").await.text().contains("First words."));
    server
        .change(id, |content| {
            content.title = "Haven".into();
            content.fields["body"][0]["value"] = "<p>Second words.</p>".into();
        })
        .await
        .expect("saved");
    let shown = server.get("/harbour/").await;
    assert!(shown.text().contains("First words.") && !shown.text().contains("Second words."));
    assert!(!server.get("/").await.text().contains("Haven"));
    let page = page::find(server.db(), id).await.expect("found").expect("it is there");
    assert!(page.live && page.has_unpublished_changes);
    assert_eq!((page.title.as_str(), page.draft_title.as_str()), ("Harbour", "Haven"));
    server.publish(id).await.expect("published");
    let shown = server.get("/harbour/").await;
    assert!(shown.text().contains("Second words.") && shown.text().contains("Haven"));
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    assert_eq!(server.get("/harbour/").await.status, 404);
    assert_eq!(server.newest(id).await.title, "Haven", "the draft stays");
    server.publish(id).await.expect("published again");
    assert_eq!(server.get("/harbour/").await.status, 200);
}

async fn a_slug_is_made_from_the_title_and_numbered(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let mut slugs = Vec::new();
    for title in ["About", "About", "Grüße aus Köln", "???"] {
        let id = server.create(standard_page(home, title, "<p>x</p>")).await.expect("created");
        slugs.push(page::find(server.db(), id).await.expect("found").expect("it is there").slug);
    }
    assert_eq!(slugs, ["about-2", "about-3", "grusse-aus-koln", "page"]);
    let given = |slug: &str| NewPage { slug: Some(slug.into()), ..standard_page(home, "X", "<p>x</p>") };
    let before = state(&server);
    assert!(matches!(server.create(given("about")).await, Err(EditError::SlugTaken(slug)) if slug == "about"));
    for invalid in ["a b", "a/b", "", "..", "a.b", "a\0b", "?"] {
        let refused = server.create(given(invalid)).await;
        assert!(matches!(&refused, Err(EditError::SlugInvalid(slug)) if slug == invalid), "{invalid:?}: {refused:?}");
    }
    assert_eq!(state(&server), before, "nothing is half-written");
    let contact = server.page_id("/contact/").await;
    server.change(contact, |content| content.slug = "about".into()).await.expect("a draft may");
    let before = state(&server);
    assert!(matches!(server.publish(contact).await, Err(EditError::SlugTaken(_))));
    assert_eq!(state(&server), before, "nothing is half-written");
    assert_eq!(server.get("/contact/").await.status, 200);
    let unicode = server.create(given("größe")).await.expect("letters of any script");
    server.publish(unicode).await.expect("published");
    assert_eq!(server.get("/gr%C3%B6%C3%9Fe/").await.status, 200);
}

async fn types_say_where_their_pages_stand_and_how_many(database: Database) {
    let server = Server::start(database).await;
    let (home, blog, about) =
        (server.page_id("/").await, server.page_id("/blog/").await, server.page_id("/about/").await);
    let of = |type_name: &str, parent| NewPage {
        parent,
        type_name: type_name.into(),
        title: "X".into(),
        ..NewPage::default()
    };
    let before = state(&server);
    let refusals = [
        (of("blog.BlogPage", home), "parent_types"),
        (of("standard.StandardPage", blog), "parent_types"),
        (of("blog.BlogIndexPage", home), "max_count_per_parent"),
        (of("home.HomePage", 1), "max_count"),
        (of("home.HomePage", about), "child_types"),
        (of("blog.Author", home), "blog.Author"),
        (of("no.Such", home), "no.Such"),
        (of("standard.StandardPage", 999_999), "999999"),
        (NewPage { title: " ".into(), ..of("standard.StandardPage", home) }, "title"),
    ];
    for (new, word) in refusals {
        let shown = format!("{} under {}", new.type_name, new.parent);
        let refused = server.create(new).await.expect_err(&shown).to_string();
        assert!(refused.contains(word) || refused.contains("parent_types"), "{shown}: {refused}");
    }
    let post = server.page_id("/blog/soundings/").await;
    for (id, below) in [(post, home), (about, blog), (about, about), (home, about), (1, about), (about, 999_999)] {
        let refused = server.content().move_page(id, Position::LastChildOf(below), Channel::Admin).await;
        assert!(refused.is_err(), "{id} below {below}");
    }
    for fixed in [1, home] {
        assert!(matches!(server.content().delete_page(fixed, Channel::Admin).await, Err(EditError::RootIsFixed)));
    }
    assert_eq!(state(&server), before, "nothing is half-written");
}

async fn errors_name_the_field_and_nothing_is_written(database: Database) {
    let server = Server::start(database).await;
    let good = post(&server, "Good").await;
    let cases: [(&str, &str, Value); 9] = [
        ("intro", "intro", json!("x".repeat(251))),
        ("form", "form", json!("sonnet")),
        ("cover", "cover", json!("../../etc/passwd")),
        ("author", "author", json!("maren-osei")),
        ("categories", "categories", json!(["water"])),
        ("observed_at", "observed_at", json!("yesterday")),
        ("body", "body", json!([{ "type": "no_such_block", "value": 1 }])),
        ("body", "body", json!([{ "type": "heading", "value": "x".repeat(121) }])),
        ("featured", "featured", json!("yes")),
    ];
    let before = state(&server);
    for (field, named, value) in cases {
        let mut new = good.clone();
        new.fields.insert(field.into(), value.clone());
        let error = server.create(new).await.expect_err(field);
        let EditError::Invalid(errors) = &error else { panic!("{field} = {value}: {error}") };
        assert!(errors.iter().any(|error| error.path.trim_start_matches('/').starts_with(named)), "{errors:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
    assert_eq!(state(&server), before, "nothing is half-written");
    // A draft may be incomplete; what is published may not.
    let mut incomplete = good.clone();
    incomplete.fields.remove("intro");
    incomplete.fields.remove("cover");
    let id = server.create(incomplete).await.expect("a draft may be incomplete");
    let before = state(&server);
    let Err(EditError::Invalid(errors)) = server.publish(id).await else { panic!("it is incomplete") };
    let mut paths: Vec<_> = errors.iter().map(|error| error.path.trim_start_matches('/').to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["cover", "intro"], "all are told at once");
    assert_eq!(state(&server), before, "nothing is half-written");
}

async fn an_old_revision_comes_back_whole(database: Database) {
    let server = Server::start(database).await;
    let id = server.page_id("/blog/soundings/").await;
    let (content, shown) = (server.newest(id).await, server.get("/blog/soundings/").await);
    let first = revision::list(server.db(), id).await.expect("listed")[0].id;
    server
        .republish(id, |content| {
            content.title = "Other".into();
            content.fields["tags"] = json!(["other"]);
            content.fields["body"] = json!([{ "type": "paragraph", "value": "<p>Other.</p>" }]);
        })
        .await;
    assert!(server.get("/blog/soundings/").await.text().contains("Other."));
    assert_eq!(server.get("/blog/tag/other/").await.status, 200);
    server.content().revert(id, first, Channel::Admin).await.expect("reverted");
    assert!(server.get("/blog/soundings/").await.text().contains("Other."), "a revert is a draft");
    assert_eq!(server.newest(id).await, content);
    server.publish(id).await.expect("published");
    let again = server.get("/blog/soundings/").await;
    let main = |text: &str| crate::support::site::without_nonces(text.split("<main").nth(1).expect("a main part"));
    assert_eq!(main(again.text()), main(shown.text()));
    let revisions = revision::list(server.db(), id).await.expect("listed");
    assert_eq!(revisions[0].reverted_from, Some(first));
    let other = server.page_id("/about/").await;
    let foreign = server.content().revert(other, first, Channel::Admin).await;
    assert!(matches!(foreign, Err(EditError::RevisionNotFound { .. })), "a revision belongs to its page");
}

async fn a_moved_page_takes_its_subtree_to_new_addresses(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let (about, instruments) = (server.page_id("/about/").await, server.page_id("/instruments/").await);
    let deep = server.standard_page(server.page_id("/instruments/tide/").await, "Größe", "<p>Deep.</p>").await;
    for path in ["/instruments/", "/instruments/tide/", "/instruments/tide/grosse/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    server.content().move_page(instruments, Position::LastChildOf(about), Channel::Admin).await.expect("moved");
    for path in ["/instruments/", "/instruments/tide/", "/instruments/tide/grosse/"] {
        assert_eq!(server.get(path).await.status, 301, "{path}");
        assert_eq!(server.get(&format!("/about{path}")).await.status, 200, "/about{path}");
    }
    assert!(matches!(
        server.content().move_page(about, Position::LastChildOf(deep), Channel::Admin).await,
        Err(EditError::MoveIntoItself)
    ));
    assert!(server.get("/").await.text().contains("href=\"/about/instruments/"), "links follow");
    let twin = NewPage { slug: Some("instruments".into()), ..standard_page(home, "Twin", "<p>x</p>") };
    server.create(twin).await.expect("the slug is free again");
    let before = state(&server);
    let back = server.content().move_page(instruments, Position::LastChildOf(home), Channel::Admin).await;
    assert!(matches!(back, Err(EditError::SlugTaken(_))), "{back:?}");
    assert_eq!(state(&server), before, "nothing is half-written");
}

async fn a_deleted_page_takes_its_subtree_and_all_that_was_theirs(database: Database) {
    let server = Server::start(database).await;
    let before = state(&server);
    let home = server.page_id("/").await;
    let above = server.standard_page(home, "Above", "<p>x</p>").await;
    let below = server.standard_page(above, "Below", "<p>x</p>").await;
    let deleted = server.content().delete_page(above, Channel::Admin).await.expect("deleted");
    assert_eq!(deleted, 2);
    for path in ["/above/", "/above/below/"] {
        assert_eq!(server.get(path).await.status, 404);
    }
    let after = state(&server);
    assert_eq!(after[..7], before[..7], "no revision, tag or reference is left");
    assert!(matches!(server.content().delete_page(below, Channel::Admin).await, Err(EditError::PageNotFound(_))));
    assert!(server.publish(above).await.is_err());
}

async fn writing_at_the_same_time_loses_nothing(database: Database) {
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    let home = server.page_id("/").await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let content = if writer % 2 == 0 { server.content().clone() } else { other.content().clone() };
        writers.spawn(async move {
            for _ in 0..5 {
                let id = content.create_page(standard_page(home, "Same title", "<p>x</p>"), Channel::Admin).await;
                content.publish(id.expect("created"), None, Channel::Admin).await.expect("published");
            }
        });
    }
    writers.join_all().await;
    let slugs = "SELECT COUNT(DISTINCT slug) FROM page WHERE live AND slug LIKE 'same-title%'";
    assert_eq!(crate::support::postgres::number(&server.database_url, slugs), 40);
    assert_eq!(server.get("/same-title-40/").await.status, 200);
    let mut tx = server.content().db.begin(vitrine::db::TxName("test")).await.expect("begun");
    assert_eq!(vitrine::content::tree::check(&mut tx).await.expect("checked"), []);
}

async fn unknown_fields_and_dangerous_html_do_not_survive(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let html = "<p onclick=\"x()\">Good<script>alert(1)</script><a href=\"javascript:x()\">link</a></p>";
    let id = server.standard_page(home, "Dangerous <b>title</b> & \"more\"", html).await;
    let page = server.get("/dangerous-b-title-b-more/").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("Good")
            && !text.contains("alert(1)")
            && !text.contains("onclick")
            && !text.contains("javascript:")
    );
    assert!(!text.contains("<b>title</b>"), "titles are text");
    let unknown = server.change(id, |content| drop(content.fields.insert("no_such_field".into(), json!(1)))).await;
    match unknown {
        Err(error) => assert!(error.to_string().contains("no_such_field"), "{error}"),
        Ok(_) => assert!(!server.newest(id).await.fields.contains_key("no_such_field")),
    }
    let whole: PageContent = server.newest(id).await;
    assert_eq!(whole.title, "Dangerous <b>title</b> & \"more\"");
}

on_both_databases!(
    a_draft_is_for_editors_until_it_is_published,
    a_slug_is_made_from_the_title_and_numbered,
    types_say_where_their_pages_stand_and_how_many,
    errors_name_the_field_and_nothing_is_written,
    an_old_revision_comes_back_whole,
    a_moved_page_takes_its_subtree_to_new_addresses,
    a_deleted_page_takes_its_subtree_and_all_that_was_theirs,
    writing_at_the_same_time_loses_nothing,
    unknown_fields_and_dangerous_html_do_not_survive,
);
