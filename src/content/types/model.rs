//! What a content type is: plain data, read from TOML by `load` and trusted afterwards.

use regex::Regex;
use serde_json::Value;

use super::columns::ListOptions;
use super::decimal::Decimal;
use super::options::{FormOptions, PreviewMode, Scope, SnippetOptions};
use super::records::RecordOptions;
use crate::render::rich_text::Features;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Page,
    Snippet,
    Settings,
    /// Rows of plain values, many of them.
    Collection,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Page, Kind::Snippet, Kind::Settings, Kind::Collection];

    /// As in a type file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Page => "page",
            Kind::Snippet => "snippet",
            Kind::Settings => "settings",
            Kind::Collection => "collection",
        }
    }
}

#[derive(Debug, Clone)]
pub struct ContentType {
    /// Dotted, as in Django: `blog.BlogPage`.
    pub name: String,
    pub kind: Kind,
    pub label: String,
    pub description: String,
    /// Under `templates/`. Every page type has one.
    pub template: Option<String>,
    /// None: any. Empty: only at the top of a site.
    pub parent_types: Option<Vec<String>>,
    /// None: any. Empty: none.
    pub child_types: Option<Vec<String>>,
    pub max_count: Option<usize>,
    pub max_count_per_parent: Option<usize>,
    /// Whether editors may make new ones.
    pub creatable: bool,
    pub fields: Vec<Field>,
    /// The fields that programs read, in their order; none: all but those that only some may set.
    pub api_fields: Option<Vec<String>>,
    pub listing: Option<Listing>,
    pub queries: Vec<ChildQuery>,
    /// Set for pages that are forms.
    pub form: Option<FormOptions>,
    pub snippet: SnippetOptions,
    /// In the editor.
    pub list: ListOptions,
    pub scope: Scope,
    /// Settings that front ends are told, whoever asks: their `api_fields`.
    pub public: bool,
    /// Set for collections.
    pub records: Option<RecordOptions>,
    /// Who may see a new page of this type and what is below it; none: everybody.
    pub privacy: Option<DefaultPrivacy>,
    /// Beside the page itself, in the editor.
    pub preview_modes: Vec<PreviewMode>,
}

/// Whom new pages of a type are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultPrivacy {
    /// Whoever signed in.
    Login,
    /// Whoever is in one of these groups.
    Groups(Vec<String>),
}

impl ContentType {
    /// The name of settings in templates: `site.SiteSettings` is `site_settings`.
    pub fn template_name(&self) -> String {
        let model = self.name.rsplit('.').next().unwrap_or(&self.name);
        let letters: Vec<char> = model.chars().collect();
        let mut name = String::with_capacity(model.len() + 4);
        for (at, letter) in letters.iter().enumerate() {
            let after = at.checked_sub(1).and_then(|before| letters.get(before));
            let ends_word = after.is_some_and(|before| !before.is_ascii_uppercase() && *before != '_');
            let starts_word = letters.get(at + 1).is_some_and(char::is_ascii_lowercase) && after != Some(&'_');
            if letter.is_ascii_uppercase() && at > 0 && (ends_word || starts_word) {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    /// The fields that programs read, in their order.
    pub fn api_fields(&self) -> Vec<&Field> {
        match &self.api_fields {
            Some(names) => names.iter().filter_map(|name| self.field(name)).collect(),
            None => {
                let open =
                    |field: &&Field| field.permission.is_none() && !matches!(field.kind, FieldKind::Static { .. });
                self.fields.iter().filter(open).collect()
            }
        }
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// This page lists its live child pages, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub of: String,
    pub per_page: usize,
    pub filters: Vec<ListingFilter>,
    /// Whether there are sub-routes by year and month: `<page>/archive/2026/11/`.
    pub archive: bool,
}

/// A sub-route of a listing: `<page>/<segment>/<slug>/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingFilter {
    pub segment: String,
    /// A snippet, snippets or tags field of the listed type.
    pub field: String,
}

/// A list of pages that the template gets by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildQuery {
    pub name: String,
    pub of: String,
    pub limit: usize,
    pub exclude_self: bool,
    pub by: ListedBy,
}

/// Which pages a query lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedBy {
    /// The newest of the type.
    Newest,
    /// Siblings with the same snippet in this field, oldest first: the parts of a series.
    Same(String),
    /// Siblings that share most tags.
    Tags(String),
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub help: String,
    pub required: bool,
    pub default: Option<Value>,
    /// The group whose members may set it, beside superusers; none: everybody who may edit.
    pub permission: Option<String>,
    /// Attributes of its form control, such as `placeholder`.
    pub form_attrs: Vec<(String, String)>,
    pub kind: FieldKind,
}

impl Field {
    /// A field that says nothing but its kind.
    pub(super) fn of_kind(name: &str, kind: FieldKind) -> Field {
        let (name, label, help) = (name.to_owned(), String::new(), String::new());
        Field { name, label, help, required: false, default: None, permission: None, form_attrs: Vec::new(), kind }
    }
}

/// Bounds on the number of characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Length {
    pub min: Option<usize>,
    pub max: Option<usize>,
}

/// Bounds on the number of items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Items {
    pub min: Option<usize>,
    pub max: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// How often one block may stand in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockCount {
    pub block: String,
    pub items: Items,
}

#[derive(Debug, Clone)]
pub enum FieldKind {
    Char(Length),
    Text(Length),
    Email(Length),
    Url(Length),
    Regex {
        length: Length,
        pattern: Regex,
        error_message: Option<String>,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Float {
        min: Option<f64>,
        max: Option<f64>,
    },
    Decimal {
        min: Option<Decimal>,
        max: Option<Decimal>,
        max_digits: Option<usize>,
        decimal_places: Option<usize>,
    },
    Boolean,
    Date,
    Time,
    DateTime,
    Choice(Vec<Choice>),
    MultipleChoice(Vec<Choice>),
    /// The maximal length is that of the plain text.
    RichText {
        features: Features,
        max_length: Option<usize>,
    },
    RawHtml,
    BlockQuote(Length),
    Static {
        text: String,
    },
    Stream {
        blocks: Vec<String>,
        items: Items,
        counts: Vec<BlockCount>,
    },
    Struct {
        block: String,
    },
    List {
        block: String,
        items: Items,
    },
    /// Types that may be chosen; empty: any.
    Page {
        of: Vec<String>,
    },
    Snippet {
        of: String,
    },
    Snippets {
        of: String,
        items: Items,
    },
    Image,
    Document,
    /// An image with what it says here: an alternative text, or that it is decoration.
    ImageBlock,
    /// The address of a video, a post or the like.
    Embed,
    /// Rows of text, as in Wagtail's `TableBlock`.
    Table,
    /// Rows of values; each column takes one of these blocks.
    TypedTable {
        blocks: Vec<String>,
    },
    Tags {
        max_items: Option<usize>,
    },
}

impl FieldKind {
    /// The names in a type file, in the order of the documentation.
    pub const NAMES: [&'static str; 31] = [
        "char",
        "text",
        "email",
        "url",
        "integer",
        "float",
        "decimal",
        "regex",
        "boolean",
        "date",
        "time",
        "datetime",
        "choice",
        "multiple_choice",
        "rich_text",
        "raw_html",
        "block_quote",
        "static",
        "stream",
        "struct",
        "list",
        "page",
        "snippet",
        "snippets",
        "image",
        "document",
        "image_block",
        "embed",
        "table",
        "typed_table",
        "tags",
    ];

    pub fn name(&self) -> &'static str {
        match self {
            FieldKind::Char(_) => "char",
            FieldKind::Text(_) => "text",
            FieldKind::Email(_) => "email",
            FieldKind::Url(_) => "url",
            FieldKind::Integer { .. } => "integer",
            FieldKind::Float { .. } => "float",
            FieldKind::Decimal { .. } => "decimal",
            FieldKind::Regex { .. } => "regex",
            FieldKind::Boolean => "boolean",
            FieldKind::Date => "date",
            FieldKind::Time => "time",
            FieldKind::DateTime => "datetime",
            FieldKind::Choice(_) => "choice",
            FieldKind::MultipleChoice(_) => "multiple_choice",
            FieldKind::RichText { .. } => "rich_text",
            FieldKind::RawHtml => "raw_html",
            FieldKind::BlockQuote(_) => "block_quote",
            FieldKind::Static { .. } => "static",
            FieldKind::Stream { .. } => "stream",
            FieldKind::Struct { .. } => "struct",
            FieldKind::List { .. } => "list",
            FieldKind::Page { .. } => "page",
            FieldKind::Snippet { .. } => "snippet",
            FieldKind::Snippets { .. } => "snippets",
            FieldKind::Image => "image",
            FieldKind::Document => "document",
            FieldKind::ImageBlock => "image_block",
            FieldKind::Embed => "embed",
            FieldKind::Table => "table",
            FieldKind::TypedTable { .. } => "typed_table",
            FieldKind::Tags { .. } => "tags",
        }
    }

    /// The blocks that a value of this kind contains, by name.
    pub fn blocks(&self) -> &[String] {
        match self {
            FieldKind::Stream { blocks, .. } | FieldKind::TypedTable { blocks } => blocks,
            FieldKind::Struct { block } | FieldKind::List { block, .. } => std::slice::from_ref(block),
            _ => &[],
        }
    }
}
