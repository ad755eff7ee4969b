//! Uploads that attack: each is refused, with the reason, before it costs anything, or harms nobody.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;

/// A chunk of a PNG with its checksum.
pub(super) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(body);
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&length, kind.as_slice(), body, &crc.sum().to_be_bytes()].concat()
}

/// A PNG in grey with this body, which need not fit its size.
fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunks.concat(), chunk(b"IEND", b"")].concat()
}

/// A zlib stream of zeros without an end: a compressed megabyte, so many times.
fn deflated_zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 1024 * 1024]).expect("compressed");
    encoder.flush().expect("ends at a byte");
    let one = encoder.get_ref().clone();
    [&one[..2], &one[2..].repeat(megabytes)].concat()
}

fn refusal(bytes: &[u8], name: &str) -> String {
    check(bytes, name).expect_err("refused").to_string()
}

#[test]
fn pixel_bombs_are_refused_from_their_header() {
    let body = chunk(b"IDAT", &deflated_zeros(191));
    let bomb = png(20_000, 10_000, &[body]);
    assert!(bomb.len() < 1024 * 1024, "200 million pixels in {} bytes", bomb.len());
    let start = Instant::now();
    let refused = check(&bomb, "a.png").expect_err("refused");
    assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    assert_eq!(refused.kind(), "pixels");
    let said = "20000 x 10000 pixels in 1 frame(s) make 200000000 pixels, more than the 128000000 allowed";
    assert_eq!(refused.to_string(), said);
    // Also when the file is but a header, and at sizes that no memory holds.
    let header = png(60_000, 60_000, &[]);
    assert!(refusal(&header[..40], "a.png").contains("3600000000 pixels"));
    assert!(refusal(&png(u32::MAX, u32::MAX, &[]), "a.png").contains("more than the 128000000 allowed"));
    let gif = [&b"GIF89a"[..], &[0xff; 4], &[0, 0, 0], b";"].concat();
    assert!(refusal(&gif, "a.gif").contains("65535 x 65535"));
    let mut jpeg = file(&picture(8, 8), Format::Jpeg);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame");
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert!(refusal(&jpeg, "a.jpg").contains("65535 x 65535"));
    let mut webp = file(&picture(8, 8), Format::WebP);
    webp[21..25].copy_from_slice(&(16_383_u32 | 16_383 << 14).to_le_bytes());
    assert!(refusal(&webp, "a.webp").contains("16384 x 16384"));
}

#[test]
fn animations_count_with_all_their_frames() {
    // A hundred thousand frames of one pixel.
    let frame = [&b","[..], &[0, 0, 0, 0, 1, 0, 1, 0, 0], &[2, 2, 0x44, 0x01, 0]].concat();
    let mut gif = [&b"GIF89a"[..], &[1, 0, 1, 0, 0x80, 0, 0], &[0; 6]].concat();
    gif.extend(frame.repeat(100_000));
    gif.push(b';');
    assert_eq!(refusal(&gif, "a.gif"), "the animation has more than the 2000 frames allowed");
    // 129 frames of a million pixels.
    let mut gif = [&b"GIF89a"[..], &1000_u16.to_le_bytes(), &1000_u16.to_le_bytes(), &[0x80, 0, 0], &[0; 6]].concat();
    gif.extend(frame.repeat(129));
    gif.push(b';');
    assert!(refusal(&gif, "a.gif").contains("1000 x 1000 pixels in 129 frame(s) make 129000000 pixels"));
    // An animated PNG that only claims them.
    let control = chunk(b"acTL", &[u32::MAX.to_be_bytes(), [0; 4]].concat());
    assert!(refusal(&png(10, 10, &[control]), "a.png").contains("4294967295 frame(s)"));
    // A frame outside of its canvas counts as what it is.
    let mut gif = [&b"GIF89a"[..], &[1, 0, 1, 0, 0x80, 0, 0], &[0; 6], b","].concat();
    gif.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 0, b';']);
    assert!(refusal(&gif, "a.gif").contains("65535 x 65535"));
}

#[test]
fn a_frame_cannot_hide_a_larger_picture() {
    let canvas = [2, 0, 0, 0, 7, 0, 0, 7, 0, 0];
    let animation = |inner: &[u8]| {
        let frame = [&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 9, 0, 0, 0][..], &inner[12..]].concat();
        webp_of(&[webp_chunk(b"VP8X", &canvas), webp_chunk(b"ANIM", &[0; 6]), webp_chunk(b"ANMF", &frame)])
    };
    let fitting = animation(&file(&picture(8, 8), Format::WebP));
    assert_eq!(check(&fitting, "a.webp").expect("accepted").size, Size::new(8, 8));
    assert_eq!(rendered(&fitting, "width-4", None).width, 4);
    let mut larger = file(&picture(8, 8), Format::WebP);
    larger[21..25].copy_from_slice(&(16_383_u32 | 16_383 << 14).to_le_bytes());
    let said = "the WebP file is damaged: a frame has another size than its picture";
    assert_eq!(refusal(&animation(&larger), "a.webp"), said);
    assert!(refusal(&animation(&webp_of(&[])), "a.webp").ends_with("a frame is not one picture"));
}

#[test]
fn compressed_bombs_inflate_to_no_more_than_the_picture() {
    let bomb = deflated_zeros(1024);
    // In the pixels, in a text and in the colour profile: one gigabyte each, in one megabyte.
    let text = [&b"zTXt\0\0"[..], &bomb].concat();
    let profile = [&b"p\0\0"[..], &bomb[..bomb.len().min(1_000_000)]].concat();
    let tiny = chunk(b"IDAT", &deflated_zeros(1));
    for chunks in [
        vec![chunk(b"IDAT", &bomb)],
        vec![chunk(b"zTXt", &text), tiny.clone()],
        vec![chunk(b"iCCP", &profile), tiny.clone()],
    ] {
        let bytes = png(10, 10, &chunks);
        let start = Instant::now();
        check(&bytes, "a.png").expect("its size is small");
        let made = rendered(&bytes, "width-5", None);
        assert_eq!((made.width, made.height), (5, 5));
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[test]
fn a_picture_that_takes_too_much_memory_is_refused() {
    let limits = Limits { max_memory_bytes: 10_000, ..Limits::default() };
    let refused = inspect(&file(&picture(100, 100), Format::Png), "a.png", &limits).expect_err("refused");
    assert_eq!((refused.kind(), refused), ("memory", Refused::TooMuchMemory { bytes: 30_000, limit: 10_000 }));
    let limits = Limits { max_bytes: 1_000, ..Limits::default() };
    let refused = inspect(&file(&picture(100, 100), Format::Jpeg), "a.jpg", &limits).expect_err("refused");
    assert!(matches!(refused, Refused::TooManyBytes { limit: 1_000, .. }));
    let large = vec![0; 10 * 1024 * 1024 + 1];
    assert_eq!(refusal(&large, "a.png"), "the file has 10.1 MB, more than the 10.0 MB allowed");
}

#[test]
fn vector_images_are_refused_whatever_their_name() {
    let svg =
        "<?xml version=\"1.0\"?><!-- --><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for name in ["a.svg", "a.png", "a.jpg"] {
        let said = refusal(svg.as_bytes(), name);
        assert_eq!(said, "the content is SVG: it may contain scripts; save it as PNG or WebP");
    }
    assert!(refusal(b"\xef\xbb\xbf  <SVG onload=alert(1)>", "a.svg").contains("SVG"));
}

#[test]
fn formats_that_cannot_be_read_are_named() {
    for (start, found) in [
        (&b"\0\0\0\x1cftypavif\0\0\0\0avifmif1"[..], "AVIF: the server writes AVIF but has no decoder"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC: save it as"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a film"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"BM\0\0\0\0", "BMP"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"<html><body>", "not an image that is known"),
        (b"%PDF-1.7", "not an image that is known"),
        (b"MZ\x90\0", "not an image that is known"),
    ] {
        let said = refusal(start, "a.jpg");
        assert!(said.contains(found), "{said}");
    }
    assert_eq!(refusal(b"", "a.jpg"), "the file is empty");
}

#[test]
fn a_file_that_is_two_things_is_refused() {
    let zip = [&b"PK\x03\x04"[..], &[0; 40], b"PK\x05\x06", &[0; 18]].concat();
    for format in [Format::Jpeg, Format::Png, Format::Gif, Format::WebP] {
        let image = file(&picture(8, 8), format);
        let name = name_of(format);
        check(&image, &name).expect("accepted alone");
        for (tail, kind) in [
            (&zip[..], "a ZIP archive"),
            (b"<html><script>alert(1)</script>", "markup"),
            (b"\n<?php system($_GET[0]); ?>", "markup"),
            (b"%PDF-1.7\n", "a PDF"),
            (b"MZ\x90", "a program"),
            (b";alert(1)//", "unknown data"),
        ] {
            let refused = check(&[&image, tail].concat(), &name).expect_err("refused");
            assert_eq!(refused.kind(), "polyglot");
            let said = format!("{} bytes of {kind}; a file must be one image and nothing else", tail.len());
            assert!(refused.to_string().ends_with(&said), "{format}: {refused}");
        }
        let padded = [&image[..], &[0; 100]].concat();
        check(&padded, &name).expect("padding is harmless");
        assert_eq!(strip(&padded, &Limits::default()).expect("stripped").len(), image.len(), "and is not kept");
    }
    // The classic: the header of a GIF is a variable's name, its size begins a comment, a script follows.
    let mut script = file(&picture(8, 8), Format::Gif);
    script[6..8].copy_from_slice(b"/*");
    script.extend(b"*/=1;alert(document.domain)//");
    assert!(matches!(check(&script, "a.gif"), Err(Refused::TrailingData { .. })));
}

#[test]
fn scripts_in_metadata_are_refused_and_archives_in_it_do_not_survive() {
    let jpeg = file(&picture(8, 8), Format::Jpeg);
    let php = with_segment(jpeg.clone(), 0xfe, b"<?php system($_GET[0]); ?>");
    assert_eq!(refusal(&php, "a.jpg"), "the file contains \"<?php\", which could run in a browser");
    let html = with_segment(jpeg.clone(), 0xe1, b"<x:xmpmeta><SCRIPT>alert(1)</SCRIPT>");
    assert_eq!(refusal(&html, "a.jpg"), "the file contains \"<script\", which could run in a browser");
    let zip = with_segment(jpeg.clone(), 0xfe, b"PK\x03\x04 PK\x05\x06");
    check(&zip, "a.jpg").expect("a comment may say anything");
    assert_eq!(strip(&zip, &Limits::default()).expect("stripped"), jpeg);
}

#[test]
fn what_phones_add_behind_a_picture_is_accepted_and_not_kept() {
    let jpeg = file(&picture(8, 8), Format::Jpeg);
    let film = b"\0\0\0\x18ftypmp42\0\0\0\0".to_vec();
    for tail in [jpeg.clone(), film, b"notes\0\0SEFT".to_vec()] {
        let bytes = [&jpeg[..], &tail].concat();
        check(&bytes, "a.jpg").expect("accepted");
        assert_eq!(strip(&bytes, &Limits::default()).expect("stripped"), jpeg);
        let archive = [&bytes[..], b"PK\x05\x06", &[0; 18]].concat();
        assert!(matches!(check(&archive, "a.jpg"), Err(Refused::TrailingData { .. })), "but not with an archive");
    }
}

#[test]
fn the_extension_must_say_what_the_content_is() {
    let bytes = file(&picture(8, 8), Format::Png);
    check(&bytes, "A.PNG").expect("in any case");
    check(&file(&picture(8, 8), Format::Jpeg), "a.jpeg").expect("in both spellings");
    let allowed = "allowed are jpg, jpeg, png, gif, webp";
    for (name, said) in [
        ("a.jpg", "the extension .jpg does not match the content, which is PNG".to_owned()),
        ("a.png.exe", format!("the extension .exe is not allowed; {allowed}")),
        ("a.png\0.html", format!("the extension .html is not allowed; {allowed}")),
        ("a.avif", "the extension .avif does not match the content, which is PNG".to_owned()),
        ("png", format!("the name has no extension; {allowed}")),
        ("a.", format!("the name has no extension; {allowed}")),
    ] {
        assert_eq!(refusal(&bytes, name), said);
    }
    let limits = Limits { formats: vec![Format::Jpeg], ..Limits::default() };
    let refused = inspect(&bytes, "a.png", &limits).expect_err("not configured");
    assert_eq!(refused.to_string(), "the extension .png is not allowed; allowed are jpg, jpeg");
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    for format in [Format::Jpeg, Format::Png, Format::Gif, Format::WebP] {
        let whole = file(&half_transparent(9, 7), format);
        let name = name_of(format);
        check(&whole, &name).expect("accepted whole");
        for end in 0..whole.len() {
            assert!(check(&whole[..end], &name).is_err(), "{format}: {end} of {} bytes", whole.len());
        }
    }
}

#[test]
fn a_progressive_jpeg_with_endless_scans_is_refused() {
    let jpeg = file(&picture(8, 8), Format::Jpeg);
    let scan = jpeg.windows(2).position(|two| two == [0xff, 0xda]).expect("a scan");
    let (head, scan) = (&jpeg[..scan], &jpeg[scan..jpeg.len() - 2]);
    let bytes = [head, &scan.repeat(1_000), &[0xff, 0xd9]].concat();
    assert_eq!(refusal(&bytes, "a.jpg"), "the JPEG file is damaged: it has scans out of place, or too many");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_damaged_file_is_refused_or_rendered_and_breaks_nothing(
        format in proptest::sample::select(vec![Format::Jpeg, Format::Png, Format::Gif, Format::WebP]),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = file(&half_transparent(24, 17), format);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
        let _ = inspect(&bytes, &name_of(format), &limits);
        let spec = FilterSpec::parse("fill-10x10|format-png").expect("a filter");
        let made = render(&bytes, &spec, None, &Quality::default(), &limits);
        prop_assert!(!matches!(made, Err(RenderError::Panicked { .. })), "{:?}", made);
        let _ = strip(&bytes, &limits);
    }
}
