//! Collections by the API: rows are listed, narrowed, sorted, searched, counted, added, changed and deleted, each by whoever
//! may.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{Grant, RecordPermission, Scope, TypeName};

use crate::support::process::run;
use crate::support::program::{Program, code, mistakes};
use crate::support::{Database, Server, on_both_databases, site, vitrine};

pub const TYPE: &str = include_str!("../fixtures/collection/transactions.toml");
pub const TRANSACTION: &str = "bank.Transaction";
pub const AT: &str = "/api/v1/transactions/";
pub const BOTH: [Scope; 2] = [Scope::ReadContent, Scope::WriteContent];

/// A server whose site has the collection, with some lines in front of its type.
pub async fn with(database: Database, keys: &str) -> (Server, TempDir) {
    let folder = site::folder_with(&[("types/transactions.toml", &format!("{keys}\n{TYPE}"))]);
    let dir = folder.path().display().to_string();
    (Server::with(database, &[("site.dir", &dir)]).await, folder)
}

pub fn row(reference: &str, account: &str, amount: &str, booked: &str, more: Value) -> Value {
    let mut row = json!({ "reference": reference, "account": account, "amount": amount, "booked": booked });
    for (name, value) in more.as_object().into_iter().flatten() {
        row[name] = value.clone();
    }
    row
}

pub async fn fill(root: &Program<'_>) {
    for row in [
        row("A-1", "DE1", "-12.50", "2026-01-03", json!({ "kind": "card", "payee": "Corner Bakery", "settled": true })),
        row(
            "A-2",
            "DE1",
            "-900",
            "2026-01-01",
            json!({ "kind": "transfer", "payee": "Rent", "note": "the corner flat" }),
        ),
        row("A-3", "DE2", "2500.00", "2026-01-31", json!({ "kind": "transfer", "payee": "Employer" })),
        row("b-4", "DE2", "-3.20", "2026-02-02", json!({ "kind": "card", "payee": "Bakery 100%" })),
        row("B-5", "DE1", "-60", "2026-02-03", json!({ "payee": "Cash machine" })),
    ] {
        let answer = root.post(AT, &row).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

pub fn rows(type_name: &str, permission: RecordPermission) -> Grant {
    Grant::Records(TypeName::new(type_name).expect("a name"), permission)
}

fn references(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["reference"].as_str().expect("a reference").to_owned()).collect()
}

/// All of a list, two rows at a time.
pub async fn whole(program: &Program<'_>, query: &str) -> String {
    program.get("/api/v1/whoami/").await;
    let (mut found, mut next) = (Vec::new(), format!("{AT}?limit=2&{query}"));
    loop {
        let answer = program.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        assert!(answer.queries() <= 4, "{next}: {}", answer.header("server-timing"));
        let list = answer.json();
        found.extend(references(&list));
        match list["next"].as_str() {
            Some(address) => next = address.to_owned(),
            None => return found.join(" "),
        }
    }
}

async fn rows_are_narrowed_sorted_searched_and_counted(database: Database) {
    let (server, _folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    for (query, expected) in [
        ("", "B-5 b-4 A-3 A-1 A-2"),
        ("order=booked", "A-2 A-1 A-3 b-4 B-5"),
        ("order=id", "A-1 A-2 A-3 b-4 B-5"),
        ("order=-id", "B-5 b-4 A-3 A-2 A-1"),
        ("order=amount", "A-2 B-5 A-1 b-4 A-3"),
        ("order=-reference", "B-5 b-4 A-3 A-2 A-1"),
        ("account=de1", "B-5 A-1 A-2"),
        ("account=DE1&order=amount", "A-2 B-5 A-1"),
        ("account=DE1&booked__lt=2026-02-01", "A-1 A-2"),
        ("account__ne=DE1", "b-4 A-3"),
        ("account__in=DE2,DE3", "b-4 A-3"),
        ("account__startswith=DE", "B-5 b-4 A-3 A-1 A-2"),
        ("account__contains=2", "b-4 A-3"),
        ("account__contains=%25", ""),
        ("amount__gte=-12.5&amount__lt=0", "b-4 A-1"),
        ("amount__gt=-12.5&order=amount", "b-4 A-3"),
        ("amount=2500", "A-3"),
        ("amount__lte=-60", "B-5 A-2"),
        ("booked__range=2026-01-03,2026-02-02", "b-4 A-3 A-1"),
        ("booked__gte=2026-01-03&booked__lte=2026-02-02&order=-amount", "A-3 b-4 A-1"),
        ("kind__isnull=true", "B-5"),
        ("kind__isnull=false&order=id", "A-1 A-2 A-3 b-4"),
        ("kind__ne=card", "B-5 A-3 A-2"),
        ("settled=true", "A-1"),
        ("settled=false&kind=card", "b-4"),
        ("q=bakery", "b-4 A-1"),
        ("q=corn", "A-1 A-2"),
        ("q=corner+rent", "A-2"),
        ("q=nothing", ""),
        ("updated_at__gte=2020-01-01&account=DE2&order=id", "A-3 b-4"),
        ("updated_at__lt=2020-01-01", ""),
    ] {
        assert_eq!(whole(&root, query).await, expected, "{query}");
    }
    for (query, total) in
        [("count=exact", 5), ("count=bounded&account=DE1", 3), ("count=exact&kind=card&account=DE1", 1)]
    {
        let list = root.get(&format!("{AT}?limit=1&{query}")).await;
        assert_eq!(list.json()["count"], json!({ "total": total, "exact": true }), "{query}");
    }
    let sparse = root.get(&format!("{AT}?limit=1&fields=reference,meta.version")).await.json();
    assert_eq!(sparse["items"], json!([{ "reference": "B-5", "meta": { "version": 1 } }]));
    for wrong in [
        "colour=red",
        "amount=much",
        "settled=maybe",
        "booked__gte=soon",
        "booked__gte=2026-01-01T10:00:00Z",
        "updated_at__gte=2026-01-01T10:00",
        "updated_at__range=2026-01-01,2026-01-02T10:00:00",
        "settled__lt=true",
        "account__like=x",
        "booked__contains=1",
        "order=kind",
        "order=risk",
        "risk=1",
        "limit=0",
        "limit=101",
        "after=x",
        "count=all",
        "q=a&q=b",
        "booked__range=2026-01-01",
        "q=a+b+c+d+e+f+g+h+i",
    ] {
        let refused = root.get(&format!("{AT}?{wrong}")).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
}

async fn a_row_is_added_read_changed_and_deleted(database: Database) {
    let (server, _folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    let made = root.post(AT, &row("A-1", "DE1", "-12.5", "2026-01-03", json!({ "payee": " Bakery " }))).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let place = made.header("location").to_owned();
    let row = made.json();
    assert_eq!((&row["payee"], &row["amount"], &row["kind"]), (&json!("Bakery"), &json!("-12.5"), &json!("")));
    assert_eq!((&row["meta"]["type"], &row["meta"]["version"]), (&json!(TRANSACTION), &json!(1)));
    let read = root.get(&place).await;
    assert_eq!((read.json(), read.header("etag")), (row, made.header("etag")));
    assert!(read.queries() <= 4, "{}", read.header("server-timing"));
    let known = root.ask(Method::GET, &place, &[("if-none-match", made.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let changed = root.patch(&place, made.header("etag"), &json!({ "amount": "-13", "payee": null })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let now = changed.json();
    assert_eq!((&now["amount"], &now["payee"], &now["account"]), (&json!("-13"), &json!(""), &json!("DE1")));
    let stale = root.patch(&place, made.header("etag"), &json!({ "amount": "-14" })).await;
    assert_eq!((stale.status.as_u16(), code(&stale).as_str()), (412, "stale"));
    assert_eq!(code(&root.ask(Method::PATCH, &place, &[], Some(&json!({}))).await), "if_match_needed");
    let half = json!({ "reference": "A-2", "account": "DE9" });
    let put = root.ask(Method::PUT, &place, &[("if-match", "*")], Some(&half)).await;
    assert_eq!(mistakes(&put), ["/amount required", "/booked required"]);
    assert_eq!(whole(&root, "amount=-13").await, "A-1", "the index follows");
    assert_eq!(whole(&root, "amount=-12.5").await, "");
    assert_eq!(whole(&root, "q=bakery").await, "");
    assert_eq!(code(&root.ask(Method::DELETE, &place, &[], None).await), "if_match_needed");
    assert_eq!(root.ask(Method::DELETE, &place, &[("if-match", changed.header("etag"))], None).await.status, 204);
    assert_eq!(code(&root.get(&place).await), "not_found");
    assert_eq!(whole(&root, "").await, "");
    let events: Vec<String> = ["create", "update", "delete"].map(str::to_owned).into();
    for event in events {
        let logged = format!("object_event WHERE kind = 'record' AND type = '{TRANSACTION}' AND event = '{event}'");
        assert_eq!(server.count(&logged), 1, "{event}");
    }
}

async fn values_are_checked_by_the_kinds_of_their_fields(database: Database) {
    let (server, _folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    let wrong = json!({ "account": 5, "amount": "1.234", "booked": "soon", "kind": "gold", "colour": "red" });
    let refused = root.post(AT, &wrong).await;
    assert_eq!(refused.status, 422);
    let mut told = mistakes(&refused);
    told.sort();
    let expected = [
        "/account invalid_type",
        "/amount too_many_digits",
        "/booked invalid_date",
        "/colour unknown_field",
        "/kind invalid_choice",
        "/reference required",
    ];
    assert_eq!(told, expected);
    assert_eq!(server.count("record"), 0);
    let key = [("idempotency-key", "one")];
    let row = row("A-1", "DE1", "1", "2026-01-01", json!({}));
    let first = root.ask(Method::POST, AT, &key, Some(&row)).await;
    let again = root.ask(Method::POST, AT, &key, Some(&row)).await;
    assert_eq!((first.status, first.text(), again.header("idempotent-replayed")), (again.status, again.text(), "true"));
    assert_eq!(server.count("record"), 1);
}

async fn each_permission_opens_its_own_doors(database: Database) {
    let (server, _folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    let first = references(&root.get(&format!("{AT}?order=id")).await.json());
    assert_eq!(first.len(), 5);
    let id = root.get(&format!("{AT}?order=id&limit=1")).await.json()["items"][0]["id"].clone();
    let place = format!("{AT}{id}/");
    let body = row("C-1", "DE1", "1", "2026-01-01", json!({}));
    let of = |permission| vec![rows(TRANSACTION, permission)];
    let any = [("if-match", "*")];
    for (name, grants, may) in [
        ("nothing", Vec::new(), [403, 403, 403, 403]),
        ("other", vec![rows("bank.Other", RecordPermission::View)], [403, 403, 403, 403]),
        ("view", of(RecordPermission::View), [200, 403, 403, 403]),
        ("add", of(RecordPermission::Add), [403, 201, 403, 403]),
        ("change", of(RecordPermission::Change), [200, 403, 200, 403]),
        ("delete", of(RecordPermission::Delete), [200, 403, 403, 204]),
    ] {
        let program = server.program(name, &grants, &BOTH).await;
        let status = [
            program.get(&place).await,
            program.post(AT, &body).await,
            program.ask(Method::PATCH, &place, &any, Some(&json!({ "note": "x" }))).await,
            program.ask(Method::DELETE, &place, &any, None).await,
        ];
        assert_eq!(status.map(|answer| answer.status.as_u16()), may, "{name}");
        assert_eq!(program.get(AT).await.status, may[0], "{name}");
    }
    let blind = server.robot("view", &[Scope::Audit]).await;
    for answer in [blind.get(AT).await, blind.get(&place).await, blind.post(AT, &body).await] {
        assert_eq!(code(&answer), "insufficient_scope");
    }
    for path in [AT, &place] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    for path in ["/api/v1/nothing/", "/api/v1/nothing/1/", &format!("{AT}x/"), &format!("{AT}999999/")] {
        assert_eq!(code(&root.get(path).await), "not_found", "{path}");
    }
    assert_eq!(code(&root.ask(Method::PATCH, AT, &[], None).await), "wrong_method");
}

async fn what_is_public_is_read_by_anybody_and_changed_by_nobody(database: Database) {
    let (server, _folder) = with(database, "public = true").await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    let list = server.get(&format!("{AT}?account=DE2&count=exact")).await;
    assert_eq!((list.status.as_u16(), references(&list.json()).len()), (200, 2));
    let item = &list.json()["items"][0];
    assert_eq!(item.get("risk"), None, "for auditors alone");
    // Whoever may read it hands it to no program that may not.
    let blind = server.robot("root", &[Scope::Audit]).await;
    for (program, sees) in [(&root, true), (&blind, false)] {
        for path in [AT.to_owned(), format!("{AT}{}/", item["id"]), format!("{AT}export/")] {
            let answer = program.get(&path).await;
            assert_eq!((answer.status.as_u16(), answer.text().contains("\"risk\"")), (200, sees), "{path}");
        }
    }
    assert_eq!(server.get(&format!("{AT}{}/", item["id"])).await.status, 200);
    let refused = server.send_body(Method::POST, AT, &[("content-type", "application/json")], b"{}".to_vec()).await;
    assert_eq!(refused.status, 401);
    let ann = server.program("ann", &[rows(TRANSACTION, RecordPermission::Add)], &BOTH).await;
    let guarded = ann.post(AT, &row("D-1", "DE1", "1", "2026-01-01", json!({ "risk": 3 }))).await;
    assert_eq!(mistakes(&guarded), ["/risk forbidden"]);
}

async fn rows_leave_as_files_and_come_back(database: Database) {
    let (server, folder) = with(database, "").await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    let of = async |query: &str| root.get(&format!("{AT}export/?{query}")).await;
    let table = of("format=csv&account=DE1&order=booked").await;
    assert_eq!((table.status.as_u16(), table.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"transactions.csv\"");
    let lines: Vec<&str> = table.text().lines().collect();
    assert_eq!(lines[0], "id,reference,account,amount,booked,kind,settled,payee,note,risk");
    assert!(
        lines.len() == 4 && lines[1].ends_with(",A-2,DE1,-900,2026-01-01,transfer,false,Rent,the corner flat,"),
        "{lines:?}"
    );
    let all = of("").await.text().to_owned();
    assert_eq!(all.lines().count(), 5);
    assert_eq!(code(&of("format=xml").await), "bad_request");
    for wrong in ["colour=red", "limit=5", "fields=id", "count=exact", "after=x"] {
        assert_eq!(code(&of(wrong).await), "bad_request", "{wrong}");
    }
    let nothing = server.program("nothing", &[], &BOTH).await;
    assert_eq!(nothing.get(&format!("{AT}export/")).await.status, 403);
    assert_eq!(server.get(&format!("{AT}export/")).await.status, 401);

    let file = folder.path().join("rows.jsonl");
    let bad = "\n{\"reference\": \"C-1\", \"amount\": \"much\"}\n[]\nnothing\n";
    std::fs::write(&file, format!("{all}{bad}")).expect("written");
    let (rows, report) = (file.display().to_string(), folder.path().join("report.csv").display().to_string());
    let (url, dir) = (format!("database.url={}", server.database_url), format!("site.dir={}", folder.path().display()));
    let import = |arguments: &[&str]| {
        let settings = ["--set", &url, "--set", &dir];
        run(vitrine(folder.path()).args(["collection", "import"]).args(arguments).args(settings))
    };
    let (status, out, _) = import(&["transactions", &rows, "--dry-run"]);
    assert_eq!((status, server.count("record")), (Some(1), 5), "{out}");
    let (status, out, told) = import(&[TRANSACTION, &rows, "--json", "--report", &report]);
    assert_eq!((status, server.count("record")), (Some(1), 10), "{out} {told}");
    let outcome: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(outcome["rows"], json!({ "added": 5, "refused": 3 }));
    let report = std::fs::read_to_string(report).expect("written");
    assert!(
        report.contains("7,amount,") && report.contains("7,account,") && report.contains("8,,it is no object"),
        "{report}"
    );
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, table.text()).expect("written");
    let (status, _, told) = import(&["transactions", &file.display().to_string()]);
    assert_eq!((status, server.count("record")), (Some(0), 13), "{told}");
    assert_eq!(whole(&root, "account=DE1&order=amount&amount=-900").await, "A-2 A-2 A-2");
    let logged = "object_event WHERE kind = 'record' AND object_id = 0 AND channel = 'cli'";
    assert_eq!(server.count(logged), 2);
}

async fn a_list_by_something_new_waits_for_its_index(database: Database) {
    let folder = site::folder_with(&[("types/transactions.toml", TYPE)]);
    let dir = folder.path().display().to_string();
    // Nobody works, so that the index is not there before it was asked for.
    let server = Server::with(database, &[("site.dir", &dir), ("server.role", "web")]).await;
    let root = server.root_program(&BOTH).await;
    fill(&root).await;
    let changed = TYPE.replace("order = [\"booked\"", "order = [\"payee\", \"booked\"").replace("\"settled\", ", "");
    std::fs::write(folder.path().join("types/transactions.toml"), changed).expect("written");
    let types = vitrine::site::load_types(&vitrine::site::SiteFolder::of(Some(folder.path())));
    server.content().replace_types(types.expect("they load"));
    let early = root.get(&format!("{AT}?order=payee")).await;
    assert_eq!((early.status.as_u16(), code(&early).as_str()), (503, "index_unready"));
    let others = references(&root.get(&format!("{AT}?order=booked")).await.json());
    assert_eq!(others, ["A-2", "A-1", "A-3", "b-4", "B-5"], "the others are as they were");
    root.post(AT, &row("C-6", "DE1", "1", "2026-03-01", json!({ "kind": "cash" }))).await;
    server.content().build_record_indexes().await.expect("built");
    assert_eq!(root.get(AT).await.status, 200);
    assert_eq!(whole(&root, "order=payee").await, "C-6 b-4 B-5 A-1 A-3 A-2");
    assert_eq!(whole(&root, "account=DE1&order=payee").await, "C-6 B-5 A-1 A-2");
    let stray = "record_key WHERE index_id NOT IN (SELECT id FROM record_index)";
    assert_eq!(server.count(stray), 0, "what the old index held is gone");
    assert_eq!(code(&root.get(&format!("{AT}?settled=true")).await), "bad_request");
}

on_both_databases!(
    rows_are_narrowed_sorted_searched_and_counted,
    a_row_is_added_read_changed_and_deleted,
    values_are_checked_by_the_kinds_of_their_fields,
    each_permission_opens_its_own_doors,
    what_is_public_is_read_by_anybody_and_changed_by_nobody,
    rows_leave_as_files_and_come_back,
    a_list_by_something_new_waits_for_its_index,
);
