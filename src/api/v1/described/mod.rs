//! What there is to say of the things beside pages, for the document of the API.

mod people;
mod redirects;
mod sites;
mod snippets;

use crate::api::openapi::operation::Part;

/// In the order of the document.
pub(super) const PARTS: [&Part; 5] =
    [&snippets::PART, &redirects::REDIRECTS, &redirects::SETTINGS_PART, &sites::PART, &people::PART];
