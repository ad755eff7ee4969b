//! Rewriting what stored values refer to, in place: ids by what they name, or names by their ids.

use serde_json::{Map, Value};

use super::library::BlockShape;
use super::model::{ContentType, Field, FieldKind};
use super::set::Types;
use super::walk::{column_blocks, list_item};

/// A value that refers to something, for rewriting; the value need not be valid yet.
#[derive(Debug)]
pub enum ValueSlot<'v> {
    Page(&'v mut Value),
    Snippet {
        of: &'v str,
        value: &'v mut Value,
    },
    Snippets {
        of: &'v str,
        value: &'v mut Value,
    },
    /// Of an image chooser, or of the image in an image block.
    Image(&'v mut Value),
    Document(&'v mut Value),
    /// The address of what is embedded.
    Embed(&'v mut Value),
    RichText(&'v mut String),
}

impl ContentType {
    /// Shows `visitor` every chooser, embed and rich text in `values`, with its path
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
        (FieldKind::Image, value) => visitor(path, ValueSlot::Image(value)),
        (FieldKind::ImageBlock, value) => {
            if let Some(image) = value.get_mut("image") {
                visitor(&format!("{path}.image"), ValueSlot::Image(image));
            }
        }
        (FieldKind::Document, value) => visitor(path, ValueSlot::Document(value)),
        (FieldKind::Embed, value) => visitor(path, ValueSlot::Embed(value)),
        (FieldKind::RichText { .. }, Value::String(html)) => visitor(path, ValueSlot::RichText(html)),
        (FieldKind::TypedTable { blocks }, value) => {
            let names = column_blocks(value, blocks);
            let rows = value.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten();
            for (row, cells) in
                rows.enumerate().filter_map(|(at, row)| Some((at, row.get_mut("values")?.as_array_mut()?)))
            {
                for (column, (name, cell)) in names.iter().zip(cells).enumerate() {
                    let path = format!("{path}.rows[{row}].values[{column}]");
                    name.iter().for_each(|name| visit_block_mut(types, name, cell, &path, visitor));
                }
            }
        }
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
        Some(BlockShape::Struct { fields, .. }) => {
            for field in fields {
                if let Some(value) = value.get_mut(&field.name) {
                    visit_field_mut(types, field, value, &format!("{path}.{}", field.name), visitor);
                }
            }
        }
        None => {}
    }
}
