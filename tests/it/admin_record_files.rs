//! Rows of collections that leave the editor as files, and come into it from one.

use crate::admin_records::{LIST, fill, names, with};
use crate::support::dom::assert_harmless;
use crate::support::{Database, on_both_databases};

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
    assert_eq!(server.count("object_event WHERE kind = 'record' AND object_id = 0 AND channel = 'admin'"), 2);
}

on_both_databases!(lists_leave_as_files, rows_of_a_file_are_tried_and_added);
