//! Lists of names of Prometheus' labels.

use serde_json::Value as Json;
use toml::de::DeValue;

use super::host::{text_items, toml_items};
use super::value::Value;

/// Names of labels, in the order of the alphabet, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelNames(Vec<String>);

impl LabelNames {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn of(items: Vec<&str>) -> Result<Self, String> {
        if let Some(wrong) = items.iter().find(|item| !is_label_name(item)) {
            return Err(format!("{wrong:?} is no name of a label, such as cluster"));
        }
        let mut list: Vec<String> = items.into_iter().map(str::to_owned).collect();
        list.sort();
        list.dedup();
        Ok(Self(list))
    }
}

/// Source: Prometheus' data model; names that begin with `__` are its own.
pub(crate) fn is_label_name(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && !name.starts_with("__") && name.chars().all(is_part)
}

impl Value for LabelNames {
    const KIND: &'static str = "list of labels";

    fn from_text(text: &str) -> Result<Self, String> {
        Self::of(text_items(text).collect())
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        Self::of(toml_items(value)?)
    }

    fn show(&self) -> Json {
        self.0.clone().into()
    }
}
