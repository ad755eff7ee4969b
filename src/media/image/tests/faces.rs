//! Focal points that are found: in a photograph of a face, in none, and in pictures that are made to mislead.

use super::*;

/// Eileen Collins (NASA, public domain), standing; her face lies in the upper quarter.
const PERSON: &[u8] = include_bytes!("../../../../tests/fixtures/astronaut.jpg");
/// Where her face is, from the brows to the chin.
const FACE: [u32; 4] = [90, 70, 160, 150];

fn suggested(bytes: &[u8]) -> Option<FocalPoint> {
    suggest_focal_point(bytes, &Limits::default()).expect("it can be read")
}

/// Left, top, right and bottom.
fn edges(focal: FocalPoint) -> [u32; 4] {
    let FocalPoint { x, y, width, height } = focal;
    [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
}

#[test]
fn a_face_is_found_and_stays_in_a_crop() {
    let focal = suggested(PERSON).expect("a face");
    let [left, top, right, bottom] = edges(focal);
    let [face_left, face_top, face_right, face_bottom] = FACE;
    assert!(left <= face_left && top <= face_top && right >= face_right && bottom >= face_bottom, "{focal:?}");
    assert!(focal.width <= 160 && focal.height <= 160, "{focal:?}");
    let spec = FilterSpec::parse("fill-160x160").expect("a filter");
    let rows = |focal| spec.plan(Size::new(256, 492), focal).crop();
    assert!(rows(Some(focal)).top <= f64::from(face_top), "{:?}", rows(Some(focal)));
    assert!(rows(None).top > f64::from(face_top), "without it her forehead is cut off");
}

#[test]
fn a_face_is_found_in_every_size_turned_and_in_grey() {
    let person = image::load_from_memory(PERSON).expect("a JPEG");
    let large = suggested(&file(&person.resize_exact(1024, 1968, image::imageops::FilterType::Triangle), Format::Jpeg));
    let (small, large) = (suggested(PERSON).expect("a face"), large.expect("a face"));
    assert!(large.x.abs_diff(4 * small.x) < 60 && large.y.abs_diff(4 * small.y) < 60, "{small:?} {large:?}");
    let grey = suggested(&file(&person.grayscale(), Format::Png)).expect("a face");
    assert!(grey.x.abs_diff(small.x) < 15 && grey.y.abs_diff(small.y) < 15, "{small:?} {grey:?}");
    let turned = with_segment(file(&person.rotate270(), Format::Jpeg), 0xe1, &[b"Exif\0\0", &exif(6)[..]].concat());
    let turned = suggested(&turned).expect("a face");
    assert!(turned.x.abs_diff(small.x) < 15 && turned.y.abs_diff(small.y) < 15, "as it is shown: {turned:?}");
}

#[test]
fn where_no_face_is_none_is_found() {
    let person = image::load_from_memory(PERSON).expect("a JPEG");
    let without = [picture(300, 200), half_transparent(200, 300), person.crop_imm(0, 200, 256, 292)];
    for (at, picture) in without.iter().enumerate() {
        assert_eq!(suggested(&file(picture, Format::Png)), None, "picture {at}");
    }
    assert_eq!(suggested(&animated_gif(80, 60, 3)), None);
}

#[test]
fn pictures_of_every_shape_and_noise_do_no_harm() {
    let mut state = 1_u32;
    let mut noise = |width: u32, height: u32| {
        let pixels = RgbaImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgba([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8, u8::MAX])
        });
        file(&pixels.into(), Format::Png)
    };
    for (width, height) in [(1, 1), (2, 500), (39, 39), (40, 40), (41, 400), (900, 40), (200, 200)] {
        let focal = suggested(&noise(width, height));
        let fits = focal.is_none_or(|focal| {
            let [.., right, bottom] = edges(focal);
            right <= width && bottom <= height
        });
        assert!(fits, "{width} x {height}: {focal:?}");
    }
    // A face at each edge, cut in half: windows drift out of the picture.
    let person = image::load_from_memory(PERSON).expect("a JPEG");
    for (x, y, width, height) in [(125, 40, 131, 200), (0, 100, 256, 200), (0, 0, 130, 200), (60, 0, 140, 110)] {
        suggested(&file(&person.crop_imm(x, y, width, height), Format::Png));
    }
    assert!(suggest_focal_point(&PERSON[..9_000], &Limits::default()).is_err(), "half a file is refused");
}
