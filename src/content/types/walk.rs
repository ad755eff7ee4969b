//! Walking stored values by their type: what a page refers to, what it says, and rewriting references.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::model::{BlockShape, ContentType, Field, FieldKind};
use super::set::Types;
use crate::render::rich_text;

const WORDS_PER_MINUTE: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceKind {
    Page,
    Snippet,
}

/// A page or snippet that values refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub id: i64,
    /// The top-level field that holds the reference, however deep.
    pub field: String,
}

/// A value that refers to something, for rewriting; the value need not be valid yet.
#[derive(Debug)]
pub enum ValueSlot<'v> {
    Page(&'v mut Value),
    Snippet { of: &'v str, value: &'v mut Value },
    Snippets { of: &'v str, value: &'v mut Value },
    RichText(&'v mut String),
}

impl ContentType {
    /// The pages and snippets that `values` refer to through choosers and rich text, each once a field.
    pub fn references(&self, types: &Types, values: &Map<String, Value>) -> Vec<Reference> {
        let mut references: Vec<Reference> = Vec::new();
        for top in &self.fields {
            let Some(value) = values.get(&top.name) else { continue };
            let mut seen = HashSet::new();
            let mut add = |kind, id| {
                if seen.insert((kind, id)) {
                    references.push(Reference { kind, id, field: top.name.clone() });
                }
            };
            visit(types, top, value, &mut |field, value| match (&field.kind, value) {
                (FieldKind::Page { .. }, value) => {
                    value.as_i64().into_iter().for_each(|id| add(ReferenceKind::Page, id))
                }
                (FieldKind::Snippet { .. }, value) => {
                    value.as_i64().into_iter().for_each(|id| add(ReferenceKind::Snippet, id));
                }
                (FieldKind::Snippets { .. }, Value::Array(ids)) => {
                    ids.iter().filter_map(Value::as_i64).for_each(|id| add(ReferenceKind::Snippet, id));
                }
                (FieldKind::RichText { .. }, Value::String(html)) => {
                    rich_text::page_ids(html).into_iter().for_each(|id| add(ReferenceKind::Page, id));
                }
                _ => {}
            });
        }
        references
    }

    /// The words of `values`, for search and counting: text, quotes and rich text, one line a value.
    pub fn plain_text(&self, types: &Types, values: &Map<String, Value>) -> String {
        let mut text = String::new();
        for top in &self.fields {
            let Some(value) = values.get(&top.name) else { continue };
            visit(types, top, value, &mut |field, value| {
                let Value::String(value) = value else { return };
                match field.kind {
                    FieldKind::RichText { .. } => push_line(&mut text, &rich_text::plain_text(value)),
                    FieldKind::Char(_) | FieldKind::Text(_) | FieldKind::BlockQuote(_) => push_line(&mut text, value),
                    _ => {}
                }
            });
        }
        text
    }

    /// Shows `visitor` every page chooser, snippet chooser and rich text in `values`, with its path
    /// (`body[2].value.page`). Values of a wrong shape are skipped: validation reports them.
    pub fn visit_mut(
        &self,
        types: &Types,
        values: &mut Map<String, Value>,
        visitor: &mut dyn FnMut(&str, ValueSlot<'_>),
    ) {
        for field in &self.fields {
            if let Some(value) = values.get_mut(&field.name) {
                visit_field_mut(types, field, value, &field.name, visitor);
            }
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    if !line.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
}

pub fn word_count(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// At 200 words a minute; at least 1.
pub fn reading_time_minutes(words: usize) -> usize {
    words.div_ceil(WORDS_PER_MINUTE).max(1)
}

/// The object of an item in Wagtail's list form, `{"type": "item", "value": …, "id": …}`.
pub(super) fn list_item(entry: &Value) -> Option<&Map<String, Value>> {
    entry
        .as_object()
        .filter(|item| item.get("type").and_then(Value::as_str) == Some("item") && item.contains_key("value"))
}

/// Shows `visitor` every value without parts in `value`. Blocks nest as deep as the types, not the value.
fn visit<'t>(types: &'t Types, field: &'t Field, value: &Value, visitor: &mut dyn FnMut(&'t Field, &Value)) {
    match (&field.kind, value) {
        (FieldKind::Stream { blocks, .. }, Value::Array(entries)) => {
            for entry in entries {
                let name =
                    entry.get("type").and_then(Value::as_str).filter(|name| blocks.iter().any(|known| known == name));
                if let (Some(name), Some(value)) = (name, entry.get("value")) {
                    visit_block(types, name, value, visitor);
                }
            }
        }
        (FieldKind::List { block, .. }, Value::Array(entries)) => {
            for entry in entries {
                visit_block(
                    types,
                    block,
                    list_item(entry).and_then(|item| item.get("value")).unwrap_or(entry),
                    visitor,
                );
            }
        }
        (FieldKind::Struct { block }, value) => visit_block(types, block, value, visitor),
        (FieldKind::Stream { .. } | FieldKind::List { .. }, _) => {}
        _ => visitor(field, value),
    }
}

fn visit_block<'t>(types: &'t Types, name: &str, value: &Value, visitor: &mut dyn FnMut(&'t Field, &Value)) {
    match types.block(name).map(|block| &block.shape) {
        Some(BlockShape::Value(field)) => visit(types, field, value, visitor),
        Some(BlockShape::Struct(fields)) => {
            for field in fields {
                if let Some(value) = value.get(&field.name) {
                    visit(types, field, value, visitor);
                }
            }
        }
        None => {}
    }
}

fn visit_field_mut(
    types: &Types,
    field: &Field,
    value: &mut Value,
    path: &str,
    visitor: &mut dyn FnMut(&str, ValueSlot<'_>),
) {
    match (&field.kind, value) {
        (FieldKind::Stream { blocks, .. }, Value::Array(entries)) => {
            for (index, entry) in entries.iter_mut().enumerate() {
                let Some(name) = entry.get("type").and_then(Value::as_str).map(str::to_owned) else { continue };
                if let Some(value) = entry.get_mut("value").filter(|_| blocks.contains(&name)) {
                    visit_block_mut(types, &name, value, &format!("{path}[{index}].value"), visitor);
                }
            }
        }
        (FieldKind::List { block, .. }, Value::Array(entries)) => {
            for (index, entry) in entries.iter_mut().enumerate() {
                let wrapped = list_item(entry).is_some();
                match entry.get_mut("value").filter(|_| wrapped) {
                    Some(value) => visit_block_mut(types, block, value, &format!("{path}[{index}].value"), visitor),
                    None => visit_block_mut(types, block, entry, &format!("{path}[{index}]"), visitor),
                }
            }
        }
        (FieldKind::Struct { block }, value) => visit_block_mut(types, block, value, path, visitor),
        (FieldKind::Page { .. }, value) => visitor(path, ValueSlot::Page(value)),
        (FieldKind::Snippet { of }, value) => visitor(path, ValueSlot::Snippet { of, value }),
        (FieldKind::Snippets { of, .. }, value) => visitor(path, ValueSlot::Snippets { of, value }),
        (FieldKind::RichText { .. }, Value::String(html)) => visitor(path, ValueSlot::RichText(html)),
        _ => {}
    }
}

fn visit_block_mut(
    types: &Types,
    name: &str,
    value: &mut Value,
    path: &str,
    visitor: &mut dyn FnMut(&str, ValueSlot<'_>),
) {
    match types.block(name).map(|block| &block.shape) {
        Some(BlockShape::Value(field)) => visit_field_mut(types, field, value, path, visitor),
        Some(BlockShape::Struct(fields)) => {
            for field in fields {
                if let Some(value) = value.get_mut(&field.name) {
                    visit_field_mut(types, field, value, &format!("{path}.{}", field.name), visitor);
                }
            }
        }
        None => {}
    }
}
