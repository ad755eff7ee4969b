//! The closer look: how light changes in patches of a window (SURF features: sums of gradients by their direction).

use super::WINDOW_PX;
use super::gray::Gray;

/// Sums that a cell has: of the changes to the right and down, and of what they are without a sign, apart by the sign of the
/// other one.
const CHANNELS: usize = 8;
const MIN_PATCH_PX: usize = 16;
const PATCH_STEP_PX: usize = 16;
/// Shapes of patches: width to height.
const SHAPES: [(usize, usize); 5] = [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2)];
const SIDE: usize = WINDOW_PX + 1;

/// A part of a window, of two by two cells.
#[derive(Clone, Copy)]
pub(super) struct Patch {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// All patches, in the order in which the model counts them.
pub(super) fn patches() -> Vec<Patch> {
    let mut patches = Vec::new();
    for (wide, high) in SHAPES {
        for height in (MIN_PATCH_PX..=WINDOW_PX).filter(|height| height % 2 == 0 && height % high == 0) {
            let width = height / high * wide;
            if width % 2 != 0 || !(MIN_PATCH_PX..=WINDOW_PX).contains(&width) {
                continue;
            }
            for y in (0..=WINDOW_PX - height).step_by(PATCH_STEP_PX) {
                for x in (0..=WINDOW_PX - width).step_by(PATCH_STEP_PX) {
                    patches.push(Patch { x, y, width, height });
                }
            }
        }
    }
    patches
}

/// Sums of the changes of light in a window.
pub(super) struct Gradients {
    sums: Vec<[i32; CHANNELS]>,
}

impl Gradients {
    /// Of a picture that is a window large.
    pub(super) fn of(window: &Gray) -> Self {
        let last = WINDOW_PX - 1;
        let light = |x: usize, y: usize| i32::from(window.pixels[y * WINDOW_PX + x]);
        // At the edges there is one neighbour only: its difference counts twice.
        let slope = |at: usize, light: &dyn Fn(usize) -> i32| match at {
            0 => 2 * (light(1) - light(0)),
            at if at == last => 2 * (light(last) - light(last - 1)),
            at => light(at + 1) - light(at - 1),
        };
        let mut sums = vec![[0; CHANNELS]; SIDE * SIDE];
        for y in 0..WINDOW_PX {
            let mut along = [0; CHANNELS];
            for x in 0..WINDOW_PX {
                let (right, down) = (slope(x, &|x| light(x, y)), slope(y, &|y| light(x, y)));
                let (by_down, by_right) = (if down < 0 { 2 } else { 0 }, if right < 0 { 6 } else { 4 });
                along[by_down] += right;
                along[by_down + 1] += right.abs();
                along[by_right] += down;
                along[by_right + 1] += down.abs();
                let above = sums[y * SIDE + x + 1];
                sums[(y + 1) * SIDE + x + 1] = std::array::from_fn(|channel| above[channel] + along[channel]);
            }
        }
        Self { sums }
    }

    /// Adds the features of a patch, of length one together.
    pub(super) fn describe(&self, patch: Patch, into: &mut Vec<f32>) {
        let (wide, high) = (patch.width / 2, patch.height / 2);
        let at = |x: usize, y: usize, channel: usize| self.sums[y * SIDE + x][channel];
        let begin = into.len();
        for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (x, y) = (patch.x + column * wide, patch.y + row * high);
            for channel in 0..CHANNELS {
                let sum = at(x + wide, y + high, channel) + at(x, y, channel)
                    - at(x + wide, y, channel)
                    - at(x, y + high, channel);
                into.push(sum as f32);
            }
        }
        let length = into[begin..].iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32;
        if length > 0.0 {
            into[begin..].iter_mut().for_each(|value| *value /= length);
        }
    }
}
