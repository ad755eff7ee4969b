//! What visitors sent: kept by names that stay, listed, exported in parts, deleted in time.

use serde_json::{Value, json};
use vitrine::content::form::export::{Export, Format};
use vitrine::content::form::submission::{self, Period};
use vitrine::content::form::{Answers, Definition};
use vitrine::content::page;

use crate::forms::{CONTACT, LETTER, every_kind, send, submissions};
use crate::support::postgres::{execute, number};
use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

async fn names_stay_when_labels_change(database: Database) {
    let server = Server::start(database).await;
    let contact = server.page_id(CONTACT).await;
    send(&server, CONTACT, &LETTER).await;
    server
        .republish(contact, |content| {
            content.fields["form_fields"][0]["value"]["label"] = json!("What may we call you?");
            let fields = content.fields["form_fields"].as_array_mut().expect("a stream");
            fields.remove(3);
            fields.push(json!({ "type": "form_checkbox", "value": { "label": "Your name" } }));
        })
        .await;
    assert!(server.get(CONTACT).await.text().contains("name=\"your_name\""));
    assert_eq!(send(&server, CONTACT, &LETTER).await.status, 303);
    assert_eq!(server.rows("form_definition"), 2);
    let columns = submission::columns(server.db(), contact).await.expect("the database answers");
    let columns: Vec<(&str, &str)> = columns.iter().map(|column| (&*column.name, &*column.label)).collect();
    let expected = [
        ("your_name", "What may we call you?"),
        ("your_e_mail_address", "Your e-mail address"),
        ("subject", "What is it about?"),
        ("message", "Your message"),
        ("your_name_2", "Your name"),
        ("place", "Where is the instrument?"),
    ];
    assert_eq!(columns, expected, "those of today first, then those that were");
    let page = page::find(server.db(), contact).await.expect("the database answers").expect("it is there");
    let types = server.content().types();
    let definition = Definition::of(types.find(&page.type_name).expect("declared"), &page.fields).expect("a form");
    let first = definition.api()[0].clone();
    assert_eq!((&first["clean_name"], &first["field_type"]), (&json!("your_name"), &json!("singleline")));
}

async fn submissions_are_listed_exported_and_deleted_from_a_terminal(database: Database) {
    let server = Server::start(database).await;
    let contact = server.page_id(CONTACT).await;
    let id = contact.to_string();
    let url = format!("database.url={}", server.database_url);
    let form = |arguments: &[&str]| {
        let (code, said, error) = run(vitrine(server.folder.path()).arg("form").args(arguments).args(["--set", &url]));
        assert_eq!(code, Some(0), "{arguments:?}: {error}");
        said
    };
    assert_eq!(form(&["list"]), "");
    for name in ["Ada", "=SUM(A1)", "Cy"] {
        let mut letter = LETTER.to_vec();
        letter[0].1 = name;
        send(&server, CONTACT, &letter).await;
    }
    let age = "UPDATE form_submission SET submitted_at = 1735776000000000 WHERE data LIKE '%Ada\"%'";
    execute(&server.database_url, age).expect("2025-01-02");
    assert!(form(&["list"]).contains("/home/contact/  3 submissions"));
    let shown = form(&["submissions", &id, "--limit", "2"]);
    assert!(shown.contains("Your name: Cy") && shown.contains("=SUM") && !shown.contains("Ada"), "{shown}");
    assert!(shown.ends_with("2 of 3\n"));
    let old = form(&["submissions", &id, "--until", "2025-01-03", "--from", "2025-01-02"]);
    assert!(old.contains("2025-01-02T00:00:00Z") && old.ends_with("1 of 1\n"), "{old}");
    let csv = form(&["export", &id]);
    let mut lines = csv.lines();
    let head = "submitted_at,Your name,Your e-mail address,What is it about?,Where is the instrument?,Your message";
    assert_eq!(lines.next(), Some(head));
    assert!(csv.contains(",'=SUM(A1),"), "no spreadsheet runs it: {csv}");
    let file = server.folder.path().join("letters.jsonl");
    form(&["export", &id, "--format", "jsonl", "--from", "2026-01-01", "--output", file.to_str().expect("UTF-8")]);
    let text = std::fs::read_to_string(&file).expect("written");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["answers"]["your_name"], "=SUM(A1)", "as it was typed");
    assert_eq!(form(&["delete", &id, "--before", "2026-01-01"]), "1 submissions deleted\n");
    let one = lines[0]["id"].to_string();
    assert_eq!(form(&["delete", &id, "--id", &one]), "1 submissions deleted\n");
    assert_eq!(
        run(vitrine(server.folder.path()).args(["form", "delete", &id, "--id", &one, "--set", &url])).0,
        Some(1)
    );
    assert_eq!(run(vitrine(server.folder.path()).args(["form", "delete", &id, "--set", &url])).0, Some(2), "say which");
    assert_eq!(form(&["delete", &id, "--all"]), "1 submissions deleted\n");
    assert_eq!(server.rows("form_submission"), 0);
}

async fn old_submissions_go_by_themselves(database: Database) {
    let server = Server::with(database, &[("server.role", "web")]).await;
    send(&server, CONTACT, &LETTER).await;
    send(&server, CONTACT, &LETTER).await;
    let age = "UPDATE form_submission SET submitted_at = submitted_at - 2678400000000 WHERE id = (SELECT MIN(id) FROM form_submission)";
    execute(&server.database_url, age).expect("31 days ago");
    let other = server.beside(&[("forms.keep_days", "30")]).await;
    eventually("the old one is gone", SOON, async || server.rows("form_submission") == 1).await;
    let counted = async || other.metrics().await.sum("vitrine_form_submissions_purged_total", &[]) == 1.0;
    eventually("it is counted", SOON, counted).await;
    assert_eq!(server.content().delete_old_submissions(30).await.expect("the database answers"), 0);
}

async fn an_export_reads_part_after_part(database: Database) {
    let server = Server::start(database).await;
    let contact = server.page_id(CONTACT).await;
    send(&server, CONTACT, &LETTER).await;
    let version = number(&server.database_url, "SELECT MAX(id) FROM form_definition");
    let many = format!(
        "INSERT INTO form_submission (page_id, definition_id, data, submitted_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)
         SELECT {contact}, {version}, '{{\"your_name\":\"' || i || '\"}}', i FROM n"
    );
    execute(&server.database_url, &many).expect("inserted");
    let mut export =
        Export::begin(server.running.site.app.db.clone(), contact, Period::ALWAYS, Format::Csv).await.expect("begun");
    let (mut parts, mut rows) = (0, 0);
    while let Some(part) = export.next().await.expect("the database answers") {
        parts += 1;
        rows += part.iter().filter(|byte| **byte == b'\n').count();
        assert!(part.len() < 200_000, "{}", part.len());
    }
    // The message of the letter has a line break of its own.
    assert_eq!((parts, rows), (4, 3_000 + 1 + 1), "three full parts, and the end");
}

async fn answers_can_be_kept_by_programs_too(database: Database) {
    let server = Server::start(database).await;
    let page = every_kind(&server).await;
    let found = page::find(server.db(), page).await.expect("the database answers").expect("it is there");
    let types = server.content().types();
    let definition = Definition::of(types.find(&found.type_name).expect("declared"), &found.fields).expect("a form");
    let problems = definition.judge(&[]).expect_err("much is missing");
    assert_eq!(problems.first().map(|problem| problem.name.as_str()), Some("line"));
    let answers = Answers(json!({ "line": "calm" }).as_object().cloned().expect("an object"));
    let id = server.content().submit_form(page, &definition, &answers).await.expect("it is kept");
    assert!(id > 0);
    assert_eq!(submissions(&server, page).await, [json!({ "line": "calm" })]);
}

on_both_databases!(
    names_stay_when_labels_change,
    submissions_are_listed_exported_and_deleted_from_a_terminal,
    old_submissions_go_by_themselves,
    an_export_reads_part_after_part,
    answers_can_be_kept_by_programs_too,
);
