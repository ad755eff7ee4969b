//! Collections whose types change while they are used, here or by another process on the same database.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api_records::{AT, BOTH, TYPE, fill, row, whole, with};
use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::program::{Program, code};
use crate::support::{Database, SOON, Server, eventually, on_both_databases, site, vitrine};

fn folder(type_text: &str) -> TempDir {
    site::folder_with(&[("types/transactions.toml", type_text)])
}

/// Sorted by payee, and by reference no longer.
fn newer() -> String {
    let names = TYPE.replace("\"settled\", \"reference\", ", "\"settled\", ");
    names.replace("order = [\"booked\", \"amount\", \"reference\"]", "order = [\"payee\", \"booked\"]")
}

/// `vitrine collection index` on the database of a server, with the types of a folder.
fn index(server: &Server, folder: &TempDir) {
    let (url, dir) = (format!("database.url={}", server.database_url), format!("site.dir={}", folder.path().display()));
    let (status, out, told) = run(vitrine(folder.path()).args(["collection", "index", "--set", &url, "--set", &dir]));
    assert_eq!(status, Some(0), "{out} {told}");
}

/// The same program at another server on the same database.
fn at<'s>(server: &'s Server, program: &Program<'_>) -> Program<'s> {
    Program { server, token: program.token.clone(), token_id: program.token_id }
}

fn replace_types(server: &Server, text: &str) {
    let folder = folder(text);
    let types = vitrine::site::load_types(&vitrine::site::SiteFolder::of(Some(folder.path())));
    server.content().replace_types(types.expect("they load"));
}

async fn no_row_is_lost_to_lists_that_a_newer_server_has(database: Database) {
    let (server, older) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    assert_eq!(whole(&root, "order=reference").await, "A-1 A-2 A-3 b-4 B-5");
    let newer = folder(&newer());
    index(&server, &newer);

    for gone in ["order=reference", "reference=A-1", "account=DE1&order=reference", "kind=card&order=reference"] {
        let answer = root.get(&format!("{AT}?{gone}")).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (503, "index_unready"), "{gone}");
    }
    assert_eq!(whole(&root, "order=booked").await, "A-2 A-1 A-3 b-4 B-5", "what both have goes on");
    assert_eq!(whole(&root, "amount__lt=-10&order=booked").await, "A-2 A-1 B-5");
    let new = row("C-6", "DE1", "1", "2026-03-01", json!({ "payee": "Aunt" }));
    let place = format!("{AT}{}/", root.get(&format!("{AT}?order=booked&limit=1")).await.json()["items"][0]["id"]);
    let any = [("if-match", "*")];
    for refused in [
        root.post(AT, &new).await,
        root.ask(Method::PATCH, &place, &any, Some(&json!({ "payee": "Zoo" }))).await,
        root.ask(Method::DELETE, &place, &any, None).await,
    ] {
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (503, "index_unready"), "{}", refused.text());
        assert!(!refused.header("retry-after").is_empty());
    }
    // It does not take back what the newer one made, however often it looks.
    server.content().build_record_indexes().await.expect("built");

    let dir = newer.path().display().to_string();
    let beside = server.beside(&[("site.dir", &dir), ("server.role", "web")]).await;
    let there = at(&beside, &root);
    assert_eq!(whole(&there, "order=payee").await, "b-4 B-5 A-1 A-3 A-2");
    assert_eq!(there.post(AT, &new).await.status, 201);
    assert_eq!(whole(&there, "order=payee").await, "C-6 b-4 B-5 A-1 A-3 A-2");
    assert_eq!(whole(&root, "order=booked").await, "A-2 A-1 A-3 b-4 B-5 C-6");

    // More of an index that is gone than is swept at once.
    let left = "WITH RECURSIVE every (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM every WHERE n < 25000)
                INSERT INTO record_key (index_id, place, record_id) SELECT 900, '', n FROM every";
    execute(&server.database_url, left).expect("written");
    index(&server, &older);
    eventually("it finds what its types want", SOON, async || {
        root.post(AT, &row("D-7", "DE3", "1", "2026-03-02", json!({}))).await.status == 201
    })
    .await;
    assert_eq!(whole(&root, "order=reference").await, "A-1 A-2 A-3 b-4 B-5 C-6 D-7");
    let stray = "record_key WHERE index_id NOT IN (SELECT id FROM record_index)";
    assert_eq!(server.count(stray), 0, "what the newer ones held is gone");
}

async fn fields_that_a_type_has_no_longer_do_not_hold_up_a_change(database: Database) {
    let (server, _folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    let made = root.post(AT, &row("A-1", "DE1", "1", "2026-01-01", json!({ "note": "dropped", "payee": "x" }))).await;
    let place = made.header("location").to_owned();
    let without = TYPE.replace("search = [\"payee\", \"note\"]", "search = [\"payee\"]");
    replace_types(&server, &without.replace("[[fields]]\nname = \"note\"\nkind = \"text\"\nlabel = \"Note\"\n", ""));
    let any = [("if-match", "*")];
    let changed = root.ask(Method::PATCH, &place, &any, Some(&json!({ "amount": "2" }))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let now = changed.json();
    assert_eq!((&now["amount"], &now["payee"], now.get("note")), (&json!("2"), &json!("x"), None));
    assert_eq!(server.count("record WHERE data LIKE '%dropped%'"), 0);
    let wrong = root.ask(Method::PATCH, &place, &any, Some(&json!({ "note": "again" }))).await;
    assert_eq!(wrong.status, 422, "what is sent is still looked at");
}

async fn nobody_waits_for_a_write_while_an_index_is_made(database: Database) {
    let folder = folder(TYPE);
    let dir = folder.path().display().to_string();
    let server = Server::with(database, &[("site.dir", &dir), ("server.role", "web")]).await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    replace_types(&server, &newer());
    let begun = async || {
        let of = [("db_query_summary", "record_index.settle"), ("db_operation_name", "begin")];
        server.metrics().await.sum("db_client_operation_duration_seconds_count", &of)
    };
    let list = async |query: &str| root.get(&format!("{AT}?{query}")).await.status.as_u16();
    let before = begun().await;
    assert_eq!((list("order=payee").await, begun().await - before), (503, 1.0));
    for _ in 0..3 {
        assert_eq!((list("order=payee").await, list("order=booked").await), (503, 200));
    }
    assert_eq!(begun().await - before, 1.0, "only the first look at new types changes anything");
    let made: Value = root.post(AT, &row("C-6", "DE1", "1", "2026-03-01", json!({ "payee": "Aunt" }))).await.json();
    assert_eq!(made["reference"], "C-6");
    server.content().build_record_indexes().await.expect("built");
    assert_eq!(whole(&root, "order=payee").await, "C-6 b-4 B-5 A-1 A-3 A-2");
}

on_both_databases!(
    no_row_is_lost_to_lists_that_a_newer_server_has,
    fields_that_a_type_has_no_longer_do_not_hold_up_a_change,
    nobody_waits_for_a_write_while_an_index_is_made,
);
