//! What objects have, as Wagtail's viewsets declare it: which fields, in which order, and what they refer to.

use crate::content::site::Site;
use crate::content::types::{ContentType, Field, FieldKind, Types};

/// What kind of object.
#[derive(Clone, Copy, Debug)]
pub enum Model<'t> {
    /// Of one type, or of any.
    Page(Option<&'t ContentType>),
    Snippet(&'t ContentType),
    Image,
    Document,
    Redirect,
    /// Without an address and fields of its own: a tag, a language.
    Plain,
}

/// A field of a model.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    pub name: &'t str,
    pub is_meta: bool,
    /// Of the type; none for what every object of the kind has.
    pub field: Option<&'t Field>,
}

/// Which fields are shown when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    List,
    Detail,
    Nested,
}

const PAGE_META: &[&str] = &[
    "type",
    "detail_url",
    "html_url",
    "slug",
    "show_in_menus",
    "seo_title",
    "search_description",
    "first_published_at",
    "alias_of",
    "parent",
    "locale",
];
/// In no column: neither filtered on nor ordered by.
const COMPUTED: &[&str] = &["type", "detail_url", "html_url", "download_url", "parent", "location"];

impl<'t> Model<'t> {
    /// Django's name, in refusals.
    pub fn name(self) -> &'t str {
        match self {
            Self::Page(None) => "Page",
            Self::Page(Some(of)) | Self::Snippet(of) => of.name.rsplit('.').next().unwrap_or(&of.name),
            Self::Image => "Image",
            Self::Document => "Document",
            Self::Redirect => "Redirect",
            Self::Plain => "Object",
        }
    }

    /// All of them: those of the body, then those in `meta`.
    pub fn entries(self) -> Vec<Entry<'t>> {
        let (body, meta): (&[&str], &[&str]) = match self {
            Self::Page(_) => (&["id", "title"], PAGE_META),
            Self::Snippet(_) => (&["id", "name", "slug"], &["type"]),
            Self::Image => (&["id", "title", "width", "height"], &["type", "detail_url", "tags", "download_url"]),
            Self::Document => (&["id", "title"], &["type", "detail_url", "tags", "download_url"]),
            Self::Redirect => (&["id", "old_path", "location"], &["type", "detail_url"]),
            Self::Plain => (&["id"], &["type"]),
        };
        let own = |is_meta| move |name: &&'static str| Entry { name, is_meta, field: None };
        let of_type = self.content_type().into_iter().flat_map(ContentType::api_fields);
        let of_type = of_type.map(|field| Entry { name: &field.name, is_meta: false, field: Some(field) });
        body.iter().map(own(false)).chain(of_type).chain(meta.iter().map(own(true))).collect()
    }

    pub fn content_type(self) -> Option<&'t ContentType> {
        match self {
            Self::Page(of) => of,
            Self::Snippet(of) => Some(of),
            _ => None,
        }
    }

    /// Whether a field is shown when nothing is said.
    pub fn shows(self, entry: &Entry<'_>, level: Level, site: &Site) -> bool {
        let speaks_several = site.languages.len() > 1;
        match (self, level) {
            (_, Level::Detail) => entry.name != "locale" || speaks_several,
            (Self::Page(_), Level::List) => match entry.name {
                "locale" => speaks_several,
                name => entry.field.is_none() && LISTED_OF_PAGES.contains(&name),
            },
            (Self::Page(_), Level::Nested) => {
                entry.field.is_none() && matches!(entry.name, "id" | "type" | "detail_url" | "title")
            }
            (Self::Image | Self::Document, Level::List) => !matches!(entry.name, "width" | "height"),
            (Self::Image | Self::Document, Level::Nested) => !matches!(entry.name, "width" | "height" | "tags"),
            (Self::Redirect, _) => true,
            (Self::Snippet(_) | Self::Plain, _) => entry.field.is_none() && matches!(entry.name, "id" | "type"),
        }
    }
}

pub const LISTED_OF_PAGES: &[&str] = &["id", "title", "type", "detail_url", "html_url", "slug", "first_published_at"];

impl<'t> Entry<'t> {
    /// Whether lists can be narrowed to its values.
    pub fn is_filtered(&self) -> bool {
        !COMPUTED.contains(&self.name)
    }

    /// What it refers to, where it is a reference.
    pub fn refers_to(&self, types: &'t Types) -> Option<Model<'t>> {
        let Some(field) = self.field else {
            return match self.name {
                "alias_of" => Some(Model::Page(None)),
                "tags" | "locale" => Some(Model::Plain),
                _ => None,
            };
        };
        match &field.kind {
            FieldKind::Page { of } => Some(Model::Page(match of.as_slice() {
                [only] => types.find(only),
                _ => None,
            })),
            FieldKind::Snippet { of } | FieldKind::Snippets { of, .. } => types.find(of).map(Model::Snippet),
            FieldKind::Image => Some(Model::Image),
            FieldKind::Document => Some(Model::Document),
            FieldKind::Tags { .. } => Some(Model::Plain),
            _ => None,
        }
    }
}
