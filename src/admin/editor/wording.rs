//! Values of fields as words, for comparing them.

use serde_json::Value;

use crate::content::types::{FieldKind, ReferenceKind, Types};
use crate::render::rich_text;

/// How deep blocks within blocks are told; types nest less.
const MAX_DEPTH: usize = 16;

pub(super) struct Wording<'w> {
    pub types: &'w Types,
    /// As `data::labels_of` gives them.
    pub labels: &'w Value,
    /// What a box that is ticked is in words, and one that is not.
    pub yes: String,
    pub no: String,
}

impl Wording<'_> {
    pub(super) fn yes_or_no(&self, yes: bool) -> &str {
        if yes { &self.yes } else { &self.no }
    }

    /// The words of a value.
    pub(super) fn of(&self, kind: &FieldKind, value: &Value) -> String {
        self.at_depth(kind, value, 0)
    }

    /// `Text`, `Photograph`.
    pub(super) fn block_label(&self, block: &Value) -> String {
        let name = block.get("type").and_then(Value::as_str).unwrap_or_default();
        self.types.block(name).map_or_else(|| name.to_owned(), |block| block.label.clone())
    }

    /// The words of one entry of a stream.
    pub(super) fn of_block(&self, entry: &Value) -> String {
        self.block(entry.get("type").and_then(Value::as_str).unwrap_or_default(), entry.get("value"), 0)
    }

    fn block(&self, name: &str, value: Option<&Value>, depth: usize) -> String {
        let Some(block) = self.types.block(name).filter(|_| depth < MAX_DEPTH) else { return String::new() };
        let value = value.unwrap_or(&Value::Null);
        match block.fields() {
            [only] if only.name == block.name => self.at_depth(&only.kind, value, depth + 1),
            fields => lines(fields.iter().map(|field| {
                let words = self.at_depth(&field.kind, value.get(&field.name).unwrap_or(&Value::Null), depth + 1);
                if words.is_empty() { words } else { format!("{}: {words}", field.label) }
            })),
        }
    }

    fn at_depth(&self, kind: &FieldKind, value: &Value, depth: usize) -> String {
        let entries = || value.as_array().into_iter().flatten();
        match kind {
            FieldKind::RichText { .. } => rich_text::plain_text(value.as_str().unwrap_or_default()),
            FieldKind::Boolean => self.yes_or_no(value.as_bool() == Some(true)).to_owned(),
            FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices) => {
                let label = |chosen: &Value| {
                    let chosen = chosen.as_str().unwrap_or_default();
                    let known = choices.iter().find(|choice| choice.value == chosen);
                    known.map_or_else(|| chosen.to_owned(), |choice| choice.label.clone())
                };
                match value {
                    Value::Array(chosen) => chosen.iter().map(label).collect::<Vec<_>>().join(", "),
                    chosen => label(chosen),
                }
            }
            FieldKind::Page { .. } => self.name(ReferenceKind::Page, value),
            FieldKind::Snippet { .. } => self.name(ReferenceKind::Snippet, value),
            FieldKind::Snippets { .. } => {
                entries().map(|id| self.name(ReferenceKind::Snippet, id)).collect::<Vec<_>>().join(", ")
            }
            FieldKind::Image => self.name(ReferenceKind::Image, value),
            FieldKind::Document => self.name(ReferenceKind::Document, value),
            FieldKind::ImageBlock => {
                let image = self.name(ReferenceKind::Image, value.get("image").unwrap_or(&Value::Null));
                lines([image, plain(value.get("alt_text").or(value.get("alt")).unwrap_or(&Value::Null))])
            }
            FieldKind::Tags { .. } => entries().map(plain).collect::<Vec<_>>().join(", "),
            FieldKind::Stream { .. } => lines(entries().map(|entry| {
                self.block(entry.get("type").and_then(Value::as_str).unwrap_or_default(), entry.get("value"), depth + 1)
            })),
            FieldKind::List { block, .. } => {
                lines(entries().map(|entry| self.block(block, Some(entry.get("value").unwrap_or(entry)), depth + 1)))
            }
            FieldKind::Struct { block } => self.block(block, Some(value), depth + 1),
            FieldKind::Table | FieldKind::TypedTable { .. } => table(value),
            _ => plain(value),
        }
    }

    fn name(&self, kind: ReferenceKind, id: &Value) -> String {
        let Some(id) = id.as_i64() else { return String::new() };
        let (kind, column) = match kind {
            ReferenceKind::Page => ("pages", "title"),
            ReferenceKind::Snippet => ("snippets", "label"),
            ReferenceKind::Image => ("images", "title"),
            ReferenceKind::Document => ("documents", "title"),
        };
        let known = self.labels.get(kind).and_then(|labels| labels.get(id.to_string()));
        let known = known.and_then(|label| label.get(column)).and_then(Value::as_str);
        known.map_or_else(|| format!("#{id}"), |title| format!("{title} (#{id})"))
    }
}

/// All texts and numbers of a table, a line for each row.
fn table(value: &Value) -> String {
    match value {
        Value::Object(parts) => lines(parts.values().map(table)),
        Value::Array(rows) if rows.iter().all(|cell| !cell.is_array() && !cell.is_object()) => {
            rows.iter().map(plain).collect::<Vec<_>>().join(" | ")
        }
        Value::Array(rows) => lines(rows.iter().map(table)),
        Value::Bool(_) => String::new(),
        other => plain(other),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn lines(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
