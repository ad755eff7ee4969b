//! Moving in from Wagtail with what few dumps hold: nothing is lost without a word, and nothing becomes public or wider.

use serde_json::{Value, json};
use vitrine::accounts::{Attempt, Verdict, Visit};

use super::import_wagtail::Place;
use crate::support::postgres::number;
use crate::support::{Database, on_both_databases};

/// An object of the dump.
fn object<'o>(objects: &'o mut [Value], model: &str, key: i64) -> &'o mut Value {
    let found = objects.iter_mut().find(|one| one["model"] == model && one["pk"] == key);
    &mut found.expect("it is in the fixture")["fields"]
}

/// What was said of an object.
fn told(outcome: &Value, object: &str, message: &str) -> bool {
    let is =
        |one: &Value| one["object"] == object && one["message"].as_str().is_some_and(|text| text.contains(message));
    outcome["first"].as_array().is_some_and(|first| first.iter().any(is))
}

/// What an import says that leaves something out.
fn refusing(place: &Place, dump: &std::path::Path) -> Value {
    let (code, said, error) = place.import(dump, &["--json"]);
    assert_eq!(code, Some(1), "{said}{error}");
    serde_json::from_str(&said).expect("JSON")
}

async fn other_models_with_names_are_no_tags(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        let role = |key: i64| {
            json!({ "model": "team.role", "pk": key, "fields": { "name": format!("Role {key}"), "slug": format!("role-{key}") } })
        };
        objects.extend((1..=7).map(role));
    });
    let outcome = place.outcome_of(&dump, &[]);
    assert!(told(&outcome, "team.role", "there is no type for it: 7 left out"), "{outcome}");
    let server = place.server().await;
    let post: Value = serde_json::from_str(server.get("/api/v2/pages/6/").await.text()).expect("JSON");
    assert_eq!(post["tags"], json!(["Tag 0", "rye"]));
}

async fn a_redirect_of_a_site_that_did_not_come_is_none_of_all_sites(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| object(objects, "wagtailredirects.redirect", 2)["site"] = json!(77));
    let outcome = refusing(&place, &dump);
    assert!(told(&outcome, "wagtailredirects.redirect 2", "its site was not taken over"), "{outcome}");
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM redirect"), 2);
    assert_eq!(place.server().await.get("/shop/").await.status, 404);
}

async fn what_was_private_never_becomes_public(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        let restriction = object(objects, "wagtailcore.pageviewrestriction", 1);
        (restriction["restriction_type"], restriction["groups"]) = (json!("groups"), json!([]));
    });
    let outcome = place.outcome_of(&dump, &[]);
    let what = "superusers alone see what it is on";
    assert!(told(&outcome, "wagtailcore.pageviewrestriction 1", what), "{outcome}");
    let server = place.server().await;
    assert!(!server.get("/members/").await.status.is_success());
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    for path in ["/members/", "/members/below/"] {
        assert!(!server.get_as(path, &cookie).await.status.is_success(), "{path}");
    }
}

async fn an_alias_whose_source_did_not_come_is_a_page_of_its_own(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| object(objects, "wagtailcore.page", 4)["slug"] = json!("no slug"));
    let outcome = refusing(&place, &dump);
    assert!(told(&outcome, "wagtailcore.page 18", "it is a page of its own"), "{outcome}");
    let url = &place.url;
    assert_eq!(number(url, "SELECT COUNT(*) FROM page WHERE id = 18 AND alias_of IS NULL"), 1);
    assert_eq!(
        number(url, "SELECT COUNT(*) FROM revision r JOIN page p ON p.latest_revision_id = r.id WHERE p.id = 18"),
        1
    );
}

async fn what_is_planned_is_what_was_approved_and_is_not_forgotten_when_it_is_late(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        let mut newer =
            objects.iter().find(|one| !one["fields"]["approved_go_live_at"].is_null()).expect("one").clone();
        let approved = newer["pk"].as_i64().expect("a number");
        object(objects, "wagtailcore.revision", approved)["approved_go_live_at"] = json!("2026-01-31T09:30:00Z");
        newer["pk"] = json!(900);
        newer["fields"]["approved_go_live_at"] = Value::Null;
        newer["fields"]["content"]["title"] = json!("Not approved");
        objects.push(newer);
        object(objects, "wagtailcore.page", 10)["latest_revision"] = json!(900);
        object(objects, "wagtailcore.page", 5)["expire_at"] = json!("2026-01-31T09:30:00Z");
        object(objects, "wagtailcore.page", 9)["expire_at"] = json!("2099-01-31T09:30:00Z");
    });
    let outcome = place.outcome_of(&dump, &[]);
    for page in ["wagtailcore.page 5", "wagtailcore.page 10"] {
        assert!(told(&outcome, page, "it happens in a minute"), "{page}: {outcome}");
    }
    assert!(told(&outcome, "wagtailcore.page 9", "the page is not live"), "{outcome}");
    let url = &place.url;
    assert_eq!(number(url, "SELECT latest_revision_id FROM page WHERE id = 10"), 900);
    assert!(number(url, "SELECT publish_revision_id FROM page WHERE id = 10") < 900);
    assert_eq!(number(url, "SELECT COUNT(*) FROM job WHERE kind IN ('page.publish', 'page.expire')"), 2);
}

async fn a_row_that_a_program_changed_is_what_editors_go_on_from(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        object(objects, "bakery.standardpage", 4)["introduction"] = json!("By hand.");
        object(objects, "wagtailcore.page", 4)["has_unpublished_changes"] = json!(false);
    });
    place.outcome_of(&dump, &[]);
    let url = &place.url;
    assert_eq!(number(url, "SELECT COUNT(*) FROM page WHERE id = 4 AND live AND NOT has_unpublished_changes"), 1);
    let newest = "page p JOIN revision r ON r.id = p.latest_revision_id WHERE p.id = 4 AND r.id = p.live_revision_id";
    assert_eq!(number(url, &format!("SELECT COUNT(*) FROM {newest} AND r.content LIKE '%By hand.%'")), 1);
    assert_eq!(number(url, "SELECT COUNT(*) FROM revision WHERE page_id = 4 AND content LIKE '%Two lines.%'"), 1);
}

async fn snippets_keep_their_drafts_their_history_and_their_tags(database: Database) {
    let (place, dump) = Place::of_altered(database, |objects| {
        let mut newer =
            objects.iter().find(|one| one["model"] == "wagtailcore.revision" && one["pk"] == 3).expect("it").clone();
        newer["pk"] = json!(901);
        newer["fields"]["created_at"] = json!("2026-11-23T01:00:00Z");
        newer["fields"]["content"]["biography"] = json!("<p>Bakes more.</p>");
        objects.push(newer);
        let person = object(objects, "bakery.person", 1);
        (person["latest_revision"], person["has_unpublished_changes"]) = (json!(901), json!(true));
        let tag = json!({ "tag": 1, "content_type": 40, "object_id": 1 });
        objects.push(json!({ "model": "taggit.taggeditem", "pk": 90, "fields": tag }));
    });
    place.outcome_of(&dump, &[]);
    let url = &place.url;
    let person = "(SELECT id FROM snippet WHERE name = 'Bo Baker')";
    let count = |what: &str| number(url, &format!("SELECT COUNT(*) FROM {what}"));
    assert_eq!(
        count("snippet WHERE name = 'Bo Baker' AND live AND has_unpublished_changes AND data LIKE '%Bakes.%'"),
        1
    );
    assert_eq!(count("snippet WHERE name = 'Not Yet' AND NOT live AND latest_revision_id IS NOT NULL"), 1);
    assert_eq!(count(&format!("snippet_revision WHERE snippet_id = {person}")), 2);
    let newest = format!("snippet s JOIN snippet_revision r ON r.id = s.latest_revision_id WHERE s.id = {person}");
    assert_eq!(count(&format!("{newest} AND r.content LIKE '%Bakes more.%' AND r.created_at = 1795395600000000")), 1);
    assert_eq!(count(&format!("snippet WHERE id = {person} AND data LIKE '%\"tags\":[%'")), 1);
    let again = place.outcome_of(&dump, &[]);
    assert_eq!(again["objects"]["snippets"]["made"], 0);
    assert_eq!(count(&format!("snippet_revision WHERE snippet_id = {person}")), 2);
}

async fn what_waits_for_approval_stays_a_draft_and_is_told(database: Database) {
    let place = Place::of(database);
    let outcome = place.outcome("dump.json", &[]);
    assert!(told(&outcome, "wagtailcore.workflowstate 1", "stays a draft (of bakery.blogpage 9)"), "{outcome}");
    assert_eq!(
        number(&place.url, "SELECT COUNT(*) FROM page WHERE id = 9 AND NOT live AND has_unpublished_changes"),
        1
    );
}

async fn rights_that_the_dump_does_not_name_are_not_given(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| objects.retain(|one| one["model"] != "auth.permission"));
    let outcome = place.outcome_of(&dump, &[]);
    assert!(told(&outcome, "wagtailcore.grouppagepermission 1", "the dump has no auth.permission"), "{outcome}");
    for table in ["page_grant", "collection_grant", "global_grant"] {
        assert_eq!(number(&place.url, &format!("SELECT COUNT(*) FROM {table}")), 0, "{table}");
    }
}

async fn hashes_of_each_way_of_django_are_checked_and_replaced(database: Database) {
    const HASHES: [(i64, &str, &str); 3] = [
        (
            1,
            "ada",
            "scrypt$1024$saltada$8$1$WvObc583MTcH3X3KiOYwrMb/eayzpDaeAkZdi8qjh4tMoodWalZUjl2aD/WK3Dyzy/Vvy8xTNysrV5FHRkes7w==",
        ),
        (2, "bo", "bcrypt$$2b$04$saltsaltsaltsaltsaltsu/o2fjNOJuxA38YCnByjalcHvY1.aelq"),
        (3, "cy", "bcrypt_sha256$$2b$04$saltsaltsaltsaltsaltsuPg4bz9d7Mgz4UWvxy9hbVT5gFIkAYvy"),
    ];
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        for (key, _, hash) in HASHES {
            object(objects, "auth.user", key)["password"] = json!(hash);
        }
    });
    place.outcome_of(&dump, &[]);
    let server = place.server().await;
    let visit = Visit::default();
    for (_, username, hash) in HASHES {
        let kept = |pattern: &str| {
            let asked = format!(
                "SELECT COUNT(*) FROM account WHERE username = '{username}' AND password_hash LIKE '{pattern}'"
            );
            number(&place.url, &asked)
        };
        let verdict = async |password: &str| {
            let attempt = Attempt { username, password, visit: &visit, replaces: None };
            server.accounts().log_in(&attempt).await.expect("a verdict")
        };
        assert_eq!(kept(&format!("{}%", &hash[..6])), 1);
        assert_eq!(verdict("a loaf of wheat").await, Verdict::Wrong, "{username}");
        assert!(matches!(verdict("a loaf of rye").await, Verdict::In(_)), "{username}");
        assert_eq!(kept("$argon2id$%"), 1, "{username}");
        assert!(matches!(verdict("a loaf of rye").await, Verdict::In(_)), "{username}");
    }
}

on_both_databases! {
    other_models_with_names_are_no_tags,
    a_redirect_of_a_site_that_did_not_come_is_none_of_all_sites,
    what_was_private_never_becomes_public,
    an_alias_whose_source_did_not_come_is_a_page_of_its_own,
    what_is_planned_is_what_was_approved_and_is_not_forgotten_when_it_is_late,
    a_row_that_a_program_changed_is_what_editors_go_on_from,
    snippets_keep_their_drafts_their_history_and_their_tags,
    what_waits_for_approval_stays_a_draft_and_is_told,
    rights_that_the_dump_does_not_name_are_not_given,
    hashes_of_each_way_of_django_are_checked_and_replaced,
}
