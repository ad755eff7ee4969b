//! The image that a template names: an image of the library, or an image block with its own alternative text.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// What renditions follow from; the values of an image in the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSource {
    pub id: i64,
    pub width: u32,
    pub height: u32,
    /// `jpeg`, `png`, `gif`, `webp` or `avif`.
    pub format: String,
    pub digest: String,
    pub file_name: String,
    /// Centre and extent in pixels: x, y, width, height.
    pub focal_point: Option<[u32; 4]>,
}

/// An image with the words that stand for it here.
pub(super) struct Shown {
    pub(super) source: ImageSource,
    pub(super) alt: String,
}

impl Shown {
    /// `None` where there is no image: an empty chooser, or an image that was deleted.
    pub(super) fn of(value: &Value) -> Result<Option<Self>, Error> {
        if !value.is_true() {
            return Ok(None);
        }
        if value.kind() != ValueKind::Map {
            return Err(wrong("this is not an image"));
        }
        let image = value.get_attr("image")?;
        if image.is_undefined() {
            return Ok(Some(Self { source: source(value)?, alt: text(value, "alt")? }));
        }
        if !image.is_true() {
            return Ok(None);
        }
        let alt = match (value.get_attr("decorative")?.is_true(), text(value, "alt")?) {
            (true, _) => String::new(),
            (false, alt) if alt.is_empty() => text(&image, "alt")?,
            (false, alt) => alt,
        };
        Ok(Some(Self { source: source(&image)?, alt }))
    }
}

fn source(image: &Value) -> Result<ImageSource, Error> {
    let focal = image.get_attr("focal_point")?;
    let focal_point = match focal.is_true() {
        true => Some([number(&focal, "x")?, number(&focal, "y")?, number(&focal, "width")?, number(&focal, "height")?]),
        false => None,
    };
    Ok(ImageSource {
        id: image.get_attr("id")?.as_i64().ok_or_else(|| wrong("this is not an image: it has no id"))?,
        width: number(image, "width")?,
        height: number(image, "height")?,
        format: text(image, "format")?,
        digest: text(image, "digest")?,
        file_name: text(image, "file_name")?,
        focal_point,
    })
}

fn number(of: &Value, key: &str) -> Result<u32, Error> {
    let found = of.get_attr(key)?.as_i64().and_then(|number| u32::try_from(number).ok());
    found.ok_or_else(|| wrong(&format!("this is not an image: its {key} is no number")))
}

fn text(of: &Value, key: &str) -> Result<String, Error> {
    Ok(of.get_attr(key)?.as_str().unwrap_or_default().to_owned())
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}
