//! What there is to say of the things beside pages, for the document of the API.

mod files;
mod logs;
mod people;
mod records;
mod redirects;
mod sites;
mod snippets;
mod webhooks;

use crate::api::openapi::operation::Part;
pub(in crate::api) use webhooks::messages;

/// In the order of the document.
pub(super) const PARTS: [&Part; 13] = [
    &snippets::PART,
    &files::IMAGES,
    &files::DOCUMENTS,
    &records::PART,
    &logs::SEARCH,
    &logs::FORMS,
    &redirects::REDIRECTS,
    &redirects::SETTINGS_PART,
    &sites::PART,
    &people::PART,
    &logs::LOGS,
    &webhooks::WEBHOOKS,
    &webhooks::CHANGES,
];
