//! Lists of snippets in the editor, through the front door: their columns, filters and orders, the table for spreadsheets,
//! and what is done to many of them at once.

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use vitrine::accounts::{By, GlobalPermission, Grant};
use vitrine::content::NewSnippet;
use vitrine::content::snippet::SnippetContent;
use vitrine::telemetry::label::Channel;

use crate::admin_bulk::{WEB, begin, ended, packed, worker};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::post;
use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases, site};

const TOOL: &str = "shop.Tool";
const LIST: &str = "/admin/snippets/shop.Tool/";
const MAY: &[Grant] = &[Grant::Global(GlobalPermission::Snippets)];
const TYPE: &str = r#"
name = "shop.Tool"
kind = "snippet"
label = "Tool"
drafts = true
orderable = true

[[fields]]
name = "maker"
kind = "char"
label = "Maker"

[[fields]]
name = "price"
kind = "decimal"
label = "Price"

[[fields]]
name = "sharp"
kind = "boolean"
label = "Sharp"

[[fields]]
name = "metals"
kind = "multiple_choice"
label = "Metals"
choices = [{ value = "iron", label = "Cast iron" }, { value = "brass", label = "Brass" }]

[[fields]]
name = "finish"
kind = "choice"
label = "Finish"
choices = [{ value = "raw", label = "Raw" }, { value = "oiled", label = "Oiled" }]

[[fields]]
name = "series"
kind = "snippet"
label = "Series"
of = "blog.Series"

[list]
columns = ["maker", "price", "series", "finish"]
"#;

async fn with(database: Database, settings: &[(&str, &str)]) -> (Server, TempDir) {
    let folder = site::folder_with(&[("types/tool.toml", TYPE)]);
    let dir = folder.path().display().to_string();
    let all = [&[("site.dir", dir.as_str()), PATIENT], settings].concat();
    (Server::with(database, &all).await, folder)
}

async fn tool(server: &Server, name: &str, fields: Value) -> i64 {
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    let content = SnippetContent { name: name.into(), slug: String::new(), fields };
    let new = NewSnippet { type_name: TOOL.into(), content, ..NewSnippet::default() };
    server.content().create_snippet(new, Channel::Cli).await.expect("created")
}

/// What a list shows, in its order.
async fn names(browser: &Browser<'_>, query: &str) -> Vec<String> {
    let text = browser.text(&format!("{LIST}{query}")).await;
    let rows = text.split("<th scope=\"row\" class=\"title\">").skip(1);
    rows.filter_map(|row| Some(row.split_once("\">")?.1.split_once("</a>")?.0.to_owned())).collect()
}

async fn columns_filters_and_orders_stand_in_the_address(database: Database) {
    let (server, _folder) = with(database, &[]).await;
    let ann = server.browser("ann", MAY).await;
    let series = server.snippet("blog.Series", "reading-instruments").await.id;
    let saw = json!({ "maker": "<i>Vane", "price": "100.5", "sharp": true, "metals": ["iron", "brass"],
                      "finish": "raw", "series": series });
    let saw = tool(&server, "Saw", saw).await;
    tool(&server, "Adze", json!({ "maker": "bohm", "price": "20", "metals": ["iron"], "finish": "oiled" })).await;
    tool(&server, "Mallet", json!({ "maker": "Zech", "sharp": false })).await;
    server.content().publish_snippet(saw, Channel::Cli).await.expect("published");
    let text = ann.text(LIST).await;
    assert!(text.contains("&lt;i&gt;Vane") && !text.contains("<i>Vane") && text.contains(">100.5</td>"), "{text}");
    for label in ["Maker", "Price", "Series", "Finish"] {
        assert!(text.contains(&format!("data-label=\"{label}\"")), "{label}");
    }
    assert!(text.contains("<select id=\"f-f.sharp\"") && text.contains(">Cast iron</option>"), "{text}");
    for (query, expected) in [
        ("", &["Saw", "Adze", "Mallet"][..]),
        ("?sort=name", &["Adze", "Mallet", "Saw"]),
        ("?sort=name&way=down", &["Saw", "Mallet", "Adze"]),
        ("?sort=f.maker", &["Saw", "Adze", "Mallet"]),
        ("?sort=f.maker&way=down", &["Mallet", "Adze", "Saw"]),
        ("?sort=f.price", &["Adze", "Saw", "Mallet"]),
        ("?sort=f.price&way=down", &["Saw", "Adze", "Mallet"]),
        ("?sort=updated", &["Saw", "Mallet", "Adze"]),
        ("?sort=updated&way=down", &["Adze", "Mallet", "Saw"]),
        ("?status=live", &["Saw"]),
        ("?status=draft", &["Adze", "Mallet"]),
        ("?status=changed", &[]),
        ("?f.sharp=yes", &["Saw"]),
        ("?f.sharp=no", &["Adze", "Mallet"]),
        ("?f.metals=iron&sort=name", &["Adze", "Saw"]),
        ("?f.metals=iron&f.metals=x&f.finish=raw", &["Saw"]),
        ("?f.metals=brass&f.sharp=no", &[]),
        ("?q=mall", &["Mallet"]),
    ] {
        assert_eq!(names(&ann, query).await, expected, "{query}");
    }
    let narrowed = ann.text(&format!("{LIST}?f.sharp=no&sort=f.price")).await;
    assert!(narrowed.contains("name=\"f.sharp\" value=\"no\"") && narrowed.contains("export.csv?f.sharp=no"));
    assert!(narrowed.contains("aria-sort=\"ascending\"") && !narrowed.contains("data-reorder"), "{narrowed}");
    for bad in ["status=x", "way=x", "sort=f.series", "sort=f.sharp", "sort=f.gone", "f.sharp=maybe", "f.finish=wet"] {
        assert_eq!(ann.get(&format!("{LIST}?{bad}")).await.status, 400, "{bad}");
    }
    assert!(ann.get(LIST).await.queries() <= 9, "{}", ann.get(LIST).await.queries());
}

async fn a_list_is_taken_along_as_a_table_without_formulas(database: Database) {
    let (server, _folder) = with(database, &[]).await;
    let ann = server.browser("ann", MAY).await;
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Settings)]).await;
    tool(&server, "=SUM(A1)", json!({ "maker": "@evil", "price": "-3.5", "sharp": true, "metals": ["iron", "brass"] }))
        .await;
    tool(&server, "Plain, \"quoted\"", json!({ "maker": "Vane" })).await;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
                INSERT INTO snippet (type, slug, name, live, translation_key, created_at, updated_at)
                SELECT 'shop.Tool', 'many-' || i, 'Many ' || i, FALSE, 'many-' || i, 0, 0 FROM n";
    execute(&server.database_url, many).expect("written");
    let path = format!("{LIST}export.csv");
    let answer = ann.get(&format!("{path}?sort=name")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"shop.Tool.csv\"");
    let text = answer.text().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "id,name,slug,locale,live,updated_at,maker,price,sharp,metals,finish,series");
    assert!(
        lines[1].contains(",'=SUM(A1),sum-a1,en,false,")
            && lines[1].ends_with(",'@evil,-3.5,Yes,\"Cast iron, Brass\",,")
    );
    assert!(lines[2].contains("\"Plain, \"\"quoted\"\"\""), "{}", lines[2]);
    assert_eq!(lines.len(), 1_103, "all parts, each once");
    let book = ann.get(&format!("{LIST}export.xlsx?sort=name")).await;
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"shop.Tool.xlsx\"");
    let text = vitrine::content::sheet::to_text(&book.body).expect("a workbook");
    assert_eq!(text.lines().count(), 1_103, "all parts, each once");
    assert!(text.contains("\"=SUM(A1)\"") && text.contains("\"@evil\",\"-3.5\",\"Yes\""), "{}", &text[..400]);
    assert_eq!(nobody.get(&format!("{LIST}export.xlsx")).await.status, 403);
    let some = ann.text(&format!("{path}?f.sharp=yes")).await;
    assert_eq!(some.lines().count(), 2, "{some}");
    assert_eq!(ann.get(&format!("{path}?f.sharp=x")).await.status, 400);
    assert_eq!(nobody.get(&path).await.status, 403);
    assert_eq!(server.get(&path).await.status, 303);
    assert_eq!(ann.post(&path, &[("a", "b")]).await.status, 405);
    assert_eq!(ann.get("/admin/snippets/blog.BlogPage/export.csv").await.status, 404);
}

async fn many_are_published_taken_off_and_deleted(database: Database) {
    let (server, _folder) = with(database, &[]).await;
    let ann = server.browser("ann", MAY).await;
    let bulk = format!("{LIST}bulk/");
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(tool(&server, &format!("Tool <b>{number}"), json!({ "finish": "raw" })).await);
    }
    let url = begin(&ann, &bulk, &[("ids", &packed(&ids[..3])), ("action", "publish"), ("next", LIST)]).await;
    let text = ended(&ann, &url).await;
    assert!(text.contains("3 of 3 snippets published") && text.contains("Tool &lt;b&gt;0"), "{text}");
    assert!(
        text.contains(&format!("href=\"{LIST}{}/\"", ids[0])) && text.contains(&format!("href=\"{LIST}\"")),
        "{text}"
    );
    assert_eq!(server.count("snippet WHERE type = 'shop.Tool' AND live"), 3);
    let again = begin(&ann, &bulk, &[("ids", &packed(&ids[..1])), ("action", "publish")]).await;
    assert!(ended(&ann, &again).await.contains("It was live already."));
    let asked = ann.post(&bulk, &[("ids", &packed(&ids[..3])), ("action", "unpublish")]).await;
    assert!(asked.text().contains("Take 3 snippets off the site?"), "{}", asked.text());
    let off = begin(&ann, &bulk, &[("ids", &packed(&ids[..4])), ("action", "unpublish"), ("sure", "1")]).await;
    let text = ended(&ann, &off).await;
    assert!(text.contains("4 of 4 snippets unpublished") && text.contains("It was not live."), "{text}");
    // All that the list shows, not only this part of it.
    let fields = [("all", "1"), ("view", "q=tool&f.finish=raw"), ("action", "delete")];
    let asked = ann.post(&bulk, &fields).await.text().to_owned();
    assert!(asked.contains("Delete 60 snippets?") && asked.contains("and 40 more") && asked.contains("go for good"));
    let chosen = asked.split("name=\"ids\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("ids");
    let gone = begin(&ann, &bulk, &[("ids", chosen), ("action", "delete"), ("sure", "1")]).await;
    let text = ended(&ann, &gone).await;
    assert!(text.contains("60 of 60 snippets deleted"), "{text}");
    assert!(!text.contains(&format!("href=\"{LIST}{}/\"", ids[0])), "nothing leads to what is gone");
    assert_eq!(server.count("object_event WHERE kind = 'snippet' AND event = 'delete' AND actor = 'ann'"), 60);
}

async fn what_is_used_goes_on_purpose_alone_and_rights_are_asked_when_it_is_done(database: Database) {
    let (server, _folder) = with(database, &[WEB]).await;
    let ann = server.browser("ann", MAY).await;
    let maren = server.snippet("blog.Author", "maren-osei").await.id;
    let mut by_maren = post(&server, "By Maren").await;
    by_maren.fields.insert("author".into(), maren.into());
    server.create(by_maren).await.expect("created");
    let (bulk, id) = ("/admin/snippets/blog.Author/bulk/", maren.to_string());
    let delete = [("ids", id.as_str()), ("action", "delete"), ("sure", "1")];
    let url = begin(&ann, bulk, &delete).await;
    let work = worker(&server, &server.content().jobs);
    assert!(ended(&ann, &url).await.contains("0 of 1 snippet deleted"));
    work.abort();
    let late = location(&ann.post(bulk, &[&delete[..], &[("anyway", "1")]].concat()).await).to_owned();
    server.accounts().revoke_grant("ann", MAY[0], &By::cli()).await.expect("revoked");
    let work = worker(&server, &server.content().jobs);
    assert!(ended(&ann, &late).await.contains("You may not manage snippets any more."));
    work.abort();
    let chief = server.browser("chief", MAY).await;
    let tool = tool(&server, "Saw", json!({})).await.to_string();
    for (fields, status) in [
        (vec![("ids", id.as_str())], 400),
        (vec![("action", "delete")], 400),
        (vec![("ids", &id), ("action", "publish")], 400),
        (vec![("ids", &id), ("action", "move")], 400),
        (vec![("ids", &tool), ("action", "delete")], 404),
        (vec![("ids", "987654"), ("action", "delete")], 404),
        (vec![("ids", "1-501"), ("action", "delete")], 400),
        (vec![("all", "1"), ("view", "q=nothing-is-called-that"), ("action", "delete")], 400),
    ] {
        assert_eq!(chief.post(bulk, &fields).await.status, status, "{fields:?}");
    }
    let nobody = server.browser("nobody", &[Grant::Global(GlobalPermission::Settings)]).await;
    assert_eq!(nobody.post(bulk, &delete).await.status, 403);
    assert_eq!(server.send_form(bulk, &delete, &[]).await.status, 303, "signed out");
    assert_eq!(chief.get(bulk).await.status, 405);
}

on_both_databases!(
    columns_filters_and_orders_stand_in_the_address,
    a_list_is_taken_along_as_a_table_without_formulas,
    many_are_published_taken_off_and_deleted,
    what_is_used_goes_on_purpose_alone_and_rights_are_asked_when_it_is_done,
);
