//! The history of one thing.

use super::{Entry, Log, walk};
use crate::db::{Db, DbError};
use crate::queries;
use crate::telemetry::label::ObjectKind;

/// A page, or something else, by its number.
#[derive(Clone, Copy, Debug)]
pub enum OfOne {
    Page(i64),
    Object(ObjectKind, i64),
}

queries! {
    OF_PAGE = read "page_event.walk_page"
        "SELECT id FROM page_event WHERE page_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    OF_OBJECT = read "object_event.walk_object"
        "SELECT id FROM object_event WHERE kind = $1 AND object_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
}

/// Entries with ids before this one, the newest first.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_of(db: &Db, of: OfOne, before: i64, limit: i64) -> Result<Vec<Entry>, DbError> {
    let (log, ids): (Log, Vec<i64>) = match of {
        OfOne::Page(id) => (Log::Pages, db.query(&OF_PAGE).bind(id).bind(before).bind(limit).list().await?),
        OfOne::Object(kind, id) => {
            let call = db.query(&OF_OBJECT).bind(kind.as_str()).bind(id).bind(before).bind(limit);
            (Log::Objects, call.list().await?)
        }
    };
    if ids.is_empty() { Ok(Vec::new()) } else { walk::load(db, log, ids).await }
}
