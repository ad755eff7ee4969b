//! The form of a content type as data: its fields and the blocks they may hold. Forms of blocks are built by the browser,
//! when they are opened.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::admin::texts::said;
use crate::content::FieldRights;
use crate::content::types::{Block, BlockShape, Choice, ContentType, Field, FieldKind, Items, Length, SENT, Types};

/// `{"fields": […], "blocks": {name: …}, "preview_modes": […]}`, with all blocks that can be reached from the fields; of those that are shown to
/// whoever has these rights.
pub(in crate::admin) fn of_type(types: &Types, of_type: &ContentType, rights: &FieldRights) -> Value {
    let shown = || of_type.fields.iter().filter(|field| rights.allow(field));
    let mut open: Vec<&str> = shown().flat_map(|field| field.kind.blocks()).map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    let mut blocks = Map::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        if let Some(found) = types.block(name) {
            open.extend(found.fields().iter().flat_map(|field| field.kind.blocks()).map(String::as_str));
            blocks.insert(name.to_owned(), block(found));
        }
    }
    json!({ "fields": shown().map(field).collect::<Vec<_>>(), "blocks": blocks, "preview_modes": preview_modes(of_type) })
}

/// Ways to look at a page beside the page itself.
fn preview_modes(of_type: &ContentType) -> Vec<Value> {
    let sent = of_type.form.as_ref().map(|_| json!({ "name": SENT, "label": said("preview-mode-sent") }));
    let own = of_type.preview_modes.iter().map(|mode| json!({ "name": mode.name, "label": mode.label }));
    sent.into_iter().chain(own).collect()
}

fn block(of: &Block) -> Value {
    let (is_struct, layout) = match &of.shape {
        BlockShape::Struct { layout, .. } => (true, layout.as_slice()),
        BlockShape::Value(_) => (false, &[][..]),
    };
    let group = |group: &crate::content::types::BlockGroup| json!({ "label": group.label, "fields": group.fields, "collapsed": group.collapsed });
    json!({
        "name": of.name,
        "label": of.label,
        "group": of.group,
        "icon": of.icon,
        "description": of.description,
        "help": of.help,
        "label_format": of.label_format,
        "preview_value": of.preview_value,
        "is_struct": is_struct,
        "fields": of.fields().iter().map(field).collect::<Vec<_>>(),
        "layout": layout.iter().map(group).collect::<Vec<_>>(),
    })
}

fn field(of: &Field) -> Value {
    let attributes: Map<String, Value> =
        of.form_attrs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut spec = json!({
        "name": of.name,
        "label": of.label,
        "help": of.help,
        "kind": of.kind.name(),
        "required": of.required,
        "default": of.default,
        "attrs": attributes,
    });
    add_options(&of.kind, &mut spec);
    spec
}

fn add_options(kind: &FieldKind, spec: &mut Value) {
    match kind {
        FieldKind::Char(length)
        | FieldKind::Text(length)
        | FieldKind::Email(length)
        | FieldKind::Url(length)
        | FieldKind::BlockQuote(length) => add_length(*length, spec),
        FieldKind::Regex { length, pattern, error_message } => {
            add_length(*length, spec);
            spec["pattern"] = json!(pattern.as_str());
            spec["error_message"] = json!(error_message);
        }
        FieldKind::Integer { min, max } => {
            spec["min"] = json!(min);
            spec["max"] = json!(max);
        }
        FieldKind::Float { min, max } => {
            spec["min"] = json!(min);
            spec["max"] = json!(max);
        }
        FieldKind::Decimal { min, max, decimal_places, .. } => {
            spec["min"] = json!(min.as_ref().map(ToString::to_string));
            spec["max"] = json!(max.as_ref().map(ToString::to_string));
            spec["decimal_places"] = json!(decimal_places);
        }
        FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices) => spec["choices"] = choices_of(choices),
        FieldKind::RichText { features, max_length } => {
            spec["features"] = features.iter().map(|feature| feature.name()).collect();
            spec["max_length"] = json!(max_length);
        }
        FieldKind::Static { text } => spec["text"] = json!(text),
        FieldKind::Stream { blocks, items, counts } => {
            spec["blocks"] = json!(blocks);
            add_items(*items, spec);
            let counts = counts
                .iter()
                .map(|count| (count.block.clone(), json!({ "min": count.items.min, "max": count.items.max })));
            spec["counts"] = Value::Object(counts.collect());
        }
        FieldKind::Struct { block } => spec["block"] = json!(block),
        FieldKind::List { block, items } => {
            spec["block"] = json!(block);
            add_items(*items, spec);
        }
        FieldKind::Page { of } => spec["of"] = json!(of),
        FieldKind::Snippet { of } => spec["of"] = json!(of),
        FieldKind::Snippets { of, items } => {
            spec["of"] = json!(of);
            add_items(*items, spec);
        }
        FieldKind::TypedTable { blocks } => spec["blocks"] = json!(blocks),
        FieldKind::Tags { max_items } => spec["max_items"] = json!(max_items),
        FieldKind::Boolean
        | FieldKind::Date
        | FieldKind::Time
        | FieldKind::DateTime
        | FieldKind::RawHtml
        | FieldKind::Image
        | FieldKind::Document
        | FieldKind::ImageBlock
        | FieldKind::Embed
        | FieldKind::Table => {}
    }
}

fn add_length(length: Length, spec: &mut Value) {
    spec["min_length"] = json!(length.min);
    spec["max_length"] = json!(length.max);
}

fn add_items(items: Items, spec: &mut Value) {
    spec["min_items"] = json!(items.min);
    spec["max_items"] = json!(items.max);
}

fn choices_of(choices: &[Choice]) -> Value {
    choices.iter().map(|choice| json!({ "value": choice.value, "label": choice.label })).collect()
}
