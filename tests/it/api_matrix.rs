//! Who may do what by the API: every operation that it describes, for every kind of caller; and nothing of what a
//! caller may not see in any answer to them.

mod webhooks;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{Grant, PagePermission, Scope};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::api_records;
use crate::api_rows::{self, Asks, Row, Subject};
use crate::support::program::Program;
use crate::support::{Answer, Database, Server, on_both_databases, site};

/// Words of a draft, of a page that is for members, and of another account: in no answer to who may not see them.
const DRAFT: &str = "unpublished-kestrel";
const PRIVATE: &str = "members-only-heron";
const OTHER: &str = "other-person-9177";

fn rows(of: &Subject) -> Vec<Row> {
    let mut all = api_rows::rows(of);
    all.extend(webhooks::rows());
    all
}

/// A server without limits, whose site has a collection.
async fn free(database: Database) -> (Server, TempDir) {
    let folder = site::folder_with(&[("types/transactions.toml", api_records::TYPE)]);
    let dir = folder.path().display().to_string();
    let settings = [("api.read_per_minute", "0"), ("api.write_per_minute", "0"), ("site.dir", dir.as_str())];
    (Server::with(database, &settings).await, folder)
}

/// Whoever calls.
struct Callers<'s> {
    /// Of somebody with all rights, for nothing that the operation is but for the logs.
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

/// However much an answer shows. The search looks at each kind, the audit feed at each log.
fn most_queries(row: &Row) -> usize {
    match row.path {
        "/api/v1/search/" => 13,
        "/api/v1/audit/" => 7,
        _ => 4,
    }
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
            // The one scope that `unscoped` has.
            let unscoped: &[u16] = if scope == Scope::Audit { &[200] } else { &no };
            of(vec![401], unscoped, &no, reader)
        }
        Asks::Hidden(scope) => {
            let reader = if scope == Scope::ReadContent { &done } else { &no };
            of(vec![401], &no, &[404], reader)
        }
        Asks::Right(scope) => {
            let reader = if scope == Scope::ReadContent { &done } else { &no };
            of(vec![401], &no, &hidden, reader)
        }
    }
}

async fn every_operation_asks_every_caller_for_their_right(database: Database) {
    let (server, _folder) = free(database).await;
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
    let mut wrong = Vec::new();
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
            if !statuses.contains(&status) {
                wrong.push(format!("{name} for {caller}: {status}, not {statuses:?}: {}", answer.text()));
            }
        }
        for (at, program) in [(2, &callers.editor), (3, &callers.root)] {
            let own = Subject::make(&server, section, number * 3 + at).await;
            let row = rows(&own).swap_remove(number);
            let answer = ask(program, &row).await;
            if row.method == Method::GET && answer.queries() > most_queries(&row) {
                wrong.push(format!("{name} ran {} queries", answer.queries()));
            }
            if let Asks::Global(_) = row.asks {
                let status = answer.status.as_u16();
                let is_right =
                    if at == 2 { status == 403 } else { matches!(status, 200 | 400 | 404 | 409 | 412 | 415 | 422) };
                if !is_right {
                    wrong.push(format!("{name} ({at}): {status}, {}", answer.text()));
                }
                continue;
            }
            // The editor of the section has no part in the library.
            let status = if at == 2 && matches!(row.asks, Asks::Hidden(_)) { 404 } else { row.status };
            if answer.status != status {
                wrong.push(format!("{name} for who may ({at}): {}, not {status}: {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let (server, _folder) = free(database).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let elsewhere = server.standard_page(home, "Elsewhere", "<p>x</p>").await;
    let callers = Callers::make(&server, section, elsewhere).await;
    server.user(OTHER, false).await;
    let secrets = secrets(&server, section).await;
    let mut found = 0;
    for (number, id) in secrets.into_iter().enumerate() {
        let revision = server.page(id).await.latest_revision_id.expect("it has one");
        let subject = Subject { page: id, revision, trashed: id, ..Subject::make(&server, section, number).await };
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
