//! A TOML table that is read key by key: every wrong value, missing key and unknown key becomes a problem
//! with its line, and reading goes on.

use std::cell::RefCell;
use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem, SourceFile, suggestion};

/// Syntax errors reported of one file: after the first few, the rest are echoes.
const MAX_SYNTAX_ERRORS: usize = 10;

/// A file being read: it knows the line of a byte, and collects problems.
pub(in crate::content) struct Source<'f> {
    file: &'f SourceFile,
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
}

impl<'f> Source<'f> {
    pub fn new(file: &'f SourceFile) -> Source<'f> {
        let line_starts = std::iter::once(0).chain(file.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { file, line_starts, problems: RefCell::new(Vec::new()) }
    }

    pub fn place(&self, span: &Range<usize>, key: &str) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        Place { file: self.file.path.clone(), line, key: key.to_owned() }
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub fn report_syntax(&self, errors: &[toml::de::Error]) {
        for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
            let span = error.span().unwrap_or(0..0);
            self.report(self.place(&span, "").problem(format!("is not TOML: {}", error.message())));
        }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// Shows `read` the table of a whole file that is TOML; the problems of reading it.
pub(in crate::content) fn read_document(file: &SourceFile, read: &mut dyn FnMut(&Table<'_>)) -> Vec<Problem> {
    let source = Source::new(file);
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    if errors.is_empty() {
        read(&Table::new(&source, document.get_ref(), 0..0, String::new()));
    } else {
        source.report_syntax(&errors);
    }
    drop(document);
    source.into_problems()
}

pub(in crate::content) struct Table<'t> {
    source: &'t Source<'t>,
    entries: &'t DeTable<'t>,
    span: Range<usize>,
    /// The dotted key of this table; empty for the file.
    path: String,
    read: RefCell<Vec<&'static str>>,
}

impl<'t> Table<'t> {
    pub fn new(source: &'t Source<'t>, entries: &'t DeTable<'t>, span: Range<usize>, path: String) -> Table<'t> {
        Table { source, entries, span, path, read: RefCell::new(Vec::new()) }
    }

    /// Problems from here on name this table `path`, such as `fields.intro` for `fields[0]`.
    pub fn rename(&mut self, path: String) {
        self.path = path;
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    fn key_path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    /// Where `key` is, or where the table starts when it is not there.
    pub fn place(&self, key: &str) -> Place {
        let span = self.entries.get_key_value(key).map_or(self.span.clone(), |(name, _)| name.span());
        self.source.place(&span, &self.key_path(key))
    }

    pub fn report(&self, key: &str, message: impl Into<String>) {
        self.source.report(self.place(key).problem(message));
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    fn find(&self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.read.borrow().contains(&key) {
            self.read.borrow_mut().push(key);
        }
        self.entries.get(key)
    }

    fn wrong(&self, key: &str, expected: &str, found: &DeValue<'_>) {
        self.report(key, format!("must be {expected}, not {}", described(found)));
    }

    pub fn string(&self, key: &'static str) -> Option<String> {
        let value = self.find(key)?.get_ref();
        if value.as_str().is_none() {
            self.wrong(key, "a string", value);
        }
        value.as_str().map(str::to_owned)
    }

    /// A string that must be there and say something.
    pub fn required_string(&self, key: &'static str) -> Option<String> {
        if self.find(key).is_none() {
            self.report(key, "is missing");
        }
        self.string(key).filter(|text| {
            let blank = text.trim().is_empty();
            if blank {
                self.report(key, "must not be empty");
            }
            !blank
        })
    }

    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.find(key)?.get_ref();
        if value.as_bool().is_none() {
            self.wrong(key, "true or false", value);
        }
        value.as_bool()
    }

    pub fn integer(&self, key: &'static str) -> Option<i64> {
        let value = self.find(key)?.get_ref();
        let integer = as_integer(value);
        if integer.is_none() {
            self.wrong(key, "a whole number", value);
        }
        integer
    }

    /// A whole number within `bounds`.
    pub fn count(&self, key: &'static str, bounds: Range<usize>) -> Option<usize> {
        let given = self.integer(key)?;
        let count = usize::try_from(given).ok().filter(|count| bounds.contains(count));
        if count.is_none() {
            self.report(key, format!("must be from {} to {}, not {given}", bounds.start, bounds.end - 1));
        }
        count
    }

    pub fn float(&self, key: &'static str) -> Option<f64> {
        let value = self.find(key)?.get_ref();
        let float = match value {
            DeValue::Float(float) => float.as_str().parse().ok().filter(|float: &f64| float.is_finite()),
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            _ => None,
        };
        if float.is_none() {
            self.wrong(key, "a number", value);
        }
        float
    }

    /// The text of a number, given as a string or as a number.
    pub fn number_text(&self, key: &'static str) -> Option<String> {
        match self.find(key)?.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().to_owned()),
            DeValue::Float(float) => Some(float.as_str().to_owned()),
            other => {
                self.wrong(key, "a decimal such as \"0.50\"", other);
                None
            }
        }
    }

    /// The strings of an array, each with its place.
    pub fn strings(&self, key: &'static str) -> Option<Vec<(String, Place)>> {
        let value = self.find(key)?.get_ref();
        let Some(items) = value.as_array() else {
            self.wrong(key, "a list of strings", value);
            return None;
        };
        let mut strings: Vec<(String, Place)> = Vec::new();
        for item in items.iter() {
            let place = self.source.place(&item.span(), &self.key_path(key));
            match item.get_ref().as_str() {
                Some(text) if strings.iter().any(|(known, _)| known == text) => {
                    self.source.report(place.problem(format!("\"{text}\" is there twice")));
                }
                Some(text) => strings.push((text.to_owned(), place)),
                None => {
                    let message = format!("must hold strings only, not {}", described(item.get_ref()));
                    self.source.report(place.problem(message));
                }
            }
        }
        Some(strings)
    }

    pub fn table(&self, key: &'static str) -> Option<Table<'t>> {
        let value = self.find(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong(key, "a table", value.get_ref());
            return None;
        };
        Some(Table::new(self.source, entries, value.span(), self.key_path(key)))
    }

    /// The tables of an array (`[[key]]` or inline), named `key[0]`, `key[1]`, …
    pub fn tables(&self, key: &'static str) -> Vec<Table<'t>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, "a list of tables", value.get_ref());
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.key_path(key));
            match item.get_ref().as_table() {
                Some(entries) => tables.push(Table::new(self.source, entries, item.span(), path)),
                None => {
                    let message = format!("must be a table, not {}", described(item.get_ref()));
                    self.source.report(self.source.place(&item.span(), &path).problem(message));
                }
            }
        }
        tables
    }

    /// Every entry as a table, in the order of the file: for tables whose keys are names.
    pub fn named_tables(&self) -> Vec<(String, Table<'t>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut tables = Vec::new();
        for (name, value) in entries {
            match value.get_ref().as_table() {
                Some(table) => {
                    let path = self.key_path(name.get_ref());
                    tables.push((name.get_ref().to_string(), Table::new(self.source, table, name.span(), path)));
                }
                None => self.wrong(name.get_ref(), "a table", value.get_ref()),
            }
        }
        tables
    }

    /// Every entry as a string: for tables whose keys are free.
    pub fn texts(&self) -> Vec<(String, String)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut texts = Vec::new();
        for (name, value) in entries {
            match value.get_ref().as_str() {
                Some(text) => texts.push((name.get_ref().to_string(), text.to_owned())),
                None => self.wrong(name.get_ref(), "a string", value.get_ref()),
            }
        }
        texts
    }

    /// Any value, as JSON.
    pub fn value(&self, key: &'static str) -> Option<Value> {
        let value = self.find(key)?;
        let json = to_json(value.get_ref());
        if json.is_none() {
            self.report(key, "holds a number that cannot be stored");
        }
        json
    }

    /// Reports the keys that nobody asked for. `what` says of what: `a char field`.
    pub fn finish(&self, what: &str) {
        let read = self.read.borrow();
        for (name, _) in self.entries.iter().filter(|(name, _)| !read.contains(&name.get_ref().as_ref())) {
            let message = format!("is not a key of {what}{}", suggestion(name.get_ref(), read.iter().copied()));
            self.report(name.get_ref(), message);
        }
    }
}

fn as_integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The depth is bounded by the TOML parser's own limit.
fn to_json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(_) => Value::from(as_integer(value)?),
        DeValue::Float(float) => Value::Number(serde_json::Number::from_f64(float.as_str().parse().ok()?)?),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| to_json(item.get_ref())).collect::<Option<_>>()?),
        DeValue::Table(entries) => {
            let pairs = entries.iter().map(|(key, item)| Some((key.get_ref().to_string(), to_json(item.get_ref())?)));
            Value::Object(pairs.collect::<Option<_>>()?)
        }
    })
}
