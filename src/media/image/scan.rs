//! The structure of an image file, read without decoding: sizes, frames, where metadata is and where the file ends.
//!
//! Every walk is bounded by the file's bytes, and refuses too many pixels as soon as it knows their number.

use std::ops::Range;

use image::metadata::Orientation;

use super::format::{Format, Size};
use super::limits::Limits;
use super::refused::Refused;

mod gif;
mod jpeg;
mod png;
mod trailing;
mod webp;

/// What a walk found.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub format: Format,
    /// As stored, before the orientation is applied.
    pub stored: Size,
    pub frames: u32,
    pub has_alpha: bool,
    /// Whether the pixels are coded without loss.
    pub is_lossless: bool,
    pub orientation: Orientation,
    /// Estimated bytes that decoding takes.
    pub memory_bytes: u64,
    /// The colour profile's bytes, in order; compressed in a PNG.
    pub profile: Vec<Range<usize>>,
    parts: Vec<Part>,
}

/// A piece of the file that is not metadata.
#[derive(Clone, Debug)]
struct Part {
    range: Range<usize>,
    is_profile: bool,
}

/// What [`Scan::assemble`] keeps beside the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing: what a decoder needs, and no more for an attacker to play with.
    Pixels,
    /// The colour profile, and the orientation of a JPEG: what a viewer needs.
    Appearance,
}

impl Scan {
    fn new(format: Format) -> Self {
        Self {
            format,
            stored: Size::new(0, 0),
            frames: 0,
            has_alpha: false,
            is_lossless: matches!(format, Format::Png | Format::Gif),
            orientation: Orientation::NoTransforms,
            memory_bytes: 0,
            profile: Vec::new(),
            parts: Vec::new(),
        }
    }

    fn keep(&mut self, range: Range<usize>) {
        self.push(range, false);
    }

    fn keep_profile(&mut self, range: Range<usize>) {
        self.push(range, true);
    }

    fn push(&mut self, range: Range<usize>, is_profile: bool) {
        match self.parts.last_mut() {
            Some(last) if last.range.end == range.start && last.is_profile == is_profile => last.range.end = range.end,
            _ => self.parts.push(Part { range, is_profile }),
        }
    }

    fn orient(&mut self, exif: &[u8]) {
        self.orientation = Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms);
    }

    /// The size as a viewer sees it.
    pub fn size(&self) -> Size {
        if is_quarter_turn(self.orientation) { self.stored.turned() } else { self.stored }
    }

    /// The file without its metadata. Pixels are untouched.
    pub fn assemble(&self, bytes: &[u8], keep: Keep) -> Vec<u8> {
        let kept = self.parts.iter().filter(|part| !part.is_profile || keep == Keep::Appearance);
        let mut out = Vec::with_capacity(kept.clone().map(|part| part.range.len()).sum::<usize>() + 64);
        for part in kept {
            out.extend_from_slice(bytes.get(part.range.clone()).unwrap_or_default());
        }
        match self.format {
            Format::Jpeg if keep == Keep::Appearance => jpeg::insert_orientation(&mut out, self.orientation),
            Format::WebP => webp::repair_header(&mut out, keep == Keep::Appearance && !self.profile.is_empty()),
            _ => {}
        }
        out
    }

    fn truncated(&self) -> Refused {
        Refused::Truncated { format: self.format }
    }

    fn malformed(&self, what: &'static str) -> Refused {
        Refused::Malformed { format: self.format, what }
    }
}

pub(super) fn is_quarter_turn(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Walks through a file of a known format.
pub(super) fn scan(bytes: &[u8], format: Format, limits: &Limits) -> Result<Scan, Refused> {
    let (mut scan, end) = match format {
        Format::Jpeg => jpeg::scan(bytes, limits)?,
        Format::Png => png::scan(bytes, limits)?,
        Format::Gif => gif::scan(bytes, limits)?,
        Format::WebP => webp::scan(bytes, limits)?,
        Format::Avif => return Err(NO_AVIF),
    };
    if scan.has_alpha && format != Format::Gif {
        // Resizing multiplies the colours by alpha, in a copy. A GIF counts as much already.
        scan.memory_bytes += 4 * scan.stored.pixels();
    }
    limits.check_memory(scan.memory_bytes)?;
    trailing::check(bytes, end, format)?;
    Ok(scan)
}

pub(super) const NO_AVIF: Refused = Refused::NotAccepted {
    found: "AVIF",
    why: "the server writes AVIF but has no decoder for it; upload a JPEG, PNG or WebP",
};

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let three = bytes.get(at..at.checked_add(3)?)?;
    Some(u32::from(three[0]) | u32::from(three[1]) << 8 | u32::from(three[2]) << 16)
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
