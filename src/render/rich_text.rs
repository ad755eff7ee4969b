//! Rich text in Wagtail's database form: cleaning what is saved, resolving references when it is shown,
//! and reading it as plain text.
//!
//! The database form is HTML with references in place of addresses: `<a linktype="page" id="3">`,
//! `<embed embedtype="image" id="5" …/>`. A page that moves keeps its links.

mod convert;
pub(in crate::render) mod entity;
mod expand;
mod feature;
mod format;
pub(in crate::render) mod links;
mod sanitise;
pub(in crate::render) mod scan;

pub use convert::{LinkTarget, convert_links, web_links};
pub use expand::{ImageEmbed, ImageFormat, Resolver, expand, plain_text};
pub use feature::{Feature, Features};
pub use format::{Format, InputError, read_input};
pub use links::{Target, embed_urls, frame_source, resolve_paths, targets};
pub use sanitise::{Sanitised, sanitise};
