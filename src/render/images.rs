//! Images in templates: `image`, `srcset_image`, `picture` and `image_url`, as in Wagtail. Sizes and URLs come from the
//! image's row by arithmetic; nothing here reads a file or waits for one.

mod attributes;
mod source;

use std::sync::Arc;

use minijinja::value::{Kwargs, Object, Value};
use minijinja::{Environment, Error, ErrorKind};

use attributes::Attributes;
pub use source::ImageSource;
use source::Shown;

/// A rendition as far as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenditionFacts {
    pub url: String,
    pub width: u32,
    pub height: u32,
    /// `avif`, `webp`, `jpeg`, `png` or `gif`.
    pub format: &'static str,
    pub mime: &'static str,
}

/// The renditions that a filter, or several in braces, stands for; never none. The text of an error is for the author
/// of the template.
pub type Renditions = Arc<dyn Fn(&ImageSource, &str) -> Result<Vec<RenditionFacts>, String> + Send + Sync>;

/// Formats of `<source>` elements, the smallest files first.
const SOURCES: [&str; 5] = ["avif", "webp", "jpeg", "png", "gif"];
/// Formats of the `<img>` of a picture, the most widely known first.
const FALLBACKS: [&str; 5] = ["jpeg", "png", "gif", "webp", "avif"];

/// Adds the functions to an environment.
pub(super) fn add_to(environment: &mut Environment<'static>, renditions: Renditions) {
    let make = renditions.clone();
    environment.add_function("image", move |value: &Value, spec: &str, options: Kwargs| {
        let Some(shown) = Shown::of(value)? else { return Ok(nothing()) };
        let found = one(&make, &shown.source, spec)?;
        Ok(Value::from_object(Image { attributes: Attributes::of(&shown, &found, options)?, alt: shown.alt, found }))
    });
    let make = renditions.clone();
    environment.add_function("image_url", move |value: &Value, spec: &str| match Shown::of(value)? {
        Some(shown) => Ok(Value::from(one(&make, &shown.source, spec)?.url)),
        None => Ok(nothing()),
    });
    let make = renditions.clone();
    environment.add_function("srcset_image", move |value: &Value, spec: &str, options: Kwargs| {
        let Some(shown) = Shown::of(value)? else { return Ok(nothing()) };
        let found = all(&make, &shown.source, spec)?;
        let mut attributes = Attributes::of(&shown, first(&found)?, options)?;
        attributes.srcset(&found);
        Ok(Value::from_safe_string(attributes.tag()))
    });
    environment.add_function("picture", move |value: &Value, spec: &str, options: Kwargs| {
        let Some(shown) = Shown::of(value)? else { return Ok(nothing()) };
        picture(&shown, all(&renditions, &shown.source, spec)?, options)
    });
}

fn picture(shown: &Shown, found: Vec<RenditionFacts>, options: Kwargs) -> Result<Value, Error> {
    let fallback = fallback(&found);
    let attributes = Attributes::of(shown, first(&fallback)?, options)?;
    Ok(Value::from_safe_string(picture_html(&found, &fallback, attributes)))
}

/// A picture outside of templates, such as in running text; empty without renditions.
pub fn picture_in_text(alt: &str, class: &str, sizes: &str, found: &[RenditionFacts]) -> String {
    let fallback = fallback(found);
    let Some(shown_by_default) = fallback.first() else { return String::new() };
    let mut attributes = Attributes::plain(alt, shown_by_default);
    attributes.add("class", class);
    attributes.sizes(sizes);
    picture_html(found, &fallback, attributes)
}

fn of_format(found: &[RenditionFacts], format: &str) -> Vec<RenditionFacts> {
    found.iter().filter(|rendition| rendition.format == format).cloned().collect()
}

/// The renditions of the most widely known format.
fn fallback(found: &[RenditionFacts]) -> Vec<RenditionFacts> {
    FALLBACKS.iter().map(|format| of_format(found, format)).find(|found| !found.is_empty()).unwrap_or_default()
}

fn picture_html(found: &[RenditionFacts], fallback: &[RenditionFacts], mut attributes: Attributes) -> String {
    let shown_by_default = fallback.first().map_or("", |rendition| rendition.format);
    let mut html = String::from("<picture>");
    for format in SOURCES.iter().filter(|format| **format != shown_by_default) {
        let renditions = of_format(found, format);
        if !renditions.is_empty() {
            html.push_str(&attributes.source(&renditions));
        }
    }
    attributes.srcset(fallback);
    html.push_str(&attributes.tag());
    html.push_str("</picture>");
    html
}

/// What is shown for no image: nothing, and false in a condition.
fn nothing() -> Value {
    Value::from_safe_string(String::new())
}

fn all(make: &Renditions, source: &ImageSource, spec: &str) -> Result<Vec<RenditionFacts>, Error> {
    make(source, spec).map_err(|why| invalid(format!("{spec:?}: {why}")))
}

fn first(found: &[RenditionFacts]) -> Result<&RenditionFacts, Error> {
    found.first().ok_or_else(|| invalid("a filter stands for one rendition at least".to_owned()))
}

fn one(make: &Renditions, source: &ImageSource, spec: &str) -> Result<RenditionFacts, Error> {
    let found = all(make, source, spec)?;
    match &found[..] {
        [only] => Ok(only.clone()),
        several => {
            Err(invalid(format!("{spec:?} stands for {} renditions: use srcset_image or picture", several.len())))
        }
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// What `image(…)` gives: its parts, and the whole tag when it is printed.
#[derive(Debug)]
pub(super) struct Image {
    found: RenditionFacts,
    alt: String,
    attributes: Attributes,
}

impl Image {
    pub(super) fn tag(&self) -> String {
        self.attributes.tag()
    }
}

impl Object for Image {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "url" => Value::from(&self.found.url),
            "width" => Value::from(self.found.width),
            "height" => Value::from(self.found.height),
            "format" => Value::from(self.found.format),
            "mime" => Value::from(self.found.mime),
            "alt" => Value::from(&self.alt),
            "attrs" => Value::from_safe_string(self.attributes.text()),
            "tag" => Value::from_safe_string(self.tag()),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.tag())
    }
}

#[cfg(test)]
mod tests;
