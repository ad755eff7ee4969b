//! Colours of renditions: always sRGB, which every viewer assumes where nothing else is said.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts from the profile to sRGB in place. Colours stay as they are without a profile, with one that cannot be
/// read, and with one that is not for RGB (the decoder has turned CMYK into RGB, without its profile; a grey one differs
/// little).
pub(super) fn to_srgb(picture: &mut DynamicImage, profile: Option<&[u8]>) {
    let Some(profile) = profile else {
        return;
    };
    // The reader of profiles asserts things about its input.
    let converted = catch_unwind(AssertUnwindSafe(|| converted(picture, profile)));
    if let Ok(Some(converted)) = converted {
        match picture {
            DynamicImage::ImageRgb8(pixels) => pixels.copy_from_slice(&converted),
            DynamicImage::ImageRgba8(pixels) => pixels.copy_from_slice(&converted),
            _ => {}
        }
    }
}

fn converted(picture: &DynamicImage, profile: &[u8]) -> Option<Vec<u8>> {
    let layout = match picture {
        DynamicImage::ImageRgb8(_) => Layout::Rgb,
        DynamicImage::ImageRgba8(_) => Layout::Rgba,
        _ => return None,
    };
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default()).ok()?;
    let mut converted = vec![0; picture.as_bytes().len()];
    transform.transform(picture.as_bytes(), &mut converted).ok()?;
    Some(converted)
}
