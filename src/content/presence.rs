//! Who has the editor of a page open, on any node: told again and again while it is, forgotten soon after.

use std::time::Duration;

use super::Actor;
use crate::clock::Micros;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Without a word for so long, an editor is gone. A tab that listens gives one every ten seconds; one that nobody looks
/// at gives its connection back, and its editor is told of for half a minute more.
const GONE_AFTER: Duration = Duration::from_secs(40);
/// Editors of one page that are told of.
const MAX_EDITORS: i64 = 20;

record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Editor {
        pub sitting: String, pub name: String, pub account_id: Option<i64>,
        /// The digest of the picture; empty without one.
        pub picture: String,
    }
}
record! {
    /// The newest revision of a page, the one that is live, and who locked it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Standing {
        pub revision: Option<i64>, pub live_revision: Option<i64>, pub published_at: Option<i64>, pub author: String,
        pub sitting: String, pub at: i64, pub locked_at: Option<i64>, pub locked_by: Option<i64>, pub locker: String,
    }
}

queries! {
    SEEN = write "presence.note"
        "INSERT INTO presence (sitting, page_id, name, seen_at, account_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (sitting) DO UPDATE SET page_id = excluded.page_id, name = excluded.name, seen_at = excluded.seen_at,
                                             account_id = excluded.account_id";
    LEFT = write "presence.delete" "DELETE FROM presence WHERE sitting = $1 AND account_id = $2";
    FORGET = write "presence.forget" "DELETE FROM presence WHERE seen_at < $1";
    EDITORS = read "presence.list"
        "SELECT e.sitting, e.name, e.account_id, COALESCE(a.picture, '') AS picture
         FROM presence e LEFT JOIN account a ON a.id = e.account_id
         WHERE e.page_id = $1 AND e.seen_at >= $2 ORDER BY e.name, e.sitting LIMIT $3";
    STANDING = read "page.find_standing"
        "SELECT p.latest_revision_id AS revision, p.live_revision_id AS live_revision,
                p.last_published_at AS published_at, COALESCE(r.author, '') AS author, COALESCE(r.sitting, '') AS sitting,
                COALESCE(r.created_at, 0) AS at, p.locked_at, p.locked_by,
                COALESCE(NULLIF(l.name, ''), l.username, '') AS locker
         FROM page p LEFT JOIN revision r ON r.id = p.latest_revision_id LEFT JOIN account l ON l.id = p.locked_by
         WHERE p.id = $1 AND NOT p.trashed";
}

/// Whoever was seen before this is gone.
pub(super) fn horizon() -> i64 {
    Micros::now().0 - GONE_AFTER.as_micros() as i64
}

/// Notes that somebody has the page open.
///
/// # Errors
/// When the database is out of reach.
pub async fn note(db: &Db, page: i64, sitting: &str, who: &Actor) -> Result<(), DbError> {
    let call = db.query(&SEEN).bind(sitting).bind(page).bind(&who.name).bind(Micros::now());
    call.bind(who.account).execute().await.map(|_| ())
}

/// Notes that somebody has closed the page; a sitting of somebody else's stays.
///
/// # Errors
/// When the database is out of reach.
pub async fn leave(db: &Db, sitting: &str, account: i64) -> Result<(), DbError> {
    db.query(&LEFT).bind(sitting).bind(account).execute().await.map(|_| ())
}

/// Deletes what is over.
///
/// # Errors
/// When the database is out of reach.
pub async fn forget(db: &Db) -> Result<u64, DbError> {
    db.query(&FORGET).bind(horizon()).execute().await
}

/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, page: i64) -> Result<Vec<Editor>, DbError> {
    db.query(&EDITORS).bind(page).bind(horizon()).bind(MAX_EDITORS).list().await
}

/// `None` for a page that is gone.
///
/// # Errors
/// When the database is out of reach.
pub async fn standing(db: &Db, page: i64) -> Result<Option<Standing>, DbError> {
    db.query(&STANDING).bind(page).optional().await
}
