//! Blocks in templates: each through the template that the site has for it, or else in the plainest form of its kind.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use serde::Serialize;

use super::table;
use super::templates::{in_form_of, markdown_name};

/// What a block's template sees of its page, beside `value` and `block`.
const CONTEXT: [&str; 11] =
    ["page", "site", "settings", "menu", "breadcrumbs", "request", "locale", "csp_nonce", "now_year", "version", "dev"];
/// One value, by its kind.
const VALUE: &str = "vitrine/value.html";
const CELL: &str = "vitrine/cell.html";

/// What rendering knows of a block of the library.
#[derive(Clone, Debug)]
pub struct BlockLook {
    /// The site's own template, if it has one.
    pub template: Option<String>,
    pub css_class: String,
    pub value: FieldLook,
}

/// What rendering knows of a field.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FieldLook {
    pub name: String,
    pub label: String,
    /// As in a type file.
    pub kind: &'static str,
    /// Of a list or a struct within a field.
    pub block: Option<String>,
    pub choices: Vec<ChoiceLook>,
    /// Of a struct block.
    pub fields: Vec<FieldLook>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ChoiceLook {
    pub value: String,
    pub label: String,
}

/// The blocks of a site, by name.
pub type BlockLooks = HashMap<String, BlockLook>;

/// A look with its value for templates.
struct Known {
    look: BlockLook,
    shown: Value,
}

type KnownBlocks = HashMap<String, Known>;

/// Adds the filters and the templates for blocks.
pub(super) fn add_to(environment: &mut Environment<'static>, looks: BlockLooks) {
    let known = |(name, look): (String, BlockLook)| (name, Known { shown: Serde(&look.value).into(), look });
    let looks: Arc<KnownBlocks> = Arc::new(looks.into_iter().map(known).collect());
    for (name, text) in [(VALUE, include_str!("blocks/value.html")), (CELL, include_str!("blocks/cell.html"))] {
        environment.add_template(name, text).expect("the binary's own templates compile");
    }
    environment.add_filter("table_rows", table::rows);
    environment.add_filter("as_field", as_field);
    let of_block = looks.clone();
    environment.add_filter("as_block", move |state: &State<'_, '_>, value: Value, name: &str| {
        as_block(state, &of_block, value, name)
    });
    environment.add_filter("blocks", move |state: &State<'_, '_>, stream: Value| stream_html(state, &looks, &stream));
}

/// Renders each block of a stream through its template. In Markdown, through the template's Markdown sibling; a block
/// without one is read from its HTML.
fn stream_html(state: &State<'_, '_>, looks: &KnownBlocks, stream: &Value) -> Result<Value, Error> {
    let mut html = String::new();
    if stream.is_undefined() || stream.is_none() {
        return Ok(Value::from_safe_string(html));
    }
    if stream.kind() != ValueKind::Seq {
        return Err(Error::new(ErrorKind::InvalidOperation, "blocks: this is not a stream"));
    }
    let shared = shared(state);
    for block in stream.try_iter()? {
        let kind = block.get_attr("type")?;
        let name = kind.as_str().unwrap_or_default();
        let known = find(looks, name)?;
        let (value, id) = (block.get_attr("value")?, block.get_attr("id")?);
        let part = block_html(state, &shared, name, known, value, id)?;
        if state.name().ends_with(".md") {
            if !html.is_empty() && !part.trim().is_empty() {
                html.push_str("\n\n");
            }
            html.push_str(part.trim());
        } else {
            html.push_str(&part);
        }
    }
    Ok(Value::from_safe_string(html))
}

/// A value through the template of a block: for items of a list, and cells.
fn as_block(state: &State<'_, '_>, looks: &KnownBlocks, value: Value, name: &str) -> Result<Value, Error> {
    let known = find(looks, name)?;
    if known.look.template.is_none() && !state.name().ends_with(".md") {
        return value_html(state, &shared(state), known, value).map(Value::from_safe_string);
    }
    block_html(state, &shared(state), name, known, value, Value::from(())).map(Value::from_safe_string)
}

/// A value in the plainest form of its field.
fn as_field(state: &State<'_, '_>, value: Value, look: Value) -> Result<Value, Error> {
    let mut context = shared(state);
    context.push(("value", value));
    context.push(("look", look));
    state.env().get_template(VALUE)?.render(Value::from_pairs(context)).map(Value::from_safe_string)
}

type Shared = Vec<(&'static str, Value)>;

fn shared(state: &State<'_, '_>) -> Shared {
    CONTEXT.iter().filter_map(|name| Some((*name, state.lookup(name)?))).collect()
}

fn find<'l>(looks: &'l KnownBlocks, name: &str) -> Result<&'l Known, Error> {
    let unknown = || Error::new(ErrorKind::InvalidOperation, format!("blocks: there is no block named {name}"));
    looks.get(name).ok_or_else(unknown)
}

fn block_html(
    state: &State<'_, '_>,
    shared: &Shared,
    name: &str,
    known: &Known,
    value: Value,
    id: Value,
) -> Result<String, Error> {
    let Some(template) = &known.look.template else {
        let html = value_html(state, shared, known, value)?;
        // What is not there leaves nothing, not even a frame.
        if html.trim().is_empty() {
            return Ok(String::new());
        }
        let (name, class) = (name.replace('_', "-"), &known.look.css_class);
        let space = if class.is_empty() { "" } else { " " };
        let framed = format!("<div class=\"block block-{name}{space}{class}\">{html}</div>");
        return Ok(in_form_of(state, framed).to_string());
    };
    let block = [
        ("type", Value::from(name)),
        ("value", value.clone()),
        ("id", id),
        ("label", Value::from(known.look.value.label.as_str())),
        ("css_class", Value::from(known.look.css_class.as_str())),
    ];
    let mut context = shared.clone();
    context.push(("value", value));
    context.push(("block", Value::from_pairs(block)));
    let context = Value::from_pairs(context);
    let environment = state.env();
    if !state.name().ends_with(".md") {
        return environment.get_template(template)?.render(context);
    }
    match markdown_name(template).and_then(|name| environment.get_template(&name).ok()) {
        Some(sibling) => sibling.render(context),
        None => Ok(in_form_of(state, environment.get_template(template)?.render(context)?).to_string()),
    }
}

fn value_html(state: &State<'_, '_>, shared: &Shared, known: &Known, value: Value) -> Result<String, Error> {
    let mut context = shared.clone();
    context.push(("value", value));
    context.push(("look", known.shown.clone()));
    state.env().get_template(VALUE)?.render(Value::from_pairs(context))
}
