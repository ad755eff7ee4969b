//! Moving in from Wagtail: media files answer at the addresses that they had there.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::media::QUERIES;

use super::import_wagtail::Place;
use crate::support::picture::size_of;
use crate::support::postgres::{execute, number, plan};
use crate::support::{Answer, Database, Server, on_both_databases};

/// Queries that leading somebody to a file takes: where it is, and the file.
const BUDGET: usize = 2;

/// Follows one redirect for good.
async fn led(server: &Server, path: &str) -> Answer {
    let answer = server.get(path).await;
    assert_eq!(answer.status, 301, "{path}: {}", answer.text());
    assert!(answer.queries() <= BUDGET, "{path} ran {} queries", answer.queries());
    server.get(answer.header("location")).await
}

async fn files_answer_where_they_were(database: Database) {
    let place = Place::of(database);
    // Nobody is kept from the one document there.
    let dump = place.altered(|objects| objects.retain(|one| one["model"] != "wagtailcore.collectionviewrestriction"));
    let outcome = place.outcome_of(&dump, &[]);
    assert_eq!(outcome["objects"]["addresses of files"], json!({ "made": 4, "known": 0, "refused": 0 }));
    let server = place.server().await;
    for (path, size) in [
        ("/media/original_images/crust.png", (64, 48)),
        ("/media/original_images/crumb.png", (64, 48)),
        ("/media/images/crust.f5c1f708.fill-32x32.png", (32, 32)),
        ("/media/%6Friginal_images/crust.png?v=1", (64, 48)),
    ] {
        let image = led(&server, path).await;
        assert_eq!((image.status.as_u16(), image.header("content-type")), (200, "image/png"), "{path}");
        assert_eq!(size_of(&image.body), size, "{path}");
    }
    let prices = led(&server, "/media/documents/prices.csv").await;
    assert_eq!(prices.status, 200);
    let same = server.get("/documents/1/prices.csv").await;
    assert_eq!((same.status.as_u16(), &same.body), (200, &prices.body), "the address of Wagtail's own view stays");
    let head = server.send(Method::HEAD, "/media/original_images/crust.png", &[]).await;
    assert_eq!((head.status.as_u16(), head.header("cache-control")), (301, "public, max-age=86400"));
    // Only what the dump names is led anywhere: nobody has renditions made by asking.
    for path in [
        "/media/images/crust.fill-64x64.png",
        "/media/images/crust.f5c1f708.fill-32x32.png/",
        "/media/original_images/none.png",
        "/media/original_images/..%2Fcrust.png",
        "/media/original_images/",
        "/media/",
        "/media/images/",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    let long = format!("/media/{}", "a".repeat(3_000));
    assert_eq!(server.get(&long).await.status, 404);
    execute(&place.url, "DELETE FROM image WHERE id = 2").expect("deleted");
    assert_eq!(server.get("/media/original_images/crumb.png").await.status, 404, "what is gone is gone");
}

async fn whoever_may_not_see_a_file_is_not_led_to_it(database: Database) {
    let place = Place::of(database);
    place.outcome("dump.json", &[]);
    let server = place.server().await;
    let old = server.get("/media/documents/prices.csv").await;
    let new = server.get("/documents/1/prices.csv").await;
    assert_eq!(old.status, new.status);
    assert!(!old.status.is_success() && old.header("location").is_empty(), "{}", old.status);
    assert!(!old.text().contains("prices.csv\""), "{}", old.text());
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    let answer = server.get_as("/media/documents/prices.csv", &cookie).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "/documents/1/prices.csv"));
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(server.get_as("/documents/1/prices.csv", &cookie).await.status, 200);
}

async fn filters_that_are_not_known_here_are_left_out_of_an_address(database: Database) {
    let place = Place::of(database);
    let dump = place.altered(|objects| {
        let mut odd = objects.iter().find(|one| one["model"] == "wagtailimages.rendition").expect("one").clone();
        (odd["pk"], odd["fields"]["filter_spec"]) = (json!(2), json!("width-16|watermark-3"));
        odd["fields"]["file"] = json!("images/crust.width-16.watermark-3.png");
        let mut lost = odd.clone();
        (lost["pk"], lost["fields"]["image"]) = (json!(3), json!(99));
        lost["fields"]["file"] = json!("images/lost.width-16.png");
        objects.extend([odd, lost]);
    });
    let outcome = place.outcome_of(&dump, &[]);
    let first = outcome["first"].as_array().expect("notices");
    let told = |notice: &&Value| notice["field"] == "filter_spec" && notice["object"] == "wagtailimages.rendition 2";
    let told = first.iter().find(told).expect("it is told");
    assert!(told["message"].as_str().is_some_and(|text| text.starts_with("watermark-3 is not known")), "{told}");
    let server = place.server().await;
    assert_eq!(size_of(&led(&server, "/media/images/crust.width-16.watermark-3.png").await.body), (16, 12));
    assert_eq!(server.get("/media/images/lost.width-16.png").await.status, 404);
}

async fn an_address_is_found_by_an_index(database: Database) {
    let place = Place::of(database);
    place.outcome("dump.json", &[]);
    if !place.url.starts_with("sqlite:") {
        let rows = "INSERT INTO imported (source, model, name, target_id, digest, imported_at)
                    SELECT 'wagtail', 'address of a file', 'images/' || number, 1, 'original', 0
                    FROM GENERATE_SERIES(1, 20000) AS number";
        execute(&place.url, rows).expect("filled");
        execute(&place.url, "ANALYZE imported").expect("analysed");
    }
    let query = QUERIES.iter().copied().flatten().find(|query| query.name == "media.find_former");
    let plan = plan(&place.url, query.expect("it is there"));
    assert!(plan.contains("USING") || plan.contains("Index"), "{plan}");
    assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM imported WHERE name = 'original_images/crust.png'"), 1);
}

on_both_databases! {
    files_answer_where_they_were,
    whoever_may_not_see_a_file_is_not_led_to_it,
    filters_that_are_not_known_here_are_left_out_of_an_address,
    an_address_is_found_by_an_index,
}
