//! Whether given values fit a type, and their normal form: every field there, in the type's order, with
//! defaults, block ids, trimmed strings and clean rich text.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::model::{ContentType, Field, FieldKind};
use super::problem::suggestion;
use super::set::Types;

mod address;
mod fact;
mod media;
mod scalar;
mod structure;
mod table;

pub(in crate::content) use address::{is_email, is_url};
pub use fact::Fact;

/// Blocks and list items in one page.
const MAX_BLOCKS: usize = 2_000;
/// Errors that one answer holds.
const MAX_ERRORS: usize = 200;

/// Drafts may be incomplete: `required` and minimal lengths and numbers of items wait for publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Draft,
    Publish,
}

/// What is wrong with a value; serialised in snake_case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Required,
    InvalidType,
    UnknownField,
    UnknownBlock,
    TooLong,
    TooShort,
    TooSmall,
    TooLarge,
    TooManyDigits,
    TooManyItems,
    TooFewItems,
    TooManyBlocks,
    InvalidEmail,
    InvalidUrl,
    InvalidPattern,
    InvalidNumber,
    InvalidDate,
    InvalidTime,
    InvalidDatetime,
    InvalidChoice,
    InvalidId,
    NullCharacter,
    /// Of a page, by its place.
    SlugReserved,
    /// Whoever sent it may not set this field.
    Forbidden,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Required => "required",
            Code::InvalidType => "invalid_type",
            Code::UnknownField => "unknown_field",
            Code::UnknownBlock => "unknown_block",
            Code::TooLong => "too_long",
            Code::TooShort => "too_short",
            Code::TooSmall => "too_small",
            Code::TooLarge => "too_large",
            Code::TooManyDigits => "too_many_digits",
            Code::TooManyItems => "too_many_items",
            Code::TooFewItems => "too_few_items",
            Code::TooManyBlocks => "too_many_blocks",
            Code::InvalidEmail => "invalid_email",
            Code::InvalidUrl => "invalid_url",
            Code::InvalidPattern => "invalid_pattern",
            Code::InvalidNumber => "invalid_number",
            Code::InvalidDate => "invalid_date",
            Code::InvalidTime => "invalid_time",
            Code::InvalidDatetime => "invalid_datetime",
            Code::InvalidChoice => "invalid_choice",
            Code::InvalidId => "invalid_id",
            Code::NullCharacter => "null_character",
            Code::SlugReserved => "slug_reserved",
            Code::Forbidden => "forbidden",
        }
    }
}

/// One mistake in given values, for the person who gave them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// `body[2].value.title`
    pub path: String,
    pub code: Code,
    pub message: String,
    /// None for what no form of the editor sends.
    #[serde(skip)]
    pub fact: Option<Fact>,
}

/// Markup that cleaning took out of a rich text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    pub path: String,
    pub removed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    pub values: Map<String, Value>,
    pub removals: Vec<Removal>,
}

impl ContentType {
    /// The normal form of `values`. Normal values are their own normal form.
    ///
    /// Errors: every mistake (up to a limit), in the order of the fields.
    pub fn validate(
        &self,
        types: &Types,
        values: &Map<String, Value>,
        mode: Mode,
    ) -> Result<Map<String, Value>, Vec<FieldError>> {
        self.validate_reporting(types, values, mode).map(|validated| validated.values)
    }

    /// `validate`, and what was removed from rich text: for those who answer an editor.
    pub fn validate_reporting(
        &self,
        types: &Types,
        values: &Map<String, Value>,
        mode: Mode,
    ) -> Result<Validated, Vec<FieldError>> {
        let mut check = Check::new(types, mode);
        let values = check.fields(&self.fields, values, "a field of this type");
        if check.errors.is_empty() {
            return Ok(Validated { values, removals: check.removals });
        }
        Err(check.errors)
    }
}

/// The errors of a field's own default.
pub(super) fn check_default(types: &Types, field: &Field) -> Vec<FieldError> {
    let mut check = Check::new(types, Mode::Publish);
    check.within(&field.name, |check| check.value(field, field.default.as_ref()));
    check.errors
}

/// One validation under way.
struct Check<'t> {
    types: &'t Types,
    mode: Mode,
    /// The place of the value in hand.
    path: String,
    blocks: usize,
    ids: HashSet<Uuid>,
    errors: Vec<FieldError>,
    removals: Vec<Removal>,
}

impl<'t> Check<'t> {
    fn new(types: &'t Types, mode: Mode) -> Check<'t> {
        Check {
            types,
            mode,
            path: String::new(),
            blocks: 0,
            ids: HashSet::new(),
            errors: Vec::new(),
            removals: Vec::new(),
        }
    }

    /// Whether there are so many errors that looking for more is wasted work.
    fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    fn error(&mut self, code: Code, message: impl Into<String>) {
        if !self.is_full() {
            self.errors.push(FieldError { path: self.path.clone(), code, message: message.into(), fact: None });
        }
    }

    fn refuse(&mut self, code: Code, fact: Fact) {
        if !self.is_full() {
            let message = fact.to_string();
            self.errors.push(FieldError { path: self.path.clone(), code, message, fact: Some(fact) });
        }
    }

    /// Does `act` with the place `segment` below the present one: a name, or an index in brackets.
    fn within<R>(&mut self, segment: &str, act: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        if length > 0 && !segment.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(segment);
        let result = act(self);
        self.path.truncate(length);
        result
    }

    /// The values of `fields`, complete and in order. Names that are no field are errors.
    fn fields(&mut self, fields: &[Field], given: &Map<String, Value>, what: &str) -> Map<String, Value> {
        let unknown = given.keys().filter(|name| !fields.iter().any(|field| field.name == **name));
        for name in unknown {
            if self.is_full() {
                break;
            }
            let known = suggestion(name, fields.iter().map(|field| field.name.as_str()));
            let shown: String = name.chars().take(64).collect();
            self.within(&shown, |check| check.error(Code::UnknownField, format!("\"{shown}\" is not {what}{known}")));
        }
        let mut values = Map::new();
        for field in fields {
            let value = self.within(&field.name, |check| check.value(field, given.get(&field.name)));
            if !matches!(field.kind, FieldKind::Static { .. }) {
                values.insert(field.name.clone(), value);
            }
        }
        values
    }

    /// The normal form of one value. After an error it is any value: the whole result is dropped then.
    fn value(&mut self, field: &Field, given: Option<&Value>) -> Value {
        let given = given.or(field.default.as_ref()).filter(|value| !value.is_null());
        let errors_before = self.errors.len();
        let value = match &field.kind {
            FieldKind::Stream { blocks, items, counts } => self.stream(given, blocks, *items, counts),
            FieldKind::List { block, items } => self.list(given, block, *items),
            FieldKind::Struct { block } => return self.struct_value(given, block, field.required),
            FieldKind::Table => self.table(given),
            FieldKind::TypedTable { blocks } => self.typed_table(given, blocks),
            kind => match given {
                Some(given) => self.scalar(kind, given),
                None => empty(kind),
            },
        };
        // A value that was refused is not missing too.
        let refused = self.errors.len() > errors_before;
        if field.required && self.mode == Mode::Publish && !refused && is_empty(&field.kind, &value) {
            self.refuse(Code::Required, Fact::Missing { label: field.label.clone() });
        }
        value
    }
}

/// The value of a field that was never filled in.
fn empty(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Boolean => Value::Bool(false),
        FieldKind::Integer { .. }
        | FieldKind::Float { .. }
        | FieldKind::Decimal { .. }
        | FieldKind::Date
        | FieldKind::Time
        | FieldKind::DateTime
        | FieldKind::Page { .. }
        | FieldKind::Snippet { .. }
        | FieldKind::Image
        | FieldKind::Document
        | FieldKind::ImageBlock
        | FieldKind::Table
        | FieldKind::TypedTable { .. }
        | FieldKind::Static { .. } => Value::Null,
        FieldKind::MultipleChoice(_)
        | FieldKind::Stream { .. }
        | FieldKind::List { .. }
        | FieldKind::Snippets { .. }
        | FieldKind::Tags { .. } => Value::Array(Vec::new()),
        FieldKind::Struct { .. } => Value::Object(Map::new()),
        _ => Value::String(String::new()),
    }
}

/// Whether a normal value counts as not filled in. A required boolean must be true, as in Django.
fn is_empty(kind: &FieldKind, value: &Value) -> bool {
    match (kind, value) {
        (FieldKind::Static { .. }, _) => false,
        (FieldKind::RichText { .. }, Value::String(html)) => scalar::is_blank_html(html),
        (_, Value::Null | Value::Bool(false)) => true,
        (_, Value::String(text)) => text.is_empty(),
        (_, Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}
