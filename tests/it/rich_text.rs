//! Rich text on its way from the editor to the visitor: links that follow pages, and one query for all of them.

use std::fmt::Write as _;

use serde_json::json;
use vitrine::telemetry::label::Channel;

use crate::support::{Database, Server, on_both_databases};

/// What is stored of a draft's only paragraph.
async fn stored(server: &Server, id: i64) -> String {
    server.newest(id).await.fields["body"][0]["value"].as_str().expect("a text").to_owned()
}

async fn addresses_of_own_pages_become_links_that_follow_them(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let about = server.page_id("/about/").await;
    let html = "<p><a href=\"http://site.test/about/#team\">us</a> <a href=\"https://site.test/about\">again</a> \
                <a href=\"http://site.test/about/?a=1\">query</a> <a href=\"http://site.test/no-such/\">none</a> \
                <a href=\"https://other.test/about/\">them</a> <a href=\"/about/\">path</a></p>";
    let id = server.standard_page(home, "Harbour", html).await;
    let expected = format!(
        "<p><a linktype=\"page\" id=\"{about}\" fragment=\"team\">us</a> <a linktype=\"page\" id=\"{about}\">again</a> \
         <a href=\"http://site.test/about/?a=1\">query</a> <a href=\"http://site.test/no-such/\">none</a> \
         <a href=\"https://other.test/about/\">them</a> <a href=\"/about/\">path</a></p>"
    );
    assert_eq!(stored(&server, id).await, expected);
    assert!(server.get("/harbour/").await.text().contains("<a href=\"/about/#team\">us</a>"));
    server.republish(about, |content| content.slug = "about-us".into()).await;
    let page = server.get("/harbour/").await;
    assert!(page.text().contains("/about-us/#team\">us</a>"), "{}", page.text());
}

async fn conversion_can_be_exact_or_off(database: Database) {
    let server = Server::with(database, &[("content.link_conversion", "exact")]).await;
    let home = server.page_id("/").await;
    let about = server.page_id("/about/").await;
    let html = "<p><a href=\"http://site.test/about/\">a</a> <a href=\"http://site.test/about/#x\">b</a> <a href=\"https://site.test/about/\">c</a></p>";
    let id = server.standard_page(home, "Exact", html).await;
    let expected = html.replacen("href=\"http://site.test/about/\"", &format!("linktype=\"page\" id=\"{about}\""), 1);
    assert_eq!(stored(&server, id).await, expected);
    let off = server.beside(&[("content.link_conversion", "off")]).await;
    let id = off.standard_page(home, "Off", html).await;
    assert_eq!(stored(&off, id).await, html);
}

async fn a_hundred_links_to_pages_take_one_query(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false")]).await;
    let home = server.page_id("/").await;
    let ids: Vec<i64> = {
        let mut ids = Vec::new();
        for number in 0..100 {
            ids.push(server.standard_page(home, &format!("Buoy {number}"), "<p>x</p>").await);
        }
        ids
    };
    server.standard_page(home, "One link", &format!("<p><a linktype=\"page\" id=\"{}\">a</a></p>", ids[0])).await;
    let mut html = String::from("<p>");
    for id in &ids {
        let _ = write!(html, "<a linktype=\"page\" id=\"{id}\">buoy</a> ");
    }
    server.standard_page(home, "Hundred links", &(html + "</p>")).await;
    let (one, hundred) = (server.get("/one-link/").await, server.get("/hundred-links/").await);
    assert_eq!(hundred.text().matches("href=\"/buoy-").count(), 100);
    assert_eq!(hundred.queries(), one.queries());
    assert!(hundred.queries() <= 4, "{}", hundred.queries());
    assert_eq!(server.metrics().await.sum("vitrine_db_n_plus_one_total", &[]), 0.0);
}

async fn a_link_to_a_page_that_is_gone_is_words_and_comes_back_with_the_page(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let target = server.standard_page(home, "Lamp", "<p>x</p>").await;
    let html = format!(
        "<p>The <a linktype=\"page\" id=\"{target}\">lamp</a> and <a linktype=\"page\" id=\"999999\">none</a>.</p>"
    );
    server.standard_page(home, "Keeper", &html).await;
    assert!(server.get("/keeper/").await.text().contains("The <a href=\"/lamp/\">lamp</a> and none."));
    server.content().unpublish(target, Channel::Admin).await.expect("unpublished");
    let page = server.get("/keeper/").await;
    assert!(page.text().contains("The lamp and none.") && !page.text().contains("None"), "{}", page.text());
    server.publish(target).await.expect("published");
    assert!(server.get("/keeper/").await.text().contains("The <a href=\"/lamp/\">lamp</a> and none."));
}

async fn what_cleaning_removes_is_told_with_its_place(database: Database) {
    let server = Server::start(database).await;
    let types = server.content().types();
    let of_type = types.find("standard.StandardPage").expect("the type is there");
    let fields =
        json!({ "body": [{ "type": "paragraph", "value": "<p onclick=\"x()\">a<script>b</script><u>c</u></p>" }] });
    let serde_json::Value::Object(fields) = fields else { unreachable!("it is an object") };
    let validated = of_type.validate_reporting(&types, &fields, vitrine::content::types::Mode::Draft).expect("valid");
    assert_eq!(validated.values["body"][0]["value"], "<p>ac</p>");
    let [removal] = &validated.removals[..] else { panic!("one text: {:?}", validated.removals) };
    assert_eq!(removal.path, "body[0].value");
    assert_eq!(removal.removed, ["onclick on <p>", "<script>", "<u>"]);
}

on_both_databases!(
    addresses_of_own_pages_become_links_that_follow_them,
    conversion_can_be_exact_or_off,
    a_hundred_links_to_pages_take_one_query,
    a_link_to_a_page_that_is_gone_is_words_and_comes_back_with_the_page,
    what_cleaning_removes_is_told_with_its_place,
);
