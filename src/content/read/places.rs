//! The pages that others are looked for around.

use super::Opened;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Places that one request names.
const MAX_PLACES: i64 = 8;

record! {
    /// A live page that others are looked for around.
    #[derive(Clone, Debug)]
    pub struct Place { pub id: i64, pub path: String, pub translation_key: String, pub visible: bool }
}

queries! {
    PLACES = read "api.list_places" ("SELECT id, path, translation_key,
                NOT restricted OR $2 = '*' OR $2 LIKE '%,' || restriction_id || ',%' AS visible
         FROM page WHERE id " [any "$1"] " AND live LIMIT $3");
}

/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, ids: Vec<i64>, opened: &Opened) -> Result<Vec<Place>, DbError> {
    db.query(&PLACES).bind(ids).bind(&opened.pages).bind(MAX_PLACES).list().await
}
