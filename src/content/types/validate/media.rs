//! An image with what it says in its place: an alternative text, or that it is decoration.

use serde_json::{Map, Value, json};

use super::{Check, Code, Fact, Mode};
use crate::content::types::model::Length;
use crate::content::types::problem::suggestion;

const MAX_ALT_CHARS: usize = 255;
/// `alt_text` is Wagtail's name of `alt`.
const KEYS: [&str; 4] = ["image", "alt", "decorative", "alt_text"];

impl Check<'_> {
    /// `{image, alt, decorative}`; null without an image.
    pub(super) fn image_block(&mut self, given: &Value) -> Value {
        let Some(values) = given.as_object() else {
            self.wrong_type("an object with image, alt and decorative", given);
            return Value::Null;
        };
        self.known_keys(values, &KEYS, "an image block");
        let filled = |key: &str| values.get(key).filter(|value| !value.is_null());
        let Some(image) = filled("image") else { return Value::Null };
        let image = self.within("image", |check| check.id(image));
        let decorative =
            filled("decorative").is_some_and(|given| self.within("decorative", |check| check.boolean(given)) == true);
        let alt = filled("alt").or_else(|| filled("alt_text"));
        let alt = alt.and_then(|given| self.within("alt", |check| check.string(given))).unwrap_or_default().trim();
        self.within("alt", |check| {
            check.length(alt, Length { min: None, max: Some(MAX_ALT_CHARS) });
            if alt.is_empty() && !decorative && check.mode == Mode::Publish {
                check.refuse(Code::Required, Fact::NoAlternative);
            }
        });
        // What nobody sees is not said either.
        let alt = if decorative { "" } else { alt };
        json!({ "image": image, "alt": alt, "decorative": decorative })
    }

    pub(super) fn known_keys(&mut self, values: &Map<String, Value>, known: &[&str], of: &str) {
        for key in values.keys().filter(|key| !known.contains(&key.as_str())) {
            if self.is_full() {
                break;
            }
            let shown: String = key.chars().take(64).collect();
            let near = suggestion(&shown, known.iter().copied());
            self.error(Code::UnknownField, format!("\"{shown}\" is not a key of {of}{near}"));
        }
    }
}
