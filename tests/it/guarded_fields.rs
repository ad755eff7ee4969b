//! Fields that only a group may set: what the others do not see, and what is refused however they send it.

use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{By, GlobalPermission, Grant, PagePermission};
use vitrine::content::{NewPage, site};

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::site::folder_with;
use crate::support::{Answer, Database, Server, on_both_databases};

const MAY: [Grant; 3] = [
    Grant::Global(GlobalPermission::Snippets),
    Grant::Global(GlobalPermission::Settings),
    Grant::Global(GlobalPermission::Groups),
];

fn guarded(file: &str, field: &str) -> String {
    let path = format!("{}/site/types/{file}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the type is there");
    let key = format!("name = \"{field}\"\n");
    assert!(text.contains(&key), "{file} has {field}");
    text.replace(&key, &format!("{key}permission = \"Chiefs\"\n"))
}

/// The default site, where only Chiefs set the standfirst of a page, the role of an author and the text of the footer.
async fn start(database: Database) -> (Server, TempDir) {
    let folder = folder_with(&[
        ("types/standard.toml", &guarded("standard", "standfirst")),
        ("types/blog_author.toml", &guarded("blog_author", "role")),
        ("types/site_settings.toml", &guarded("site_settings", "footer_text")),
    ]);
    let dir = folder.path().display().to_string();
    (Server::with(database, &[("site.dir", &dir), PATIENT]).await, folder)
}

async fn browser<'s>(server: &'s Server, name: &str, page: i64) -> Browser<'s> {
    let on_page = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish];
    let grants: Vec<Grant> = on_page.map(|permission| Grant::Page(page, permission)).into_iter().chain(MAY).collect();
    server.browser(name, &grants).await
}

async fn chief<'s>(server: &'s Server, page: i64) -> Browser<'s> {
    let browser = browser(server, "chief", page).await;
    let (accounts, by) = (server.accounts(), By::cli());
    accounts.create_group("Chiefs", &by).await.expect("created");
    let user = accounts.user("chief").await.expect("found");
    accounts.add_member("Chiefs", &user, &by).await.expect("added");
    browser
}

async fn data(browser: &Browser<'_>, path: &str) -> Value {
    let text = browser.text(path).await;
    let block = text.split("id=\"editor-data\">").nth(1).expect("a data block");
    serde_json::from_str(block.split("</script>").next().expect("its end")).expect("it is JSON")
}

async fn send(browser: &Browser<'_>, path: &str, sent: &Value) -> Answer {
    browser.server.send_json(path, &browser.cookie, sent).await
}

fn names(data: &Value) -> Vec<&str> {
    let fields = data["form"]["fields"].as_array().into_iter().flatten();
    fields.filter_map(|field| field["name"].as_str()).collect()
}

fn assert_refused(answer: &Answer, path: &str) {
    let told = answer.json();
    let error = &told["errors"][0];
    assert_eq!(
        (answer.status.as_u16(), &error["path"], &error["code"]),
        (422, &json!(path), &json!("forbidden")),
        "{told}"
    );
}

async fn a_page_keeps_what_only_others_may_set(database: Database) {
    let (server, _folder) = start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let (ann, chief) = (browser(&server, "ann", home).await, chief(&server, home).await);
    let (edit, draft) = (format!("/admin/pages/{page}/edit/"), format!("/admin/pages/{page}/draft/"));
    let seen = data(&chief, &edit).await;
    assert!(names(&seen).contains(&"standfirst"));
    let mut content = seen["content"].clone();
    content["fields"]["standfirst"] = json!("By the chief");
    let sent = json!({ "base_revision": seen["revision"], "sitting": "c", "automatic": false, "content": content });
    assert_eq!(send(&chief, &draft, &sent).await.status, 200);
    let chiefs = server.page(page).await.latest_revision_id.expect("a revision");
    let seen = data(&ann, &edit).await;
    assert!(!names(&seen).contains(&"standfirst") && names(&seen).contains(&"layout"), "{seen}");
    assert!(seen["content"]["fields"].get("standfirst").is_none() && !seen.to_string().contains("By the chief"));
    // What the form sends leaves it as it is.
    let mut content = seen["content"].clone();
    content["title"] = json!("Kestrels");
    let mut sent = json!({ "base_revision": seen["revision"], "sitting": "a", "automatic": true, "content": content });
    assert_eq!(send(&ann, &draft, &sent).await.status, 200);
    let newest = server.newest(page).await;
    assert_eq!((newest.title.as_str(), &newest.fields["standfirst"]), ("Kestrels", &json!("By the chief")));
    // What is sent beside the form is refused, saved by hand or not.
    for automatic in [true, false] {
        for value in [json!("By ann"), json!(""), Value::Null] {
            sent["base_revision"] = json!(server.page(page).await.latest_revision_id);
            sent["automatic"] = json!(automatic);
            sent["content"]["fields"]["standfirst"] = value;
            assert_refused(&send(&ann, &draft, &sent).await, "standfirst");
        }
    }
    assert_eq!(server.newest(page).await.fields["standfirst"], json!("By the chief"));
    sent["content"]["fields"]["standfirst"] = json!("By the chief");
    assert_eq!(send(&ann, &draft, &sent).await.status, 200, "the value that it has is no change");
    // The preview shows what is there, whatever is sent.
    let preview = send(&ann, &format!("/admin/pages/{page}/preview/"), &json!({ "content": seen["content"] })).await;
    assert!(preview.status == 200 && preview.text().contains("By the chief"), "{}", preview.text());
    // Old revisions come back without it.
    server
        .change(page, |content| drop(content.fields.insert("standfirst".into(), json!("Newer"))))
        .await
        .expect("saved");
    let revert = format!("/admin/pages/{page}/revert/{chiefs}/");
    assert_eq!(location(&ann.post(&revert, &[]).await), edit);
    let newest = server.newest(page).await;
    assert_eq!((newest.title.as_str(), &newest.fields["standfirst"]), ("Kestrel", &json!("Newer")));
    assert_eq!(location(&chief.post(&revert, &[]).await), edit);
    assert_eq!(server.newest(page).await.fields["standfirst"], json!("By the chief"));
    // New pages, made by whoever may not set it.
    let fields = [("standfirst".to_owned(), json!("Smuggled"))].into_iter().collect();
    let id = server.accounts().user("ann").await.expect("found").id;
    let new = NewPage {
        parent: home,
        type_name: "standard.StandardPage".into(),
        title: "New".into(),
        fields,
        ..NewPage::default()
    };
    let made = server.content().create_page(new, vitrine::content::Actor::editor(id, "ann")).await;
    assert!(made.is_err_and(|error| error.to_string().contains("standfirst")));
    // A copy is as its original, and as guarded.
    let copy = ann
        .post(
            &format!("/admin/pages/{page}/copy/"),
            &[("title", "Copy"), ("slug", "copied"), ("to", &home.to_string())],
        )
        .await;
    assert_eq!(copy.status, 303, "{}", copy.text());
    let copied = server.page_id("/copied/").await;
    assert_eq!(server.newest(copied).await.fields["standfirst"], json!("By the chief"));
    sent["base_revision"] = json!(server.page(copied).await.latest_revision_id);
    sent["content"]["fields"]["standfirst"] = json!("By ann");
    assert_refused(&send(&ann, &format!("/admin/pages/{copied}/draft/"), &sent).await, "standfirst");
}

async fn snippets_and_settings_are_guarded_the_same(database: Database) {
    let (server, _folder) = start(database).await;
    let home = server.page_id("/").await;
    let (ann, chief) = (browser(&server, "ann", home).await, chief(&server, home).await);
    let maren = server.snippet("blog.Author", "maren-osei").await;
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    let places = [
        (format!("/admin/snippets/blog.Author/{}/", maren.id), "role"),
        (format!("/admin/settings/site.SiteSettings/{site}/"), "footer_text"),
    ];
    for (place, field) in &places {
        let seen = data(&ann, place).await;
        assert!(!names(&seen).contains(field) && seen["content"]["fields"].get(*field).is_none(), "{place}");
        let mut sent = json!({ "base_revision": seen["revision"], "content": seen["content"] });
        sent["content"]["fields"][*field] = json!("By ann");
        assert_refused(&send(&ann, place, &sent).await, field);
        let whole = data(&chief, place).await;
        let before = whole["content"]["fields"][*field].clone();
        assert!(before.is_string(), "{place}: {before}");
        sent["content"] = seen["content"].clone();
        assert_eq!(send(&ann, place, &sent).await.status, 200, "{place}");
        let kept = data(&chief, place).await;
        assert_eq!(kept["content"]["fields"][*field], before, "{place}");
        let mut sent = json!({ "base_revision": kept["revision"], "content": kept["content"] });
        sent["content"]["fields"][*field] = json!("By the chief");
        let saved = send(&chief, place, &sent).await;
        assert_eq!(saved.status, 200, "{place}: {}", saved.text());
    }
    let content = json!({ "name": "New", "slug": "new", "fields": { "role": "Smuggled" } });
    let made = send(&ann, "/admin/snippets/blog.Author/add/", &json!({ "content": content })).await;
    assert_refused(&made, "role");
    let reverted = ann.post(&format!("{}revert/", places[1].0), &[]).await;
    assert_eq!(reverted.status, 422, "{}", reverted.text());
    assert!(server.get("/about/").await.text().contains("By the chief"), "the footer stays");
}

async fn only_superusers_let_others_into_the_group(database: Database) {
    let (server, _folder) = start(database).await;
    let home = server.page_id("/").await;
    let (ann, _chief) = (browser(&server, "ann", home).await, chief(&server, home).await);
    let id = async |name: &str| server.accounts().group_id(name).await.expect("found");
    let (chiefs, anns) = (id("Chiefs").await, id("ann").await);
    let join = [("action", "add"), ("username", "ann")];
    assert_eq!(ann.post(&format!("/admin/groups/{chiefs}/members/"), &join).await.status, 403);
    assert_eq!(ann.post(&format!("/admin/groups/{chiefs}/name/"), &[("name", "Others")]).await.status, 403);
    server.accounts().rename_group(chiefs, "Elders", &By::cli()).await.expect("renamed");
    assert_eq!(ann.post(&format!("/admin/groups/{anns}/name/"), &[("name", "Chiefs")]).await.status, 403);
    let root = server.root_browser().await;
    assert_eq!(root.post(&format!("/admin/groups/{anns}/name/"), &[("name", "Chiefs")]).await.status, 303);
}

/// Nobody reads elsewhere what the form does not show them.
async fn what_the_form_hides_is_hidden_in_history_lists_and_exports(database: Database) {
    let (server, _folder) = start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrel", "<p>x</p>").await;
    let (ann, chief) = (browser(&server, "ann", home).await, chief(&server, home).await);
    for (title, standfirst) in [("One", "Confidential alpha"), ("Two", "Confidential omega")] {
        let change = |content: &mut vitrine::content::page::PageContent| {
            content.title = title.into();
            content.fields.insert("standfirst".into(), json!(standfirst));
        };
        server.change(page, change).await.expect("saved");
    }
    let newest = server.page(page).await.latest_revision_id.expect("a revision");
    let history = format!("/admin/pages/{page}/history/");
    let reads = [format!("/admin/pages/{page}/compare/live/latest/"), history, format!("/admin/pages/{page}/edit/")];
    for path in &reads {
        let seen = ann.text(path).await;
        assert!(!seen.contains("Confidential") && !seen.contains("alpha") && !seen.contains("omega"), "{path}: {seen}");
    }
    let compared = ann.text(&reads[0]).await;
    assert!(compared.contains("Two") && compared.contains("only others may set"), "the rest is compared: {compared}");
    let compared = chief.text(&reads[0]).await;
    assert!(compared.contains("omega") && !compared.contains("only others may set"), "{compared}");
    assert!(newest > 0 && !ann.text("/admin/search/?q=omega").await.contains("Confidential"));
    // Lists of snippets: the column, the order that would tell it, the table for spreadsheets, and what is searched.
    let list = "/admin/snippets/blog.Author/";
    let maren = server.snippet("blog.Author", "maren-osei").await;
    let role = maren.fields["role"].as_str().expect("a role").to_owned();
    for path in [list.to_owned(), format!("{list}export.csv"), format!("{list}{}/history/", maren.id)] {
        assert!(!ann.text(&path).await.contains(&role), "{path}");
    }
    assert!(!ann.text(&format!("{list}export.csv")).await.contains("role"), "no empty column either");
    assert_eq!(ann.get(&format!("{list}?sort=f.role")).await.status, 400);
    for path in [list.to_owned(), format!("{list}export.csv"), format!("{list}?sort=f.role")] {
        assert!(chief.text(&path).await.contains(&role), "{path}");
    }
}

/// A type that does not say what programs read keeps such fields to itself; the site's own pages show what they show.
async fn programs_do_not_read_what_only_some_may_set(database: Database) {
    let (server, _folder) = start(database).await;
    let about = server.page_id("/about/").await;
    let told = server.get(&format!("/api/v2/pages/{about}/?fields=*")).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json();
    assert!(told.get("body").is_some() && told.get("standfirst").is_none(), "{told}");
    let asked = server.get("/api/v2/pages/?type=standard.StandardPage&standfirst=x").await;
    assert_eq!(asked.status, 400, "{}", asked.text());
    assert!(asked.text().contains("standfirst"), "{}", asked.text());
}

on_both_databases!(
    programs_do_not_read_what_only_some_may_set,
    what_the_form_hides_is_hidden_in_history_lists_and_exports,
    a_page_keeps_what_only_others_may_set,
    snippets_and_settings_are_guarded_the_same,
    only_superusers_let_others_into_the_group,
);
