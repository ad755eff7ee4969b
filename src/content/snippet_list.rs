//! The snippets of a type, as lists have them: narrowed, sorted, a part at a time.

use serde_json::{Map, Value};

use super::snippet::{Named, PAGE_SIZE, Snippet, pattern};
use super::types::Sorting;
use crate::db::{Db, DbError};
use crate::{queries, word_set};

/// Snippets that are read at once.
pub const LISTED_AT_ONCE: i64 = 1_000;

// $8: fields with the value that each must have, or hold among others; a boolean that is not there is false. $9: the field
// that a list is sorted by. $10, $11 and $12: id, name and last change of the snippet that a part begins behind; 0: at the
// beginning. Values of a type before it was changed may be anything: what is no number is sorted last.
queries! {
    LIST = read "snippet.list"
        "SELECT id, type AS type_name, slug, name, data, live, has_unpublished_changes, latest_revision_id, locale,
                translation_key, updated_at, COUNT(*) OVER () AS total
         FROM (SELECT snippet.*, NULLIF(CAST(data AS JSON) ->> CAST($9 AS TEXT), '') AS chosen FROM snippet
               WHERE type = $1) AS listed
         WHERE ($2 = '' OR search_text LIKE $2 ESCAPE '!') AND ($3 = '' OR locale = $3)
           AND CASE $7 WHEN 'live' THEN live WHEN 'draft' THEN NOT live
                    WHEN 'changed' THEN live AND has_unpublished_changes ELSE TRUE END
           AND NOT EXISTS (SELECT 1 FROM jsonb_each(CAST($8 AS JSONB)) AS wanted (field, value)
               WHERE NOT CASE wanted.value
                   WHEN 'false' THEN NOT CAST(data AS JSONB) @> jsonb_build_object(wanted.field, TRUE)
                   ELSE CAST(data AS JSONB) @> jsonb_build_object(wanted.field, wanted.value)
                     OR CAST(data AS JSONB) @> jsonb_build_object(wanted.field, jsonb_build_array(wanted.value)) END)
           AND ($10 = 0 OR CASE $4
                WHEN 'name' THEN (LOWER(name), id) > (LOWER($11), $10)
                WHEN 'name_turned' THEN LOWER(name) < LOWER($11) OR (LOWER(name) = LOWER($11) AND id > $10)
                WHEN 'updated' THEN (-updated_at, LOWER(name), id) > (-CAST($12 AS BIGINT), LOWER($11), $10)
                WHEN 'updated_turned' THEN (updated_at, LOWER(name), id) > (CAST($12 AS BIGINT), LOWER($11), $10)
                ELSE id > $10 END)
         ORDER BY CASE $4 WHEN 'placed' THEN sort_order WHEN 'updated' THEN -updated_at
                          WHEN 'updated_turned' THEN updated_at WHEN 'id' THEN id END,
                  CASE WHEN $4 = 'text' THEN LOWER(chosen) END NULLS LAST,
                  CASE WHEN $4 = 'text_turned' THEN LOWER(chosen) END DESC NULLS LAST,
                  CASE WHEN $4 IN ('number', 'number_turned') AND chosen ~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,3})?$'
                       THEN CASE $4 WHEN 'number' THEN CAST(chosen AS NUMERIC) ELSE -CAST(chosen AS NUMERIC) END
                  END NULLS LAST,
                  CASE WHEN $4 = 'name_turned' THEN LOWER(name) END DESC, LOWER(name), id
         LIMIT $5 OFFSET $6"
        sqlite
        "SELECT id, type AS type_name, slug, name, data, live, has_unpublished_changes, latest_revision_id, locale,
                translation_key, updated_at, COUNT(*) OVER () AS total
         FROM (SELECT snippet.*, NULLIF(CAST(data ->> $9 AS TEXT), '') AS chosen FROM snippet WHERE type = $1) AS listed
         WHERE ($2 = '' OR search_text LIKE $2 ESCAPE '!') AND ($3 = '' OR locale = $3)
           AND CASE $7 WHEN 'live' THEN live WHEN 'draft' THEN NOT live
                    WHEN 'changed' THEN live AND has_unpublished_changes ELSE TRUE END
           AND NOT EXISTS (SELECT 1 FROM json_each($8) AS wanted
               WHERE NOT CASE wanted.type
                   WHEN 'true' THEN COALESCE(data ->> wanted.key, 0) = 1
                   WHEN 'false' THEN COALESCE(data ->> wanted.key, 0) <> 1
                   ELSE EXISTS (SELECT 1 FROM json_each(data, '$.' || wanted.key) AS held
                                WHERE held.value = wanted.value) END)
           AND ($10 = 0 OR CASE $4
                WHEN 'name' THEN (LOWER(name), id) > (LOWER($11), $10)
                WHEN 'name_turned' THEN LOWER(name) < LOWER($11) OR (LOWER(name) = LOWER($11) AND id > $10)
                WHEN 'updated' THEN (-updated_at, LOWER(name), id) > (-CAST($12 AS BIGINT), LOWER($11), $10)
                WHEN 'updated_turned' THEN (updated_at, LOWER(name), id) > (CAST($12 AS BIGINT), LOWER($11), $10)
                ELSE id > $10 END)
         ORDER BY CASE $4 WHEN 'placed' THEN sort_order WHEN 'updated' THEN -updated_at
                          WHEN 'updated_turned' THEN updated_at WHEN 'id' THEN id END,
                  CASE WHEN $4 = 'text' THEN LOWER(chosen) END NULLS LAST,
                  CASE WHEN $4 = 'text_turned' THEN LOWER(chosen) END DESC NULLS LAST,
                  CASE $4 WHEN 'number' THEN CAST(chosen AS REAL) WHEN 'number_turned' THEN -CAST(chosen AS REAL)
                  END NULLS LAST,
                  CASE WHEN $4 = 'name_turned' THEN LOWER(name) END DESC, LOWER(name), id
         LIMIT $5 OFFSET $6";
    NAMES = read "snippet.list_names"
        "SELECT id, type AS type_name, name FROM snippet WHERE id = ANY($1) LIMIT $2"
        sqlite
        "SELECT id, type AS type_name, name FROM snippet WHERE id IN (SELECT value FROM json_each($1)) LIMIT $2";
}

word_set! {
    /// What a list is narrowed to.
    Status { Live = "live", Draft = "draft", Changed = "changed" }
}

word_set! {
    /// The order of a list that is read part by part, each behind the last snippet of the one before.
    Course {
        Id = "id", Name = "name", NameTurned = "name_turned",
        /// The last changed first.
        Updated = "updated",
        UpdatedTurned = "updated_turned",
    }
}

/// The snippet that a part of a list begins behind, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    pub id: i64,
    pub name: String,
    pub updated_at: i64,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order<'l> {
    #[default]
    Name,
    /// The last changed first.
    Updated,
    /// As editors put them.
    Placed,
    /// By what a field says; what says nothing comes last.
    Field(&'l str, Sorting),
}

/// Which snippets of a type, and which part of their list.
#[derive(Clone, Debug, Default)]
pub struct Listing<'l> {
    pub type_name: &'l str,
    /// Words in name, slug and, for types that are `searchable`, in the fields; empty: all.
    pub search: &'l str,
    /// Empty: all languages.
    pub locale: &'l str,
    pub status: Option<Status>,
    /// Fields with the value that each has, or has among others.
    pub fields: Map<String, Value>,
    pub order: Order<'l>,
    /// The other way round, but for [`Order::Placed`].
    pub is_turned: bool,
    pub offset: i64,
}

impl Listing<'_> {
    fn order(&self) -> &'static str {
        match (self.order, self.is_turned) {
            (Order::Name, false) => "name",
            (Order::Name, true) => "name_turned",
            (Order::Updated, false) => "updated",
            (Order::Updated, true) => "updated_turned",
            (Order::Placed, _) => "placed",
            (Order::Field(_, Sorting::Text), false) => "text",
            (Order::Field(_, Sorting::Text), true) => "text_turned",
            (Order::Field(_, Sorting::Number), false) => "number",
            (Order::Field(_, Sorting::Number), true) => "number_turned",
        }
    }

    async fn read(&self, db: &Db, order: &'static str, (after, most): (&Behind, i64)) -> Result<Vec<Snippet>, DbError> {
        let call = db.query(&LIST).bind(self.type_name).bind(pattern(self.search)).bind(self.locale).bind(order);
        let call = call.bind(most).bind(self.offset).bind(self.status.map_or("", Status::as_str));
        let call = call.bind(Value::Object(self.fields.clone()).to_string());
        // An empty name is no path for SQLite.
        let field = if let Order::Field(name, _) = self.order { Some(name.to_owned()) } else { None };
        call.bind(field).bind(after.id).bind(&after.name).bind(after.updated_at).list().await
    }
}

/// One part of a list, at most [`PAGE_SIZE`]; each row has the total.
pub async fn list(db: &Db, listing: &Listing<'_>) -> Result<Vec<Snippet>, DbError> {
    listing.read(db, listing.order(), (&Behind::default(), PAGE_SIZE)).await
}

/// The first of a list, at most `most` and [`LISTED_AT_ONCE`]; each row has the total.
pub async fn list_first(db: &Db, listing: &Listing<'_>, most: i64) -> Result<Vec<Snippet>, DbError> {
    listing.read(db, listing.order(), (&Behind::default(), most.clamp(1, LISTED_AT_ONCE))).await
}

/// All of a list by their ids, [`LISTED_AT_ONCE`] at a time: those behind `after`.
pub async fn list_behind(db: &Db, listing: &Listing<'_>, after: i64) -> Result<Vec<Snippet>, DbError> {
    listing.read(db, Course::Id.as_str(), (&Behind { id: after, ..Behind::default() }, LISTED_AT_ONCE)).await
}

/// Those behind one of them, at most `most`. What `listing` says of the order does not count.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_after(
    db: &Db,
    listing: &Listing<'_>,
    (course, after): (Course, &Behind),
    most: i64,
) -> Result<Vec<Snippet>, DbError> {
    listing.read(db, course.as_str(), (after, most.clamp(1, LISTED_AT_ONCE))).await
}

/// What snippets are called; those that are gone are left out.
pub async fn list_names(db: &Db, mut ids: Vec<i64>) -> Result<Vec<Named>, DbError> {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(LISTED_AT_ONCE as usize);
    db.query(&NAMES).bind(ids).bind(LISTED_AT_ONCE).list().await
}
