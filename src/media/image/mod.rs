//! The image pipeline: what an upload is, what a filter asks for, and the bytes that answer it.
//!
//! Pure functions of bytes and numbers: no storage, no database, no clock. Reading and writing pixels takes up to a
//! second and hundreds of megabytes, so callers run it on the blocking pool, a few at a time.

mod filter;
mod focal;
mod format;
mod geometry;
mod name;

pub use filter::{FilterError, FilterSpec, MAX_EXPANSIONS, MAX_LENGTH, MAX_OPERATIONS, Output, Source, expand_braces};
pub use focal::FocalPoint;
pub use format::{Format, Size};
pub use geometry::MAX_SIDE_PX;
pub use name::{safe_name, title_from};
