//! Submissions as CSV, as a workbook (XLSX) or as JSON lines, a part at a time: a million take no more memory than a thousand.

use std::sync::Arc;

use serde_json::{Value, json};

use super::submission::{self, Column, Period, Submission};
use crate::content::sheet::{Cell, Workbook};
use crate::db::{Db, DbError};

/// Submissions of one part.
const BATCH: i64 = 1_000;
const SUBMITTED_AT: &str = "submitted_at";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// One JSON object a line.
    JsonLines,
    Xlsx,
}

impl Format {
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// By the ending of a file.
    pub fn parse(extension: &str) -> Option<Self> {
        [Self::Csv, Self::JsonLines, Self::Xlsx].into_iter().find(|known| known.extension() == extension)
    }
}

/// How far a file is written.
enum Writer {
    Csv { begun: bool },
    JsonLines,
    Xlsx(Box<Workbook>),
}

/// An export under way.
pub struct Export {
    db: Arc<Db>,
    page_id: i64,
    period: Period,
    columns: Vec<Column>,
    after: i64,
    /// None behind the last part.
    writer: Option<Writer>,
}

impl Export {
    /// # Errors
    /// When the database is out of reach.
    pub async fn begin(db: Arc<Db>, page_id: i64, period: Period, format: Format) -> Result<Self, DbError> {
        let columns = submission::columns(&db, page_id).await?;
        let writer = match format {
            Format::Csv => Writer::Csv { begun: false },
            Format::JsonLines => Writer::JsonLines,
            Format::Xlsx => Writer::Xlsx(Box::new(Workbook::begin(&heads(&columns)))),
        };
        Ok(Self { db, page_id, period, columns, after: 0, writer: Some(writer) })
    }

    /// The next part; `None` behind the last one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        let Some(mut writer) = self.writer.take() else { return Ok(None) };
        let batch = submission::list_after(&self.db, self.page_id, self.period, self.after, BATCH).await?;
        let is_last = (batch.len() as i64) < BATCH;
        self.after = batch.last().map_or(self.after, |last| last.id);
        let part = match &mut writer {
            Writer::Csv { begun } => csv_part(&self.columns, &batch, !std::mem::replace(begun, true)),
            Writer::JsonLines => json_part(&batch),
            Writer::Xlsx(book) => {
                let had_room = batch.iter().all(|submission| book.row(&row(&self.columns, submission)));
                let mut part = book.take();
                if is_last || !had_room {
                    if !had_room {
                        tracing::warn!("there are more submissions than a workbook may have rows, and it ends there");
                    }
                    if let Writer::Xlsx(book) = writer {
                        part.extend(book.end());
                    }
                    return Ok(Some(part));
                }
                part
            }
        };
        self.writer = Some(writer).filter(|_| !is_last);
        Ok(Some(part))
    }
}

/// What the columns are called: those with the same label are told apart by their names.
fn heads(columns: &[Column]) -> Vec<String> {
    let labels = columns.iter().map(|column| {
        let shared = columns.iter().filter(|other| other.label == column.label).count() > 1;
        let label = if shared { format!("{} ({})", column.label, column.name) } else { column.label.clone() };
        harmless(label)
    });
    std::iter::once(SUBMITTED_AT.to_owned()).chain(labels).collect()
}

fn row(columns: &[Column], submission: &Submission) -> Vec<Cell> {
    let answers = columns.iter().map(|column| match submission.answers.get(&column.name) {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::Bool(flag)) => Cell::Flag(*flag),
        // A workbook says what is text: nothing in it is a formula.
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Number(number)) => number.as_i64().map_or(Cell::Decimal(number.to_string()), Cell::Number),
        Some(other) => Cell::Text(cell(other)),
    });
    std::iter::once(Cell::Time(submission.submitted_at)).chain(answers).collect()
}

fn csv_part(columns: &[Column], batch: &[Submission], with_head: bool) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    if with_head {
        let _ = writer.write_record(heads(columns));
    }
    for submission in batch {
        let cells = columns.iter().map(|column| submission.answers.get(&column.name).map_or_else(String::new, cell));
        let _ = writer.write_record(std::iter::once(submission.submitted_at.to_rfc3339()).chain(cells));
    }
    writer.into_inner().unwrap_or_default()
}

fn json_part(batch: &[Submission]) -> Vec<u8> {
    let mut out = Vec::new();
    for submission in batch {
        let line = json!({
            "id": submission.id,
            SUBMITTED_AT: submission.submitted_at.to_rfc3339(),
            "answers": submission.answers,
        });
        out.extend_from_slice(line.to_string().as_bytes());
        out.push(b'\n');
    }
    out
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => harmless(text.clone()),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) => harmless(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection). Numbers stay numbers.
pub fn harmless(text: String) -> String {
    let starts_badly = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if starts_badly && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Micros;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let column = |name: &str, label: &str| Column { name: name.into(), label: label.into() };
        let columns = [column("a", "A, b"), column("b", "=cmd"), column("c", "Same"), column("d", "Same")];
        let answers = json!({ "a": "=HYPERLINK(\"x\")", "b": ["x", "y"], "c": true, "d": "-1.5" });
        let Value::Object(answers) = answers else { return };
        let batch = [Submission { id: 1, answers, submitted_at: Micros(0) }];
        let text = String::from_utf8(csv_part(&columns, &batch, true)).expect("UTF-8");
        let expected = "submitted_at,\"A, b\",'=cmd,Same (c),Same (d)\n\
                        1970-01-01T00:00:00Z,\"'=HYPERLINK(\"\"x\"\")\",\"x, y\",yes,-1.5\n";
        assert_eq!(text, expected);
        for (given, expected) in [("+1", "+1"), ("@x", "'@x"), ("\tx", "'\tx"), ("-x", "'-x"), ("x", "x"), ("", "")] {
            assert_eq!(harmless(given.into()), expected);
        }
    }
}
