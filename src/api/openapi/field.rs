//! The schema of a field's value, by its kind and by who tells it.

use serde_json::{Map, Value, json};

use super::schemas::{any_of, described, flag, id, list, nullable, object, sparse, text, text_to, to, told_apart};
use crate::content::types::{BlockShape, Choice, Field, FieldKind, Items, Length, Types};

/// Which telling of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Form {
    /// What a program sends.
    Given,
    /// A draft as it is stored: normal, and perhaps incomplete.
    Draft,
    /// What is live: complete.
    Live,
    /// By version 2.
    Wagtails,
}

impl Form {
    /// The name of something in this form.
    pub fn of(self, name: &str) -> String {
        match self {
            Self::Given => format!("{name}.Given"),
            Self::Draft => name.to_owned(),
            Self::Live => format!("{name}.Live"),
            Self::Wagtails => format!("v2.{name}"),
        }
    }
}

/// The schema of a block's name.
pub(in crate::api) fn block_name(block: &str) -> String {
    format!("block.{block}")
}

/// Longest tag, and longest alternative text, in characters.
const MAX_TAG_CHARS: usize = 100;
const MAX_ALT_CHARS: usize = 255;

/// What is known where a schema is made.
#[derive(Clone, Copy)]
pub(in crate::api) struct Fields<'t> {
    pub types: &'t Types,
    pub form: Form,
}

impl Fields<'_> {
    /// The schema of a field's value, with its label, its help and who may set it.
    pub fn field(self, field: &Field) -> Value {
        let is_complete = self.form == Form::Live && field.required && field.permission.is_none();
        let mut schema = self.kind(&field.kind, is_complete);
        if self.form == Form::Given {
            schema = nullable(schema);
        }
        let mut about = field.label.clone();
        if !field.help.is_empty() {
            about = format!("{about}. {}", field.help);
        }
        if let Some(group) = &field.permission {
            about = format!("{about}. Only for members of {group}");
        }
        described(schema, &about)
    }

    /// The values of some fields. What is given may be incomplete; what is told has all but those of others.
    pub fn values(self, fields: &[Field]) -> Value {
        let told = fields
            .iter()
            .filter(|field| self.form == Form::Wagtails || !matches!(field.kind, FieldKind::Static { .. }));
        let values: Map<String, Value> = told.clone().map(|field| (field.name.clone(), self.field(field))).collect();
        let mut schema = json!({ "type": "object", "properties": values, "additionalProperties": false });
        if self.form != Form::Given {
            let always = told.filter(|field| field.permission.is_none()).map(|field| field.name.as_str());
            schema["required"] = always.collect();
        }
        schema
    }

    /// The value of a block.
    pub fn block_value(self, block: &str) -> Value {
        match self.types.block(block).map(|block| &block.shape) {
            Some(BlockShape::Value(field)) => match self.form {
                Form::Given => nullable(self.kind(&field.kind, false)),
                _ => self.kind(&field.kind, false),
            },
            Some(BlockShape::Struct { fields, .. }) => self.values(fields),
            None => json!(false),
        }
    }

    fn kind(self, kind: &FieldKind, is_complete: bool) -> Value {
        let given = self.form == Form::Given;
        match kind {
            FieldKind::Char(length) | FieldKind::Text(length) | FieldKind::BlockQuote(length) => {
                string(*length, is_complete)
            }
            FieldKind::Regex { length, pattern, .. } => {
                described(string(*length, is_complete), &format!("Matches {}", pattern.as_str()))
            }
            FieldKind::Email(length) => formatted("email", *length, given, is_complete),
            FieldKind::Url(length) => formatted("uri", *length, given, is_complete),
            FieldKind::Embed => formatted("uri", Length::default(), given, is_complete),
            FieldKind::Integer { min, max } => number("integer", json!(min), json!(max), is_complete),
            FieldKind::Float { min, max } => number("number", json!(min), json!(max), is_complete),
            FieldKind::Decimal { .. } if given => json!({ "type": ["string", "number"], "examples": ["12.50"] }),
            FieldKind::Decimal { .. } => stored(json!({ "type": "string", "examples": ["12.50"] }), is_complete),
            FieldKind::Boolean => flag(),
            FieldKind::Date => moment("date", "2026-12-24", self.form, is_complete),
            FieldKind::Time => moment("", "18:30:00", self.form, is_complete),
            FieldKind::DateTime => moment("date-time", "2026-12-24T18:30:00Z", self.form, is_complete),
            FieldKind::Choice(choices) => choice(choices, is_complete),
            FieldKind::MultipleChoice(choices) => list(choice(choices, true)),
            FieldKind::RichText { .. } if given => any_of(vec![text(), to("RichText.Given")]),
            FieldKind::RichText { .. } | FieldKind::RawHtml => string(Length::default(), is_complete),
            FieldKind::Static { .. } => json!({ "type": "null" }),
            FieldKind::Stream { blocks, items, .. } => bounded(self.stream(blocks), *items),
            FieldKind::List { block, items } => bounded(self.list(block), *items),
            FieldKind::Struct { block } => self.block_value(block),
            FieldKind::ImageBlock => match self.form {
                Form::Wagtails => to("v2.ImageBlock"),
                form => stored(to(&Form::of(image_form(form), "ImageBlock")), is_complete),
            },
            FieldKind::Table if self.form == Form::Given => to("Table.Given"),
            FieldKind::Table => stored(to("Table"), is_complete),
            FieldKind::TypedTable { blocks } => stored(typed_table(blocks, self.form), is_complete),
            FieldKind::Tags { max_items } => {
                bounded(list(text_to(MAX_TAG_CHARS)), Items { min: None, max: max_items.filter(|_| !given) })
            }
            FieldKind::Page { .. }
            | FieldKind::Snippet { .. }
            | FieldKind::Snippets { .. }
            | FieldKind::Image
            | FieldKind::Document => self.reference(kind, is_complete),
        }
    }

    /// An id, or many.
    fn reference(self, kind: &FieldKind, is_complete: bool) -> Value {
        let (what, of) = match kind {
            FieldKind::Page { of } => ("page", of.join(", ")),
            FieldKind::Snippet { of } => ("snippet", of.clone()),
            FieldKind::Snippets { of, items } => {
                let each = described(id(), &format!("The id of a snippet of {of}"));
                return bounded(list(each), *items);
            }
            FieldKind::Image => ("image", String::new()),
            _ => ("document", String::new()),
        };
        let of = if of.is_empty() { String::new() } else { format!(" of {of}") };
        stored(described(id(), &format!("The id of a {what}{of}")), is_complete)
    }

    /// A reference of a page or snippet itself, as version 2 tells it: with what it refers to.
    pub fn told(self, field: &Field) -> Value {
        let schema = match &field.kind {
            FieldKind::Page { .. } => nullable(to("v2.PageReference")),
            FieldKind::Image | FieldKind::Document => nullable(to("v2.FileReference")),
            FieldKind::Snippet { .. } => nullable(to("v2.SnippetReference")),
            FieldKind::Snippets { .. } => list(to("v2.SnippetReference")),
            // One that was never filled in.
            kind => any_of(vec![self.kind(kind, false), json!({ "type": "null" })]),
        };
        described(schema, &field.label)
    }

    fn stream(self, blocks: &[String]) -> Value {
        let of = |block: &String| (block.clone(), self.form_of_block(block));
        list(told_apart("type", &blocks.iter().map(of).collect::<Vec<_>>()))
    }

    fn form_of_block(self, block: &str) -> String {
        // Blocks are complete whenever they are told.
        let form = if self.form == Form::Live { Form::Draft } else { self.form };
        form.of(&block_name(block))
    }

    /// Items are wrapped as blocks are; version 2 tells their values alone.
    fn list(self, block: &str) -> Value {
        let value = self.block_value(block);
        let id = json!({ "type": "string", "format": "uuid" });
        let item = [("type", super::schemas::only("item")), ("value", value.clone()), ("id", id)];
        list(match self.form {
            Form::Wagtails => value,
            Form::Given => any_of(vec![super::schemas::needing(sparse(&item), &["type", "value"]), value]),
            _ => object(&item),
        })
    }
}

/// Drafts and live pages tell images alike.
fn image_form(form: Form) -> Form {
    if form == Form::Given { Form::Given } else { Form::Draft }
}

/// What may be null as long as it need not be there.
fn stored(schema: Value, is_complete: bool) -> Value {
    if is_complete { schema } else { nullable(schema) }
}

fn string(length: Length, is_complete: bool) -> Value {
    let mut schema = text();
    if let Some(max) = length.max {
        schema["maxLength"] = max.into();
    }
    if is_complete {
        schema["minLength"] = length.min.unwrap_or(1).max(1).into();
    }
    schema
}

/// A text that is empty, or in this format.
fn formatted(format: &str, length: Length, given: bool, is_complete: bool) -> Value {
    let mut filled = string(length, is_complete);
    if !given {
        return filled;
    }
    filled["format"] = format.into();
    any_of(vec![filled, json!({ "type": "string", "maxLength": 0 })])
}

fn number(kind: &str, min: Value, max: Value, is_complete: bool) -> Value {
    let mut schema = json!({ "type": kind });
    for (name, bound) in [("minimum", min), ("maximum", max)] {
        if !bound.is_null() {
            schema[name] = bound;
        }
    }
    stored(schema, is_complete)
}

fn moment(format: &str, example: &str, form: Form, is_complete: bool) -> Value {
    let mut schema = text();
    // What is given may be empty, or have space around it.
    if !format.is_empty() && form != Form::Given {
        schema["format"] = format.into();
    }
    schema["examples"] = json!([example]);
    stored(schema, is_complete)
}

fn choice(choices: &[Choice], is_complete: bool) -> Value {
    let mut values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
    if !is_complete && !values.contains(&"") {
        values.push("");
    }
    json!({ "type": "string", "enum": values })
}

fn bounded(mut schema: Value, items: Items) -> Value {
    if let Some(max) = items.max {
        schema["maxItems"] = max.into();
    }
    schema
}

/// Rows of cells, each of the block of its column.
fn typed_table(blocks: &[String], form: Form) -> Value {
    let column = object(&[("type", json!({ "type": "string", "enum": blocks })), ("heading", text_to(MAX_ALT_CHARS))]);
    let row = object(&[("values", list(json!({})))]);
    let table = [("columns", list(column)), ("rows", list(row)), ("caption", text_to(MAX_ALT_CHARS))];
    match form {
        Form::Given => super::schemas::needing(sparse(&table), &["columns", "rows"]),
        _ => object(&table),
    }
}
