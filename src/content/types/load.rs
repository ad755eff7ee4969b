//! Reading all type files: problems are collected over all of them, so that one run shows every mistake.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::check;
use super::claim::{Claim, Claims};
use super::columns::{ListOptions, read_list};
use super::field::{check_name, fields};
use super::library::{self, Block};
use super::model::{ChildQuery, ContentType, DefaultPrivacy, Field, FieldKind, Kind, ListedBy, Listing, ListingFilter};
use super::options::{
    Scope, SnippetOptions, read_form, read_preview_modes, read_public, read_scope, read_snippet_options,
};
use super::problem::{Place, Problem, SourceFile, suggestion};
use super::records::{self, read_records};
use super::set::Types;
use super::table::{Source, Table};

/// The file that holds the block library; every other file holds one type.
const BLOCKS_FILE: &str = "blocks.toml";
/// Pages of a type, or of one under a parent.
const MAX_COUNT: usize = 1_000_000;
const DEFAULT_PER_PAGE: usize = 10;
const MAX_PER_PAGE: usize = 100;
const MAX_QUERY_ROWS: usize = 50;

/// What a template knows of every page, beside the page type's own fields.
const PAGE_NAMES: [&str; 15] = [
    "title",
    "slug",
    "id",
    "type",
    "url",
    "full_url",
    "seo_title",
    "search_description",
    "show_in_menus",
    "first_published_at",
    "last_published_at",
    "reading_time_minutes",
    "word_count",
    "path",
    "live",
];
const SNIPPET_NAMES: [&str; 5] = ["id", "type", "slug", "name", "url"];

impl Kind {
    /// What objects of this kind have beside the fields of their type: no field may be called so.
    pub fn own_names(self) -> &'static [&'static str] {
        match self {
            Self::Page => &PAGE_NAMES,
            Self::Snippet => &SNIPPET_NAMES,
            Self::Settings => &[],
            Self::Collection => &records::RESERVED_FIELDS,
        }
    }
}

/// The sub-route by year and month.
const ARCHIVE: &str = "archive";
/// What a page template knows beside the page.
const CONTEXT_NAMES: [&str; 12] = [
    "form",
    "page",
    "site",
    "menu",
    "breadcrumbs",
    "request",
    "csp_nonce",
    "now_year",
    "version",
    "listing",
    "block",
    "settings",
];

/// All that was read so far.
#[derive(Default)]
pub(super) struct Loaded {
    pub types: BTreeMap<String, ContentType>,
    pub blocks: BTreeMap<String, Block>,
    /// Where each definition stands.
    pub places: BTreeMap<String, Place>,
    /// Names that a file with syntax errors was about to define: references to them are not mistakes.
    pub broken: BTreeSet<String>,
    pub claims: Claims,
    pub problems: Vec<Problem>,
}

impl Types {
    /// Reads and checks a whole set of type files.
    ///
    /// Errors: every problem of every file, by file and line.
    pub fn load(files: &[SourceFile]) -> Result<Types, Vec<Problem>> {
        let mut loaded = Loaded::default();
        for file in files {
            let source = Source::new(file);
            read_file(file, &source, &mut loaded);
            loaded.problems.append(&mut source.into_problems());
        }
        let Loaded { types, blocks, places, broken, claims, mut problems } = loaded;
        let types = Types::new(types, blocks);
        problems.append(&mut check::settle(&types, &places, &broken, claims));
        if problems.is_empty() {
            return Ok(types);
        }
        problems.sort_by(|left, right| (&left.file, left.line, &left.key).cmp(&(&right.file, right.line, &right.key)));
        problems.dedup();
        Err(problems)
    }
}

fn read_file(file: &SourceFile, source: &Source<'_>, loaded: &mut Loaded) {
    let is_library = file.path.rsplit(['/', '\\']).next() == Some(BLOCKS_FILE);
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    let root = document.get_ref();
    if !errors.is_empty() {
        source.report_syntax(&errors);
        if is_library {
            loaded.broken.extend(root.keys().map(|name| name.get_ref().to_string()));
        } else if let Some(name) = root.get("name").and_then(|name| name.get_ref().as_str()) {
            loaded.broken.insert(name.to_owned());
        }
        return;
    }
    let table = Table::new(source, root, 0..0, String::new());
    if is_library {
        library::read(&table, loaded);
    } else {
        read_type(&table, loaded);
    }
}

fn read_type(table: &Table<'_>, loaded: &mut Loaded) {
    let name = table.required_string("name");
    let place = table.place("name");
    if let Some(name) = name.as_deref().filter(|name| !is_type_name(name)) {
        table.report("name", format!("\"{name}\" must be dotted, as in \"blog.BlogPage\""));
    }
    let name = name.unwrap_or_default();
    let kind = match table.required_string("kind").as_deref() {
        None => Kind::Page,
        Some(given) => Kind::ALL.into_iter().find(|kind| kind.name() == given).unwrap_or_else(|| {
            let known = suggestion(given, Kind::ALL.map(Kind::name));
            table.report("kind", format!("\"{given}\" is not a kind of type{known}"));
            Kind::Page
        }),
    };
    let mut read = ContentType {
        kind,
        label: table.required_string("label").unwrap_or_default(),
        description: table.string("description").unwrap_or_default(),
        // Settings are there once, for each site or in all.
        creatable: kind != Kind::Settings && table.boolean("creatable").unwrap_or(true),
        fields: fields(table, kind.own_names(), &mut loaded.claims),
        api_fields: None,
        name: name.clone(),
        template: None,
        parent_types: None,
        child_types: None,
        max_count: None,
        max_count_per_parent: None,
        listing: None,
        queries: Vec::new(),
        form: None,
        snippet: SnippetOptions::default(),
        list: ListOptions::default(),
        scope: Scope::default(),
        public: false,
        records: None,
        privacy: None,
        preview_modes: Vec::new(),
    };
    read.api_fields = read_api_fields(table, &read.fields);
    match kind {
        Kind::Page => {
            read_page_keys(table, &mut read, &mut loaded.claims);
            read.list = read_list(table, &read.fields, Kind::Page);
            table.finish("a page type");
        }
        Kind::Snippet => {
            read.snippet = read_snippet_options(table);
            read.list = read_list(table, &read.fields, Kind::Snippet);
            table.finish("a snippet type");
        }
        Kind::Settings => {
            read.scope = read_scope(table);
            read.public = read_public(table, &read);
            loaded.claims.push((table.place("name"), Claim::Settings(name.clone())));
            table.finish("a type of settings");
        }
        Kind::Collection => {
            read.records = read_records(table, &read.fields);
            read.list = read_list(table, &read.fields, Kind::Collection);
            if let Some(records) = &read.records {
                loaded
                    .claims
                    .push((table.place("path"), Claim::RecordPath { of: name.clone(), path: records.path.clone() }));
            }
            table.finish("a collection");
        }
    }
    if name.is_empty() {
        return;
    }
    match loaded.places.get(&name) {
        Some(earlier) => {
            table.report("name", format!("\"{name}\" is defined in {}:{} already", earlier.file, earlier.line));
        }
        None => {
            loaded.places.insert(name.clone(), place);
            loaded.types.insert(name, read);
        }
    }
}

fn read_page_keys(table: &Table<'_>, read: &mut ContentType, claims: &mut Claims) {
    if !table.has("template") {
        table.report("template", "is missing: a page type needs a template, a path under templates/");
    }
    read.template = template(table);
    let name = &read.name;
    read.parent_types = related(table, "parent_types", claims, |parent| Claim::Parent { child: name.clone(), parent });
    read.child_types = related(table, "child_types", claims, |child| Claim::Child { parent: name.clone(), child });
    read.max_count = table.count("max_count", 1..MAX_COUNT + 1);
    read.max_count_per_parent = table.count("max_count_per_parent", 1..MAX_COUNT + 1);
    read.listing = table.table("listing").and_then(|listing| read_listing(&listing, &read.name, claims));
    read.privacy = read_privacy(table);
    read.preview_modes = read_preview_modes(table);
    read.form = table.table("form").and_then(|form| read_form(&form, &read.fields, claims));
    for query in table.tables("queries") {
        if let Some(child_query) = read_query(&query, claims) {
            if read.queries.iter().any(|earlier| earlier.name == child_query.name) {
                query.report("name", format!("\"{}\" is the name of an earlier query", child_query.name));
            }
            read.queries.push(child_query);
        }
        query.finish("a query");
    }
}

/// `api_fields = ["intro", "body"]`: what programs read, in this order.
fn read_api_fields(table: &Table<'_>, fields: &[Field]) -> Option<Vec<String>> {
    let names = table.strings("api_fields")?;
    let shown = |name: &str| fields.iter().find(|field| field.name == name);
    for (name, _) in &names {
        match shown(name) {
            None => {
                let known = suggestion(name, fields.iter().map(|field| field.name.as_str()));
                table.report("api_fields", format!("\"{name}\" is not a field of this type{known}"));
            }
            Some(field) if matches!(field.kind, FieldKind::Static { .. }) => {
                table.report("api_fields", format!("\"{name}\" is static: it has no value"));
            }
            Some(_) => {}
        }
    }
    Some(names.into_iter().map(|(name, _)| name).collect())
}

/// `privacy = "login"`, or `privacy_groups = ["Keepers"]`.
fn read_privacy(table: &Table<'_>) -> Option<DefaultPrivacy> {
    let word = table.string("privacy");
    let groups: Option<Vec<String>> =
        table.strings("privacy_groups").map(|found| found.into_iter().map(|(name, _)| name).collect());
    match (word.as_deref(), groups) {
        (None, None) | (Some("public"), None) => None,
        (Some("login"), None) => Some(DefaultPrivacy::Login),
        (Some("groups"), Some(groups)) if !groups.is_empty() => Some(DefaultPrivacy::Groups(groups)),
        (Some("groups"), _) => {
            table.report("privacy", "needs privacy_groups: the names of the groups");
            None
        }
        (_, Some(_)) => {
            table.report("privacy_groups", "goes with privacy = \"groups\"");
            None
        }
        (Some(other), None) => {
            table.report("privacy", format!("must be public, login or groups, not \"{other}\""));
            None
        }
    }
}

fn related(
    table: &Table<'_>,
    key: &'static str,
    claims: &mut Claims,
    claim: impl Fn(String) -> Claim,
) -> Option<Vec<String>> {
    let names = table.strings(key)?;
    Some(
        names
            .into_iter()
            .map(|(name, place)| {
                claims.push((place, claim(name.clone())));
                name
            })
            .collect(),
    )
}

fn read_listing(table: &Table<'_>, page: &str, claims: &mut Claims) -> Option<Listing> {
    let of = table.required_string("of");
    if let Some(of) = &of {
        claims.push((table.place("of"), Claim::Listed { page: page.to_owned(), of: of.clone() }));
    }
    let per_page = table.count("per_page", 1..MAX_PER_PAGE + 1).unwrap_or(DEFAULT_PER_PAGE);
    let mut filters: Vec<ListingFilter> = Vec::new();
    for entry in table.tables("filters") {
        let (segment, field) = (entry.required_string("segment"), entry.required_string("field"));
        entry.finish("a listing filter");
        let (Some(segment), Some(field)) = (segment, field) else { continue };
        if !segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            entry.report("segment", format!("\"{segment}\" must be small letters, digits and -"));
        }
        if filters.iter().any(|filter| filter.segment == segment) {
            entry.report("segment", format!("\"{segment}\" is the segment of an earlier filter"));
        }
        if let Some(of) = &of {
            claims.push((entry.place("field"), Claim::Filter { of: of.clone(), field: field.clone() }));
        }
        filters.push(ListingFilter { segment, field });
    }
    let archive = table.boolean("archive").unwrap_or(false);
    if archive && filters.iter().any(|filter| filter.segment == ARCHIVE) {
        table.report("archive", format!("takes the segment \"{ARCHIVE}\", which a filter has"));
    }
    table.finish("a listing");
    Some(Listing { of: of?, per_page, filters, archive })
}

fn read_query(table: &Table<'_>, claims: &mut Claims) -> Option<ChildQuery> {
    let (name, of) = (table.required_string("name"), table.required_string("of"));
    let limit = table.count("limit", 1..MAX_QUERY_ROWS + 1);
    let exclude_self = table.boolean("exclude_self").unwrap_or(false);
    if !table.has("limit") {
        table.report("limit", format!("is missing: how many pages, from 1 to {MAX_QUERY_ROWS}"));
    }
    if let Some(name) = &name {
        if let Err(why) = check_name(name) {
            table.report("name", why);
        } else if CONTEXT_NAMES.contains(&name.as_str()) {
            table.report("name", format!("\"{name}\" is reserved: every template has it already"));
        }
    }
    if let Some(of) = &of {
        claims.push((table.place("of"), Claim::Page(of.clone())));
    }
    let by = match (table.string("same"), table.string("shares")) {
        (None, None) => ListedBy::Newest,
        (Some(field), None) => ListedBy::Same(field),
        (None, Some(field)) => ListedBy::Tags(field),
        (Some(_), Some(_)) => {
            table.report("shares", "a query has either same or shares");
            return None;
        }
    };
    if let (Some(of), ListedBy::Same(field) | ListedBy::Tags(field)) = (&of, &by) {
        let key = if matches!(by, ListedBy::Same(_)) { "same" } else { "shares" };
        claims.push((table.place(key), Claim::Filter { of: of.clone(), field: field.clone() }));
    }
    Some(ChildQuery { name: name?, of: of?, limit: limit?, exclude_self, by })
}

pub(super) fn template(table: &Table<'_>) -> Option<String> {
    let path = table.string("template")?;
    let stays_inside = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !stays_inside || path.contains(['\\', '\0']) {
        table.report("template", format!("\"{path}\" must be a path under templates/, such as \"blog/post.html\""));
        return None;
    }
    Some(path)
}

fn is_type_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name.len() <= 100 && name.split_once('.').is_some_and(|(app, model)| is_word(app) && is_word(model))
}
