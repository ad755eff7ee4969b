//! The versions of pages in other languages: those that share their key, in the trash too.

use crate::content::Content;
use crate::db::DbError;
use crate::{queries, record};

/// Versions that are read at once: fifty rows in two hundred languages.
const MAX_TRANSLATIONS: i64 = 10_000;

record! {
    /// A page in another language than the one with the id `of_id`.
    #[derive(Clone, Debug)]
    pub struct Translation {
        pub of_id: i64, pub id: i64, pub path: String,
        /// Of the newest draft.
        pub title: String,
        pub locale: String, pub live: bool, pub trashed: bool, pub alias_of: Option<i64>,
    }
}

queries! {
    OF_PAGES = read "explore.list_translations"
        ("SELECT p.id AS of_id, t.id, t.path, t.draft_title AS title, t.locale, t.live, t.trashed, t.alias_of
         FROM page p JOIN page t ON t.translation_key = p.translation_key AND t.id <> p.id
         WHERE p.id " [any "$1"] " ORDER BY p.id, t.locale LIMIT $2");
}

impl Content {
    /// The other languages of some pages, by page and by language.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_translations(&self, ids: Vec<i64>) -> Result<Vec<Translation>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.db.query(&OF_PAGES).bind(ids).bind(MAX_TRANSLATIONS).list().await
    }
}
