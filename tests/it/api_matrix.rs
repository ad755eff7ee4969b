//! Who may do what by the API: every operation that it describes, for every kind of caller; and nothing of what a
//! caller may not see in any answer to them.

mod webhooks;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission, Scope};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::support::program::Program;
use crate::support::{Answer, Database, Server, on_both_databases};

/// Words of a draft, of a page that is for members, and of another account: in no answer to who may not see them.
const DRAFT: &str = "unpublished-kestrel";
const PRIVATE: &str = "members-only-heron";
const OTHER: &str = "other-person-9177";

/// What an operation asks of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
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
}

/// One operation, with an address and a body that somebody with all rights has answered with `status`.
struct Row {
    method: Method,
    path: &'static str,
    at: String,
    body: Value,
    asks: Asks,
    status: u16,
}

/// The things that a row is about; each row has its own.
struct Subject {
    section: i64,
    page: i64,
    revision: i64,
    trashed: i64,
}

impl Subject {
    async fn make(server: &Server, section: i64, number: usize) -> Self {
        let page = server.standard_page(section, &format!("Kestrel {number}"), "<p>x</p>").await;
        let trashed = server.standard_page(section, &format!("Gone {number}"), "<p>x</p>").await;
        server.content().trash_page(trashed, Channel::Cli).await.expect("trashed");
        let revision = server.page(page).await.latest_revision_id.expect("it has one");
        Self { section, page, revision, trashed }
    }
}

fn rows(of: &Subject) -> Vec<Row> {
    use Asks::{Account, Nothing, Right, Scope as Only};
    let Subject { section, page, revision, trashed } = *of;
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
        row(&post, "/api/v1/pages/", "/api/v1/pages/".into(), new, Right(write), 201),
        read("/api/v1/pages/{id}/", one("")),
        row(&patch, "/api/v1/pages/{id}/", one(""), json!({ "seo_title": "Other" }), Right(write), 200),
        row(&patch, "/api/v1/pages/{id}/blocks/", one("blocks/"), blocks, Right(write), 200),
        read(revisions, one("revisions/")),
        read("/api/v1/pages/{id}/revisions/{revision}/", one(&format!("revisions/{revision}/"))),
        read(compare, one(&format!("revisions/{revision}/compare/{revision}/"))),
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
    all.extend(webhooks::rows());
    all
}

/// About what is of no page: nothing is there, so that who may is told so, and who may not is refused before.
fn global() -> Vec<Row> {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let (read, write, publish) = (Scope::ReadContent, Scope::WriteContent, Scope::Publish);
    let (settings, users) = (Scope::Settings, Scope::Users);
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
    ];
    let row = |(method, path, scope): (&Method, &'static str, Scope)| {
        let part = |part: &str| if part.starts_with('{') { "999999".to_owned() } else { part.to_owned() };
        let at = path.split('/').map(part).collect::<Vec<_>>().join("/");
        Row { method: method.clone(), path, at, body: json!({}), asks: Asks::Global(scope), status: 0 }
    };
    rows.into_iter().map(row).collect()
}

/// Whoever calls.
struct Callers<'s> {
    /// Of somebody with all rights, for nothing that the operation is.
    unscoped: Program<'s>,
    /// All scopes, and no right.
    rightless: Program<'s>,
    /// All rights, somewhere else.
    stranger: Program<'s>,
    /// All rights, to read.
    reader: Program<'s>,
    /// All rights in the section.
    editor: Program<'s>,
    root: Program<'s>,
}

fn everything(page: i64) -> Vec<Grant> {
    PagePermission::ALL.iter().map(|permission| Grant::Page(page, *permission)).collect()
}

impl<'s> Callers<'s> {
    async fn make(server: &'s Server, section: i64, elsewhere: i64) -> Self {
        let all = Scope::ALL;
        let root = server.root_program(all).await;
        Self {
            rightless: server.program("rightless", &[], all).await,
            stranger: server.program("stranger", &everything(elsewhere), all).await,
            editor: server.program("editor", &everything(section), all).await,
            unscoped: server.robot("root", &[Scope::Audit]).await,
            reader: server.robot("root", &[Scope::ReadContent]).await,
            root,
        }
    }
}

/// Streams have no end: of them the head is looked at.
fn method(row: &Row) -> Method {
    if row.path == "/api/v1/config/frontend/events/" { Method::HEAD } else { row.method.clone() }
}

async fn ask(program: &Program<'_>, row: &Row) -> Answer {
    let body = (row.method != Method::GET).then_some(&row.body);
    program.ask(method(row), &row.at, &[("if-match", "*")], body).await
}

async fn nobody_asks(server: &Server, row: &Row) -> Answer {
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    let body = if row.method == Method::GET { Vec::new() } else { row.body.to_string().into_bytes() };
    server.send_body(method(row), &row.at, &headers, body).await
}

/// The statuses that callers may have: of who may, and of who may not.
fn expected(row: &Row) -> [(&'static str, Vec<u16>); 6] {
    let (done, no) = (vec![row.status], vec![403]);
    // Of a page in the trash not even that is told.
    let hidden = if row.at.contains("restore") { vec![403, 404] } else { no.clone() };
    let hidden = if row.at == "/api/v1/pages/" { vec![403, 422] } else { hidden };
    let of = |nobody: Vec<u16>, unscoped: &[u16], rightless: &[u16], reader: &[u16]| {
        [
            ("nobody", nobody),
            ("unscoped", unscoped.to_vec()),
            ("rightless", rightless.to_vec()),
            ("stranger", rightless.to_vec()),
            ("reader", reader.to_vec()),
            ("allowed", done.clone()),
        ]
    };
    match row.asks {
        Asks::Nothing => of(done.clone(), &done, &done, &done),
        Asks::Account => of(vec![401], &done, &done, &done),
        Asks::Scope(scope) => {
            let reader = if scope == Scope::ReadContent { &done } else { &no };
            of(vec![401], &no, &done, reader)
        }
        Asks::Global(scope) => {
            let reader: &[u16] = if scope == Scope::ReadContent { &[200, 400, 404] } else { &no };
            of(vec![401], &no, &no, reader)
        }
        Asks::Right(scope) => {
            let reader = if scope == Scope::ReadContent { &done } else { &no };
            of(vec![401], &no, &hidden, reader)
        }
    }
}

async fn every_operation_asks_every_caller_for_their_right(database: Database) {
    let free = [("api.read_per_minute", "0"), ("api.write_per_minute", "0")];
    let server = Server::with(database, &free).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let elsewhere = server.standard_page(home, "Elsewhere", "<p>x</p>").await;
    let callers = Callers::make(&server, section, elsewhere).await;
    let described = callers.root.get("/api/openapi.json").await.json();
    let known: BTreeSet<(String, String)> = described["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("an item").keys();
            methods.map(|method| (path.clone(), method.to_uppercase())).collect::<Vec<_>>()
        })
        .collect();
    let subject = Subject::make(&server, section, 0).await;
    let count = rows(&subject).len();
    let listed: BTreeSet<(String, String)> =
        rows(&subject).iter().map(|row| (row.path.to_owned(), row.method.to_string())).collect();
    assert_eq!(listed, known, "an operation is described and not in the matrix, or the other way round");
    for number in 0..count {
        let refused = Subject::make(&server, section, number * 3 + 1).await;
        let row = rows(&refused).swap_remove(number);
        let name = format!("{} {}", row.method, row.path);
        let [nobody, unscoped, rightless, stranger, reader, _] = expected(&row);
        let answers = [
            (nobody, nobody_asks(&server, &row).await),
            (unscoped, ask(&callers.unscoped, &row).await),
            (rightless, ask(&callers.rightless, &row).await),
            (stranger, ask(&callers.stranger, &row).await),
            (reader, ask(&callers.reader, &row).await),
        ];
        for ((caller, statuses), answer) in &answers {
            let status = answer.status.as_u16();
            assert!(statuses.contains(&status), "{name} for {caller}: {status}, not {statuses:?}: {}", answer.text());
        }
        for (at, program) in [(2, &callers.editor), (3, &callers.root)] {
            let own = Subject::make(&server, section, number * 3 + at).await;
            let row = rows(&own).swap_remove(number);
            let answer = ask(program, &row).await;
            if let Asks::Global(_) = row.asks {
                let status = answer.status.as_u16();
                let is_right =
                    if at == 2 { status == 403 } else { matches!(status, 200 | 400 | 404 | 409 | 412 | 422) };
                assert!(is_right, "{name} ({at}): {status}, {}", answer.text());
                continue;
            }
            assert_eq!(answer.status.as_u16(), row.status, "{name} for who may ({at}): {}", answer.text());
        }
    }
}

/// A section with a page that has a draft over what is live, one that was never live, and one for members.
async fn secrets(server: &Server, section: i64) -> Vec<i64> {
    let root = server.robot("root", &[Scope::ReadContent, Scope::WriteContent]).await;
    let changed = server.standard_page(section, "Kestrel", "<p>x</p>").await;
    let words = json!({ "title": DRAFT, "seo_title": DRAFT, "fields": { "standfirst": DRAFT } });
    let answer = root.patch(&format!("/api/v1/pages/{changed}/"), "*", &words).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let new = json!({ "parent": section, "type": "standard.StandardPage", "title": DRAFT });
    let draft = root.post("/api/v1/pages/", &new).await.json()["id"].as_i64().expect("an id");
    let private = server.standard_page(section, PRIVATE, &format!("<p>{PRIVATE}</p>")).await;
    server.content().restrict(Target::Page(private), Rule::Login, Channel::Admin).await.expect("restricted");
    let trashed = server.standard_page(section, &format!("{DRAFT} gone"), "<p>x</p>").await;
    server.content().trash_page(trashed, Channel::Cli).await.expect("trashed");
    vec![changed, draft, private, trashed]
}

async fn no_answer_tells_what_its_caller_may_not_see(database: Database) {
    let free = [("api.read_per_minute", "0"), ("api.write_per_minute", "0")];
    let server = Server::with(database, &free).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let elsewhere = server.standard_page(home, "Elsewhere", "<p>x</p>").await;
    let callers = Callers::make(&server, section, elsewhere).await;
    server.user(OTHER, false).await;
    let secrets = secrets(&server, section).await;
    let mut found = 0;
    for id in secrets {
        let revision = server.page(id).await.latest_revision_id.expect("it has one");
        let subject = Subject { section, page: id, revision, trashed: id };
        let mut rows = rows(&subject);
        for query in ["?search=kestrel", "?fields=*", "?order=-id&fields=*", "?child_of=root"] {
            let at = format!("/api/v2/pages/{query}");
            rows.push(Row { method: Method::GET, path: "", at, body: Value::Null, asks: Asks::Nothing, status: 200 });
        }
        for query in ["?search=heron", "?slug=members-only-heron&fields=*"] {
            let at = format!("/api/v2/pages/{query}");
            rows.push(Row { method: Method::GET, path: "", at, body: Value::Null, asks: Asks::Nothing, status: 200 });
        }
        for row in &rows {
            let answers = [
                ("nobody", nobody_asks(&server, row).await),
                ("rightless", ask(&callers.rightless, row).await),
                ("stranger", ask(&callers.stranger, row).await),
            ];
            for (caller, answer) in &answers {
                let told = format!("{:?} {}", answer.headers, answer.text());
                let status = answer.status.as_u16();
                assert!(status < 500, "{} {} for {caller}: {status}", row.method, row.at);
                // Whoever signed in may read what is for members.
                let hidden: &[&str] = if *caller == "nobody" { &[DRAFT, PRIVATE, OTHER] } else { &[DRAFT, OTHER] };
                for words in hidden {
                    assert!(!told.contains(words), "{} {} tells {caller} of {words}: {told}", row.method, row.at);
                }
            }
            let root =
                if row.method == Method::GET { ask(&callers.root, row).await.text().to_owned() } else { String::new() };
            found += usize::from(root.contains(DRAFT) || root.contains(PRIVATE));
        }
    }
    assert!(found > 4, "the words are there for who may see them: {found}");
}

on_both_databases!(every_operation_asks_every_caller_for_their_right, no_answer_tells_what_its_caller_may_not_see,);
