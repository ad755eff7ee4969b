//! WebP: the chunks of its RIFF container.

use super::super::format::{Format, Size};
use super::super::limits::Limits;
use super::super::refused::Refused;
use super::{Scan, le16, le24, le32};

/// Place, size, duration and flags of a frame.
const FRAME_HEADER_BYTES: usize = 16;

/// Bits of the flags in VP8X.
const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<(Scan, usize), Refused> {
    let mut scan = Scan::new(Format::WebP);
    let announced = le32(bytes, 4).ok_or_else(|| scan.truncated())? as usize;
    let end = announced.checked_add(8).filter(|end| *end <= bytes.len()).ok_or_else(|| scan.truncated())?;
    scan.keep(0..12);
    let mut at = 12;
    let mut pictures = 0_u32;
    while at < end {
        let kind = bytes.get(at..at + 4).ok_or_else(|| scan.truncated())?;
        let length = le32(bytes, at + 4).ok_or_else(|| scan.truncated())? as usize;
        let next = (at + 8).checked_add(length).ok_or_else(|| scan.truncated())?;
        let body = bytes.get(at + 8..next.min(end)).filter(|body| body.len() == length);
        let body = body.ok_or_else(|| scan.truncated())?;
        // Chunks are padded to an even length; some encoders leave the last one short.
        let next = (next + length % 2).min(end);
        match kind {
            b"VP8X" => extended(&mut scan, at, body, limits)?,
            b"VP8 " | b"VP8L" => {
                pictures += 1;
                let size = if kind == b"VP8L" { lossless(&mut scan, body) } else { lossy(body) };
                picture(&mut scan, size, limits)?;
            }
            b"ANMF" => {
                pictures += 1;
                scan.frames += 1;
                limits.check_pixels(scan.stored, scan.frames)?;
                animation_frame(&mut scan, body)?;
            }
            b"ICCP" => scan.profile.push(at + 8..at + 8 + length),
            b"EXIF" => scan.orient(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
            _ => {}
        }
        match kind {
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => scan.keep(at..next),
            b"ICCP" => scan.keep_profile(at..next),
            _ => {}
        }
        at = next;
    }
    if pictures == 0 || scan.stored.pixels() == 0 {
        return Err(scan.malformed("it has no picture"));
    }
    scan.frames = scan.frames.max(1);
    // The planes of the codec, the canvas, and for an animation a frame of its own.
    let per_pixel = if scan.frames > 1 { 16 } else { 8 };
    scan.memory_bytes = scan.stored.pixels() * per_pixel;
    Ok((scan, end))
}

fn extended(scan: &mut Scan, at: usize, body: &[u8], limits: &Limits) -> Result<(), Refused> {
    let (Some(&flags), Some(width), Some(height)) = (body.first(), le24(body, 4), le24(body, 7)) else {
        return Err(scan.truncated());
    };
    if at != 12 {
        return Err(scan.malformed("its header is not its first chunk"));
    }
    scan.stored = Size::new(width + 1, height + 1);
    scan.has_alpha = flags & HAS_ALPHA != 0;
    limits.check_pixels(scan.stored, 1)
}

/// The size in the picture must be the canvas, where there is one.
fn picture(scan: &mut Scan, size: Option<Size>, limits: &Limits) -> Result<(), Refused> {
    let size = size.ok_or_else(|| scan.malformed("the header of its picture"))?;
    if size.pixels() == 0 {
        return Err(scan.malformed("its size is 0"));
    }
    if scan.stored.pixels() > 0 && scan.stored != size {
        return Err(scan.malformed("its picture has another size than its canvas"));
    }
    scan.stored = size;
    limits.check_pixels(size, 1)
}

fn lossy(body: &[u8]) -> Option<Size> {
    let starts = body.get(3..6)? == b"\x9d\x01\x2a";
    let size = Size::new(u32::from(le16(body, 6)? & 0x3fff), u32::from(le16(body, 8)? & 0x3fff));
    starts.then_some(size)
}

fn lossless(scan: &mut Scan, body: &[u8]) -> Option<Size> {
    let bits = le32(body, 1).filter(|_| body.first() == Some(&0x2f))?;
    scan.has_alpha |= bits >> 28 & 1 == 1;
    scan.is_lossless = true;
    Some(Size::new((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// A frame and the picture in it. The decoder trusts the picture's own size for its memory before it compares.
fn animation_frame(scan: &mut Scan, body: &[u8]) -> Result<(), Refused> {
    let numbers = [le24(body, 0), le24(body, 3), le24(body, 6), le24(body, 9)];
    let [Some(x), Some(y), Some(width), Some(height)] = numbers else {
        return Err(scan.truncated());
    };
    // Offsets are in steps of two pixels, sizes less one.
    let frame = Size::new(width + 1, height + 1);
    if 2 * x + frame.width > scan.stored.width || 2 * y + frame.height > scan.stored.height {
        return Err(scan.malformed("a frame lies outside of its canvas"));
    }
    let mut pictures = 0;
    let mut at = FRAME_HEADER_BYTES;
    while let (Some(kind), Some(length)) = (body.get(at..at + 4), le32(body, at + 4)) {
        let start = at + 8;
        let next = start.checked_add(length as usize).ok_or_else(|| scan.truncated())?;
        let inner = body.get(start..next).ok_or_else(|| scan.truncated())?;
        let size = match kind {
            b"VP8 " => lossy(inner),
            b"VP8L" => lossless(scan, inner),
            _ => Some(frame),
        };
        if size != Some(frame) {
            return Err(scan.malformed("a frame has another size than its picture"));
        }
        pictures += u32::from(kind.starts_with(b"VP8"));
        at = next + length as usize % 2;
    }
    if pictures == 1 { Ok(()) } else { Err(scan.malformed("a frame is not one picture")) }
}

/// Makes the header true again after chunks went: the length, and which chunks there are.
pub(super) fn repair_header(stripped: &mut [u8], has_profile: bool) {
    let length = u32::try_from(stripped.len().saturating_sub(8)).unwrap_or(u32::MAX);
    if let Some(field) = stripped.get_mut(4..8) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    if stripped.get(12..16) == Some(b"VP8X")
        && let Some(flags) = stripped.get_mut(20)
    {
        *flags &= !(HAS_EXIF | HAS_XMP | HAS_PROFILE);
        if has_profile {
            *flags |= HAS_PROFILE;
        }
    }
}
