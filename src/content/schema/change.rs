//! What one operation does to values: the counterparts of Wagtail's block operations, and those for whole fields.
//! Each leaves alone what has the new form already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::convert::Conversion;
use super::path::{ITEM, block_type};

/// Characters of a value that an example shows.
const SHOWN_CHARS: usize = 60;

/// Which blocks of a stream are gathered into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// All of them, where the first one stands.
    All,
    /// Those with nothing between them.
    Runs,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    RenameField { from: String, to: String },
    RemoveField { field: String },
    SetDefault { field: String, value: Value },
    RenameBlock { from: String, to: String },
    RemoveBlock { block: String },
    BlocksToList { block: String, to: String, gather: Gather },
    BlocksToStream { blocks: Vec<String>, to: String, gather: Gather },
    BlocksToStruct { block: String, to: String, field: String },
    ItemsToStruct { field: String },
    ValueToList,
    ValueToStream { block: String },
    ValueToStruct { field: String },
    SetValue { value: Value },
    MapValue { values: BTreeMap<String, String> },
    Convert { conversion: Conversion },
}

/// One change, or one value that could not be changed, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// `page 12 "A title": body[2].value.title`
    pub place: String,
    pub before: String,
    /// The new value; or why the old one stays.
    pub after: String,
}

/// What happened to the values of one document.
#[derive(Default)]
pub(super) struct Outcome {
    pub places: u64,
    pub refused: u64,
    pub examples: Vec<Example>,
    pub refusals: Vec<Example>,
    /// How many examples of each are wanted.
    pub wanted: usize,
}

impl Outcome {
    fn changed(&mut self, place: &str, before: impl FnOnce() -> String, after: impl FnOnce() -> String) {
        self.places += 1;
        if self.examples.len() < self.wanted {
            self.examples.push(Example { place: place.to_owned(), before: before(), after: after() });
        }
    }

    fn refused(&mut self, place: &str, value: &Value, why: &str) {
        self.refused += 1;
        if self.refusals.len() < self.wanted {
            self.refusals.push(Example { place: place.to_owned(), before: short(value), after: why.to_owned() });
        }
    }
}

/// The beginning of a value, as JSON.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Whether a value says nothing.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn new_id() -> Value {
    Value::from(Uuid::new_v4().to_string())
}

fn block(name: &str, value: Value) -> Value {
    json!({ "type": name, "value": value, "id": new_id() })
}

impl Change {
    /// The names that it takes up, as an earlier operation may have left them.
    pub(super) fn takes(&self) -> BTreeSet<String> {
        match self {
            Self::RenameField { from: name, .. }
            | Self::RemoveField { field: name }
            | Self::RenameBlock { from: name, .. }
            | Self::RemoveBlock { block: name }
            | Self::BlocksToList { block: name, .. }
            | Self::BlocksToStruct { block: name, .. } => BTreeSet::from([name.clone()]),
            Self::BlocksToStream { blocks, .. } => blocks.iter().cloned().collect(),
            _ => BTreeSet::new(),
        }
    }

    /// What it does, behind the name of its operation.
    pub(super) fn says(&self) -> String {
        match self {
            Self::RenameField { from, to } | Self::RenameBlock { from, to } => format!("{from} -> {to}"),
            Self::RemoveField { field: name } | Self::RemoveBlock { block: name } => name.clone(),
            Self::SetDefault { field, value } => format!("{field} = {}", short(value)),
            Self::BlocksToList { block, to, .. } => format!("{block} -> {to}"),
            Self::BlocksToStream { blocks, to, .. } => format!("{} -> {to}", blocks.join(", ")),
            Self::BlocksToStruct { block, to, field } => format!("{block} -> {to}.{field}"),
            Self::ItemsToStruct { field } | Self::ValueToStruct { field } => field.clone(),
            Self::ValueToList => String::new(),
            Self::ValueToStream { block } => block.clone(),
            Self::SetValue { value } => short(value),
            Self::MapValue { values } => {
                values.iter().map(|(old, new)| format!("{old} -> {new}")).collect::<Vec<_>>().join(", ")
            }
            Self::Convert { conversion } => conversion.name.to_owned(),
        }
    }

    /// Changes the value at a place that the path of the operation leads to.
    pub(super) fn apply(&self, value: &mut Value, place: &str, outcome: &mut Outcome) {
        match (self, &mut *value) {
            (Self::RenameField { from, to }, Value::Object(fields)) => rename_field(fields, from, to, place, outcome),
            (Self::RemoveField { field }, Value::Object(fields)) => {
                if let Some(gone) = fields.shift_remove(field) {
                    outcome.changed(place, || format!("{field}: {}", short(&gone)), || "nothing".to_owned());
                }
            }
            (Self::SetDefault { field, value: default }, Value::Object(fields))
                if fields.get(field).is_none_or(Value::is_null) && !default.is_null() =>
            {
                fields.insert(field.clone(), default.clone());
                outcome.changed(place, || "nothing".to_owned(), || format!("{field}: {}", short(default)));
            }
            (Self::RenameBlock { from, to }, Value::Array(entries)) => {
                for (at, entry) in
                    entries.iter_mut().enumerate().filter(|(_, entry)| block_type(entry) == Some(from.as_str()))
                {
                    entry["type"] = Value::from(to.as_str());
                    outcome.changed(&format!("{place}[{at}]"), || from.clone(), || to.clone());
                }
            }
            (Self::RemoveBlock { block }, Value::Array(entries)) => {
                let mut at = 0;
                entries.retain(|entry| {
                    let gone = block_type(entry) == Some(block.as_str());
                    if gone {
                        outcome.changed(&format!("{place}[{at}]"), || short(entry), || "nothing".to_owned());
                    }
                    at += 1;
                    !gone
                });
            }
            (Self::BlocksToList { block, to, gather }, Value::Array(entries)) => {
                let item = |mut entry: Value| {
                    entry["type"] = Value::from(ITEM);
                    entry
                };
                gathered(entries, (std::slice::from_ref(block), to), *gather, &item, place, outcome);
            }
            (Self::BlocksToStream { blocks, to, gather }, Value::Array(entries)) => {
                gathered(entries, (blocks, to), *gather, &|entry| entry, place, outcome);
            }
            (Self::BlocksToStruct { block, to, field }, Value::Array(entries)) => {
                for (at, entry) in
                    entries.iter_mut().enumerate().filter(|(_, entry)| block_type(entry) == Some(block.as_str()))
                {
                    if block == to && entry["value"].get(field).is_some() {
                        continue;
                    }
                    wrap(&mut entry["value"], field, &format!("{place}[{at}].value"), outcome);
                    entry["type"] = Value::from(to.as_str());
                }
            }
            (Self::ItemsToStruct { field }, Value::Array(entries)) => items_to_struct(entries, field, place, outcome),
            (Self::ValueToList, value) if !value.is_array() => to_array(value, ITEM, place, outcome),
            (Self::ValueToStream { block }, value) if !is_stream(value) => to_array(value, block, place, outcome),
            (Self::ValueToStruct { field }, value) if value.get(field).is_none() => wrap(value, field, place, outcome),
            (Self::SetValue { value: new }, value) if value != new => {
                outcome.changed(place, || short(value), || short(new));
                *value = new.clone();
            }
            (Self::MapValue { values }, Value::Array(chosen)) => {
                chosen.iter_mut().for_each(|value| map_value(value, values, place, outcome));
            }
            (Self::MapValue { values }, value) => map_value(value, values, place, outcome),
            (Self::Convert { conversion }, value) => match conversion.apply(value) {
                Ok(Some(new)) => {
                    outcome.changed(place, || short(value), || short(&new));
                    *value = new;
                }
                Ok(None) => {}
                Err(why) => outcome.refused(place, value, why),
            },
            _ => {}
        }
    }
}

/// Puts blocks of the types `blocks` into new ones of the type `to`.
fn gathered(
    entries: &mut Vec<Value>,
    (blocks, to): (&[String], &str),
    gather: Gather,
    part: &dyn Fn(Value) -> Value,
    place: &str,
    outcome: &mut Outcome,
) {
    let belongs = |entry: &Value| block_type(entry).is_some_and(|name| blocks.iter().any(|block| block == name));
    if !entries.iter().any(belongs) {
        return;
    }
    let mut kept: Vec<Value> = Vec::with_capacity(entries.len());
    // Where the gathering block stands in `kept`.
    let mut into: Option<usize> = None;
    for (at, entry) in entries.drain(..).enumerate() {
        if !belongs(&entry) {
            if gather == Gather::Runs {
                into = None;
            }
            kept.push(entry);
            continue;
        }
        outcome.changed(&format!("{place}[{at}]"), || short(&entry), || format!("in a block {to}"));
        let index = *into.get_or_insert_with(|| {
            kept.push(block(to, Value::Array(Vec::new())));
            kept.len() - 1
        });
        if let Some(Value::Array(parts)) = kept.get_mut(index).and_then(|block| block.get_mut("value")) {
            parts.push(part(entry));
        }
    }
    *entries = kept;
}

/// The field keeps its place among the others. One that has a value under its new name already keeps both.
fn rename_field(fields: &mut Map<String, Value>, from: &str, to: &str, place: &str, outcome: &mut Outcome) {
    let Some(value) = fields.get(from) else { return };
    if fields.get(to).is_some_and(|taken| !is_blank(taken)) {
        if is_blank(value) {
            fields.shift_remove(from);
            outcome.changed(place, || format!("{from}: nothing"), || "nothing".to_owned());
        } else {
            let value = value.clone();
            outcome.refused(place, &value, "has a value under its new name already");
        }
        return;
    }
    outcome.changed(place, || format!("{from}: {}", short(value)), || format!("{to}: {}", short(value)));
    let renamed = std::mem::take(fields).into_iter().filter(|(name, _)| name != to);
    *fields = renamed.map(|(name, value)| if name == from { (to.to_owned(), value) } else { (name, value) }).collect();
}

fn wrap(value: &mut Value, field: &str, place: &str, outcome: &mut Outcome) {
    let old = value.take();
    let new = json!({ field: old });
    outcome.changed(place, || short(&new[field]), || short(&new));
    *value = new;
}

/// A value that says nothing becomes an empty list.
fn to_array(value: &mut Value, name: &str, place: &str, outcome: &mut Outcome) {
    let old = value.take();
    let shown = short(&old);
    let new = if is_blank(&old) { json!([]) } else { json!([block(name, old)]) };
    outcome.changed(place, || shown, || short(&new));
    *value = new;
}

/// Blocks of types, as they stand in a stream; a list's items are none.
fn is_stream(value: &Value) -> bool {
    let is_block = |entry: &Value| block_type(entry).is_some_and(|name| name != ITEM);
    value.as_array().is_some_and(|entries| entries.iter().all(is_block))
}

fn items_to_struct(entries: &mut [Value], field: &str, place: &str, outcome: &mut Outcome) {
    for (at, entry) in entries.iter_mut().enumerate() {
        let (value, place) = match block_type(entry) {
            Some(ITEM) => (&mut entry["value"], format!("{place}[{at}].value")),
            Some(_) => continue,
            None => (entry, format!("{place}[{at}]")),
        };
        if value.get(field).is_none() {
            wrap(value, field, &place, outcome);
        }
    }
}

fn map_value(value: &mut Value, values: &BTreeMap<String, String>, place: &str, outcome: &mut Outcome) {
    let new = value.as_str().and_then(|text| values.get(text)).filter(|new| value.as_str() != Some(new.as_str()));
    if let Some(new) = new {
        outcome.changed(place, || short(value), || short(&Value::from(new.as_str())));
        *value = Value::from(new.as_str());
    }
}
