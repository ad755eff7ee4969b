//! Rendering: templates, and the rich text that they show.

mod blocks;
pub mod checks;
pub mod embed;
mod escape;
mod images;
pub mod markdown;
pub mod messages;
pub mod rich_text;
mod table;
mod templates;
mod texts;
mod tracked;

pub use blocks::{BlockLook, BlockLooks, ChoiceLook, FieldLook};
pub use escape::escaped;
pub use images::{ImageSource, RenditionFacts, Renditions, picture_in_text};
/// Values that templates see.
pub use minijinja::Value as TemplateValue;
pub use minijinja::value::ValueKind as TemplateKind;
pub use templates::{StaticUrls, TemplateError, TemplateFile, Templates};
pub use texts::Texts;
pub use tracked::{Reads, object, template_value, tracked};

/// Both maps as one; `over` wins.
pub fn merge(under: TemplateValue, over: TemplateValue) -> TemplateValue {
    minijinja::value::merge_maps([over, under])
}
