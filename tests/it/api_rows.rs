//! The operations of the API for the matrix of who may do what: of each an address, a body, and what it asks for.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::Scope;
use vitrine::media::{Duplicates, NewFile};
use vitrine::telemetry::label::Channel;

use crate::support::Server;
use crate::support::picture::png;

/// What an operation asks of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// An account.
    Account,
    /// A scope; the answer has what the account may see.
    Scope(Scope),
    /// A scope, and a right about the page.
    Right(Scope),
    /// A scope, and a permission that is of no page.
    Global(Scope),
    /// A scope, and a part in the library: to others there is no such file.
    Hidden(Scope),
}

/// One operation, with an address and a body that somebody with all rights has answered with `status`.
pub struct Row {
    pub method: Method,
    pub path: &'static str,
    pub at: String,
    pub body: Value,
    pub asks: Asks,
    pub status: u16,
}

/// The things that a row is about; each row has its own.
pub struct Subject {
    pub section: i64,
    pub page: i64,
    pub revision: i64,
    pub trashed: i64,
    pub image: i64,
    pub document: i64,
}

impl Subject {
    pub async fn make(server: &Server, section: i64, number: usize) -> Self {
        let page = server.standard_page(section, &format!("Kestrel {number}"), "<p>x</p>").await;
        let trashed = server.standard_page(section, &format!("Gone {number}"), "<p>x</p>").await;
        server.content().trash_page(trashed, Channel::Cli).await.expect("trashed");
        let revision = server.page(page).await.latest_revision_id.expect("it has one");
        let media = &server.running.site.app.media;
        let new = |name: &str| NewFile { name: name.into(), duplicates: Duplicates::Keep, ..NewFile::default() };
        let image = media.add_image(&png(9, 9, 1)[..], new("tern.png"), None).await.expect("added");
        let document = media.add_document(&b"x"[..], new("tern.txt")).await.expect("added");
        Self { section, page, revision, trashed, image, document }
    }
}

pub fn rows(of: &Subject) -> Vec<Row> {
    use Asks::{Account, Nothing, Right, Scope as Only};
    let Subject { section, page, revision, trashed, .. } = *of;
    let (get, post, patch) = (Method::GET, Method::POST, Method::PATCH);
    let one = |rest: &str| format!("/api/v1/pages/{page}/{rest}");
    let row = |method: &Method, path, at: String, body: Value, asks, status| Row {
        method: method.clone(),
        path,
        at,
        body,
        asks,
        status,
    };
    let nothing = || json!({});
    let read = |path, at| row(&get, path, at, nothing(), Right(Scope::ReadContent), 200);
    let act = |path, rest: &str, body, scope| row(&post, path, one(rest), body, Right(scope), 200);
    let open = |path: &'static str, status| row(&get, path, path.replace("{id}", "0"), nothing(), Nothing, status);
    let new = json!({ "parent": section, "type": "standard.StandardPage", "title": format!("New {page}") });
    let blocks = json!({ "operations": [{ "op": "add", "type": "paragraph", "value": "<p>x</p>", "field": "body" }] });
    let (write, publish) = (Scope::WriteContent, Scope::Publish);
    let copied = Row { status: 201, ..act("/api/v1/pages/{id}/copy/", "copy/", json!({ "to": section }), write) };
    let restored = format!("/api/v1/pages/{trashed}/restore/");
    let revisions = "/api/v1/pages/{id}/revisions/";
    let compare = "/api/v1/pages/{id}/revisions/{revision}/compare/{new}/";
    let mut all = vec![
        open("/api/openapi.json", 200),
        open("/api/v1/config/frontend/", 200),
        open("/api/v1/config/frontend/events/", 200),
        open("/api/docs/", 200),
        open("/api/docs/problems/", 200),
        open("/api/docs/page.css", 200),
        row(&get, "/api/v1/whoami/", "/api/v1/whoami/".into(), nothing(), Account, 200),
        row(&get, "/api/v1/pages/", "/api/v1/pages/?fields=*".into(), nothing(), Only(Scope::ReadContent), 200),
        row(&get, "/api/v1/search/", "/api/v1/search/?q=kestrel".into(), nothing(), Only(Scope::ReadContent), 200),
        row(&post, "/api/v1/pages/", "/api/v1/pages/".into(), new, Right(write), 201),
        read("/api/v1/pages/{id}/", one("")),
        row(&patch, "/api/v1/pages/{id}/", one(""), json!({ "seo_title": "Other" }), Right(write), 200),
        row(&patch, "/api/v1/pages/{id}/blocks/", one("blocks/"), blocks, Right(write), 200),
        read(revisions, one("revisions/")),
        read("/api/v1/pages/{id}/revisions/{revision}/", one(&format!("revisions/{revision}/"))),
        read(compare, one(&format!("revisions/{revision}/compare/{revision}/"))),
        read("/api/v1/pages/{id}/translations/", one("translations/")),
        // It is in its own language already.
        Row { status: 409, ..act("/api/v1/pages/{id}/translate/", "translate/", json!({ "locale": "en" }), write) },
        act("/api/v1/pages/{id}/publish/", "publish/", nothing(), publish),
        act("/api/v1/pages/{id}/unpublish/", "unpublish/", nothing(), publish),
        act("/api/v1/pages/{id}/schedule/", "schedule/", json!({ "publish_at": "2099-01-01T00:00:00Z" }), publish),
        act("/api/v1/pages/{id}/revert/", "revert/", json!({ "revision": revision }), write),
        act("/api/v1/pages/{id}/lock/", "lock/", nothing(), write),
        act("/api/v1/pages/{id}/unlock/", "unlock/", nothing(), write),
        copied,
        act("/api/v1/pages/{id}/move/", "move/", json!({ "to": section }), write),
        act("/api/v1/pages/{id}/trash/", "trash/", nothing(), write),
        row(&post, "/api/v1/pages/{id}/restore/", restored, nothing(), Right(write), 200),
        open("/api/v2/pages/", 200),
        row(&get, "/api/v2/pages/{id}/", format!("/api/v2/pages/{page}/"), nothing(), Nothing, 200),
        row(&get, "/api/v2/pages/find/", format!("/api/v2/pages/find/?id={page}"), nothing(), Nothing, 302),
        open("/api/v2/images/", 200),
        open("/api/v2/images/{id}/", 404),
        open("/api/v2/images/find/", 404),
        open("/api/v2/documents/", 200),
        open("/api/v2/documents/{id}/", 404),
        open("/api/v2/documents/find/", 404),
        open("/api/v2/redirects/", 200),
        open("/api/v2/redirects/{id}/", 404),
        open("/api/v2/redirects/find/", 404),
    ];
    all.extend(global());
    all.extend(files("images", of.image));
    all.extend(files("documents", of.document));
    all
}

/// About a file of one half of the library.
fn files(half: &str, id: i64) -> Vec<Row> {
    use Asks::{Global, Hidden, Scope as Only};
    let (all, one, file, usage) = match half {
        "images" => {
            ("/api/v1/images/", "/api/v1/images/{id}/", "/api/v1/images/{id}/file/", "/api/v1/images/{id}/usage/")
        }
        _ => (
            "/api/v1/documents/",
            "/api/v1/documents/{id}/",
            "/api/v1/documents/{id}/file/",
            "/api/v1/documents/{id}/usage/",
        ),
    };
    let (read, media) = (Scope::ReadContent, Scope::Media);
    // JSON is no file: who may is told so.
    let rows = [
        (Method::GET, all, Only(read), 200),
        (Method::POST, all, Global(media), 0),
        (Method::GET, one, Hidden(read), 200),
        (Method::PATCH, one, Hidden(media), 200),
        (Method::DELETE, one, Hidden(media), 204),
        (Method::PUT, file, Hidden(media), 415),
        (Method::GET, usage, Hidden(read), 200),
    ];
    let row = |(method, path, asks, status): (Method, &'static str, Asks, u16)| {
        let body = if method == Method::PATCH { json!({ "title": "Other" }) } else { json!({}) };
        Row { method, path, at: path.replace("{id}", &id.to_string()), body, asks, status }
    };
    rows.into_iter().map(row).collect()
}

/// About what is of no page: nothing is there, so that who may is told so, and who may not is refused before.
fn global() -> Vec<Row> {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let (read, write, publish) = (Scope::ReadContent, Scope::WriteContent, Scope::Publish);
    let (settings, users) = (Scope::Settings, Scope::Users);
    let (audit, submissions) = (Scope::Audit, Scope::Submissions);
    let (snippet, group) = ("/api/v1/snippets/{id}/", "/api/v1/groups/{id}/");
    let setting = "/api/v1/settings/{type}/{site}/";
    let rows = [
        (&get, "/api/v1/snippets/", read),
        (&post, "/api/v1/snippets/", write),
        (&get, snippet, read),
        (&patch, snippet, write),
        (&delete, snippet, write),
        (&get, "/api/v1/snippets/{id}/revisions/", read),
        (&get, "/api/v1/snippets/{id}/revisions/{revision}/", read),
        (&post, "/api/v1/snippets/{id}/publish/", publish),
        (&post, "/api/v1/snippets/{id}/unpublish/", publish),
        (&post, "/api/v1/snippets/{id}/revert/", write),
        (&get, "/api/v1/redirects/", settings),
        (&post, "/api/v1/redirects/", settings),
        (&get, "/api/v1/redirects/{id}/", settings),
        (&patch, "/api/v1/redirects/{id}/", settings),
        (&delete, "/api/v1/redirects/{id}/", settings),
        (&get, "/api/v1/settings/", settings),
        (&get, setting, settings),
        (&patch, setting, settings),
        (&delete, setting, settings),
        (&get, "/api/v1/sites/", settings),
        (&post, "/api/v1/sites/", settings),
        (&get, "/api/v1/sites/{id}/", settings),
        (&patch, "/api/v1/sites/{id}/", settings),
        (&delete, "/api/v1/sites/{id}/", settings),
        (&get, "/api/v1/locales/", settings),
        (&post, "/api/v1/locales/", settings),
        (&get, "/api/v1/locales/{code}/", settings),
        (&patch, "/api/v1/locales/{code}/", settings),
        (&delete, "/api/v1/locales/{code}/", settings),
        (&get, "/api/v1/users/", users),
        (&post, "/api/v1/users/", users),
        (&get, "/api/v1/users/{id}/", users),
        (&patch, "/api/v1/users/{id}/", users),
        (&get, "/api/v1/groups/", users),
        (&post, "/api/v1/groups/", users),
        (&get, group, users),
        (&patch, group, users),
        (&delete, group, users),
        (&get, "/api/v1/groups/{id}/grants/", users),
        (&post, "/api/v1/groups/{id}/grants/", users),
        (&get, "/api/v1/groups/{id}/members/", users),
        (&post, "/api/v1/groups/{id}/members/", users),
        (&get, "/api/v1/audit/", audit),
        (&get, "/api/v1/audit/security/", audit),
        (&get, "/api/v1/forms/", submissions),
        (&get, "/api/v1/forms/{page}/submissions/", submissions),
        (&delete, "/api/v1/forms/{page}/submissions/", submissions),
        (&delete, "/api/v1/forms/{page}/submissions/{id}/", submissions),
        (&get, "/api/v1/forms/{page}/export/", submissions),
        (&get, "/api/v1/transactions/", read),
        (&post, "/api/v1/transactions/", write),
        (&get, "/api/v1/transactions/{id}/", read),
        (&patch, "/api/v1/transactions/{id}/", write),
        (&Method::PUT, "/api/v1/transactions/{id}/", write),
        (&delete, "/api/v1/transactions/{id}/", write),
        (&get, "/api/v1/transactions/export/", read),
    ];
    let row = |(method, path, scope): (&Method, &'static str, Scope)| {
        let part = |part: &str| if part.starts_with('{') { "999999".to_owned() } else { part.to_owned() };
        let at = path.split('/').map(part).collect::<Vec<_>>().join("/");
        Row { method: method.clone(), path, at, body: json!({}), asks: Asks::Global(scope), status: 0 }
    };
    rows.into_iter().map(row).collect()
}
