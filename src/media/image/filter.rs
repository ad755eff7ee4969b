//! Filter specs, as Wagtail writes them: `fill-800x450-c50|format-webp|webpquality-70`.
//!
//! Operations are joined with `|`. Those that change the geometry run in their order, on one resampling; the others say
//! how the result is written, and the last of a kind counts. The canonical text ([`std::fmt::Display`]) is the key of a
//! rendition in the database and in its URL.

use std::fmt;

use super::focal::FocalPoint;
use super::format::{Format, Size};
use super::geometry::Plan;

pub use error::FilterError;

mod braces;
mod error;
mod parse;
#[cfg(test)]
mod tests;

pub use braces::{MAX_EXPANSIONS, expand_braces};
pub use parse::{MAX_LENGTH, MAX_OPERATIONS};

/// One operation on the geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transform {
    /// Crop and shrink to exactly this ratio, around the focal point; never enlarged.
    Fill {
        size: Size,
        closeness_percent: u8,
    },
    /// Shrunk to cover this box.
    Min(Size),
    /// Shrunk to fit in this box.
    Max(Size),
    Width(u32),
    Height(u32),
    /// The one operation that may enlarge, up to [`super::MAX_SIDE_PX`].
    Scale {
        percent: f64,
    },
}

/// A parsed filter spec. Two specs that make the same picture of every source are equal and have one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterSpec {
    transforms: Vec<Transform>,
    format: Option<Format>,
    lossless: bool,
    jpeg_quality: Option<u8>,
    webp_quality: Option<u8>,
    avif_quality: Option<u8>,
    background: Option<[u8; 3]>,
}

/// What a rendition is made from: the facts of an image's row, no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Upright, as [`super::ImageInfo::size`].
    pub size: Size,
    pub format: Format,
}

/// What a rendition will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    pub width: u32,
    pub height: u32,
    pub format: Format,
}

impl FilterSpec {
    /// The spec that takes the image as it is.
    pub fn original() -> Self {
        Self::default()
    }

    /// Parses one spec without braces.
    ///
    /// # Errors
    /// [`FilterError`] names the operation that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::spec(text)
    }

    /// Parses a spec with braces into the specs it stands for, in their order: `width-{400,800}`.
    ///
    /// # Errors
    /// As [`FilterSpec::parse`], and for braces that do not close or stand for more than [`MAX_EXPANSIONS`] specs.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, FilterError> {
        expand_braces(text)?.iter().map(|spec| Self::parse(spec)).collect()
    }

    /// Whether the result has the pixels of the source, in its format: [`super::render`] then only takes the metadata
    /// out, and an animation stays one.
    pub fn is_original(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the result depends on the focal point, as it does for `fill` alone: a rendition's key needs it then.
    pub fn uses_focal_point(&self) -> bool {
        self.transforms.iter().any(|transform| matches!(transform, Transform::Fill { .. }))
    }

    /// The format asked for by `format-…`.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Size and format of the result, by arithmetic alone. A GIF becomes a PNG unless the spec says otherwise, as in
    /// Wagtail; `original` keeps the format.
    pub fn output(&self, source: Source, focal: Option<FocalPoint>) -> Output {
        let size = self.plan(source.size, focal).size();
        let format = self.format.unwrap_or(match source.format {
            Format::Gif if !self.is_original() => Format::Png,
            other => other,
        });
        Output { width: size.width, height: size.height, format }
    }

    /// The CSS rule that keeps the focal point in view where the result is a background of another ratio, as Wagtail's
    /// `background_position_style`.
    pub fn background_position_style(&self, source: Size, focal: Option<FocalPoint>) -> String {
        let Some(focal) = focal else {
            return "background-position: 50% 50%;".to_owned();
        };
        let plan = self.plan(source, Some(focal));
        let (x, y) = plan.place(focal.rect());
        let percent = |place: f64, side: u32| (place * 100.0 / f64::from(side)).floor() as i64;
        let (across, down) = (percent(x, plan.size().width), percent(y, plan.size().height));
        format!("background-position: {across}% {down}%;")
    }

    /// The canonical text in one segment of a URL's path: `~` for `|`, since a `|` would have to be escaped.
    pub fn to_path_segment(&self) -> String {
        self.to_string().replace('|', "~")
    }

    /// The inverse of [`FilterSpec::to_path_segment`]; a `|` is understood as well.
    ///
    /// # Errors
    /// As [`FilterSpec::parse`].
    pub fn from_path_segment(segment: &str) -> Result<Self, FilterError> {
        Self::parse(&segment.replace('~', "|"))
    }

    pub(super) fn plan(&self, source: Size, focal: Option<FocalPoint>) -> Plan {
        Plan::new(source, focal, &self.transforms)
    }

    pub(super) fn is_lossless(&self) -> bool {
        self.lossless
    }

    /// The quality that the spec asks for in `format`, 0 to 100.
    pub(super) fn quality(&self, format: Format) -> Option<u8> {
        match format {
            Format::Jpeg => self.jpeg_quality,
            Format::WebP => self.webp_quality,
            Format::Avif => self.avif_quality,
            Format::Png | Format::Gif => None,
        }
    }

    pub(super) fn background(&self) -> Option<[u8; 3]> {
        self.background
    }
}

impl fmt::Display for FilterSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_original() {
            return f.write_str("original");
        }
        let mut separator = "";
        let mut write = |operation: fmt::Arguments<'_>| {
            let written = write!(f, "{separator}{operation}");
            separator = "|";
            written
        };
        for transform in &self.transforms {
            write(format_args!("{transform}"))?;
        }
        if let Some([red, green, blue]) = self.background {
            write(format_args!("bgcolor-{red:02x}{green:02x}{blue:02x}"))?;
        }
        if let Some(format) = self.format {
            let lossless = if self.lossless { "-lossless" } else { "" };
            write(format_args!("format-{}{lossless}", format.as_str()))?;
        }
        for (name, quality) in [("jpeg", self.jpeg_quality), ("webp", self.webp_quality), ("avif", self.avif_quality)] {
            if let Some(quality) = quality {
                write(format_args!("{name}quality-{quality}"))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transform::Fill { size, closeness_percent: 0 } => write!(f, "fill-{}x{}", size.width, size.height),
            Transform::Fill { size, closeness_percent } => {
                write!(f, "fill-{}x{}-c{closeness_percent}", size.width, size.height)
            }
            Transform::Min(size) => write!(f, "min-{}x{}", size.width, size.height),
            Transform::Max(size) => write!(f, "max-{}x{}", size.width, size.height),
            Transform::Width(width) => write!(f, "width-{width}"),
            Transform::Height(height) => write!(f, "height-{height}"),
            Transform::Scale { percent } => write!(f, "scale-{percent}"),
        }
    }
}
