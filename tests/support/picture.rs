//! Pictures for uploads, made here.

use image::{DynamicImage, ImageFormat, RgbImage};

/// A picture of this size whose colours run from corner to corner; `seed` makes it differ from others.
pub fn picture(width: u32, height: u32, seed: u8, format: ImageFormat) -> Vec<u8> {
    let pixels =
        RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, seed]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut bytes, format).expect("the codec writes it");
    bytes.into_inner()
}

pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    picture(width, height, seed, ImageFormat::Png)
}

/// Width and height of an encoded picture.
pub fn size_of(bytes: &[u8]) -> (u32, u32) {
    let decoded = image::load_from_memory(bytes).expect("a picture that decodes");
    (decoded.width(), decoded.height())
}
