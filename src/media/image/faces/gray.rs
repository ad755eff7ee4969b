//! A picture in shades of grey, parts of it in another size, and sums over its rectangles.

pub(super) struct Gray {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

/// A square part of a picture, which may reach beyond it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Square {
    pub x: i32,
    pub y: i32,
    pub side: i32,
}

impl Gray {
    /// Black beyond the edges.
    fn at(&self, x: i32, y: i32) -> f32 {
        let place = usize::try_from(x).ok().zip(usize::try_from(y).ok());
        let inside = place.filter(|(x, y)| *x < self.width && *y < self.height);
        inside.map_or(0.0, |(x, y)| f32::from(self.pixels[y * self.width + x]))
    }

    /// In another size, by the four pixels around each; sides of at least two pixels.
    pub(super) fn resized(&self, width: usize, height: usize) -> Self {
        self.sampled((0, 0), (self.width, self.height), (width, height))
    }

    /// A part, `side` pixels wide and high.
    pub(super) fn part(&self, part: Square, side: usize) -> Self {
        let from = usize::try_from(part.side).unwrap_or_default();
        self.sampled((part.x, part.y), (from, from), (side, side))
    }

    fn sampled(&self, (left, top): (i32, i32), from: (usize, usize), to: (usize, usize)) -> Self {
        // The last pixel has none behind it: the one before it is taken further.
        let step = |from: usize, to: usize, at: usize| {
            let exact = from as f32 / to as f32 * at as f32;
            let whole = (exact as usize).min(from.saturating_sub(2));
            (whole as i32, exact - whole as f32)
        };
        let mut pixels = Vec::with_capacity(to.0 * to.1);
        for row in 0..to.1 {
            let (y, below) = step(from.1, to.1, row);
            for column in 0..to.0 {
                let (x, right) = step(from.0, to.0, column);
                let (x, y) = (left + x, top + y);
                let upper = self.at(x, y) * (1.0 - right) + self.at(x + 1, y) * right;
                let lower = self.at(x, y + 1) * (1.0 - right) + self.at(x + 1, y + 1) * right;
                pixels.push((upper * (1.0 - below) + lower * below) as u8);
            }
        }
        Self { width: to.0, height: to.1, pixels }
    }
}

/// The sums of all rectangles of a picture that begin in its corner.
pub(super) struct Sums {
    stride: usize,
    sums: Vec<u64>,
}

impl Sums {
    pub(super) fn of(gray: &Gray, value: impl Fn(u8) -> u64) -> Self {
        let stride = gray.width + 1;
        let mut sums = vec![0; stride * (gray.height + 1)];
        for (y, row) in gray.pixels.chunks_exact(gray.width).enumerate() {
            let mut along = 0;
            for (x, pixel) in row.iter().enumerate() {
                along += value(*pixel);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + along;
            }
        }
        Self { stride, sums }
    }

    pub(super) fn square(&self, x: usize, y: usize, side: usize) -> u64 {
        let at = |x: usize, y: usize| self.sums[y * self.stride + x];
        at(x + side, y + side) + at(x, y) - at(x + side, y) - at(x, y + side)
    }
}
