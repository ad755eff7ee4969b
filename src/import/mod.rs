//! Moving in: what other systems write about themselves becomes content, files and accounts of this one.

mod report;
mod store;
pub mod wagtail;

pub use report::{Alike, Notice, Report, Tally};

use crate::db::Query;

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[store::QUERIES];
