//! Submissions as CSV or JSON lines, a part at a time: a million take no more memory than a thousand.

use serde_json::{Value, json};

use super::submission::{self, Column, Period, Submission};
use crate::db::{Db, DbError};

/// Submissions of one part.
const BATCH: i64 = 1_000;
const SUBMITTED_AT: &str = "submitted_at";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// An export under way.
pub struct Export<'d> {
    db: &'d Db,
    page_id: i64,
    period: Period,
    format: Format,
    columns: Vec<Column>,
    after: i64,
    begun: bool,
    ended: bool,
}

impl<'d> Export<'d> {
    /// # Errors
    /// When the database is out of reach.
    pub async fn begin(db: &'d Db, page_id: i64, period: Period, format: Format) -> Result<Self, DbError> {
        let columns = submission::columns(db, page_id).await?;
        Ok(Self { db, page_id, period, format, columns, after: 0, begun: false, ended: false })
    }

    /// The next part; `None` behind the last one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        if self.ended {
            return Ok(None);
        }
        let batch = submission::list_after(self.db, self.page_id, self.period, self.after, BATCH).await?;
        self.ended = (batch.len() as i64) < BATCH;
        self.after = batch.last().map_or(self.after, |last| last.id);
        let part = match self.format {
            Format::Csv => csv_part(&self.columns, &batch, !self.begun),
            Format::JsonLines => json_part(&batch),
        };
        self.begun = true;
        Ok(Some(part))
    }
}

fn csv_part(columns: &[Column], batch: &[Submission], with_head: bool) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    if with_head {
        let labels = columns.iter().map(|column| {
            let shared = columns.iter().filter(|other| other.label == column.label).count() > 1;
            let label = if shared { format!("{} ({})", column.label, column.name) } else { column.label.clone() };
            harmless(label)
        });
        let _ = writer.write_record(std::iter::once(SUBMITTED_AT.to_owned()).chain(labels));
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
