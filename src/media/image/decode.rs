//! Pixels of an image file, as the decoders give them: within limits, 8 bits a sample, not yet upright.

use std::io::{Cursor, Read};

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{DynamicImage, ImageDecoder, ImageError};

use super::format::{Format, Size};
use super::limits::Limits;
use super::refused::Refused;
use super::scan::{Keep, Scan};

/// Uncompressed bytes of a colour profile that are read; real ones have up to two megabytes.
const MAX_PROFILE_BYTES: u64 = 4 * 1024 * 1024;

/// Opens the decoder, which reads its headers and must see the size that the scan saw.
pub(super) fn check_header(scan: &Scan, bytes: &[u8], limits: &Limits) -> Result<(), Refused> {
    open(scan, bytes, limits).map(|_| ())
}

/// The first frame.
pub(super) fn decode(scan: &Scan, bytes: &[u8], limits: &Limits) -> Result<DynamicImage, Refused> {
    let decoder = open(scan, bytes, limits)?;
    let image = DynamicImage::from_decoder(decoder).map_err(|error| undecodable(scan.format, &error))?;
    Ok(match image {
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        DynamicImage::ImageLumaA16(_) => image.into_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => image.into_rgb8().into(),
        DynamicImage::ImageRgba16(_) | DynamicImage::ImageRgba32F(_) => image.into_rgba8().into(),
        other => other,
    })
}

/// The embedded colour profile.
pub(super) fn profile(scan: &Scan, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stored = Vec::new();
    for range in &scan.profile {
        stored.extend_from_slice(bytes.get(range.clone())?);
    }
    if stored.is_empty() || stored.len() as u64 > MAX_PROFILE_BYTES {
        return None;
    }
    if scan.format != Format::Png {
        return Some(stored);
    }
    let mut inflated = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(stored.as_slice()).take(MAX_PROFILE_BYTES);
    reader.read_to_end(&mut inflated).ok()?;
    Some(inflated)
}

fn open(scan: &Scan, bytes: &[u8], limits: &Limits) -> Result<Box<dyn ImageDecoder>, Refused> {
    let refuse = |error: ImageError| undecodable(scan.format, &error);
    let input = Cursor::new(scan.assemble(bytes, Keep::Pixels));
    let mut allowed = image::Limits::no_limits();
    allowed.max_alloc = Some(limits.max_memory_bytes);
    allowed.max_image_width = Some(scan.stored.width);
    allowed.max_image_height = Some(scan.stored.height);
    let mut decoder: Box<dyn ImageDecoder> = match scan.format {
        Format::Jpeg => Box::new(JpegDecoder::new(input).map_err(refuse)?),
        Format::Png => Box::new(PngDecoder::with_limits(input, allowed.clone()).map_err(refuse)?),
        Format::Gif => Box::new(GifDecoder::new(input).map_err(refuse)?),
        Format::WebP => Box::new(WebPDecoder::new(input).map_err(refuse)?),
        Format::Avif => return Err(super::scan::NO_AVIF),
    };
    decoder.set_limits(allowed).map_err(refuse)?;
    let (width, height) = decoder.dimensions();
    if Size::new(width, height) != scan.stored {
        return Err(Refused::Malformed { format: scan.format, what: "it has two sizes" });
    }
    Ok(decoder)
}

fn undecodable(format: Format, error: &ImageError) -> Refused {
    Refused::Undecodable { format, reason: error.to_string() }
}
