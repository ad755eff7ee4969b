//! What programs read: lists of live pages, and what these refer to, for whoever asks.

#[macro_use]
mod parts;

pub mod opened;
mod ordered;
pub mod pages;
pub mod places;
pub mod redirects;
pub mod related;

pub use opened::Opened;
pub use pages::{Compare, Fields, Filter, Key, MAX_KEYS, Order, PageRow, Wanted};
pub use places::Place;
pub use related::{DocumentRow, ImageRow, Related, SnippetRow, Wants};

/// Every statement of this module.
pub const QUERIES: &[&[&crate::db::Query]] =
    &[opened::QUERIES, ordered::QUERIES, pages::QUERIES, places::QUERIES, redirects::QUERIES, related::QUERIES];
