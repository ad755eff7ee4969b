//! Reading the lines of a file back, a part at a time: as they come, or in the order of a tree, what is above first.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::TransferError;
use super::parts::{BATCH, Part};
use super::row::{self, Object};

/// Longest line: a page with all its text is one.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// A part ends behind so many bytes.
const PART_BYTES: u64 = 8 << 20;

/// A line, and the object that it is; else why it is none.
pub(super) struct Line {
    /// From 1.
    pub number: u64,
    pub object: Result<Object, String>,
}

/// Where the row of a tree stands in a file, and in the tree.
pub(super) struct Spot {
    pub id: i64,
    pub path: String,
    /// What no two below one have the same of.
    pub label: String,
    /// The newest revision of a page.
    pub latest: i64,
    number: u64,
    at: u64,
    length: u64,
}

/// The lines of one file.
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    number: u64,
    at: u64,
}

/// A file that is read a part at a time.
pub(super) enum Parts {
    InOrder(Reader),
    /// By the places of its rows in the tree, from one of them on.
    ByTree(File, PathBuf, Vec<Spot>, usize),
}

fn parse(text: &[u8]) -> Result<Object, String> {
    match serde_json::from_slice(text) {
        Ok(serde_json::Value::Object(object)) => Ok(object),
        Ok(_) => Err("it is no object".to_owned()),
        Err(error) => Err(format!("it is no JSON: {error}")),
    }
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, TransferError> {
        let file = File::open(path).map_err(TransferError::at(path))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), number: 0, at: 0 })
    }

    /// All lines of a short file.
    pub fn all(mut self) -> Result<Vec<Line>, TransferError> {
        let mut lines = Vec::new();
        while let Some((line, _)) = self.next_line()? {
            lines.push(line);
        }
        Ok(lines)
    }

    /// The next line, and its length; none of it is empty.
    fn next_line(&mut self) -> Result<Option<(Line, u64)>, TransferError> {
        loop {
            let mut text = Vec::new();
            let read = self.file.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut text);
            let length = read.map_err(TransferError::at(&self.path))? as u64;
            if length == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.at += length;
            if length == MAX_LINE_BYTES {
                let long = std::io::Error::other(format!("line {} has more than {MAX_LINE_BYTES} bytes", self.number));
                return Err(TransferError::at(&self.path)(long));
            }
            if !text.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some((Line { number: self.number, object: parse(&text) }, length)));
            }
        }
    }

    /// Where all rows of a tree are, what is above first, and the lines that are no rows.
    fn spots(mut self) -> Result<(Vec<Spot>, Vec<Line>), TransferError> {
        let (mut spots, mut unfit) = (Vec::new(), Vec::new());
        while let Some((line, length)) = self.next_line()? {
            let Ok(object) = &line.object else {
                unfit.push(line);
                continue;
            };
            let label = if object.contains_key("slug") { "slug" } else { "name" };
            spots.push(Spot {
                id: row::number(object, "id").unwrap_or_default(),
                path: row::text(object, "path").to_owned(),
                label: row::text(object, label).to_owned(),
                latest: row::number(object, "latest_revision_id").unwrap_or_default(),
                number: line.number,
                at: self.at - length,
                length,
            });
        }
        spots.sort_by(|one, other| one.path.cmp(&other.path));
        Ok((spots, unfit))
    }
}

impl Parts {
    /// Opens the file of a part; of a tree, also the lines that are no rows.
    pub fn open(folder: &Path, part: &Part) -> Result<(Self, Vec<Line>), TransferError> {
        let reader = Reader::open(&folder.join(part.file()))?;
        if !part.is_tree() {
            return Ok((Self::InOrder(reader), Vec::new()));
        }
        let path = reader.path.clone();
        let (spots, unfit) = reader.spots()?;
        let file = File::open(&path).map_err(TransferError::at(&path))?;
        Ok((Self::ByTree(file, path, spots, 0), unfit))
    }

    /// Places in the tree; none of other files.
    pub fn spots(&self) -> &[Spot] {
        match self {
            Self::InOrder(_) => &[],
            Self::ByTree(_, _, spots, _) => spots,
        }
    }

    /// The next lines; none at the end.
    pub fn next_part(&mut self) -> Result<Vec<Line>, TransferError> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < BATCH && bytes < PART_BYTES {
            let next = match self {
                Self::InOrder(reader) => reader.next_line()?,
                Self::ByTree(file, path, spots, next) => {
                    let Some(spot) = spots.get(*next) else { break };
                    *next += 1;
                    let mut text = vec![0; usize::try_from(spot.length).unwrap_or_default()];
                    file.read_exact_at(&mut text, spot.at).map_err(TransferError::at(path))?;
                    Some((Line { number: spot.number, object: parse(&text) }, spot.length))
                }
            };
            let Some((line, length)) = next else { break };
            bytes += length;
            lines.push(line);
        }
        Ok(lines)
    }
}
