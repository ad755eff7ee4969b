//! What an upload may be.

use super::format::{Format, Size};
use super::refused::Refused;

/// Limits of uploads, checked from headers before a pixel is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file. Default 10 MiB, as in Wagtail.
    pub max_bytes: u64,
    /// Pixels of all frames together. Default 128 million, as in Wagtail.
    pub max_pixels: u64,
    /// Frames of an animation.
    pub max_frames: u32,
    /// Estimated bytes of memory that decoding takes ([`super::ImageInfo::memory_bytes`]). Default 1 GiB.
    pub max_memory_bytes: u64,
    /// Formats that are accepted. The server cannot decode AVIF, so listing it has no effect.
    pub formats: Vec<Format>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 10 * 1024 * 1024,
            max_pixels: 128_000_000,
            max_frames: 2_000,
            max_memory_bytes: 1024 * 1024 * 1024,
            formats: vec![Format::Jpeg, Format::Png, Format::Gif, Format::WebP],
        }
    }
}

impl Limits {
    pub(super) fn check_pixels(&self, size: Size, frames: u32) -> Result<(), Refused> {
        let pixels = size.pixels().saturating_mul(u64::from(frames.max(1)));
        if pixels > self.max_pixels {
            return Err(Refused::TooManyPixels { size, frames: frames.max(1), pixels, limit: self.max_pixels });
        }
        if frames > self.max_frames {
            return Err(Refused::TooManyFrames { limit: self.max_frames });
        }
        Ok(())
    }

    pub(super) fn check_memory(&self, bytes: u64) -> Result<(), Refused> {
        if bytes > self.max_memory_bytes {
            return Err(Refused::TooMuchMemory { bytes, limit: self.max_memory_bytes });
        }
        Ok(())
    }

    /// The extensions that are accepted, for messages and for `accept` of a file input.
    pub fn extensions(&self) -> Vec<&'static str> {
        let mut extensions = Vec::new();
        for format in &self.formats {
            extensions.push(format.extension());
            if *format == Format::Jpeg {
                extensions.push("jpeg");
            }
        }
        extensions
    }
}
