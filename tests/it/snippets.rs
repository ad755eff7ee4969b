//! Snippets: drafts, revisions, languages, order, search, and what refuses to go.

use serde_json::json;
use tempfile::TempDir;
use vitrine::content::snippet::{self, Listing, Order, Snippet, SnippetContent};
use vitrine::content::types::ReferenceKind;
use vitrine::content::{Deletion, EditError, NewSnippet};
use vitrine::telemetry::label::Channel;

use crate::support::edit::post;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, site, vitrine};

const AUTHOR: &str = "blog.Author";

/// The default site in English, whose authors have these options and no other.
async fn with_options(database: Database, options: &str) -> (Server, TempDir) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/site/types/blog_author.toml");
    let text = std::fs::read_to_string(file).expect("the type is there").replace("translatable = true\n", "");
    let folder = site::folder_with(&[("types/blog_author.toml", &format!("{options}\n{text}"))]);
    let dir = folder.path().display().to_string();
    (Server::in_english(database, &[("site.dir", &dir)]).await, folder)
}

async fn find(server: &Server, id: i64) -> Snippet {
    snippet::find(server.db(), id).await.expect("the database answers").expect("it is there")
}

fn named(name: &str, known: &Snippet) -> SnippetContent {
    SnippetContent { name: name.into(), slug: String::new(), fields: known.fields.clone() }
}

async fn listed(server: &Server, listing: Listing<'_>) -> Vec<String> {
    let listing = Listing { type_name: AUTHOR, ..listing };
    let found = snippet::list(server.db(), &listing).await.expect("listed");
    found.into_iter().map(|snippet| snippet.name).collect()
}

async fn a_draft_of_a_snippet_shows_when_it_is_published(database: Database) {
    let (server, _folder) = with_options(database, "drafts = true").await;
    let content = server.content();
    let maren = server.snippet(AUTHOR, "maren-osei").await;
    let new = NewSnippet { type_name: AUTHOR.into(), content: named("Ada Quill", &maren), ..NewSnippet::default() };
    let ada = content.create_snippet(new, Channel::Admin).await.expect("created");
    assert_eq!(find(&server, ada).await.slug, "ada-quill", "made from the name");
    let mut by_ada = post(&server, "By Ada").await;
    by_ada.fields.insert("author".into(), ada.into());
    let id = server.create(by_ada).await.expect("created");
    server.publish(id).await.expect("published");
    let shows = async |name: &str| server.get("/blog/by-ada/").await.text().contains(name);
    assert!(!shows("Ada Quill").await, "a draft is for editors");
    assert_eq!(server.get("/blog/author/ada-quill/").await.status, 404);
    content.publish_snippet(ada, Channel::Admin).await.expect("published");
    assert!(shows("Ada Quill").await, "the page was purged");
    assert_eq!(server.get("/blog/author/ada-quill/").await.status, 200);
    content.update_snippet(ada, named("Ada Starling", &maren), Channel::Admin).await.expect("saved");
    assert!(shows("Ada Quill").await && !shows("Ada Starling").await);
    assert!(find(&server, ada).await.has_unpublished_changes);
    content.publish_snippet(ada, Channel::Admin).await.expect("published");
    assert!(shows("Ada Starling").await);
    let revisions = snippet::revisions(server.db(), ada).await.expect("listed");
    let names: Vec<&str> = revisions.iter().map(|revision| revision.content.name.as_str()).collect();
    assert_eq!(names, ["Ada Starling", "Ada Quill"]);
    content.revert_snippet(ada, revisions[1].id, Channel::Admin).await.expect("reverted");
    assert!(shows("Ada Starling").await, "a revert is a draft");
    content.unpublish_snippet(ada, Channel::Admin).await.expect("unpublished");
    assert!(!shows("Ada").await || !shows("Ada Starling").await);
    content.publish_snippet(ada, Channel::Admin).await.expect("published");
    assert!(shows("Ada Quill").await);
    let metrics = server.metrics().await;
    for (event, times) in [("create", 1.0), ("update", 1.0), ("publish", 3.0), ("unpublish", 1.0), ("revert", 1.0)] {
        let labels = [("object", "snippet"), ("event", event), ("channel", "admin")];
        assert_eq!(metrics.sum("vitrine_object_events_total", &labels), times, "{event}");
    }
}

async fn without_drafts_a_change_shows_at_once(database: Database) {
    let (server, _folder) = with_options(database, "").await;
    let content = server.content();
    let maren = server.snippet(AUTHOR, "maren-osei").await;
    let path = site::posts_that_mention("author", "maren-osei").pop().expect("they wrote some");
    assert!(server.get(&path).await.text().contains("Maren Osei"));
    server.rename_snippet(maren.id, "Maren Vale").await;
    assert!(server.get(&path).await.text().contains("Maren Vale"));
    assert_eq!(server.rows("snippet_revision"), 0, "the type keeps none");
    for refused in [
        content.publish_snippet(maren.id, Channel::Admin).await,
        content.unpublish_snippet(maren.id, Channel::Admin).await,
    ] {
        assert!(matches!(&refused, Err(EditError::NoDrafts(name)) if name == AUTHOR), "{refused:?}");
    }
    assert!(matches!(
        content.order_snippets(AUTHOR, &[maren.id], Channel::Admin).await,
        Err(EditError::NotOrderable(_))
    ));
    let taken = NewSnippet {
        type_name: AUTHOR.into(),
        content: SnippetContent { slug: "maren-osei".into(), ..named("Another", &maren) },
        ..NewSnippet::default()
    };
    assert!(matches!(content.create_snippet(taken, Channel::Admin).await, Err(EditError::SlugTaken(_))));
    let taken = SnippetContent { slug: "tobias-wren".into(), ..maren.content() };
    assert!(matches!(
        content.update_snippet(maren.id, taken, Channel::Admin).await,
        Err(EditError::SlugTaken(slug)) if slug == "tobias-wren"
    ));
    let nameless = SnippetContent { name: " ".into(), ..maren.content() };
    assert!(matches!(content.update_snippet(maren.id, nameless, Channel::Admin).await, Err(EditError::NameMissing)));
    assert!(matches!(
        content.update_snippet(999_999, maren.content(), Channel::Admin).await,
        Err(EditError::SnippetNotFound(999_999))
    ));
}

async fn a_snippet_in_use_stays_unless_it_must_go(database: Database) {
    let (server, _folder) = with_options(database, "").await;
    let content = server.content();
    let maren = server.snippet(AUTHOR, "maren-osei").await.id;
    let path = site::posts_that_mention("author", "maren-osei").pop().expect("they wrote some");
    let refused = content.delete_snippet(maren, Deletion::IfUnused, Channel::Admin).await;
    let Err(EditError::InUse(uses)) = &refused else { panic!("{refused:?}") };
    let posts = site::posts_that_mention("author", "maren-osei").len() as i64;
    assert!(uses[0].total >= posts && refused.is_err());
    assert!(server.get(&path).await.text().contains("Maren Osei"));
    content.delete_snippet(maren, Deletion::Anyway, Channel::Admin).await.expect("deleted");
    let answer = server.get(&path).await;
    assert!(answer.status == 200 && !answer.text().contains("Maren Osei"), "nothing stands in its place");
    assert!(server.metrics().await.sum("vitrine_missing_references_total", &[("kind", "snippet")]) >= 1.0);
    assert!(
        !content.usage(ReferenceKind::Snippet, maren, 0).await.expect("listed").is_empty(),
        "they still point at it"
    );
    let (ines, before) = (server.snippet(AUTHOR, "ines-halloran").await, server.rows("snippet"));
    let new = NewSnippet { type_name: AUTHOR.into(), content: named("Nobody", &ines), ..NewSnippet::default() };
    let unused = content.create_snippet(new, Channel::Admin).await.expect("created");
    content.delete_snippet(unused, Deletion::IfUnused, Channel::Admin).await.expect("nothing uses it");
    assert_eq!(server.rows("snippet"), before);
}

async fn a_list_is_searched_ordered_and_shown_in_parts(database: Database) {
    let (server, _folder) = with_options(database, "searchable = true\norderable = true").await;
    let content = server.content();
    let ines = server.snippet(AUTHOR, "ines-halloran").await;
    assert_eq!(listed(&server, Listing::default()).await, ["Ines Halloran", "Maren Osei", "Tobias Wren"]);
    let mut changed = ines.content();
    changed.name = "Ines 100% Halloran".into();
    content.update_snippet(ines.id, changed, Channel::Admin).await.expect("saved");
    assert_eq!(listed(&server, Listing { search: "0% h", ..Listing::default() }).await, ["Ines 100% Halloran"]);
    assert_eq!(listed(&server, Listing { search: "_", ..Listing::default() }).await, Vec::<String>::new());
    let updated = Listing { order: Order::Updated, ..Listing::default() };
    assert_eq!(listed(&server, updated).await[0], "Ines 100% Halloran");
    let ids: Vec<i64> =
        [server.snippet(AUTHOR, "tobias-wren").await.id, ines.id, server.snippet(AUTHOR, "maren-osei").await.id].into();
    content.order_snippets(AUTHOR, &ids, Channel::Admin).await.expect("put in order");
    let placed = Listing { order: Order::Placed, ..Listing::default() };
    assert_eq!(listed(&server, placed.clone()).await, ["Tobias Wren", "Ines 100% Halloran", "Maren Osei"]);
    for number in 0..60 {
        let new = NewSnippet {
            type_name: AUTHOR.into(),
            content: named(&format!("Author {number:02}"), &ines),
            ..NewSnippet::default()
        };
        content.create_snippet(new, Channel::Admin).await.expect("created");
    }
    let found = snippet::list(server.db(), &Listing { type_name: AUTHOR, offset: 50, ..placed }).await.expect("listed");
    assert_eq!((found.len(), found[0].total), (13, 63));
    assert_eq!(found[12].name, "Author 59", "a new one stands last");
}

async fn a_translation_shows_on_the_pages_of_its_language(database: Database) {
    let (server, _folder) = with_options(database, "translatable = true").await;
    let content = server.content();
    let maren = server.snippet(AUTHOR, "maren-osei").await;
    let german = |original: Option<i64>| NewSnippet {
        type_name: AUTHOR.into(),
        content: named("Maren aus Dänemark", &maren),
        locale: Some("de".into()),
        translation_of: original,
    };
    let id = content.create_snippet(german(Some(maren.id)), Channel::Admin).await.expect("created");
    assert_eq!(find(&server, id).await.translation_key, maren.translation_key);
    let shown = async |locale: &str| {
        let found = snippet::list_shown(server.db(), vec![maren.id], locale).await.expect("listed").remove(0);
        (found.id, found.name, found.slug)
    };
    assert_eq!(shown("de").await, (maren.id, "Maren aus Dänemark".into(), "maren-osei".into()));
    assert_eq!(shown("fr").await, (maren.id, "Maren Osei".into(), "maren-osei".into()));
    let category = server.snippet("blog.Category", "water").await.id;
    assert!(matches!(
        content.create_snippet(german(Some(category)), Channel::Admin).await,
        Err(EditError::NotTranslatable(_))
    ));
}

async fn snippets_are_changed_from_a_terminal(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let folder = server.folder.path();
    let url = format!("database.url={}", server.database_url);
    let command = |arguments: &[&str]| {
        let mut command = vitrine(folder);
        command.arg("snippet").args(arguments).args(["--set", &url]);
        run(&mut command)
    };
    let (code, said, errors) = command(&["list", "blog.Category", "--search", "wat"]);
    assert!(code == Some(0) && said.contains("water") && said.contains("1 in all"), "{said}{errors}");
    std::fs::write(
        folder.join("new.toml"),
        "name = \"Weather\"\n[fields]\ndescription = \"Rain.\"\ncolour = \"land\"\n",
    )
    .expect("written");
    let (code, said, errors) = command(&["create", "blog.Category", "new.toml"]);
    assert_eq!(code, Some(0), "{errors}");
    let id = said.trim().to_owned();
    let (_, said, _) = command(&["show", &id]);
    let shown: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&shown["slug"], &shown["state"], &shown["draft"]), (&json!("weather"), &json!("live"), &json!(null)));
    std::fs::write(
        folder.join("new.json"),
        "{\"name\": \"Wind\", \"fields\": {\"description\": \"Air.\", \"colour\": \"none\"}}",
    )
    .expect("written");
    let (code, _, errors) = command(&["update", &id, "new.json"]);
    assert!(code == Some(1) && errors.contains("colour"), "{errors}");
    let (code, _, errors) = command(&["publish", &id]);
    assert!(code == Some(1) && errors.contains("no drafts"), "{errors}");
    let water = server.snippet("blog.Category", "water").await.id.to_string();
    let (code, said, _) = command(&["usage", &water]);
    assert!(code == Some(0) && said.contains("blog.BlogPage") && said.contains("categories"), "{said}");
    let (code, _, errors) = command(&["delete", &water]);
    assert!(code == Some(1) && errors.contains("used in"), "{errors}");
    assert_eq!(command(&["delete", &id]).0, Some(0));
}

on_both_databases!(
    a_draft_of_a_snippet_shows_when_it_is_published,
    without_drafts_a_change_shows_at_once,
    a_snippet_in_use_stays_unless_it_must_go,
    a_list_is_searched_ordered_and_shown_in_parts,
    a_translation_shows_on_the_pages_of_its_language,
    snippets_are_changed_from_a_terminal,
);
