//! Reports on pages: those that were not published for long, and how much each type is used.

use super::explore::bounds;
use super::tree::ROOT_ID;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Pages that are read at once; which of them somebody may see is asked of each.
pub const BATCH: i64 = 500;
/// Types that are counted.
const MAX_TYPES: i64 = 500;

record! {
    /// A live page, and when it was published last; 0: before that was written down.
    #[derive(Clone, Debug)]
    pub struct Aging {
        pub id: i64, pub path: String, pub title: String, pub type_name: String, pub published_at: i64,
        /// Whoever saved it last; empty for programs.
        pub saved_by: String,
    }
}

record! {
    /// How much a type is used.
    #[derive(Clone, Debug)]
    pub struct Usage { pub type_name: String, pub pages: i64, pub live: i64, pub updated_at: i64 }
}

/// Which pages are listed; what is `None` or empty does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The branch that holds all that somebody may see; empty: nothing.
    pub root: String,
    pub type_name: String,
    /// Of whom the newest revision is.
    pub editor: Option<i64>,
    /// Behind this one: when it was published, and its id.
    pub after: Option<(i64, i64)>,
}

queries! {
    AGING = read "page.list_aging"
        "SELECT p.id, p.path, p.draft_title AS title, p.type AS type_name, COALESCE(p.last_published_at, 0) AS published_at,
                COALESCE(r.author, '') AS saved_by
         FROM page p LEFT JOIN revision r ON r.id = p.latest_revision_id
         WHERE p.live AND p.alias_of IS NULL AND (COALESCE(p.last_published_at, 0), p.id) > ($1, $2)
           AND p.path || '' >= $3 AND p.path || '' < $4 AND p.id <> $5 AND ($6 = '' OR p.type || '' = $6)
           AND ($7 = 0 OR r.account_id = $7)
         ORDER BY COALESCE(p.last_published_at, 0), p.id LIMIT $8";
    /// Below these paths, of which none is below another. What is in the trash is behind all.
    USAGE = read "page.count_types"
        "SELECT p.type AS type_name, COUNT(*) AS pages, CAST(SUM(CASE WHEN p.live THEN 1 ELSE 0 END) AS BIGINT) AS live,
                MAX(p.updated_at) AS updated_at
         FROM UNNEST(CAST($1 AS TEXT[])) AS place (start) JOIN page p ON p.path >= place.start AND p.path < place.start || '~'
         WHERE p.id <> $2 GROUP BY p.type ORDER BY COUNT(*) DESC, p.type LIMIT $3"
        sqlite
        "SELECT p.type AS type_name, COUNT(*) AS pages, SUM(CASE WHEN p.live THEN 1 ELSE 0 END) AS live,
                MAX(p.updated_at) AS updated_at
         FROM json_each($1) AS place JOIN page p ON p.path >= place.value AND p.path < place.value || '~'
         WHERE p.id <> $2 GROUP BY p.type ORDER BY COUNT(*) DESC, p.type LIMIT $3";
}

/// Live pages, those first that were published longest ago; aliases are as old as their sources. At most [`BATCH`].
///
/// # Errors
/// When the database is out of reach.
pub async fn list_aging(db: &Db, asked: &Asked) -> Result<Vec<Aging>, DbError> {
    let (at, id) = asked.after.unwrap_or((-1, 0));
    let (start, end) = bounds(&asked.root);
    let call = db.query(&AGING).bind(at).bind(id).bind(start).bind(end).bind(ROOT_ID).bind(&asked.type_name);
    call.bind(asked.editor.unwrap_or(0)).bind(BATCH).list().await
}

/// How many pages there are of each type at and below these paths, of which none is below another.
///
/// # Errors
/// When the database is out of reach.
pub async fn count_types(db: &Db, places: Vec<String>) -> Result<Vec<Usage>, DbError> {
    db.query(&USAGE).bind(places).bind(ROOT_ID).bind(MAX_TYPES).list().await
}
