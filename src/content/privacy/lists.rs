//! Lists for a visitor who was let in: what everybody sees, and what lies directly behind the restrictions they passed.
//!
//! Public lists are read from indexes that hold public pages alone; these are read for one visitor at a time.

use super::Grant;
use crate::content::listing::{Children, MAX_PERIODS, Narrowing, Period, Window};
use crate::content::page::Summary;
use crate::db::{Call, Db, DbError, Query};
use crate::queries;

queries! {
    CHILDREN = read "privacy.list_children"
        "SELECT id, type AS type_name, title, slug, url_path, search_description, first_published_at,
                last_published_at, summary
         FROM page WHERE parent_id = $1 AND type = $2 AND live
               AND (NOT restricted OR $3 LIKE '%,' || restriction_id || ',%')
               AND first_published_at >= $4 AND first_published_at < $5
               AND ($6 = '' OR EXISTS (
                   SELECT 1 FROM page_reference r
                   WHERE r.page_id = page.id AND r.kind = 'snippet' AND r.field = $6 AND r.target_id = $7))
               AND ($8 = 0 OR EXISTS (SELECT 1 FROM page_tag t WHERE t.page_id = page.id AND t.tag_id = $8))
         ORDER BY first_published_at DESC, id DESC LIMIT $9 OFFSET $10";
    COUNT = read "privacy.count_children"
        "SELECT COUNT(*) FROM page WHERE parent_id = $1 AND type = $2 AND live
               AND (NOT restricted OR $3 LIKE '%,' || restriction_id || ',%')
               AND first_published_at >= $4 AND first_published_at < $5
               AND ($6 = '' OR EXISTS (
                   SELECT 1 FROM page_reference r
                   WHERE r.page_id = page.id AND r.kind = 'snippet' AND r.field = $6 AND r.target_id = $7))
               AND ($8 = 0 OR EXISTS (SELECT 1 FROM page_tag t WHERE t.page_id = page.id AND t.tag_id = $8))";
    PERIODS = read "privacy.list_periods"
        "SELECT TO_CHAR(TO_TIMESTAMP(first_published_at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
                COUNT(*) AS pages
         FROM page WHERE parent_id = $1 AND type = $2 AND live
               AND (NOT restricted OR $3 LIKE '%,' || restriction_id || ',%') GROUP BY 1 ORDER BY 1 DESC LIMIT $4"
        sqlite
        "SELECT STRFTIME('%Y-%m', first_published_at / 1000000, 'unixepoch') AS month, COUNT(*) AS pages
         FROM page WHERE parent_id = $1 AND type = $2 AND live
               AND (NOT restricted OR $3 LIKE '%,' || restriction_id || ',%') GROUP BY 1 ORDER BY 1 DESC LIMIT $4";
}

/// A part of the children that `grant` opens, newest first.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_children(
    db: &Db,
    children: Children<'_>,
    grant: &Grant,
    window: Window,
) -> Result<Vec<Summary>, DbError> {
    call(db, &CHILDREN, children, grant).bind(window.limit).bind(window.offset).list().await
}

/// How many children `grant` opens in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count_children(db: &Db, children: Children<'_>, grant: &Grant) -> Result<i64, DbError> {
    call(db, &COUNT, children, grant).one().await
}

/// The months in which children that `grant` opens were first published, newest first.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_periods(db: &Db, parent: i64, type_name: &str, grant: &Grant) -> Result<Vec<Period>, DbError> {
    db.query(&PERIODS).bind(parent).bind(type_name).bind(grant.list()).bind(MAX_PERIODS).list().await
}

fn call<'d>(db: &'d Db, query: &'static Query, children: Children<'_>, grant: &Grant) -> Call<'d> {
    let (from, until) = children.period();
    let (field, snippet, tag) = match children.narrowing {
        Narrowing::None | Narrowing::Period { .. } => ("", 0, 0),
        Narrowing::Snippet { field, id } => (field.as_str(), *id, 0),
        Narrowing::Tag { id } => ("", 0, *id),
    };
    let call = db.query(query).bind(children.parent).bind(children.type_name).bind(grant.list());
    call.bind(from).bind(until).bind(field).bind(snippet).bind(tag)
}
