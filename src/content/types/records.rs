//! What a collection says beside its fields: its address in the API, who reads it, and what its lists are narrowed, sorted
//! and searched by.

use super::model::{Field, FieldKind};
use super::problem::suggestion;
use super::table::Table;

/// Names that rows have by themselves, or that the address of a list takes.
pub(super) const RESERVED_FIELDS: [&str; 12] =
    ["id", "type", "meta", "created_at", "updated_at", "fields", "order", "limit", "after", "count", "q", "format"];
/// What the API itself answers below `/api/v1/`, now or soon.
const RESERVED_PATHS: [&str; 38] = [
    "audit",
    "blocks",
    "changes",
    "collections",
    "config",
    "docs",
    "documents",
    "events",
    "export",
    "files",
    "forms",
    "groups",
    "health",
    "images",
    "import",
    "jobs",
    "locales",
    "media",
    "openapi",
    "pages",
    "records",
    "redirects",
    "revisions",
    "schema",
    "search",
    "sessions",
    "settings",
    "sites",
    "snippets",
    "submissions",
    "tags",
    "tokens",
    "types",
    "uploads",
    "users",
    "webhooks",
    "whoami",
    "workflows",
];
/// The times that each row has, which lists may be sorted and narrowed by as by fields.
const TIMES: [&str; 2] = ["created_at", "updated_at"];
/// Fields that narrow the lists of a type; as many may sort them, and hold the words that are searched.
const MAX_NAMED: usize = 8;
/// Fields within each value of which all orders are kept.
const MAX_WITHIN: usize = 2;
const MAX_PATH: usize = 64;
/// The newest row first.
const DEFAULT_ORDER: &str = "-id";

/// How the values of a field are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordShape {
    /// Without regard to case.
    Text,
    /// As it is written: dates, times, choices.
    Plain,
    Number,
    Flag,
    /// A point in time.
    Moment,
}

impl RecordShape {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Plain => "plain",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Moment => "moment",
        }
    }

    /// None: lists are neither sorted nor narrowed by such a field.
    pub fn of(kind: &FieldKind) -> Option<Self> {
        Some(match kind {
            FieldKind::Char(_)
            | FieldKind::Text(_)
            | FieldKind::Email(_)
            | FieldKind::Url(_)
            | FieldKind::Regex { .. } => Self::Text,
            FieldKind::Date | FieldKind::Time | FieldKind::Choice(_) => Self::Plain,
            FieldKind::Integer { .. } | FieldKind::Float { .. } | FieldKind::Decimal { .. } => Self::Number,
            FieldKind::Boolean => Self::Flag,
            FieldKind::DateTime => Self::Moment,
            _ => return None,
        })
    }
}

/// The order of a list: by a field, one of the times, or `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOrder {
    pub name: String,
    /// The largest first.
    pub is_turned: bool,
}

impl RecordOrder {
    /// `-booked`
    pub fn parse(text: &str) -> Self {
        let name = text.strip_prefix('-');
        Self { name: name.unwrap_or(text).to_owned(), is_turned: name.is_some() }
    }
}

/// Of a type of kind `collection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOptions {
    /// Below `/api/v1/`.
    pub path: String,
    /// Whether anybody may read it.
    pub is_public: bool,
    /// The field that names a row.
    pub title: Option<String>,
    pub filters: Vec<String>,
    pub orders: Vec<String>,
    pub order: RecordOrder,
    /// Whose words are searched.
    pub search: Vec<String>,
    /// Among the filters: within each value of theirs every order is kept.
    pub within: Vec<String>,
}

impl RecordOptions {
    /// What lists are narrowed or sorted by, each once.
    pub fn keyed(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.filters.iter().chain(&self.orders).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Whether rows hold values of this kind: those that stand for nothing else. What they name would have to be looked after.
fn is_plain(kind: &FieldKind) -> bool {
    RecordShape::of(kind).is_some() || matches!(kind, FieldKind::MultipleChoice(_))
}

/// The keys of a collection.
pub(super) fn read_records(table: &Table<'_>, fields: &[Field]) -> Option<RecordOptions> {
    for field in fields {
        if !is_plain(&field.kind) {
            let kind = field.kind.name();
            table.report("fields", format!("\"{}\" is {kind}: a collection holds plain values alone", field.name));
        } else if field.name.contains("__") {
            table.report(
                "fields",
                format!("\"{}\": filters are told by two underscores, so a name has none", field.name),
            );
        }
    }
    let filters = names(table, "filter", (fields, MAX_NAMED), true, |kind| RecordShape::of(kind).is_some());
    let orders = names(table, "order", (fields, MAX_NAMED), true, |kind| RecordShape::of(kind).is_some());
    let search =
        names(table, "search", (fields, MAX_NAMED), false, |kind| RecordShape::of(kind) == Some(RecordShape::Text));
    let within = names(table, "within", (fields, MAX_WITHIN), false, |kind| RecordShape::of(kind).is_some());
    if let Some(stray) = within.iter().find(|name| !filters.contains(name)) {
        table.report("within", format!("\"{stray}\" is not among filter"));
    }
    let title = table.string("title");
    if let Some(name) = &title {
        match fields.iter().find(|field| field.name == *name) {
            None => {
                let known = suggestion(name, fields.iter().map(|field| field.name.as_str()));
                table.report("title", format!("\"{name}\" is not a field of this type{known}"));
            }
            Some(field) if field.permission.is_some() => {
                table.report("title", format!("\"{name}\" is for some alone: logs and events tell titles to others"));
            }
            Some(_) => {}
        }
    }
    let order = RecordOrder::parse(&table.string("default_order").unwrap_or_else(|| DEFAULT_ORDER.to_owned()));
    if order.name != "id" && !orders.contains(&order.name) {
        let known = suggestion(&order.name, orders.iter().map(String::as_str));
        table.report("default_order", format!("\"{}\" is not among order{known}", order.name));
    }
    let is_public = table.boolean("public").unwrap_or(false);
    let path = table.required_string("path")?;
    if let Err(why) = check_path(&path) {
        table.report("path", why);
    }
    Some(RecordOptions { path, is_public, title, filters, orders, order, search, within })
}

/// Errors: why it cannot be an address below `/api/v1/`.
fn check_path(path: &str) -> Result<(), String> {
    let starts_well = path.starts_with(|first: char| first.is_ascii_lowercase());
    let rest_fits = path.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !starts_well || !rest_fits || path.len() > MAX_PATH {
        return Err(format!("\"{path}\" must be a small letter, then small letters, digits and -; {MAX_PATH} at most"));
    }
    if RESERVED_PATHS.contains(&path) {
        return Err(format!("\"{path}\" is reserved: the API itself answers there"));
    }
    Ok(())
}

fn names(
    table: &Table<'_>,
    key: &'static str,
    (fields, most): (&[Field], usize),
    takes_times: bool,
    fits: fn(&FieldKind) -> bool,
) -> Vec<String> {
    let given = table.strings(key).unwrap_or_default();
    if given.len() > most {
        table.report(key, format!("must name at most {most} fields, not {}", given.len()));
    }
    let mut names: Vec<String> = Vec::new();
    for (name, _) in given {
        let known =
            || suggestion(&name, fields.iter().filter(|field| fits(&field.kind)).map(|field| field.name.as_str()));
        match fields.iter().find(|field| field.name == name) {
            _ if names.contains(&name) => table.report(key, format!("\"{name}\" is there twice")),
            None if takes_times && TIMES.contains(&name.as_str()) => names.push(name),
            None => table.report(key, format!("\"{name}\" is not a field of this type{}", known())),
            Some(field) if !fits(&field.kind) => {
                table.report(key, format!("\"{name}\" cannot be one: it is {}{}", field.kind.name(), known()));
            }
            Some(field) if field.permission.is_some() => {
                table.report(key, format!("\"{name}\" is for some alone: a list by it would tell everybody"));
            }
            Some(_) => names.push(name),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::{SourceFile, Types};
    use super::*;

    fn load(keys: &str) -> Result<Types, Vec<String>> {
        let fields = "[[fields]]\nname = \"account\"\nkind = \"char\"\n[[fields]]\nname = \"amount\"\nkind = \"decimal\"\n\
                      [[fields]]\nname = \"secret\"\nkind = \"char\"\npermission = \"superuser\"\n";
        let text = format!("name = \"x.Row\"\nkind = \"collection\"\nlabel = \"Row\"\n{keys}\n{fields}");
        let problems = |problems: Vec<super::super::Problem>| problems.iter().map(ToString::to_string).collect();
        Types::load(&[SourceFile { path: "x.toml".into(), text }]).map_err(problems)
    }

    #[test]
    fn a_collection_says_what_its_lists_are_narrowed_and_sorted_by() {
        let keys = "path = \"rows\"\nfilter = [\"account\", \"updated_at\"]\norder = [\"amount\"]\nwithin = [\"account\"]\n\
                    default_order = \"-amount\"\nsearch = [\"account\"]\ntitle = \"account\"";
        let types = load(keys).expect("it loads");
        let (_, records) = types.collection_at("rows").expect("it is there");
        assert_eq!(records.keyed(), ["account", "amount", "updated_at"]);
        assert_eq!(records.order, RecordOrder { name: "amount".into(), is_turned: true });
        assert!(types.collection_at("row").is_none());
    }

    #[test]
    fn what_it_may_not_say_is_told() {
        for (keys, why) in [
            ("", "path: is missing"),
            ("path = \"pages\"", "\"pages\" is reserved"),
            ("path = \"Rows\"", "must be a small letter"),
            ("path = \"rows\"\nfilter = [\"acount\"]", "\"acount\" is not a field"),
            ("path = \"rows\"\nfilter = [\"secret\"]", "\"secret\" is for some alone"),
            ("path = \"rows\"\ntitle = \"secret\"", "\"secret\" is for some alone"),
            ("path = \"rows\"\nsearch = [\"amount\"]", "\"amount\" cannot be one: it is decimal"),
            ("path = \"rows\"\nwithin = [\"account\"]", "\"account\" is not among filter"),
            ("path = \"rows\"\ndefault_order = \"amount\"", "\"amount\" is not among order"),
            ("path = \"rows\"\ncolour = \"red\"", "is not a key of a collection"),
        ] {
            let problems = load(keys).expect_err(keys);
            assert!(problems.len() == 1 && problems[0].contains(why), "{keys}: {problems:?}");
        }
    }

    /// A route that is more exact wins: rows there would be out of reach.
    #[test]
    fn what_the_api_answers_itself_is_reserved() {
        let routes = crate::config::slo::ROUTES.iter().filter_map(|route| route.strip_prefix("/api/v1/"));
        for name in routes.filter_map(|rest| rest.split('/').next()).filter(|name| !name.starts_with('{')) {
            assert!(check_path(name).is_err(), "{name}");
        }
    }
}
