//! Lists as files, for spreadsheets: separated values (CSV) or a workbook (XLSX). Read and sent a part at a time, so that a
//! million lines take no more memory than a thousand.

use axum::body::Body;
use axum::extract::Request;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::answer::plain;
use super::refusal::Done;
use crate::content::form::export::harmless;
use crate::content::sheet::{Cell, Workbook};
use crate::db::DbError;
use crate::telemetry::label::Route;

pub(super) type Row = Vec<Cell>;
/// Rows of a table, and what is left behind them.
pub(super) type Part<S> = Result<(Vec<Row>, Option<S>), DbError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Xlsx,
}

impl Format {
    /// As the address of a file ends; each file has an address for each.
    pub(super) fn of(request: &Request) -> Self {
        if request.uri().path().ends_with(".xlsx") { Self::Xlsx } else { Self::Csv }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// The addresses of a list as a file, in the order in which pages name them.
pub(super) fn urls(of: impl Fn(&str) -> String) -> [String; 2] {
    [Format::Csv, Format::Xlsx].map(|format| of(format.extension()))
}

/// A file to be sent.
pub(super) struct Table {
    pub format: Format,
    pub route: Route,
    /// Of the file, without its ending.
    pub name: String,
    pub columns: Vec<String>,
}

impl Table {
    pub(super) fn new(format: Format, route: Route, name: &str, columns: &[&str]) -> Self {
        Self { format, route, name: name.to_owned(), columns: columns.iter().map(|name| (*name).to_owned()).collect() }
    }
}

/// A file under way: what is ready to be sent, how it is written, and what is not read yet.
struct Sending<S, N> {
    ready: Option<Vec<u8>>,
    writer: Option<Writer>,
    rest: Option<S>,
    next: N,
}

/// The table as an answer. Its first part is read before the head is sent, so that a database that is away is an error and
/// no broken file.
pub(super) async fn send<S, F>(table: Table, state: S, next: impl Fn(S) -> F + Send + 'static) -> Done
where
    S: Send + 'static,
    F: Future<Output = Part<S>> + Send + 'static,
{
    let (rows, rest) = next(state).await?;
    let (mut writer, mut ready) = Writer::begin(table.format, &table.columns);
    let rest = writer.rows(&rows, &mut ready).then_some(rest).flatten();
    let sending = Sending { ready: Some(ready), writer: Some(writer), rest, next };
    let parts = futures_util::stream::unfold(sending, |sending| async move {
        let Sending { ready, writer, rest, next } = sending;
        if let Some(ready) = ready {
            return Some((Ok::<_, DbError>(ready), Sending { ready: None, writer, rest, next }));
        }
        let mut writer = writer?;
        let Some(rest) = rest else {
            return Some((Ok(writer.end()), Sending { ready: None, writer: None, rest: None, next }));
        };
        match next(rest).await {
            Ok((rows, rest)) => {
                let mut ready = Vec::new();
                let rest = writer.rows(&rows, &mut ready).then_some(rest).flatten();
                Some((Ok(ready), Sending { ready: None, writer: Some(writer), rest, next }))
            }
            // The connection breaks off: the client sees that the file is not whole.
            Err(error) => {
                tracing::error!(%error, "an export broke off");
                Some((Err(error), Sending { ready: None, writer: None, rest: None, next }))
            }
        }
    });
    let mut response = plain(StatusCode::OK, table.route);
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(table.format.media_type()));
    let file = format!("attachment; filename=\"{}.{}\"", table.name, table.format.extension());
    let disposition = HeaderValue::from_str(&file).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}

enum Writer {
    Csv,
    Xlsx(Box<Workbook>),
}

impl Writer {
    /// With the bytes of the head.
    fn begin(format: Format, columns: &[String]) -> (Self, Vec<u8>) {
        match format {
            Format::Csv => (Self::Csv, line(columns.iter().cloned().map(harmless))),
            Format::Xlsx => {
                let mut book = Box::new(Workbook::begin(columns));
                let ready = book.take();
                (Self::Xlsx(book), ready)
            }
        }
    }

    /// Whether there was room for all of them.
    fn rows(&mut self, rows: &[Row], ready: &mut Vec<u8>) -> bool {
        match self {
            Self::Csv => {
                ready.extend(rows.iter().flat_map(|row| line(row.iter().map(text))));
                true
            }
            Self::Xlsx(book) => {
                let had_room = rows.iter().all(|row| book.row(row));
                if !had_room {
                    tracing::warn!("an export has more rows than a workbook may have, and ends there");
                }
                ready.append(&mut book.take());
                had_room
            }
        }
    }

    fn end(self) -> Vec<u8> {
        match self {
            Self::Csv => Vec::new(),
            Self::Xlsx(book) => book.end(),
        }
    }
}

/// As separated values have it: no spreadsheet takes it for a formula (OWASP, CSV injection).
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Decimal(text) => harmless(text.clone()),
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Time(time) => time.to_rfc3339(),
    }
}

fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Micros;

    #[test]
    fn separated_values_are_quoted_and_none_is_a_formula() {
        let row = [
            Cell::Text("a \"b\", c".into()),
            Cell::Text("@SUM(A1)".into()),
            Cell::Number(-1),
            Cell::Time(Micros(0)),
            Cell::Flag(true),
            Cell::Empty,
        ];
        let written = String::from_utf8(line(row.iter().map(text))).expect("UTF-8");
        assert_eq!(written, "\"a \"\"b\"\", c\",'@SUM(A1),-1,1970-01-01T00:00:00Z,true,\n");
        for formula in ["=1+1", "-x", "@SUM(A1)", "\t=1"] {
            assert_eq!(text(&Cell::Text(formula.into())), format!("'{formula}"));
        }
    }
}
