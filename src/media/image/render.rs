//! Renditions: decode, take the part, resize once, write.
//!
//! Animations keep their frames under `original` alone; every other filter takes the first. Metadata is never written:
//! the orientation is applied, a colour profile is converted to sRGB.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use super::filter::{FilterSpec, Source, Transform};
use super::focal::FocalPoint;
use super::format::{Format, Size};
use super::geometry::{Plan, Rect};
use super::inspect::check;
use super::limits::Limits;
use super::refused::Refused;
use super::scan::{Keep, Scan, is_quarter_turn};
use super::{color, decode, encode};

/// Qualities where a filter names none, 0 to 100, as Wagtail's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    pub jpeg: u8,
    pub webp: u8,
    pub avif: u8,
    /// Effort of the AVIF encoder: 1 is slow and small, 10 is fast and larger.
    pub avif_speed: u8,
}

impl Default for Quality {
    fn default() -> Self {
        Self { jpeg: 76, webp: 80, avif: 61, avif_speed: 9 }
    }
}

/// A finished rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub width: u32,
    pub height: u32,
}

/// Why a rendition could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{format} cannot be {size} pixels large")]
    TooLargeFor { format: Format, size: Size },
    #[error("writing {format}: {reason}")]
    Encode { format: Format, reason: String },
    #[error("resizing: {reason}")]
    Resize { reason: String },
    #[error("the codec failed on this image: {reason}")]
    Panicked { reason: String },
}

/// Makes the rendition that [`FilterSpec::output`] foretells. Blocks for as long as the codecs take (AVIF: up to
/// seconds) and takes [`super::ImageInfo::memory_bytes`] and some: call it on the blocking pool, a few at a time.
///
/// # Errors
/// [`RenderError`]; also when a codec panics.
pub fn render(
    bytes: &[u8],
    spec: &FilterSpec,
    focal: Option<FocalPoint>,
    quality: &Quality,
    limits: &Limits,
) -> Result<Encoded, RenderError> {
    caught(|| {
        let scan = check(bytes, None, limits)?;
        let source = Source { size: scan.size(), format: scan.format };
        let output = spec.output(source, focal);
        let done = |bytes| Encoded { bytes, format: output.format, width: output.width, height: output.height };
        if spec.is_original() {
            let is_upright = scan.format == Format::Jpeg || scan.orientation == Orientation::NoTransforms;
            let bytes =
                if is_upright { scan.assemble(bytes, Keep::Appearance) } else { upright(&scan, bytes, limits)? };
            return Ok(done(bytes));
        }
        encode::check_size(output.format, Size::new(output.width, output.height))?;
        let decoded = decode::decode(&scan, bytes, limits)?;
        let plan = spec.plan(source.size, focal);
        let mut picture = transform(decoded, scan.orientation, &plan)?;
        color::to_srgb(&mut picture, decode::profile(&scan, bytes).as_deref());
        let picture = flatten(picture, spec.background(), output.format);
        let how = encode::How::new(spec, output.format, quality);
        Ok(done(encode::encode(&picture, output.format, how)?))
    })
}

/// The image of a file whose pixels lie on their side, coded again upright in its format.
pub(super) fn upright(scan: &Scan, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, RenderError> {
    let mut picture = decode::decode(scan, bytes, limits)?;
    picture.apply_orientation(scan.orientation);
    color::to_srgb(&mut picture, decode::profile(scan, bytes).as_deref());
    encode::encode(&picture, scan.format, encode::How::faithful(scan.is_lossless))
}

/// An image upright and opaque, without a side longer than so many pixels.
pub(super) fn reduced(scan: &Scan, bytes: &[u8], limits: &Limits, side: u32) -> Result<DynamicImage, RenderError> {
    let decoded = decode::decode(scan, bytes, limits)?;
    let plan = Plan::new(scan.size(), None, &[Transform::Max(Size::new(side, side))]);
    let picture = transform(decoded, scan.orientation, &plan)?;
    Ok(flatten(picture, None, Format::Jpeg))
}

/// A panic of a codec becomes an error: the codecs hold no state that could be left broken.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let reason = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(RenderError::Panicked { reason })
    })
}

/// Crops and resizes in one step in the stored orientation, then turns the result, which is smaller.
fn transform(decoded: DynamicImage, orientation: Orientation, plan: &Plan) -> Result<DynamicImage, RenderError> {
    let stored = Size::new(decoded.width(), decoded.height());
    let crop = stored_rect(plan.crop(), orientation, stored);
    let size = if is_quarter_turn(orientation) { plan.size().turned() } else { plan.size() };
    let mut picture = resize(decoded, crop, size)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// A rectangle of the upright image where it lies in the stored image.
fn stored_rect(rect: Rect, orientation: Orientation, stored: Size) -> Rect {
    let (width, height) = (f64::from(stored.width), f64::from(stored.height));
    let Rect { left, top, right, bottom } = rect;
    let turned = |left, top, right, bottom| Rect { left, top, right, bottom };
    match orientation {
        Orientation::NoTransforms => rect,
        Orientation::FlipHorizontal => turned(width - right, top, width - left, bottom),
        Orientation::Rotate180 => turned(width - right, height - bottom, width - left, height - top),
        Orientation::FlipVertical => turned(left, height - bottom, right, height - top),
        // Mirrored at a diagonal.
        Orientation::Rotate90FlipH => turned(top, left, bottom, right),
        Orientation::Rotate270FlipH => turned(width - bottom, height - right, width - top, height - left),
        // A quarter turn clockwise: the stored left edge is the upright top edge.
        Orientation::Rotate90 => turned(top, height - right, bottom, height - left),
        Orientation::Rotate270 => turned(width - bottom, left, width - top, right),
    }
}

fn resize(decoded: DynamicImage, crop: Rect, size: Size) -> Result<DynamicImage, RenderError> {
    let failed = |reason: String| RenderError::Resize { reason };
    // Where nothing is scaled the pixels are copied. A crop without scaling has whole edges but for rounding.
    let (left, top) = (crop.left.round(), crop.top.round());
    let same = |length: f64, pixels: u32| (length - f64::from(pixels)).abs() < 1e-6;
    if same(crop.width(), size.width) && same(crop.height(), size.height) {
        return Ok(decoded.crop_imm(left as u32, top as u32, size.width, size.height));
    }
    let pixels = match &decoded {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageLumaA8(_) => PixelType::U8x2,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let decoded = if pixels == PixelType::U8x4 { decoded.into_rgba8().into() } else { decoded };
    let (width, height) = decoded.dimensions();
    let source = ImageRef::new(width, height, decoded.as_bytes(), pixels).map_err(|error| failed(error.to_string()))?;
    let mut target = Image::new(size.width, size.height, pixels);
    let options = ResizeOptions::new().crop(crop.left, crop.top, crop.width(), crop.height());
    Resizer::new().resize(&source, &mut target, &options).map_err(|error| failed(error.to_string()))?;
    let bytes = target.into_vec();
    let picture = match pixels {
        PixelType::U8 => GrayImage::from_raw(size.width, size.height, bytes).map(DynamicImage::from),
        PixelType::U8x2 => GrayAlphaImage::from_raw(size.width, size.height, bytes).map(DynamicImage::from),
        PixelType::U8x3 => RgbImage::from_raw(size.width, size.height, bytes).map(DynamicImage::from),
        _ => RgbaImage::from_raw(size.width, size.height, bytes).map(DynamicImage::from),
    };
    picture.ok_or_else(|| failed("the buffer has another size".to_owned()))
}

/// Puts transparent pixels on a background: the filter's, or white in a JPEG. Transparency that no pixel has goes.
fn flatten(picture: DynamicImage, background: Option<[u8; 3]>, format: Format) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let is_gray = !picture.color().has_color();
    let pixels = picture.into_rgba8();
    let is_opaque = pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let background = background.or((format == Format::Jpeg || is_opaque).then_some([u8::MAX; 3]));
    let Some(background) = background else {
        return pixels.into();
    };
    let (width, height) = pixels.dimensions();
    let mut flat = RgbImage::new(width, height);
    for (to, from) in flat.pixels_mut().zip(pixels.pixels()) {
        let [colors @ .., alpha] = from.0.map(u32::from);
        to.0 = std::array::from_fn(|channel| {
            let mixed = colors[channel] * alpha + u32::from(background[channel]) * (255 - alpha) + 127;
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        });
    }
    if is_gray && is_opaque { DynamicImage::from(flat).into_luma8().into() } else { flat.into() }
}
