//! The reference index: what content points at, live and in its newest draft, so that usage is known as soon as a save
//! is done. Pages also keep `page_reference`, by which lists are narrowed.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::types::{ContentType, PlacedReference, ReferenceKind, Types};
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

/// Places of use that one part of a list shows.
pub const PAGE_SIZE: i64 = 100;
/// Targets counted at once: those of one list.
const MAX_COUNTED: usize = 1_000;

/// What points at something. The row goes with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Page(i64),
    Snippet(i64),
    Setting(i64),
}

/// Whether visitors see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Live,
    Draft,
}

record! {
    /// One place that refers to something.
    #[derive(Clone, Debug)]
    pub struct Use {
        pub page_id: Option<i64>, pub snippet_id: Option<i64>, pub setting_id: Option<i64>,
        /// Of the page as edited, of the snippet, or the name of the type of settings.
        pub title: String,
        pub type_name: String,
        /// `body[2].value.page`
        pub path: String,
        /// In what visitors see; else only in the newest draft.
        pub live: bool,
        pub trashed: bool,
        /// Places in all.
        pub total: i64,
    }
}
record! { struct Count { target_id: i64, uses: i64 } }

queries! {
    CLEAR = write "reference.clear"
        "DELETE FROM reference_index WHERE (page_id = $1 OR snippet_id = $2 OR setting_id = $3) AND live = $4";
    /// A list of references is one JSON document, so that a page with a thousand of them is one statement.
    ADD = write "reference.add"
        "INSERT INTO reference_index (page_id, snippet_id, setting_id, live, kind, target_id, path)
         SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BOOLEAN), kind, target, path
         FROM json_to_recordset(CAST($5 AS JSON)) AS given (kind TEXT, target BIGINT, path TEXT)"
        sqlite
        "INSERT INTO reference_index (page_id, snippet_id, setting_id, live, kind, target_id, path)
         SELECT $1, $2, $3, $4, value ->> 'kind', value ->> 'target', value ->> 'path' FROM json_each($5)";
    /// What was live is now only drafted.
    RETIRE = write "reference.retire" "UPDATE reference_index SET live = FALSE WHERE page_id = $1 OR snippet_id = $2";
    CLEAR_PAGE = write "reference.clear_page" "DELETE FROM page_reference WHERE page_id = $1";
    ADD_TO_PAGE = write "reference.add_to_page"
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT CAST($1 AS BIGINT), kind, field, target
         FROM json_to_recordset(CAST($2 AS JSON)) AS given (kind TEXT, field TEXT, target BIGINT)
         ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT $1, value ->> 'kind', value ->> 'field', value ->> 'target' FROM json_each($2)
         WHERE TRUE ON CONFLICT DO NOTHING";
    USES = read "reference.list_uses"
        "SELECT u.page_id, u.snippet_id, u.setting_id, u.path,
                (u.live = 1 AND COALESCE(p.live, s.live, TRUE)) AS live,
                COALESCE(p.draft_title, s.name, t.type, '') AS title, COALESCE(p.type, s.type, t.type, '') AS type_name,
                COALESCE(p.trashed, FALSE) AS trashed, u.total
         FROM (SELECT page_id, snippet_id, setting_id, path, MAX(CASE WHEN live THEN 1 ELSE 0 END) AS live,
                      COUNT(*) OVER () AS total
               FROM reference_index WHERE kind = $1 AND target_id = $2
               GROUP BY page_id, snippet_id, setting_id, path
               ORDER BY page_id, snippet_id, setting_id, path LIMIT $3 OFFSET $4) u
         LEFT JOIN page p ON p.id = u.page_id
         LEFT JOIN snippet s ON s.id = u.snippet_id
         LEFT JOIN setting t ON t.id = u.setting_id
         ORDER BY u.page_id, u.snippet_id, u.setting_id, u.path";
    COUNT = read "reference.count_uses"
        ("SELECT target_id, COUNT(DISTINCT page_id) + COUNT(DISTINCT snippet_id) + COUNT(DISTINCT setting_id) AS uses
         FROM reference_index WHERE kind = $1 AND target_id " [any "$2"] " GROUP BY target_id");
}

impl Source {
    fn columns(self) -> [Option<i64>; 3] {
        match self {
            Self::Page(id) => [Some(id), None, None],
            Self::Snippet(id) => [None, Some(id), None],
            Self::Setting(id) => [None, None, Some(id)],
        }
    }
}

/// Makes `references` what `source` points at in `state`.
pub async fn replace(tx: &mut Tx, source: Source, state: State, references: &[PlacedReference]) -> Result<(), DbError> {
    clear(tx, source, state).await?;
    if references.is_empty() {
        return Ok(());
    }
    let [page, snippet, setting] = source.columns();
    let entry =
        |found: &PlacedReference| json!({ "kind": found.kind.as_str(), "target": found.id, "path": found.path });
    let entries: Vec<Value> = references.iter().map(entry).collect();
    let call = Exec::from(tx).query(&ADD).bind(page).bind(snippet).bind(setting).bind(state == State::Live);
    call.bind(Value::Array(entries).to_string()).execute().await?;
    Ok(())
}

/// Forgets what `source` points at in `state`.
pub async fn clear(tx: &mut Tx, source: Source, state: State) -> Result<(), DbError> {
    let [page, snippet, setting] = source.columns();
    let call = Exec::from(tx).query(&CLEAR).bind(page).bind(snippet).bind(setting).bind(state == State::Live);
    call.execute().await.map(|_| ())
}

/// The source is no longer live; its newest draft is `drafted` already, or else what was live.
pub async fn retire(tx: &mut Tx, source: Source, drafted: bool) -> Result<(), DbError> {
    if drafted {
        return clear(tx, source, State::Live).await;
    }
    let [page, snippet, _] = source.columns();
    Exec::from(tx).query(&RETIRE).bind(page).bind(snippet).execute().await.map(|_| ())
}

/// A page was published with these fields: they are what it points at, and what lists are narrowed by.
pub async fn publish_page(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    id: i64,
    fields: &Map<String, Value>,
) -> Result<(), DbError> {
    let placed = of_type.placed_references(types, fields);
    replace(tx, Source::Page(id), State::Live, &placed).await?;
    clear(tx, Source::Page(id), State::Draft).await?;
    narrow(tx, id, &placed).await
}

/// Rewrites `page_reference`: each target once a field of the page.
pub(super) async fn narrow(tx: &mut Tx, id: i64, placed: &[PlacedReference]) -> Result<(), DbError> {
    Exec::from(&mut *tx).query(&CLEAR_PAGE).bind(id).execute().await?;
    if placed.is_empty() {
        return Ok(());
    }
    let entry =
        |found: &PlacedReference| json!({ "kind": found.kind.as_str(), "field": found.field(), "target": found.id });
    let entries: Vec<Value> = placed.iter().map(entry).collect();
    Exec::from(tx).query(&ADD_TO_PAGE).bind(id).bind(Value::Array(entries).to_string()).execute().await.map(|_| ())
}

/// Where a target is used, pages before snippets before settings; from `offset`, at most [`PAGE_SIZE`].
pub async fn list_uses(
    on: impl Into<Exec<'_>>,
    kind: ReferenceKind,
    target: i64,
    offset: i64,
) -> Result<Vec<Use>, DbError> {
    on.into().query(&USES).bind(kind.as_str()).bind(target).bind(PAGE_SIZE).bind(offset).list().await
}

/// How many pages, snippets and settings use each target, live or in a draft. Unused ones are left out.
pub async fn count_uses(db: &Db, kind: ReferenceKind, mut targets: Vec<i64>) -> Result<HashMap<i64, i64>, DbError> {
    targets.truncate(MAX_COUNTED);
    let counts: Vec<Count> = db.query(&COUNT).bind(kind.as_str()).bind(targets).list().await?;
    Ok(counts.into_iter().map(|count| (count.target_id, count.uses)).collect())
}

impl super::Content {
    /// Where something is used: a part of the list from `offset`, with the total in each row.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn usage(&self, kind: ReferenceKind, target: i64, offset: i64) -> Result<Vec<Use>, DbError> {
        list_uses(&*self.db, kind, target, offset).await
    }
}
