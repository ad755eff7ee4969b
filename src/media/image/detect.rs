//! What must stay visible of an image, as far as a program can tell: the faces in it.

use super::faces::{self, Face};
use super::focal::FocalPoint;
use super::format::Size;
use super::inspect::check;
use super::limits::Limits;
use super::render::{self, RenderError};

/// Faces are looked for in a picture of this size, whatever the image has: one of a twelfth of its side is found.
const SIDE_PX: u32 = 480;
/// Around the faces some room is left, and a least extent in pixels, as Wagtail does.
const ROOM: f64 = 1.2;
const MIN_EXTENT_PX: f64 = 100.0;

/// The focal point that all faces of an image lie in; none when there is no face. Blocks for as long as decoding takes, and
/// some tens of milliseconds: call it on the blocking pool.
///
/// # Errors
/// [`RenderError`]; also when a codec panics.
pub fn suggest_focal_point(bytes: &[u8], limits: &Limits) -> Result<Option<FocalPoint>, RenderError> {
    render::caught(|| {
        let scan = check(bytes, None, limits)?;
        let picture = render::reduced(&scan, bytes, limits, SIDE_PX)?.into_luma8();
        let size = scan.size();
        let scale = f64::from(size.width) / f64::from(picture.width());
        Ok(around(&faces::find(&picture), scale, size))
    })
}

/// Within the image, with its whole extent.
fn around(faces: &[Face], scale: f64, size: Size) -> Option<FocalPoint> {
    let begin = |of: fn(&Face) -> i32| faces.iter().map(of).min().map(f64::from);
    let end = |of: fn(&Face) -> i32| faces.iter().map(|face| of(face) + face.side).max().map(f64::from);
    let along = |begin: f64, end: f64, side: u32| {
        let (begin, end) = (begin.max(0.0) * scale, (end * scale).min(f64::from(side)));
        let centre = ((begin + end) / 2.0).round().clamp(0.0, f64::from(side)) as u32;
        let half = ((end - begin) * ROOM).max(MIN_EXTENT_PX) / 2.0;
        (centre, 2 * (half.round() as u32).min(centre).min(side - centre))
    };
    let (x, width) = along(begin(|face| face.left)?, end(|face| face.left)?, size.width);
    let (y, height) = along(begin(|face| face.top)?, end(|face| face.top)?, size.height);
    Some(FocalPoint { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_leaves_room_around_all_faces_and_stays_within_the_image() {
        let faces = [Face { left: -4, top: 10, side: 40 }, Face { left: 100, top: 50, side: 60 }];
        let focal = around(&faces, 2.0, Size::new(640, 480)).expect("there are faces");
        assert_eq!(focal, FocalPoint { x: 160, y: 120, width: 320, height: 240 });
        let small = around(&[Face { left: 0, top: 0, side: 40 }], 1.0, Size::new(90, 400)).expect("there is a face");
        assert_eq!(small, FocalPoint { x: 20, y: 20, width: 40, height: 40 });
        assert_eq!(around(&[], 1.0, Size::new(90, 400)), None);
    }
}
