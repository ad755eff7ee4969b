//! Pages as they are read: by URL, by id, as links and in lists.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::tree;
use crate::db::{Db, DbError, Exec, Record, Row};
use crate::{queries, record};

/// Levels of the menu: the children of the home page, and theirs.
pub const MENU_DEPTH: i64 = 2;

/// What an editor edits: the content of a revision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageContent {
    pub title: String,
    pub slug: String,
    #[serde(default)]
    pub seo_title: String,
    #[serde(default)]
    pub search_description: String,
    #[serde(default)]
    pub show_in_menus: bool,
    pub fields: Map<String, Value>,
}

/// A page row.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub id: i64,
    pub path: String,
    pub depth: i64,
    pub parent_id: Option<i64>,
    pub type_name: String,
    pub title: String,
    pub draft_title: String,
    pub slug: String,
    pub url_path: String,
    pub seo_title: String,
    pub search_description: String,
    pub show_in_menus: bool,
    pub live: bool,
    pub has_unpublished_changes: bool,
    /// The live fields.
    pub fields: Map<String, Value>,
    /// The fields that listings show, with `word_count` and `reading_time_minutes`.
    pub summary: Map<String, Value>,
    pub latest_revision_id: Option<i64>,
    pub live_revision_id: Option<i64>,
    pub first_published_at: Option<i64>,
    pub last_published_at: Option<i64>,
    /// Language code, such as `en` or `pt-BR`.
    pub locale: String,
    /// Shared by the translations of one page.
    pub translation_key: String,
    /// The page that this one mirrors.
    pub alias_of: Option<i64>,
    /// Whether this page, or one above it, is not for everybody.
    pub restricted: bool,
    pub trashed: bool,
    /// The account that created it.
    pub owner: Option<i64>,
    /// Since when somebody keeps it to themselves.
    pub locked_at: Option<i64>,
    /// Whoever locked it; none when that account is gone.
    pub locked_by: Option<i64>,
}

impl Record for Page {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            path: row.take("path")?,
            depth: row.take("depth")?,
            parent_id: row.take("parent_id")?,
            type_name: row.take("type_name")?,
            title: row.take("title")?,
            draft_title: row.take("draft_title")?,
            slug: row.take("slug")?,
            url_path: row.take("url_path")?,
            seo_title: row.take("seo_title")?,
            search_description: row.take("search_description")?,
            show_in_menus: row.take("show_in_menus")?,
            live: row.take("live")?,
            has_unpublished_changes: row.take("has_unpublished_changes")?,
            fields: json_object(&row.take::<String>("data")?),
            summary: json_object(&row.take::<String>("summary")?),
            latest_revision_id: row.take("latest_revision_id")?,
            live_revision_id: row.take("live_revision_id")?,
            first_published_at: row.take("first_published_at")?,
            last_published_at: row.take("last_published_at")?,
            locale: row.take("locale")?,
            translation_key: row.take("translation_key")?,
            alias_of: row.take("alias_of")?,
            restricted: row.take("restricted")?,
            trashed: row.take("trashed")?,
            owner: row.take("owner_id")?,
            locked_at: row.take("locked_at")?,
            locked_by: row.take("locked_by")?,
        })
    }
}

/// The product writes these documents; a hand-edited row that is no object shows as an empty one.
pub(super) fn json_object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

record! {
    /// Title and place of a live page.
    #[derive(Clone, Debug)]
    pub struct Link {
        pub id: i64, pub title: String, pub url_path: String, pub path: String, pub depth: i64,
        pub parent_id: Option<i64>, pub show_in_menus: bool, pub locale: String, pub translation_key: String,
        /// Restricted, and not to be shown where it is listed.
        pub hidden: bool,
    }
}

/// A live page in a list.
#[derive(Clone, Debug)]
pub struct Summary {
    pub id: i64,
    pub type_name: String,
    pub title: String,
    pub slug: String,
    pub url_path: String,
    pub search_description: String,
    pub first_published_at: Option<i64>,
    pub last_published_at: Option<i64>,
    pub fields: Map<String, Value>,
}

impl Record for Summary {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            type_name: row.take("type_name")?,
            title: row.take("title")?,
            slug: row.take("slug")?,
            url_path: row.take("url_path")?,
            search_description: row.take("search_description")?,
            first_published_at: row.take("first_published_at")?,
            last_published_at: row.take("last_published_at")?,
            fields: json_object(&row.take::<String>("summary")?),
        })
    }
}

queries! {
    FIND_LIVE_BY_URL = read "page.find_live_by_url"
        ("SELECT id, path, depth, parent_id, type AS type_name, title, draft_title, slug, url_path, seo_title,
                search_description, show_in_menus, live, has_unpublished_changes, data, summary, latest_revision_id,
                live_revision_id, first_published_at, last_published_at, locale, translation_key, alias_of, restricted,
                trashed, owner_id, locked_at, locked_by
         FROM page WHERE url_path " [any "$1"] " AND live ORDER BY LENGTH(url_path) DESC LIMIT 1");
    FIND = read "page.find"
        "SELECT id, path, depth, parent_id, type AS type_name, title, draft_title, slug, url_path, seo_title,
                search_description, show_in_menus, live, has_unpublished_changes, data, summary, latest_revision_id,
                live_revision_id, first_published_at, last_published_at, locale, translation_key, alias_of, restricted,
                trashed, owner_id, locked_at, locked_by
         FROM page WHERE id = $1";
    /// Each part of the union has an index of its own, which an OR of them would not use.
    COUNT_BY_STATE = read "page.count_by_state"
        "SELECT type AS type_name, live, trashed, COUNT(*) AS pages FROM page WHERE depth > 1
         GROUP BY type, live, trashed LIMIT 1000";
    /// Sections of a site and what is directly below, in tree order.
    OUTLINE = read "page.list_outline"
        "SELECT id, path, depth, title, url_path, search_description FROM page
         WHERE live AND NOT restricted AND path >= $1 AND path < $2 AND depth <= $3 ORDER BY path LIMIT $4";
    COUNT_PUBLIC = read "page.count_public"
        "SELECT COUNT(*) AS pages, MAX(last_published_at) AS last_published_at FROM page
         WHERE live AND NOT restricted AND path >= $1 AND path < $2";
    PUBLIC_AT = read "page.find_public_at"
        "SELECT path FROM page WHERE live AND NOT restricted AND path >= $1 AND path < $2 ORDER BY path LIMIT 1 OFFSET $3";
    PUBLIC_FROM = read "page.list_public_from"
        "SELECT path, url_path, last_published_at FROM page
         WHERE live AND NOT restricted AND path >= $1 AND path < $2 ORDER BY path LIMIT $3";
    FIND_ID_BY_URL = read "page.find_id_by_url" "SELECT id FROM page WHERE url_path = $1 ORDER BY id LIMIT 1";
}

/// The live page at the longest of these paths of the tree.
pub async fn find_live_by_url(db: &Db, url_paths: Vec<String>) -> Result<Option<Page>, DbError> {
    db.query(&FIND_LIVE_BY_URL).bind(url_paths).optional().await
}

pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Page>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

record! {
    /// How many pages of a type are live, are not, or are in the trash.
    pub struct StateCount { pub type_name: String, pub live: bool, pub trashed: bool, pub pages: i64 }
}

pub async fn count_by_state(db: &Db) -> Result<Vec<StateCount>, DbError> {
    db.query(&COUNT_BY_STATE).list().await
}

/// Pages that `llms.txt` tells.
const MAX_OUTLINE: i64 = 300;

record! {
    /// A page in the outline of a site.
    pub struct Outlined {
        pub id: i64, pub path: String, pub depth: i64, pub title: String, pub url_path: String,
        pub search_description: String,
    }
}
record! {
    /// How many pages of a subtree are public, and when the newest change of them was.
    pub struct PublicCount { pub pages: i64, pub last_published_at: Option<i64> }
}
record! {
    /// A public page in a sitemap.
    pub struct Mapped { pub path: String, pub url_path: String, pub last_published_at: Option<i64> }
}

/// Public pages at `root_path` and below, down to `depth`, in tree order.
pub async fn list_outline(db: &Db, root_path: &str, depth: i64) -> Result<Vec<Outlined>, DbError> {
    let end = tree::after_subtree(root_path);
    db.query(&OUTLINE).bind(root_path).bind(end).bind(depth).bind(MAX_OUTLINE).list().await
}

pub async fn count_public(db: &Db, root_path: &str) -> Result<PublicCount, DbError> {
    db.query(&COUNT_PUBLIC).bind(root_path).bind(tree::after_subtree(root_path)).one().await
}

/// The path of the public page number `offset`, from 0, in tree order.
pub async fn find_public_at(db: &Db, root_path: &str, offset: i64) -> Result<Option<String>, DbError> {
    db.query(&PUBLIC_AT).bind(root_path).bind(tree::after_subtree(root_path)).bind(offset).optional().await
}

/// Public pages of a subtree in tree order, from the path `from` on.
pub async fn list_public_from(db: &Db, root_path: &str, from: &str, limit: i64) -> Result<Vec<Mapped>, DbError> {
    db.query(&PUBLIC_FROM).bind(from).bind(tree::after_subtree(root_path)).bind(limit).list().await
}

/// The page at a path of the tree, live or not.
pub async fn find_id_by_url(db: &Db, url_path: &str) -> Result<Option<i64>, DbError> {
    db.query(&FIND_ID_BY_URL).bind(url_path).optional().await
}
