//! What the types of snippets and of settings say beside their fields.

use super::problem::suggestion;
use super::table::Table;

/// What the snippets of a type can do beside holding fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnippetOptions {
    /// A change is a draft until it is published.
    pub drafts: bool,
    /// Every save is kept. Drafts are kept anyhow.
    pub revisions: bool,
    /// One for each language.
    pub translatable: bool,
    /// A search of the list looks through the fields too.
    pub searchable: bool,
    /// Editors put them in order.
    pub orderable: bool,
}

/// Whether each site has settings of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Site,
    Global,
}

pub(super) fn read_snippet_options(table: &Table<'_>) -> SnippetOptions {
    let option = |key| table.boolean(key).unwrap_or(false);
    SnippetOptions {
        drafts: option("drafts"),
        revisions: option("revisions"),
        translatable: option("translatable"),
        searchable: option("searchable"),
        orderable: option("orderable"),
    }
}

pub(super) fn read_scope(table: &Table<'_>) -> Scope {
    match table.string("scope").as_deref() {
        Some("site") | None => Scope::Site,
        Some("global") => Scope::Global,
        Some(other) => {
            table.report("scope", format!("\"{other}\" is not a scope{}", suggestion(other, ["site", "global"])));
            Scope::Site
        }
    }
}
