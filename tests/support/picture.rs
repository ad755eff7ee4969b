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

/// A PNG of this many pixels in black and white, in a thousandth of its size; `width` is a multiple of eight.
pub fn bomb(width: u32, height: u32) -> Vec<u8> {
    use std::io::Write as _;
    let row = vec![0_u8; 1 + width as usize / 8];
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..height {
        data.write_all(&row).expect("memory");
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(body);
        bytes.extend((body.len() as u32).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(body);
        bytes.extend(crc.sum().to_be_bytes());
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([1, 0, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", &data.finish().expect("memory"));
    chunk(b"IEND", &[]);
    bytes
}
