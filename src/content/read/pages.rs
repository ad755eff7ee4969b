//! Lists of live pages for programs: narrowed and ordered by any field, as Wagtail's API does it.

use serde_json::{Map, Value, json};

use super::{Opened, ordered};
use crate::content::page::json_object;
use crate::content::tree;
use crate::db::{Call, Db, DbError, Query, Record, Row};
use crate::queries;

/// Keys that a list is ordered by.
pub const MAX_KEYS: usize = 3;
/// Pages that one request names, or finds by words.
const MAX_NAMED: i64 = 1_000;

/// A live page, with its fields where they were asked for.
#[derive(Clone, Debug)]
pub struct PageRow {
    pub id: i64,
    pub type_name: String,
    pub title: String,
    pub slug: String,
    pub url_path: String,
    pub path: String,
    pub seo_title: String,
    pub search_description: String,
    pub show_in_menus: bool,
    pub first_published_at: Option<i64>,
    pub alias_of: Option<i64>,
    pub parent_id: Option<i64>,
    pub locale: String,
    pub fields: Map<String, Value>,
}

impl Record for PageRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            type_name: row.take("type_name")?,
            title: row.take("title")?,
            slug: row.take("slug")?,
            url_path: row.take("url_path")?,
            path: row.take("path")?,
            seo_title: row.take("seo_title")?,
            search_description: row.take("search_description")?,
            show_in_menus: row.take("show_in_menus")?,
            first_published_at: row.take("first_published_at")?,
            alias_of: row.take("alias_of")?,
            parent_id: row.take("parent_id")?,
            locale: row.take("locale")?,
            fields: json_object(&row.take::<String>("data")?),
        })
    }
}

queries! {
    /// In the order of the tree: read from its index until there are enough. What is asked for stands in parameters
    /// that may be empty.
    IN_TREE = read "api.list_pages" ("SELECT " page_columns " FROM page
         WHERE " in_range " AND ($14 OR id " [any "$13"] ") AND ($7 = 0 OR parent_id = $7) AND " wanted "
         ORDER BY path LIMIT $16 OFFSET $17");
    /// How many there are in all.
    COUNT = read "api.count_pages" ("SELECT COUNT(*) FROM page
         WHERE " in_range " AND ($14 OR id " [any "$13"] ") AND ($7 = 0 OR parent_id = $7) AND " wanted);
    /// Of one parent: read from the index of its children.
    CHILDREN = read "api.list_children" ("SELECT " page_columns " FROM page
         WHERE " in_range " AND ($14 OR id " [any "$13"] ") AND parent_id = $7 AND " wanted "
         ORDER BY path LIMIT $16 OFFSET $17");
    COUNT_CHILDREN = read "api.count_children" ("SELECT COUNT(*) FROM page
         WHERE " in_range " AND ($14 OR id " [any "$13"] ") AND parent_id = $7 AND " wanted);
    /// Of these alone: read by their ids, and from no index of paths.
    BY_IDS = read "api.list_pages_by_ids" ("SELECT " page_columns " FROM page
         WHERE path || '' >= $1 AND path || '' < $2 AND id " [any "$13"] " AND ($14 OR TRUE) AND ($7 = 0 OR parent_id = $7)
           AND " wanted "
         ORDER BY path || '' LIMIT $16 OFFSET $17");
}

/// How a field of the document is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// As a text that lists show.
    Short,
    /// As one that they leave out.
    Long,
    /// By value, however it is written.
    Number,
    /// What was never said is `false`.
    Flag,
}

impl Compare {
    fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
            Self::Number => "number",
            Self::Flag => "flag",
        }
    }
}

/// What a page must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `id`, `title`, `slug`, `seo_title`, `search_description`, `show_in_menus`, `first_published_at` or `alias_of`.
    Column { name: &'static str, value: String },
    /// A field of the document.
    Field { name: String, value: String, how: Compare },
    /// A tag, by name.
    Tag { value: String },
    /// One of the snippets of a field.
    Snippet { field: String, id: String },
}

impl Filter {
    fn to_json(&self) -> Value {
        match self {
            Self::Column { name, value } => json!({ "how": "column", "name": name, "value": value }),
            Self::Field { name, value, how } => json!({ "how": how.word(), "name": name, "value": value }),
            Self::Tag { value } => json!({ "how": "tag", "name": "", "value": value }),
            Self::Snippet { field, id } => json!({ "how": "snippets", "name": field, "value": id }),
        }
    }
}

/// What a list is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Tree,
    Random,
    /// At most [`MAX_KEYS`].
    Keys(Vec<Key>),
}

/// A column or a field of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub name: String,
    /// Not as text.
    pub is_number: bool,
    pub descending: bool,
}

/// Which of the fields of a page are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fields {
    #[default]
    None,
    /// Those that lists show: no rich text, no streams.
    Short,
    All,
}

impl Fields {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Short => "short",
            Self::All => "all",
        }
    }
}

/// Which pages.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Paths of the roots of a site, one for each language: the pages are these or below.
    pub roots: Vec<String>,
    pub opened: Opened,
    /// Empty: of any type.
    pub types: Vec<String>,
    /// 0: anywhere.
    pub parent: i64,
    /// Path of a page that they are below; empty: anywhere.
    pub below: String,
    /// Path of a page that is below them; empty: any.
    pub above: String,
    /// A page, by key and id, that they are translations of; empty: any.
    pub translation_of: (String, i64),
    /// Empty: in any language.
    pub locale: String,
    pub filters: Vec<Filter>,
    /// None: any.
    pub ids: Option<Vec<i64>>,
    pub order: Order,
    pub fields: Fields,
}

impl Wanted {
    pub(super) fn call<'d>(&self, db: &'d Db, query: &'static Query) -> Call<'d> {
        let (from, until) = match self.below.as_str() {
            "" => {
                let first = self.roots.iter().min().cloned().unwrap_or_default();
                (first, self.roots.iter().max().map(|last| tree::after_subtree(last)).unwrap_or_default())
            }
            // Behind the page itself, and before its first child.
            below => (format!("{below}0"), tree::after_subtree(below)),
        };
        let filters: Value = self.filters.iter().map(Filter::to_json).collect();
        let call = db.query(query).bind(from).bind(until).bind(self.roots.clone()).bind(&self.opened.pages);
        let call = call.bind(self.types.clone()).bind(self.types.is_empty()).bind(self.parent).bind(&self.above);
        let call = call.bind(&self.translation_of.0).bind(self.translation_of.1).bind(&self.locale);
        let call = call.bind(filters.to_string());
        call.bind(self.ids.clone().unwrap_or_default()).bind(self.ids.is_none())
    }
}

/// A part of the pages.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, wanted: &Wanted, limit: i64, offset: i64) -> Result<Vec<PageRow>, DbError> {
    let query = match &wanted.order {
        _ if limit == 0 => return Ok(Vec::new()),
        Order::Tree if wanted.parent != 0 => &CHILDREN,
        Order::Tree => &IN_TREE,
        order => return ordered::list(db, wanted, order, (limit, offset)).await,
    };
    wanted.call(db, query).bind(wanted.fields.word()).bind(limit).bind(offset).list().await
}

/// How many there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count(db: &Db, wanted: &Wanted) -> Result<i64, DbError> {
    wanted.call(db, if wanted.parent == 0 { &COUNT } else { &COUNT_CHILDREN }).one().await
}

/// A part of those of [`Wanted::ids`] that are as wanted, in the order of the ids or the one that is wanted; and how many
/// there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_found(db: &Db, wanted: &Wanted, limit: i64, offset: i64) -> Result<(Vec<PageRow>, i64), DbError> {
    let (rows, total) = ordered::list_found(db, wanted, (limit, offset)).await?;
    match total {
        Some(total) => Ok((rows, total)),
        None => Ok((rows, count(db, wanted).await?)),
    }
}

/// Those of [`Wanted::ids`] that are as wanted, in the order of the tree.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_by_ids(db: &Db, wanted: &Wanted) -> Result<Vec<PageRow>, DbError> {
    wanted.call(db, &BY_IDS).bind(wanted.fields.word()).bind(MAX_NAMED).bind(0).list().await
}
