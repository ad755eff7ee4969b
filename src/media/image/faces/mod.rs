//! Faces in a picture: SeetaFace Detection (Wu, Kan, He, Shan, Chen: Funnel-structured cascade for multi-view face detection
//! with alignment awareness, 2016) with its own model; see NOTICE beside.
//!
//! The crate `rustface` does the same, but its pointers run beyond their buffers when a window drifts out of the picture,
//! which whoever makes the picture may bring about. Here every index is checked, and windows are bounded in number.

mod close;
mod gray;
mod model;
mod quick;

use close::{Gradients, Patch, patches};
use gray::{Gray, Square};
use image::GrayImage;
use model::{Close, Model};
use quick::Patterns;

const MODEL: &[u8] = include_bytes!("seeta_fd_frontal_v1.0.bin");
/// Side of the window that the model judges: no smaller face is found.
pub(super) const WINDOW_PX: usize = 40;
/// A window is looked at in each of these steps, and in sizes of this ratio.
const STEP_PX: usize = 4;
const SCALE: f32 = 0.8;
/// Windows that overlap by more than this part of both are twins: of the first ones, and of the last.
const SAME: f32 = 0.8;
const SAME_AT_LAST: f32 = 0.3;
/// Windows that the first look finds, each judge alone, at most: the likeliest.
const MAX_WINDOWS: usize = 1_000;
/// How sure the networks are of a window and its twins together: what the port of SeetaFace to Rust takes.
const MIN_SCORE: f32 = 3.85;

/// Where a face is, in pixels of the picture; it may reach beyond the edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    pub left: i32,
    pub top: i32,
    pub side: i32,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    square: Square,
    score: f32,
}

/// The faces of a picture that is a few hundred pixels wide; takes some tens of milliseconds.
pub(super) fn find(picture: &GrayImage) -> Vec<Face> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let Some(model) = Model::read(MODEL).filter(|_| width.min(height) >= WINDOW_PX) else { return Vec::new() };
    let gray = Gray { width, height, pixels: picture.as_raw().clone() };
    let patches = patches();
    let mut windows = first_look(&model, &gray);
    let last = model.close.len().saturating_sub(1);
    for (at, close) in model.close.iter().enumerate() {
        let kept: Vec<_> =
            windows.iter().filter_map(|window| closer_look(close, &patches, &gray, window.square)).collect();
        windows = match close.ends_level {
            _ if at == last => merge(kept, SAME_AT_LAST),
            true => kept,
            false => merge(kept, SAME),
        };
    }
    let sure = windows.into_iter().filter(|window| window.score >= MIN_SCORE).map(|window| window.square);
    sure.map(|square| Face { left: square.x, top: square.y, side: square.side }).collect()
}

/// The windows that the quick judges take for faces, in all sizes.
fn first_look(model: &Model, gray: &Gray) -> Vec<Window> {
    let mut found = vec![Vec::new(); model.quick.len()];
    let mut scale = 1.0;
    loop {
        let scaled = |side: usize| (side as f32 * scale) as usize;
        let (width, height) = (scaled(gray.width), scaled(gray.height));
        if width.min(height) < WINDOW_PX {
            break;
        }
        let patterns = Patterns::of(&gray.resized(width, height));
        let whole = |pixels: usize| (pixels as f32 / scale + 0.5) as i32;
        for y in (0..=height - WINDOW_PX).step_by(STEP_PX) {
            for x in (0..=width - WINDOW_PX).step_by(STEP_PX) {
                let square = Square { x: whole(x), y: whole(y), side: whole(WINDOW_PX) };
                for (quick, found) in model.quick.iter().zip(&mut found) {
                    found.extend(patterns.judge(quick, x, y).map(|score| Window { square, score }));
                }
            }
        }
        scale *= SCALE;
    }
    found.into_iter().flat_map(|windows| merge(windows, SAME)).collect()
}

/// The face in a window, when it has one: where the network says that it is.
fn closer_look(close: &Close, patches: &[Patch], gray: &Gray, square: Square) -> Option<Window> {
    let Square { x, y, side } = square;
    let is_within = |begin: i32, length: usize| begin > -side && begin < length as i32;
    if side < 2
        || side > 2 * gray.width.max(gray.height) as i32
        || !is_within(x, gray.width)
        || !is_within(y, gray.height)
    {
        return None;
    }
    let gradients = Gradients::of(&gray.part(square, WINDOW_PX));
    let mut features = Vec::new();
    for feature in &close.features {
        gradients.describe(*patches.get(*feature)?, &mut features);
    }
    let [score, right, down, larger] = close.outputs(&features);
    if score <= close.threshold {
        return None;
    }
    // Outputs of one half mean: as it is.
    let apart = |output: f32| (output * 2.0 - 1.0) * side as f32;
    let size = (side as f32 + apart(larger) + 0.5).floor();
    let moved =
        |from: i32, output: f32| (apart(output) + from as f32 + (side as f32 - size) * 0.5 + 0.5).floor() as i32;
    Some(Window { square: Square { x: moved(x, right), y: moved(y, down), side: size as i32 }, score })
}

/// The likeliest of each group of twins, with the scores of all of them.
fn merge(mut windows: Vec<Window>, same: f32) -> Vec<Window> {
    windows.sort_by(|one, other| other.score.total_cmp(&one.score));
    windows.truncate(MAX_WINDOWS);
    let mut kept: Vec<Window> = Vec::new();
    let mut chosen: Vec<Square> = Vec::new();
    for window in windows {
        match chosen.iter().position(|square| overlap(*square, window.square) > same) {
            Some(at) => kept[at].score += window.score,
            None => {
                chosen.push(window.square);
                kept.push(window);
            }
        }
    }
    kept
}

/// The part of two squares that both have, of what they cover together.
fn overlap(one: Square, other: Square) -> f32 {
    let along = |a: i32, b: i32| ((a + one.side).min(b + other.side) - a.max(b)).max(0) as f32;
    let both = along(one.x, other.x) * along(one.y, other.y);
    let all = (one.side as f32).powi(2) + (other.side as f32).powi(2) - both;
    if all > 0.0 { both / all } else { 0.0 }
}
