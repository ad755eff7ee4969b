//! Attacks that are stored in fields: written through the editor's front door into every kind of field and block,
//! published, and looked for, as a browser reads them, in every place that shows them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vitrine::content::types::FieldKind;
use vitrine::media::Filter;

use crate::support::attack::{self, ATTACKS, Planted, STRICT};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::dom::{self, assert_harmless, assert_none};
use crate::support::picture::png;
use crate::support::{Answer, Database, Server, on_both_databases};

const SITTING: &str = "1c9f6c0e-7d0a-4f55-9a53-6f2d6a3a4b10";

/// What a form of the editor hands to its script.
pub async fn data(browser: &Browser<'_>, path: &str) -> Value {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_harmless(&answer, path);
    let block = answer.text().split("id=\"editor-data\">").nth(1).expect("a data block");
    serde_json::from_str(block.split("</script>").next().expect("its end")).expect("it is JSON")
}

/// Sends a draft as the editor does.
pub async fn save(browser: &Browser<'_>, page: i64, base: &Value, content: &Value) -> Answer {
    let sent = json!({ "base_revision": base, "sitting": SITTING, "automatic": false, "content": content });
    let answer = browser.server.send_json(&format!("/admin/pages/{page}/draft/"), &browser.cookie, &sent).await;
    assert_harmless(&answer, "the answer to a draft");
    answer
}

/// A new page of a type; its id.
pub async fn add(browser: &Browser<'_>, parent: i64, type_name: &str, title: &str) -> i64 {
    let path = format!("/admin/pages/{parent}/add/{type_name}/");
    let mut answer = browser.post(&path, &[("title", title)]).await;
    if answer.status == 422 {
        assert_harmless(&answer, &path);
        answer = browser.post(&path, &[("title", "planted")]).await;
    }
    let to = location(&answer);
    to.split('/').find_map(|part| part.parse().ok()).unwrap_or_else(|| panic!("no page in {to}"))
}

/// Saves and publishes; where the page is, and its first revision.
pub async fn publish(browser: &Browser<'_>, page: i64, change: impl FnOnce(&mut Value)) -> (String, Value) {
    let opened = data(browser, &format!("/admin/pages/{page}/edit/")).await;
    let mut content = opened["content"].clone();
    change(&mut content);
    let saved = save(browser, page, &opened["revision"], &content).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let sent = json!({ "revision": saved.json()["revision"] });
    let done = browser.server.send_json(&format!("/admin/pages/{page}/publish/"), &browser.cookie, &sent).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_harmless(&done, "the answer to publishing");
    (done.json()["url"].as_str().expect("an address").to_owned(), opened["revision"].clone())
}

/// A file name as browsers send it.
pub fn sendable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().replace('"', "%22")
}

/// Something of each kind that pages refer to.
pub async fn plant(browser: &Browser<'_>) -> Planted {
    let (image, head) = (png(40, 30, 7), ("collection", None, &b"1"[..]));
    let picture: [(&str, Option<&str>, &[u8]); 2] = [head, ("file", Some("planted.png"), &image)];
    assert_eq!(browser.send_parts("/admin/images/", &picture).await.status, 200);
    let text: [(&str, Option<&str>, &[u8]); 2] = [head, ("file", Some("planted.txt"), b"words")];
    assert_eq!(browser.send_parts("/admin/documents/", &text).await.status, 200);
    let media = &browser.server.running.site.app.media;
    let author = json!({ "content": { "name": ATTACKS[1], "slug": "", "fields": {
        "role": ATTACKS[1], "bio": format!("<p>{}</p>", ATTACKS[0]) } } });
    let made = browser.server.send_json("/admin/snippets/blog.Author/add/", &browser.cookie, &author).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let author = made.json()["address"].as_str().and_then(|to| to.split('/').find_map(|part| part.parse().ok()));
    let home = browser.server.page_id("/").await;
    let page = add(browser, home, "standard.StandardPage", ATTACKS[1]).await;
    publish(browser, page, |_| {}).await;
    Planted {
        page,
        image: media.list_images(&Filter::default(), 1).await.expect("listed")[0].id,
        document: media.list_documents(&Filter::default(), 1).await.expect("listed")[0].id,
        author: author.expect("its address"),
    }
}

/// The image and the document say the attack, where they take it.
async fn rename(browser: &Browser<'_>, planted: &Planted, text: &str) {
    for path in [format!("/admin/images/{}/", planted.image), format!("/admin/documents/{}/", planted.document)] {
        let tag = text.replace(',', " ");
        let fields = [("title", text), ("alt", text), ("tags", &tag[..]), ("collection", "1")];
        let answer = browser.post(&path, &fields).await;
        assert!([303, 422].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
        assert_harmless(&answer, &path);
        assert_harmless(&browser.get(&path).await, &path);
    }
}

/// Fields whose kind has a form of its own refuse the attack, and no other field does.
async fn assert_refused_where_it_does_not_fit(browser: &Browser<'_>, page: i64, opened: &Value, text: &str) {
    let mut content = opened["content"].clone();
    for kind in STRICT {
        content["fields"][format!("of_{kind}")] = attack::wrong(kind, text);
    }
    let refused = save(browser, page, &opened["revision"], &content).await;
    let told = refused.json();
    assert_eq!(refused.status, 422, "{text}: {told}");
    let field = |error: &Value| {
        let path = error["path"].as_str().expect("a path");
        path.split(['[', '.']).next().unwrap_or_default().to_owned()
    };
    let found: BTreeSet<String> = told["errors"].as_array().expect("errors").iter().map(field).collect();
    let wanted: BTreeSet<String> = STRICT.iter().map(|kind| format!("of_{kind}")).collect();
    assert_eq!(found, wanted, "{text}");
}

/// One attack in every field of a page; what lives of it in any place that shows the page.
async fn harm_of(browser: &Browser<'_>, planted: &Planted, text: &str) -> Vec<String> {
    let server = browser.server;
    rename(browser, planted, text).await;
    let home = server.page_id("/").await;
    let page = add(browser, home, attack::TYPE, text).await;
    let opened = data(browser, &format!("/admin/pages/{page}/edit/")).await;
    assert_refused_where_it_does_not_fit(browser, page, &opened, text).await;
    let types = server.content().types();
    let known = types.find(attack::TYPE).expect("the site has it");
    let fields = attack::of_fields(&types, &known.fields, text, planted);
    let (url, first) = publish(browser, page, |content| {
        content["seo_title"] = json!(text);
        content["search_description"] = json!(text);
        content["fields"] = Value::Object(fields.clone());
    })
    .await;

    let public = server.get(&url).await;
    assert_eq!(public.status, 200, "{url}: {}", public.text());
    let mut found = dom::harm_at(&public, &url);
    let texts = dom::shown(public.text());
    let times = texts.iter().filter(|shown| shown.contains(text.trim())).count();
    // As text and as an attribute each, for the kinds that take words; and some of the blocks.
    assert!(times > 20, "{text} is shown {times} times, as it was written");

    let of = |rest: &str| format!("/admin/pages/{page}/{rest}");
    let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut places: Vec<String> =
        ["edit/", "history/", "preview/", "copy/", "move/", "delete/", "privacy/", "unpublish/"]
            .iter()
            .chain(&["translate/", "figures/", "weight/", "userbar/", "compare/live/latest/", ""])
            .map(|rest| of(rest))
            .collect();
    places.push(of(&format!("compare/{first}/latest/")));
    for path in ["/admin/pages/", "/admin/search/", "/admin/choose/pages/", "/admin/choose/images/", "/search/"] {
        places.push(format!("{path}?q={query}"));
    }
    places.push(format!("/admin/images/{}/delete/", planted.image));
    places.push(format!("/admin/pages/?below={home}"));
    for path in places {
        let answer = browser.get(&path).await;
        assert!([200, 303, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.status);
        found.extend(dom::harm_at(&answer, &path));
    }
    let unsaved = json!({ "content": opened["content"] });
    let mut unsaved = unsaved;
    unsaved["content"]["title"] = json!(text);
    unsaved["content"]["fields"] = Value::Object(fields);
    let shown = server.send_json(&of("preview/"), &browser.cookie, &unsaved).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    found.extend(dom::harm_at(&shown, "the preview of what is not saved"));
    found
}

async fn no_attack_lives_in_a_field_of_any_kind(database: Database) {
    let folder = attack::site_folder();
    let dir = folder.path().display().to_string();
    let server = Server::in_english(database, &[("site.dir", &dir), PATIENT]).await;
    let root = server.root_browser().await;
    let planted = plant(&root).await;
    let mut found = Vec::new();
    for text in ATTACKS {
        found.extend(harm_of(&root, &planted, text).await);
    }
    assert_none(&found);
}

/// Raw HTML is what its author wrote: of what it says nothing runs, because the page's policy lets nothing run.
async fn raw_html_runs_under_the_policy_alone(database: Database) {
    let folder = attack::site_folder();
    let dir = folder.path().display().to_string();
    let server = Server::in_english(database, &[("site.dir", &dir), PATIENT]).await;
    let root = server.root_browser().await;
    let home = server.page_id("/").await;
    let page = add(&root, home, attack::TYPE, "Raw").await;
    let raw = "<p>Raw</p><script>planted()</script><img src=x onerror=planted()>";
    let (url, _) = publish(&root, page, |content| content["fields"]["of_raw_html"] = json!(raw)).await;
    for answer in [server.get(&url).await, root.get(&format!("/admin/pages/{page}/preview/")).await] {
        assert_eq!(dom::alive(answer.text()).len(), 2, "it is there, as it was written");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"), "{policy}");
        for word in ["form-action 'self'", "base-uri 'none'", "frame-ancestors 'self'"] {
            assert!(policy.contains(word), "{word}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("frame-src"), "{policy}");
    }
    for place in ["edit/", "history/", "compare/live/latest/", ""] {
        let path = format!("/admin/pages/{page}/{place}");
        assert_harmless(&root.get(&path).await, &path);
    }
}

#[test]
fn every_kind_of_field_has_an_attack_of_its_own() {
    let strict: BTreeSet<&str> = STRICT.into_iter().collect();
    let free = ["char", "text", "regex", "rich_text", "raw_html", "block_quote", "static", "stream", "struct", "list"];
    let free = free.into_iter().chain(["image_block", "table", "typed_table", "tags"]);
    let tried: BTreeSet<&str> = strict.into_iter().chain(free).collect();
    assert_eq!(tried, FieldKind::NAMES.into_iter().collect(), "a new kind needs its case in tests/support/attack.rs");
}

#[test]
fn the_look_for_attacks_finds_those_that_live() {
    for text in ATTACKS {
        // As text, in an attribute, and as data, as they should be.
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#x27;");
        let data = json!(text).to_string().replace('<', "\\u003c").replace("-->", "--\\u003e");
        let page = format!(
            "<!doctype html><title>{escaped}</title><p title=\"{escaped}\">{escaped}</p><textarea>{escaped}</textarea>\
             <script type=\"application/json\">{data}</script>"
        );
        assert_eq!(dom::alive(&page), Vec::<String>::new(), "{text}");
    }
    for alive in [
        "<p><script>planted()</script>",
        "<script src=//planted.example/x.js></script>",
        "<p title=\"\"><img src=x onerror=planted()>\">",
        "<input value='' onmouseover='planted()'>",
        "<script type=\"application/json\">{\"a\": \"</script><script>planted()</script>\"}</script>",
        "<script nonce=\"x\">let a = \"planted\"</script>",
        "<textarea></textarea><planted-x></textarea>",
        "<a href=\"javascript:planted()\">x</a>",
        "<a href=\" java\tscript:planted()\">x</a>",
        "<a href=\"data:text/html,planted\">x</a>",
        "<svg><a xlink:href=\"javascript:planted()\"><text>x</text></a></svg>",
        "<img src=\"//planted.example/x\">",
        "<img srcset=\"/a.png 1x, //planted.example/b.png 2x\">",
        "<iframe srcdoc=\"<p>x</p>\"></iframe>",
        "<form action=\"https://planted.example\"></form>",
        "<base href=\"https://planted.example/\">",
        "<meta http-equiv=Refresh content=\"0; url=https://planted.example\">",
        "<object data=x></object>",
        "<svg><foreignObject>x</foreignObject></svg>",
        "<p style=\"background: url(//planted.example)\">x</p>",
        "<style>planted{}</style>",
        "<p>planted49</p>",
        "<template><img src=x onerror=planted()></template>",
    ] {
        assert!(!dom::alive(alive).is_empty(), "{alive}");
    }
    let feed = |inner: &str| format!("<rss version=\"2.0\"><channel>{inner}</channel></rss>");
    for alive in ["<planted-x/>", "<description>&lt;script&gt;planted()&lt;/script&gt;</description>", "<title>x"] {
        assert!(!dom::alive_in_xml(&feed(alive)).is_empty(), "{alive}");
    }
    assert!(
        dom::alive_in_xml(&feed("<title>&lt;script&gt;</title><description>&amp;lt;b&gt;</description>")).is_empty()
    );
}

on_both_databases!(no_attack_lives_in_a_field_of_any_kind, raw_html_runs_under_the_policy_alone);
