//! Lists of live pages for programs: narrowed and ordered by any field, as Wagtail's API does it.

use serde_json::{Map, Value, json};

use super::{Opened, children, ordered};
use crate::content::page::json_object;
use crate::content::tree;
use crate::db::{Call, Db, DbError, Query, Record, Row};
use crate::queries;

/// Keys that a list is ordered by.
pub const MAX_KEYS: usize = 3;

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
    /// that may be empty; filters are one JSON list of how, name and value.
    IN_TREE = read "api.list_pages"
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM UNNEST(CAST($3 AS TEXT[])) AS root (path) WHERE
                 page.path >= root.path AND page.path < root.path || '[')
             AND ($6 OR type = ANY($5))
             AND ($14 OR id = ANY($13)) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($12 AS json)) AS f (value) WHERE NOT COALESCE(CASE
                 f.value ->> 'how'
                 WHEN 'column' THEN f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(page.id AS TEXT)
                     WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> 'value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> 'name' AND r.target_id = CAST(f.value ->> 'value' AS BIGINT))
                 WHEN 'long' THEN f.value ->> 'value' = CAST(page.data AS json) ->> (f.value ->> 'name')
                 ELSE f.value ->> 'value' = CAST(page.summary AS json) ->> (f.value ->> 'name')
                 END, FALSE))
         ORDER BY path LIMIT $16 OFFSET $17"
        sqlite
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM json_each($3) root WHERE page.path >= root.value
                 AND page.path < root.value || '[')
             AND ($6 OR type IN (SELECT value FROM json_each($5)))
             AND ($14 OR id IN (SELECT value FROM json_each($13))) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_each($12) f WHERE NOT COALESCE(CASE f.value ->> '$.how'
                 WHEN 'column' THEN f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(page.id AS
                     TEXT) WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> '$.value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> '$.name' AND r.target_id = CAST(f.value ->> '$.value' AS INTEGER))
                 WHEN 'long' THEN f.value ->> '$.value' = CASE json_type(page.data, '$.' || (f.value ->> '$.name'))
                     WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.data ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 ELSE f.value ->> '$.value' = CASE json_type(page.summary, '$.' || (f.value ->> '$.name')) WHEN 'true'
                     THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.summary ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 END, FALSE))
         ORDER BY path LIMIT $16 OFFSET $17";
    /// How many there are in all.
    COUNT = read "api.count_pages"
        "SELECT COUNT(*) FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM UNNEST(CAST($3 AS TEXT[])) AS root (path) WHERE
                 page.path >= root.path AND page.path < root.path || '[')
             AND ($6 OR type = ANY($5))
             AND ($14 OR id = ANY($13)) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($12 AS json)) AS f (value) WHERE NOT COALESCE(CASE
                 f.value ->> 'how'
                 WHEN 'column' THEN f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(page.id AS TEXT)
                     WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> 'value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> 'name' AND r.target_id = CAST(f.value ->> 'value' AS BIGINT))
                 WHEN 'long' THEN f.value ->> 'value' = CAST(page.data AS json) ->> (f.value ->> 'name')
                 ELSE f.value ->> 'value' = CAST(page.summary AS json) ->> (f.value ->> 'name')
                 END, FALSE))"
        sqlite
        "SELECT COUNT(*) FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM json_each($3) root WHERE page.path >= root.value
                 AND page.path < root.value || '[')
             AND ($6 OR type IN (SELECT value FROM json_each($5)))
             AND ($14 OR id IN (SELECT value FROM json_each($13))) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_each($12) f WHERE NOT COALESCE(CASE f.value ->> '$.how'
                 WHEN 'column' THEN f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(page.id AS
                     TEXT) WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> '$.value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> '$.name' AND r.target_id = CAST(f.value ->> '$.value' AS INTEGER))
                 WHEN 'long' THEN f.value ->> '$.value' = CASE json_type(page.data, '$.' || (f.value ->> '$.name'))
                     WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.data ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 ELSE f.value ->> '$.value' = CASE json_type(page.summary, '$.' || (f.value ->> '$.name')) WHEN 'true'
                     THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.summary ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 END, FALSE))";
}

/// What a page must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `id`, `title`, `slug`, `seo_title`, `search_description`, `show_in_menus`, `first_published_at` or `alias_of`.
    Column { name: &'static str, value: String },
    /// A field of the document; numbers and booleans as JSON writes them.
    Field { name: String, value: String, is_long: bool },
    /// A tag, by name.
    Tag { value: String },
    /// One of the snippets of a field.
    Snippet { field: String, id: String },
}

impl Filter {
    fn to_json(&self) -> Value {
        match self {
            Self::Column { name, value } => json!({ "how": "column", "name": name, "value": value }),
            Self::Field { name, value, is_long } => {
                json!({ "how": if *is_long { "long" } else { "short" }, "name": name, "value": value })
            }
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
    match &wanted.order {
        _ if limit == 0 => Ok(Vec::new()),
        Order::Tree if wanted.parent != 0 => children::list(db, wanted, limit, offset).await,
        Order::Tree => wanted.call(db, &IN_TREE).bind(wanted.fields.word()).bind(limit).bind(offset).list().await,
        order => ordered::list(db, wanted, order, limit, offset).await,
    }
}

/// How many there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count(db: &Db, wanted: &Wanted) -> Result<i64, DbError> {
    match wanted.parent {
        0 => wanted.call(db, &COUNT).one().await,
        _ => children::count(db, wanted).await,
    }
}
