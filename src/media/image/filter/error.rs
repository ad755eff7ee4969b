//! What is wrong with a filter spec, said to the author of a template.

use super::super::format::Format;
use super::super::geometry::MAX_SIDE_PX;
use super::{MAX_EXPANSIONS, MAX_LENGTH, MAX_OPERATIONS};

/// Why a text is not a filter spec. Each names the operation as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("the filter is empty; \"original\" takes the image as it is")]
    Empty,
    #[error("the filter has {characters} characters, more than the {MAX_LENGTH} allowed")]
    TooLong { characters: usize },
    #[error("the filter has {operations} operations, more than the {MAX_OPERATIONS} allowed")]
    TooManyOperations { operations: usize },
    #[error(
        "{operation:?}: there is no operation {name:?}; there are original, fill, min, max, width, height, scale, \
         format, jpegquality, webpquality, avifquality, webp-lossless, bgcolor and preserve-svg"
    )]
    Unknown { operation: String, name: String },
    #[error("{operation:?}: should be written as {shape}")]
    Shape { operation: String, shape: &'static str },
    #[error("{operation:?}: {pixels} px is outside of 1 to {MAX_SIDE_PX} px")]
    Pixels { operation: String, pixels: u64 },
    #[error("{operation:?}: {percent} percent is not above 0 and at most {limit}")]
    Percent { operation: String, percent: String, limit: u32 },
    #[error("{operation:?}: quality {quality} is above 100")]
    Quality { operation: String, quality: u64 },
    #[error("{operation:?}: cannot write {name:?}; there are {}", format_names())]
    Format { operation: String, name: String },
    #[error("{operation:?}: {format} has no lossless form here; webp has")]
    Lossless { operation: String, format: Format },
    #[error("{operation:?}: one pair of braces, as in width-{{400,800}}")]
    Braces { operation: String },
    #[error("the braces stand for {expansions} filters, more than the {MAX_EXPANSIONS} allowed")]
    TooManyExpansions { expansions: usize },
}

fn format_names() -> String {
    Format::ALL.map(Format::as_str).join(", ")
}
