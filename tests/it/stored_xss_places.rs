//! Attacks in everything that has a name: groups, people, collections, sites, tags, redirects, snippets, settings, forms,
//! files, addresses. Then the whole editor and the whole site are walked through, as a browser reads them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::content::site;

use crate::api_records::TYPE;
use crate::stored_xss::{add, data, plant, publish, sendable};
use crate::support::account::{PASSWORD, SAME_ORIGIN};
use crate::support::attack::{self, ATTACKS, Planted};
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::dom::{self, MARK, assert_harmless, assert_none};
use crate::support::picture::png;
use crate::support::postgres::number;
use crate::support::screens::{template_of, templates};
use crate::support::{Answer, Database, Server, on_both_databases, site as site_folders};

/// Pages of one address of the editor that are looked at; lists show all that is in them anyhow.
const OF_ONE_KIND: usize = 6;
/// What is no page that a signed-in user walks to: doors by token, files, and a stream.
const NOT_WALKED: [&str; 6] = [
    "/admin/welcome/{token}",
    "/admin/reset/{token}",
    "/admin/static/{name}",
    "/admin/pictures/{id}/{name}",
    "/admin/pages/{id}/live/",
    "/admin",
];
/// What a question to the editor may be about.
const PARAMETERS: [&str; 27] = [
    "q",
    "said",
    "next",
    "kept",
    "to",
    "after",
    "before",
    "cursor",
    "below",
    "view",
    "type",
    "status",
    "locale",
    "sort",
    "collection",
    "tag",
    "user",
    "event",
    "name",
    "page",
    "ids",
    "site",
    "revision",
    "translation_of",
    "order",
    "f.account",
    "f.amount.from",
];

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Sends a form; it is taken or refused, and what it says is harmless.
async fn try_form(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.post(path, fields).await;
    let status = answer.status.as_u16();
    assert!([200, 303, 400, 403, 409, 422, 429].contains(&status), "{path} {fields:?}: {status} {}", answer.text());
    assert_harmless(&answer, &format!("{path} {fields:?}"));
    answer
}

/// One attack as the name of everything that has one.
async fn name_everything(browser: &Browser<'_>, (at, text): (usize, &str), home: &str) {
    let server = browser.server;
    for (path, fields) in [
        ("/admin/groups/", &[("name", text)][..]),
        ("/admin/collections/", &[("name", text), ("into", "1")]),
        (
            "/admin/users/add/",
            &[("username", text), ("name", text), ("email", text), ("by", "typed"), ("password", PASSWORD)],
        ),
        (
            "/admin/users/add/",
            &[("username", &format!("u{at}")), ("name", text), ("by", "typed"), ("password", PASSWORD)],
        ),
        (
            "/admin/sites/add/",
            &[("name", text), ("hostname", &format!("s{at}.example.org")), ("port", "443"), ("root", home)],
        ),
        ("/admin/sites/add/", &[("name", "x"), ("hostname", text), ("port", text), ("root", home)]),
        ("/admin/redirects/add/", &[("from", text), ("to", text)]),
        ("/admin/redirects/add/", &[("from", &format!("/old-{at}/{text}")), ("to", "/about/")]),
        ("/admin/redirects/add/", &[("from", &format!("/to-{at}/")), ("to", &format!("/{text}"))]),
        ("/admin/locales/", &[("code", text), ("name", text)]),
        (
            "/admin/webhooks/add/",
            &[
                ("name", text),
                ("url", &format!("https://example.org/{text}")),
                ("which", "some"),
                ("events", "tag.merged"),
            ],
        ),
        ("/admin/webhooks/add/", &[("name", "x"), ("url", text), ("which", text), ("events", text)]),
        ("/admin/account/profile/", &[("name", text), ("email", text)]),
        ("/admin/account/preferences/", &[("time_zone", text), ("language", text), ("theme", text)]),
        ("/admin/account/tokens/", &[("name", text), ("scopes", "media"), ("days", "30"), ("current", PASSWORD)]),
        ("/admin/account/password/", &[("current", text), ("password", text), ("again", text)]),
        ("/admin/users/bulk/", &[("ids", text), ("action", text)]),
        ("/admin/pages/bulk/", &[("ids", text), ("action", text), ("view", text)]),
    ] {
        try_form(browser, path, fields).await;
    }
    let (name, image) = (sendable(text), png(30, 20, at as u8));
    let head = ("collection", None, &b"1"[..]);
    let picture: [(&str, Option<&str>, &[u8]); 2] = [head, ("file", Some(&format!("{name}.png")), &image)];
    let words = format!("words {at}");
    let document: [(&str, Option<&str>, &[u8]); 2] = [head, ("file", Some(&format!("{name}.txt")), words.as_bytes())];
    let strange: [(&str, Option<&str>, &[u8]); 2] = [head, ("file", Some(&format!("a.{name}")), b"x")];
    for (path, parts) in [("/admin/images/", picture), ("/admin/documents/", document), ("/admin/images/", strange)] {
        let answer = browser.send_parts(path, &parts).await;
        assert!([200, 422].contains(&answer.status.as_u16()), "{path} {name}: {}", answer.text());
        assert_harmless(&answer, &format!("{path} {name}"));
    }
    let table =
        format!("from,to\n\"{0}\",\"{0}\"\n\"/x{at}/{0}\",\"javascript:planted()\"\n", text.replace('"', "\"\""));
    let import: [(&str, Option<&str>, &[u8]); 2] = [("file", Some(&name), table.as_bytes()), ("do", None, b"try")];
    assert_harmless(&browser.send_parts("/admin/redirects/import/", &import).await, "an import");
    let fields = json!({ "reference": format!("{at}"), "account": "DE1", "amount": "1", "booked": "2026-01-01",
                         "payee": text, "note": text });
    for fields in [fields, json!({ "reference": text, "account": text, "amount": text, "booked": text, "kind": text })]
    {
        let (path, row) = ("/admin/records/transactions/add/", json!({ "content": { "fields": fields } }));
        assert_harmless(&server.send_json(path, &browser.cookie, &row).await, path);
    }
    let author = json!({ "content": { "name": text, "slug": text, "fields": { "role": text } } });
    let refused = server.send_json("/admin/snippets/blog.Author/add/", &browser.cookie, &author).await;
    assert_eq!(refused.status, 422, "no attack is a slug: {}", refused.text());
    for kind in ["Author", "Category", "Series"] {
        let content =
            json!({ "content": { "name": text, "slug": "", "fields": { "role": text, "description": text } } });
        let path = format!("/admin/snippets/blog.{kind}/add/");
        assert_harmless(&server.send_json(&path, &browser.cookie, &content).await, &path);
    }
    for (path, key) in [("/admin/login/", "username"), ("/admin/reset/", "name")] {
        let fields = [(key, text), ("password", text), ("email", text), ("next", text)];
        assert_harmless(&server.send_form(path, &fields, &[SAME_ORIGIN]).await, path);
    }
}

/// A post in the journal, so that feeds, lists and tags have it too.
async fn write_post(browser: &Browser<'_>, text: &str, planted: &Planted) -> i64 {
    let server = browser.server;
    let types = server.content().types();
    let index = server.page_id("/blog/").await;
    let post = add(browser, index, "blog.BlogPage", text).await;
    let category = server.snippet("blog.Category", "water").await.id;
    let mut fields = attack::of_fields(&types, &types.find("blog.BlogPage").expect("known").fields, text, planted);
    fields["author"] = json!(planted.author);
    fields["categories"] = json!([category]);
    publish(browser, post, |content| {
        content["seo_title"] = json!(text);
        content["fields"] = Value::Object(fields);
    })
    .await;
    post
}

/// A form whose labels, help, choices and words are the attack, sent with the attack in every field.
async fn write_form(browser: &Browser<'_>, text: &str, planted: &Planted) {
    let server = browser.server;
    let types = server.content().types();
    let home = server.page_id("/").await;
    let page = add(browser, home, "forms.FormPage", text).await;
    let mut fields = attack::of_fields(&types, &types.find("forms.FormPage").expect("known").fields, text, planted);
    fields["landing_page"] = Value::Null;
    for field in fields["form_fields"].as_array_mut().expect("a stream") {
        let value = field["value"].as_object_mut().expect("a struct");
        value["name"] = json!("");
        for key in ["required", "max_length", "min", "max", "default"] {
            value.remove(key);
        }
    }
    let (url, _) = publish(browser, page, |content| content["fields"] = Value::Object(fields)).await;
    let shown = server.get(&url).await;
    assert_harmless(&shown, &url);
    let names: Vec<&str> = shown.text().split("name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let sent: Vec<(&str, &str)> = names.into_iter().map(|name| (name, text)).collect();
    assert_harmless(&server.send_form(&url, &sent, &[SAME_ORIGIN]).await, &url);
}

/// The settings of the default site, all of them attacks.
async fn settle(browser: &Browser<'_>, text: &str, planted: &Planted) {
    let server = browser.server;
    let id = site::list(server.db(), "").await.expect("listed")[0].id;
    let path = format!("/admin/settings/site.SiteSettings/{id}/");
    let opened = data(browser, &path).await;
    let types = server.content().types();
    let fields = attack::of_fields(&types, &types.find("site.SiteSettings").expect("known").fields, text, planted);
    let sent = json!({ "base_revision": opened["revision"], "content": { "fields": fields } });
    let answer = server.send_json(&path, &browser.cookie, &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Everything that is reached by links from the first page, some of each kind: the addresses by their template, and
/// what lives there.
async fn walk(browser: &Browser<'_>, starts: Vec<String>) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let known = templates();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut walked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: VecDeque<String> = starts.into();
    let mut found = Vec::new();
    while let Some(path) = open.pop_front() {
        let path = path.split('#').next().unwrap_or_default().to_owned();
        let Some(template) = template_of(&known, &path) else { continue };
        let of_kind = walked.entry(template.to_owned()).or_default();
        if NOT_WALKED.contains(&template) || of_kind.len() >= OF_ONE_KIND || !seen.insert(path.clone()) {
            continue;
        }
        of_kind.push(path.clone());
        let answer = browser.get(&path).await;
        assert!(answer.status.as_u16() < 405, "{path}: {}", answer.status);
        found.extend(dom::harm_at(&answer, &path));
        if answer.header("content-type").starts_with("text/html") {
            open.extend(dom::links(answer.text()).into_iter().filter(|link| link.starts_with("/admin/")));
        }
        open.extend(Some(answer.header("location").to_owned()).filter(|to| to.starts_with("/admin/")));
    }
    (walked, found)
}

/// Addresses whose parts and questions are attacks; what lives in their answers.
async fn ask_for_attacks(browser: &Browser<'_>, walked: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    let text = "\"'><script>planted()</script>{{7*7}}<planted-x onclick=x>";
    let said = escaped(text);
    for (template, paths) in walked {
        if let Some(path) = paths.first().and_then(|path| path.split('?').next()) {
            for parameter in PARAMETERS {
                let path = format!("{path}?{parameter}={said}");
                found.extend(dom::harm_at(&browser.get(&path).await, &path));
            }
        }
        let hostile: Vec<&str> =
            template.split('/').map(|part| if part.starts_with('{') { &said[..] } else { part }).collect();
        let path = hostile.join("/");
        let answer = browser.get(&path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        found.extend(dom::harm_at(&answer, &path));
        let answer = browser.server.get(&path).await;
        found.extend(dom::harm_at(&answer, &format!("{path}, signed out")));
    }
    found
}

/// What visitors, feed readers and search engines are given.
async fn read_the_site(server: &Server) -> Vec<String> {
    let mut found = Vec::new();
    let mut paths: Vec<String> = ["/", "/blog/", "/blog/rss.xml", "/blog/atom.xml", "/blog/feed.json", "/sitemap.xml"]
        .iter()
        .chain(&["/sitemaps/en-1.xml", "/llms.txt", "/robots.txt", "/about/", "/contact/"])
        .map(|path| (*path).to_owned())
        .collect();
    for text in ATTACKS {
        let said = escaped(text);
        for path in ["/search/?q=", "/", "/blog/tag/", "/blog/?page=", "/blog/category/", "/static/"] {
            paths.push(format!("{path}{said}"));
        }
    }
    let feed = server.get("/blog/atom.xml").await;
    assert!(feed.text().contains(MARK), "attacks are in the feed: {}", feed.text());
    let lists = server.get("/blog/").await;
    paths.extend(dom::links(lists.text()).into_iter().filter(|link| link.starts_with('/')));
    for path in paths {
        let answer = server.get(&path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        found.extend(dom::harm_at(&answer, &path));
    }
    for path in ["/ops", "/ops/traces"] {
        let answer = server.ask_ops(path).await;
        found.extend(dom::alive(answer.text()).into_iter().map(|one| format!("{path}: {one}")));
    }
    found
}

async fn no_attack_lives_anywhere_in_the_editor_or_on_the_site(database: Database) {
    let folder = site_folders::folder_with(&[("types/transactions.toml", TYPE)]);
    let dir = folder.path().display().to_string();
    let server = Server::in_english(database, &[PATIENT, ("site.dir", &dir)]).await;
    let root = server.root_browser().await;
    let planted = plant(&root).await;
    let home = server.page_id("/").await.to_string();
    let mut posts = Vec::new();
    for (at, text) in ATTACKS.into_iter().enumerate() {
        name_everything(&root, (at, text), &home).await;
        posts.push(write_post(&root, text, &planted).await);
    }
    for text in [ATTACKS[1], ATTACKS[6], ATTACKS[20]] {
        write_form(&root, text, &planted).await;
        settle(&root, text, &planted).await;
    }
    let packed = posts.iter().take(5).map(i64::to_string).collect::<Vec<_>>().join(".");
    let work = try_form(&root, "/admin/pages/bulk/", &[("ids", &packed), ("action", "publish")]).await;
    let agent = ("user-agent", ATTACKS[1]);
    server.log_in_with("root", PASSWORD, &[agent]).await;
    let gone = posts[0];
    try_form(&root, &format!("/admin/pages/{gone}/delete/"), &[("word", "x"), ("anyway", "1"), ("sure", "1")]).await;

    let one = posts[3];
    let author = planted.author;
    let mut starts: Vec<String> = ["", "edit/", "history/", "preview/", "published/?revision=1", "figures/", "weight/"]
        .iter()
        .chain(&["userbar/", "add/", "move/", "copy/", "privacy/", "delete/", "translate/", "unpublish/"])
        .map(|rest| format!("/admin/pages/{one}/{rest}"))
        .collect();
    starts.insert(0, "/admin/".to_owned());
    starts.push(format!("/admin/pages/{one}/compare/live/latest/"));
    starts.push(format!("/admin/pages/move/?ids={packed}"));
    starts.push(format!("/admin/pages/delete/?ids={packed}"));
    starts.push(format!("/admin/snippets/blog.Author/{author}/"));
    starts.push(format!("/admin/snippets/blog.Author/{author}/history/"));
    starts.push(format!("/admin/snippets/blog.Author/{author}/delete/"));
    starts.push(location(&work).to_owned());
    let row = number(&server.database_url, "SELECT MIN(id) FROM record");
    for rest in ["history/", "delete/", ""] {
        starts.push(format!("/admin/records/transactions/{row}/{rest}"));
    }
    starts.push("/admin/settings/site.SiteSettings/".to_owned());
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    starts.push(format!("/admin/settings/site.SiteSettings/{site}/preview/"));
    starts.push(format!("/admin/groups/1/pages/?page={one}"));
    starts.push("/admin/groups/1/collections/?collection=1".to_owned());
    for path in
        ["choose/pages/", "choose/images/", "choose/documents/", "choose/snippets/?type=blog.Author", "choose/tags/?q="]
    {
        starts.push(format!("/admin/{path}"));
    }
    starts.extend(
        ["login/", "reset/", "trash/", "tags/", "bulk/", "reports/", "locales/"].map(|rest| format!("/admin/{rest}")),
    );
    let (walked, mut found) = walk(&root, starts).await;
    let missed: Vec<String> = templates()
        .into_iter()
        .filter(|template| !NOT_WALKED.contains(&&template[..]) && !walked.contains_key(template))
        .collect();
    assert!(missed.is_empty(), "pages of the editor that nobody looked at: {missed:#?}");
    found.extend(ask_for_attacks(&root, &walked).await);
    found.extend(read_the_site(&server).await);
    assert_none(&found);
    let refused = server.send(Method::GET, &format!("/admin/welcome/{}", escaped(ATTACKS[0])), &[]).await;
    assert_harmless(&refused, "a door by token");
}

on_both_databases!(no_attack_lives_anywhere_in_the_editor_or_on_the_site);
