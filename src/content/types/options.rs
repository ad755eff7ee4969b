//! What the types of forms, of snippets and of settings say beside their fields.

use super::claim::{Claim, Claims};
use super::field::check_name;
use super::load::template;
use super::model::{ContentType, Field, FieldKind};
use super::problem::suggestion;
use super::table::Table;

/// A page that is a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormOptions {
    /// The stream field that holds the form's fields.
    pub fields: String,
    /// The page field that says where visitors go who sent the form.
    pub landing_page: Option<String>,
}

/// Another way to look at a page in the making, beside the page itself: such as what lists show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewMode {
    pub name: String,
    pub label: String,
    /// Under `templates/`; it knows what the page's own template knows.
    pub template: String,
}

/// Ways to look at a page, of one type.
const MAX_PREVIEW_MODES: usize = 10;
/// The mode of a form that shows what visitors see who sent it.
pub const SENT: &str = "sent";

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

/// `fields`: those of the type.
pub(super) fn read_form(table: &Table<'_>, fields: &[Field], claims: &mut Claims) -> Option<FormOptions> {
    let kind_of = |name: &str| fields.iter().find(|field| field.name == name).map(|field| &field.kind);
    let of = table.required_string("fields");
    let landing_page = table.string("landing_page");
    table.finish("a form");
    if let Some(name) = landing_page.as_ref().filter(|name| !matches!(kind_of(name), Some(FieldKind::Page { .. }))) {
        table.report("landing_page", format!("\"{name}\" is not a page field of this type"));
    }
    let of = of?;
    let Some(FieldKind::Stream { blocks, .. }) = kind_of(&of) else {
        table.report("fields", format!("\"{of}\" is not a stream field of this type"));
        return None;
    };
    claims.extend(blocks.iter().map(|block| (table.place("fields"), Claim::FormField(block.clone()))));
    Some(FormOptions { fields: of, landing_page })
}

/// `[[preview_modes]]`.
pub(super) fn read_preview_modes(table: &Table<'_>) -> Vec<PreviewMode> {
    let mut modes: Vec<PreviewMode> = Vec::new();
    for entry in table.tables("preview_modes") {
        let (name, label) = (entry.required_string("name"), entry.required_string("label"));
        if !entry.has("template") {
            entry.report("template", "is missing: a preview mode needs a template, a path under templates/");
        }
        let template = template(&entry);
        entry.finish("a preview mode");
        let (Some(name), Some(label), Some(template)) = (name, label, template) else { continue };
        if let Err(why) = check_name(&name) {
            entry.report("name", why);
        } else if name == SENT || modes.iter().any(|earlier| earlier.name == name) {
            entry.report("name", format!("\"{name}\" is the name of another preview mode"));
        } else if modes.len() == MAX_PREVIEW_MODES {
            entry.report("name", format!("a type has {MAX_PREVIEW_MODES} preview modes at most"));
        }
        modes.push(PreviewMode { name, label, template });
    }
    modes
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

/// Words in the name of a field that nobody is told by mistake.
const SECRET_WORDS: [&str; 7] = ["secret", "password", "passphrase", "credential", "credentials", "token", "private"];

/// `public = true`: whoever asks is told the `api_fields` of these settings, which are plain values and no secrets.
pub(super) fn read_public(table: &Table<'_>, of_type: &ContentType) -> bool {
    let public = table.boolean("public").unwrap_or(false);
    let told = of_type.api_fields();
    for field in told.into_iter().filter(|_| public) {
        let name = &field.name;
        if !is_plain(&field.kind) {
            let kind = field.kind.name();
            table.report(
                "public",
                format!("\"{name}\" is {kind}: front ends are told plain values; leave it out of api_fields"),
            );
        }
        if name.split('_').any(|word| SECRET_WORDS.contains(&word)) {
            table.report(
                "public",
                format!("\"{name}\" sounds like a secret, and everybody would be told it: leave it out of api_fields"),
            );
        }
    }
    public
}

/// Whether the stored value says all: it refers to nothing and is not to be rendered.
fn is_plain(kind: &FieldKind) -> bool {
    use FieldKind as K;
    matches!(kind, K::Char(_) | K::Text(_) | K::Email(_) | K::Url(_) | K::Regex { .. } | K::Integer { .. })
        || matches!(kind, K::Float { .. } | K::Decimal { .. } | K::Boolean | K::Date | K::Time | K::DateTime)
        || matches!(kind, K::Choice(_) | K::MultipleChoice(_) | K::Tags { .. })
}
