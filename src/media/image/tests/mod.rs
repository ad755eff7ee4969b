//! The pipeline, whole: files made here go in, what comes out is decoded and looked at.

use std::io::Cursor;

use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder};
use image::{DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};

use super::*;

mod attacks;
mod faces;
mod metadata;
mod renditions;
mod wagtail;

/// A picture whose colour tells the place: red grows to the right, green downwards.
fn picture(width: u32, height: u32) -> DynamicImage {
    let share = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap_or(u8::MAX);
    let pixels = RgbaImage::from_fn(width, height, |x, y| Rgba([share(x, width), share(y, height), 60, u8::MAX]));
    DynamicImage::from(pixels).into_rgb8().into()
}

/// As [`picture`], with a transparent left half.
fn half_transparent(width: u32, height: u32) -> DynamicImage {
    let mut pixels = picture(width, height).into_rgba8();
    for (x, _, pixel) in pixels.enumerate_pixels_mut() {
        pixel.0[3] = if x < width / 2 { 0 } else { u8::MAX };
    }
    pixels.into()
}

fn file(picture: &DynamicImage, format: Format) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let written = match format {
        Format::Jpeg => picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, 95)),
        Format::Png => picture.write_to(&mut out, ImageFormat::Png),
        Format::Gif => picture.write_to(&mut out, ImageFormat::Gif),
        Format::WebP => {
            let pixels = picture.to_rgba8();
            return webp::Encoder::from_rgba(&pixels, picture.width(), picture.height()).encode_lossless().to_vec();
        }
        Format::Avif => panic!("no test reads AVIF"),
    };
    written.expect("written");
    out.into_inner()
}

fn animated_gif(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
    for at in 0..frames {
        let shade = u8::try_from(at % 256).expect("below 256");
        let pixels = RgbaImage::from_pixel(width, height, Rgba([shade, 0, 0, u8::MAX]));
        encoder.encode_frame(Frame::new(pixels)).expect("encoded");
    }
    drop(encoder);
    out
}

fn check(bytes: &[u8], name: &str) -> Result<ImageInfo, Refused> {
    inspect(bytes, name, &Limits::default())
}

fn name_of(format: Format) -> String {
    format!("file.{}", format.extension())
}

fn rendered(bytes: &[u8], spec: &str, focal: Option<FocalPoint>) -> Encoded {
    let spec = FilterSpec::parse(spec).expect("a filter");
    render(bytes, &spec, focal, &Quality::default(), &Limits::default()).expect("rendered")
}

fn decoded(encoded: &Encoded) -> DynamicImage {
    image::load_from_memory(&encoded.bytes).expect("an image")
}

/// Whether two colours look the same after a lossy round.
fn is_near(left: [u8; 4], right: [u8; 4]) -> bool {
    is_within(left, right, 12)
}

fn is_within(left: [u8; 4], right: [u8; 4], off: u8) -> bool {
    left.iter().zip(right).all(|(left, right)| left.abs_diff(right) <= off)
}

/// A segment of a JPEG, behind the start of the image.
fn with_segment(mut jpeg: Vec<u8>, marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("short").to_be_bytes();
    jpeg.splice(2..2, [&[0xff, marker, length[0], length[1]], body].concat());
    jpeg
}

/// EXIF with an orientation, 1 to 8, and nothing else.
fn exif(orientation: u8) -> Vec<u8> {
    let directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    [&b"MM\0\x2a\0\0\0\x08"[..], &directory].concat()
}

/// A chunk of a WebP.
fn webp_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short").to_le_bytes();
    [kind, length.as_slice(), body, &vec![0; body.len() % 2]].concat()
}

/// A WebP of these chunks.
fn webp_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP".to_vec(), chunks.concat()].concat();
    [b"RIFF", u32::try_from(body.len()).expect("short").to_le_bytes().as_slice(), &body].concat()
}
