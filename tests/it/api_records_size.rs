//! Collections that are large: no list looks at all rows, whatever it is narrowed and sorted by.

use std::time::Instant;

use serde_json::{Map, Value, json};
use vitrine::accounts::Scope;
use vitrine::content::Actor;
use vitrine::content::records::PART_QUERIES;
use vitrine::content::records::QUERIES;
use vitrine::telemetry::label::Channel;

use crate::api_records::{TRANSACTION, with};
use crate::support::postgres::{execute, plan};
use crate::support::{Database, Server, is_long, on_both_databases, within_ms};

const ROWS: usize = 20_000;
const MANY: usize = 1_000_000;
/// Rows that are written at once.
const PART: usize = 2_000;
/// For any part of any list, without the compiler's optimisations.
const PATIENCE_MS: u64 = 2_000;

fn row(number: usize) -> Map<String, Value> {
    let (day, month, year) = (number % 28 + 1, number / 28 % 12 + 1, 2000 + number / 336 % 27);
    let kind = ["card", "transfer", "cash"][number % 3];
    let row = json!({
        "reference": format!("R-{number:07}"), "account": format!("DE{}", number % 50),
        "amount": format!("{}.{:02}", number % 2_000, number % 100), "booked": format!("{year}-{month:02}-{day:02}"),
        "kind": kind, "settled": number % 1_000 == 7, "payee": format!("Shop {}", number % 5_000),
    });
    row.as_object().cloned().expect("an object")
}

async fn fill(server: &Server, rows: usize) {
    let by = Actor::from(Channel::Cli);
    for from in (0..rows).step_by(PART) {
        let part = (from..rows.min(from + PART)).map(row).collect();
        let added = server.content().add_records(TRANSACTION, part, &by).await.expect("added");
        assert_eq!(added.refused.len(), 0, "{:?}", added.refused);
    }
    if server.database_url.starts_with("postgres") {
        execute(&server.database_url, "ANALYZE record; ANALYZE record_key").expect("analysed");
    }
}

/// The shares of all rows that some filters leave, with the lists that are asked for.
const LISTS: [&str; 16] = [
    "",
    "order=amount",
    "order=-reference",
    "reference=R-0000777",
    "account=DE7&order=-booked",
    "account=DE7&order=amount&kind=card",
    "kind=card&order=booked",
    "kind=card&settled=true&order=-amount",
    "settled=true&order=reference",
    "booked__gte=2020-01-01&booked__lt=2020-02-01&order=amount",
    "booked__gte=2020-01-01&amount__gt=1990&order=-booked",
    "account__in=DE1,DE2&order=-amount",
    "account__contains=4&order=booked",
    "q=shop+4999",
    "q=shop&account=DE3",
    "kind__ne=card&account__ne=DE1",
];

async fn lists_stay_quick(server: &Server, rows: usize) {
    let root = server.root_program(&[Scope::ReadContent]).await;
    root.get("/api/v1/whoami/").await;
    for query in LISTS {
        for count in ["", "&count=bounded", "&count=exact"] {
            let mut next = format!("/api/v1/transactions/?limit=50&{query}{count}");
            for part in 0..3 {
                let began = Instant::now();
                let answer = root.get(&next).await;
                let took = began.elapsed();
                assert_eq!(answer.status, 200, "{next}: {}", answer.text());
                assert!(
                    took < within_ms(PATIENCE_MS),
                    "part {part} of {query}{count} took {took:?}: {}",
                    answer.header("server-timing")
                );
                assert!(answer.queries() <= 4, "{next}: {}", answer.header("server-timing"));
                if std::env::var_os("VITRINE_TEST_SHOW").is_some() {
                    eprintln!("{took:>12?} {query}{count} {part} {}", answer.json()["count"]);
                }
                match answer.json()["next"].as_str() {
                    Some(address) => next = address.to_owned(),
                    None => break,
                }
            }
        }
    }
    let count = async |query: &str| {
        let list = root.get(&format!("/api/v1/transactions/?limit=1&count=exact&{query}")).await.json();
        (list["count"]["total"].as_u64(), list["count"]["exact"].as_bool())
    };
    assert_eq!(count("").await, (Some(rows as u64), Some(true)));
    assert_eq!(count("account=DE7").await, (Some(rows as u64 / 50), Some(true)));
    assert_eq!(count("settled=true&kind=card").await.1, Some(true));
}

async fn no_list_of_twenty_thousand_rows_looks_at_all_of_them(database: Database) {
    let (server, _folder) = with(database, "").await;
    fill(&server, ROWS).await;
    lists_stay_quick(&server, ROWS).await;
    let mut bad = Vec::new();
    for query in QUERIES.iter().chain(PART_QUERIES.iter().flat_map(|list| list.iter())) {
        if !query.name.starts_with("record.list") && !query.name.starts_with("record.probe") {
            continue;
        }
        let plan = plan(&server.database_url, query);
        let reads_all = |line: &str| {
            let line = line.trim();
            // Of indexes there are few.
            let of_rows = line.contains("Seq Scan on record") && !line.contains("record_index");
            of_rows || ["SCAN record", "SCAN r", "SCAN record_key"].contains(&line)
        };
        if plan.lines().any(reads_all) {
            bad.push(format!("{}: {plan}", query.name));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

async fn a_million_rows_are_listed_narrowed_and_counted_as_quickly(database: Database) {
    if !is_long() {
        return;
    }
    let (server, _folder) = with(database, "").await;
    let began = Instant::now();
    fill(&server, MANY).await;
    eprintln!("{MANY} rows were written in {:?}", began.elapsed());
    lists_stay_quick(&server, MANY).await;
}

on_both_databases!(
    no_list_of_twenty_thousand_rows_looks_at_all_of_them,
    a_million_rows_are_listed_narrowed_and_counted_as_quickly,
);
