//! Renditions: sizes as foretold, the right part of the picture, the right side up, in the right colours.

use image::GenericImageView;
use image::metadata::Orientation;
use proptest::prelude::*;

use super::*;

#[test]
fn every_format_is_read_and_every_format_is_written() {
    for from in [Format::Jpeg, Format::Png, Format::Gif, Format::WebP] {
        let bytes = file(&picture(64, 40), from);
        let info = check(&bytes, &name_of(from)).expect("accepted");
        assert_eq!((info.format, info.size, info.frames), (from, Size::new(64, 40), 1));
        for to in Format::ALL {
            let out = rendered(&bytes, &format!("width-32|format-{}", to.as_str()), None);
            assert_eq!((out.format, out.width, out.height), (to, 32, 20), "{from} to {to}");
            if to == Format::Avif {
                assert_eq!(out.bytes.get(4..12), Some(&b"ftypavif"[..]));
                continue;
            }
            let info = check(&out.bytes, &name_of(to)).expect("what is written is accepted");
            assert_eq!((info.format, info.size), (to, Size::new(32, 20)), "{from} to {to}");
            let (middle, right) = (decoded(&out).get_pixel(16, 10).0, decoded(&out).get_pixel(30, 18).0);
            // 256 colours are few for this picture.
            let off = if from == Format::Gif || to == Format::Gif { 45 } else { 12 };
            let near = |left, right| is_within(left, right, off);
            assert!(near(middle, [130, 131, 60, 255]) && near(right, [242, 234, 60, 255]), "{middle:?} {right:?}");
        }
    }
}

#[test]
fn the_crop_follows_the_focal_point() {
    let bytes = file(&picture(400, 100), Format::Png);
    let centre = |focal| decoded(&rendered(&bytes, "fill-50x50-c50", focal)).get_pixel(25, 25).0;
    let at = |x, y| Some(FocalPoint { x, y, width: 20, height: 20 });
    assert!(is_near(centre(None), [128, 128, 60, 255]), "{:?}", centre(None));
    assert!(centre(at(40, 50))[0] < 40, "the left: {:?}", centre(at(40, 50)));
    assert!(centre(at(360, 50))[0] > 215, "the right: {:?}", centre(at(360, 50)));
}

#[test]
fn transparency_is_kept_where_the_format_can_and_laid_on_a_background_where_it_cannot() {
    let bytes = file(&half_transparent(60, 60), Format::Png);
    assert!(check(&bytes, "a.png").expect("accepted").has_alpha);
    let left = |spec| decoded(&rendered(&bytes, spec, None)).get_pixel(5, 15).0;
    assert_eq!(left("width-30")[3], 0);
    assert_eq!(left("width-30|format-webp")[3], 0);
    assert!(is_near(left("width-30|format-jpeg"), [255, 255, 255, 255]));
    assert!(is_near(left("width-30|bgcolor-00f"), [0, 0, 255, 255]));
    assert!(is_near(left("width-30|bgcolor-00ff00|format-jpeg"), [0, 255, 0, 255]));
    // The colour of transparent pixels does not bleed over the edge.
    let edge = decoded(&rendered(&bytes, "width-20", None)).into_rgba8();
    let visible = edge.get_pixel(10, 10).0;
    assert!(visible[0] > 110, "{visible:?}");
}

/// A JPEG with an EXIF orientation, whose upright form is [`picture`].
fn lying(orientation: Orientation, width: u32, height: u32) -> Vec<u8> {
    use Orientation::{Rotate90, Rotate270};
    let mut stored = picture(width, height);
    stored.apply_orientation(match orientation {
        Rotate90 => Rotate270,
        Rotate270 => Rotate90,
        itself => itself,
    });
    let exif = [&b"Exif\0\0"[..], &exif(orientation.to_exif())].concat();
    with_segment(file(&stored, Format::Jpeg), 0xe1, &exif)
}

#[test]
fn all_eight_orientations_come_out_upright() {
    for number in 1..=8 {
        let orientation = Orientation::from_exif(number).expect("1 to 8");
        let bytes = lying(orientation, 80, 40);
        assert_eq!(check(&bytes, "a.jpg").expect("accepted").size, Size::new(80, 40), "{orientation:?}");
        let out = rendered(&bytes, "width-40|format-png", None);
        assert_eq!((out.width, out.height), (40, 20));
        let (left, right) = (decoded(&out).get_pixel(4, 2).0, decoded(&out).get_pixel(36, 18).0);
        assert!(is_near(left, [28, 31, 60, 255]) && is_near(right, [232, 235, 60, 255]), "{orientation:?}");
        // The top right corner: a crop that is no centre, in the upright image.
        let focal = Some(FocalPoint { x: 70, y: 5, width: 10, height: 10 });
        let corner = decoded(&rendered(&bytes, "fill-10x10-c100|format-png", focal)).get_pixel(5, 5).0;
        assert!(is_near(corner, [223, 32, 60, 255]), "{orientation:?}: {corner:?}");
    }
}

#[test]
fn quality_and_losslessness_change_the_bytes() {
    let bytes = file(&picture(200, 120), Format::Png);
    let size = |spec| rendered(&bytes, spec, None).bytes.len();
    assert!(size("format-jpeg|jpegquality-20") < size("format-jpeg"));
    assert!(size("format-webp|webpquality-10") < size("format-webp|webpquality-95"));
    assert!(size("format-avif|avifquality-10") < size("format-avif|avifquality-90"));
    let exact = rendered(&bytes, "format-webp-lossless", None);
    assert_eq!(decoded(&exact).into_rgb8(), picture(200, 120).into_rgb8());
    assert_eq!(rendered(&bytes, "format-jpeg|jpegquality-0", None).format, Format::Jpeg, "0 is a quality");
    assert_eq!(rendered(&bytes, "width-20|format-avif|avifquality-0", None).format, Format::Avif);
}

#[test]
fn an_animation_stays_one_as_original_and_gives_its_first_frame_otherwise() {
    let bytes = animated_gif(20, 10, 5);
    let info = check(&bytes, "a.gif").expect("accepted");
    assert_eq!((info.frames, info.size), (5, Size::new(20, 10)));
    let original = rendered(&bytes, "original", None);
    assert_eq!(original.format, Format::Gif);
    assert_eq!(check(&original.bytes, "a.gif").expect("accepted").frames, 5);
    let first = rendered(&bytes, "width-10", None);
    assert_eq!((first.format, first.width, first.height), (Format::Png, 10, 5));
    assert!(is_near(decoded(&first).get_pixel(5, 2).0, [0, 0, 0, 255]));
}

#[test]
fn a_picture_wider_than_the_format_allows_is_an_error_that_says_so() {
    let bytes = file(&picture(16_384, 2), Format::Png);
    let spec = FilterSpec::parse("format-webp").expect("a filter");
    let error = render(&bytes, &spec, None, &Quality::default(), &Limits::default()).expect_err("too wide");
    assert_eq!(error.to_string(), "WebP cannot be 16384 x 2 pixels large");
}

fn specs() -> impl Strategy<Value = String> {
    let pixels = 1_u32..90;
    let size = (pixels.clone(), pixels.clone());
    let transform = prop_oneof![
        pixels.clone().prop_map(|n| format!("width-{n}")),
        pixels.prop_map(|n| format!("height-{n}")),
        size.clone().prop_map(|(w, h)| format!("min-{w}x{h}")),
        size.clone().prop_map(|(w, h)| format!("max-{w}x{h}")),
        (1_u32..300).prop_map(|n| format!("scale-{}", f64::from(n) / 2.0)),
        (size, 0_u32..110).prop_map(|((w, h), c)| format!("fill-{w}x{h}-c{c}")),
    ];
    let format = prop_oneof![Just(""), Just("|format-png"), Just("|format-jpeg"), Just("|format-webp")];
    (proptest::collection::vec(transform, 1..4), format)
        .prop_map(|(transforms, format)| format!("{}{format}", transforms.join("|")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_arithmetic_foretells_the_render(
        (width, height) in (1_u32..120, 1_u32..120),
        spec in specs(),
        focal in proptest::option::of((0_u32..140, 0_u32..140, 0_u32..160, 0_u32..160)),
        orientation in 1_u8..=8,
    ) {
        let orientation = Orientation::from_exif(orientation).expect("1 to 8");
        let bytes = lying(orientation, width, height);
        let focal = focal.map(|(x, y, width, height)| FocalPoint { x, y, width, height });
        let parsed = FilterSpec::parse(&spec).expect("a filter");
        let source = Source { size: Size::new(width, height), format: Format::Jpeg };
        let foretold = parsed.output(source, focal);
        let made = render(&bytes, &parsed, focal, &Quality::default(), &Limits::default());
        let made = made.map_err(|error| TestCaseError::fail(format!("{spec}: {error}")))?;
        let real = decoded(&made);
        prop_assert_eq!((foretold.width, foretold.height), (real.width(), real.height()), "{}", spec);
        prop_assert_eq!((made.format, made.width, made.height), (foretold.format, foretold.width, foretold.height));
    }
}
