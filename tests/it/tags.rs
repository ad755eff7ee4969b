//! Tags: what is one tag, renaming and merging, and who is purged by it.

use serde_json::json;
use vitrine::content::{EditError, tag};
use vitrine::telemetry::label::Channel;

use crate::support::edit::post;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

/// A published post with these tags; its path.
async fn tagged(server: &Server, title: &str, tags: &[&str]) -> String {
    let mut new = post(server, title).await;
    new.fields.insert("tags".into(), json!(tags));
    let id = server.create(new).await.expect("created");
    server.publish(id).await.expect("published");
    format!("/blog/{}/", server.newest(id).await.slug)
}

async fn find(server: &Server, slug: &str) -> Option<tag::PageTag> {
    tag::find_by_slug(server.db(), slug).await.expect("the database answers")
}

async fn id_of(server: &Server, slug: &str) -> i64 {
    find(server, slug).await.unwrap_or_else(|| panic!("there is no tag {slug}")).id
}

async fn signs_make_tags_of_their_own_and_case_does_not(database: Database) {
    let server = Server::start(database).await;
    tagged(&server, "One", &["C", "C++"]).await;
    tagged(&server, "Two", &["c++", "C#"]).await;
    for (slug, pages) in [("c", 1), ("c-plus-plus", 2), ("c-sharp", 1)] {
        let text = server.get(&format!("/blog/tag/{slug}/")).await;
        assert_eq!(text.status, 200, "{slug}");
        let listed = tag::list(server.db(), slug, 0).await.expect("listed");
        let found = listed.iter().find(|tag| tag.slug == slug).expect("it is there");
        assert_eq!(found.pages, pages, "{slug}");
    }
    let link = "/blog/tag/c-plus-plus/";
    assert!(server.get("/blog/one/").await.text().contains(link), "pages link to it");
    let offered = tag::suggest(server.db(), "C").await.expect("suggested");
    let slugs: Vec<&str> = offered.iter().map(|tag| tag.slug.as_str()).collect();
    assert_eq!(slugs[0], "c-plus-plus", "the most used first: {slugs:?}");
    assert!(offered.len() <= 10 && slugs.contains(&"c") && slugs.contains(&"c-sharp"));
    assert!(tag::suggest(server.db(), " ").await.expect("suggested").is_empty());
}

async fn a_deleted_tag_goes_off_everything_and_the_others_stay(database: Database) {
    let server = Server::start(database).await;
    let path = tagged(&server, "With", &["sea", "Stone walls"]).await;
    let page = server.page_id(&path).await;
    server.change(page, |content| content.fields["tags"] = json!(["stone walls", "lamps"])).await.expect("saved");
    let media = &server.running.site.app.media;
    let tags = vec!["stone walls".to_owned()];
    let new = vitrine::media::NewFile { name: "a.txt".into(), tags, ..Default::default() };
    media.add_document(&b"words"[..], new).await.expect("added");
    let id = id_of(&server, "stone-walls").await;
    assert!(server.get(&path).await.text().contains("/blog/tag/stone-walls/"));
    server.content().delete_tag(id, Channel::Admin).await.expect("deleted");
    assert!(find(&server, "stone-walls").await.is_none());
    let text = server.get(&path).await;
    assert!(
        !text.text().contains("stone-walls") && text.text().contains("/blog/tag/sea/"),
        "the live page shows it no more"
    );
    assert_eq!(server.newest(page).await.fields["tags"], json!(["lamps"]));
    assert_eq!(server.count(&format!("document_tag WHERE tag_id = {id}")), 0);
    assert_eq!(server.count("object_event WHERE event = 'delete' AND kind = 'tag'"), 1);
    let again = server.content().delete_tag(id, Channel::Admin).await;
    assert!(matches!(again, Err(EditError::TagNotFound(_))), "{again:?}");
}

async fn a_renamed_tag_changes_its_pages_and_purges_no_other(database: Database) {
    let server = Server::start(database).await;
    let with = tagged(&server, "With", &["Öl und Meer", "sea"]).await;
    // Each post shows the three newest others: the one without the tag shows these.
    for title in ["One", "Two", "Three"] {
        tagged(&server, title, &["lamps"]).await;
    }
    let without = tagged(&server, "Without", &["stone"]).await;
    let draft = server.page_id(&without).await;
    server.change(draft, |content| content.fields["tags"] = json!(["öl und meer"])).await.expect("saved");
    for path in [with.as_str(), &without, "/blog/tag/öl-und-meer/", "/blog/tag/sea/"] {
        server.get(path).await;
        assert_eq!(server.get(path).await.cache(), "hit", "{path}");
    }
    let id = id_of(&server, "öl-und-meer").await;
    server.content().rename_tag(id, " Oil  and sea ", Channel::Admin).await.expect("renamed");
    assert_eq!(server.get(&without).await.cache(), "hit", "it had the tag in its draft alone");
    let answer = server.get(&with).await;
    assert!(answer.cache() != "hit" && answer.text().contains("/blog/tag/oil-and-sea/"), "{}", answer.cache());
    assert_eq!(server.get("/blog/tag/öl-und-meer/").await.status, 404);
    assert!(server.get("/blog/tag/oil-and-sea/").await.text().contains("With"));
    assert_eq!(server.newest(draft).await.fields["tags"], json!(["Oil and sea"]), "the draft follows");
    let page = server.page_id(&with).await;
    assert_eq!(server.newest(page).await.fields["tags"], json!(["Oil and sea", "sea"]));
    let sea = id_of(&server, "sea").await;
    let refused = server.content().rename_tag(sea, "OIL AND SEA", Channel::Admin).await;
    assert!(matches!(refused, Err(EditError::TagTaken { id: taken, .. }) if taken == id));
    assert!(matches!(server.content().rename_tag(999_999, "x", Channel::Admin).await, Err(EditError::TagNotFound(_))));
    for name in [" ", "a\0b", &"x".repeat(101)] {
        assert!(server.content().rename_tag(sea, name, Channel::Admin).await.is_err(), "{name:?}");
    }
}

async fn a_merged_tag_is_gone_and_its_pages_have_the_other(database: Database) {
    let server = Server::start(database).await;
    let both = tagged(&server, "Both", &["Sea", "Ocean"]).await;
    let one = tagged(&server, "One", &["ocean"]).await;
    assert!(!server.get("/blog/tag/sea/").await.text().contains(&one));
    let (ocean, sea) = (id_of(&server, "ocean").await, id_of(&server, "sea").await);
    server.content().merge_tags(ocean, sea, Channel::Admin).await.expect("merged");
    assert!(find(&server, "ocean").await.is_none());
    assert!(server.get("/blog/tag/sea/").await.text().contains(&one), "the list was purged");
    assert_eq!(server.get("/blog/tag/ocean/").await.status, 404);
    let page = server.page_id(&both).await;
    assert_eq!(server.newest(page).await.fields["tags"].as_array().map(Vec::len), Some(1), "no tag twice");
    let metrics = server.metrics().await;
    let labels = [("object", "tag"), ("event", "merge"), ("channel", "admin")];
    assert_eq!(metrics.sum("vitrine_object_events_total", &labels), 1.0);
}

async fn tags_are_changed_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    tagged(&server, "One", &["Lantern"]).await;
    let folder = server.folder.path();
    let url = format!("database.url={}", server.database_url);
    let command = |arguments: &[&str]| {
        let mut command = vitrine(folder);
        command.arg("tag").args(arguments).args(["--set", &url]);
        run(&mut command)
    };
    let (code, said, errors) = command(&["list", "--search", "lant"]);
    assert!(code == Some(0) && said.contains("lantern") && said.contains("1 in all"), "{said}{errors}");
    assert_eq!(command(&["rename", "lantern", "Beacon"]).0, Some(0));
    assert_eq!(command(&["rename", "lantern", "Beacon"]).0, Some(1), "there is no such tag any more");
    assert_eq!(command(&["merge", "beacon", "tests"]).0, Some(1), "nor that one");
    assert!(find(&server, "beacon").await.is_some());
}

on_both_databases!(
    a_deleted_tag_goes_off_everything_and_the_others_stay,
    signs_make_tags_of_their_own_and_case_does_not,
    a_renamed_tag_changes_its_pages_and_purges_no_other,
    a_merged_tag_is_gone_and_its_pages_have_the_other,
    tags_are_changed_from_a_terminal,
);
