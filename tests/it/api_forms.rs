//! What visitors sent with forms, by the API: read, taken as a file, deleted; by those who manage forms alone.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{GlobalPermission, Grant, PagePermission, Scope};
use vitrine::content::audit::{self, Asked};
use vitrine::telemetry::label::Channel;

use crate::forms::{CONTACT, LETTER, send};
use crate::support::postgres::execute;
use crate::support::program::{Program, code, each, listed};
use crate::support::{Database, Server, on_both_databases};

const ONLY: [Scope; 1] = [Scope::Submissions];

/// Somebody who manages forms, and edits all pages.
async fn keeper(server: &Server) -> Program<'_> {
    let home = server.page_id("/").await;
    let grants = [Grant::Global(GlobalPermission::Forms), Grant::Page(home, PagePermission::Edit)];
    server.program("kim", &grants, &ONLY).await
}

/// Three letters, the first of them old; the page.
async fn letters(server: &Server) -> i64 {
    for name in ["Ada", "Bea", "=SUM(A1)"] {
        let mut letter = LETTER;
        letter[0].1 = name;
        send(server, CONTACT, &letter).await;
    }
    let age = "UPDATE form_submission SET submitted_at = 1735776000000000 WHERE data LIKE '%Ada\"%'";
    execute(&server.database_url, age).expect("2025-01-02");
    server.page_id(CONTACT).await
}

async fn submissions_are_listed_taken_and_deleted(database: Database) {
    let server = Server::start(database).await;
    let (kim, page) = (keeper(&server).await, letters(&server).await);
    let at = |rest: &str| format!("/api/v1/forms/{page}/{rest}");
    let forms = kim.get("/api/v1/forms/").await.json();
    let form = &forms["items"][0];
    assert_eq!((&form["page"], &form["submissions"]), (&json!(page), &json!(3)));
    assert_eq!(form["submissions_url"], at("submissions/"));
    let names = async |address: &str| {
        let answer = kim.get(address).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.queries() <= 4, "{}", answer.header("server-timing"));
        let list = answer.json();
        let items = list["items"].as_array().expect("items").clone();
        let name = |item: &Value| item["answers"]["your_name"].as_str().expect("a name").to_owned();
        (items.iter().map(name).collect::<Vec<_>>(), list["next"].as_str().map(str::to_owned), items)
    };
    let (first, next, items) = names(&at("submissions/?limit=2")).await;
    assert_eq!(first, ["=SUM(A1)", "Bea"], "the newest first, as they were typed");
    assert_eq!(names(&next.expect("there are more")).await.0, ["Ada"]);
    assert_eq!(names(&at("submissions/?until=2025-01-03T00:00:00Z")).await.0, ["Ada"]);
    assert_eq!(names(&at("submissions/?since=2025-01-03T00:00:00Z")).await.0.len(), 2);
    for wrong in ["since=soon", "limit=0", "after=x", "colour=red"] {
        assert_eq!(kim.get(&at(&format!("submissions/?{wrong}"))).await.status, 400, "{wrong}");
    }

    let csv = kim.get(&at("export/")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"contact.csv\"");
    assert!(csv.text().contains(",'=SUM(A1),") && csv.text().starts_with("submitted_at,Your name,"), "{}", csv.text());
    let lines = kim.get(&at("export/?format=jsonl&since=2025-01-03T00:00:00Z")).await;
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((lines.len(), &lines[1]["answers"]["your_name"]), (2, &json!("=SUM(A1)")));
    let book = kim.get(&at("export/?format=xlsx")).await;
    let text = vitrine::content::sheet::to_text(&book.body).expect("a workbook");
    assert!(text.lines().count() >= 4 && text.contains("Bea"), "{text}");
    assert_eq!(kim.get(&at("export/?format=pdf")).await.status, 400);

    let one = at(&format!("submissions/{}/", items[0]["id"]));
    assert_eq!(kim.ask(Method::DELETE, &one, &[], None).await.status, 204);
    let again = kim.ask(Method::DELETE, &one, &[], None).await;
    assert_eq!((again.status.as_u16(), code(&again).as_str()), (404, "not_found"));
    let other = format!("/api/v1/forms/{}/submissions/{}/", server.page_id("/about/").await, items[1]["id"]);
    assert_eq!(kim.ask(Method::DELETE, &other, &[], None).await.status, 404, "that of another form");
    assert_eq!(kim.ask(Method::DELETE, &at("submissions/"), &[], None).await.status, 400, "nobody said until when");
    let old = kim.ask(Method::DELETE, &at("submissions/?until=2025-01-03T00:00:00Z"), &[], None).await;
    assert_eq!((old.status.as_u16(), old.json()), (200, json!({ "deleted": 1 })));
    assert_eq!(server.rows("form_submission"), 1);
    let log = audit::list(server.db(), &Asked { page, ..Asked::default() }).await.expect("listed");
    let of_forms = log.iter().filter(|entry| entry.event.starts_with("submissions."));
    let events: Vec<&str> = of_forms.map(|entry| entry.event.as_str()).collect();
    let (delete, export) = ("submissions.delete", "submissions.export");
    assert_eq!(events, [delete, delete, export, export, export]);
    assert!(log[0].actor.contains("robot") && log[0].detail.contains("2025-01-03"), "{:?}", log[0]);
}

async fn nobody_else_learns_what_visitors_sent(database: Database) {
    let server = Server::start(database).await;
    let (page, home) = (letters(&server).await, server.page_id("/").await);
    let edits = Grant::Page(home, PagePermission::Edit);
    let editor = server.program("ed", &[edits], &ONLY).await;
    let elsewhere = server.page_id("/about/").await;
    let elsewhere = [Grant::Global(GlobalPermission::Forms), Grant::Page(elsewhere, PagePermission::Edit)];
    let stranger = server.program("sam", &elsewhere, &ONLY).await;
    keeper(&server).await;
    let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != Scope::Submissions).collect();
    let unscoped = server.robot("kim", &others).await;
    let at = |rest: &str| format!("/api/v1/forms/{page}/{rest}");
    let calls = [
        (Method::GET, at("submissions/")),
        (Method::GET, at("export/?format=csv")),
        (Method::GET, at("export/?format=xlsx")),
        (Method::DELETE, at("submissions/1/")),
        (Method::DELETE, at("submissions/?until=2099-01-01T00:00:00Z")),
    ];
    for (method, path) in &calls {
        let nobody = server.send(method.clone(), path, &[]).await;
        assert_eq!((nobody.status.as_u16(), code(&nobody).as_str()), (401, "unauthorized"), "{path}");
        for (program, expected) in
            [(&unscoped, (403, "insufficient_scope")), (&editor, (403, "forbidden")), (&stranger, (404, "not_found"))]
        {
            let refused = program.ask(method.clone(), path, &[], None).await;
            assert_eq!((refused.status.as_u16(), code(&refused).as_str()), expected, "{method} {path}");
            assert!(!refused.text().contains("Bea"));
        }
    }
    assert_eq!(stranger.get("/api/v1/forms/").await.json(), json!({ "items": [], "next": null }));
    assert_eq!(code(&editor.get("/api/v1/forms/").await), "forbidden");
    assert_eq!(server.rows("form_submission"), 3);
    assert_eq!(server.count("page_event WHERE event LIKE 'submissions.%'"), 0);
}

async fn forms_are_listed_a_part_at_a_time(database: Database) {
    let server = Server::start(database).await;
    let (first, home) = (letters(&server).await, server.page_id("/").await);
    let mine = server.standard_page(home, "Mine", "<p>x</p>").await;
    let mut pages = vec![first];
    for number in 0..5 {
        pages.push(server.standard_page(mine, &format!("Form {number}"), "<p>x</p>").await);
    }
    for (number, page) in pages.iter().enumerate().skip(1) {
        let copied = "INSERT INTO form_definition (page_id, digest, fields, created_at)
                      SELECT {page}, digest, fields, created_at FROM form_definition WHERE page_id = {first} LIMIT 1";
        let sent = "INSERT INTO form_submission (page_id, definition_id, data, submitted_at)
                    SELECT page_id, id, '{}', {number} FROM form_definition WHERE page_id = {page}";
        for text in [copied, sent] {
            let text = text.replace("{page}", &page.to_string()).replace("{first}", &first.to_string());
            execute(&server.database_url, &text.replace("{number}", &number.to_string())).expect("it is there");
        }
    }
    let kim = keeper(&server).await;
    let (items, parts) = listed(&kim, "/api/v1/forms/?limit=2").await;
    assert_eq!((each(&items, "page"), parts), (pages.iter().map(|page| json!(page)).collect(), 3));
    assert_eq!((&items[0]["submissions"], &items[5]["submissions"]), (&json!(3), &json!(1)));
    server.content().trash_page(pages[5], Channel::Cli).await.expect("trashed");
    let some = [Grant::Global(GlobalPermission::Forms), Grant::Page(mine, PagePermission::Edit)];
    let sam = server.program("sam", &some, &ONLY).await;
    let (items, parts) = listed(&sam, "/api/v1/forms/?limit=2").await;
    assert_eq!((each(&items, "page"), parts), (pages[1..5].iter().map(|page| json!(page)).collect(), 2));
    for wrong in ["limit=0", "limit=101", "after=x", "colour=red"] {
        assert_eq!(kim.get(&format!("/api/v1/forms/?{wrong}")).await.status, 400, "{wrong}");
    }
}

on_both_databases!(
    submissions_are_listed_taken_and_deleted,
    nobody_else_learns_what_visitors_sent,
    forms_are_listed_a_part_at_a_time,
);
