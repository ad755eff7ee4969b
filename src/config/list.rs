//! Settings that are lists: items between commas in a text, an array of strings in the file.

use serde_json::Value as Json;
use toml::de::DeValue;

use super::value::{Value, wrong_type};

/// A list, whatever it was read from.
pub(crate) trait List: Sized {
    /// The type in words, for the reference.
    const KIND: &'static str;

    /// Checks the items, none of which is empty when they come from a text.
    fn of(items: Vec<&str>) -> Result<Self, String>;

    /// The items as they may be printed.
    fn show(&self) -> Json;
}

impl<L: List> Value for L {
    const KIND: &'static str = L::KIND;

    fn from_text(text: &str) -> Result<Self, String> {
        Self::of(text_items(text).collect())
    }

    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        Self::of(toml_items(value)?)
    }

    fn show(&self) -> Json {
        List::show(self)
    }
}

/// The items of a comma-separated list; empty items are left out.
fn text_items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The items of an array of strings.
fn toml_items<'a>(value: &'a DeValue<'_>) -> Result<Vec<&'a str>, String> {
    let items = value.as_array().ok_or_else(|| wrong_type("an array of strings", value))?;
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let item = item.get_ref();
            let wrong = || format!("item {}: {}", index + 1, wrong_type("a string", item));
            item.as_str().map(str::trim).ok_or_else(wrong)
        })
        .collect()
}
