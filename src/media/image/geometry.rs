//! The arithmetic of renditions: which part of the source is taken and how large it becomes.
//!
//! A transcription of `wagtail/images/image_operations.py` and `rect.py` (Wagtail 8.0.1), in the same order of floating
//! point operations, so that a rendition has Wagtail's size to the pixel; `tests/fixtures/wagtail_renditions.csv` is
//! the proof. Nothing here reads a pixel.

use super::filter::Transform;
use super::focal::FocalPoint;
use super::format::Size;

/// The longest side that `scale-` may enlarge an image to, and the largest number a filter may ask for, in pixels.
pub const MAX_SIDE_PX: u32 = 10_000;

/// A rectangle between real numbers, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn around(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { left: x - width / 2.0, top: y - height / 2.0, right: x + width / 2.0, bottom: y + height / 2.0 }
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    fn centre(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Grown to whole pixels.
    fn grown(self) -> Self {
        Self { left: self.left.floor(), top: self.top.floor(), right: self.right.ceil(), bottom: self.bottom.ceil() }
    }

    /// Moved, not shrunk, into `other`.
    fn moved_into(mut self, other: Rect) -> Self {
        if self.left < other.left {
            self.right -= self.left - other.left;
            self.left = other.left;
        }
        if self.top < other.top {
            self.bottom -= self.top - other.top;
            self.top = other.top;
        }
        if self.right > other.right {
            self.left -= self.right - other.right;
            self.right = other.right;
        }
        if self.bottom > other.bottom {
            self.top -= self.bottom - other.bottom;
            self.bottom = other.bottom;
        }
        self
    }

    /// Moved, not grown, so that it covers as much of `other` as it can.
    fn moved_over(mut self, other: Rect) -> Self {
        if self.left > other.left {
            self.right -= self.left - other.left;
            self.left = other.left;
        }
        if self.top > other.top {
            self.bottom -= self.top - other.top;
            self.top = other.top;
        }
        if self.right < other.right {
            self.left += other.right - self.right;
            self.right = other.right;
        }
        if self.bottom < other.bottom {
            self.top += other.bottom - self.bottom;
            self.bottom = other.bottom;
        }
        self
    }

    /// The part inside an image of this size.
    fn clipped(self, size: Size) -> Self {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        Self {
            left: self.left.clamp(0.0, width),
            top: self.top.clamp(0.0, height),
            right: self.right.clamp(0.0, width),
            bottom: self.bottom.clamp(0.0, height),
        }
    }
}

/// What all transforms of a filter come to: a crop of the source, then one resize.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    source: Size,
    scale: (f64, f64),
    offset: (f64, f64),
    size: Size,
}

impl Plan {
    pub fn new(source: Size, focal: Option<FocalPoint>, transforms: &[Transform]) -> Self {
        let start = Self { source, scale: (1.0, 1.0), offset: (0.0, 0.0), size: source };
        transforms.iter().fold(start, |plan, transform| plan.after(*transform, focal))
    }

    /// The size of the result.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The part of the source that becomes the result, within the source.
    pub fn crop(&self) -> Rect {
        let (left, top) = (-self.offset.0, -self.offset.1);
        let right = left + f64::from(self.size.width) / self.scale.0;
        let bottom = top + f64::from(self.size.height) / self.scale.1;
        Rect { left, top, right, bottom }.clipped(self.source)
    }

    /// The centre of `rect` of the source in the result, in pixels.
    pub fn place(&self, rect: Rect) -> (f64, f64) {
        let x = |x: f64| (x + self.offset.0) * self.scale.0;
        let y = |y: f64| (y + self.offset.1) * self.scale.1;
        Rect { left: x(rect.left), top: y(rect.top), right: x(rect.right), bottom: y(rect.bottom) }.centre()
    }

    fn after(self, transform: Transform, focal: Option<FocalPoint>) -> Self {
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        match transform {
            Transform::Fill { size, closeness_percent } => self.fill(size, closeness_percent, focal),
            Transform::Min(wanted) => {
                if self.size.width <= wanted.width || self.size.height <= wanted.height {
                    return self;
                }
                let (across, down) = (f64::from(wanted.width) / width, f64::from(wanted.height) / height);
                if across > down { self.to_width(wanted.width, across) } else { self.to_height(wanted.height, down) }
            }
            Transform::Max(wanted) => {
                if self.size.width <= wanted.width && self.size.height <= wanted.height {
                    return self;
                }
                let (across, down) = (f64::from(wanted.width) / width, f64::from(wanted.height) / height);
                if across < down { self.to_width(wanted.width, across) } else { self.to_height(wanted.height, down) }
            }
            Transform::Width(wanted) if self.size.width > wanted => self.to_width(wanted, f64::from(wanted) / width),
            Transform::Height(wanted) if self.size.height > wanted => {
                self.to_height(wanted, f64::from(wanted) / height)
            }
            Transform::Width(_) | Transform::Height(_) => self,
            Transform::Scale { percent } => {
                let longest = f64::from(self.size.width.max(self.size.height));
                let scale = (percent / 100.0).min((f64::from(MAX_SIDE_PX) / longest).max(1.0));
                self.resized(Size::new(whole(width * scale), whole(height * scale)))
            }
        }
    }

    fn to_width(self, wanted: u32, scale: f64) -> Self {
        self.resized(Size::new(wanted, whole(f64::from(self.size.height) * scale)))
    }

    fn to_height(self, wanted: u32, scale: f64) -> Self {
        self.resized(Size::new(whole(f64::from(self.size.width) * scale), wanted))
    }

    fn resized(mut self, size: Size) -> Self {
        self.scale.0 = self.scale.0 * f64::from(size.width) / f64::from(self.size.width);
        self.scale.1 = self.scale.1 * f64::from(size.height) / f64::from(self.size.height);
        self.size = size;
        self
    }

    fn cropped(mut self, rect: Rect) -> Self {
        self.offset.0 -= rect.left / self.scale.0;
        self.offset.1 -= rect.top / self.scale.1;
        self.size = Size::new(whole(rect.width()), whole(rect.height()));
        self
    }

    fn fill(self, wanted: Size, closeness_percent: u8, focal: Option<FocalPoint>) -> Self {
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        let focal = focal.map(FocalPoint::rect);
        let (crop_width, crop_height) = fill_crop(self.size, wanted, closeness_percent, focal);
        let (x, y) = focal.map_or((width / 2.0, height / 2.0), |focal| focal.centre());
        // The focal point keeps its relative place: one third from the left of the image is one third of the crop.
        let (across, down) = (x / width, y / height);
        let mut rect =
            Rect::around(x - (across - 0.5) * crop_width, y - (down - 0.5) * crop_height, crop_width, crop_height);
        if let Some(focal) = focal {
            rect = rect.moved_over(focal);
        }
        let image = Rect { left: 0.0, top: 0.0, right: width, bottom: height };
        let cropped = self.cropped(rect.moved_into(image).grown());
        if wanted.width < cropped.size.width { cropped.resized(wanted) } else { cropped }
    }
}

/// Width and height of the crop of `fill`: the largest of its ratio, drawn towards the focal point by the closeness.
fn fill_crop(size: Size, wanted: Size, closeness_percent: u8, focal: Option<Rect>) -> (f64, f64) {
    let ratio = f64::from(wanted.width) / f64::from(wanted.height);
    let largest = f64::from(size.width).min(f64::from(size.height) * ratio);
    let (max_width, max_height) = (largest, largest / ratio);
    let Some(focal) = focal else {
        return (max_width, max_height);
    };
    let smallest = focal.width().max(focal.height() * ratio);
    let (min_width, min_height) = (smallest, smallest / ratio);
    // A focal point may be larger than the image.
    if smallest >= largest {
        return (max_width, max_height);
    }
    // Closer than this, the crop would have to be enlarged.
    let limit = (1.0 - (f64::from(wanted.width) - min_width) / (max_width - min_width))
        .max(1.0 - (f64::from(wanted.height) - min_height) / (max_height - min_height));
    let closeness = (f64::from(closeness_percent) / 100.0).min(limit);
    if (0.0..=1.0).contains(&closeness) {
        (max_width + (min_width - max_width) * closeness, max_height + (min_height - max_height) * closeness)
    } else {
        (max_width, max_height)
    }
}

/// Cut to whole pixels, at least one.
fn whole(pixels: f64) -> u32 {
    (pixels as u32).max(1)
}
