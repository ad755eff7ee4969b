//! GIF: blocks, up to the trailer.

use super::super::format::{Format, Size};
use super::super::limits::Limits;
use super::super::refused::Refused;
use super::{Scan, le16};

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<(Scan, usize), Refused> {
    let mut scan = Scan::new(Format::Gif);
    let (Some(width), Some(height), Some(&flags)) = (le16(bytes, 6), le16(bytes, 8), bytes.get(10)) else {
        return Err(scan.truncated());
    };
    if width == 0 || height == 0 {
        return Err(scan.malformed("its size is 0"));
    }
    scan.stored = Size::new(u32::from(width), u32::from(height));
    limits.check_pixels(scan.stored, 1)?;
    let mut at = 13 + color_table_bytes(flags);
    scan.keep(0..at);
    loop {
        let start = at;
        match *bytes.get(at).ok_or_else(|| scan.truncated())? {
            b'!' => {
                let label = *bytes.get(at + 1).ok_or_else(|| scan.truncated())?;
                at = after_sub_blocks(bytes, at + 2).ok_or_else(|| scan.truncated())?;
                if is_kept(label, bytes.get(start + 3..start + 14).unwrap_or_default()) {
                    scan.keep(start..at);
                }
                if label == GRAPHIC_CONTROL && bytes.get(start + 3).is_some_and(|flags| flags & 1 == 1) {
                    scan.has_alpha = true;
                }
            }
            b',' => {
                at = after_image(&mut scan, bytes, at, limits)?;
                scan.keep(start..at);
            }
            b';' => {
                at += 1;
                scan.keep(start..at);
                break;
            }
            // Some encoders end a block twice.
            0 => at += 1,
            _ => return Err(scan.malformed("a block of unknown kind")),
        }
    }
    if scan.frames == 0 {
        return Err(scan.malformed("it has no picture"));
    }
    Ok((scan, at))
}

const GRAPHIC_CONTROL: u8 = 0xf9;

/// Timing, transparency and the number of loops; not comments, texts and other applications' data.
fn is_kept(label: u8, application: &[u8]) -> bool {
    match label {
        GRAPHIC_CONTROL => true,
        0xff => application == b"NETSCAPE2.0" || application == b"ANIMEXTS1.0",
        _ => false,
    }
}

fn color_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// One frame. It may lie outside of the canvas; what it claims counts.
fn after_image(scan: &mut Scan, bytes: &[u8], at: usize, limits: &Limits) -> Result<usize, Refused> {
    let (Some(width), Some(height), Some(&flags)) = (le16(bytes, at + 5), le16(bytes, at + 7), bytes.get(at + 9))
    else {
        return Err(scan.truncated());
    };
    let frame = Size::new(u32::from(width), u32::from(height));
    scan.frames = scan.frames.saturating_add(1);
    limits.check_pixels(frame, 1)?;
    limits.check_pixels(scan.stored, scan.frames)?;
    // The canvas and the frame, both in RGBA.
    scan.memory_bytes = scan.memory_bytes.max(4 * (scan.stored.pixels() + frame.pixels()));
    // Behind the color table comes the size of a code, then the data.
    after_sub_blocks(bytes, at + 10 + color_table_bytes(flags) + 1).ok_or_else(|| scan.truncated())
}

fn after_sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
