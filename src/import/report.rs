//! What an import did, and everything that it did not understand: the object, the field, and why.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use serde::Serialize;

/// Different notices that are kept to be shown; a file has all.
const SHOWN: usize = 60;

/// One thing that was not taken over as it stands in the dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub file: String,
    /// Where in the file, if it has a line for each object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// As the dump names it: `blog.blogpage 5`.
    pub object: String,
    /// `body[2].value.title`; empty: all of it.
    pub field: String,
    pub message: String,
}

/// Notices that say the same of other objects of a model, or of other places in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alike {
    #[serde(flatten)]
    pub first: Notice,
    pub times: u64,
}

impl Notice {
    /// What it says, whichever object and place of a list it says it of.
    fn without_numbers(&self) -> String {
        let text = [&self.object, &self.field, &self.message].map(|text| text.as_str()).join("\n");
        text.chars().filter(|letter| !letter.is_ascii_digit()).collect()
    }
}

/// How it went with the objects of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub made: u64,
    /// Was here, and said something else.
    #[serde(skip_serializing_if = "is_none")]
    pub changed: u64,
    /// Made by an earlier run: they stay as they are.
    pub known: u64,
    pub refused: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// The report of one run.
pub struct Report {
    file: String,
    line: Option<u64>,
    tallies: BTreeMap<&'static str, Tally>,
    shown: Vec<Alike>,
    /// Where the notices that say the same are among those shown.
    places: HashMap<String, usize>,
    notices: u64,
    writer: Option<Box<dyn Write + Send>>,
    broken: Option<std::io::Error>,
}

impl Report {
    /// `file` is the dump; every notice is written to `writer` as a line of JSON.
    pub fn new(file: String, writer: Option<Box<dyn Write + Send>>) -> Self {
        Self {
            file,
            line: None,
            tallies: BTreeMap::new(),
            shown: Vec::new(),
            places: HashMap::new(),
            notices: 0,
            writer,
            broken: None,
        }
    }

    /// Tells where what is told of next stands.
    pub fn read(&mut self, file: &str, line: u64) {
        if self.file != file {
            file.clone_into(&mut self.file);
        }
        self.line = Some(line);
    }

    pub fn notice(&mut self, object: &str, field: &str, message: impl Into<String>) {
        let (message, file) = (message.into(), self.file.clone());
        let notice = Notice { file, line: self.line, object: object.to_owned(), field: field.to_owned(), message };
        self.notices += 1;
        if let Some(writer) = &mut self.writer {
            let line = serde_json::to_string(&notice).unwrap_or_default();
            if let Err(error) = writeln!(writer, "{line}") {
                self.broken.get_or_insert(error);
            }
        }
        let same = notice.without_numbers();
        if let Some(known) = self.places.get(&same) {
            self.shown[*known].times += 1;
        } else if self.shown.len() < SHOWN {
            self.places.insert(same, self.shown.len());
            self.shown.push(Alike { first: notice, times: 1 });
        }
    }

    pub fn made(&mut self, kind: &'static str) {
        self.tallies.entry(kind).or_default().made += 1;
    }

    pub fn changed(&mut self, kind: &'static str) {
        self.tallies.entry(kind).or_default().changed += 1;
    }

    pub fn known(&mut self, kind: &'static str) {
        self.tallies.entry(kind).or_default().known += 1;
    }

    /// Counts an object that is not taken over at all, and says why.
    pub fn refused(&mut self, kind: &'static str, object: &str, message: impl Into<String>) {
        self.tallies.entry(kind).or_default().refused += 1;
        self.notice(object, "", message);
    }

    pub fn tallies(&self) -> &BTreeMap<&'static str, Tally> {
        &self.tallies
    }

    /// The first of each kind.
    pub fn shown(&self) -> &[Alike] {
        &self.shown
    }

    pub fn notices(&self) -> u64 {
        self.notices
    }

    /// Whether anything was made, or changed.
    pub fn has_made(&self) -> bool {
        self.tallies.values().any(|tally| tally.made + tally.changed > 0)
    }

    /// Whether an object was left out.
    pub fn is_incomplete(&self) -> bool {
        self.tallies.values().any(|tally| tally.refused > 0)
    }

    /// Writes out what is left.
    ///
    /// # Errors
    /// When the report could not be written.
    pub fn finish(&mut self) -> std::io::Result<()> {
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        self.broken.take().map_or(Ok(()), Err)
    }
}
