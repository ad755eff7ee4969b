//! Snippets by the API: made, listed, changed, published and deleted; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, Scope};

use crate::support::program::{Program, code, each, listed, mistakes};
use crate::support::site::folder_with;
use crate::support::{Answer, Database, Server, on_both_databases};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];
const MAY: [Grant; 1] = [Grant::Global(GlobalPermission::Snippets)];

fn series(name: &str) -> Value {
    json!({ "type": "blog.Series", "name": name, "fields": { "description": "In order." } })
}

fn at(id: i64, rest: &str) -> String {
    format!("/api/v1/snippets/{id}/{rest}")
}

fn id(answer: &Answer) -> i64 {
    answer.json()["id"].as_i64().unwrap_or_else(|| panic!("an id: {}", answer.text()))
}

async fn send(program: &Program<'_>, method: Method, path: &str, body: Option<&Value>) -> Answer {
    program.ask(method, path, &[("if-match", "*")], body).await
}

async fn a_snippet_is_made_changed_and_deleted(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    let made = ann.post("/api/v1/snippets/", &series("Tides")).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (201, at(id(&made), "").as_str()), "{}", made.text());
    let page = at(id(&made), "");
    assert_eq!((&made.json()["slug"], &made.json()["meta"]["live"]), (&json!("tides"), &json!(true)));
    let read = ann.get(&page).await;
    assert_eq!((read.json(), read.header("etag")), (made.json(), made.header("etag")));
    assert!(read.queries() <= 4, "{}", read.header("server-timing"));
    let etag = read.header("etag");
    let known = ann.ask(Method::GET, &page, &[("if-none-match", etag)], None).await;
    assert_eq!(known.status, 304);
    let blind = ann.ask(Method::PATCH, &page, &[], Some(&json!({ "name": "x" }))).await;
    assert_eq!(code(&blind), "if_match_needed");
    let changed = ann.patch(&page, etag, &json!({ "name": "Tides and times" })).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["name"]),
        (200, &json!("Tides and times")),
        "{}",
        changed.text()
    );
    assert_eq!(changed.json()["fields"], made.json()["fields"], "the rest stays");
    assert_eq!(code(&ann.patch(&page, etag, &json!({ "name": "Mine" })).await), "stale");
    let wrong = json!({ "fields": { "description": null, "nothing": 1 } });
    let mut told = mistakes(&ann.patch(&page, "*", &wrong).await);
    told.sort();
    assert_eq!(told, ["/fields/description required", "/fields/nothing unknown_field"]);
    let taken = ann
        .post(
            "/api/v1/snippets/",
            &json!({ "type": "blog.Series", "name": "x", "slug": "tides", "fields": { "description": "x" } }),
        )
        .await;
    assert_eq!(mistakes(&taken), ["/slug slug_taken"]);
    assert_eq!(mistakes(&ann.post("/api/v1/snippets/", &json!({})).await), ["/type required", "/name required"]);
    assert_eq!(
        mistakes(&ann.post("/api/v1/snippets/", &json!({ "type": "home.HomePage", "name": "x" })).await),
        ["/type unknown_type"]
    );
    for (body, told) in [
        (json!({ "type": "blog.Series", "name": "x", "locale": "xx" }), "/locale unknown_locale"),
        (json!({ "type": "blog.Series", "name": "x", "translation_of": 999_999 }), "/translation_of not_found"),
        (json!({ "type": "blog.Series", "name": "x", "translation_of": id(&made) }), "/locale other_language"),
    ] {
        assert_eq!(mistakes(&ann.post("/api/v1/snippets/", &body).await), [told]);
    }
    let refused = send(&ann, Method::POST, &at(id(&made), "publish/"), None).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "no_drafts"));
    assert_eq!(send(&ann, Method::DELETE, &page, None).await.status, 204);
    assert_eq!(ann.get(&page).await.status, 404);
    let used = server.snippet("blog.Author", "maren-osei").await.id;
    let refused = send(&ann, Method::DELETE, &at(used, ""), None).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (409, "in_use"));
    assert_eq!(send(&ann, Method::DELETE, &at(used, "?anyway=true"), None).await.status, 204);
}

async fn snippets_are_listed_in_an_order_a_part_at_a_time(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    assert_eq!(ann.post("/api/v1/snippets/", &series("Tides")).await.status, 201);
    for name in ["One", "Two"] {
        assert_eq!(ann.post("/api/v1/snippets/", &series(name)).await.status, 201);
    }
    for order in ["id", "name", "-name", "updated_at", "-updated_at"] {
        let whole = listed(&ann, &format!("/api/v1/snippets/?type=blog.Series&limit=100&order={order}")).await.0;
        let (in_parts, parts) =
            listed(&ann, &format!("/api/v1/snippets/?type=blog.Series&limit=1&order={order}")).await;
        assert_eq!((&in_parts, parts), (&whole, whole.len()), "{order}");
        let key = |item: &Value| match order.trim_start_matches('-') {
            "id" => format!("{:0>9}", item["id"].to_string()),
            "name" => item["name"].to_string().to_lowercase(),
            _ => item["meta"]["updated_at"].to_string(),
        };
        let mut keys: Vec<String> = whole.iter().map(key).collect();
        if order.starts_with('-') {
            keys.reverse();
        }
        assert!(keys.is_sorted(), "{order}: {keys:?}");
    }
    let searched = ann.get("/api/v1/snippets/?type=blog.Series&search=Tides").await.json();
    assert_eq!(searched["items"].as_array().map(Vec::len), Some(1));
    for wrong in [
        "",
        "?type=blog.Nothing",
        "?type=blog.Series&limit=0",
        "?type=blog.Series&state=new",
        "?type=blog.Series&order=x",
        "?type=blog.Series&after=x",
        // `7 -9223372036854775808 x`
        "?type=blog.Series&order=-updated_at&after=NyAtOTIyMzM3MjAzNjg1NDc3NTgwOCB4",
        "?type=blog.Series&fields.description=x",
    ] {
        assert_eq!(code(&ann.get(&format!("/api/v1/snippets/{wrong}")).await), "bad_request", "{wrong}");
    }
}

async fn a_snippet_with_drafts_is_published_by_itself(database: Database) {
    let file = format!("{}/site/types/blog_series.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("the type is there");
    let drafted = text.replace("translatable = true\n", "translatable = true\ndrafts = true\nrevisions = true\n");
    let folder = folder_with(&[("types/blog_series.toml", &drafted)]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    let made = ann.post("/api/v1/snippets/", &series("Tides")).await;
    assert_eq!(made.json()["meta"]["live"], false, "{}", made.text());
    let id = id(&made);
    let live = send(&ann, Method::POST, &at(id, "publish/"), None).await;
    assert_eq!(live.json()["meta"]["live"], true, "{}", live.text());
    let writer = server.robot("ann", &[Scope::WriteContent, Scope::ReadContent]).await;
    let changed = writer.patch(&at(id, ""), live.header("etag"), &json!({ "name": "Unseen" })).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["meta"]["has_unpublished_changes"]), (200, &json!(true)));
    assert_eq!(server.snippet("blog.Series", "tides").await.name, "Tides", "a draft shows nobody anything");
    assert_eq!(code(&send(&writer, Method::POST, &at(id, "publish/"), None).await), "insufficient_scope");
    let off = send(&ann, Method::POST, &at(id, "unpublish/"), None).await;
    assert_eq!(off.json()["meta"]["live"], false, "{}", off.text());
    let missing = ann.post(&at(id, "revert/"), &json!({ "revision": 999_999 })).await;
    assert_eq!(mistakes(&missing), ["/revision not_found"]);
    let (saves, parts) = listed(&ann, &at(id, "revisions/?limit=1")).await;
    assert_eq!((each(&saves, "name"), parts), (vec![json!("Unseen"), json!("Tides")], 2));
    assert_eq!(each(&saves, "newest"), [json!(true), json!(false)]);
    let first = ann.get(saves[1]["detail_url"].as_str().expect("an address")).await.json();
    assert_eq!((&first["name"], &first["fields"]["description"]), (&json!("Tides"), &json!("In order.")));
    let back = ann.post(&at(id, "revert/"), &json!({ "revision": first["id"] })).await;
    assert_eq!(
        (&back.json()["name"], &back.json()["meta"]["live"]),
        (&json!("Tides"), &json!(false)),
        "{}",
        back.text()
    );
    assert_eq!(ann.get(&at(id, "revisions/999999/")).await.status, 404);
}

const TOOL: &str = r#"
name = "shop.Tool"
kind = "snippet"
label = "Tool"

[[fields]]
name = "sharp"
kind = "boolean"
label = "Sharp"

[[fields]]
name = "finish"
kind = "choice"
label = "Finish"
choices = [{ value = "raw", label = "Raw" }, { value = "oiled", label = "Oiled" }]

[list]
filters = ["sharp", "finish"]
"#;

async fn snippets_are_narrowed_by_their_fields(database: Database) {
    let folder = folder_with(&[("types/tool.toml", TOOL)]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    for (name, sharp, finish) in [("Saw", true, "raw"), ("Plane", true, "oiled"), ("Mallet", false, "oiled")] {
        let new = json!({ "type": "shop.Tool", "name": name, "fields": { "sharp": sharp, "finish": finish } });
        assert_eq!(ann.post("/api/v1/snippets/", &new).await.status, 201, "{name}");
    }
    let list = |query: &str| format!("/api/v1/snippets/?type=shop.Tool{query}");
    for (query, found) in [
        ("&fields.sharp=true", vec!["Saw", "Plane"]),
        ("&fields.sharp=false", vec!["Mallet"]),
        ("&fields.finish=oiled&order=name", vec!["Mallet", "Plane"]),
        ("&fields.finish=oiled&fields.sharp=true&search=PLA&state=live", vec!["Plane"]),
        ("&state=draft", vec![]),
    ] {
        assert_eq!(each(&listed(&ann, &list(query)).await.0, "name"), found, "{query}");
    }
    let sparse = listed(&ann, &list("&fields=fields.finish&limit=1")).await.0;
    assert_eq!(sparse[0], json!({ "fields": { "finish": "raw" } }));
    for wrong in ["&fields.sharp=yes", "&fields.finish=red", "&fields.colour=x"] {
        assert_eq!(code(&ann.get(&list(wrong)).await), "bad_request", "{wrong}");
    }
    let refused = ann.post("/api/v1/snippets/", &json!({ "type": "shop.Tool", "name": "x", "locale": "en" })).await;
    assert_eq!(mistakes(&refused), ["/locale no_translations"]);
}

const GUIDE: &str = r#"
name = "shop.Guide"
kind = "snippet"
label = "Guide"
drafts = true

[[fields]]
name = "text"
kind = "rich_text"
label = "Text"
"#;

async fn rich_text_comes_and_goes_in_the_form_that_is_asked_for(database: Database) {
    let folder = folder_with(&[("types/guide.toml", GUIDE)]);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir)]).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    let home = server.page_id("/").await;
    let about = server.standard_page(home, "Roost", "<p>x</p>").await;
    let stored = format!("<p>See <a linktype=\"page\" id=\"{about}\">the <b>roost</b></a>.</p>");
    let marked = format!("See [the **roost**](wagtail://page?id={about}).");
    let new = json!({ "type": "shop.Guide", "name": "Owls", "fields": { "text": marked } });
    let made = ann.post("/api/v1/snippets/?rich_text=db_markdown", &new).await;
    assert_eq!(
        (made.status.as_u16(), &made.json()["fields"]["text"]),
        (201, &json!(stored)),
        "it is stored as ever: {}",
        made.text()
    );
    let id = id(&made);
    let save = listed(&ann, &at(id, "revisions/")).await.0[0]["detail_url"].as_str().expect("an address").to_owned();
    let told = [
        ("db_html", stored.as_str()),
        ("html", "<p>See <a href=\"/roost/\">the <b>roost</b></a>.</p>"),
        ("db_markdown", marked.as_str()),
        ("markdown", "See [the **roost**](/roost/)."),
    ];
    for (form, text) in told {
        let one = ann.get(&at(id, &format!("?rich_text={form}"))).await;
        let of_list = ann.get(&format!("/api/v1/snippets/?type=shop.Guide&fields=*&rich_text={form}")).await;
        let old = ann.get(&format!("{save}?rich_text={form}")).await;
        for answer in [&one, &of_list, &old] {
            assert!(answer.queries() <= 4, "{form}: {}", answer.header("server-timing"));
        }
        let shown = [&one.json(), &of_list.json()["items"][0], &old.json()].map(|told| told["fields"]["text"].clone());
        assert_eq!(shown, [text, text, text].map(|text| json!(text)), "{form}");
    }
    let path = at(id, "?rich_text=markdown");
    let changed = ann.patch(&path, "*", &json!({ "fields": { "text": "By *night*." } })).await;
    assert_eq!(changed.json()["fields"]["text"], "<p>By <i>night</i>.</p>", "{}", changed.text());
    for path in [at(id, "?rich_text=word"), format!("{save}?rich_text=word")] {
        assert_eq!(ann.get(&path).await.status, 400, "{path}");
    }
    assert_eq!(ann.patch(&at(id, "?rich_text=word"), "*", &json!({ "name": "x" })).await.status, 400);
}

async fn snippets_are_for_those_who_manage_them(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &MAY, &ALL).await;
    let known = id(&ann.post("/api/v1/snippets/", &series("Tides")).await);
    let stranger = server.program("stranger", &[], &ALL).await;
    let nothing = server.robot("ann", &[Scope::Audit]).await;
    let write = server.robot("ann", &[Scope::WriteContent]).await;
    let calls = [
        (Method::GET, "/api/v1/snippets/?type=blog.Series".to_owned(), None),
        (Method::POST, "/api/v1/snippets/".to_owned(), Some(series("Other"))),
        (Method::GET, at(known, ""), None),
        (Method::GET, at(known, "revisions/"), None),
        (Method::GET, at(known, "revisions/1/"), None),
        (Method::PATCH, at(known, ""), Some(json!({ "name": "Other" }))),
        (Method::POST, at(known, "publish/"), None),
        (Method::POST, at(known, "unpublish/"), None),
        (Method::POST, at(known, "revert/"), Some(json!({ "revision": 1 }))),
        (Method::DELETE, at(known, ""), None),
    ];
    for (method, path, body) in calls {
        let nobody = server.send_body(method.clone(), &path, &[], Vec::new()).await;
        assert_eq!(nobody.status, 401, "{method} {path}");
        let refused = send(&stranger, method.clone(), &path, body.as_ref()).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (403, "forbidden"), "{method} {path}");
        let refused = send(&nothing, method.clone(), &path, body.as_ref()).await;
        assert_eq!(code(&refused), "insufficient_scope", "{method} {path}");
        if method != Method::GET {
            let refused = send(&write, method.clone(), &path, body.as_ref()).await;
            assert_eq!(code(&refused), "insufficient_scope", "visitors would see {method} {path}");
        }
    }
    assert_eq!(server.snippet("blog.Series", "tides").await.name, "Tides");
}

on_both_databases!(
    a_snippet_is_made_changed_and_deleted,
    snippets_are_listed_in_an_order_a_part_at_a_time,
    a_snippet_with_drafts_is_published_by_itself,
    snippets_are_narrowed_by_their_fields,
    rich_text_comes_and_goes_in_the_form_that_is_asked_for,
    snippets_are_for_those_who_manage_them,
);
