//! Values of Django and Wagtail in the form of a content type: what the type does not take is told and left out.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::dump::{Dump, DumpError};
use super::form_field;
use super::infer::field_name;
use super::key::Key;
use super::path;
use super::relation::BOOKKEEPING;
use crate::content::types::{Code, ContentType, Field, FieldKind, Mode, Types, ValueSlot};
use crate::import::Report;

/// Times that values are checked again after what was refused is taken out.
const ROUNDS: usize = 12;

const TAG: &str = "taggit.tag";

/// Whether a model with these fields may be one of tags.
pub(super) fn is_tag<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let names: Vec<&str> = names.collect();
    names.len() == 2 && ["name", "slug"].iter().all(|own| names.contains(own))
}

/// Snippets by model and key: their ids here.
pub(super) type Snippets = HashMap<(String, Key), i64>;

pub(super) struct Converter<'c> {
    pub dump: &'c Dump,
    pub types: &'c Types,
    pub snippets: &'c Snippets,
    pub tags: &'c HashMap<Key, String>,
}

/// The names of all tags: those of taggit, and of models that have a name and a slug alone.
pub(super) fn read_tags(dump: &Dump) -> Result<HashMap<Key, String>, DumpError> {
    let mut tags = HashMap::new();
    // What has a name and a slug may be no tag at all: it counts where taggit has none by its number or name.
    let others = dump.models().map(|(name, _)| name).filter(|name| *name != TAG);
    for model in std::iter::once(TAG).chain(others.filter(|name| is_tag(dump.names_of(name)))) {
        for key in dump.keys(model) {
            if let Some(tag) = dump.read(model, key)? {
                // Some versions name tags by their names and some by their slugs.
                let named = ["slug", "name"].map(|name| Key::Text(json!([tag.text(name)]).to_string()));
                for key in named.into_iter().chain([key.clone()]) {
                    tags.entry(key).or_insert_with(|| tag.text("name").to_owned());
                }
            }
        }
    }
    Ok(tags)
}

/// A name as fields and blocks have it here: `CTABlock-2` is `cta_block_2`.
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut made = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let ends_word = before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        let starts_word = before.is_some_and(|before| before.is_ascii_uppercase())
            && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends_word || starts_word) && !made.ends_with('_') {
            made.push('_');
        }
        match letter {
            letter if letter.is_ascii_alphanumeric() || *letter == '_' => made.push(letter.to_ascii_lowercase()),
            _ if made.ends_with('_') || made.is_empty() => {}
            _ => made.push('_'),
        }
    }
    if made.starts_with(|first: char| first.is_ascii_lowercase()) { made } else { format!("f{made}") }
}

impl Converter<'_> {
    /// The values of an object in the form of its type, valid as a draft. `source` has its fields, and its parts as
    /// revisions hold them.
    pub fn fields(
        &self,
        of_type: &ContentType,
        object: &str,
        mut source: Map<String, Value>,
        report: &mut Report,
    ) -> Map<String, Value> {
        let tags = self.take_tags(&mut source);
        let mut values = Map::new();
        for field in &of_type.fields {
            let value = match &field.kind {
                FieldKind::Tags { .. } => Some(json!(tags)),
                FieldKind::Static { .. } => None,
                _ => {
                    let name =
                        source.keys().find(|name| **name == field.name || field_name(name) == field.name).cloned();
                    name.and_then(|name| source.shift_remove(&name)).map(|given| self.value(of_type, field, given))
                }
            };
            values.extend(value.map(|value| (field.name.clone(), value)));
        }
        if !tags.is_empty() && !of_type.fields.iter().any(|field| matches!(field.kind, FieldKind::Tags { .. })) {
            report.notice(object, "tags", format!("{} has no field for tags", of_type.name));
        }
        for (name, value) in &source {
            if name == "wagtail_admin_comments" && !is_nothing(value) {
                report.notice(object, name, "comments are not taken over");
            } else if !BOOKKEEPING.contains(&name.as_str()) && !is_nothing(value) {
                report.notice(object, name, format!("{} has no field of this name", of_type.name));
            }
        }
        self.refer(of_type, object, &mut values, report);
        valid(self.types, of_type, object, values, report)
    }

    /// The names of the tags among the parts, which are taken out.
    fn take_tags(&self, source: &mut Map<String, Value>) -> Vec<String> {
        let is_tag = |part: &Value| part.get("tag").is_some() && part.as_object().is_some_and(|part| part.len() <= 4);
        let of_tags =
            |value: &Value| value.as_array().is_some_and(|parts| !parts.is_empty() && parts.iter().all(is_tag));
        let names: Vec<String> =
            source.iter().filter(|(_, value)| of_tags(value)).map(|(name, _)| name.clone()).collect();
        let parts = names.iter().filter_map(|name| source.shift_remove(name));
        let parts: Vec<Value> = parts.filter_map(|parts| parts.as_array().cloned()).flatten().collect();
        let mut tags: Vec<String> = Vec::new();
        for part in &parts {
            let tag = part.get("tag").unwrap_or(&Value::Null);
            let key = self.dump.resolve(TAG, tag).or_else(|| Key::of(tag));
            if let Some(name) = key.and_then(|key| self.tags.get(&key)).filter(|name| !tags.contains(name)) {
                tags.push(name.clone());
            }
        }
        tags
    }

    /// One value in the form that the type takes, as far as that can be said.
    fn value(&self, of_type: &ContentType, field: &Field, given: Value) -> Value {
        let is_form = of_type.form.as_ref().is_some_and(|form| form.fields == field.name);
        match (&field.kind, given) {
            (FieldKind::Stream { .. }, Value::Array(parts)) if is_form => form_field::blocks(&parts),
            (FieldKind::Stream { .. } | FieldKind::List { .. } | FieldKind::Struct { .. }, Value::String(text)) => {
                serde_json::from_str(&text).map_or(Value::String(text), with_block_names)
            }
            (FieldKind::Snippets { .. }, Value::Array(parts)) if parts.iter().any(Value::is_object) => {
                parts.iter().filter_map(sole_reference).collect()
            }
            (FieldKind::List { .. }, Value::Array(parts)) if parts.iter().any(|part| part.get("pk").is_some()) => {
                parts.into_iter().map(|part| item(&field.name, part)).collect()
            }
            (FieldKind::Char(_) | FieldKind::Text(_) | FieldKind::Choice(_) | FieldKind::Regex { .. }, given)
                if given.is_number() || given.is_boolean() =>
            {
                given.to_string().into()
            }
            (FieldKind::Text(_) | FieldKind::RawHtml, given) if given.is_object() || given.is_array() => {
                given.to_string().into()
            }
            (_, given) => given,
        }
    }

    /// Puts the ids of snippets here in the place of those in the dump.
    fn refer(&self, of_type: &ContentType, object: &str, values: &mut Map<String, Value>, report: &mut Report) {
        let mut missing = Vec::new();
        of_type.visit_mut(self.types, values, &mut |at, slot| {
            let mut find = |of: &str, value: &Value| {
                let key = Key::of(value)?;
                let model = of.to_lowercase();
                let key = self.dump.resolve(&model, value).unwrap_or(key);
                let found = self.snippets.get(&(model, key)).copied();
                if found.is_none() {
                    missing.push((at.to_owned(), format!("there is no {of} {value}")));
                }
                found
            };
            match slot {
                ValueSlot::Snippet { of, value } => *value = find(of, value).into(),
                ValueSlot::Snippets { of, value } => {
                    *value = value.as_array().into_iter().flatten().filter_map(|value| find(of, value)).collect();
                }
                _ => {}
            }
        });
        for (at, message) in missing {
            report.notice(object, &at, message);
        }
    }
}

/// Whether nothing is lost with a value.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "[]",
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}

/// Names of blocks as they are here.
fn with_block_names(value: Value) -> Value {
    match value {
        Value::Array(entries) => entries.into_iter().map(with_block_names).collect(),
        Value::Object(mut entry) => {
            let is_block = entry.contains_key("value") && entry.get("type").is_some_and(Value::is_string);
            if let Some(Value::String(name)) = entry.get_mut("type").filter(|_| is_block) {
                *name = snake(name);
            }
            entry.into_iter().map(|(name, inner)| (name, with_block_names(inner))).collect()
        }
        other => other,
    }
}

/// What a part refers to when that is all that it says, beside its page and its place.
pub(super) fn sole_reference(part: &Value) -> Option<Value> {
    let part = part.as_object()?;
    let own = |name: &str| !matches!(name, "pk" | "sort_order" | "page" | "content_object" | "parent");
    part.iter().find(|(name, value)| own(name) && Key::of(value).is_some()).map(|(_, value)| value.clone())
}

/// A part as an item of a list. Its id is made of what it is, so that revisions agree about it.
fn item(field: &str, part: Value) -> Value {
    let Value::Object(mut part) = part else { return part };
    part.shift_remove("pk");
    let place = part.shift_remove("sort_order").unwrap_or_default();
    let page =
        ["page", "content_object", "parent"].iter().find_map(|name| part.shift_remove(*name)).unwrap_or_default();
    // Not by its key: a part has none in the revision that brought it.
    json!({ "type": "item", "value": part, "id": stable_id(&format!("{field} {page} {place}")) })
}

/// A UUID that is made of a name.
pub(super) fn stable_id(name: &str) -> String {
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&Sha256::digest(name.as_bytes())[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// Fields without what tells one block from another.
pub(super) fn without_ids(fields: &Map<String, Value>) -> Map<String, Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(entries) => entries.iter_mut().for_each(strip),
            Value::Object(entry) => {
                if entry.contains_key("type") && entry.contains_key("value") {
                    entry.shift_remove("id");
                }
                entry.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    let mut fields = fields.clone();
    fields.values_mut().for_each(strip);
    fields
}

/// Values that are valid as a draft: what is not is told, and taken out.
fn valid(
    types: &Types,
    of_type: &ContentType,
    object: &str,
    mut values: Map<String, Value>,
    report: &mut Report,
) -> Map<String, Value> {
    for _ in 0..ROUNDS {
        let errors = match of_type.validate_reporting(types, &values, Mode::Draft) {
            Ok(validated) => {
                for removal in &validated.removals {
                    let removed = removal.removed.join(", ");
                    report.notice(object, &removal.path, format!("its features do not allow {removed}: removed"));
                }
                return validated.values;
            }
            Err(errors) => errors,
        };
        let mut all = Value::Object(values);
        // From behind, so that the places of the others stay right.
        for error in errors.iter().rev() {
            report.notice(object, &error.path, &*error.message);
            path::take_out(&mut all, &error.path, error.code == Code::UnknownBlock);
        }
        values = if let Value::Object(values) = all { values } else { Map::new() };
    }
    report.notice(object, "", "too much of it is not valid: its fields are left empty");
    Map::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_fit_for_fields_and_blocks() {
        for (given, made) in [
            ("heading", "heading"),
            ("CTABlock", "cta_block"),
            ("imageText", "image_text"),
            ("two-columns", "two_columns"),
            ("H2 title", "h2_title"),
            ("2col", "f2col"),
            ("_odd", "f_odd"),
        ] {
            assert_eq!(snake(given), made, "{given}");
        }
    }

    #[test]
    fn a_part_is_the_same_item_in_every_revision() {
        let part = json!({ "pk": 7, "sort_order": 1, "page": 5, "name": "Rye" });
        let made = item("links", part.clone());
        assert_eq!(made["value"], json!({ "name": "Rye" }));
        assert_eq!(made, item("links", part));
        assert_eq!(sole_reference(&json!({ "pk": 1, "sort_order": 0, "page": 5, "person": 3 })), Some(json!(3)));
    }
}
