//! The focal point of an image: the part that a crop keeps, as Wagtail defines it.

use super::geometry::Rect;
use crate::word_set;

word_set! {
    /// Who says what must stay visible of an image: nobody, an editor (also that it is nothing), or the search for faces, which
    /// may be waited for or have found none. What an editor says stays.
    FocalBy { Nobody = "nobody", Editor = "editor", Waiting = "waiting", Faces = "faces", Nothing = "nothing" }
}

/// The centre and the extent of what matters in an image, in pixels of the upright image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FocalPoint {
    /// The centre.
    pub x: u32,
    pub y: u32,
    /// 0 for a mere point.
    pub width: u32,
    pub height: u32,
}

impl FocalPoint {
    pub(super) fn rect(self) -> Rect {
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        Rect::around(x, y, width, height)
    }
}
