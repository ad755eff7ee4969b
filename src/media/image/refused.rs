//! Why an upload is not accepted, said to the person who sent it.

use super::format::{Format, Size};

/// A refusal, with the limit and the value that broke it. Its text is fit for the person who uploads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {}, more than the {} allowed", megabytes(*bytes), megabytes(*limit))]
    TooManyBytes { bytes: u64, limit: u64 },
    #[error("the name has no extension; allowed are {allowed}")]
    NoExtension { allowed: String },
    #[error("the extension .{extension} is not allowed; allowed are {allowed}")]
    Extension { extension: String, allowed: String },
    #[error("the extension .{extension} does not match the content, which is {found}")]
    WrongExtension { extension: String, found: Format },
    #[error("the content is {found}: {why}")]
    NotAccepted { found: &'static str, why: &'static str },
    #[error("the content is not an image that is known here")]
    NotAnImage,
    #[error("{size} pixels in {frames} frame(s) make {pixels} pixels, more than the {limit} allowed")]
    TooManyPixels { size: Size, frames: u32, pixels: u64, limit: u64 },
    #[error("the animation has more than the {limit} frames allowed")]
    TooManyFrames { limit: u32 },
    #[error("decoding takes {} of memory, more than the {} allowed", megabytes(*bytes), megabytes(*limit))]
    TooMuchMemory { bytes: u64, limit: u64 },
    #[error("the {format} file ends in the middle of its data")]
    Truncated { format: Format },
    #[error("the {format} file is damaged: {what}")]
    Malformed { format: Format, what: &'static str },
    #[error(
        "after the end of the {format} image come {bytes} bytes of {kind}; a file must be one image and nothing else"
    )]
    TrailingData { format: Format, bytes: u64, kind: &'static str },
    #[error("the file contains {found:?}, which could run in a browser")]
    ActiveContent { found: &'static str },
    #[error("the {format} file cannot be decoded: {reason}")]
    Undecodable { format: Format, reason: String },
}

impl Refused {
    /// A word of a closed set, for a label or an API: what kind of refusal this is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Refused::Empty | Refused::Truncated { .. } | Refused::Malformed { .. } | Refused::Undecodable { .. } => {
                "damaged"
            }
            Refused::TooManyBytes { .. } => "bytes",
            Refused::NoExtension { .. } | Refused::Extension { .. } | Refused::WrongExtension { .. } => "extension",
            Refused::NotAccepted { .. } | Refused::NotAnImage => "format",
            Refused::TooManyPixels { .. } | Refused::TooManyFrames { .. } => "pixels",
            Refused::TooMuchMemory { .. } => "memory",
            Refused::TrailingData { .. } | Refused::ActiveContent { .. } => "polyglot",
        }
    }
}

/// With one decimal; a megabyte of 1024 x 1024 bytes, as file managers and Django count.
fn megabytes(bytes: u64) -> String {
    let tenths = (u128::from(bytes) * 10).div_ceil(1024 * 1024);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
