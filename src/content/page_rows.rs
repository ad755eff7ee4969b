//! What belongs to pages and stands in tables of its own, of many pages at once: revisions, references and tags. One statement
//! for each table, whatever there is of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{EditError, tag};
use crate::db::{Exec, Tx};
use crate::queries;

queries! {
    REVISIONS = write "page_rows.insert_revisions"
        "INSERT INTO revision (id, page_id, content, created_at, account_id, author)
         SELECT id, page, content, created, account, author FROM json_to_recordset(CAST($1 AS JSON))
             AS given (id BIGINT, page BIGINT, content TEXT, created BIGINT, account BIGINT, author TEXT)"
        sqlite
        "INSERT INTO revision (id, page_id, content, created_at, account_id, author)
         SELECT value ->> 'id', value ->> 'page', value ->> 'content', value ->> 'created', value ->> 'account',
                value ->> 'author' FROM json_each($1)";
    NARROWING = write "page_rows.insert_page_references"
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT page, kind, field, target FROM json_to_recordset(CAST($1 AS JSON))
             AS given (page BIGINT, kind TEXT, field TEXT, target BIGINT) ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT value ->> 'page', value ->> 'kind', value ->> 'field', value ->> 'target' FROM json_each($1) WHERE TRUE
         ON CONFLICT DO NOTHING";
    REFERENCES = write "page_rows.insert_references"
        "INSERT INTO reference_index (page_id, live, kind, target_id, path)
         SELECT page, live = 1, kind, target, path FROM json_to_recordset(CAST($1 AS JSON))
             AS given (page BIGINT, live BIGINT, kind TEXT, path TEXT, target BIGINT)"
        sqlite
        "INSERT INTO reference_index (page_id, live, kind, target_id, path)
         SELECT value ->> 'page', value ->> 'live', value ->> 'kind', value ->> 'target', value ->> 'path'
         FROM json_each($1)";
    TAGS = write "page_rows.insert_tags"
        "INSERT INTO page_tag (page_id, tag_id) SELECT page, tag.id FROM json_to_recordset(CAST($1 AS JSON))
             AS given (page BIGINT, slug TEXT) JOIN tag ON tag.slug = given.slug ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO page_tag (page_id, tag_id) SELECT value ->> 'page', tag.id FROM json_each($1)
             JOIN tag ON tag.slug = value ->> 'slug' WHERE TRUE ON CONFLICT DO NOTHING";
    /// Ids given here must not be given out again, nor those that somebody has taken and not yet written.
    ADVANCE = write "page_rows.advance_ids"
        "SELECT SETVAL(page, GREATEST((SELECT MAX(id) FROM page), PG_SEQUENCE_LAST_VALUE(page), 1))
              + SETVAL(revision, GREATEST((SELECT MAX(id) FROM revision), PG_SEQUENCE_LAST_VALUE(revision), 1))
         FROM (SELECT CAST(PG_GET_SERIAL_SEQUENCE('page', 'id') AS REGCLASS) AS page,
                      CAST(PG_GET_SERIAL_SEQUENCE('revision', 'id') AS REGCLASS) AS revision) AS ids"
        sqlite "SELECT CAST(0 AS BIGINT)";
}

/// A revision as it is written.
pub(super) struct RevisionRow<'r> {
    pub id: i64,
    pub page: i64,
    /// JSON of the content.
    pub content: String,
    pub created_at: i64,
    pub account: Option<i64>,
    pub author: &'r str,
}

/// What is inserted, table by table.
#[derive(Default)]
pub(super) struct PageRows {
    revisions: Vec<Value>,
    narrowing: Vec<Value>,
    references: Vec<Value>,
    tags: Vec<Value>,
    tag_names: BTreeSet<String>,
}

/// Rows as the one parameter of a statement.
pub(super) fn json_of(rows: Vec<Value>) -> String {
    Value::Array(rows).to_string()
}

impl PageRows {
    pub fn add_revision(&mut self, row: &RevisionRow<'_>) {
        self.revisions.push(json!({ "id": row.id, "page": row.page, "content": row.content, "created": row.created_at,
            "account": row.account, "author": row.author }));
    }

    /// Of the live page, or of its draft: lists are narrowed by the live one alone.
    pub fn add_reference(&mut self, page: i64, live: bool, (kind, path, target): (&str, &str, i64)) {
        if live {
            let field = path.split(['.', '[']).next().unwrap_or_default();
            self.narrowing.push(json!({ "page": page, "kind": kind, "field": field, "target": target }));
        }
        let live = i64::from(live);
        self.references.push(json!({ "page": page, "live": live, "kind": kind, "path": path, "target": target }));
    }

    pub fn add_tag(&mut self, page: i64, name: &str) {
        self.tags.push(json!({ "page": page, "slug": tag::slug_of(name) }));
        self.tag_names.insert(name.to_owned());
    }

    /// Writes them, behind the pages. New ids of pages and revisions are greater from then on.
    ///
    /// # Errors
    /// What [`EditError`] says; the transaction is of no more use then.
    pub async fn insert(self, tx: &mut Tx) -> Result<(), EditError> {
        Exec::from(&mut *tx).query(&REVISIONS).bind(json_of(self.revisions)).execute().await?;
        Exec::from(&mut *tx).query(&NARROWING).bind(json_of(self.narrowing)).execute().await?;
        Exec::from(&mut *tx).query(&REFERENCES).bind(json_of(self.references)).execute().await?;
        for name in &self.tag_names {
            tag::ensure(tx, name).await?;
        }
        Exec::from(&mut *tx).query(&TAGS).bind(json_of(self.tags)).execute().await?;
        Exec::from(tx).query(&ADVANCE).optional::<i64>().await?;
        Ok(())
    }
}
