//! Reading the migrations of a site folder, `schema/0001_name.toml`: every mistake of every file with its line.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::change::{Change, Gather};
use super::convert::{CONVERSIONS, Conversion};
use super::path::Path;
use crate::clock::Micros;
use crate::content::types::{Mode, Place, Problem, SourceFile, Table, Types, check_name, read_document, suggestion};

/// Below the site folder.
pub const FOLDER: &str = "schema/";
/// Migrations that a folder may have.
const MAX_FILES: usize = 1_000;
/// Operations of one migration.
const MAX_OPERATIONS: usize = 200;
/// Every type of the site.
const EVERY: &str = "*";

/// In the order of the documentation.
const OPERATIONS: [&str; 15] = [
    "rename_field",
    "remove_field",
    "set_default",
    "rename_block",
    "remove_block",
    "blocks_to_list",
    "blocks_to_stream",
    "blocks_to_struct",
    "items_to_struct",
    "value_to_list",
    "value_to_stream",
    "value_to_struct",
    "set_value",
    "map_value",
    "convert",
];

/// One file of `schema/`.
#[derive(Clone, Debug)]
pub struct Migration {
    /// `0001_rename_standfirst`
    pub name: String,
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    pub description: String,
    /// Older revisions stay as they are, but for the newest and the live one.
    pub revisions_from: Option<Micros>,
    pub operations: Vec<Operation>,
}

/// One `[[operations]]`.
#[derive(Clone, Debug)]
pub struct Operation {
    pub line: usize,
    /// `rename_field standfirst -> intro`
    pub title: String,
    /// The types whose content it changes, by name.
    pub types: BTreeSet<String>,
    pub path: Path,
    pub change: Change,
}

/// A name that must be in the types by the end, unless a later operation takes it up.
struct Claim {
    place: Place,
    /// The operation that makes it, counted over all files.
    at: usize,
    name: String,
    of: Claimed,
}

enum Claimed {
    Block,
    /// Of one of these types.
    Field(BTreeSet<String>),
}

#[derive(Default)]
struct Reading {
    claims: Vec<Claim>,
    /// The names that each operation takes up.
    taken: Vec<BTreeSet<String>>,
}

/// The name of a migration and the digest of its text; `None` for a file that is not named as one.
pub(super) fn identify(path: &str, text: &str) -> Option<(String, String)> {
    let name = path.strip_prefix(FOLDER)?.strip_suffix(".toml")?;
    let (number, words) = name.split_once('_')?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = is_name && !words.is_empty() && words.chars().all(fits) && name.len() <= 100;
    is_name.then(|| (name.to_owned(), HEXLOWER.encode(&Sha256::digest(text.as_bytes()))))
}

/// Reads and checks all migrations, in their order.
///
/// # Errors
/// Every problem of every file.
pub fn load(files: &[SourceFile], types: &Types) -> Result<Vec<Migration>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut migrations: Vec<Migration> = Vec::new();
    let mut reading = Reading::default();
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let report = |file: &SourceFile, message: String| Place::of_file(&file.path).problem(message);
    for (index, file) in files.into_iter().enumerate() {
        let Some((name, digest)) = identify(&file.path, &file.text) else {
            let wanted = "a number of four digits and small letters, such as schema/0001_rename_standfirst.toml";
            problems.push(report(file, format!("is not the name of a migration: {wanted}")));
            continue;
        };
        if index >= MAX_FILES {
            problems.push(report(file, format!("a site has at most {MAX_FILES} migrations: delete the oldest ones")));
            break;
        }
        if let Some(twin) = migrations.last().filter(|known| known.name[..4] == name[..4]) {
            problems.push(report(file, format!("{} has the same number", twin.file)));
        }
        let mut migration = Migration {
            name,
            file: file.path.clone(),
            digest,
            description: String::new(),
            revisions_from: None,
            operations: Vec::new(),
        };
        problems.extend(read_document(file, &mut |table| read(table, types, &mut migration, &mut reading)));
        migrations.push(migration);
    }
    problems.extend(reading.settle(types));
    if problems.is_empty() {
        return Ok(migrations);
    }
    problems.sort_by(|left, right| (&left.file, left.line, &left.key).cmp(&(&right.file, right.line, &right.key)));
    Err(problems)
}

fn read(table: &Table<'_>, types: &Types, migration: &mut Migration, reading: &mut Reading) {
    migration.description = table.string("description").unwrap_or_default();
    migration.revisions_from = table.string("revisions_from").and_then(|text| {
        let date = text.parse::<jiff::civil::Date>().and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
        if date.is_err() {
            table.report("revisions_from", format!("\"{text}\" is not a date such as 2026-01-31"));
        }
        date.ok().map(|zoned| Micros(zoned.timestamp().as_microsecond()))
    });
    let entries = table.tables("operations");
    if entries.is_empty() && !table.has("operations") {
        table.report("operations", "is missing: a migration has at least one [[operations]]");
    }
    if entries.len() > MAX_OPERATIONS {
        table.report("operations", format!("has more than {MAX_OPERATIONS}: make it several migrations"));
    }
    for entry in entries.iter().take(MAX_OPERATIONS) {
        if let Some(operation) = read_operation(entry, types, reading) {
            migration.operations.push(operation);
        }
    }
    table.finish("a migration");
}

fn read_operation(entry: &Table<'_>, types: &Types, reading: &mut Reading) -> Option<Operation> {
    let kind = entry.required_string("operation")?;
    if !OPERATIONS.contains(&kind.as_str()) {
        entry.report("operation", format!("\"{kind}\" is not an operation{}", suggestion(&kind, OPERATIONS)));
        return None;
    }
    let of = read_types(entry, types);
    let path = entry.string("path").unwrap_or_default();
    let parsed = Path::parse(&path);
    if let Err(why) = &parsed {
        entry.report("path", why.clone());
    }
    let parsed = parsed.unwrap_or_default();
    let change = Reader { entry, types, of: &of, path: &parsed, reading: &mut *reading }.change(&kind);
    entry.finish(&format!("a {kind} operation"));
    let change = change?;
    let mut taken = change.takes();
    taken.extend(parsed.names().map(str::to_owned));
    reading.taken.push(taken);
    let at = if path.is_empty() { String::new() } else { format!("at {path}") };
    let title = [kind, change.says(), at].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    Some(Operation { line: entry.place("operation").line, title, types: of, path: parsed, change })
}

fn read_types(entry: &Table<'_>, types: &Types) -> BTreeSet<String> {
    let mut named: Vec<(&'static str, String)> = Vec::new();
    named.extend(entry.string("type").map(|name| ("type", name)));
    named.extend(entry.strings("types").into_iter().flatten().map(|(name, _)| ("types", name)));
    if entry.has("type") == entry.has("types") {
        entry.report("type", "an operation has either type, or a list of types; \"*\" is every type");
    }
    let mut found = BTreeSet::new();
    for (key, name) in named {
        if name == EVERY {
            found.extend(types.iter().map(|known| known.name.clone()));
        } else if types.find(&name).is_some() {
            found.insert(name);
        } else {
            let known = suggestion(&name, types.iter().map(|known| known.name.as_str()));
            entry.report(key, format!("there is no type \"{name}\"{known}"));
        }
    }
    found
}

/// The keys of one operation.
struct Reader<'r, 't> {
    entry: &'r Table<'t>,
    types: &'r Types,
    of: &'r BTreeSet<String>,
    path: &'r Path,
    reading: &'r mut Reading,
}

impl Reader<'_, '_> {
    fn change(&mut self, kind: &str) -> Option<Change> {
        let entry = self.entry;
        let needs_path = matches!(kind, "set_value" | "map_value" | "convert" | "items_to_struct")
            || kind.contains("block")
            || kind.starts_with("value_to");
        if needs_path && entry.string("path").unwrap_or_default().is_empty() {
            entry.report("path", format!("is missing: where {kind} works, such as \"body\""));
        }
        Some(match kind {
            "rename_field" => {
                let (from, to) = self.two_names("from", "to")?;
                self.claim_field("to", &to);
                Change::RenameField { from, to }
            }
            "remove_field" => Change::RemoveField { field: entry.required_string("field")? },
            "set_default" => {
                let (field, value) = (self.new_name("field")?, self.value()?);
                self.claim_field("field", &field);
                self.check_default(&field, &value);
                Change::SetDefault { field, value }
            }
            "rename_block" => {
                let (from, to) = self.two_names("from", "to")?;
                self.claim_block("to", &to);
                Change::RenameBlock { from, to }
            }
            "remove_block" => Change::RemoveBlock { block: entry.required_string("block")? },
            "blocks_to_list" => {
                let (block, to, gather) = (entry.required_string("block")?, self.new_block("to")?, self.gather());
                Change::BlocksToList { block, to, gather }
            }
            "blocks_to_stream" => {
                let blocks: Vec<String> = entry.strings("blocks").into_iter().flatten().map(|(name, _)| name).collect();
                if blocks.is_empty() {
                    entry.report("blocks", "must name at least one block");
                }
                Change::BlocksToStream { blocks, to: self.new_block("to")?, gather: self.gather() }
            }
            "blocks_to_struct" => {
                let (block, to) = (entry.required_string("block")?, self.new_block("to")?);
                Change::BlocksToStruct { block, to, field: self.new_name("field")? }
            }
            "items_to_struct" => Change::ItemsToStruct { field: self.new_name("field")? },
            "value_to_list" => Change::ValueToList,
            "value_to_stream" => Change::ValueToStream { block: self.new_block("block")? },
            "value_to_struct" => Change::ValueToStruct { field: self.new_name("field")? },
            "set_value" => Change::SetValue { value: self.value()? },
            "map_value" => {
                let values: BTreeMap<String, String> = entry.table("values")?.texts().into_iter().collect();
                if values.is_empty() {
                    entry.report("values", "must map at least one value");
                }
                Change::MapValue { values }
            }
            _ => Change::Convert { conversion: self.conversion()? },
        })
    }

    fn value(&self) -> Option<Value> {
        if !self.entry.has("value") {
            self.entry.report("value", "is missing");
        }
        self.entry.value("value")
    }

    fn two_names(&self, old: &'static str, new: &'static str) -> Option<(String, String)> {
        let (from, to) = (self.entry.required_string(old), self.new_name(new));
        let (from, to) = (from?, to?);
        if from == to {
            self.entry.report(new, format!("is \"{from}\" too: nothing would change"));
        }
        Some((from, to))
    }

    fn new_name(&self, key: &'static str) -> Option<String> {
        let name = self.entry.required_string(key)?;
        if let Err(why) = check_name(&name) {
            self.entry.report(key, why);
        }
        Some(name)
    }

    fn new_block(&mut self, key: &'static str) -> Option<String> {
        let name = self.new_name(key)?;
        self.claim_block(key, &name);
        Some(name)
    }

    fn claim_block(&mut self, key: &str, name: &str) {
        self.claim(key, name, Claimed::Block);
    }

    /// Only fields at the top are known: what a path leads to may have any form by now.
    fn claim_field(&mut self, key: &str, name: &str) {
        if self.path.is_top() && !self.of.is_empty() {
            self.claim(key, name, Claimed::Field(self.of.clone()));
        }
    }

    fn claim(&mut self, key: &str, name: &str, of: Claimed) {
        let at = self.reading.taken.len();
        self.reading.claims.push(Claim { place: self.entry.place(key), at, name: name.to_owned(), of });
    }

    fn gather(&self) -> Gather {
        match self.entry.string("gather").as_deref() {
            None | Some("all") => Gather::All,
            Some("runs") => Gather::Runs,
            Some(other) => {
                self.entry.report("gather", format!("\"{other}\" is neither \"all\" nor \"runs\""));
                Gather::All
            }
        }
    }

    fn conversion(&self) -> Option<Conversion> {
        let name = self.entry.required_string("conversion")?;
        let found = Conversion::find(&name);
        if found.is_none() {
            let known = suggestion(&name, CONVERSIONS.map(|known| known.name));
            self.entry.report("conversion", format!("\"{name}\" is not a conversion{known}"));
        }
        found
    }

    fn check_default(&self, field: &str, value: &Value) {
        let holders = self.of.iter().filter_map(|name| self.types.find(name)).filter(|of| of.field(field).is_some());
        for of_type in holders.filter(|_| self.path.is_top()) {
            let given = [(field.to_owned(), value.clone())].into_iter().collect();
            for error in of_type.validate(self.types, &given, Mode::Draft).err().into_iter().flatten() {
                let message = format!("does not fit {}: {}: {}", of_type.name, error.path, error.message);
                self.entry.report("value", message);
            }
        }
    }
}

impl Reading {
    fn settle(&self, types: &Types) -> Vec<Problem> {
        let mut problems = Vec::new();
        for claim in &self.claims {
            let name = &claim.name;
            if self.taken.iter().skip(claim.at + 1).any(|taken| taken.contains(name)) {
                continue;
            }
            match &claim.of {
                Claimed::Block if types.block(name).is_none() => {
                    let known = suggestion(name, types.blocks().map(|block| block.name.as_str()));
                    problems.push(claim.place.problem(format!("\"{name}\" is not a block of blocks.toml{known}")));
                }
                Claimed::Field(of) => {
                    let of_types = of.iter().filter_map(|name| types.find(name));
                    if !of_types.clone().any(|of_type| of_type.field(name).is_some()) {
                        let fields =
                            of_types.flat_map(|of_type| of_type.fields.iter().map(|field| field.name.as_str()));
                        let (known, of) = (suggestion(name, fields), of.iter().cloned().collect::<Vec<_>>().join(", "));
                        problems.push(claim.place.problem(format!("\"{name}\" is not a field of {of}{known}")));
                    }
                }
                Claimed::Block => {}
            }
        }
        problems
    }
}
