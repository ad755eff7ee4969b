//! The gate for uploads: what a file is, decided from its structure before any pixel is decoded.

use image::metadata::Orientation;

use super::decode;
use super::format::{Format, Size};
use super::limits::Limits;
use super::refused::Refused;
use super::scan::{self, Keep, Scan};

/// Facts of an image file, for its row in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    pub format: Format,
    /// As a viewer sees it: EXIF orientation applied.
    pub size: Size,
    /// 1 for a still image.
    pub frames: u32,
    /// Whether it may have transparent pixels.
    pub has_alpha: bool,
    /// Estimated bytes of memory that decoding takes, within a third of what was measured, without the result's own;
    /// callers weigh how many run at once by it.
    pub memory_bytes: u64,
}

/// Checks an upload and says what it is. `name` is the client's file name; only its extension counts.
///
/// What passes is one image of an allowed format and nothing else: magic bytes, extension and decoder agree, it is
/// whole, and nothing follows it. Metadata may still be in it: store what [`strip`] returns.
///
/// # Errors
/// [`Refused`], in words for the person who uploads.
pub fn inspect(bytes: &[u8], name: &str, limits: &Limits) -> Result<ImageInfo, Refused> {
    let scan = check(bytes, Some(name), limits)?;
    if let Some(found) = active_content(bytes) {
        return Err(Refused::ActiveContent { found });
    }
    decode::check_header(&scan, bytes, limits)?;
    Ok(ImageInfo {
        format: scan.format,
        size: scan.size(),
        frames: scan.frames,
        has_alpha: scan.has_alpha,
        memory_bytes: scan.memory_bytes,
    })
}

/// The image without metadata (EXIF with its places and serial numbers, XMP, IPTC, comments, thumbnails) and without
/// anything behind its end. The pixels stay as they are coded, the colour profile stays; a JPEG keeps its orientation,
/// other formats are coded again upright, without loss where the format can.
///
/// # Errors
/// [`super::RenderError`] when the file does not pass [`inspect`]'s limits or cannot be decoded.
pub fn strip(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, super::RenderError> {
    let scan = check(bytes, None, limits)?;
    if scan.format == Format::Jpeg || scan.orientation == Orientation::NoTransforms {
        return Ok(scan.assemble(bytes, Keep::Appearance));
    }
    super::render::upright(&scan, bytes, limits)
}

/// Size, format, extension and structure. Without a name the extension is not looked at.
pub(super) fn check(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Result<Scan, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    let length = bytes.len() as u64;
    if length > limits.max_bytes {
        return Err(Refused::TooManyBytes { bytes: length, limit: limits.max_bytes });
    }
    let format = sniff(bytes)?;
    if let Some(name) = name {
        check_extension(name, format, limits)?;
    }
    scan::scan(bytes, format, limits)
}

fn check_extension(name: &str, found: Format, limits: &Limits) -> Result<(), Refused> {
    let allowed = || limits.extensions().join(", ");
    let Some((_, extension)) = name.rsplit_once('.').filter(|(_, extension)| !extension.is_empty()) else {
        return Err(Refused::NoExtension { allowed: allowed() });
    };
    // A hostile extension may be long.
    let shown = || extension.chars().take(20).filter(|c| !c.is_control()).collect::<String>();
    match Format::from_extension(extension) {
        Some(said) if said != found => Err(Refused::WrongExtension { extension: shown(), found }),
        Some(said) if limits.formats.contains(&said) => Ok(()),
        _ => Err(Refused::Extension { extension: shown(), allowed: allowed() }),
    }
}

/// The format by its first bytes; a refusal that names the other formats people try.
fn sniff(bytes: &[u8]) -> Result<Format, Refused> {
    let at = |start: usize, magic: &[u8]| bytes.get(start..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if at(0, b"GIF87a") || at(0, b"GIF89a") {
        return Ok(Format::Gif);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Ok(Format::WebP);
    }
    let not = |found, why| Err(Refused::NotAccepted { found, why });
    const CONVERT: &str = "save it as JPEG, PNG or WebP";
    if at(4, b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => Err(scan::NO_AVIF),
            Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => not("HEIC", CONVERT),
            _ => not("a film", "only still and animated images are accepted"),
        };
    }
    if is_svg(bytes) {
        return not("SVG", "it may contain scripts; save it as PNG or WebP");
    }
    for (magic, found) in [
        (&b"II*\0"[..], "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"BM", "BMP"),
        (b"\0\0\x01\0", "an icon"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"8BPS", "a Photoshop document"),
    ] {
        if at(0, magic) {
            return not(found, CONVERT);
        }
    }
    Err(Refused::NotAnImage)
}

/// Markup with `<svg` near its beginning, behind whatever declarations and comments.
fn is_svg(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let head = &start[..start.len().min(4_096)];
    head.starts_with(b"<") && head.windows(4).any(|four| four.eq_ignore_ascii_case(b"<svg"))
}

/// Markup that runs, wherever it stands: no image has it, a file that is two things at once may.
fn active_content(bytes: &[u8]) -> Option<&'static str> {
    const ACTIVE: [&str; 4] = ["<script", "<?php ", "<?php\n", "<iframe"];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        let starts =
            |text: &&str| rest.get(..text.len()).is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()));
        if let Some(found) = ACTIVE.into_iter().find(starts) {
            return Some(found.trim_end());
        }
        rest = &rest[1..];
    }
    None
}
