//! The image pipeline: what an upload is, what a filter asks for, and the bytes that answer it.
//!
//! Pure functions of bytes and numbers: no storage, no database, no clock.
//! - An upload: [`inspect`] refuses or says what it is, [`strip`] takes its metadata out; store what that returns.
//!   [`safe_name`] and [`title_from`] make names of the client's name.
//! - A page: [`FilterSpec`] parses a filter, [`FilterSpec::output`] foretells size and format by arithmetic alone.
//! - A rendition's own request: [`render`] makes the bytes. Reading and writing pixels takes up to seconds and hundreds
//!   of megabytes, so callers run it on the blocking pool, a few at a time.
//! - After an upload: [`suggest_focal_point`] looks for faces.

mod color;
mod decode;
mod detect;
mod encode;
mod faces;
mod filter;
mod focal;
mod format;
mod geometry;
mod inspect;
mod limits;
mod name;
mod refused;
mod render;
mod scan;
#[cfg(test)]
mod tests;

pub use detect::suggest_focal_point;
pub use filter::{FilterError, FilterSpec, MAX_EXPANSIONS, MAX_LENGTH, MAX_OPERATIONS, Output, Source, expand_braces};
pub use focal::{FocalBy, FocalPoint};
pub use format::{Format, Size};
pub use geometry::MAX_SIDE_PX;
pub use inspect::{ImageInfo, inspect, strip};
pub use limits::Limits;
pub use name::{MAX_NAME_BYTES, MAX_TITLE_CHARACTERS, safe_name, title_from};
pub use refused::Refused;
pub use render::{Encoded, Quality, RenderError, render};
