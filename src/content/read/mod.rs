//! What programs read: lists of live pages, and what these refer to, for whoever asks.

pub mod opened;
mod ordered;
pub mod pages;
pub mod redirects;
pub mod related;

pub use opened::Opened;
pub use pages::{Filter, Key, MAX_KEYS, Order, PageRow, Place, Wanted};
pub use related::{DocumentRow, ImageRow, Related, SnippetRow, Wants};

/// Every statement of this module.
pub const QUERIES: &[&[&crate::db::Query]] =
    &[opened::QUERIES, ordered::QUERIES, pages::QUERIES, redirects::QUERIES, related::QUERIES];
