//! `/api/v2/`: images, documents and redirects, who may see what, and how many queries it takes.

use serde_json::{Value, json};
use vitrine::content::Position;
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::privacy::{PASSWORD, SLUG, cookie, password, secret_page};
use crate::support::edit::post;
use crate::support::{Database, Server, on_both_databases};

async fn images_are_told_with_a_file_that_is_there(database: Database) {
    let server = Server::start(database).await;
    let list = server.api("/api/v2/images/?limit=1&order=id").await;
    assert!(list["meta"]["total_count"].as_i64() > Some(1));
    let image = &list["items"][0];
    let id = image["id"].as_i64().expect("an id");
    let download = image["meta"]["download_url"].as_str().expect("an address");
    let expected = json!({
        "id": id,
        "meta": {
            "type": "wagtailimages.Image",
            "detail_url": format!("http://site.test/api/v2/images/{id}/"),
            "tags": image["meta"]["tags"],
            "download_url": download,
        },
        "title": image["title"],
    });
    assert_eq!(image.to_string(), expected.to_string(), "in this order");
    let file = server.get(download).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "image/jpeg"));
    let detail = server.api(&format!("/api/v2/images/{id}/")).await;
    let keys: Vec<&str> = detail.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "meta", "title", "width", "height"]);
    let width = detail["width"].as_i64().expect("a width");
    let alike = server.api(&format!("/api/v2/images/?id={id}&width={width}&fields=_,width,height")).await;
    assert_eq!(alike["items"], json!([{ "width": width, "height": detail["height"] }]));
    let title = detail["title"].as_str().expect("a title").to_owned();
    let word = title.split(' ').max_by_key(|word| word.len()).expect("words");
    let found = server.api(&format!("/api/v2/images/?search={word}")).await;
    assert_eq!(found["items"][0]["title"], json!(title));
    let answer = server.get(&format!("/api/v2/images/find/?id={id}&fields=*")).await;
    assert_eq!(answer.header("location"), format!("http://site.test/api/v2/images/{id}/?fields=%2A"));
    let orders = server.api("/api/v2/images/?order=-title,width&fields=_,title").await;
    let titles: Vec<&str> =
        orders["items"].as_array().into_iter().flatten().filter_map(|i| i["title"].as_str()).collect();
    assert!(titles.is_sorted_by(|a, b| a >= b) && titles.len() > 1, "{titles:?}");
}

async fn documents_are_told_with_whole_addresses(database: Database) {
    let server = Server::start(database).await;
    let list = server.api("/api/v2/documents/").await;
    let document = &list["items"][0];
    let download = document["meta"]["download_url"].as_str().expect("an address");
    let path = download.strip_prefix("http://site.test").expect("a whole address");
    assert_eq!(server.get(path).await.status, 200);
    let id = document["id"].as_i64().expect("an id");
    assert_eq!(server.api(&format!("/api/v2/documents/{id}/")).await, *document, "a document has no more");
    let tagged = server.get("/api/v2/documents/?tags=nothing%2Cat%20all").await;
    assert_eq!(tagged.json(), json!({ "meta": { "total_count": 0 }, "items": [] }));
    let refused = server.get("/api/v2/documents/?width=3").await;
    assert_eq!(refused.status, 400);
}

async fn redirects_are_told_with_where_they_lead(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let page = server.standard_page(home, "Old place", "<p>Words.</p>").await;
    server.content().move_page(page, Position::LastChildOf(about), Channel::Admin).await.expect("moved");
    let list = server.api("/api/v2/redirects/").await;
    let id = list["items"][0]["id"].as_i64().expect("an id");
    let expected = json!({
        "id": id,
        "meta": {
            "type": "wagtailredirects.Redirect",
            "detail_url": format!("http://site.test/api/v2/redirects/{id}/"),
        },
        "old_path": "/old-place",
        "location": "/about/old-place/",
    });
    assert_eq!(list["items"][0].to_string(), expected.to_string());
    assert_eq!(server.api(&format!("/api/v2/redirects/{id}/")).await, expected);
    let answer = server.get("/api/v2/redirects/find/?html_path=/old-place").await;
    let location = format!("http://site.test/api/v2/redirects/{id}/?html_path=%2Fold-place");
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, location.as_str()));
    let none = server.api("/api/v2/redirects/?old_path=/nowhere&order=-old_path").await;
    assert_eq!(none["meta"]["total_count"], 0);
    let restriction = server.restrict(page, password("a password")).await;
    let told = async || server.api(&format!("/api/v2/redirects/{id}/")).await["location"].clone();
    assert_eq!(told().await, Value::Null, "the address of what is not for everybody is not told");
    assert!(restriction > 0 && server.unrestrict(page).await);
    assert_eq!(told().await, "/about/old-place/");
    server.content().unpublish(page, Channel::Admin).await.expect("unpublished");
    let location = &server.api(&format!("/api/v2/redirects/{id}/")).await["location"];
    assert_eq!(*location, Value::Null, "a draft's address is not told");
}

async fn what_is_restricted_is_for_those_who_may_see_it(database: Database) {
    let server = Server::start(database).await;
    let page = secret_page(&server).await;
    let about = server.page_id("/about/").await;
    let (detail, below) =
        (format!("/api/v2/pages/{page}/"), format!("/api/v2/pages/?child_of={about}&slug=sale-of-the-lighthouse"));
    let total = async |cookie: &str| server.get_with(&below, cookie).await.json()["meta"]["total_count"].clone();
    assert_eq!((server.get(&detail).await.status.as_u16(), total("a=b").await), (200, json!(1)));
    let restriction = server.restrict(page, password(PASSWORD)).await;
    assert_eq!((server.get(&detail).await.status.as_u16(), total("a=b").await), (404, json!(0)));
    let find = "/api/v2/pages/find/?html_path=/about/sale-of-the-lighthouse/";
    assert_eq!(server.get(find).await.status, 404);
    let other = server.get(&format!("{find}&id={about}")).await;
    assert!(other.header("location").contains(&format!("/api/v2/pages/{about}/")), "{}", other.header("location"));
    for place in ["child_of", "descendant_of", "ancestor_of", "translation_of"] {
        assert_eq!(server.get(&format!("/api/v2/pages/?{place}={page}")).await.status, 400, "{place}");
    }
    let inside = cookie(&server.give(SLUG, restriction, PASSWORD).await);
    assert_eq!((server.get_with(&detail, &inside).await.status.as_u16(), total(&inside).await), (200, json!(1)));
    server.user("grace", false).await;
    server.user("ada", true).await;
    let (member, superuser) = (server.session_of("grace").await, server.session_of("ada").await);
    assert_eq!((server.get_with(&detail, &member).await.status.as_u16(), total(&member).await), (404, json!(0)));
    assert_eq!((server.get_with(&detail, &superuser).await.status.as_u16(), total(&superuser).await), (200, json!(1)));
    assert!(server.unrestrict(page).await);
    server.restrict(page, Rule::Login).await;
    assert_eq!((server.get_with(&detail, &inside).await.status.as_u16(), total("a=b").await), (404, json!(0)));
    assert_eq!((server.get_with(&detail, &member).await.status.as_u16(), total(&member).await), (200, json!(1)));
    let parent = server.standard_page(page, "Below it", "<p>Words.</p>").await;
    assert_eq!(server.get(&format!("/api/v2/pages/{parent}/")).await.status, 404, "what is below is covered");
}

async fn references_to_what_one_may_not_see_are_null(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let image = server.api("/api/v2/images/?limit=1").await["items"][0]["id"].as_i64().expect("an id");
    let target = server.create(post(&server, "The target").await).await.expect("created");
    server.publish(target).await.expect("published");
    let mut new = post(&server, "The source").await;
    new.fields.insert("read_next".into(), json!(target));
    new.fields.insert("social_image".into(), json!(image));
    let source = server.create(new).await.expect("created");
    server.publish(source).await.expect("published");
    let path = format!("/api/v2/pages/{source}/?fields=_,read_next(author(name)),social_image");
    let told = server.api(&path).await;
    assert_eq!(told["read_next"]["title"], "The target");
    assert_eq!(told["read_next"]["author"]["name"], json!(server.snippet("blog.Author", "maren-osei").await.name));
    assert_eq!(told["social_image"]["id"], json!(image));
    assert!(told["social_image"]["meta"]["download_url"].is_string());
    server.content().unpublish(target, Channel::Admin).await.expect("unpublished");
    server.content().restrict(Target::Collection(1), Rule::Login, Channel::Admin).await.expect("restricted");
    let told = server.api(&path).await;
    assert_eq!(told, json!({ "read_next": null, "social_image": null }));
    assert_eq!(server.api("/api/v2/images/").await["meta"]["total_count"], 0);
    assert_eq!(server.get(&format!("/api/v2/images/{image}/")).await.status, 404);
    server.user("grace", false).await;
    let member = server.session_of("grace").await;
    assert_eq!(server.get_with(&format!("/api/v2/images/{image}/"), &member).await.status, 200);
    assert_eq!(server.get_with(&path, &member).await.json()["social_image"]["id"], json!(image));
}

async fn no_list_and_no_page_takes_more_than_four_queries(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    for number in 0..30 {
        server.standard_page(home, &format!("Filler {number}"), "<p>Words.</p>").await;
    }
    let post = server.page_id("/blog/glass-that-isnt-there/").await;
    for path in [
        "pages/".to_owned(),
        format!("pages/?child_of={home}&order=-title"),
        "pages/?type=blog.BlogPage&fields=*".to_owned(),
        "pages/?type=blog.BlogPage&fields=*,author(*),read_next(*,author(*)),social_image(*)&limit=20".to_owned(),
        "pages/?type=blog.BlogPage&fields=body&rich_text_format=html".to_owned(),
        format!("pages/{post}/"),
        format!("pages/{post}/?fields=*,read_next(*,categories(*))&rich_text_format=markdown"),
        "images/?fields=*".to_owned(),
        "documents/?fields=*".to_owned(),
        "redirects/".to_owned(),
        "pages/?search=tide&type=blog.BlogPage&fields=*,author(*),read_next(*)&limit=2".to_owned(),
        "pages/?search=tide+glass+tidde&order=-title&fields=*&rich_text_format=html".to_owned(),
        "pages/?search=tidde+glas".to_owned(),
        "pages/?search=tide&search_operator=and&offset=500".to_owned(),
        "images/?search=a&limit=1".to_owned(),
    ] {
        let answer = server.get(&format!("/api/v2/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.queries() <= 4, "{path} ran {} queries", answer.queries());
    }
}

async fn answers_for_everybody_are_kept_until_something_changes(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let path = "/api/v2/pages/?slug=kept-or-not&fields=search_description";
    let first = server.get(path).await;
    let again = server.get(path).await;
    assert_eq!((first.queries() > 0, again.queries(), first.text()), (true, 0, again.text()));
    assert!(server.get_with(path, "vitrine_session=x").await.queries() > 0, "not for somebody");
    assert_eq!(server.get("/api/v2/pages/").await.status, 200);
    assert_eq!(server.get("/api/v2/pages/0/").await.status, 404, "a list is no page");
    let id = server.standard_page(home, "Kept or not", "<p>Words.</p>").await;
    let list = server.api(path).await;
    assert_eq!(list["items"][0]["id"], json!(id), "a publish forgets");
    server.republish(id, |content| content.search_description = "New words".into()).await;
    assert_eq!(server.api(path).await["items"][0]["meta"]["search_description"], "New words");
    let hits = [("cache", "api"), ("operation", "get"), ("result", "hit")];
    assert!(server.metrics().await.sum("vitrine_cache_operations_total", &hits) >= 1.0);
    let aside = Server::with(Database::Sqlite, &[("cache.enabled", "false")]).await;
    assert!(aside.get(path).await.queries() > 0 && aside.get(path).await.queries() > 0);
}

on_both_databases!(
    answers_for_everybody_are_kept_until_something_changes,
    images_are_told_with_a_file_that_is_there,
    documents_are_told_with_whole_addresses,
    redirects_are_told_with_where_they_lead,
    what_is_restricted_is_for_those_who_may_see_it,
    references_to_what_one_may_not_see_are_null,
    no_list_and_no_page_takes_more_than_four_queries,
);
