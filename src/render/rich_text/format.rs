//! The forms in which rich text goes out and comes in, by the names of Wagtail's API (8.0): `db_html`, `html`,
//! `db_markdown`, `markdown`.

use std::borrow::Cow;

use serde_json::Value;

use super::expand::{Resolver, expand};
use super::feature::Features;
use super::sanitise::{Sanitised, sanitise};
use crate::render::markdown;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As stored, byte for byte.
    DbHtml,
    /// For visitors: references have become addresses.
    Html,
    /// Markdown with references, such as `[text](wagtail://page?id=3)`.
    DbMarkdown,
    /// Markdown with addresses.
    Markdown,
}

/// Why a given rich text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("must be a string, or an object with \"format\" and \"content\"")]
    Shape,
    #[error("rich_text_format must be one of 'db_html', 'db_markdown', 'html', 'markdown', got '{0}'")]
    UnknownFormat(String),
}

impl Format {
    pub const ALL: [Format; 4] = [Format::DbHtml, Format::DbMarkdown, Format::Html, Format::Markdown];

    pub fn name(self) -> &'static str {
        match self {
            Format::DbHtml => "db_html",
            Format::Html => "html",
            Format::DbMarkdown => "db_markdown",
            Format::Markdown => "markdown",
        }
    }

    /// # Errors
    /// With Wagtail's words for a name that is none.
    pub fn find(name: &str) -> Result<Format, InputError> {
        let found = Format::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| InputError::UnknownFormat(name.to_owned()))
    }

    /// A stored text in this form.
    pub fn write<'a>(self, stored: &'a str, resolver: &Resolver<'_>) -> Cow<'a, str> {
        match self {
            Format::DbHtml => Cow::Borrowed(stored),
            Format::Html => expand(stored, resolver),
            Format::DbMarkdown => Cow::Owned(markdown::of_references(stored)),
            Format::Markdown => Cow::Owned(markdown::of_addresses(stored, resolver)),
        }
    }

    /// A text in this form as it is stored: cleaned, with what cleaning removed.
    pub fn read(self, text: &str, features: Features) -> Sanitised {
        match self {
            Format::DbHtml | Format::Html => sanitise(text, features),
            Format::DbMarkdown | Format::Markdown => markdown::to_rich_text(text, features),
        }
    }
}

/// Reads what an API client gives: a string in the database form, or `{"format": "…", "content": "…"}`.
///
/// # Errors
/// When it is neither, or of a format that is none.
pub fn read_input(given: &Value, features: Features) -> Result<Sanitised, InputError> {
    match given {
        Value::String(html) => Ok(Format::DbHtml.read(html, features)),
        Value::Object(fields) => {
            let format = match fields.get("format") {
                None => Format::DbHtml,
                Some(Value::String(name)) => Format::find(name)?,
                Some(_) => return Err(InputError::Shape),
            };
            let content = fields.get("content").and_then(Value::as_str).ok_or(InputError::Shape)?;
            if fields.keys().any(|key| key != "format" && key != "content") {
                return Err(InputError::Shape);
            }
            Ok(format.read(content, features))
        }
        _ => Err(InputError::Shape),
    }
}

#[cfg(test)]
mod tests;
