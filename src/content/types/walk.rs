//! Walking stored values by their type: what a page refers to, and what it says.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::library::BlockShape;
use super::model::{ContentType, Field, FieldKind};
use super::rewrite::ValueSlot;
use super::set::Types;
use crate::render::rich_text;

const WORDS_PER_MINUTE: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceKind {
    Page,
    Snippet,
    Image,
    Document,
}

impl ReferenceKind {
    pub const ALL: [ReferenceKind; 4] =
        [ReferenceKind::Page, ReferenceKind::Snippet, ReferenceKind::Image, ReferenceKind::Document];

    /// As references are stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ReferenceKind::Page => "page",
            ReferenceKind::Snippet => "snippet",
            ReferenceKind::Image => "image",
            ReferenceKind::Document => "document",
        }
    }

    pub fn find(name: &str) -> Option<ReferenceKind> {
        ReferenceKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl From<rich_text::Target> for ReferenceKind {
    fn from(target: rich_text::Target) -> Self {
        match target {
            rich_text::Target::Page => ReferenceKind::Page,
            rich_text::Target::Image => ReferenceKind::Image,
            rich_text::Target::Document => ReferenceKind::Document,
        }
    }
}

/// A page, snippet, image or document that values refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub id: i64,
    /// The top-level field that holds the reference, however deep.
    pub field: String,
}

/// A reference with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedReference {
    pub kind: ReferenceKind,
    pub id: i64,
    /// `body[2].value.page`
    pub path: String,
}

impl PlacedReference {
    /// The top-level field.
    pub fn field(&self) -> &str {
        self.path.split(['.', '[']).next().unwrap_or_default()
    }
}

impl ContentType {
    /// What `values` refer to through choosers and rich text, each once a field.
    pub fn references(&self, types: &Types, values: &Map<String, Value>) -> Vec<Reference> {
        let mut references: Vec<Reference> = Vec::new();
        for top in &self.fields {
            let Some(value) = values.get(&top.name) else { continue };
            let mut seen = HashSet::new();
            visit(types, top, value, &mut |field, value| {
                each_target(&field.kind, value, &mut |kind, id| {
                    if seen.insert((kind, id)) {
                        references.push(Reference { kind, id, field: top.name.clone() });
                    }
                });
            });
        }
        references
    }

    /// Every place of `values` that refers to something, once a place and target.
    pub fn placed_references(&self, types: &Types, values: &Map<String, Value>) -> Vec<PlacedReference> {
        let mut references = Vec::new();
        // Places are known to the walk that rewrites: it gets a copy.
        self.visit_mut(types, &mut values.clone(), &mut |path, slot| {
            let mut add = |kind, id| references.push(PlacedReference { kind, id, path: path.to_owned() });
            let mut chosen = |kind, value: &Value| value.as_i64().into_iter().for_each(|id| add(kind, id));
            match slot {
                ValueSlot::Page(value) => chosen(ReferenceKind::Page, value),
                ValueSlot::Snippet { value, .. } => chosen(ReferenceKind::Snippet, value),
                ValueSlot::Snippets { value, .. } => {
                    value.as_array().into_iter().flatten().for_each(|id| chosen(ReferenceKind::Snippet, id));
                }
                ValueSlot::Image(value) => chosen(ReferenceKind::Image, value),
                ValueSlot::Document(value) => chosen(ReferenceKind::Document, value),
                ValueSlot::RichText(html) => {
                    rich_text::targets(html).into_iter().for_each(|(target, id)| add(target.into(), id));
                }
                ValueSlot::Embed(_) => {}
            }
        });
        references
    }

    /// The addresses that `values` embed, each once.
    pub fn embeds(&self, types: &Types, values: &Map<String, Value>) -> Vec<String> {
        let mut urls: Vec<String> = Vec::new();
        for top in &self.fields {
            let Some(value) = values.get(&top.name) else { continue };
            visit(types, top, value, &mut |field, value| {
                let found = match (&field.kind, value) {
                    (FieldKind::Embed, Value::String(url)) if !url.is_empty() => vec![url.clone()],
                    (FieldKind::RichText { .. }, Value::String(html)) => rich_text::embed_urls(html),
                    _ => return,
                };
                for url in found {
                    if !urls.contains(&url) {
                        urls.push(url);
                    }
                }
            });
        }
        urls
    }

    /// The words of `values` that are read as text, for counting: text, quotes, tables and rich text, one line a value.
    pub fn plain_text(&self, types: &Types, values: &Map<String, Value>) -> String {
        let mut text = String::new();
        self.each_line(types, values, &mut |line| push_line(&mut text, line), &mut |_| {});
        text
    }

    /// All words of `values` that a search finds: also the labels of choices, and what images show.
    pub fn search_text(&self, types: &Types, values: &Map<String, Value>) -> String {
        let (mut text, mut beside) = (String::new(), String::new());
        self.each_line(types, values, &mut |line| push_line(&mut text, line), &mut |line| push_line(&mut beside, line));
        push_line(&mut text, &beside);
        text
    }

    /// Tells `read` what is read as text, and `beside` what stands beside it.
    fn each_line(
        &self,
        types: &Types,
        values: &Map<String, Value>,
        read: &mut dyn FnMut(&str),
        beside: &mut dyn FnMut(&str),
    ) {
        for top in &self.fields {
            let Some(value) = values.get(&top.name) else { continue };
            visit(types, top, value, &mut |field, value| match (&field.kind, value) {
                (FieldKind::RichText { .. }, Value::String(html)) => read(&rich_text::plain_text(html)),
                (FieldKind::Char(_) | FieldKind::Text(_) | FieldKind::BlockQuote(_), Value::String(text)) => read(text),
                (FieldKind::Table | FieldKind::TypedTable { .. }, table) => table_text(table, &mut *read),
                (FieldKind::ImageBlock, block) => {
                    block.get("alt").and_then(Value::as_str).into_iter().for_each(&mut *beside);
                }
                (FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices), chosen) => {
                    let chosen = chosen.as_array().map_or(std::slice::from_ref(chosen), Vec::as_slice);
                    let labels = choices.iter().filter(|choice| chosen.iter().any(|value| *value == choice.value));
                    labels.for_each(|choice| beside(&choice.label));
                }
                _ => {}
            });
        }
    }
}

/// What one value without parts refers to.
fn each_target(kind: &FieldKind, value: &Value, add: &mut dyn FnMut(ReferenceKind, i64)) {
    let mut chosen = |kind, value: Option<&Value>| {
        if let Some(id) = value.and_then(Value::as_i64) {
            add(kind, id);
        }
    };
    match (kind, value) {
        (FieldKind::Page { .. }, value) => chosen(ReferenceKind::Page, Some(value)),
        (FieldKind::Snippet { .. }, value) => chosen(ReferenceKind::Snippet, Some(value)),
        (FieldKind::Image, value) => chosen(ReferenceKind::Image, Some(value)),
        (FieldKind::ImageBlock, value) => chosen(ReferenceKind::Image, value.get("image")),
        (FieldKind::Document, value) => chosen(ReferenceKind::Document, Some(value)),
        (FieldKind::Snippets { .. }, Value::Array(ids)) => {
            ids.iter().for_each(|id| chosen(ReferenceKind::Snippet, Some(id)));
        }
        (FieldKind::RichText { .. }, Value::String(html)) => {
            for (target, id) in rich_text::targets(html) {
                add(target.into(), id);
            }
        }
        _ => {}
    }
}

/// Caption, headings and cells of a table; the values of a typed one are visited by their blocks.
fn table_text(table: &Value, say: &mut dyn FnMut(&str)) {
    let caption = ["table_caption", "caption"].into_iter().filter_map(|key| table.get(key)?.as_str());
    caption.for_each(&mut *say);
    let columns = table.get("columns").and_then(Value::as_array).into_iter().flatten();
    columns.filter_map(|column| column.get("heading")?.as_str()).for_each(&mut *say);
    let rows = table.get("data").and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(Value::as_array).flatten().filter_map(Value::as_str).for_each(say);
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
        (FieldKind::TypedTable { blocks }, value) => {
            visitor(field, value);
            let names = column_blocks(value, blocks);
            let rows = value.get("rows").and_then(Value::as_array).into_iter().flatten();
            for cells in rows.filter_map(|row| row.get("values")?.as_array()) {
                for (name, cell) in names.iter().zip(cells) {
                    name.iter().for_each(|name| visit_block(types, name, cell, visitor));
                }
            }
        }
        (FieldKind::Stream { .. } | FieldKind::List { .. }, _) => {}
        _ => visitor(field, value),
    }
}

/// The block of each column of a typed table; `None` where the type is not one of `blocks`.
pub(super) fn column_blocks(table: &Value, blocks: &[String]) -> Vec<Option<String>> {
    let columns = table.get("columns").and_then(Value::as_array).into_iter().flatten();
    let names = columns.map(|column| column.get("type").and_then(Value::as_str));
    names.map(|name| name.filter(|name| blocks.iter().any(|known| known == name)).map(str::to_owned)).collect()
}

fn visit_block<'t>(types: &'t Types, name: &str, value: &Value, visitor: &mut dyn FnMut(&'t Field, &Value)) {
    match types.block(name).map(|block| &block.shape) {
        Some(BlockShape::Value(field)) => visit(types, field, value, visitor),
        Some(BlockShape::Struct { fields, .. }) => {
            for field in fields {
                if let Some(value) = value.get(&field.name) {
                    visit(types, field, value, visitor);
                }
            }
        }
        None => {}
    }
}
