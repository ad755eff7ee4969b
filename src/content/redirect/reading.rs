//! Reading a table of redirects row by row: each with its line, and with the reason when it says no redirect.

use std::io::{BufRead as _, BufReader, Chain, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::NewRedirect;
use super::table::{Columns, Defaults, Places, TableError, separator};
use crate::content::site::Site;

/// Rows one table may have: what was accepted is kept in memory, so that circles are found.
const MAX_ROWS: u64 = 500_000;
/// Longest first line that is looked at.
const MAX_FIRST_LINE: u64 = 64 << 10;
/// Cells of a row, and characters of a cell, that a preview shows.
const MAX_PREVIEW_CELLS: usize = 64;
const MAX_PREVIEW_CELL: usize = 100;

type Input = BufReader<Box<dyn Read + Send>>;
type Whole = Chain<Chain<Cursor<Vec<u8>>, Input>, &'static [u8]>;

/// How a table is written.
#[derive(Clone, Debug, Default)]
pub struct Format {
    /// What separates the cells; what the first line has most of when absent.
    pub separator: Option<u8>,
    /// The first row is a redirect as well.
    pub is_bare: bool,
    /// Which column is which, where its name does not say it.
    pub columns: Vec<(String, String)>,
    /// Which column is which, whatever the names say.
    pub chosen: Option<Places>,
}

/// The beginning of a table, before it is known which column is which.
#[derive(Clone, Debug)]
pub struct Preview {
    pub separator: u8,
    /// The first rows, the names of the columns among them.
    pub rows: Vec<Vec<String>>,
    /// What the first row says of the columns.
    pub guessed: Places,
}

impl Preview {
    /// The first rows of a text, at most so many.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(text: &str, chosen: Option<u8>, most: usize) -> Result<Self, TableError> {
        let separator = chosen.unwrap_or_else(|| separator(text.lines().next().unwrap_or_default()));
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
        let (mut rows, mut guessed) = (Vec::new(), Places::default());
        for record in reader.records().take(most) {
            let record = record?;
            if rows.is_empty() {
                guessed = Columns::guessed(&record);
            }
            let cell = |cell: &str| cell.trim().chars().take(MAX_PREVIEW_CELL).collect::<String>();
            rows.push(record.iter().take(MAX_PREVIEW_CELLS).map(cell).collect());
        }
        Ok(Self { separator, rows, guessed })
    }

    pub fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// A table that is being read.
pub struct Table {
    reader: csv::Reader<Lines<Whole>>,
    columns: Columns,
    record: ByteRecord,
    rows: u64,
}

/// One row.
pub struct TableRow {
    /// Of the file, from 1.
    pub line: u64,
    /// What it redirects from and to, as the cells say it.
    pub from: String,
    pub to: String,
    pub redirect: Result<NewRedirect, TableError>,
}

impl Table {
    /// Reads the first row.
    ///
    /// # Errors
    /// When it does not say which columns there are.
    pub fn open(input: Box<dyn Read + Send>, format: &Format) -> Result<Self, TableError> {
        let mut input: Input = BufReader::new(input);
        let mut first = Vec::new();
        (&mut input).take(MAX_FIRST_LINE).read_until(b'\n', &mut first)?;
        let separator = format.separator.unwrap_or_else(|| separator(&String::from_utf8_lossy(&first)));
        let whole = Cursor::new(first).chain(input).chain(&b"\n"[..]);
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(Lines(whole));
        let mut record = ByteRecord::new();
        let header = match format.is_bare || !reader.read_byte_record(&mut record)? {
            true => None,
            false => Some(StringRecord::from_byte_record(record.clone()).map_err(|_| TableError::HeaderNotUtf8)?),
        };
        let columns = match format.chosen {
            Some(places) => Columns::chosen(places)?,
            None => Columns::of(header.as_ref(), &format.columns)?,
        };
        Ok(Self { reader, columns, record, rows: 0 })
    }

    /// The next row that is not empty; none at the end.
    ///
    /// # Errors
    /// When the table cannot be read further.
    pub fn read_row(&mut self, sites: &[Site], defaults: &Defaults) -> Result<Option<TableRow>, TableError> {
        while self.reader.read_byte_record(&mut self.record)? {
            self.rows += 1;
            if self.rows > MAX_ROWS {
                return Err(TableError::TooManyRows(MAX_ROWS));
            }
            let line = first_line(&self.reader, &self.record);
            let Ok(text) = StringRecord::from_byte_record(self.record.clone()) else {
                let redirect = Err(TableError::RowNotUtf8);
                return Ok(Some(TableRow { line, from: String::new(), to: String::new(), redirect }));
            };
            let redirect = self.columns.read(&text, sites, defaults);
            if redirect.is_err() && text.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let (from, to) = self.columns.ends(&text);
            return Ok(Some(TableRow { line, from: from.to_owned(), to: to.to_owned(), redirect }));
        }
        Ok(None)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes so far.
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// A table whose lines end in one way, so that the reader is behind a line when it has read it.
struct Lines<R>(R);

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.0.read(into)?;
            let mut kept = 0;
            for at in 0..read {
                if into[at] != b'\r' {
                    into[kept] = into[at];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

/// The line on which the row begins that was read last; blank ones before it are not its own.
fn first_line<R: Read>(reader: &csv::Reader<R>, record: &ByteRecord) -> u64 {
    let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
    (reader.position().line() - 1).saturating_sub(breaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let text = ["from,to", "a,b", "\"c\nd\",e", "", "", "f,g", "h,i"].join(end);
            let mut table = Table::open(Box::new(Cursor::new(text.into_bytes())), &Format::default()).expect("a table");
            let defaults = Defaults { site: None, covers_subtree: false, is_permanent: true };
            let mut found = Vec::new();
            while let Some(row) = table.read_row(&[], &defaults).expect("in memory") {
                found.push(row.line);
            }
            assert_eq!(found, [2, 3, 7, 8], "{end:?}");
        }
    }
}
