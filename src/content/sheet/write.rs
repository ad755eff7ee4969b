//! A workbook (XLSX, Office Open XML: ECMA-376) with one sheet, written row by row into a ZIP archive that can be sent while
//! it grows: no row is kept.
//!
//! Texts are texts whatever they begin with: no spreadsheet takes one for a formula. Times are times, in UTC.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::MAX_ROWS;
use crate::clock::Micros;

/// What a spreadsheet takes in one cell (Excel).
const MAX_CELL_CHARS: usize = 32_767;
/// An archive of 4 GiB would need another form (ZIP64).
const MAX_SHEET_BYTES: u64 = 3 << 30;
/// Days from the first of a spreadsheet, 1899-12-30, to 1970-01-01; microseconds of one.
const EPOCH_DAYS: f64 = 25_569.0;
const DAY_MICROS: f64 = 86_400e6;
const SHEET: &str = "xl/worksheets/sheet1.xml";
/// The first day that an archive can name, 1980-01-01: a file has no other date.
const DATE: u16 = 0x21;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Its size and checksum stand behind a part, not before it.
const BEHIND: u16 = 8;
/// Version 2.0 of the format: folders, and parts that are deflated.
const VERSION: u16 = 20;
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// The parts beside the sheet: styles are 0, as it is; 1, a time; 2, a head.
const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\
         \"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\
         \"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" ContentType=\
         \"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>",
    ),
    (
        "_rels/.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" \
         Target=\"styles.xml\"/></Relationships>",
    ),
    (
        "xl/styles.xml",
        "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>\
         <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
         <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
         <fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>",
    ),
];

/// What stands in a cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(i64),
    /// A number with a point, as it was written.
    Decimal(String),
    Flag(bool),
    Time(Micros),
}

/// A workbook under way.
pub struct Workbook {
    /// The sheet, as far as it is packed and not taken.
    packer: DeflateEncoder<Vec<u8>>,
    /// What is ready before it.
    ready: Vec<u8>,
    /// Bytes that were taken.
    taken: u64,
    parts: Vec<Part>,
    checksum: Crc,
    rows: usize,
}

/// A part of the archive, for the list at its end.
struct Part {
    name: &'static str,
    method: u16,
    flags: u16,
    checksum: u32,
    packed_bytes: u32,
    bytes: u32,
    begins: u32,
}

impl Workbook {
    /// With a first row that names its columns.
    pub fn begin(columns: &[String]) -> Self {
        let mut book = Self {
            packer: DeflateEncoder::new(Vec::new(), Compression::fast()),
            ready: Vec::new(),
            taken: 0,
            parts: Vec::new(),
            checksum: Crc::new(),
            rows: 0,
        };
        for (name, text) in PARTS {
            let text = format!("{XML}{text}");
            let mut checksum = Crc::new();
            checksum.update(text.as_bytes());
            let bytes = text.len() as u32;
            let part = Part {
                name,
                method: STORED,
                flags: 0,
                checksum: checksum.sum(),
                packed_bytes: bytes,
                bytes,
                begins: 0,
            };
            book.open(part);
            book.ready.extend_from_slice(text.as_bytes());
        }
        let empty =
            Part { name: SHEET, method: DEFLATED, flags: BEHIND, checksum: 0, packed_bytes: 0, bytes: 0, begins: 0 };
        book.open(empty);
        let most = columns.len().max(1);
        book.pack(&format!(
            "{XML}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
             <sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" \
             activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>\
             <cols><col min=\"1\" max=\"{most}\" width=\"24\" customWidth=\"1\"/></cols><sheetData>"
        ));
        let head: String = columns.iter().map(|name| text_cell(name, " s=\"2\"")).collect();
        book.put(&head);
        book
    }

    fn open(&mut self, part: Part) {
        let begins = self.ready.len() as u32;
        self.ready.extend_from_slice(&0x0403_4b50_u32.to_le_bytes());
        part.describe(&mut self.ready);
        self.ready.extend_from_slice(part.name.as_bytes());
        self.parts.push(Part { begins, ..part });
    }

    fn pack(&mut self, text: &str) {
        self.checksum.update(text.as_bytes());
        // Writing into memory does not fail.
        let _ = self.packer.write_all(text.as_bytes());
    }

    fn put(&mut self, cells: &str) {
        self.rows += 1;
        self.pack(&format!("<row r=\"{}\">{cells}</row>", self.rows));
    }

    /// Adds a row; whether there was room for it.
    pub fn row(&mut self, cells: &[Cell]) -> bool {
        let has_room = self.rows < MAX_ROWS && self.packer.total_in() < MAX_SHEET_BYTES;
        if has_room {
            let cells: String = cells.iter().map(Cell::xml).collect();
            self.put(&cells);
        }
        has_room
    }

    /// The bytes that are ready.
    pub fn take(&mut self) -> Vec<u8> {
        let mut ready = std::mem::take(&mut self.ready);
        ready.append(self.packer.get_mut());
        self.taken += ready.len() as u64;
        ready
    }

    /// The last bytes.
    pub fn end(mut self) -> Vec<u8> {
        self.pack("</sheetData></worksheet>");
        let _ = self.packer.try_finish();
        let (packed_bytes, bytes) = (self.packer.total_out() as u32, self.packer.total_in() as u32);
        let checksum = self.checksum.sum();
        let mut out = self.take();
        let behind = [0x0807_4b50, checksum, packed_bytes, bytes];
        out.extend(behind.iter().flat_map(|number: &u32| number.to_le_bytes()));
        let list_begins = self.taken + 4 * behind.len() as u64;
        if let Some(sheet) = self.parts.last_mut() {
            (sheet.checksum, sheet.packed_bytes, sheet.bytes) = (checksum, packed_bytes, bytes);
        }
        let list: Vec<u8> = self.parts.iter().flat_map(Part::entry).collect();
        out.extend_from_slice(&list);
        out.extend_from_slice(&0x0605_4b50_u32.to_le_bytes());
        let parts = self.parts.len() as u16;
        out.extend([0, 0, parts, parts].iter().flat_map(|number: &u16| number.to_le_bytes()));
        out.extend([list.len() as u32, list_begins as u32].iter().flat_map(|number| number.to_le_bytes()));
        // No comment.
        out.extend_from_slice(&[0, 0]);
        out
    }
}

impl Part {
    /// What both headers of a part say.
    fn describe(&self, out: &mut Vec<u8>) {
        out.extend([VERSION, self.flags, self.method, 0, DATE].iter().flat_map(|number| number.to_le_bytes()));
        out.extend([self.checksum, self.packed_bytes, self.bytes].iter().flat_map(|number| number.to_le_bytes()));
        out.extend([self.name.len() as u16, 0].iter().flat_map(|number| number.to_le_bytes()));
    }

    /// In the list at the end.
    fn entry(&self) -> Vec<u8> {
        let mut out = 0x0201_4b50_u32.to_le_bytes().to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        self.describe(&mut out);
        // No comment, the first disk, no attributes.
        out.extend_from_slice(&[0; 10]);
        out.extend_from_slice(&self.begins.to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
        out
    }
}

impl Cell {
    fn xml(&self) -> String {
        match self {
            Self::Empty => "<c/>".to_owned(),
            Self::Text(text) => text_cell(text, ""),
            Self::Number(number) => format!("<c><v>{number}</v></c>"),
            Self::Decimal(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => format!("<c><v>{number}</v></c>"),
                _ => text_cell(text, ""),
            },
            Self::Flag(flag) => format!("<c t=\"b\"><v>{}</v></c>", u8::from(*flag)),
            Self::Time(time) => format!("<c s=\"1\"><v>{:.6}</v></c>", EPOCH_DAYS + time.0 as f64 / DAY_MICROS),
        }
    }
}

/// A cell of text, without what XML cannot say.
fn text_cell(text: &str, style: &str) -> String {
    let mut out = format!("<c t=\"inlineStr\"{style}><is><t xml:space=\"preserve\">");
    for character in text.chars().take(MAX_CELL_CHARS) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A line ending that a reader of XML would change.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    let _ = write!(out, "</t></is></c>");
    out
}

#[cfg(test)]
mod tests {
    use super::super::to_text;
    use super::*;

    fn written(rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut book = Workbook::begin(&["At".to_owned(), "What & why".to_owned(), "Number".to_owned()]);
        let mut out = book.take();
        for row in rows {
            assert!(book.row(row));
            out.extend(book.take());
        }
        out.extend(book.end());
        out
    }

    #[test]
    fn what_is_written_is_read_again_with_its_types() {
        let noon = Micros(1_763_812_800_000_000);
        let book = written(&[
            vec![Cell::Time(noon), Cell::Text("=1+1 <b>, \"x\"\u{1}".into()), Cell::Number(-7)],
            vec![Cell::Empty, Cell::Text("\u{e4}\u{1f600} _ ".into()), Cell::Flag(true)],
        ]);
        let text = to_text(&book).expect("a workbook");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "\"At\",\"What & why\",\"Number\"");
        assert_eq!(lines[1], "\"45983.500000\",\"=1+1 <b>, \"\"x\"\"\",\"-7\"", "2025-11-22 12:00 UTC");
        assert_eq!(lines[2], "\"\",\"\u{e4}\u{1f600} _ \",\"1\"");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_formula_is_never_one_and_rows_end_where_spreadsheets_do() {
        assert!(
            Cell::Text("=cmd()".into()).xml().starts_with("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">=cmd()")
        );
        let mut book = Workbook::begin(&[]);
        book.rows = MAX_ROWS - 1;
        assert!(book.row(&[Cell::Empty]) && !book.row(&[Cell::Empty]));
        let long = Cell::Text("x".repeat(MAX_CELL_CHARS + 5)).xml();
        assert_eq!(long.matches('x').count() - "xml:space".matches('x').count(), MAX_CELL_CHARS);
    }
}
