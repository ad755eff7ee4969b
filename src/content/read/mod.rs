//! What programs read: lists of live pages, and what these refer to, for whoever asks.

pub mod by_ids;
mod children;
pub mod opened;
mod ordered;
pub mod pages;
pub mod redirects;
pub mod related;

pub use by_ids::Place;
pub use opened::Opened;
pub use pages::{Fields, Filter, Key, MAX_KEYS, Order, PageRow, Wanted};
pub use related::{DocumentRow, ImageRow, Related, SnippetRow, Wants};

/// Every statement of this module.
pub const QUERIES: &[&[&crate::db::Query]] = &[
    by_ids::QUERIES,
    children::QUERIES,
    opened::QUERIES,
    ordered::QUERIES,
    pages::QUERIES,
    redirects::QUERIES,
    related::QUERIES,
];
