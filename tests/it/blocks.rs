//! Blocks on a page: every kind without a template of its own, tables, and ids that stay.

use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::content::NewPage;
use vitrine::telemetry::label::Channel;

use crate::support::{Database, Server, on_both_databases, site};

const BLOCKS: &str = r#"
[words]
kind = "char"
css_class = "loud large"
[lines]
kind = "text"
[mail]
kind = "email"
[link_to]
kind = "url"
[amount]
kind = "integer"
[share]
kind = "float"
[price]
kind = "decimal"
[code_name]
kind = "regex"
pattern = "^[a-z]+$"
[yes]
kind = "boolean"
[day]
kind = "date"
[hour]
kind = "time"
[instant]
kind = "datetime"
[tone]
kind = "choice"
choices = [{ value = "a", label = "Loud" }, { value = "b", label = "Soft" }]
[tones]
kind = "multiple_choice"
choices = [{ value = "a", label = "Loud" }, { value = "b", label = "Soft" }]
[prose]
kind = "rich_text"
[markup]
kind = "raw_html"
[said]
kind = "block_quote"
[note]
kind = "static"
text = "Editors see this."
[leads_to]
kind = "page"
[writer]
kind = "snippet"
of = "blog.Author"
[shelves]
kind = "snippets"
of = "blog.Category"
[picture]
kind = "image"
[framed]
kind = "image_block"
[paper]
kind = "document"
[film]
kind = "embed"
[grid]
kind = "table"
[figures]
kind = "typed_table"
blocks = ["words", "amount", "leads_to"]
[card]
kind = "struct"
label_format = "{title} ({count})"
preview_value = { title = "A card", count = 2 }
[[card.groups]]
label = "Settings"
collapsed = true
fields = ["count"]
[[card.fields]]
name = "title"
kind = "char"
form_attrs = { placeholder = "A name" }
[[card.fields]]
name = "count"
kind = "integer"
default = 1
[[card.fields]]
name = "inside"
kind = "stream"
blocks = ["words"]
[[card.fields]]
name = "points"
kind = "list"
block = "words"
[row]
kind = "list"
block = "card"
[column]
kind = "stream"
blocks = ["words", "row"]
"#;

const TYPE: &str = r#"
name = "all.Kinds"
kind = "page"
label = "All kinds"
template = "all.html"
[[fields]]
name = "body"
kind = "stream"
blocks = ["words", "lines", "mail", "link_to", "amount", "share", "price", "code_name", "yes", "day", "hour", "instant", "tone", "tones", "prose", "markup", "said", "note", "leads_to", "writer", "shelves", "picture", "framed", "paper", "film", "grid", "figures", "card", "row", "column"]
"#;

/// The default site with a type that takes blocks of all kinds, none of which has a template.
async fn start(database: Database) -> (Server, TempDir) {
    let library = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/site/types/blocks.toml"));
    let library = library.expect("the library is there") + BLOCKS;
    let home = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/site/types/home.toml"));
    let home = home.expect("the type is there").replace("child_types = [", "child_types = [\"all.Kinds\", ");
    let folder = site::folder_with(&[
        ("types/home.toml", &home),
        ("types/blocks.toml", &library),
        ("types/all.toml", TYPE),
        ("templates/all.html", "<!doctype html><title>{{ page.title }}</title>{{ page.body|blocks }}"),
    ]);
    let dir = folder.path().display().to_string();
    (Server::with(database, &[("site.dir", &dir)]).await, folder)
}

async fn page_with(server: &Server, body: Value) -> i64 {
    let fields = [("body".to_owned(), body)].into_iter().collect();
    let parent = server.page_id("/").await;
    let new = NewPage { parent, type_name: "all.Kinds".into(), title: "All".into(), fields, ..NewPage::default() };
    let id = server.create(new).await.expect("created");
    server.publish(id).await.expect("published");
    id
}

async fn every_kind_of_block_shows_without_a_template(database: Database) {
    let (server, _folder) = start(database).await;
    let about = server.page_id("/about/").await;
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    let category = server.snippet("blog.Category", "water").await.id;
    let shown = [
        ("words", json!("A & B"), "<div class=\"block block-words loud large\">A &amp; B</div>".to_owned()),
        ("lines", json!("one\ntwo"), "one<br>two".into()),
        ("mail", json!("a@example.com"), "<a href=\"mailto:a@example.com\">a@example.com</a>".into()),
        ("link_to", json!("https://example.com/?a=1&b"), "<a href=\"https://example.com/?a=1&amp;b\">".into()),
        ("amount", json!(0), "<div class=\"block block-amount\">0</div>".into()),
        ("share", json!(0.5), ">0.5<".into()),
        ("price", json!("12.50"), ">12.50<".into()),
        ("code_name", json!("abc"), ">abc<".into()),
        ("yes", json!(false), "<div class=\"block block-yes\">No</div>".into()),
        ("day", json!("2026-01-31"), "<time datetime=\"2026-01-31\">31 January 2026</time>".into()),
        ("hour", json!("09:30"), "<time datetime=\"09:30:00\">09:30</time>".into()),
        ("instant", json!("2026-01-31T09:30:00Z"), "<time datetime=\"2026-01-31T09:30:00Z\">31 January 2026".into()),
        ("tone", json!("b"), "<div class=\"block block-tone\">Soft</div>".into()),
        ("tones", json!(["b", "a"]), "<div class=\"block block-tones\">Soft, Loud</div>".into()),
        ("prose", json!("<p>A <b>b</b></p>"), "<p>A <b>b</b></p>".into()),
        ("markup", json!("<custom-el></custom-el>"), "<custom-el></custom-el>".into()),
        ("said", json!("Quiet."), "<blockquote><p>Quiet.</p></blockquote>".into()),
        ("leads_to", json!(about), "<a href=\"/about/\">".into()),
        ("writer", json!(author), "<div class=\"block block-writer\">Maren Osei</div>".into()),
        ("shelves", json!([category]), "<ul><li>".into()),
        ("film", json!("https://films.example/1"), "https://films.example/1".into()),
        ("grid", json!({ "data": [["H"], ["x"]], "table_header_choice": "row", "table_caption": "C" }),
            "<table><caption>C</caption><thead><tr><th scope=\"col\">H</th></tr></thead><tbody><tr><td>x</td></tr></tbody>".into()),
        ("figures", json!({
            "columns": [{ "type": "words", "heading": "W" }, { "type": "amount", "heading": "N" }, { "type": "leads_to", "heading": "" }],
            "rows": [{ "values": ["a", 0, about] }], "caption": "" }),
            "<tr><td>a</td><td>0</td><td><a href=\"/about/\">About".into()),
        ("card", json!({ "title": "T", "count": 3, "inside": [{ "type": "words", "value": "in" }], "points": ["p"] }),
            "<dt>Title</dt><dd>T</dd>".into()),
        ("row", json!([{ "title": "R" }]), "<ul><li><dl>".into()),
        ("column", json!([{ "type": "words", "value": "c" }]), "<div class=\"block block-column\"><div class=\"block block-words loud large\">c</div></div>".into()),
    ];
    let nothing = ["note", "picture", "framed", "paper"];
    let mut body: Vec<Value> = shown.iter().map(|(name, value, _)| json!({ "type": name, "value": value })).collect();
    body.extend(nothing.iter().map(|name| json!({ "type": name, "value": null })));
    body.push(json!({ "type": "leads_to", "value": 999_999 }));
    page_with(&server, Value::Array(body)).await;
    let answer = server.get("/all/").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (name, _, html) in &shown {
        assert!(answer.text().contains(html.as_str()), "{name}: {html}\n{}", answer.text());
    }
    for name in nothing {
        assert!(!answer.text().contains(&format!("block-{name}\"")), "{name} leaves nothing: {}", answer.text());
    }
    assert_eq!(answer.text().matches("block-leads-to").count(), 1, "a missing target leaves nothing");
    assert!(server.metrics().await.sum("vitrine_missing_references_total", &[("kind", "page")]) >= 1.0);
}

async fn ids_of_blocks_stay_through_every_edit(database: Database) {
    let (server, _folder) = start(database).await;
    let card = json!({ "type": "card", "value": { "title": "T", "points": ["a", "b"] } });
    let id = page_with(&server, json!([card, { "type": "words", "value": "w" }])).await;
    let body = server.newest(id).await.fields["body"].clone();
    let ids = |body: &Value| -> Vec<String> {
        let points = body[0]["value"]["points"].as_array().expect("a list").iter();
        let all = body.as_array().expect("a stream").iter().chain(points).map(|item| item["id"].to_string());
        all.collect()
    };
    assert!(ids(&body).iter().all(|id| id.len() == 38), "every block and item has one: {body}");
    server
        .republish(id, |content| {
            content.fields["body"][1]["value"] = "changed".into();
            content.fields["body"][0]["value"]["points"][0]["value"] = "changed".into();
        })
        .await;
    assert_eq!(ids(&server.newest(id).await.fields["body"]), ids(&body));
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    server.publish(id).await.expect("published");
    assert_eq!(ids(&server.newest(id).await.fields["body"]), ids(&body));
    let types = server.content().types();
    let card = types.block("card").expect("it is declared");
    assert_eq!(card.label_of(&body[0]["value"]), "T (1)");
    assert_eq!(card.label_of(&json!({})), "Card");
}

on_both_databases!(every_kind_of_block_shows_without_a_template, ids_of_blocks_stay_through_every_edit);
