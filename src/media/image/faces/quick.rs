//! The first look: at each place of a picture a pattern of the light around it (locally assembled binary features), and
//! sums of weights of these patterns, which end soon where there is no face.

use super::WINDOW_PX;
use super::gray::{Gray, Sums};
use super::model::{GROUP, Quick};

/// Side of the squares whose light is compared; a pattern has three by three of them.
const SQUARE_PX: usize = 3;
const PATTERN_PX: usize = 3 * SQUARE_PX;
/// A window whose pixels differ less is flat: there is no face.
const MIN_DEVIATION: f64 = 10.0;
/// The squares around the middle one, with the bit of each.
const AROUND: [(usize, usize, u8); 8] =
    [(0, 0, 0x80), (1, 0, 0x40), (2, 0, 0x20), (2, 1, 0x08), (2, 2, 0x01), (1, 2, 0x02), (0, 2, 0x04), (0, 1, 0x10)];

/// The patterns of a picture, which is a window large at least.
pub(super) struct Patterns {
    width: usize,
    patterns: Vec<u8>,
    sums: Sums,
    squares: Sums,
}

impl Patterns {
    pub(super) fn of(gray: &Gray) -> Self {
        let sums = Sums::of(gray, u64::from);
        let (width, height) = (gray.width, gray.height);
        let light: Vec<u64> = (0..=height - SQUARE_PX)
            .flat_map(|y| (0..=width - SQUARE_PX).map(move |x| (x, y)))
            .map(|(x, y)| sums.square(x, y, SQUARE_PX))
            .collect();
        let stride = width - SQUARE_PX + 1;
        let mut patterns = vec![0; width * height];
        for y in 0..=height - PATTERN_PX {
            for x in 0..=width - PATTERN_PX {
                let at = |right: usize, down: usize| light[(y + down * SQUARE_PX) * stride + x + right * SQUARE_PX];
                let middle = at(1, 1);
                let bits = AROUND.iter().filter(|(right, down, _)| middle >= at(*right, *down));
                patterns[y * width + x] = bits.fold(0, |pattern, (_, _, bit)| pattern | bit);
            }
        }
        Self { width, patterns, sums, squares: Sums::of(gray, |value| u64::from(value).pow(2)) }
    }

    /// How much the window there looks like a face; `None`: not at all.
    pub(super) fn judge(&self, quick: &Quick, x: usize, y: usize) -> Option<f32> {
        let mut score = 0.0;
        for (group, places) in quick.places.chunks_exact(GROUP).enumerate() {
            for (at, (right, down)) in places.iter().enumerate() {
                let pattern = *self.patterns.get((y + down) * self.width + x + right)?;
                score += quick.weight(group * GROUP + at, pattern);
            }
            if score < quick.thresholds[group * GROUP + GROUP - 1] {
                return None;
            }
        }
        let area = (WINDOW_PX * WINDOW_PX) as f64;
        let mean = self.sums.square(x, y, WINDOW_PX) as f64 / area;
        let deviation = (self.squares.square(x, y, WINDOW_PX) as f64 / area - mean * mean).sqrt();
        (deviation > MIN_DEVIATION).then_some(score)
    }
}
