//! JPEG: segments, up to the end of the image.

use image::metadata::Orientation;

use super::super::format::{Format, Size};
use super::super::limits::Limits;
use super::super::refused::Refused;
use super::{Scan, be16};

/// Scans of a progressive image. Encoders make about ten; each costs a pass over all pixels.
const MAX_SCANS: u32 = 100;

const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// The walk through the segments, and where the image ends.
pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<(Scan, usize), Refused> {
    let mut scan = Scan::new(Format::Jpeg);
    scan.frames = 1;
    scan.keep(0..2);
    let mut at = 2;
    let mut scans = 0;
    loop {
        let start = at;
        if *bytes.get(at).ok_or_else(|| scan.truncated())? != 0xff {
            return Err(scan.malformed("a segment does not begin with a marker"));
        }
        // A marker may be padded with any number of 0xff.
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *bytes.get(at).ok_or_else(|| scan.truncated())?;
        at += 1;
        match marker {
            0xd9 if scans == 0 => return Err(scan.malformed("it has no picture")),
            0xd9 => {
                scan.keep(start..at);
                return Ok((scan, at));
            }
            0x01 | 0xd0..=0xd7 => {
                scan.keep(start..at);
                continue;
            }
            0x00 | 0xd8 => return Err(scan.malformed("a marker is out of place")),
            _ => {}
        }
        let length = usize::from(be16(bytes, at).ok_or_else(|| scan.truncated())?);
        if length < 2 {
            return Err(scan.malformed("a segment has no length"));
        }
        let body = bytes.get(at + 2..at + length).ok_or_else(|| scan.truncated())?;
        let body_at = at + 2;
        at += length;
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                frame(&mut scan, marker, body, limits)?;
                scan.keep(start..at);
            }
            0xda => {
                scans += 1;
                if scan.stored.pixels() == 0 || scans > MAX_SCANS {
                    return Err(scan.malformed("it has scans out of place, or too many"));
                }
                at = after_coded_data(bytes, at).ok_or_else(|| scan.truncated())?;
                scan.keep(start..at);
            }
            0xe1 if body.starts_with(EXIF) => scan.orient(&body[EXIF.len()..]),
            0xe2 if body.starts_with(PROFILE) => {
                // After the name: number of this piece, number of pieces.
                scan.profile.push((body_at + PROFILE.len() + 2).min(at)..at);
                scan.keep_profile(start..at);
            }
            // JFIF's density and Adobe's colour transform change how the image looks.
            0xe0 | 0xee => scan.keep(start..at),
            // All other application data, and comments.
            0xe1..=0xef | 0xfe => {}
            _ => scan.keep(start..at),
        }
    }
}

/// A frame header: size, precision, components.
fn frame(scan: &mut Scan, marker: u8, body: &[u8], limits: &Limits) -> Result<(), Refused> {
    if !matches!(marker, 0xc0..=0xc2) {
        let reason = "only baseline and progressive JPEG are supported".to_owned();
        return Err(Refused::Undecodable { format: Format::Jpeg, reason });
    }
    if scan.stored.pixels() > 0 {
        return Err(scan.malformed("it has two frames"));
    }
    let (Some(height), Some(width), Some(&components)) = (be16(body, 1), be16(body, 3), body.get(5)) else {
        return Err(scan.truncated());
    };
    if width == 0 || height == 0 {
        return Err(scan.malformed("its size is 0"));
    }
    scan.stored = Size::new(u32::from(width), u32::from(height));
    limits.check_pixels(scan.stored, 1)?;
    let components = u64::from(components.clamp(1, 4));
    // The result, and in a progressive image all coefficients of two bytes.
    let per_pixel = if marker == 0xc2 { 3 * components } else { components };
    scan.memory_bytes = scan.stored.pixels() * per_pixel;
    Ok(())
}

/// The next marker that is not part of the coded data, whose 0xff are escaped and whose restarts are markers.
fn after_coded_data(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

/// Exif with the orientation and nothing else, behind the start of the image. Viewers of JPEG all honour it, and the
/// pixels need not be coded again.
pub(super) fn insert_orientation(stripped: &mut Vec<u8>, orientation: Orientation) {
    if orientation == Orientation::NoTransforms || stripped.len() < 2 {
        return;
    }
    let mut segment = vec![0xff, 0xe1, 0, 34];
    segment.extend_from_slice(EXIF);
    segment.extend_from_slice(b"MM\0\x2a\0\0\0\x08");
    // One entry: orientation, a short, once; no further directory.
    segment.extend_from_slice(&[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    stripped.splice(2..2, segment);
}
