//! Workbooks (XLSX, Office Open XML: ECMA-376): the first sheet of one as comma-separated text, a line for each of its rows;
//! and one that is written ([`Workbook`]).
//!
//! Of a file that is read only text and numbers are wanted, and it comes from outside: each part is unpacked up to a limit, which the
//! crates that read whole workbooks do not have.

mod write;
mod xml;
mod zip;

use std::borrow::Cow;

pub use write::{Cell, Workbook};
use xml::{Piece, Pieces, attribute};
use zip::Archive;

/// What every ZIP archive with something in it begins with.
const SIGNATURE: &[u8] = b"PK\x03\x04";
/// Longest part of the archive, unpacked, and longest text that is made of it, in bytes.
const MAX_PART_BYTES: usize = 128 << 20;
const MAX_TEXT_BYTES: usize = 32 << 20;
/// Texts that cells share.
const MAX_SHARED: usize = 2_000_000;
/// Columns that are read; the others are passed over.
const MAX_COLUMNS: usize = 64;
/// Rows of a sheet (ECMA-376).
const MAX_ROWS: usize = 1_048_576;
const USUAL_SHEET: &str = "xl/worksheets/sheet1.xml";

#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("it is no workbook (XLSX)")]
    Unreadable,
    #[error("the workbook is too large")]
    TooLarge,
}

pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// The first sheet. Line breaks within a cell become spaces, so that each row has the line of its number.
///
/// # Errors
/// When it is no workbook, or unpacks to more than there is room for.
pub fn to_text(bytes: &[u8]) -> Result<String, SheetError> {
    let archive = Archive::open(bytes)?;
    let shared = match archive.read("xl/sharedStrings.xml", MAX_PART_BYTES)? {
        Some(text) => shared_texts(&text)?,
        None => Vec::new(),
    };
    let name = first_sheet(&archive)?;
    let sheet = archive.read(&name, MAX_PART_BYTES)?.ok_or(SheetError::Unreadable)?;
    rows(&sheet, &shared)
}

/// The part that the workbook names first.
fn first_sheet(archive: &Archive<'_>) -> Result<String, SheetError> {
    let read = |name| archive.read(name, MAX_PART_BYTES);
    let (Some(workbook), Some(relations)) = (read("xl/workbook.xml")?, read("xl/_rels/workbook.xml.rels")?) else {
        return Ok(USUAL_SHEET.to_owned());
    };
    let id = Pieces::of(&workbook).find_map(|piece| match piece {
        Piece::Open { name: "sheet", attributes, .. } => attribute(attributes, "id").map(Cow::into_owned),
        _ => None,
    });
    let target = Pieces::of(&relations).find_map(|piece| match piece {
        Piece::Open { name: "Relationship", attributes, .. }
            if attribute(attributes, "Id").as_deref() == id.as_deref() =>
        {
            attribute(attributes, "Target").map(Cow::into_owned)
        }
        _ => None,
    });
    Ok(match target {
        Some(target) => match target.strip_prefix('/') {
            Some(whole) => whole.to_owned(),
            None => format!("xl/{target}"),
        },
        None => USUAL_SHEET.to_owned(),
    })
}

/// The texts that cells name by their number. How a word is pronounced stands beside it, and is no part of it.
fn shared_texts(text: &str) -> Result<Vec<String>, SheetError> {
    let (mut texts, mut is_text, mut is_beside) = (Vec::new(), false, false);
    let mut current = String::new();
    for piece in Pieces::of(text) {
        match piece {
            Piece::Open { name: "si", is_closed: true, .. } => texts.push(String::new()),
            Piece::Open { name: "t", is_closed: false, .. } => is_text = true,
            Piece::Close("t") => is_text = false,
            Piece::Open { name: "rPh", is_closed: false, .. } => is_beside = true,
            Piece::Close("rPh") => is_beside = false,
            Piece::Text(part) if is_text && !is_beside => current.push_str(&part),
            Piece::Close("si") => texts.push(std::mem::take(&mut current)),
            _ => {}
        }
        if texts.len() > MAX_SHARED {
            return Err(SheetError::TooLarge);
        }
    }
    Ok(texts)
}

/// The column that `BC12` names, from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.take(4).fold(0, |number, letter| number * 26 + usize::from(letter - b'A') + 1);
    number.checked_sub(1)
}

/// A sheet on its way to text.
#[derive(Default)]
struct Sheet {
    text: String,
    /// Rows that are written.
    rows: usize,
    /// The number of the open row, from 1, and its cells.
    row: usize,
    cells: Vec<String>,
    /// Where the open cell is, what it says, and whether that is the number of a shared text.
    at: usize,
    value: String,
    is_shared: bool,
    is_value: bool,
}

impl Sheet {
    fn put(&mut self, shared: &[String]) {
        let value = std::mem::take(&mut self.value);
        let text = match self.is_shared {
            true => value.trim().parse::<usize>().ok().and_then(|at| shared.get(at)).cloned().unwrap_or_default(),
            false => value,
        };
        if self.at < MAX_COLUMNS {
            if self.cells.len() <= self.at {
                self.cells.resize(self.at + 1, String::new());
            }
            self.cells[self.at] = text;
        }
        self.at += 1;
    }

    fn end_row(&mut self) -> Result<(), SheetError> {
        if self.row > MAX_ROWS {
            return Err(SheetError::TooLarge);
        }
        while self.rows + 1 < self.row {
            self.text.push('\n');
            self.rows += 1;
        }
        for (at, cell) in self.cells.drain(..).enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.text.push('"');
            self.text.push_str(&cell.replace(['\r', '\n', '\0'], " ").replace('"', "\"\""));
            self.text.push('"');
        }
        self.text.push('\n');
        self.rows += 1;
        if self.text.len() > MAX_TEXT_BYTES { Err(SheetError::TooLarge) } else { Ok(()) }
    }
}

fn rows(text: &str, shared: &[String]) -> Result<String, SheetError> {
    let mut sheet = Sheet::default();
    for piece in Pieces::of(text) {
        match piece {
            Piece::Open { name: "row", attributes, is_closed } => {
                let number = attribute(attributes, "r").and_then(|number| number.parse().ok());
                sheet.row = number.filter(|number| *number > sheet.rows).unwrap_or(sheet.rows + 1);
                sheet.at = 0;
                if is_closed {
                    sheet.end_row()?;
                }
            }
            Piece::Open { name: "c", attributes, is_closed } => {
                sheet.at = attribute(attributes, "r").and_then(|place| column(&place)).unwrap_or(sheet.at);
                sheet.is_shared = attribute(attributes, "t").as_deref() == Some("s");
                sheet.value.clear();
                if is_closed {
                    sheet.at += 1;
                }
            }
            Piece::Open { name: "v" | "t", is_closed: false, .. } => sheet.is_value = true,
            Piece::Close("v" | "t") => sheet.is_value = false,
            Piece::Text(part) if sheet.is_value => sheet.value.push_str(&part),
            Piece::Close("c") => sheet.put(shared),
            Piece::Close("row") => sheet.end_row()?,
            _ => {}
        }
    }
    if sheet.rows == 0 { Err(SheetError::Unreadable) } else { Ok(sheet.text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &[u8] = include_bytes!("../../../tests/fixtures/redirects.xlsx");

    #[test]
    fn the_first_sheet_is_read_with_a_line_for_each_row() {
        let text = to_text(BOOK).expect("it is a workbook");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "\"Alt\",\"\",\"Neu & \"\"gut\"\"\",\"Dauerhaft\"");
        assert_eq!((lines[1], lines[2]), ("\"/eins\",\"\",\"/about/\",\"1\"", ""));
        assert_eq!(lines[3], "\"/zwei\",\"\",\"/contact/\"", "rows that are not there have their lines");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_is_none_is_refused_and_no_part_grows_beyond_its_limit() {
        for cut in 0..BOOK.len() {
            let mut broken = BOOK.to_vec();
            broken.truncate(cut);
            assert!(to_text(&broken).is_err(), "cut at {cut}");
            let mut broken = BOOK.to_vec();
            broken[cut] ^= 0xff;
            let _ = to_text(&broken);
        }
        assert!(is_workbook(BOOK) && !is_workbook(b"from,to"));
        let archive = Archive::open(BOOK).expect("an archive");
        assert!(matches!(archive.read(USUAL_SHEET, 10), Err(SheetError::TooLarge)));
    }

    #[test]
    fn columns_have_letters() {
        let found = ["A1", "Z9", "AA1", "BC12", "1", "ABCDE1"].map(column);
        assert_eq!(found, [Some(0), Some(25), Some(26), Some(54), None, Some(19_009)]);
    }
}
