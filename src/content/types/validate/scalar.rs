//! Values that contain no other values.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use regex::Regex;
use serde_json::Value;

use super::address::{is_email, is_url};
use super::{Check, Code, Fact, Mode, Removal, empty};
use crate::content::types::decimal::Decimal;
use crate::content::types::model::{Choice, FieldKind, Items, Length};
use crate::content::types::problem::suggestion;
use crate::render::rich_text::{Features, Sanitised, plain_text, read_input, sanitise};

/// The longest string of any kind, whatever its field says.
const MAX_STRING_BYTES: usize = 1 << 20;
/// Ids, tags or choices in one value, whatever its field says.
const MAX_ITEMS: usize = 1_000;
const MAX_TAG_CHARS: usize = 100;
const MAX_EMBED_CHARS: usize = 2_000;

/// Rich text that shows nothing.
pub(super) fn is_blank_html(html: &str) -> bool {
    !html.contains("<embed") && !html.contains("<hr") && plain_text(html).is_empty()
}

impl Check<'_> {
    pub(super) fn scalar(&mut self, kind: &FieldKind, given: &Value) -> Value {
        match kind {
            FieldKind::Boolean => self.boolean(given),
            FieldKind::Integer { min, max } => self.integer(given, *min, *max),
            FieldKind::Float { min, max } => self.float(given, *min, *max),
            FieldKind::Decimal { .. } => self.decimal(kind, given),
            FieldKind::Page { .. } | FieldKind::Snippet { .. } | FieldKind::Image | FieldKind::Document => {
                self.id(given).map_or(Value::Null, Value::from)
            }
            FieldKind::ImageBlock => self.image_block(given),
            FieldKind::Snippets { items, .. } => self.ids(given, *items),
            FieldKind::MultipleChoice(choices) => self.choices(given, choices),
            FieldKind::Tags { max_items } => self.tags(given, *max_items),
            FieldKind::Static { .. } => {
                self.error(Code::InvalidType, "a static field has no value");
                Value::Null
            }
            FieldKind::RichText { features, max_length } if given.is_object() => {
                self.formatted(given, *features, *max_length)
            }
            _ => match self.string(given) {
                Some(text) => self.text(kind, text),
                None => empty(kind),
            },
        }
    }

    pub(super) fn wrong_type(&mut self, expected: &str, given: &Value) {
        let found = match given {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.error(Code::InvalidType, format!("must be {expected}, not {found}"));
    }

    pub(super) fn string<'v>(&mut self, given: &'v Value) -> Option<&'v str> {
        let Some(text) = given.as_str() else {
            self.wrong_type("a string", given);
            return None;
        };
        if text.len() > MAX_STRING_BYTES {
            self.error(Code::TooLong, format!("must have at most {MAX_STRING_BYTES} bytes, not {}", text.len()));
            return None;
        }
        if text.contains('\0') {
            self.refuse(Code::NullCharacter, Fact::Nul);
            return None;
        }
        Some(text)
    }

    pub(super) fn array<'v>(&mut self, given: &'v Value) -> &'v [Value] {
        match given {
            Value::Array(items) => items,
            other => {
                self.wrong_type("a list", other);
                &[]
            }
        }
    }

    /// The kinds that are stored as a string. Trimmed where Django's forms trim.
    fn text(&mut self, kind: &FieldKind, text: &str) -> Value {
        let trimmed = text.trim();
        let normal = match kind {
            FieldKind::RawHtml => text.to_owned(),
            FieldKind::RichText { features, max_length } => self.rich_text(text, *features, *max_length),
            _ if trimmed.is_empty() => return empty(kind),
            FieldKind::Date => self.date(trimmed),
            FieldKind::Time => self.time(trimmed),
            FieldKind::DateTime => self.datetime(trimmed),
            FieldKind::Choice(choices) => self.choice(trimmed, choices),
            _ => trimmed.to_owned(),
        };
        match kind {
            FieldKind::Char(length) | FieldKind::Text(length) | FieldKind::BlockQuote(length) => {
                self.length(&normal, *length);
            }
            FieldKind::Email(length) => {
                self.length(&normal, *length);
                if !is_email(&normal) {
                    self.refuse(Code::InvalidEmail, Fact::NoEmail);
                }
            }
            FieldKind::Url(length) => {
                self.length(&normal, *length);
                if !is_url(&normal) {
                    self.refuse(Code::InvalidUrl, Fact::NoUrl);
                }
            }
            FieldKind::Embed => {
                self.length(&normal, Length { min: None, max: Some(MAX_EMBED_CHARS) });
                if !is_url(&normal) {
                    self.refuse(Code::InvalidUrl, Fact::NoEmbedUrl);
                }
            }
            FieldKind::Regex { length, pattern, error_message } => {
                self.length(&normal, *length);
                self.pattern(&normal, pattern, error_message.as_deref());
            }
            _ => {}
        }
        Value::String(normal)
    }

    pub(super) fn length(&mut self, text: &str, length: Length) {
        let chars = text.chars().count();
        if let Some(max) = length.max.filter(|max| chars > *max) {
            self.refuse(Code::TooLong, Fact::TooLong { max, found: chars });
        }
        if let Some(min) = length.min.filter(|min| chars < *min && self.mode == Mode::Publish) {
            self.refuse(Code::TooShort, Fact::TooShort { min, found: chars });
        }
    }

    fn pattern(&mut self, text: &str, pattern: &Regex, message: Option<&str>) {
        if !pattern.is_match(text) {
            let message = message.map_or_else(|| format!("must match {}", pattern.as_str()), str::to_owned);
            self.error(Code::InvalidPattern, message);
        }
    }

    fn rich_text(&mut self, html: &str, features: Features, max_length: Option<usize>) -> String {
        self.cleaned(sanitise(html, features), max_length)
    }

    /// `{"format": "markdown", "content": "…"}`, as programs send it.
    fn formatted(&mut self, given: &Value, features: Features, max_length: Option<usize>) -> Value {
        if let Some(content) = given.get("content")
            && self.within("content", |check| check.string(content)).is_none()
        {
            return Value::Null;
        }
        match read_input(given, features) {
            Ok(clean) => Value::String(self.cleaned(clean, max_length)),
            Err(error) => {
                self.error(Code::InvalidType, error.to_string());
                Value::Null
            }
        }
    }

    fn cleaned(&mut self, clean: Sanitised, max_length: Option<usize>) -> String {
        if !clean.removed.is_empty() {
            self.removals.push(Removal { path: self.path.clone(), removed: clean.removed });
        }
        if max_length.is_some() {
            self.length(&plain_text(&clean.html), Length { min: None, max: max_length });
        }
        if clean.html.len() > MAX_STRING_BYTES {
            // Escaping makes text longer.
            self.error(Code::TooLong, format!("must have at most {MAX_STRING_BYTES} bytes of HTML"));
        }
        clean.html
    }

    fn choice(&mut self, given: &str, choices: &[Choice]) -> String {
        if !choices.iter().any(|choice| choice.value == given) {
            let shown: String = given.chars().take(64).collect();
            let known = suggestion(&shown, choices.iter().map(|choice| choice.value.as_str()));
            self.error(Code::InvalidChoice, format!("\"{shown}\" is not one of the choices{known}"));
        }
        given.to_owned()
    }

    fn choices(&mut self, given: &Value, choices: &[Choice]) -> Value {
        let mut chosen: Vec<Value> = Vec::new();
        let given = self.array(given);
        if self.too_many(given.len(), Some(MAX_ITEMS)) {
            return Value::Array(chosen);
        }
        for (index, item) in given.iter().enumerate() {
            if self.is_full() {
                break;
            }
            let choice = self.within(&format!("[{index}]"), |check| {
                let text = check.string(item)?;
                Some(Value::String(check.choice(text.trim(), choices)))
            });
            chosen.extend(choice.filter(|choice| !chosen.contains(choice)));
        }
        Value::Array(chosen)
    }

    fn tags(&mut self, given: &Value, max_items: Option<usize>) -> Value {
        let mut tags: Vec<String> = Vec::new();
        let given = self.array(given);
        if self.too_many(given.len(), Some(MAX_ITEMS)) {
            return Value::Array(Vec::new());
        }
        for (index, item) in given.iter().enumerate() {
            let tag = self.within(&format!("[{index}]"), |check| {
                let tag = check.string(item)?.trim().to_owned();
                check.length(&tag, Length { min: None, max: Some(MAX_TAG_CHARS) });
                Some(tag)
            });
            let is_new =
                |tag: &String| !tag.is_empty() && !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase());
            if let Some(tag) = tag.filter(is_new) {
                tags.push(tag);
            }
        }
        self.too_many(tags.len(), max_items);
        Value::Array(tags.into_iter().map(Value::String).collect())
    }

    pub(super) fn too_many(&mut self, count: usize, max: Option<usize>) -> bool {
        let exceeded = max.filter(|max| count > *max);
        if let Some(max) = exceeded {
            self.refuse(Code::TooManyItems, Fact::TooManyItems { max, found: count });
        }
        exceeded.is_some()
    }

    pub(super) fn too_few(&mut self, count: usize, min: Option<usize>) {
        if let Some(min) = min.filter(|min| count < *min && self.mode == Mode::Publish) {
            self.refuse(Code::TooFewItems, Fact::TooFewItems { min, found: count });
        }
    }

    pub(super) fn boolean(&mut self, given: &Value) -> Value {
        if !given.is_boolean() {
            self.wrong_type("true or false", given);
        }
        given.as_bool().map_or(Value::Null, Value::Bool)
    }

    fn in_range<T: PartialOrd + std::fmt::Display>(&mut self, number: &T, min: Option<&T>, max: Option<&T>) {
        if let Some(min) = min.filter(|min| number < *min) {
            self.refuse(Code::TooSmall, Fact::TooSmall { min: min.to_string(), found: number.to_string() });
        }
        if let Some(max) = max.filter(|max| number > *max) {
            self.refuse(Code::TooLarge, Fact::TooLarge { max: max.to_string(), found: number.to_string() });
        }
    }

    fn integer(&mut self, given: &Value, min: Option<i64>, max: Option<i64>) -> Value {
        let Some(number) = given.as_i64() else {
            self.wrong_type("a whole number", given);
            return Value::Null;
        };
        self.in_range(&number, min.as_ref(), max.as_ref());
        Value::from(number)
    }

    fn float(&mut self, given: &Value, min: Option<f64>, max: Option<f64>) -> Value {
        let Some(number) = given.as_f64() else {
            self.wrong_type("a number", given);
            return Value::Null;
        };
        self.in_range(&number, min.as_ref(), max.as_ref());
        given.clone()
    }

    fn decimal(&mut self, kind: &FieldKind, given: &Value) -> Value {
        let FieldKind::Decimal { min, max, max_digits, decimal_places } = kind else { return Value::Null };
        let text = match given {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            other => {
                self.wrong_type("a decimal such as \"12.50\"", other);
                return Value::Null;
            }
        };
        if text.is_empty() {
            return Value::Null;
        }
        let Ok(number) = text.parse::<Decimal>() else {
            self.refuse(Code::InvalidNumber, Fact::NoDecimal);
            return Value::Null;
        };
        self.in_range(&number, min.as_ref(), max.as_ref());
        if let Some(places) = decimal_places.filter(|places| number.decimal_places() > *places) {
            self.refuse(Code::TooManyDigits, Fact::DigitsAfterPoint { max: places });
        }
        if let Some(digits) = max_digits.filter(|digits| number.digits() > *digits) {
            self.refuse(Code::TooManyDigits, Fact::Digits { max: digits });
        }
        Value::String(number.to_string())
    }

    fn date(&mut self, text: &str) -> String {
        let date =
            Some(text).filter(|text| text.len() == "2026-01-31".len()).and_then(|text| text.parse::<Date>().ok());
        if date.is_none() {
            self.refuse(Code::InvalidDate, Fact::NoDate);
        }
        date.map(|date| date.to_string()).unwrap_or_default()
    }

    fn time(&mut self, text: &str) -> String {
        let starts_well = text.as_bytes().get(2) == Some(&b':');
        let time = Some(text).filter(|_| starts_well).and_then(|text| text.parse::<Time>().ok());
        if time.is_none() {
            self.refuse(Code::InvalidTime, Fact::NoTime);
        }
        time.map(|time| time.to_string()).unwrap_or_default()
    }

    fn datetime(&mut self, text: &str) -> String {
        let instant = Some(text)
            .filter(|text| text.as_bytes()[0].is_ascii_digit())
            .and_then(|text| text.parse::<Timestamp>().ok());
        if instant.is_none() {
            self.refuse(Code::InvalidDatetime, Fact::NoDateTime);
        }
        instant.map(|instant| instant.to_string()).unwrap_or_default()
    }

    pub(super) fn id(&mut self, given: &Value) -> Option<i64> {
        let id = given.as_i64().filter(|id| *id > 0);
        if id.is_none() {
            if given.is_i64() || given.is_u64() {
                self.error(Code::InvalidId, "must be the id of something stored: a positive whole number");
            } else {
                self.wrong_type("an id (a whole number)", given);
            }
        }
        id
    }

    fn ids(&mut self, given: &Value, items: Items) -> Value {
        let given = self.array(given);
        if self.too_many(given.len(), Some(MAX_ITEMS)) {
            return Value::Array(Vec::new());
        }
        let mut ids: Vec<i64> = Vec::new();
        for (index, item) in given.iter().enumerate() {
            let id = self.within(&format!("[{index}]"), |check| check.id(item));
            ids.extend(id.filter(|id| !ids.contains(id)));
        }
        self.too_many(ids.len(), items.max);
        if !ids.is_empty() {
            self.too_few(ids.len(), items.min);
        }
        Value::from(ids)
    }
}
