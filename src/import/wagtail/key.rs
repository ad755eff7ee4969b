//! How dumps name objects: by a number, by a text such as a UUID, or by what makes them unique.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use serde_json::{Map, Value};

/// The key of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Id(i64),
    /// Also natural keys, as JSON.
    Text(String),
}

impl Key {
    /// What a reference holds; `None` for null and for what is no key. Numbers in texts are numbers: generic references
    /// are written so.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Id),
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.parse().map_or_else(|_| Self::Text(text.clone()), Self::Id)),
            Value::Array(parts) if !parts.is_empty() => Some(Self::Text(value.to_string())),
            _ => None,
        }
    }

    /// The natural key of a page: its address alone.
    pub fn of_address(value: &Value) -> Option<Self> {
        let is_address = |value: &Value| value.as_str().is_some_and(|text| text.starts_with('/'));
        value.as_array().filter(|parts| parts.len() == 1 && is_address(&parts[0])).and(Self::of(value))
    }

    /// The number, or one below zero that stands for a text; two texts may have the same.
    pub fn number(&self) -> i64 {
        match self {
            Self::Id(id) => *id,
            Self::Text(text) => -(i64::try_from(FixedState::default().hash_one(text) >> 1).unwrap_or(1)).max(1),
        }
    }

    pub fn id(&self) -> Option<i64> {
        if let Self::Id(id) = self { Some(*id) } else { None }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The fields that make objects of a model unique, where Django or Wagtail says so.
fn natural_fields(model: &str, fields: &Map<String, Value>) -> &'static [&'static str] {
    match model {
        "contenttypes.contenttype" => &["app_label", "model"],
        "auth.group" => &["name"],
        "wagtailcore.page" => &["url_path"],
        "wagtailcore.site" => &["hostname", "port"],
        "taggit.tag" => &["slug"],
        _ if is_user(fields) => &["username"],
        _ => &[],
    }
}

/// Whether an object is a user: the model may be the site's own.
pub(super) fn is_user(fields: &Map<String, Value>) -> bool {
    ["password", "is_superuser", "last_login"].iter().all(|name| fields.contains_key(*name))
}

/// The key that others may name an object by instead of its number.
pub(super) fn natural(model: &str, fields: &Map<String, Value>) -> Option<Key> {
    let names = natural_fields(model, fields);
    let parts: Option<Vec<Value>> = names.iter().map(|name| fields.get(*name).cloned()).collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| Key::Text(Value::Array(parts).to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_texts_and_natural_keys_are_told_apart() {
        assert_eq!(Key::of(&json!(5)), Some(Key::Id(5)));
        assert_eq!(Key::of(&json!("5")), Some(Key::Id(5)));
        assert_eq!(Key::of(&json!("8bdc7ade-9fe7")), Some(Key::Text("8bdc7ade-9fe7".into())));
        assert_eq!(Key::of(&json!(["localhost", 80])), Some(Key::Text("[\"localhost\",80]".into())));
        for nothing in [json!(null), json!(""), json!([]), json!({}), json!(true)] {
            assert_eq!(Key::of(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn users_of_any_model_are_named_by_their_user_names() {
        let user = json!({ "password": "", "is_superuser": false, "last_login": null, "username": "ada" });
        let fields = user.as_object().expect("an object");
        assert_eq!(natural("people.account", fields), Some(Key::Text("[\"ada\"]".into())));
        assert_eq!(natural("blog.person", &Map::new()), None);
    }
}
