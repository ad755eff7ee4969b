//! PNG: chunks, up to IEND.

use super::super::format::{Format, Size};
use super::super::limits::Limits;
use super::super::refused::Refused;
use super::{Scan, be32};

/// Length, type and checksum of a chunk.
const FRAME_BYTES: usize = 12;

/// Beyond this a compressed colour profile is taken for an attack and left out.
const MAX_PROFILE_BYTES: usize = 1024 * 1024;

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<(Scan, usize), Refused> {
    let mut scan = Scan::new(Format::Png);
    scan.keep(0..8);
    let mut at = 8;
    let (mut data_bytes, mut frame_headers) = (0_u64, 0_u32);
    loop {
        let length = be32(bytes, at).ok_or_else(|| scan.truncated())? as usize;
        let kind = bytes.get(at + 4..at + 8).ok_or_else(|| scan.truncated())?;
        let body_at = at + 8;
        let end = at.checked_add(FRAME_BYTES).and_then(|at| at.checked_add(length)).ok_or_else(|| scan.truncated())?;
        if (at == 8) != (kind == b"IHDR") {
            return Err(scan.malformed("its header is not its first chunk"));
        }
        // The size is checked before the file must be whole, so that a bomb is called one.
        if kind == b"IHDR" {
            let body = bytes.get(body_at..body_at + 13).ok_or_else(|| scan.truncated())?;
            header(&mut scan, body, limits)?;
        }
        let body = bytes.get(body_at..body_at + length).ok_or_else(|| scan.truncated())?;
        if bytes.len() < end {
            return Err(scan.truncated());
        }
        match kind {
            b"IDAT" => data_bytes += length as u64,
            b"acTL" => animation(&mut scan, be32(body, 0).unwrap_or(0), limits)?,
            b"fcTL" => {
                frame_headers += 1;
                limits.check_pixels(scan.stored, frame_headers)?;
            }
            b"tRNS" => scan.has_alpha = true,
            b"eXIf" => scan.orient(body),
            b"iCCP" if scan.profile.is_empty() && length <= MAX_PROFILE_BYTES => {
                // A name, its end, the method of compression, then the compressed profile.
                let name = body.iter().position(|byte| *byte == 0).unwrap_or(length);
                scan.profile.push((body_at + name + 2).min(body_at + length)..body_at + length);
                scan.keep_profile(at..end);
            }
            _ => {}
        }
        if is_kept(kind) {
            scan.keep(at..end);
        } else if kind[0].is_ascii_uppercase() {
            return Err(scan.malformed("it has a chunk that no reader knows"));
        }
        at = end;
        if kind == b"IEND" {
            break;
        }
    }
    if data_bytes == 0 {
        return Err(scan.malformed("it has no picture"));
    }
    scan.frames = scan.frames.max(frame_headers).max(1);
    Ok((scan, at))
}

/// Chunks that change how the image looks, its colour profile apart.
fn is_kept(kind: &[u8]) -> bool {
    [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"acTL", b"fcTL",
        b"fdAT",
    ]
    .iter()
    .any(|kept| *kept == kind)
}

fn header(scan: &mut Scan, body: &[u8], limits: &Limits) -> Result<(), Refused> {
    let (Some(width), Some(height)) = (be32(body, 0), be32(body, 4)) else {
        return Err(scan.truncated());
    };
    let (depth, color) = (body[8], body[9]);
    if width == 0 || height == 0 {
        return Err(scan.malformed("its size is 0"));
    }
    scan.stored = Size::new(width, height);
    limits.check_pixels(scan.stored, 1)?;
    // Samples as they are decoded: a palette becomes RGBA.
    let samples = match color {
        0 => 1,
        2 => 3,
        4 => 2,
        3 | 6 => 4,
        _ => return Err(scan.malformed("its colour type is unknown")),
    };
    scan.has_alpha = matches!(color, 4 | 6);
    // Sixteen bits are decoded as such and then halved.
    let per_sample = if depth == 16 { 3 } else { 1 };
    scan.memory_bytes = scan.stored.pixels() * samples * per_sample;
    Ok(())
}

fn animation(scan: &mut Scan, frames: u32, limits: &Limits) -> Result<(), Refused> {
    limits.check_pixels(scan.stored, frames)?;
    scan.frames = frames;
    Ok(())
}
