//! The grammar of filter specs.

use super::super::format::{Format, Size};
use super::super::geometry::MAX_SIDE_PX;
use super::{FilterError, FilterSpec, Transform};

/// Characters of one spec, as in Wagtail's column.
pub const MAX_LENGTH: usize = 255;

/// Operations of one spec.
pub const MAX_OPERATIONS: usize = 12;

/// The largest `scale-`.
const MAX_PERCENT: u32 = 10_000;

pub(super) fn spec(text: &str) -> Result<FilterSpec, FilterError> {
    let characters = text.chars().count();
    if characters > MAX_LENGTH {
        return Err(FilterError::TooLong { characters });
    }
    if text.trim().is_empty() {
        return Err(FilterError::Empty);
    }
    let operations = text.split('|').count();
    if operations > MAX_OPERATIONS {
        return Err(FilterError::TooManyOperations { operations });
    }
    let mut spec = FilterSpec::default();
    for operation in text.split('|') {
        apply(&mut spec, Operation { text: operation.trim() })?;
    }
    Ok(spec)
}

fn apply(spec: &mut FilterSpec, operation: Operation<'_>) -> Result<(), FilterError> {
    let (name, argument) = match operation.text.split_once('-') {
        Some((name, argument)) => (name, Some(argument)),
        None => (operation.text, None),
    };
    match (name, argument) {
        ("original", None) => {}
        // No vector image is stored, so there is nothing to preserve, and the text stays the same without it.
        ("preserve", Some("svg")) => {}
        ("webp", Some("lossless")) => {
            spec.format = Some(Format::WebP);
            spec.lossless = true;
        }
        ("fill", Some(argument)) => {
            let transform = fill(operation, argument)?;
            spec.transforms.push(transform);
        }
        ("min", Some(size)) => spec.transforms.push(Transform::Min(operation.size(size, "min-WIDTHxHEIGHT")?)),
        ("max", Some(size)) => spec.transforms.push(Transform::Max(operation.size(size, "max-WIDTHxHEIGHT")?)),
        ("width", Some(width)) => spec.transforms.push(Transform::Width(operation.pixels(width, "width-PIXELS")?)),
        ("height", Some(height)) => {
            spec.transforms.push(Transform::Height(operation.pixels(height, "height-PIXELS")?));
        }
        ("scale", Some(percent)) => spec.transforms.push(scale(operation, percent)?),
        ("format", Some(argument)) => (spec.format, spec.lossless) = format(operation, argument)?,
        ("jpegquality", Some(quality)) => spec.jpeg_quality = Some(operation.quality(quality, "jpegquality-0..100")?),
        ("webpquality", Some(quality)) => spec.webp_quality = Some(operation.quality(quality, "webpquality-0..100")?),
        ("avifquality", Some(quality)) => spec.avif_quality = Some(operation.quality(quality, "avifquality-0..100")?),
        ("bgcolor", Some(color)) => spec.background = Some(background(operation, color)?),
        (name, _) => return Err(without_argument(operation, name)),
    }
    Ok(())
}

/// The error for a name that is unknown, or known but written without what it needs.
fn without_argument(operation: Operation<'_>, name: &str) -> FilterError {
    match name {
        "original" => operation.shape("original"),
        "preserve" => operation.shape("preserve-svg"),
        "webp" => operation.shape("webp-lossless"),
        "fill" => operation.shape(FILL),
        "min" => operation.shape("min-WIDTHxHEIGHT"),
        "max" => operation.shape("max-WIDTHxHEIGHT"),
        "width" => operation.shape("width-PIXELS"),
        "height" => operation.shape("height-PIXELS"),
        "scale" => operation.shape("scale-PERCENT"),
        "format" => operation.shape(FORMAT),
        "jpegquality" => operation.shape("jpegquality-0..100"),
        "webpquality" => operation.shape("webpquality-0..100"),
        "avifquality" => operation.shape("avifquality-0..100"),
        "bgcolor" => operation.shape("bgcolor-RRGGBB"),
        _ => FilterError::Unknown { operation: operation.text.to_owned(), name: name.to_owned() },
    }
}

const FILL: &str = "fill-WIDTHxHEIGHT or fill-WIDTHxHEIGHT-cPERCENT";
const FORMAT: &str = "format-NAME or format-webp-lossless";

fn fill(operation: Operation<'_>, argument: &str) -> Result<Transform, FilterError> {
    let (size, closeness) = match argument.split_once('-') {
        Some((size, closeness)) => (size, Some(closeness)),
        None => (argument, None),
    };
    let size = operation.size(size, FILL)?;
    let closeness_percent = match closeness {
        None => 0,
        Some(text) => {
            let percent = text.strip_prefix('c').ok_or_else(|| operation.shape(FILL))?;
            // Above 100 means 100, as in Wagtail.
            u8::try_from(operation.number(percent, FILL)?.min(100)).unwrap_or(100)
        }
    };
    Ok(Transform::Fill { size, closeness_percent })
}

fn scale(operation: Operation<'_>, text: &str) -> Result<Transform, FilterError> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let percent: f64 = text.parse().ok().filter(|_| plain).ok_or_else(|| operation.shape("scale-PERCENT"))?;
    if percent > 0.0 && percent <= f64::from(MAX_PERCENT) {
        return Ok(Transform::Scale { percent });
    }
    Err(FilterError::Percent { operation: operation.text.to_owned(), percent: text.to_owned(), limit: MAX_PERCENT })
}

fn format(operation: Operation<'_>, argument: &str) -> Result<(Option<Format>, bool), FilterError> {
    let (name, option) = match argument.split_once('-') {
        Some((name, option)) => (name, Some(option)),
        None => (argument, None),
    };
    let Some(format) = Format::from_name(name) else {
        return Err(FilterError::Format { operation: operation.text.to_owned(), name: name.to_owned() });
    };
    match option {
        None => Ok((Some(format), false)),
        Some("lossless") if format == Format::WebP => Ok((Some(format), true)),
        Some("lossless") => Err(FilterError::Lossless { operation: operation.text.to_owned(), format }),
        Some(_) => Err(operation.shape(FORMAT)),
    }
}

/// Three or six hexadecimal digits, as in CSS.
fn background(operation: Operation<'_>, text: &str) -> Result<[u8; 3], FilterError> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    match digits.as_deref() {
        Some(&[red, green, blue]) => Ok([red * 17, green * 17, blue * 17]),
        Some(&[r1, r0, g1, g0, b1, b0]) => Ok([r1 * 16 + r0, g1 * 16 + g0, b1 * 16 + b0]),
        _ => Err(operation.shape("bgcolor-RRGGBB")),
    }
}

/// An operation as it was written, for its errors.
#[derive(Clone, Copy)]
struct Operation<'t> {
    text: &'t str,
}

impl Operation<'_> {
    fn shape(self, shape: &'static str) -> FilterError {
        FilterError::Shape { operation: self.text.to_owned(), shape }
    }

    fn number(self, text: &str, shape: &'static str) -> Result<u64, FilterError> {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        // More digits than fit are a number above every limit.
        if digits { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(self.shape(shape)) }
    }

    fn pixels(self, text: &str, shape: &'static str) -> Result<u32, FilterError> {
        let pixels = self.number(text, shape)?;
        let fits = u32::try_from(pixels).ok().filter(|pixels| (1..=MAX_SIDE_PX).contains(pixels));
        fits.ok_or_else(|| FilterError::Pixels { operation: self.text.to_owned(), pixels })
    }

    fn size(self, text: &str, shape: &'static str) -> Result<Size, FilterError> {
        let (width, height) = text.split_once('x').ok_or_else(|| self.shape(shape))?;
        Ok(Size::new(self.pixels(width, shape)?, self.pixels(height, shape)?))
    }

    fn quality(self, text: &str, shape: &'static str) -> Result<u8, FilterError> {
        let quality = self.number(text, shape)?;
        let fits = u8::try_from(quality).ok().filter(|quality| *quality <= 100);
        fits.ok_or_else(|| FilterError::Quality { operation: self.text.to_owned(), quality })
    }
}
