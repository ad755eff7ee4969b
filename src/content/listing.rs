//! Lists of live pages: a page's children, whole or narrowed, a part at a time; and the lists beside a page.
//!
//! A part is found on an index alone before its rows are read, so that part 1,000 costs about as much as part 1; how
//! many there are in all is counted apart, and remembered by the caller.

use super::page::Summary;
use super::tree;
use crate::db::{Db, DbError, Record, Row};
use crate::{queries, record};

/// Months that an archive tells.
pub(super) const MAX_PERIODS: i64 = 1_200;
/// All of time, in microseconds since the epoch.
pub const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

// Named to SQLite: `page_public_id` has of a page what narrowing asks for, in a hundredth of the bytes of its row.
queries! {
    CHILDREN = read "listing.list_children"
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE id IN (
             SELECT id FROM page WHERE parent_id = $1 AND type = $2 AND live AND NOT restricted
                 AND first_published_at >= $3 AND first_published_at < $4
             ORDER BY first_published_at DESC, id DESC LIMIT $5 OFFSET $6)
         ORDER BY first_published_at DESC, id DESC";
    COUNT = read "listing.count_children"
        "SELECT COUNT(*) FROM page WHERE parent_id = $1 AND type = $2 AND live AND NOT restricted
             AND first_published_at >= $3 AND first_published_at < $4";
    BY_SNIPPET = read "listing.list_by_snippet"
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE id IN (
             SELECT page.id FROM page_reference r JOIN page ON page.id = r.page_id
             WHERE r.kind = 'snippet' AND r.field = $3 AND r.target_id = $4
                 AND parent_id = $1 AND type = $2 AND live AND NOT restricted
             ORDER BY first_published_at DESC, page.id DESC LIMIT $5 OFFSET $6)
         ORDER BY first_published_at DESC, id DESC"
        sqlite
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE id IN (
             SELECT page.id FROM page_reference r JOIN page INDEXED BY page_public_id ON page.id = r.page_id
             WHERE r.kind = 'snippet' AND r.field = $3 AND r.target_id = $4
                 AND parent_id = $1 AND type = $2 AND live AND NOT restricted
             ORDER BY first_published_at DESC, page.id DESC LIMIT $5 OFFSET $6)
         ORDER BY first_published_at DESC, id DESC";
    COUNT_BY_SNIPPET = read "listing.count_by_snippet"
        "SELECT COUNT(*) FROM page_reference r JOIN page ON page.id = r.page_id
         WHERE r.kind = 'snippet' AND r.field = $3 AND r.target_id = $4
             AND parent_id = $1 AND type = $2 AND live AND NOT restricted"
        sqlite
        "SELECT COUNT(*) FROM page_reference r JOIN page INDEXED BY page_public_id ON page.id = r.page_id
         WHERE r.kind = 'snippet' AND r.field = $3 AND r.target_id = $4
             AND parent_id = $1 AND type = $2 AND live AND NOT restricted";
    BY_TAG = read "listing.list_by_tag"
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE id IN (
             SELECT page.id FROM page_tag t JOIN page ON page.id = t.page_id
             WHERE t.tag_id = $3 AND parent_id = $1 AND type = $2 AND live AND NOT restricted
             ORDER BY first_published_at DESC, page.id DESC LIMIT $4 OFFSET $5)
         ORDER BY first_published_at DESC, id DESC"
        sqlite
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE id IN (
             SELECT page.id FROM page_tag t JOIN page INDEXED BY page_public_id ON page.id = t.page_id
             WHERE t.tag_id = $3 AND parent_id = $1 AND type = $2 AND live AND NOT restricted
             ORDER BY first_published_at DESC, page.id DESC LIMIT $4 OFFSET $5)
         ORDER BY first_published_at DESC, id DESC";
    COUNT_BY_TAG = read "listing.count_by_tag"
        "SELECT COUNT(*) FROM page_tag t JOIN page ON page.id = t.page_id
         WHERE t.tag_id = $3 AND parent_id = $1 AND type = $2 AND live AND NOT restricted"
        sqlite
        "SELECT COUNT(*) FROM page_tag t JOIN page INDEXED BY page_public_id ON page.id = t.page_id
         WHERE t.tag_id = $3 AND parent_id = $1 AND type = $2 AND live AND NOT restricted";
    PERIODS = read "listing.list_periods"
        "SELECT TO_CHAR(TO_TIMESTAMP(first_published_at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
                COUNT(*) AS pages
         FROM page WHERE parent_id = $1 AND type = $2 AND live AND NOT restricted GROUP BY 1 ORDER BY 1 DESC LIMIT $3"
        sqlite
        "SELECT STRFTIME('%Y-%m', first_published_at / 1000000, 'unixepoch') AS month, COUNT(*) AS pages
         FROM page WHERE parent_id = $1 AND type = $2 AND live AND NOT restricted GROUP BY 1 ORDER BY 1 DESC LIMIT $3";
    /// The newest of a type; the siblings with the same snippet, oldest first; the siblings that share most tags, among
    /// the forty newest of each tag. A limit of 0 leaves a list out. CROSS JOIN: SQLite begins with the snippet's
    /// few pages, not with all siblings. `|| ''`, `+ 0` and the 200 that have the tags: PostgreSQL, which plans without
    /// the values, is not to read all pages below a path, or all siblings.
    BESIDE = read "listing.list_beside"
        "SELECT * FROM (
             SELECT 'newest' AS list, id, type AS type_name, title, slug, url_path, search_description,
                    first_published_at, last_published_at, summary, CAST(0 AS BIGINT) AS shared
             FROM page WHERE type = $4 AND locale = $3 AND live AND NOT restricted AND id <> $5
                 AND path || '' >= $6 AND path || '' < $7
             ORDER BY first_published_at DESC, id DESC LIMIT $8) newest
         UNION ALL SELECT * FROM (
             SELECT 'same' AS list, page.id, type AS type_name, title, slug, url_path, search_description,
                    first_published_at, last_published_at, summary, CAST(0 AS BIGINT) AS shared
             FROM page_reference r CROSS JOIN page
             WHERE r.kind = 'snippet' AND r.field = $9 AND r.target_id = $10 AND page.id = r.page_id
                 AND parent_id = $2 AND live AND NOT restricted
             ORDER BY first_published_at, page.id LIMIT $11) same
         UNION ALL SELECT * FROM (
             SELECT 'related' AS list, page.id, type AS type_name, title, slug, url_path, search_description,
                    first_published_at, last_published_at, summary, near.shared
             FROM (SELECT t.page_id, COUNT(*) AS shared
                   FROM page_tag mine JOIN page_tag t ON t.tag_id = mine.tag_id AND t.page_id >= COALESCE(
                       (SELECT n.page_id FROM page_tag n WHERE n.tag_id = mine.tag_id
                        ORDER BY n.page_id DESC LIMIT 1 OFFSET 39), 0)
                   WHERE mine.page_id = $1 AND t.page_id <> $1 AND $12 > 0
                   GROUP BY t.page_id ORDER BY shared DESC, t.page_id DESC LIMIT 200) near
             JOIN page ON page.id = near.page_id
             WHERE parent_id + 0 = $2 AND live AND NOT restricted
             ORDER BY near.shared DESC, first_published_at DESC, page.id DESC LIMIT $12) related";
}

/// What a list of children is narrowed to.
#[derive(Clone, Debug, PartialEq)]
pub enum Narrowing {
    None,
    Snippet {
        field: String,
        id: i64,
    },
    Tag {
        id: i64,
    },
    /// First published from the one time until before the other, in microseconds since the epoch.
    Period {
        from: i64,
        until: i64,
    },
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub limit: i64,
    pub offset: i64,
}

/// The live children of a type below a parent.
#[derive(Clone, Copy, Debug)]
pub struct Children<'c> {
    pub parent: i64,
    pub type_name: &'c str,
    pub narrowing: &'c Narrowing,
}

impl Children<'_> {
    pub(super) fn period(&self) -> (i64, i64) {
        match self.narrowing {
            Narrowing::Period { from, until } => (*from, *until),
            _ => ALWAYS,
        }
    }
}

/// A part of the children, newest first.
pub async fn list_children(db: &Db, children: Children<'_>, window: Window) -> Result<Vec<Summary>, DbError> {
    let call = match children.narrowing {
        Narrowing::None | Narrowing::Period { .. } => {
            let (from, until) = children.period();
            db.query(&CHILDREN).bind(children.parent).bind(children.type_name).bind(from).bind(until)
        }
        Narrowing::Snippet { field, id } => {
            db.query(&BY_SNIPPET).bind(children.parent).bind(children.type_name).bind(field).bind(*id)
        }
        Narrowing::Tag { id } => db.query(&BY_TAG).bind(children.parent).bind(children.type_name).bind(*id),
    };
    call.bind(window.limit).bind(window.offset).list().await
}

/// How many children there are in all.
pub async fn count_children(db: &Db, children: Children<'_>) -> Result<i64, DbError> {
    let call = match children.narrowing {
        Narrowing::None | Narrowing::Period { .. } => {
            let (from, until) = children.period();
            db.query(&COUNT).bind(children.parent).bind(children.type_name).bind(from).bind(until)
        }
        Narrowing::Snippet { field, id } => {
            db.query(&COUNT_BY_SNIPPET).bind(children.parent).bind(children.type_name).bind(field).bind(*id)
        }
        Narrowing::Tag { id } => db.query(&COUNT_BY_TAG).bind(children.parent).bind(children.type_name).bind(*id),
    };
    call.one().await
}

record! {
    /// A month (`2026-11`, UTC) and how many children were first published in it.
    pub struct Period { pub month: String, pub pages: i64 }
}

/// The months in which children were first published, newest first.
pub async fn list_periods(db: &Db, parent: i64, type_name: &str) -> Result<Vec<Period>, DbError> {
    db.query(&PERIODS).bind(parent).bind(type_name).bind(MAX_PERIODS).list().await
}

/// The lists beside a page, all in one query.
#[derive(Clone, Debug, Default)]
pub struct Beside<'b> {
    pub page_id: i64,
    pub parent_id: i64,
    pub locale: &'b str,
    pub newest: Option<Newest<'b>>,
    pub same: Option<Same<'b>>,
    /// How many siblings that share tags.
    pub related: i64,
}

/// The newest pages of a type below a path of the tree.
#[derive(Clone, Debug)]
pub struct Newest<'b> {
    pub type_name: &'b str,
    /// 0: none.
    pub except: i64,
    pub root_path: &'b str,
    pub limit: i64,
}

/// Siblings whose field has the same snippet.
#[derive(Clone, Debug)]
pub struct Same<'b> {
    pub field: &'b str,
    pub snippet_id: i64,
    pub limit: i64,
}

/// A page in one of the lists: `newest`, `same` or `related`.
pub struct Listed {
    pub list: String,
    pub page: Summary,
}

impl Record for Listed {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self { list: row.take("list")?, page: Summary::from_row(row)? })
    }
}

pub async fn list_beside(db: &Db, beside: Beside<'_>) -> Result<Vec<Listed>, DbError> {
    let none = Newest { type_name: "", except: 0, root_path: "", limit: 0 };
    let newest = beside.newest.unwrap_or(none);
    let same = beside.same.unwrap_or(Same { field: "", snippet_id: 0, limit: 0 });
    let call = db.query(&BESIDE).bind(beside.page_id).bind(beside.parent_id).bind(beside.locale);
    let call = call.bind(newest.type_name).bind(newest.except).bind(newest.root_path);
    let call = call.bind(tree::after_subtree(newest.root_path)).bind(newest.limit);
    call.bind(same.field).bind(same.snippet_id).bind(same.limit).bind(beside.related).list().await
}
