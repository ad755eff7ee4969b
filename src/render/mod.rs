//! Rendering: templates, and the rich text that they show.

pub mod rich_text;
mod templates;

/// Values that templates see.
pub use minijinja::Value as TemplateValue;
pub use templates::{StaticUrls, TemplateError, TemplateFile, Templates};

/// The template's view of a JSON document.
pub fn template_value(value: &serde_json::Value) -> TemplateValue {
    minijinja::value::Serde(value).into()
}

/// Both maps as one; `over` wins.
pub fn merge(under: TemplateValue, over: TemplateValue) -> TemplateValue {
    minijinja::value::merge_maps([over, under])
}
