//! `/api/v2/` as Wagtail's API answers: bytes, statuses, headers, refusals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::edit::{post, standard_page};
use crate::support::{Answer, Database, Server, on_both_databases};

impl Server {
    /// The JSON of an answer that is 200.
    pub async fn api(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The titles of a list, in its order.
    pub async fn titles(&self, query: &str) -> Vec<String> {
        let list = self.api(&format!("/api/v2/pages/?{query}")).await;
        let items = list["items"].as_array().expect("a list");
        items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
    }
}

/// The status and the message of a refusal.
fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.text());
    let message =
        answer.json()["message"].as_str().unwrap_or_else(|| panic!("no message: {}", answer.text())).to_owned();
    (answer.status.as_u16(), message)
}

async fn a_list_and_a_page_are_wagtails_to_the_byte(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let home = server.page_id("/").await;
    let id = server.standard_page(home, "Grüße \"hier\"", "<p>Hallo <b>du</b></p>").await;
    let list = server.get(&format!("/api/v2/pages/?id={id}")).await;
    let at = server.api(&format!("/api/v2/pages/{id}/")).await["meta"]["first_published_at"].clone();
    let expected = format!(
        r#"{{
    "meta": {{
        "total_count": 1
    }},
    "items": [
        {{
            "id": {id},
            "meta": {{
                "type": "standard.StandardPage",
                "detail_url": "http://site.test/api/v2/pages/{id}/",
                "html_url": "http://site.test/grusse-hier/",
                "slug": "grusse-hier",
                "first_published_at": {at}
            }},
            "title": "Grüße \"hier\""
        }}
    ]
}}"#
    );
    assert_eq!(list.text(), expected);
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(list.header("allow"), "GET, HEAD, OPTIONS");
    assert_eq!(list.header("vary"), "Accept, Cookie");
    let detail = server.get(&format!("/api/v2/pages/{id}/?fields=-body,-standfirst,-reviewed_on")).await;
    let expected = format!(
        r#"{{
    "id": {id},
    "meta": {{
        "type": "standard.StandardPage",
        "detail_url": "http://site.test/api/v2/pages/{id}/",
        "html_url": "http://site.test/grusse-hier/",
        "slug": "grusse-hier",
        "show_in_menus": false,
        "seo_title": "",
        "search_description": "",
        "first_published_at": {at},
        "alias_of": null,
        "parent": {{
            "id": {home},
            "meta": {{
                "type": "home.HomePage",
                "detail_url": "http://site.test/api/v2/pages/{home}/",
                "html_url": "http://site.test/"
            }},
            "title": "{title}"
        }}
    }},
    "title": "Grüße \"hier\"",
    "art": "",
    "art_alt": "",
    "layout": "wide",
    "social_image": null
}}"#,
        title = server.newest(home).await.title
    );
    assert_eq!(detail.text(), expected);
    let body = &server.api(&format!("/api/v2/pages/{id}/")).await["body"][0];
    assert_eq!((&body["type"], &body["value"]), (&json!("paragraph"), &json!("<p>Hallo <b>du</b></p>")));
    let keys: Vec<&String> = body.as_object().expect("a block").keys().collect();
    assert_eq!(keys, ["type", "value", "id"]);
    let home = server.api(&format!("/api/v2/pages/{home}/")).await;
    assert_eq!(home["meta"]["parent"], Value::Null, "what is above the site is not told");
    assert!(home["meta"].get("locale").is_none());
}

async fn a_site_in_several_languages_tells_them(database: Database) {
    let server = Server::start(database).await;
    let list = server.api("/api/v2/pages/?limit=1").await;
    let meta = list["items"][0]["meta"].as_object().expect("meta");
    assert_eq!(meta.keys().next_back().map(String::as_str), Some("locale"));
    let german = server.api("/api/v2/pages/?locale=de&limit=20").await;
    assert!(german["meta"]["total_count"].as_i64() > Some(1));
    let items = german["items"].as_array().expect("a list");
    assert!(items.iter().all(|item| item["meta"]["locale"] == "de"), "{german}");
    assert_eq!(
        refusal(&server.get("/api/v2/pages/?locale=xx").await),
        (404, "No Locale matches the given query.".into())
    );
    let translated = server.api("/api/v2/pages/?translation_of=root").await;
    assert_eq!(translated["items"][0]["meta"]["locale"], "de");
    assert_eq!(translated["meta"]["total_count"], 1);
}

async fn the_framework_answers_as_django_rest_framework_does(database: Database) {
    let server = Server::start(database).await;
    let answer = server.send(Method::POST, "/api/v2/pages/", &[]).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.text(), "{\n    \"detail\": \"Method \\\"POST\\\" not allowed.\"\n}");
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let answer = server.send(Method::GET, "/api/v2/images/", &[("accept", "text/html")]).await;
    assert_eq!(answer.status, 406);
    assert_eq!(answer.json(), json!({ "detail": "Could not satisfy the request Accept header." }));
    let answer = server.send(Method::OPTIONS, "/api/v2/documents/", &[]).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["name"]), (200, &json!("Documents Api")));
    assert_eq!(answer.json()["renders"], json!(["application/json"]));
    let get = server.get("/api/v2/pages/?limit=2").await;
    let head = server.send(Method::HEAD, "/api/v2/pages/?limit=2", &[]).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    let narrow =
        server.send(Method::GET, "/api/v2/pages/?limit=1&fields=_,id", &[("accept", "application/json; indent=2")]);
    let narrow = narrow.await;
    assert!(narrow.text().starts_with("{\n  \"meta\": {\n    \"total_count\": "), "{}", narrow.text());
    let compact = server.send(Method::GET, "/api/v2/redirects/", &[("accept", "application/json; indent=0")]).await;
    assert!(compact.text().starts_with("{\"meta\":{\"total_count\":"), "{}", compact.text());
    for (path, to) in [
        ("/api/v2/pages", "/api/v2/pages/"),
        ("/api/v2/pages?limit=1&x=%20", "/api/v2/pages/?limit=1&x=%20"),
        ("/api/v2/images/find?id=1", "/api/v2/images/find/?id=1"),
        ("/api/v2/documents/1", "/api/v2/documents/1/"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (301, to), "{path}");
    }
    for path in ["/api/v2/", "/api/v2/pages/abc/", "/api/v2/pages/-1/", "/api/v2/pages/abc", "/api/v2/things/"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
    assert_eq!(refusal(&server.get("/api/v2/pages/?format=xml").await), (404, String::new()));
    assert_eq!(server.get("/api/v2/pages/?format=json&_=17").await.status, 200);
}

async fn refusals_have_wagtails_words(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let home = server.page_id("/").await;
    let draft = server.create(standard_page(home, "Not yet", "<p>No</p>")).await.expect("created");
    let parent_missing = format!("child_of={draft}");
    for (query, words) in [
        ("zzz=1&aaa=2", "query parameter is not an operation or a recognised field: aaa, zzz"),
        ("intro=x", "query parameter is not an operation or a recognised field: intro"),
        ("type=abc", "type doesn't exist"),
        ("type=blog.Author", "type doesn't exist"),
        ("type=blog.BlogPage,", "type doesn't exist"),
        ("fields=123,abc", "unknown fields: 123, abc"),
        ("fields=parent", "unknown fields: parent"),
        ("fields=title(x)", "'title' does not support nested fields"),
        ("fields=title,*", "fields error: '*' must be in the first position"),
        (
            "id=abc",
            "field filter error. 'abc' is not a valid value for id (invalid literal for int() with base 10: 'abc')",
        ),
        (
            "type=blog.BlogPage&social_image=abc",
            "field filter error. 'abc' is not a valid value for social_image (Field 'id' expected a number but got 'abc'.)",
        ),
        (
            "show_in_menus=",
            "field filter error. '' is not a valid value for show_in_menus (expected 'true' or 'false', got '')",
        ),
        ("slug=%00", "field filter error. null characters are not allowed for slug"),
        ("child_of=abc", "child_of must be a positive integer"),
        ("ancestor_of=root", "ancestor_of must be a positive integer"),
        ("descendant_of=-1", "descendant_of must be a positive integer"),
        ("translation_of=5.0", "translation_of must be a positive integer"),
        ("child_of=999999", "parent page doesn't exist"),
        (&parent_missing, "parent page doesn't exist"),
        ("child_of=1", "parent page doesn't exist"),
        ("descendant_of=999999", "ancestor page doesn't exist"),
        ("ancestor_of=999999", "descendant page doesn't exist"),
        ("translation_of=999999", "translation_of page doesn't exist"),
        ("child_of=root&descendant_of=root", "filtering by descendant_of with child_of is not supported"),
        ("order=x", "cannot order by 'x' (unknown field)"),
        ("order=--title", "cannot order by '--title' (invalid field)"),
        ("order=random&offset=0", "random ordering with offset is not supported"),
        ("order=random,title", "random ordering cannot be combined with other fields"),
        ("limit=abc", "limit must be a positive integer"),
        ("offset=", "offset must be a positive integer"),
        ("limit=21", "limit cannot be higher than 20"),
        ("type=blog.BlogPage&tags=a&search=b", "filtering by tag with a search query is not supported"),
        ("slug=a&search=b", "cannot filter by 'slug' while searching (field is not indexed)"),
        ("search=b&order=slug", "cannot order by 'slug' while searching (field is not indexed)"),
        ("search=b&order=random", "cannot order by '?' while searching (field is not indexed)"),
        ("rich_text_format=x", "rich_text_format must be one of 'db_html', 'db_markdown', 'html', 'markdown', got 'x'"),
    ] {
        let answer = server.get(&format!("/api/v2/pages/?{query}")).await;
        assert_eq!(refusal(&answer), (400, words.to_owned()), "{query}");
    }
    for (path, words) in [
        ("pages/999999/", "No Page matches the given query."),
        ("pages/99999999999999999999999/", "No Page matches the given query."),
        ("pages/1/?type=blog.BlogPage", "No BlogPage matches the given query."),
        ("images/999999/", "No Image matches the given query."),
        ("documents/999999/", "No Document matches the given query."),
        ("redirects/999999/", "No Redirect matches the given query."),
        ("pages/?site=nowhere.test", "No Site matches the given query."),
        ("pages/find/?html_path=/nowhere/", "not found"),
        ("pages/find/", "not found"),
        ("images/find/?id=999999", "not found"),
        ("redirects/find/?html_path=/nowhere", ""),
        ("redirects/find/", "not found"),
    ] {
        assert_eq!(refusal(&server.get(&format!("/api/v2/{path}")).await), (404, words.to_owned()), "{path}");
    }
    let searched = format!("/api/v2/pages/{home}/?search=x");
    assert_eq!(refusal(&server.get(&searched).await), (404, String::new()));
    assert_eq!(server.get(&format!("/api/v2/pages/{draft}/")).await.status, 404, "a draft is not told");
    for (query, status) in [("?slug=zzz", 404), ("?type=blog.BlogPage", 404), ("?limit=abc&zzz=1", 200)] {
        let answer = server.get(&format!("/api/v2/pages/{home}/{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
}

async fn what_crashes_wagtail_is_refused(database: Database) {
    let server = Server::start(database).await;
    for path in [
        "pages/?first_published_at=abc",
        "pages/?type=blog.BlogPage&observed_at=abc",
        "pages/?type=blog.BlogPage&categories=abc",
        "pages/?type=standard.StandardPage&reviewed_on=abc",
        "pages/?search=blog&search_operator=xor",
        "pages/find/?id=abc",
        "images/find/?id=abc",
        "documents/find/?id=abc",
        "pages/?site=not-a-site",
        "pages/?site=:80",
        "pages/?site=localhost:abc",
        "pages/find/?html_path=%00",
        "redirects/find/?html_path=%00",
    ] {
        let answer = server.get(&format!("/api/v2/{path}")).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        refusal(&answer);
    }
    assert_eq!(server.api("/api/v2/pages/?offset=99999999999999999999").await["items"], json!([]));
    for none in ["categories=99999999999999999999", "author=99999999999999999999", "alias_of=-99999999999999999999"] {
        assert_eq!(
            server.api(&format!("/api/v2/pages/?type=blog.BlogPage&{none}")).await["items"],
            json!([]),
            "{none}"
        );
    }
    assert_eq!(server.get("/api/v2/pages/?site=").await.status, 200);
    assert_eq!(server.get("/api/v2/pages/?order=&type=&fields=&search_operator=").await.status, 200);
    let many: String = (0..1_100).map(|number| format!("x{number}=1&")).collect();
    assert_eq!(server.get(&format!("/api/v2/pages/?{many}")).await.status, 400);
    let deep = format!("/api/v2/pages/?fields={}", "a(".repeat(500));
    assert_eq!(server.get(&deep).await.status, 400);
}

async fn pages_are_found_by_path_and_by_id(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    for (query, to) in [
        ("html_path=/about/", format!("/api/v2/pages/{about}/?")),
        ("html_path=about", format!("/api/v2/pages/{about}/?")),
        (&format!("id={about}&fields=_,id,type&x=a+b"), format!("/api/v2/pages/{about}/?fields=_%2Cid%2Ctype&x=a+b")),
        (&format!("id=7&id={about}"), format!("/api/v2/pages/{about}/?")),
    ] {
        let answer = server.get(&format!("/api/v2/pages/find/?{query}")).await;
        let location = format!("http://site.test{to}");
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, location.as_str()), "{query}");
    }
    let lost = format!("/api/v2/pages/find/?html_path=/nowhere/&id={about}");
    assert_eq!(server.get(&lost).await.status, 404, "a path that no page has");
}

async fn lists_are_narrowed_and_ordered(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let blog = server.page_id("/blog/").await;
    for (title, featured) in [("Zebra crossings", true), ("apple pies", false), ("Apple trees", true)] {
        let mut new = post(&server, title).await;
        new.fields.insert("featured".into(), json!(featured));
        let id = server.create(new).await.expect("created");
        server.publish(id).await.expect("published");
    }
    let mine = format!("type=blog.BlogPage&child_of={blog}&tags=tests");
    let tree = ["Zebra crossings", "apple pies", "Apple trees"];
    assert_eq!(server.titles(&mine).await, tree, "in the order of the tree");
    assert_eq!(server.titles(&format!("{mine}&order=title")).await, ["Apple trees", "Zebra crossings", "apple pies"]);
    assert_eq!(server.titles(&format!("{mine}&order=-id")).await, ["Apple trees", "apple pies", "Zebra crossings"]);
    let by_flag = server.titles(&format!("{mine}&order=-featured,title")).await;
    assert_eq!(by_flag, ["Apple trees", "Zebra crossings", "apple pies"]);
    assert_eq!(server.titles(&format!("{mine}&featured=true")).await, ["Zebra crossings", "Apple trees"]);
    assert_eq!(server.titles(&format!("{mine}&featured=0&title=apple+pies")).await, ["apple pies"]);
    assert_eq!(server.titles(&format!("{mine}&limit=1&offset=1")).await, ["apple pies"]);
    assert_eq!(server.titles(&format!("{mine}&limit=0")).await, Vec::<String>::new());
    assert_eq!(server.titles(&format!("{mine},nothing")).await, Vec::<String>::new());
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    let water = server.snippet("blog.Category", "water").await.id;
    assert_eq!(server.titles(&format!("{mine}&author={author}&categories={water}")).await, tree);
    assert_eq!(server.titles(&format!("{mine}&author=999999")).await, Vec::<String>::new());
    assert_eq!(server.titles(&format!("{mine}&order=random")).await.len(), 3);
    let list = server.api(&format!("/api/v2/pages/?{mine}&limit=2")).await;
    assert_eq!(list["meta"]["total_count"], 3, "of all, not of the part");
    let zebra = server.page_id("/blog/zebra-crossings/").await;
    let above = server.api(&format!("/api/v2/pages/?ancestor_of={zebra}&fields=_,id")).await;
    assert_eq!(above["items"], json!([{ "id": server.page_id("/").await }, { "id": blog }]));
    let below = server.api(&format!("/api/v2/pages/?descendant_of={blog}&id={zebra}&fields=_,id")).await;
    assert_eq!(below["items"], json!([{ "id": zebra }]));
    let several = server.api("/api/v2/pages/?type=home.HomePage,blog.blogindexpage&fields=_,type").await;
    assert_eq!(
        several["items"],
        json!([{ "meta": { "type": "home.HomePage" } }, { "meta": { "type": "blog.BlogIndexPage" } }])
    );
    assert_eq!(server.titles("search=zebra").await, ["Zebra crossings"]);
    assert_eq!(server.titles("search=zebra&order=-title&type=blog.BlogPage").await, ["Zebra crossings"]);
    assert_eq!(server.titles("search=zebra+pies&search_operator=AND").await, Vec::<String>::new());
    assert_eq!(server.titles("search=zebra+pies&order=title").await, ["Zebra crossings", "apple pies"]);
    assert_eq!(
        server.titles("search=apple+pies&type=blog.BlogPage").await,
        ["apple pies", "Apple trees"],
        "the best first"
    );
    let part = server.api("/api/v2/pages/?search=apple+zebra&type=blog.BlogPage&limit=1&offset=1").await;
    assert_eq!((&part["meta"]["total_count"], part["items"].as_array().map(Vec::len)), (&json!(3), Some(1)));
    let behind = server.api("/api/v2/pages/?search=apple&type=blog.BlogPage&offset=7").await;
    assert_eq!((&behind["meta"]["total_count"], &behind["items"]), (&json!(2), &json!([])));
    assert_eq!(server.titles("search=").await, Vec::<String>::new());
}

async fn fields_are_chosen(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let id = server.create(post(&server, "A post").await).await.expect("created");
    server.publish(id).await.expect("published");
    let author = server.snippet("blog.Author", "maren-osei").await;
    let of = async |fields: &str| {
        server.api(&format!("/api/v2/pages/?type=blog.BlogPage&id={id}&fields={fields}")).await["items"][0].clone()
    };
    assert_eq!(of("_").await, json!({}));
    assert_eq!(of("_,intro,tags").await, json!({ "intro": "An introduction.", "tags": ["tests"] }));
    assert_eq!(of("_,author").await, json!({ "author": { "id": author.id, "meta": { "type": "blog.Author" } } }));
    assert_eq!(of("_,author(_,name,role)").await["author"]["name"], json!(author.name));
    let categories = of("_,categories(slug)").await;
    assert_eq!(categories["categories"][0]["slug"], "water");
    assert_eq!(
        of("-type,-detail_url,-html_url,-slug,-first_published_at").await,
        json!({ "id": id, "title": "A post" })
    );
    assert_eq!(of("-title,title").await["title"], "A post");
    let all = of("*,-body").await;
    let keys: Vec<&str> = all.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys[..4], ["id", "meta", "title", "intro"]);
    assert_eq!(all["meta"]["locale"], "en", "named by *");
    assert_eq!(all["read_next"], Value::Null);
    let base = server.api(&format!("/api/v2/pages/?id={id}&fields=*")).await;
    assert!(base["items"][0].get("intro").is_none(), "pages of any type have what all have");
    let next = server.page_id("/blog/").await;
    assert!(next > 0);
    let formatted = server.api(&format!("/api/v2/pages/{id}/?rich_text_format=markdown")).await;
    assert_eq!(formatted["body"][0]["value"], "Some words.");
}

on_both_databases!(
    a_list_and_a_page_are_wagtails_to_the_byte,
    a_site_in_several_languages_tells_them,
    the_framework_answers_as_django_rest_framework_does,
    refusals_have_wagtails_words,
    what_crashes_wagtail_is_refused,
    pages_are_found_by_path_and_by_id,
    lists_are_narrowed_and_ordered,
    fields_are_chosen,
);
