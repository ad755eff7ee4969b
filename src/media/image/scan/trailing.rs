//! What may stand behind the end of an image: nothing, padding, or what cameras are known to add.

use super::super::format::Format;
use super::super::refused::Refused;

/// The end of a ZIP archive is looked for in so many last bytes: its record and the longest comment.
const ZIP_END_BYTES: usize = 22 + 65_535;

/// Refuses a file that is something else as well. Padding, and in a JPEG the second picture, the Samsung notes or the
/// short film that phones add, are accepted; none of it is kept, since only the image's own parts are stored.
pub(super) fn check(bytes: &[u8], end: usize, format: Format) -> Result<(), Refused> {
    let tail = bytes.get(end..).unwrap_or_default();
    let is_padding = |byte: &u8| matches!(byte, 0 | 0xff | b'\n' | b'\r' | b' ');
    if tail.iter().all(is_padding) || (format == Format::Jpeg && is_from_camera(tail) && foreign(tail).is_none()) {
        return Ok(());
    }
    let kind = foreign(tail).unwrap_or("unknown data");
    Err(Refused::TrailingData { format, bytes: tail.len() as u64, kind })
}

fn is_from_camera(tail: &[u8]) -> bool {
    // A second JPEG (multi-picture format, gain maps), a Samsung trailer, an MP4 (motion photo).
    tail.starts_with(b"\xff\xd8\xff") || tail.ends_with(b"SEFT") || tail.get(4..8) == Some(b"ftyp")
}

/// What the data is when it is another format on purpose.
fn foreign(tail: &[u8]) -> Option<&'static str> {
    let last = tail.len().saturating_sub(ZIP_END_BYTES);
    if tail.starts_with(b"PK\x03\x04") || tail[last..].windows(4).any(|four| four == b"PK\x05\x06") {
        return Some("a ZIP archive");
    }
    let start = tail.trim_ascii_start();
    [
        (&b"%PDF"[..], "a PDF"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"MZ", "a program"),
        (b"\x7fELF", "a program"),
        (b"<", "markup"),
        (b"GIF8", "another image"),
        (b"\x89PNG", "another image"),
        (b"RIFF", "another image"),
    ]
    .into_iter()
    .find(|(magic, _)| start.starts_with(magic))
    .map(|(_, kind)| kind)
}
