//! Tables for templates: rows of cells that know whether they are headers, and which others they span.

use std::collections::HashMap;

use minijinja::value::{Serde, Value};
use serde::Serialize;
use serde_json::Value as Json;

#[derive(Debug, PartialEq, Serialize)]
struct Row {
    /// Whether all its cells head columns.
    header: bool,
    cells: Vec<Cell>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Cell {
    text: String,
    /// `col`, `row`, or nothing: not a header.
    scope: &'static str,
    colspan: usize,
    rowspan: usize,
    /// Class names of the alignment, such as `align-right`.
    align: String,
}

/// The rows of a table in Wagtail's form. Cells that another one covers are left out.
pub(super) fn rows(table: Value) -> Value {
    let table = serde_json::to_value(&table).unwrap_or_default();
    Serde(read(&table)).into()
}

fn read(table: &Json) -> Vec<Row> {
    let flag = |key: &str| table.get(key).and_then(Json::as_bool).unwrap_or(false);
    let (first_row, first_column) = (flag("first_row_is_table_header"), flag("first_col_is_header"));
    let spans = placed(table, "mergeCells", |entry| (size(entry, "rowspan"), size(entry, "colspan")));
    let aligned = placed(table, "cell", |entry| alignment(entry.get("className").and_then(Json::as_str).unwrap_or("")));
    let is_covered = |row: usize, column: usize| {
        spans.iter().any(|((top, left), (rows, columns))| {
            (row, column) != (*top, *left)
                && (*top..top + rows).contains(&row)
                && (*left..left + columns).contains(&column)
        })
    };
    let rows = table.get("data").and_then(Json::as_array).into_iter().flatten().enumerate();
    rows.map(|(row, cells)| {
        let cells = cells.as_array().into_iter().flatten().enumerate();
        let cells = cells.filter(|(column, _)| !is_covered(row, *column)).map(|(column, text)| {
            let (rowspan, colspan) = spans.get(&(row, column)).copied().unwrap_or((1, 1));
            let scope = match (row, column) {
                (0, _) if first_row => "col",
                (_, 0) if first_column => "row",
                _ => "",
            };
            let align = aligned.get(&(row, column)).cloned().unwrap_or_default();
            Cell { text: text.as_str().unwrap_or_default().to_owned(), scope, colspan, rowspan, align }
        });
        Row { header: row == 0 && first_row, cells: cells.collect() }
    })
    .collect()
}

/// Entries that name a cell by `row` and `col`.
fn placed<T>(table: &Json, key: &str, read: impl Fn(&Json) -> T) -> HashMap<(usize, usize), T> {
    let entries = table.get(key).and_then(Json::as_array).into_iter().flatten();
    let place = |entry: &Json, key: &str| entry.get(key).and_then(Json::as_u64).and_then(|at| usize::try_from(at).ok());
    entries.filter_map(|entry| Some(((place(entry, "row")?, place(entry, "col")?), read(entry)))).collect()
}

fn size(entry: &Json, key: &str) -> usize {
    entry.get(key).and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok()).unwrap_or(1).max(1)
}

/// `htRight htMiddle` -> `align-right align-middle`.
fn alignment(names: &str) -> String {
    let names = names.split_ascii_whitespace().filter_map(|name| name.strip_prefix("ht"));
    names.map(|name| format!("align-{}", name.to_ascii_lowercase())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn header_cells_have_a_scope_and_covered_ones_are_gone() {
        let rows = read(&json!({
            "data": [["", "A", "B"], ["x", "1", "2"], ["y", "3", "4"]],
            "first_row_is_table_header": true,
            "first_col_is_header": true,
            "cell": [{ "row": 1, "col": 1, "className": "htRight htMiddle" }],
            "mergeCells": [{ "row": 1, "col": 1, "rowspan": 2, "colspan": 2 }],
        }));
        let scopes: Vec<Vec<&str>> = rows.iter().map(|row| row.cells.iter().map(|cell| cell.scope).collect()).collect();
        assert_eq!(scopes, [vec!["col", "col", "col"], vec!["row", ""], vec!["row"]]);
        assert_eq!((rows[0].header, rows[1].header), (true, false));
        let merged = &rows[1].cells[1];
        assert_eq!((merged.colspan, merged.rowspan, merged.align.as_str()), (2, 2, "align-right align-middle"));
        assert_eq!(read(&json!(null)), []);
    }
}
