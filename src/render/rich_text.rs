//! Rich text in Wagtail's database form: cleaning what is saved, resolving page links when it is shown,
//! and reading it as plain text.
//!
//! The database form is HTML with references in place of addresses: `<a linktype="page" id="3">`,
//! `<embed embedtype="image" id="5" …/>`. A page that moves keeps its links.

mod entity;
mod expand;
mod feature;
mod links;
mod sanitise;
mod scan;

pub use expand::{expand, plain_text};
pub use feature::{Feature, Features};
pub use links::{Target, embed_urls, page_ids, resolve_paths, targets};
pub use sanitise::{Sanitised, sanitise};
