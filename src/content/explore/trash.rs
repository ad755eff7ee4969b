//! What is in the trash, with the place that it stood at: whoever may do something there may do it with what was there.

use super::children::Cursor;
use super::find::typed;
use crate::content::{Content, EditError};
use crate::db::DbError;
use crate::{queries, record, sql_parts};

/// Entries of one part of the list.
pub const TRASH_PART: i64 = 50;

record! {
    /// A subtree in the trash.
    #[derive(Clone, Debug)]
    pub struct Entry {
        pub id: i64, pub title: String, pub type_name: String,
        /// Where it was, as a path of URLs.
        pub url_path: String,
        pub pages: i64, pub trashed_at: i64, pub owner_id: Option<i64>,
        /// The page that it was below; none when that is gone.
        pub parent_id: Option<i64>,
        /// Empty when the parent is gone.
        pub parent_path: String, pub parent_title: String,
        /// Whether some of it was live, and will be again.
        pub any_live: bool,
    }
}

impl Entry {
    /// Whether what it was below is in the tree: then it may come back there.
    pub fn has_place(&self) -> bool {
        !self.parent_path.is_empty() && !self.parent_path.starts_with('~')
    }
}

sql_parts! {
    entry = "t.page_id AS id, p.draft_title AS title, p.type AS type_name, t.url_path, t.pages, t.trashed_at, p.owner_id,
                t.parent_id, COALESCE(above.path, '') AS parent_path, COALESCE(above.draft_title, '') AS parent_title,
                EXISTS (SELECT 1 FROM page b WHERE b.path >= p.path AND b.path < p.path || '[' AND b.live_in_trash) AS any_live
         FROM trash t JOIN page p ON p.id = t.page_id LEFT JOIN page above ON above.id = t.parent_id
         WHERE NOT t.purging";
    /// What stood below one of the places in $5, or with $4 everything: a child of the parent stands below what the parent
    /// does.
    stood_below = ("(t.trashed_at, t.page_id) < ($1, $2)
           AND ($4 OR EXISTS (SELECT 1 FROM " [texts "$5" "place"] "
                            WHERE SUBSTR(above.path || '0000', 1, LENGTH(place.value)) = place.value))");
    /// Titles and slugs have words that begin so.
    matching = "to_tsvector('simple', REGEXP_REPLACE(p.draft_title || ' ' || p.slug, '[^[:alnum:]]+', ' ', 'g'))
               @@ to_tsquery('simple', REPLACE($6, ' ', ':* & ') || ':*')"
        sqlite "p.id IN (SELECT rowid FROM page_title WHERE page_title MATCH '\"' || REPLACE($6, ' ', '\"* \"') || '\"*')";
}

queries! {
    LIST = read "explore.list_trash" ("SELECT " entry " AND " stood_below "
         ORDER BY t.trashed_at DESC, t.page_id DESC LIMIT $3");
    MATCHING = read "explore.list_trash_matching" ("SELECT " entry " AND " stood_below " AND " matching "
         ORDER BY t.trashed_at DESC, t.page_id DESC LIMIT $3");
    FIND = read "explore.find_trash" ("SELECT " entry " AND t.page_id = $1");
    /// The first eight letters of a path in the trash are those of what was put there, with all below it.
    FIND_ABOVE = read "explore.find_trash_above" ("SELECT " entry "
             AND p.path = (SELECT SUBSTR(path, 1, 8) FROM page WHERE id = $1 AND trashed)");
}

/// Which part of the trash.
#[derive(Clone, Debug, Default)]
pub struct TrashAsked<'a> {
    /// Beginnings of words of titles and slugs; empty: all.
    pub words: &'a str,
    /// Paths of the tree: what stood below one of them. `None`: everything, also what stood where nothing is any more.
    pub places: Option<Vec<String>>,
    /// Behind this one.
    pub after: Option<&'a Cursor>,
}

impl Content {
    /// A part of the trash, the newest first, and where the next one begins.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn explore_trash(&self, asked: TrashAsked<'_>) -> Result<(Vec<Entry>, Option<Cursor>), DbError> {
        let words = typed(asked.words);
        if words.is_empty() && !asked.words.trim().is_empty() {
            return Ok((Vec::new(), None));
        }
        let at = asked.after.and_then(|cursor| cursor.key.parse().ok()).unwrap_or(i64::MAX);
        let call = self.db.query(if words.is_empty() { &LIST } else { &MATCHING });
        let call = call.bind(at).bind(asked.after.map_or(i64::MAX, |cursor| cursor.id)).bind(TRASH_PART + 1);
        let call = call.bind(asked.places.is_none()).bind(asked.places.unwrap_or_default());
        let call = if words.is_empty() { call } else { call.bind(words.join(" ")) };
        let mut entries: Vec<Entry> = call.list().await?;
        let more = entries.len() as i64 > TRASH_PART;
        entries.truncate(TRASH_PART as usize);
        let next = entries.last().filter(|_| more);
        let next = next.map(|entry| Cursor { key: entry.trashed_at.to_string(), id: entry.id });
        Ok((entries, next))
    }

    /// What a page went into the trash with: itself, or one above it. `None` of a page that is not there, or not to be had
    /// back any more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn trash_entry_above(&self, id: i64) -> Result<Option<Entry>, DbError> {
        self.db.query(&FIND_ABOVE).bind(id).optional().await
    }

    /// # Errors
    /// [`EditError::NotInTrash`], or when the database is out of reach.
    pub async fn trash_entry(&self, id: i64) -> Result<Entry, EditError> {
        self.db.query(&FIND).bind(id).optional().await?.ok_or(EditError::NotInTrash(id))
    }
}
