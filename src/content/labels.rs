//! What editors read of the things that a draft refers to, live or not: their titles, by id.

use crate::db::{Db, DbError};
use crate::{queries, record};

/// Labels of one kind that one draft shows.
const MAX_LABELS: i64 = 2_000;

record! {
    /// A page as a chooser shows it.
    #[derive(Clone, Debug)]
    pub struct PageLabel { pub id: i64, pub title: String, pub url_path: String, pub live: bool }
}
record! {
    #[derive(Clone, Debug)]
    pub struct SnippetLabel { pub id: i64, pub name: String, pub type_name: String }
}

queries! {
    PAGES = read "page.list_labels"
        ("SELECT id, draft_title AS title, url_path, live FROM page WHERE id " [any "$1"] " AND NOT trashed LIMIT $2");
    SNIPPETS = read "snippet.list_labels"
        ("SELECT id, name, type AS type_name FROM snippet WHERE id " [any "$1"] " LIMIT $2");
}

/// # Errors
/// When the database is out of reach.
pub async fn of_pages(db: &Db, ids: Vec<i64>) -> Result<Vec<PageLabel>, DbError> {
    if ids.is_empty() { Ok(Vec::new()) } else { db.query(&PAGES).bind(ids).bind(MAX_LABELS).list().await }
}

/// # Errors
/// When the database is out of reach.
pub async fn of_snippets(db: &Db, ids: Vec<i64>) -> Result<Vec<SnippetLabel>, DbError> {
    if ids.is_empty() { Ok(Vec::new()) } else { db.query(&SNIPPETS).bind(ids).bind(MAX_LABELS).list().await }
}
