//! Schemas of a site's content: its blocks, its types, and the values that many of them have.

use serde_json::{Value, json};

use super::field::{Fields, Form, block_name};
use super::schemas::{
    Schemas, described, flag, id, list, needing, nullable, object, only, sparse, text, text_to, to, words,
};
use crate::content::types::{ContentType, Types};

/// Longest alternative text and caption, in characters.
const MAX_LINE_CHARS: usize = 255;

/// What fields of any type hold, and all blocks.
pub(in crate::api) fn add(types: &Types, into: &mut Schemas) {
    add_shared(into);
    for block in types.blocks() {
        let name = block_name(&block.name);
        for form in [Form::Given, Form::Draft, Form::Wagtails] {
            let value = Fields { types, form }.block_value(&block.name);
            let entry = [("type", only(&block.name)), ("value", value), ("id", block_id())];
            let schema = match form {
                Form::Given => needing(sparse(&entry), &["type", "value"]),
                _ => object(&entry),
            };
            let about = if block.description.is_empty() { &block.label } else { &block.description };
            into.add(form.of(&name), described(schema, about));
        }
    }
}

fn block_id() -> Value {
    let about = "Kept through every edit; a block that is sent without one gets one";
    described(json!({ "type": "string", "format": "uuid" }), about)
}

fn add_shared(into: &mut Schemas) {
    let formats = words(&["db_html", "html", "db_markdown", "markdown"]);
    let formatted = object(&[("format", formats), ("content", text())]);
    into.add("RichText.Given", described(formatted, "Rich text in another form than that of the database"));
    let image = [("image", nullable(id())), ("alt", text_to(MAX_LINE_CHARS)), ("decorative", flag())];
    into.add("ImageBlock", described(object(&image), "An image with what it says here"));
    into.add("ImageBlock.Given", needing(sparse(&image), &["image"]));
    let known = |name| (name, nullable(text()));
    let told = [("image", nullable(id())), known("alt_text"), ("decorative", nullable(flag()))];
    into.add("v2.ImageBlock", object(&told));
    let heads = words(&["row", "column", "both", "neither"]);
    let table = [
        ("data", list(list(nullable(text())))),
        ("first_row_is_table_header", flag()),
        ("first_col_is_header", flag()),
        ("table_header_choice", heads),
        ("table_caption", text_to(MAX_LINE_CHARS)),
        ("cell", list(super::schemas::any_object())),
        ("mergeCells", list(super::schemas::any_object())),
    ];
    let always: Vec<&str> = table.iter().take(5).map(|(name, _)| *name).collect();
    into.add("Table", needing(sparse(&table), &always));
    into.add("Table.Given", needing(sparse(&table), &["data"]));
}

/// The fields of a type in each form that version 1 knows: `TYPE.Fields`, `TYPE.Fields.Live`, `TYPE.Fields.Given`.
pub(in crate::api) fn add_fields(types: &Types, of: &ContentType, into: &mut Schemas) {
    for form in [Form::Given, Form::Draft, Form::Live] {
        into.add(form.of(&fields_name(of)), Fields { types, form }.values(&of.fields));
    }
}

/// The name of the schema of a type's fields, as drafts.
pub(in crate::api) fn fields_name(of: &ContentType) -> String {
    format!("{}.Fields", of.name)
}

/// The fields of a type in this form.
pub(in crate::api) fn fields_of(of: &ContentType, form: Form) -> Value {
    to(&form.of(&fields_name(of)))
}
