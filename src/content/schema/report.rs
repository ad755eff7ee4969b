//! What migrations did, or would do: counts by operation and type, a few examples, and what does not fit its type.

use std::collections::BTreeMap;

use super::change::{Example, Outcome};
use super::documents::Pass;
use super::file::Migration;
use crate::content::types::FieldError;

/// Examples kept of each operation.
const EXAMPLES: usize = 3;
/// Different misfits kept.
const MAX_MISFITS: usize = 200;

/// Documents of one type that an operation changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub live: u64,
    pub revisions: u64,
    /// Values in all of them.
    pub places: u64,
    /// Values that do not fit and stay as they were.
    pub refused: u64,
}

/// What one operation did.
#[derive(Clone, Debug, Default)]
pub struct OperationReport {
    pub title: String,
    /// `schema/0001_name.toml:4`
    pub place: String,
    pub by_type: BTreeMap<String, Counts>,
    pub examples: Vec<Example>,
    pub refusals: Vec<Example>,
}

/// What one migration did.
#[derive(Clone, Debug, Default)]
pub struct MigrationReport {
    pub name: String,
    pub description: String,
    /// Whether it had been begun earlier.
    pub resumed: bool,
    pub operations: Vec<OperationReport>,
}

/// Content that does not fit its type.
#[derive(Clone, Debug)]
pub struct Misfit {
    pub type_name: String,
    /// Without the numbers of blocks.
    pub path: String,
    pub message: String,
    pub documents: u64,
    /// One of them.
    pub example: String,
}

#[derive(Clone, Debug, Default)]
pub struct Report {
    pub migrations: Vec<MigrationReport>,
    /// Rows that were read.
    pub documents: u64,
    pub changed: u64,
    misfits: BTreeMap<(String, String, String), (u64, String)>,
}

impl MigrationReport {
    pub(super) fn of(migration: &Migration, resumed: bool) -> Self {
        let operations = migration.operations.iter().map(|operation| OperationReport {
            title: operation.title.clone(),
            place: format!("{}:{}", migration.file, operation.line),
            ..OperationReport::default()
        });
        Self {
            name: migration.name.clone(),
            description: migration.description.clone(),
            resumed,
            operations: operations.collect(),
        }
    }
}

impl OperationReport {
    pub(super) fn wanted(&self) -> usize {
        EXAMPLES.saturating_sub(self.examples.len().min(self.refusals.len()))
    }

    pub(super) fn add(&mut self, pass: &Pass, label: &str, outcome: Outcome) {
        if outcome.places == 0 && outcome.refused == 0 {
            return;
        }
        let counts = self.by_type.entry(pass.type_name.clone()).or_default();
        let documents = if pass.history { &mut counts.revisions } else { &mut counts.live };
        *documents += u64::from(outcome.places > 0);
        counts.places += outcome.places;
        counts.refused += outcome.refused;
        let named = |example: Example| {
            let place = if example.place.is_empty() { String::new() } else { format!(": {}", example.place) };
            Example { place: format!("{label}{place}"), ..example }
        };
        self.examples.extend(outcome.examples.into_iter().map(named));
        self.examples.truncate(EXAMPLES);
        self.refusals.extend(outcome.refusals.into_iter().map(named));
        self.refusals.truncate(EXAMPLES);
    }
}

impl Report {
    pub(super) fn add_misfits(&mut self, pass: &Pass, label: &str, errors: Vec<FieldError>) {
        let mut seen = std::collections::BTreeSet::new();
        for error in errors {
            let key = (pass.type_name.clone(), without_numbers(&error.path), error.message);
            if !seen.insert(key.clone()) || (self.misfits.len() >= MAX_MISFITS && !self.misfits.contains_key(&key)) {
                continue;
            }
            self.misfits.entry(key).or_insert_with(|| (0, label.to_owned())).0 += 1;
        }
    }

    /// By type and place, at most two hundred different ones.
    pub fn misfits(&self) -> Vec<Misfit> {
        let misfit =
            |((type_name, path, message), (documents, example)): (&(String, String, String), &(u64, String))| Misfit {
                type_name: type_name.clone(),
                path: path.clone(),
                message: message.clone(),
                documents: *documents,
                example: example.clone(),
            };
        self.misfits.iter().map(misfit).collect()
    }
}

/// `body[2].value.title` -> `body.value.title`
fn without_numbers(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => {}
            other => out.push(other),
        }
    }
    out
}
