//! Metadata: places, serial numbers and comments go, colours and the right side up stay.

use image::ImageDecoder;
use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;

use super::*;

const SECRET: &[u8] = b"GPS 48.1371 11.5754";

fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// A chunk of a PNG, behind its header. The checksum is the CRC of PNG.
fn with_chunk(mut png: Vec<u8>, kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    png.splice(33..33, super::attacks::chunk(kind, body));
    png
}

fn exif_with_secret(orientation: u8) -> Vec<u8> {
    [exif(orientation).as_slice(), SECRET].concat()
}

fn stripped(bytes: &[u8]) -> Vec<u8> {
    strip(bytes, &Limits::default()).expect("stripped")
}

#[test]
fn a_jpeg_loses_its_metadata_and_keeps_its_pixels_and_its_orientation() {
    let plain = file(&picture(60, 30), Format::Jpeg);
    let exif = [b"Exif\0\0", exif_with_secret(6).as_slice()].concat();
    let mut bytes = with_segment(plain.clone(), 0xe1, &exif);
    for (marker, name) in
        [(0xe1, "http://ns.adobe.com/xap/1.0/\0"), (0xed, "Photoshop 3.0\0"), (0xfe, ""), (0xe2, "MPF\0")]
    {
        bytes = with_segment(bytes, marker, &[name.as_bytes(), SECRET].concat());
    }
    assert!(holds_secret(&bytes));
    assert_eq!(check(&bytes, "a.jpg").expect("accepted").size, Size::new(30, 60), "lies on its side");
    let clean = stripped(&bytes);
    assert!(!holds_secret(&clean));
    assert_eq!(check(&clean, "a.jpg").expect("accepted").size, Size::new(30, 60), "and still does");
    let mut decoder = JpegDecoder::new(Cursor::new(&clean)).expect("decodes");
    assert_eq!(decoder.orientation().expect("read"), Orientation::Rotate90);
    assert_eq!(image::load_from_memory(&clean).expect("decodes"), image::load_from_memory(&plain).expect("decodes"));
    assert_eq!(stripped(&clean), clean, "once is enough");
    assert_eq!(rendered(&bytes, "original", None).bytes, clean);
    for format in Format::ALL {
        let out = rendered(&bytes, &format!("width-20|format-{}", format.as_str()), None);
        assert!(!holds_secret(&out.bytes) && !out.bytes.windows(4).any(|four| four == b"Exif"), "{format}");
    }
}

#[test]
fn a_png_loses_its_texts_and_is_stored_upright() {
    let plain = file(&picture(60, 30), Format::Png);
    let text = [b"Comment\0", SECRET].concat();
    let bytes = with_chunk(plain.clone(), b"tEXt", &text);
    assert!(holds_secret(&bytes));
    assert_eq!(stripped(&bytes), plain, "byte for byte what it was without");
    let lying = with_chunk(bytes, b"eXIf", &exif_with_secret(6));
    assert_eq!(check(&lying, "a.png").expect("accepted").size, Size::new(30, 60));
    let clean = stripped(&lying);
    assert!(!holds_secret(&clean));
    assert_eq!(check(&clean, "a.png").expect("accepted").size, Size::new(30, 60));
    assert_eq!(image::load_from_memory(&clean).expect("decodes"), picture(60, 30).rotate90());
}

#[test]
fn a_gif_loses_its_comments_and_keeps_its_loop() {
    let plain = animated_gif(8, 8, 3);
    let mut bytes = plain.clone();
    let comment = [&[b'!', 0xfe, u8::try_from(SECRET.len()).expect("short")], SECRET, &[0]].concat();
    let looping = [&b"!\xff\x0bNETSCAPE2.0"[..], &[3, 1, 0, 0, 0]].concat();
    let end = bytes.len() - 1;
    bytes.splice(end..end, [comment, looping.clone()].concat());
    assert!(holds_secret(&bytes));
    let clean = stripped(&bytes);
    assert!(!holds_secret(&clean));
    assert!(clean.windows(looping.len()).any(|window| window == looping));
    assert_eq!(check(&clean, "a.gif").expect("accepted").frames, 3);
}

#[test]
fn a_webp_loses_its_metadata_and_its_header_says_so() {
    let plain = file(&picture(20, 10), Format::WebP);
    let extended = webp_chunk(b"VP8X", &[0x0c, 0, 0, 0, 19, 0, 0, 9, 0, 0]);
    let (exif, xmp) = (webp_chunk(b"EXIF", &exif_with_secret(1)), webp_chunk(b"XMP ", SECRET));
    let bytes = webp_of(&[extended, plain[12..].to_vec(), exif, xmp]);
    assert!(holds_secret(&bytes));
    assert_eq!(check(&bytes, "a.webp").expect("accepted").size, Size::new(20, 10));
    let clean = stripped(&bytes);
    assert!(!holds_secret(&clean));
    assert_eq!(clean[20] & 0x0c, 0, "neither EXIF nor XMP are announced");
    assert_eq!(image::load_from_memory(&clean).expect("decodes").into_rgb8(), picture(20, 10).into_rgb8());
}

#[test]
fn colours_of_another_space_become_srgb() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    let green = DynamicImage::from(image::RgbImage::from_pixel(40, 40, image::Rgb([60, 200, 60])));
    let body = [b"ICC_PROFILE\0\x01\x01", profile.as_slice()].concat();
    let jpeg = with_segment(file(&green, Format::Jpeg), 0xe2, &body);
    let kept = JpegDecoder::new(Cursor::new(stripped(&jpeg))).expect("decodes").icc_profile().expect("read");
    assert_eq!(kept.as_deref(), Some(profile.as_slice()), "the original keeps its profile");
    let compressed = {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &profile).expect("compressed");
        encoder.finish().expect("compressed")
    };
    let png = with_chunk(file(&green, Format::Png), b"iCCP", &[b"p3\0\0", compressed.as_slice()].concat());
    for bytes in [jpeg, png] {
        let out = rendered(&bytes, "width-20|format-png", None);
        assert_eq!(PngDecoder::new(Cursor::new(&out.bytes)).expect("decodes").icc_profile().expect("read"), None);
        let pixel = decoded(&out).into_rgba8().get_pixel(10, 10).0;
        // The green of Display P3 is more intense than sRGB's, so its numbers grow apart.
        assert!(pixel[0] < 30 && pixel[1] > 200, "{pixel:?}");
    }
}

#[test]
fn a_broken_profile_costs_the_colours_nothing() {
    let plain = file(&picture(20, 20), Format::Jpeg);
    for broken in [&b""[..], b"x", &[0xff; 200], &[0; 5_000]] {
        let bytes = with_segment(plain.clone(), 0xe2, &[b"ICC_PROFILE\0\x01\x01", broken].concat());
        check(&bytes, "a.jpg").expect("accepted");
        assert_eq!(rendered(&bytes, "width-10", None), rendered(&plain, "width-10", None));
    }
}
