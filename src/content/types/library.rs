//! The block library, `blocks.toml`: what streams, lists and structs are made of.

use serde_json::Value;

use super::claim::Claim;
use super::field::{check_name, field, fields, humanised, refuse_permissions};
use super::load::{Loaded, template};
use super::model::{Field, FieldKind};
use super::problem::suggestion;
use super::table::Table;
use crate::render::rich_text;

/// Longest label of a block that its content makes, in characters.
const MAX_LABEL_CHARS: usize = 80;

/// An entry of the block library.
#[derive(Debug, Clone)]
pub struct Block {
    pub name: String,
    pub label: String,
    pub group: String,
    pub icon: String,
    pub description: String,
    pub help: String,
    /// Under `templates/`. Without one: `blocks/<name>.html` if the site has it, else the default of its kind.
    pub template: Option<String>,
    pub css_class: String,
    /// How a block is called in a list of blocks, such as `{title} ({count})`; empty: by its label alone.
    pub label_format: String,
    /// What the block picker shows.
    pub preview_value: Option<Value>,
    pub shape: BlockShape,
}

#[derive(Debug, Clone)]
pub enum BlockShape {
    Struct {
        fields: Vec<Field>,
        /// How the form is divided; fields of no group stand before the first.
        layout: Vec<BlockGroup>,
    },
    /// One value; the field has the block's name and label.
    Value(Box<Field>),
}

/// Fields of a struct that stand together in its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockGroup {
    pub label: String,
    pub fields: Vec<String>,
    /// Whether the form opens with the group closed, as for settings.
    pub collapsed: bool,
}

impl Block {
    pub fn fields(&self) -> &[Field] {
        match &self.shape {
            BlockShape::Struct { fields, .. } => fields,
            BlockShape::Value(field) => std::slice::from_ref(field),
        }
    }

    /// The name of one block in a list of blocks: its label, and what `label_format` takes from its value.
    pub fn label_of(&self, value: &Value) -> String {
        let mut said = String::new();
        let mut is_filled = false;
        for (text, name) in parts(&self.label_format) {
            said.push_str(text);
            let shown = name.and_then(|name| value.get(name)).unwrap_or(&Value::Null);
            let shown = match shown {
                Value::String(text) => rich_text::plain_text(text),
                Value::Number(_) | Value::Bool(_) => shown.to_string(),
                _ => String::new(),
            };
            is_filled |= !shown.is_empty();
            said.push_str(&shown);
        }
        let said: String =
            said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_LABEL_CHARS).collect();
        if is_filled { said } else { self.label.clone() }
    }
}

/// `"a {b} c"` -> `("a ", "b")`, `(" c", None)`.
fn parts(format: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    format.split_inclusive('}').map(|part| match part.strip_suffix('}').and_then(|part| part.rsplit_once('{')) {
        Some((text, name)) => (text, Some(name)),
        None => (part, None),
    })
}

pub(super) fn read(table: &Table<'_>, loaded: &mut Loaded) {
    for (name, entry) in table.named_tables() {
        if let Err(why) = check_name(&name) {
            entry.report("", why);
        }
        let place = entry.place("");
        if let Some(earlier) = loaded.places.get(&name) {
            entry.report("", format!("\"{name}\" is defined in {}:{} already", earlier.file, earlier.line));
            continue;
        }
        let block = block(&entry, name.clone(), loaded);
        loaded.places.insert(name.clone(), place);
        loaded.blocks.insert(name, block);
    }
}

fn block(entry: &Table<'_>, name: String, loaded: &mut Loaded) -> Block {
    let label = entry.string("label").unwrap_or_else(|| humanised(&name));
    let group = entry.string("group").unwrap_or_default();
    let icon = entry.string("icon").unwrap_or_default();
    let description = entry.string("description").unwrap_or_default();
    let help = entry.string("help").unwrap_or_default();
    let css_class = css_class(entry);
    let template = template(entry);
    let preview_value = entry.value("preview_value");
    let is_struct = entry.string("kind").as_deref() == Some("struct");
    let (shape, label_format) = if is_struct {
        if !entry.has("fields") {
            entry.report("fields", format!("is missing: a struct block has [[{name}.fields]]"));
        }
        let fields = fields(entry, &[], &mut loaded.claims);
        refuse_permissions(entry, &fields);
        let layout = layout(entry, &fields);
        let label_format = label_format(entry, &fields);
        entry.finish("a struct block");
        (BlockShape::Struct { fields, layout }, label_format)
    } else {
        let only = field(entry, name.clone(), &mut loaded.claims);
        refuse_permissions(entry, std::slice::from_ref(&only));
        (BlockShape::Value(Box::new(only)), String::new())
    };
    if preview_value.is_some() {
        let mut previewed = match &shape {
            BlockShape::Value(field) => (**field).clone(),
            BlockShape::Struct { .. } => Field::of_kind(&name, FieldKind::Struct { block: name.clone() }),
        };
        previewed.default.clone_from(&preview_value);
        loaded.claims.push((entry.place("preview_value"), Claim::Default(Box::new(previewed))));
    }
    Block { name, label, group, icon, description, help, template, css_class, label_format, preview_value, shape }
}

fn css_class(entry: &Table<'_>) -> String {
    let given = entry.string("css_class").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
    if !given.chars().all(fits) {
        entry.report("css_class", format!("\"{given}\" must be names of letters, digits, - and _"));
    }
    given
}

fn layout(entry: &Table<'_>, fields: &[Field]) -> Vec<BlockGroup> {
    let mut layout: Vec<BlockGroup> = Vec::new();
    for group in entry.tables("groups") {
        let label = group.required_string("label").unwrap_or_default();
        let collapsed = group.boolean("collapsed").unwrap_or(false);
        let mut names = Vec::new();
        for (name, _) in group.strings("fields").unwrap_or_default() {
            if !fields.iter().any(|field| field.name == name) {
                let known = suggestion(&name, fields.iter().map(|field| field.name.as_str()));
                group.report("fields", format!("\"{name}\" is not a field of this block{known}"));
            }
            if layout.iter().any(|earlier| earlier.fields.contains(&name)) {
                group.report("fields", format!("\"{name}\" stands in an earlier group"));
            }
            names.push(name);
        }
        if names.is_empty() {
            group.report("fields", "must name at least one field");
        }
        group.finish("a group of fields");
        layout.push(BlockGroup { label, fields: names, collapsed });
    }
    layout
}

fn label_format(entry: &Table<'_>, fields: &[Field]) -> String {
    let format = entry.string("label_format").unwrap_or_default();
    for name in parts(&format).filter_map(|(_, name)| name) {
        if !fields.iter().any(|field| field.name == name) {
            let known = suggestion(name, fields.iter().map(|field| field.name.as_str()));
            entry.report("label_format", format!("\"{name}\" is not a field of this block{known}"));
        }
    }
    format
}
