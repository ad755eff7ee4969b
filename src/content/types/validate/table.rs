//! Tables, in the forms of Wagtail's `TableBlock` and `TypedTableBlock`, so that an import keeps them.

use serde_json::{Map, Value, json};

use super::{Check, Code};
use crate::content::types::model::Length;
use crate::content::types::problem::suggestion;

const MAX_ROWS: usize = 1_000;
const MAX_COLUMNS: usize = 100;
const MAX_CELLS: usize = 10_000;
const MAX_CELL_CHARS: usize = 10_000;
const MAX_CAPTION_CHARS: usize = 255;
/// `cell` and `mergeCells` are Handsontable's: the alignment of cells, and cells that span others.
const TABLE_KEYS: [&str; 7] = [
    "data",
    "first_row_is_table_header",
    "first_col_is_header",
    "table_header_choice",
    "table_caption",
    "cell",
    "mergeCells",
];

impl Check<'_> {
    /// `{data, first_row_is_table_header, first_col_is_header, table_header_choice, table_caption}`, with
    /// `cell` and `mergeCells` when there are any; null without rows.
    pub(super) fn table(&mut self, given: Option<&Value>) -> Value {
        let Some(values) = self.table_object(given, "an object with the rows of a table in data") else {
            return Value::Null;
        };
        self.known_keys(values, &TABLE_KEYS, "a table");
        let data = self.within("data", |check| check.table_rows(values.get("data")));
        let Some(columns) = data.first().map(Vec::len) else { return Value::Null };
        let (row, column) = self.headers(values);
        let choice = match (row, column) {
            (true, true) => "both",
            (true, false) => "row",
            (false, true) => "column",
            (false, false) => "neither",
        };
        let caption = self.line(values, "table_caption", MAX_CAPTION_CHARS);
        let rows = data.len();
        let mut table = json!({
            "data": data,
            "first_row_is_table_header": row,
            "first_col_is_header": column,
            "table_header_choice": choice,
            "table_caption": caption,
        });
        for (key, place) in
            [("cell", Check::alignment as fn(&mut Self, &Value) -> Option<Value>), ("mergeCells", Check::span)]
        {
            let Some(entries) = values.get(key).filter(|entries| !entries.is_null()) else { continue };
            let entries = self.within(key, |check| check.placed(entries, rows, columns, place));
            if !entries.is_empty() {
                table[key] = Value::Array(entries);
            }
        }
        table
    }

    fn table_object<'v>(&mut self, given: Option<&'v Value>, expected: &str) -> Option<&'v Map<String, Value>> {
        let given = given?;
        if !given.is_object() {
            self.wrong_type(expected, given);
        }
        given.as_object()
    }

    /// Whether the first row and the first column are headers: `table_header_choice`, or else the older flags.
    fn headers(&mut self, values: &Map<String, Value>) -> (bool, bool) {
        let filled = |key: &str| values.get(key).filter(|value| !value.is_null());
        let choice = filled("table_header_choice")
            .and_then(|given| self.within("table_header_choice", |check| check.string(given)));
        match choice.unwrap_or_default() {
            "" => {}
            "row" => return (true, false),
            "column" => return (false, true),
            "both" => return (true, true),
            "neither" => return (false, false),
            other => {
                let shown: String = other.chars().take(64).collect();
                let known = suggestion(&shown, ["row", "column", "both", "neither"]);
                self.within("table_header_choice", |check| {
                    check.error(Code::InvalidChoice, format!("\"{shown}\" is not one of the choices{known}"));
                });
            }
        }
        let mut flag =
            |key: &str| filled(key).is_some_and(|given| self.within(key, |check| check.boolean(given)) == true);
        (flag("first_row_is_table_header"), flag("first_col_is_header"))
    }

    fn line(&mut self, values: &Map<String, Value>, key: &str, max: usize) -> String {
        let Some(given) = values.get(key).filter(|value| !value.is_null()) else { return String::new() };
        self.within(key, |check| {
            let text = check.string(given).unwrap_or_default().trim();
            check.length(text, Length { min: None, max: Some(max) });
            text.to_owned()
        })
    }

    /// Rows of the same length; what is no text is empty, and short rows are filled up.
    fn table_rows(&mut self, given: Option<&Value>) -> Vec<Vec<String>> {
        let Some(given) = given.filter(|given| !given.is_null()) else { return Vec::new() };
        let rows = self.array(given);
        let columns = rows.iter().filter_map(|row| Some(row.as_array()?.len())).max().unwrap_or(0);
        if !self.table_fits(rows.len(), columns) {
            return Vec::new();
        }
        let mut data = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            if self.is_full() {
                break;
            }
            data.push(self.within(&format!("[{at}]"), |check| check.text_cells(row, columns)));
        }
        if columns == 0 { Vec::new() } else { data }
    }

    fn text_cells(&mut self, row: &Value, columns: usize) -> Vec<String> {
        let mut cells: Vec<String> = Vec::with_capacity(columns);
        for (at, cell) in self.array(row).iter().enumerate() {
            let text = self.within(&format!("[{at}]"), |check| match cell {
                Value::Null => String::new(),
                Value::Number(number) => number.to_string(),
                other => {
                    let text = check.string(other).unwrap_or_default().trim();
                    check.length(text, Length { min: None, max: Some(MAX_CELL_CHARS) });
                    text.to_owned()
                }
            });
            cells.push(text);
        }
        cells.resize(columns, String::new());
        cells
    }

    fn table_fits(&mut self, rows: usize, columns: usize) -> bool {
        if rows > MAX_ROWS || columns > MAX_COLUMNS || rows * columns > MAX_CELLS {
            let message = format!(
                "a table has at most {MAX_ROWS} rows, {MAX_COLUMNS} columns and {MAX_CELLS} cells, not {rows} by {columns}"
            );
            self.error(Code::TooManyItems, message);
            return false;
        }
        true
    }

    /// Entries that name a cell by `row` and `col`; those beyond the table are left behind by deleted rows and dropped.
    fn placed(
        &mut self,
        given: &Value,
        rows: usize,
        columns: usize,
        rest: fn(&mut Self, &Value) -> Option<Value>,
    ) -> Vec<Value> {
        let given = self.array(given);
        if self.too_many(given.len(), Some(MAX_CELLS)) {
            return Vec::new();
        }
        let mut entries = Vec::new();
        for (at, entry) in given.iter().enumerate() {
            let place = |key: &str, below: usize| {
                entry.get(key).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok()).filter(|at| *at < below)
            };
            if let (Some(row), Some(col)) = (place("row", rows), place("col", columns)) {
                let stored = self.within(&format!("[{at}]"), |check| rest(check, entry));
                entries.extend(stored.map(|mut stored| {
                    stored["row"] = json!(row);
                    stored["col"] = json!(col);
                    stored
                }));
            }
        }
        entries
    }

    /// Only Handsontable's own names of alignments: a class that a visitor could be shown must not be free text.
    fn alignment(&mut self, entry: &Value) -> Option<Value> {
        const KNOWN: [&str; 7] = ["htLeft", "htCenter", "htRight", "htJustify", "htTop", "htMiddle", "htBottom"];
        let names = entry.get("className").and_then(Value::as_str).unwrap_or_default().split_ascii_whitespace();
        let names: Vec<&str> = names.filter(|name| KNOWN.contains(name)).collect();
        (!names.is_empty()).then(|| json!({ "className": names.join(" ") }))
    }

    fn span(&mut self, entry: &Value) -> Option<Value> {
        let mut size = |key: &str, most: usize| {
            let size = entry.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
            let size = size.filter(|size| (1..=most).contains(size));
            if size.is_none() {
                self.within(key, |check| check.error(Code::InvalidNumber, format!("must be from 1 to {most}")));
            }
            size
        };
        let (rowspan, colspan) = (size("rowspan", MAX_ROWS)?, size("colspan", MAX_COLUMNS)?);
        (rowspan > 1 || colspan > 1).then(|| json!({ "rowspan": rowspan, "colspan": colspan }))
    }

    /// `{columns: [{type, heading}], rows: [{values}], caption}`; null without columns.
    pub(super) fn typed_table(&mut self, given: Option<&Value>, blocks: &[String]) -> Value {
        let Some(values) = self.table_object(given, "an object with columns, rows and caption") else {
            return Value::Null;
        };
        self.known_keys(values, &["columns", "rows", "caption"], "a typed table");
        let none = Value::Array(Vec::new());
        let filled = |key: &str| values.get(key).filter(|value| !value.is_null()).unwrap_or(&none);
        let columns = self.within("columns", |check| check.columns(filled("columns"), blocks));
        let caption = self.line(values, "caption", MAX_CAPTION_CHARS);
        let rows = self.within("rows", |check| check.typed_rows(filled("rows"), &columns));
        if columns.is_empty() {
            return Value::Null;
        }
        let columns: Vec<Value> =
            columns.iter().map(|(name, heading)| json!({ "type": name, "heading": heading })).collect();
        json!({ "columns": columns, "rows": rows, "caption": caption })
    }

    /// The block and the heading of each column.
    fn columns(&mut self, given: &Value, blocks: &[String]) -> Vec<(String, String)> {
        let given = self.array(given);
        if self.too_many(given.len(), Some(MAX_COLUMNS)) {
            return Vec::new();
        }
        let mut columns = Vec::new();
        for (at, column) in given.iter().enumerate() {
            self.within(&format!("[{at}]"), |check| {
                let Some(values) = check.table_object(Some(column), "an object with type and heading") else { return };
                check.known_keys(values, &["type", "heading"], "a column");
                let name: String =
                    values.get("type").and_then(Value::as_str).unwrap_or_default().chars().take(64).collect();
                if !blocks.contains(&name) {
                    let known = suggestion(&name, blocks.iter().map(String::as_str));
                    let message = format!("\"{name}\" is not a column of this table{known}");
                    check.within("type", |check| check.error(Code::UnknownBlock, message));
                }
                columns.push((name, check.line(values, "heading", MAX_CAPTION_CHARS)));
            });
        }
        columns
    }

    fn typed_rows(&mut self, given: &Value, columns: &[(String, String)]) -> Vec<Value> {
        let given = self.array(given);
        if !self.table_fits(given.len(), columns.len()) {
            return Vec::new();
        }
        let mut rows = Vec::with_capacity(given.len());
        for (at, row) in given.iter().enumerate() {
            if self.is_full() {
                break;
            }
            self.within(&format!("[{at}]"), |check| {
                let Some(row) = check.table_object(Some(row), "an object with values") else { return };
                check.known_keys(row, &["values"], "a row");
                let none = Value::Array(Vec::new());
                let cells = row.get("values").filter(|cells| !cells.is_null()).unwrap_or(&none);
                let values = check.within("values", |check| check.typed_cells(cells, columns));
                rows.push(json!({ "values": values }));
            });
        }
        rows
    }

    fn typed_cells(&mut self, given: &Value, columns: &[(String, String)]) -> Vec<Value> {
        let cells = self.array(given);
        if cells.len() > columns.len() {
            let message = format!("the table has {} columns, not {}", columns.len(), cells.len());
            self.error(Code::TooManyItems, message);
            return Vec::new();
        }
        let cell = |(at, (name, _)): (usize, &(String, String))| {
            let Some(block) = self.types.block(name) else { return Value::Null };
            self.within(&format!("[{at}]"), |check| check.block(block, cells.get(at)))
        };
        columns.iter().enumerate().map(cell).collect()
    }
}
