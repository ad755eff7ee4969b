//! All that a database and a media library hold, object by object, read outside of the product.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::postgres::outside;

/// Each table with its rows as text, sorted. What says when something was applied, or when the last backup was, is left out.
pub fn rows_of(url: &str) -> BTreeMap<String, Vec<String>> {
    let url = url.to_owned();
    outside(async move {
        let mut found = BTreeMap::new();
        if url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
            let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";
            let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("its tables");
            for table in tables.into_iter().filter(|table| is_compared(table)) {
                let columns = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
                let columns: Vec<String> =
                    sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(&mut connection).await.expect("its columns");
                let row: Vec<String> = columns.iter().map(|column| format!("QUOTE(\"{column}\")")).collect();
                let text = format!("SELECT {} FROM \"{table}\"", row.join(" || ', ' || "));
                found.insert(table, sorted(connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(text))).await));
            }
            return found;
        }
        let mut connection = sqlx::PgConnection::connect(&url).await.expect("connects");
        let tables =
            "SELECT relname::TEXT FROM pg_class WHERE relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND relkind = 'r'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("its tables");
        for table in tables.into_iter().filter(|table| is_compared(table)) {
            let text = format!("SELECT CAST(t AS TEXT) FROM \"{table}\" AS t");
            found.insert(table, sorted(connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(text))).await));
        }
        let sequences = "SELECT sequencename || ' ' || COALESCE(last_value, 0) FROM pg_sequences WHERE schemaname = CURRENT_SCHEMA()";
        found.insert("sequences".to_owned(), sorted(connection.fetch_all(sequences).await));
        let rules = "SELECT conrelid::REGCLASS::TEXT || conname || PG_GET_CONSTRAINTDEF(oid) FROM pg_constraint
            WHERE connamespace = CURRENT_SCHEMA()::REGNAMESPACE";
        found.insert("rules".to_owned(), sorted(connection.fetch_all(rules).await));
        found
    })
}

fn is_compared(table: &str) -> bool {
    !matches!(table, "backup" | "_sqlx_migrations")
}

fn sorted<R: sqlx::Row>(rows: Result<Vec<R>, sqlx::Error>) -> Vec<String>
where
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    usize: sqlx::ColumnIndex<R>,
{
    let mut rows: Vec<String> = rows.expect("rows").iter().map(|row| row.try_get(0).expect("text")).collect();
    rows.sort();
    rows
}

/// Each file of a folder by its path, with its SHA-256; renditions are made again, and so are not compared.
pub fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&path) else { continue };
        for path in entries.map(|entry| entry.expect("readable").path()) {
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if !name.starts_with("renditions/") && !name.starts_with('.') {
                found.insert(name, Sha256::digest(std::fs::read(&path).expect("readable")).to_vec());
            }
        }
    }
    found
}

/// Says which table differs, and how; the whole of both would be megabytes.
pub fn assert_same_rows(one: &BTreeMap<String, Vec<String>>, other: &BTreeMap<String, Vec<String>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "the same tables");
    for (table, rows) in one {
        let others = &other[table];
        let differs = rows.iter().zip(others).find(|(one, other)| one != other);
        assert!(
            differs.is_none() && rows.len() == others.len(),
            "{table}: {} and {} rows; {differs:?}",
            rows.len(),
            others.len()
        );
    }
}
