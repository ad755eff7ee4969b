//! What went wrong in Wagtail, once for each of its advisories of this kind, tried here. Each test first shows that the thing
//! works for whoever may.
//!
//! Some of what they are about does not exist here yet, and is tried on what comes nearest:
//! - 44199 (submissions of another form): there is no page of submissions in the editor; the command line deletes them.
//! - 44201 and GHSA-c2xx (private collections in the API): there is no API; the choosers' JSON, and the files themselves.
//! - GHSA-3vrh (the admin API tells of fields and drafts): the choosers' JSON, with the keys that it may have.
//! - GHSA-x5cx (copying a snippet): the one way to begin a snippet with another's content is to translate it.
//! - GHSA-jm5p (copy for translation): the command line translates pages; the editor has no address for it.
//! - CVE-2024-32882 (permissions of single fields): no field has one of its own; what a form does not show is not taken.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vitrine::accounts::{CollectionPermission, GlobalPermission, Grant, PagePermission, UserChange};
use vitrine::content::privacy::{Rule, Target};
use vitrine::media::NewFile;
use vitrine::telemetry::label::Channel;

use crate::forms::{CONTACT, LETTER, send as send_letter};
use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT};
use crate::support::edit::standard_page;
use crate::support::postgres::number;
use crate::support::process::run;
use crate::support::{Answer, Database, Server, client, on_both_databases, vitrine};

const SECRET: &str = "Sale of the lighthouse";
const EDITOR: [PagePermission; 2] = [PagePermission::Add, PagePermission::Edit];

/// A section that Ann works in, with a page of hers, and a draft beside it that is none of her business.
struct Desk<'s> {
    ann: Browser<'s>,
    section: i64,
    hers: i64,
    secret: i64,
}

async fn desk(server: &Server) -> Desk<'_> {
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let hers = server.create(standard_page(section, "Hers", "<p>Her words.</p>")).await.expect("created");
    let secret = server.create(standard_page(home, SECRET, "<p>It is sold in spring.</p>")).await.expect("created");
    let ann = server.browser("ann", &EDITOR.map(|permission| Grant::Page(section, permission))).await;
    Desk { ann, section, hers, secret }
}

fn assert_silent(answer: &Answer, why: &str) {
    assert!(matches!(answer.status.as_u16(), 403 | 404), "{why}: {} {}", answer.status, answer.text());
    for word in [SECRET, "sold in spring", "sale-of-the-lighthouse"] {
        assert!(!answer.text().contains(word), "{why}: {word:?} is told");
    }
}

async fn revision(server: &Server, page: i64) -> i64 {
    number(&server.database_url, &format!("SELECT MAX(id) FROM revision WHERE page_id = {page}"))
}

/// CVE-2026-25517.
async fn a_preview_takes_the_permission_to_edit(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, hers, secret, .. } = desk(&server).await;
    let content = json!({ "content": server.newest(hers).await });
    let at = |page: i64| format!("/admin/pages/{page}/preview/");
    assert!(ann.text(&at(hers)).await.contains("Her words."));
    assert_eq!(server.send_json(&at(hers), &ann.cookie, &content).await.status, 200);
    assert_silent(&ann.get(&at(secret)).await, "the newest draft");
    assert_silent(&server.send_json(&at(secret), &ann.cookie, &content).await, "what was not saved");
    assert_eq!(server.get(&at(hers)).await.status, 303, "and somebody who is signed in");
    let nobody = server.browser("nobody", &[]).await;
    assert_eq!(nobody.get(&at(hers)).await.status, 403);
    assert_eq!(server.send_json(&at(hers), &nobody.cookie, &content).await.status, 403);
}

/// CVE-2026-44197.
async fn revisions_are_compared_by_those_who_see_the_page(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, hers, secret, .. } = desk(&server).await;
    let (own, other) = (revision(&server, hers).await, revision(&server, secret).await);
    assert_eq!(ann.get(&format!("/admin/pages/{hers}/compare/{own}/latest/")).await.status, 200);
    assert_silent(&ann.get(&format!("/admin/pages/{secret}/compare/{other}/latest/")).await, "a page that is not hers");
    for (a, b) in [(other, own), (own, other), (other, other)] {
        let answer = ann.get(&format!("/admin/pages/{hers}/compare/{a}/{b}/")).await;
        assert_silent(&answer, "another page's revision under the address of hers");
    }
    let revert = server.post(&format!("/admin/pages/{hers}/revert/{other}/"), &ann.cookie).await;
    assert_silent(&revert, "taken into her page");
    assert_eq!(server.newest(hers).await.title, "Hers");
}

/// CVE-2026-44198.
async fn a_history_is_for_those_who_see_the_page(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, hers, secret, .. } = desk(&server).await;
    assert!(ann.text(&format!("/admin/pages/{hers}/history/")).await.contains("<td>create"));
    assert_silent(&ann.get(&format!("/admin/pages/{secret}/history/")).await, "the history");
    let root = server.root_browser().await;
    assert!(root.text("/admin/reports/history/").await.contains(SECRET), "the history of all pages has it");
    for path in ["/admin/reports/history/", "/admin/reports/history/export.csv", "/admin/reports/security/"] {
        assert_silent(&ann.get(path).await, path);
    }
}

/// CVE-2026-44199.
async fn submissions_of_another_form_are_not_deleted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let contact = server.page_id(CONTACT).await.to_string();
    let other = server.page_id("/about/").await.to_string();
    send_letter(&server, CONTACT, &LETTER).await;
    send_letter(&server, CONTACT, &LETTER).await;
    let newest = number(&server.database_url, "SELECT MAX(id) FROM form_submission").to_string();
    let url = format!("database.url={}", server.database_url);
    let delete = |page: &str, which: &[&str]| {
        run(vitrine(server.folder.path()).args(["form", "delete", page]).args(which).args(["--set", &url])).0
    };
    assert_eq!(delete(&contact, &["--id", &newest]), Some(0));
    let left = number(&server.database_url, "SELECT MAX(id) FROM form_submission").to_string();
    assert_eq!(delete(&other, &["--id", &left]), Some(1), "it is of another form");
    delete(&other, &["--all"]);
    assert_eq!(server.rows("form_submission"), 1);
}

/// CVE-2026-44200.
async fn a_page_that_one_may_not_see_is_not_copied(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, section, hers, secret } = desk(&server).await;
    let to = section.to_string();
    let fields = [("to", to.as_str()), ("title", "A copy"), ("slug", "a-copy")];
    assert_eq!(ann.post(&format!("/admin/pages/{hers}/copy/"), &fields).await.status, 303);
    let pages = server.rows("page");
    assert_silent(&ann.get(&format!("/admin/pages/{secret}/copy/")).await, "the form");
    assert_silent(&ann.post(&format!("/admin/pages/{secret}/copy/"), &fields).await, "the copy");
    let whole = [("to", to.as_str()), ("title", "All"), ("subtree", "1")];
    let home = server.page_id("/").await;
    assert_silent(&ann.post(&format!("/admin/pages/{home}/copy/"), &whole).await, "with what is below a page");
    assert_eq!(server.rows("page"), pages);
}

/// Files of a collection that is for those who signed in, and of one within it; the collections.
async fn private_files(server: &Server) -> (i64, i64, Vec<String>) {
    let media = &server.running.site.app.media;
    let private = media.ensure_collection("Private", Channel::Cli).await.expect("made");
    let within = media.ensure_collection("Private/Plans", Channel::Cli).await.expect("made");
    server.content().restrict(Target::Collection(private), Rule::Login, Channel::Admin).await.expect("restricted");
    let mut urls = Vec::new();
    for (collection, text) in [(private, &b"%PDF-1.4 one"[..]), (within, &b"%PDF-1.4 two"[..])] {
        let new =
            NewFile { name: "sale-of-the-lighthouse.pdf".into(), collection: Some(collection), ..NewFile::default() };
        let id = media.add_document(text, new).await.expect("taken");
        urls.push(media.document(id).await.expect("there").url());
    }
    (private, within, urls)
}

async fn assert_files_are_private(server: &Server, at: usize) {
    let (private, within, urls) = private_files(server).await;
    let collection = [private, within][at];
    let choose = |collection| Grant::Collection(collection, CollectionPermission::Choose);
    let open = server.running.site.app.media.ensure_collection("Open", Channel::Cli).await.expect("made");
    let bob = server.browser("bob", &[choose(private)]).await;
    let chooser = "/admin/choose/documents/";
    assert_eq!(
        bob.get(&format!("{chooser}?collection={collection}")).await.json()["items"][0]["filename"],
        "sale-of-the-lighthouse.pdf"
    );
    assert_eq!(bob.get(&urls[at]).await.status, 200, "whoever signed in");
    let ann = server.browser("ann", &[choose(open)]).await;
    for asked in ["", "?q=sale", "?q=lighthouse"] {
        let all = ann.get(&format!("{chooser}{asked}")).await;
        assert!(all.status == 200 && !all.text().contains("lighthouse"), "{asked}: {}", all.text());
    }
    assert_silent(&ann.get(&format!("{chooser}?collection={collection}")).await, "by the id of the collection");
    let visitor = server.get(&urls[at]).await;
    assert_eq!(visitor.status, 403, "a visitor, who knows the address");
    assert!(!visitor.text().contains("%PDF"));
    assert_eq!((visitor.header("etag"), visitor.header("content-disposition")), ("", ""));
}

/// CVE-2026-44201.
async fn a_private_collection_is_told_by_no_list_and_no_file(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    assert_files_are_private(&server, 0).await;
}

/// GHSA-c2xx.
async fn what_is_within_a_private_collection_is_as_private(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    assert_files_are_private(&server, 1).await;
}

/// GHSA-3vrh.
async fn choosers_tell_no_drafts_and_no_fields_beyond_their_own(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, section, secret, .. } = desk(&server).await;
    let chooser = "/admin/choose/pages/";
    let found = ann.get(&format!("{chooser}?parent={section}")).await.json();
    assert_eq!(found["items"][0]["title"], "Hers");
    let keys = |item: &Value| item.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    let known = ["has_children", "id", "live", "may_choose", "title", "type_label", "url"].map(str::to_owned);
    assert_eq!(keys(&found["items"][0]), BTreeSet::from(known), "nothing of the content");
    let home = server.page_id("/").await;
    for asked in [String::new(), format!("?parent={home}"), "?q=sale".into(), "?q=lighthouse".into()] {
        let told = ann.get(&format!("{chooser}{asked}")).await;
        assert!(told.status == 200 && !told.text().contains(SECRET), "{asked}: {}", told.text());
    }
    assert_silent(&ann.get(&format!("{chooser}?parent={secret}")).await, "what is below it");
    let root = server.root_browser().await;
    assert!(root.text(&format!("{chooser}?q=lighthouse")).await.contains(SECRET), "whoever may see it finds it");
}

/// Sends one file to the library.
async fn upload(browser: &Browser<'_>, collection: i64, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\n{collection}\r\n--limit\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"guess.pdf\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=limit");
    let headers = [kind, ("cookie", browser.cookie.as_str()), SAME_ORIGIN];
    let url = format!("{}/admin/documents/", browser.server.site);
    client::try_send_body(&browser.server.client, reqwest::Method::POST, &url, &headers, body).await.expect("an answer")
}

/// GHSA-92hv.
async fn nobody_learns_by_guessing_which_files_there_are(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (private, _, _) = private_files(&server).await;
    let open = server.running.site.app.media.ensure_collection("Open", Channel::Cli).await.expect("made");
    let add = |collection| Grant::Collection(collection, CollectionPermission::Add);
    let told = "The same file is there already";
    let bob = server.browser("bob", &[add(private)]).await;
    let known = upload(&bob, private, b"%PDF-1.4 one").await;
    assert!(known.status == 422 && known.text().contains(told), "of their own: {}", known.text());
    let ann = server.browser("ann", &[add(open)]).await;
    let guessed = upload(&ann, open, b"%PDF-1.4 one").await;
    assert!(guessed.status == 200 && !guessed.text().contains(told), "of others: {}", guessed.text());
    let again = upload(&ann, open, b"%PDF-1.4 one").await;
    assert!(again.status == 422 && again.text().contains(told), "hers: {}", again.text());
}

/// GHSA-x5cx.
async fn a_snippet_is_not_begun_with_one_that_one_may_not_see(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let author = server.snippet("blog.Author", "maren-osei").await;
    let path = format!("/admin/snippets/blog.Author/add/?locale=de&translation_of={}", author.id);
    let may = server.browser("may", &[Grant::Global(GlobalPermission::Snippets)]).await;
    assert!(may.text(&path).await.contains(&author.name));
    let home = server.page_id("/").await;
    let ann = server.browser("ann", &EDITOR.map(|permission| Grant::Page(home, permission))).await;
    for path in [path.as_str(), "/admin/snippets/blog.Author/", "/admin/snippets/"] {
        let answer = ann.get(path).await;
        assert!(answer.status == 403 && !answer.text().contains(&author.name), "{path}: {}", answer.text());
    }
    let snippets = server.rows("snippet");
    let content = json!({ "content": { "name": "Mine", "slug": "mine", "fields": { "role": "x" } } });
    assert_eq!(server.send_json(&path, &ann.cookie, &content).await.status, 403);
    assert_eq!(server.rows("snippet"), snippets);
}

/// GHSA-jm5p.
async fn a_page_is_not_copied_into_another_language_by_those_who_may_not_edit(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, section, hers, .. } = desk(&server).await;
    let german = server.page_id("/de/").await;
    let chief = server
        .browser("chief", &[Grant::Page(section, PagePermission::Edit), Grant::Page(german, PagePermission::Add)])
        .await;
    let to = german.to_string();
    let into = |slug: &'static str| [("to", to.clone()), ("title", "Kopie".to_owned()), ("slug", slug.to_owned())];
    let post = async |browser: &Browser<'_>, slug| {
        let fields = into(slug);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&format!("/admin/pages/{hers}/copy/"), &fields).await.status.as_u16()
    };
    assert_eq!(post(&chief, "kopie").await, 303, "who may see it here, and add there");
    let pages = server.rows("page");
    assert_eq!(post(&ann, "kopie-2").await, 403, "she may not add there");
    let there = server.browser("there", &[Grant::Page(german, PagePermission::Add)]).await;
    assert_eq!(post(&there, "kopie-3").await, 403, "who may not see it here");
    for path in ["translate", "translation", "alias"] {
        let answer = server.post(&format!("/admin/pages/{hers}/{path}/"), &ann.cookie).await;
        assert!(answer.status.is_client_error(), "there is no such address: {path}");
    }
    assert_eq!(server.rows("page"), pages);
}

/// CVE-2024-32882.
async fn what_a_form_does_not_show_is_not_taken(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let Desk { ann, hers, .. } = desk(&server).await;
    let path = format!("/admin/pages/{hers}/draft/");
    let draft = async |change: &dyn Fn(&mut Value)| {
        let mut content = serde_json::to_value(server.newest(hers).await).expect("JSON");
        change(&mut content);
        let base = revision(&server, hers).await;
        let sitting = "0b0c7b0e-7d0a-4f55-9a53-6f2d6a3a4b10";
        let sent = json!({ "base_revision": base, "sitting": sitting, "automatic": false, "content": content });
        server.send_json(&path, &ann.cookie, &sent).await
    };
    assert_eq!(draft(&|content| content["title"] = json!("Still hers")).await.status, 200);
    for field in ["live", "owner", "owner_id", "path", "restricted", "publish_at"] {
        let answer = draft(&|content| content[field] = json!(1)).await;
        assert!(answer.status == 422 || !answer.text().contains("error"), "{field}: {}", answer.text());
    }
    let unknown = draft(&|content| content["fields"]["is_secret"] = json!("x")).await;
    let stored = server.newest(hers).await;
    assert!(unknown.status == 422 || stored.fields.get("is_secret").is_none(), "{}", unknown.text());
    let kept =
        format!("SELECT COUNT(*) FROM page WHERE id = {hers} AND NOT live AND NOT restricted AND owner_id IS NULL");
    assert_eq!(number(&server.database_url, &kept), 1);

    let manager = server.browser("manager", &[Grant::Global(GlobalPermission::Users)]).await;
    let grace = server.user("grace", false).await;
    let user = format!("/admin/users/{grace}/");
    let fields = [("name", "Grace"), ("email", ""), ("locale", ""), ("time_zone", ""), ("active", "1")];
    assert_eq!(manager.post(&user, &fields).await.status, 303);
    let more = [&fields[..], &[("superuser", "1")]].concat();
    assert_eq!(manager.post(&user, &more).await.status, 403, "the box is a superuser's alone");
    let own = [&fields[..4], &[("superuser", "1"), ("is_superuser", "1"), ("active", "")]].concat();
    assert_eq!(ann.post("/admin/account/profile/", &own).await.status, 200, "of oneself nothing but what is shown");
    assert_eq!(server.rows("account WHERE is_superuser"), 0);
    let change = UserChange { is_superuser: Some(true), ..UserChange::default() };
    server.accounts().change_user("grace", change, &vitrine::accounts::By::cli()).await.expect("a superuser");
    assert_eq!(manager.post(&user, &more).await.status, 403, "who is above the manager is not changed");
}

on_both_databases!(
    a_preview_takes_the_permission_to_edit,
    revisions_are_compared_by_those_who_see_the_page,
    a_history_is_for_those_who_see_the_page,
    submissions_of_another_form_are_not_deleted,
    a_page_that_one_may_not_see_is_not_copied,
    a_private_collection_is_told_by_no_list_and_no_file,
    what_is_within_a_private_collection_is_as_private,
    choosers_tell_no_drafts_and_no_fields_beyond_their_own,
    nobody_learns_by_guessing_which_files_there_are,
    a_snippet_is_not_begun_with_one_that_one_may_not_see,
    a_page_is_not_copied_into_another_language_by_those_who_may_not_edit,
    what_a_form_does_not_show_is_not_taken,
);
