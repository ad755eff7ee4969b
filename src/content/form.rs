//! Forms: pages whose editor lays out fields for visitors. The fields are blocks of a stream; each has a name that is
//! made from its label once and kept, so that what was sent before and after a change stays together.

mod answers;
pub mod export;
pub mod submission;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::slug;
use super::types::ContentType;
pub use answers::{Answers, Code, Problem};

/// Fields of one form.
pub const MAX_FIELDS: usize = 100;
/// Choices of one field.
const MAX_CHOICES: usize = 200;
/// Longest answer of one line, and of several, unless the field says less.
const MAX_LINE: usize = 255;
const MAX_TEXT: usize = 10_000;
const MAX_NAME: usize = 64;
/// Names of our own fields begin so: the honeypot, the password of a restricted page.
const RESERVED: &str = "vitrine";
/// Blocks of form fields are named so, with the kind behind it.
pub const BLOCK_PREFIX: &str = "form_";

/// The kinds of fields, as in Wagtail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SingleLine,
    MultiLine,
    Email,
    Number,
    Url,
    Checkbox,
    Checkboxes,
    Dropdown,
    MultiSelect,
    Radio,
    Date,
    DateTime,
    Hidden,
}

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::SingleLine,
        Self::MultiLine,
        Self::Email,
        Self::Number,
        Self::Url,
        Self::Checkbox,
        Self::Checkboxes,
        Self::Dropdown,
        Self::MultiSelect,
        Self::Radio,
        Self::Date,
        Self::DateTime,
        Self::Hidden,
    ];

    /// Wagtail's `field_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SingleLine => "singleline",
            Self::MultiLine => "multiline",
            Self::Email => "email",
            Self::Number => "number",
            Self::Url => "url",
            Self::Checkbox => "checkbox",
            Self::Checkboxes => "checkboxes",
            Self::Dropdown => "dropdown",
            Self::MultiSelect => "multiselect",
            Self::Radio => "radio",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Hidden => "hidden",
        }
    }

    /// The kind of a block, by its name.
    pub fn of_block(block: &str) -> Option<Self> {
        let name = block.strip_prefix(BLOCK_PREFIX)?;
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub fn has_choices(self) -> bool {
        matches!(self, Self::Checkboxes | Self::Dropdown | Self::MultiSelect | Self::Radio)
    }

    /// Whether an answer may have several values.
    pub fn is_multiple(self) -> bool {
        matches!(self, Self::Checkboxes | Self::MultiSelect)
    }
}

/// One field, as its editor laid it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub kind: Kind,
    /// Id of the block.
    pub id: String,
    /// What answers are kept under: unique in the form.
    pub name: String,
    pub label: String,
    pub help: String,
    pub required: bool,
    pub choices: Vec<String>,
    /// Several for kinds with several values; `true` for a ticked checkbox.
    pub default: Vec<String>,
    /// Characters.
    pub max_length: usize,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// A form that can be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub fields: Vec<Field>,
    /// Where visitors go who sent it; `None`: they stay, and are thanked.
    pub landing_page: Option<i64>,
}

impl Definition {
    /// The form of a page; `None` when its type is none.
    pub fn of(of_type: &ContentType, values: &Map<String, Value>) -> Option<Self> {
        let form = of_type.form.as_ref()?;
        let mut blocks = values.get(&form.fields).and_then(Value::as_array).cloned().unwrap_or_default();
        name_blocks(&mut blocks);
        let fields = blocks.iter().filter_map(read_field).take(MAX_FIELDS).collect();
        let landing_page = form.landing_page.as_ref().and_then(|field| values.get(field)?.as_i64());
        Some(Self { fields, landing_page })
    }

    /// The fields as API clients of Wagtail know them.
    pub fn api(&self) -> Value {
        let field = |field: &Field| {
            json!({
                "id": field.id,
                "meta": { "type": "forms.FormField" },
                "clean_name": field.name,
                "label": field.label,
                "field_type": field.kind.as_str(),
                "help_text": field.help,
                "required": field.required,
                "choices": field.choices.join("\n"),
                "default_value": field.default.join("\n"),
            })
        };
        self.fields.iter().map(field).collect()
    }

    /// What is kept of the form beside the answers: names, labels and kinds.
    fn columns(&self) -> Value {
        let column = |field: &Field| json!({ "name": field.name, "label": field.label, "kind": field.kind.as_str() });
        self.fields.iter().map(column).collect()
    }
}

/// Gives each field of a form that has none a name, and makes the names unique. Names that are there stay.
pub(super) fn name_fields(of_type: &ContentType, values: &mut Map<String, Value>) {
    let Some(form) = &of_type.form else { return };
    if let Some(Value::Array(blocks)) = values.get_mut(&form.fields) {
        name_blocks(blocks);
    }
}

fn name_blocks(blocks: &mut [Value]) {
    let mut taken: HashSet<String> = HashSet::new();
    // Names that are there come first: a new field with the same label must not take one.
    let given: Vec<Option<String>> = blocks
        .iter()
        .map(|block| {
            let name = clean(block.pointer("/value/name").and_then(Value::as_str).unwrap_or_default());
            let usable = !name.is_empty() && !name.starts_with(RESERVED);
            (usable && taken.insert(name.clone())).then_some(name)
        })
        .collect();
    for (block, given) in blocks.iter_mut().zip(given) {
        let Some(values) = block.get_mut("value").and_then(Value::as_object_mut) else { continue };
        let name = given.unwrap_or_else(|| {
            let label = values.get("label").and_then(Value::as_str).unwrap_or_default();
            let base = match clean(&slug::from_title(label)) {
                base if base.is_empty() || base.starts_with(RESERVED) => format!("field_{base}"),
                base => base,
            };
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}_{number}");
                number += 1;
            }
            name
        });
        values.insert("name".into(), Value::String(name));
    }
}

/// Small letters, digits and `_`.
fn clean(name: &str) -> String {
    let letters = name.trim().chars().map(|c| c.to_ascii_lowercase()).map(|c| if c == '-' { '_' } else { c });
    letters.filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').take(MAX_NAME).collect()
}

fn read_field(block: &Value) -> Option<Field> {
    let kind = Kind::of_block(block.get("type")?.as_str()?)?;
    let values = block.get("value")?.as_object()?;
    let text = |key: &str| values.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let number = |key: &str| values.get(key).and_then(Value::as_f64);
    let longest = if kind == Kind::MultiLine { MAX_TEXT } else { MAX_LINE };
    let default = match values.get("default") {
        Some(Value::Bool(true)) => vec!["true".to_owned()],
        Some(Value::String(text)) if kind.is_multiple() => lines(text),
        Some(Value::String(text)) if !text.trim().is_empty() => vec![text.trim().to_owned()],
        _ => Vec::new(),
    };
    Some(Field {
        kind,
        id: block.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        name: text("name"),
        label: text("label"),
        help: text("help"),
        required: values.get("required").and_then(Value::as_bool).unwrap_or(false),
        choices: if kind.has_choices() { lines(&text("choices")) } else { Vec::new() },
        default,
        max_length: number("max_length").map_or(longest, |given| (given as usize).clamp(1, longest)),
        min: number("min"),
        max: number("max"),
    })
}

/// One choice a line, each once.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if lines.len() < MAX_CHOICES && !lines.iter().any(|known| known == line) {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(blocks: Value) -> Vec<String> {
        let Value::Array(mut blocks) = blocks else { return Vec::new() };
        name_blocks(&mut blocks);
        blocks.iter().map(|block| block["value"]["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn names_come_from_labels_once_and_stay() {
        let first = named(json!([
            { "type": "form_singleline", "value": { "label": "Your name" } },
            { "type": "form_singleline", "value": { "label": "Your name" } },
            { "type": "form_email", "value": { "label": "Größe (cm)" } },
            { "type": "form_url", "value": { "label": "???" } },
            { "type": "form_hidden", "value": { "label": "Vitrine restriction" } },
        ]));
        assert_eq!(first, ["your_name", "your_name_2", "grosse_cm", "page", "field_vitrine_restriction"]);
        let later = named(json!([
            { "type": "form_singleline", "value": { "label": "Your name" } },
            { "type": "form_singleline", "value": { "label": "Another label", "name": "your_name" } },
            { "type": "form_singleline", "value": { "label": "Copied", "name": "your_name" } },
            { "type": "form_singleline", "value": { "label": "Bad", "name": "Bad-Name!" } },
            { "type": "form_singleline", "value": { "label": "Trap", "name": "vitrine_website" } },
        ]));
        assert_eq!(later, ["your_name_2", "your_name", "copied", "bad_name", "trap"]);
    }

    #[test]
    fn a_block_becomes_a_field() {
        let block = json!({ "type": "form_checkboxes", "id": "b1", "value": {
            "label": "Days", "name": "days", "required": true, "choices": "Monday\n\n Tuesday \nMonday",
            "default": "Tuesday\nMonday", "max_length": 3,
        }});
        let field = read_field(&block).expect("it is one");
        assert_eq!(field.choices, ["Monday", "Tuesday"]);
        assert_eq!(field.default, ["Tuesday", "Monday"]);
        assert!(field.required);
        assert_eq!(read_field(&json!({ "type": "paragraph", "value": {} })), None);
        let definition = Definition { fields: vec![field], landing_page: None };
        assert_eq!(
            definition.api(),
            json!([{
                "id": "b1", "meta": { "type": "forms.FormField" }, "clean_name": "days", "label": "Days",
                "field_type": "checkboxes", "help_text": "", "required": true, "choices": "Monday\nTuesday",
                "default_value": "Tuesday\nMonday",
            }])
        );
    }

    #[test]
    fn every_kind_has_a_block() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_block(&format!("form_{}", kind.as_str())), Some(kind));
        }
        assert_eq!(Kind::of_block("form_file"), None);
        assert_eq!(Kind::of_block("email"), None);
    }
}
