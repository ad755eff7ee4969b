//! Writing images: one function a format, qualities from the filter or the site.

use std::io::Cursor;

use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder};
use image::{DynamicImage, ImageEncoder};

use super::filter::FilterSpec;
use super::format::{Format, Size};
use super::render::{Quality, RenderError};

/// How to write, 0 to 100 where it is a quality.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    quality: u8,
    lossless: bool,
    speed: u8,
}

impl How {
    pub fn new(spec: &FilterSpec, format: Format, quality: &Quality) -> Self {
        let default = match format {
            Format::WebP => quality.webp,
            Format::Avif => quality.avif,
            Format::Jpeg | Format::Png | Format::Gif => quality.jpeg,
        };
        Self {
            quality: spec.quality(format).unwrap_or(default).min(100),
            lossless: spec.is_lossless(),
            speed: quality.avif_speed.clamp(1, 10),
        }
    }

    /// For an original that has to be written again.
    pub fn faithful(lossless: bool) -> Self {
        Self { quality: 95, lossless, speed: 6 }
    }
}

/// Refuses what the format cannot express, before the work.
pub(super) fn check_size(format: Format, size: Size) -> Result<(), RenderError> {
    let longest = match format {
        Format::WebP => 16_383,
        Format::Jpeg | Format::Gif | Format::Avif => 65_535,
        Format::Png => u32::MAX,
    };
    if size.width.max(size.height) > longest { Err(RenderError::TooLargeFor { format, size }) } else { Ok(()) }
}

pub(super) fn encode(picture: &DynamicImage, format: Format, how: How) -> Result<Vec<u8>, RenderError> {
    match format {
        Format::Jpeg => jpeg(picture, how),
        Format::Png => png(picture),
        Format::Gif => gif(picture),
        Format::WebP => webp(picture, how),
        Format::Avif => avif(picture, how),
    }
}

fn failed(format: Format, reason: impl ToString) -> RenderError {
    RenderError::Encode { format, reason: reason.to_string() }
}

fn jpeg(picture: &DynamicImage, how: How) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    // The encoder knows no quality 0.
    let encoder = JpegEncoder::new_with_quality(&mut out, how.quality.max(1));
    let written = match picture {
        DynamicImage::ImageLuma8(pixels) => pixels.write_with_encoder(encoder),
        DynamicImage::ImageRgb8(pixels) => pixels.write_with_encoder(encoder),
        other => other.to_rgb8().write_with_encoder(encoder),
    };
    written.map_err(|error| failed(Format::Jpeg, error))?;
    Ok(out)
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    let encoder = PngEncoder::new(&mut out);
    let color = picture.color().into();
    encoder
        .write_image(picture.as_bytes(), picture.width(), picture.height(), color)
        .map_err(|error| failed(Format::Png, error))?;
    Ok(out)
}

fn gif(picture: &DynamicImage) -> Result<Vec<u8>, RenderError> {
    /// Of the palette's search, 1 (best) to 30; the library's own default for photographs.
    const SPEED: i32 = 10;
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(Cursor::new(&mut out), SPEED);
    encoder.encode_frame(image::Frame::new(picture.to_rgba8())).map_err(|error| failed(Format::Gif, error))?;
    drop(encoder);
    Ok(out)
}

fn webp(picture: &DynamicImage, how: How) -> Result<Vec<u8>, RenderError> {
    let mut config = webp::WebPConfig::new().map_err(|()| failed(Format::WebP, "the library has another version"))?;
    config.lossless = i32::from(how.lossless);
    // Without loss the number is an effort, and 75 is libwebp's own.
    config.quality = if how.lossless { 75.0 } else { f32::from(how.quality) };
    let (width, height) = (picture.width(), picture.height());
    let encoded = if picture.color().has_alpha() {
        webp::Encoder::from_rgba(&picture.to_rgba8(), width, height).encode_advanced(&config)
    } else {
        webp::Encoder::from_rgb(&picture.to_rgb8(), width, height).encode_advanced(&config)
    };
    Ok(encoded.map_err(|error| failed(Format::WebP, format!("{error:?}")))?.to_vec())
}

fn avif(picture: &DynamicImage, how: How) -> Result<Vec<u8>, RenderError> {
    let encoder = ravif::Encoder::new()
        // The encoder knows no quality 0.
        .with_quality(f32::from(how.quality.max(1)))
        .with_alpha_quality(f32::from(how.quality.max(1)))
        .with_speed(how.speed)
        .with_num_threads(Some(1));
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // Opaque pictures too: the encoder leaves the alpha channel out. Its function for RGB is inlined into this crate,
    // with all of AV1 behind it, and a development build would not optimize it.
    let pixels: Vec<_> = picture.to_rgba8().pixels().map(|p| ravif::RGBA8::new(p[0], p[1], p[2], p[3])).collect();
    let encoded = encoder.encode_rgba(ravif::Img::new(&pixels, width, height));
    Ok(encoded.map_err(|error| failed(Format::Avif, error))?.avif_file)
}
