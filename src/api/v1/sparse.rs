//! As much of something as is asked for: `?fields=id,title,meta.url,fields.body`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::problem::{Refusal, bad_request};

/// Names in one address.
const MAX_NAMES: usize = 100;

/// Which values are told; of those that hold others, which of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sparse {
    /// Empty: all of it.
    wanted: BTreeMap<String, Vec<String>>,
    is_all: bool,
}

impl Sparse {
    /// # Errors
    /// When a name cannot be one.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        if text == "*" {
            return Ok(Self { is_all: true, ..Self::default() });
        }
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (at, name) in text.split(',').map(str::trim).enumerate() {
            let letters =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let (outer, inner) = name.split_once('.').map_or((name, None), |(outer, inner)| (outer, Some(inner)));
            if at >= MAX_NAMES || !letters(outer) || inner.is_some_and(|inner| !letters(inner)) {
                return Err(bad_request("fields is a list such as id,title,meta.url,fields.body, or *.").into());
            }
            let before = wanted.get(outer).map(Vec::is_empty);
            let inner_names = wanted.entry(outer.to_owned()).or_default();
            match inner {
                // All of it was asked for already.
                Some(_) if before == Some(true) => {}
                Some(inner) => inner_names.push(inner.to_owned()),
                None => inner_names.clear(),
            }
        }
        Ok(Self { wanted, is_all: false })
    }

    /// Whether the content of a draft is to be read.
    pub(super) fn wants_content(&self) -> bool {
        const CONTENT: [&str; 4] = ["fields", "seo_title", "search_description", "show_in_menus"];
        self.is_all || CONTENT.iter().any(|name| self.wanted.contains_key(*name))
    }

    pub(super) fn select(&self, whole: Value) -> Value {
        match whole {
            Value::Object(values) if !self.is_all => Value::Object(self.of(values)),
            whole => whole,
        }
    }

    fn of(&self, values: Map<String, Value>) -> Map<String, Value> {
        let kept = values.into_iter().filter_map(|(name, value)| {
            let inner = self.wanted.get(&name)?;
            let value = match value {
                Value::Object(values) if !inner.is_empty() => {
                    Value::Object(values.into_iter().filter(|(name, _)| inner.contains(name)).collect())
                }
                value => value,
            };
            Some((name, value))
        });
        kept.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_asked_for_is_told_and_nothing_else() {
        let whole = json!({ "id": 1, "title": "A", "meta": { "url": "/a/", "live": true }, "fields": { "body": [] } });
        let of = |text: &str| Sparse::parse(text).expect("names").select(whole.clone());
        assert_eq!(of("id,title"), json!({ "id": 1, "title": "A" }));
        assert_eq!(of("meta.url, fields.body"), json!({ "meta": { "url": "/a/" }, "fields": { "body": [] } }));
        assert_eq!(of("meta,meta.url"), json!({ "meta": { "url": "/a/", "live": true } }));
        assert_eq!(of("meta.url,meta"), json!({ "meta": { "url": "/a/", "live": true } }));
        assert_eq!(of("nothing"), json!({}));
        assert_eq!(of("*"), whole);
        for wrong in ["", "a,", "a b", "a.b.c", ".a"] {
            assert!(Sparse::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Sparse::parse("fields.body").expect("names").wants_content());
        assert!(!Sparse::parse("id,meta").expect("names").wants_content());
    }
}
