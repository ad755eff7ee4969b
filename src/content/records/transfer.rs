//! Rows as files: JSON lines, or comma-separated values with the names of the fields in the first line. Read and written a
//! row at a time.

use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};

use super::Record;
use crate::content::FieldRights;
use crate::content::form::export::harmless;
use crate::content::types::{ContentType, Field, FieldKind};

/// Longest line of a file, in bytes.
const MAX_LINE_BYTES: u64 = 2 << 20;
/// Between the values of a multiple choice in one cell.
const BETWEEN: &str = "|";
/// What an export tells of a row beside its fields, which an import passes over.
const META: [&str; 3] = ["id", "meta", "type"];
const ID: &str = "id";

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    JsonLines,
    Csv,
}

impl Format {
    /// By its name, which is also how the names of such files end.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// Why a file, or the rest of it, is not read.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is no table: {0}")]
    Csv(#[from] csv::Error),
    #[error("the row that begins in line {0} is longer than {MAX_LINE_BYTES} bytes")]
    LineTooLong(u64),
    #[error("the column {0:?} is no field of {1}")]
    UnknownColumn(String, String),
    #[error("the column {0:?} is there twice")]
    TwiceColumn(String),
}

/// Bytes up to a number of them: more are an error, and no end.
pub struct AtMost<R> {
    inner: R,
    bytes: u64,
    left: u64,
    is_over: bool,
}

impl<R: Read> AtMost<R> {
    pub fn new(inner: R, bytes: u64) -> Self {
        Self { inner, bytes, left: bytes, is_over: false }
    }

    fn begin_anew(&mut self) {
        self.left = self.bytes;
    }
}

impl<R: Read> Read for AtMost<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.checked_sub(read as u64);
        self.is_over = left.is_none();
        self.left = left.unwrap_or_default();
        if self.is_over { Err(io::Error::other(format!("it is longer than {} bytes", self.bytes))) } else { Ok(read) }
    }
}

type Input = Box<dyn Read + Send>;

enum Lines {
    Json(Box<dyn BufRead + Send>),
    Csv { rows: csv::Reader<AtMost<Input>>, columns: Vec<Option<Field>> },
}

/// A row of a file, by its line; or why it is none.
pub type Line = (u64, Result<Map<String, Value>, String>);

/// Reads the rows of a file.
pub struct Reader {
    lines: Lines,
    line: u64,
}

impl Reader {
    /// # Errors
    /// When the head of a table cannot be read, or names what is no field.
    pub fn open(input: Input, format: Format, of_type: &ContentType) -> Result<Self, TransferError> {
        if format == Format::JsonLines {
            return Ok(Self { lines: Lines::Json(Box::new(io::BufReader::new(input))), line: 0 });
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(AtMost::new(input, MAX_LINE_BYTES));
        let mut columns: Vec<Option<Field>> = Vec::new();
        for name in reader.headers()?.iter().map(|name| name.trim_start_matches('\u{FEFF}').trim()) {
            if META.contains(&name) {
                columns.push(None);
                continue;
            }
            let field = of_type.field(name);
            let field = field.ok_or_else(|| TransferError::UnknownColumn(name.to_owned(), of_type.name.clone()))?;
            if columns.iter().flatten().any(|earlier| earlier.name == name) {
                return Err(TransferError::TwiceColumn(name.to_owned()));
            }
            columns.push(Some(field.clone()));
        }
        Ok(Self { lines: Lines::Csv { rows: reader, columns }, line: 1 })
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// When the rest cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Line>, TransferError> {
        match &mut self.lines {
            Lines::Json(input) => next_json(&mut **input, &mut self.line),
            Lines::Csv { rows, columns } => next_csv(rows, columns),
        }
    }
}

fn next_csv(rows: &mut csv::Reader<AtMost<Input>>, columns: &[Option<Field>]) -> Result<Option<Line>, TransferError> {
    let line = rows.position().line();
    rows.get_mut().begin_anew();
    let mut row = csv::StringRecord::new();
    match rows.read_record(&mut row) {
        Ok(false) => return Ok(None),
        Ok(true) => {}
        Err(_) if rows.get_ref().is_over => return Err(TransferError::LineTooLong(line)),
        Err(error) => match error.kind() {
            csv::ErrorKind::Utf8 { .. } => return Ok(Some((line, Err("it is not UTF-8".to_owned())))),
            _ => return Err(error.into()),
        },
    }
    if row.len() > columns.len() {
        return Ok(Some((line, Err(format!("it has {} cells, not {}", row.len(), columns.len())))));
    }
    let cells = columns.iter().zip(row.iter()).filter(|(_, cell)| !cell.trim().is_empty());
    let values = cells.filter_map(|(field, cell)| {
        let field = field.as_ref()?;
        Some((field.name.clone(), of_cell(&field.kind, cell)))
    });
    Ok(Some((line, Ok(values.collect()))))
}

fn next_json(input: &mut (dyn BufRead + Send), line: &mut u64) -> Result<Option<Line>, TransferError> {
    loop {
        let mut bytes = Vec::new();
        if input.take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        *line += 1;
        if bytes.len() as u64 > MAX_LINE_BYTES {
            return Err(TransferError::LineTooLong(*line));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row = match serde_json::from_slice(&bytes) {
            Ok(Value::Object(mut values)) => {
                META.iter().for_each(|name| drop(values.remove(*name)));
                Ok(values)
            }
            Ok(_) => Err("it is no object".to_owned()),
            Err(error) => Err(format!("it is no JSON: {error}")),
        };
        return Ok(Some((*line, row)));
    }
}

/// Whether a text leaves with `'` in front: so that no spreadsheet takes it for a formula, and also one that looks as if
/// it had been given that already.
fn is_quoted(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    harmless(bare.to_owned()) != bare
}

/// A cell as a value; one that is no such value stays a text, and is refused with the others.
fn of_cell(kind: &FieldKind, cell: &str) -> Value {
    let text = || Value::String(cell.to_owned());
    let trimmed = cell.trim();
    match kind {
        FieldKind::Integer { .. } => trimmed.parse::<i64>().map_or_else(|_| text(), Value::from),
        FieldKind::Float { .. } => {
            let number = trimmed.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map_or_else(text, Value::from)
        }
        FieldKind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Bool(true),
            "false" | "no" | "0" => Value::Bool(false),
            _ => text(),
        },
        FieldKind::MultipleChoice(_) => trimmed.split(BETWEEN).map(|one| Value::from(one.trim())).collect(),
        _ => {
            // What an export put in front.
            let bare = cell.strip_prefix('\'').filter(|rest| is_quoted(rest));
            Value::String(bare.unwrap_or(cell).to_owned())
        }
    }
}

fn to_cell(kind: &FieldKind, value: Option<&Value>) -> String {
    match (kind, value) {
        (_, None | Some(Value::Null)) => String::new(),
        (FieldKind::MultipleChoice(_), Some(Value::Array(items))) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(BETWEEN)
        }
        // A number is no formula, also when it is negative.
        (FieldKind::Decimal { .. }, Some(Value::String(text))) => text.clone(),
        (_, Some(Value::String(text))) if is_quoted(text) => format!("'{text}"),
        (_, Some(Value::String(text))) => text.clone(),
        (_, Some(other)) => other.to_string(),
    }
}

/// The fields that a file has, for whoever has these rights.
fn told<'t>(of_type: &'t ContentType, rights: &'t FieldRights) -> impl Iterator<Item = &'t Field> {
    of_type.fields.iter().filter(|field| rights.allow(field))
}

fn csv_line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: nothing can fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}

/// What a file begins with.
pub fn head(format: Format, of_type: &ContentType, rights: &FieldRights) -> Vec<u8> {
    match format {
        Format::JsonLines => Vec::new(),
        Format::Csv => {
            let names = told(of_type, rights).map(|field| field.name.clone());
            csv_line(std::iter::once(ID.to_owned()).chain(names))
        }
    }
}

/// A row as a line of a file.
pub fn line(format: Format, of_type: &ContentType, rights: &FieldRights, row: &Record) -> Vec<u8> {
    let value = |field: &Field| row.values.get(&field.name);
    match format {
        Format::JsonLines => {
            let mut values = Map::from_iter([(ID.to_owned(), Value::from(row.id))]);
            values.extend(
                told(of_type, rights).map(|field| (field.name.clone(), value(field).cloned().unwrap_or(Value::Null))),
            );
            let mut line = Value::Object(values).to_string().into_bytes();
            line.push(b'\n');
            line
        }
        Format::Csv => {
            let cells = told(of_type, rights).map(|field| to_cell(&field.kind, value(field)));
            csv_line(std::iter::once(row.id.to_string()).chain(cells))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::types::{SourceFile, Types};

    fn types() -> Types {
        let text = "name = \"x.Row\"\nkind = \"collection\"\nlabel = \"Row\"\npath = \"rows\"\n\
                    [[fields]]\nname = \"note\"\nkind = \"text\"\n[[fields]]\nname = \"size\"\nkind = \"float\"\n";
        Types::load(&[SourceFile { path: "x.toml".into(), text: text.to_owned() }]).expect("they load")
    }

    fn rows(table: impl Read + Send + 'static) -> Vec<Result<Line, String>> {
        let types = types();
        let of_type = types.find("x.Row").expect("it is there");
        let mut reader = match Reader::open(Box::new(table), Format::Csv, of_type) {
            Ok(reader) => reader,
            Err(error) => return vec![Err(error.to_string())],
        };
        let mut found = Vec::new();
        loop {
            match reader.next_row() {
                Ok(None) => return found,
                Ok(Some(line)) => found.push(Ok(line)),
                Err(error) => {
                    found.push(Err(error.to_string()));
                    return found;
                }
            }
        }
    }

    #[test]
    fn texts_come_back_as_they_left() {
        let kind = &types().find("x.Row").expect("it is there").field("note").expect("it is there").kind.clone();
        for text in
            ["=1+x", "'=x", "''=x", "'+49 30", "+49 30", "'quoted'", "'", "''", "-5", "'-5", "@", "plain", "it's"]
        {
            let cell = to_cell(kind, Some(&Value::from(text)));
            assert_eq!(of_cell(kind, &cell), text, "{cell}");
            assert!(!cell.starts_with(['=', '@']), "{cell}");
        }
    }

    #[test]
    fn a_row_that_is_no_text_is_refused_and_the_rest_is_read() {
        let found = rows(&b"note,size\na,1\nb\xff,2\n\"c\nd\",3\ne,4\n"[..]);
        let told: Vec<(u64, bool)> = found.iter().flatten().map(|(line, row)| (*line, row.is_ok())).collect();
        assert_eq!(told, [(2, true), (3, false), (4, true), (6, true)], "{found:?}");
    }

    #[test]
    fn numbers_that_are_none_stay_texts() {
        for (cell, expected) in
            [("1.5", Value::from(1.5)), ("nan", "nan".into()), ("-inf", "-inf".into()), ("1e999", "1e999".into())]
        {
            let found = rows(std::io::Cursor::new(format!("size\n{cell}\n")));
            let row = found[0].as_ref().expect("a line").1.as_ref().expect("a row");
            assert_eq!(row["size"], expected, "{cell}");
        }
    }

    #[test]
    fn a_row_without_an_end_is_not_read_to_the_end() {
        let endless = |head: &'static [u8]| head.chain(io::repeat(b'x'));
        assert_eq!(rows(endless(b"note\n\"")), [Err(TransferError::LineTooLong(2).to_string())]);
        assert!(matches!(rows(endless(b"\"note")).as_slice(), [Err(_)]));
        let long = vec![b'x'; MAX_LINE_BYTES as usize / 2];
        let three = [b"note\n", &long[..], b"\n", &long[..], b"\n", &long[..], b"\n"].concat();
        assert_eq!(rows(io::Cursor::new(three)).iter().filter(|row| row.is_ok()).count(), 3, "each by itself");
    }

    #[test]
    fn what_is_longer_than_it_may_be_does_not_just_end() {
        let read = |bytes: u64| io::read_to_string(AtMost::new(&b"12345"[..], bytes));
        assert_eq!(read(5).expect("it fits"), "12345");
        assert!(read(4).is_err());
    }
}
