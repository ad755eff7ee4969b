//! Lists of names of Prometheus' labels.

use serde_json::Value as Json;

use super::list::List;

/// Names of labels, in the order of the alphabet, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelNames(Vec<String>);

impl LabelNames {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Source: Prometheus' data model; names that begin with `__` are its own.
pub(crate) fn is_label_name(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && !name.starts_with("__") && name.chars().all(is_part)
}

impl List for LabelNames {
    const KIND: &'static str = "list of labels";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        if let Some(wrong) = items.iter().find(|item| !is_label_name(item)) {
            return Err(format!("{wrong:?} is no name of a label, such as cluster"));
        }
        let mut list: Vec<String> = items.into_iter().map(str::to_owned).collect();
        list.sort();
        list.dedup();
        Ok(Self(list))
    }

    fn show(&self) -> Json {
        self.0.clone().into()
    }
}
