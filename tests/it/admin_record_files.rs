//! Rows of collections that leave the editor as files, and come into it from one.

use crate::admin_records::{LIST, fill, names, with};
use crate::support::dom::assert_harmless;
use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

async fn lists_leave_as_files(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    fill(&root).await;
    let table = root.get(&format!("{LIST}export.csv?f.kind=card&order=booked")).await;
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"transactions.csv\"");
    let lines: Vec<&str> = table.text().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].contains("A-1,DE1,-12.50,2026-01-03,card,true,Corner Bakery"), "{lines:?}");
    let lines = root.get(&format!("{LIST}export.jsonl?q=corner")).await;
    assert_eq!((lines.header("content-type"), lines.text().lines().count()), ("application/jsonl", 2));
    assert_eq!(root.get(&format!("{LIST}export.csv?order=x")).await.status, 400);
}

async fn rows_of_a_file_are_tried_and_added(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    let import = format!("{LIST}import/");
    let table = b"reference,account,amount,booked\nI-1,DE1,5,2026-03-01\nI-2,DE1,much,2026-03-02\n\
                  <script>planted()</script>,DE1,1,soon\nI-4,DE1,7,2026-03-04\n";
    let sent = async |name: &str, bytes: &[u8], how: &str| {
        root.send_parts(&import, &[("file", Some(name), bytes), ("do", None, how.as_bytes())]).await
    };
    let tried = sent("rows.csv", table, "try").await;
    assert_eq!((tried.status.as_u16(), server.count("record")), (200, 0));
    assert!(tried.text().contains("2 rows would be added, 2 would be refused"), "{}", tried.text());
    assert_harmless(&tried, "a try");
    let written = sent("rows.csv", table, "write").await;
    assert_eq!((written.status.as_u16(), server.count("record")), (200, 2));
    for told in ["2 rows were added, 2 were refused", ">3</td>", ">amount</td>", ">4</td>", ">booked</td>"] {
        assert!(written.text().contains(told), "{told}: {}", written.text());
    }
    assert_eq!(names(&root, "?order=id").await, "I-1 I-4");
    let lines = root.get(&format!("{LIST}export.jsonl")).await.text().to_owned() + "nothing\n";
    let again = sent("rows.jsonl", lines.as_bytes(), "write").await;
    assert!(again.text().contains("2 rows were added, 1 were refused"), "{}", again.text());
    for (name, bytes) in [("rows.txt", &table[..]), ("rows.csv", b"colour\nred\n"), ("", b"")] {
        let refused = sent(name, bytes, "write").await;
        assert!(
            refused.status == 422 && refused.text().contains("aria-invalid=\"true\""),
            "{name}: {}",
            refused.text()
        );
    }
    assert_eq!(sent("rows.csv", &vec![b'x'; 9 << 20], "write").await.status, 400);
    assert_eq!(server.count("record"), 4);
    let half =
        sent("rows.csv", b"reference,account,amount,booked\nJ-\xe4,DE1,1,2026-03-05\nJ-2,DE1,1,2026-03-06\n", "try")
            .await;
    assert!(half.text().contains("One row would be added, 1 refused"), "{}", half.text());
    assert!(half.text().contains("it is not UTF-8"), "{}", half.text());
    assert_eq!(server.count("object_event WHERE kind = 'record' AND object_id = 0 AND channel = 'admin'"), 2);
}

/// The database refuses a row with this reference, as if it broke down at it.
fn break_at(server: &Server, reference: &str) {
    let text = match server.database_url.starts_with("sqlite:") {
        true => format!(
            "CREATE TRIGGER broken BEFORE INSERT ON record WHEN new.data LIKE '%{reference}%'
             BEGIN SELECT RAISE(ABORT, 'broken'); END"
        ),
        false => format!(
            "CREATE FUNCTION broken() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER broken BEFORE INSERT ON record FOR EACH ROW WHEN (new.data LIKE '%{reference}%')
                 EXECUTE FUNCTION broken()"
        ),
    };
    execute(&server.database_url, &text).expect("broken");
}

async fn an_import_that_breaks_off_says_how_far_it_came(database: Database) {
    let (server, folder) = with(database).await;
    let root = server.root_browser().await;
    break_at(&server, "R-0612");
    let lines: Vec<String> = (0..700).map(|number| format!("R-{number:04},DE1,5,2026-03-01")).collect();
    let table = format!("reference,account,amount,booked\n{}\n", lines.join("\n"));
    let parts = [("file", Some("rows.csv"), table.as_bytes()), ("do", None, &b"write"[..])];
    let sent = root.send_parts(&format!("{LIST}import/"), &parts).await;
    assert_eq!((sent.status.as_u16(), server.count("record")), (503, 500));
    assert!(sent.text().contains("500 rows were added, 0 were refused"), "{}", sent.text());
    assert!(sent.text().contains("from line 502 on nothing was added"), "{}", sent.text());
    let logged = |channel: &str| {
        server.count(&format!("object_event WHERE kind = 'record' AND object_id = 0 AND channel = '{channel}'"))
    };
    assert_eq!(logged("admin"), 1);

    let file = folder.path().join("rows.csv");
    std::fs::write(&file, table).expect("written");
    let import = |file: &std::path::Path| {
        let (url, dir) =
            (format!("database.url={}", server.database_url), format!("site.dir={}", folder.path().display()));
        let file = file.display().to_string();
        run(vitrine(folder.path()).args(["collection", "import", "transactions", &file, "--set", &url, "--set", &dir]))
    };
    let (status, out, told) = import(&file);
    assert_eq!((status, server.count("record")), (Some(1), 1000), "{out} {told}");
    assert!(
        out.contains("500 added, 0 refused") && told.contains("nothing was added from line 502 on"),
        "{out} {told}"
    );
    let file = folder.path().join("rows.jsonl");
    let row = "{\"reference\": \"X\", \"account\": \"DE1\", \"amount\": 1, \"booked\": \"2026-01-01\"}\n";
    std::fs::write(&file, format!("{row}{row}{}", " ".repeat(3 << 20))).expect("written");
    let (status, out, told) = import(&file);
    assert_eq!((status, server.count("record")), (Some(1), 1002), "{out} {told}");
    assert!(out.contains("2 added, 0 refused") && told.contains("line 3 is longer"), "{out} {told}");
    assert_eq!(logged("cli"), 2, "what was added is in the log, however it ended");
}

on_both_databases!(
    lists_leave_as_files,
    rows_of_a_file_are_tried_and_added,
    an_import_that_breaks_off_says_how_far_it_came,
);
