//! What there is to say of the things beside pages, for the document of the API.

mod files;
mod logs;
mod people;
mod redirects;
mod sites;
mod snippets;

use crate::api::openapi::operation::Part;

/// In the order of the document.
pub(super) const PARTS: [&Part; 10] = [
    &snippets::PART,
    &files::IMAGES,
    &files::DOCUMENTS,
    &logs::SEARCH,
    &logs::FORMS,
    &redirects::REDIRECTS,
    &redirects::SETTINGS_PART,
    &sites::PART,
    &people::PART,
    &logs::LOGS,
];
