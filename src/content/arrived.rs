//! What follows from rows that were written as they stood elsewhere: references, tags, summaries, and what the search finds
//! them by. A part of them is a handful of statements.

use serde_json::{Map, Value, json};

use super::page::{PageContent, json_object};
use super::page_rows::{PageRows, json_of};
use super::snippet::SnippetContent;
use super::types::Types;
use super::{EditError, edit, embed, reference_check, search, snippet_edit};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Rows of one part.
pub const PART: usize = 200;

record! { struct PageRow { id: i64, type_name: String, title: String, data: String, live: bool, draft: Option<String> } }
record! { struct SnippetRow { id: i64, type_name: String, name: String, slug: String, data: String } }

queries! {
    /// What was live in the trash comes back live.
    PAGES = write "arrived.list_pages"
        ("SELECT page.id, page.type AS type_name, page.title, page.data, page.live OR page.live_in_trash AS live,
                 revision.content AS draft
         FROM page LEFT JOIN revision ON revision.id = page.latest_revision_id AND page.alias_of IS NULL
              AND (NOT (page.live OR page.live_in_trash) OR page.has_unpublished_changes)
         WHERE page.id " [any "$1"] " ORDER BY page.id LIMIT $2");
    FORGET = write "arrived.delete_references" ("DELETE FROM reference_index WHERE page_id " [any "$1"]);
    WIDEN = write "arrived.delete_page_references" ("DELETE FROM page_reference WHERE page_id " [any "$1"]);
    UNTAG = write "arrived.delete_tags" ("DELETE FROM page_tag WHERE page_id " [any "$1"]);
    SUMMARISE = write "arrived.set_summaries"
        "UPDATE page SET summary = given.summary FROM json_to_recordset(CAST($1 AS JSON)) AS given (id BIGINT, summary TEXT)
         WHERE page.id = given.id"
        sqlite
        "UPDATE page SET summary = given.value ->> 'summary' FROM json_each($1) AS given
         WHERE page.id = given.value ->> 'id'";
    SNIPPETS = write "arrived.list_snippets"
        ("SELECT id, type AS type_name, name, slug, data FROM snippet WHERE id " [any "$1"] " ORDER BY id LIMIT $2");
    FIND_BY = write "arrived.set_search_texts"
        "UPDATE snippet SET search_text = given.text FROM json_to_recordset(CAST($1 AS JSON)) AS given (id BIGINT, text TEXT)
         WHERE snippet.id = given.id"
        sqlite
        "UPDATE snippet SET search_text = given.value ->> 'text' FROM json_each($1) AS given
         WHERE snippet.id = given.value ->> 'id'";
    /// Ids given here must not be given out again, nor those that somebody has taken and not yet written.
    ADVANCE = write "arrived.advance_ids"
        "SELECT SUM(SETVAL(ids, GREATEST(last_id, PG_SEQUENCE_LAST_VALUE(ids), 1))) > 0
         FROM (SELECT CAST(PG_GET_SERIAL_SEQUENCE(name, 'id') AS REGCLASS) AS ids, last_id FROM (
             SELECT 'page' AS name, MAX(id) AS last_id FROM page
             UNION ALL SELECT 'revision', MAX(id) FROM revision
             UNION ALL SELECT 'tag', MAX(id) FROM tag
             UNION ALL SELECT 'collection', MAX(id) FROM collection
             UNION ALL SELECT 'image', MAX(id) FROM image
             UNION ALL SELECT 'document', MAX(id) FROM document
             UNION ALL SELECT 'snippet', MAX(id) FROM snippet
             UNION ALL SELECT 'snippet_revision', MAX(id) FROM snippet_revision
             UNION ALL SELECT 'site', MAX(id) FROM site
             UNION ALL SELECT 'setting', MAX(id) FROM setting
             UNION ALL SELECT 'setting_revision', MAX(id) FROM setting_revision
             UNION ALL SELECT 'view_restriction', MAX(id) FROM view_restriction
             UNION ALL SELECT 'redirect', MAX(id) FROM redirect
             UNION ALL SELECT 'form_definition', MAX(id) FROM form_definition
             UNION ALL SELECT 'form_submission', MAX(id) FROM form_submission) AS known) AS sequences"
        sqlite "SELECT 1";
}

/// Of pages, at most [`PART`].
///
/// # Errors
/// What [`EditError`] says; the transaction is of no more use then.
pub async fn settle_pages(tx: &mut Tx, types: &Types, ids: &[i64]) -> Result<(), EditError> {
    let found: Vec<PageRow> = Exec::from(&mut *tx).query(&PAGES).bind(ids.to_vec()).bind(PART as i64).list().await?;
    for forget in [&FORGET, &WIDEN, &UNTAG] {
        Exec::from(&mut *tx).query(forget).bind(ids.to_vec()).execute().await?;
    }
    let (mut rows, mut summaries, mut embeds) = (PageRows::default(), Vec::new(), Vec::new());
    for page in found {
        let Some(of_type) = types.find(&page.type_name) else { continue };
        let content = PageContent { title: page.title, fields: json_object(&page.data), ..PageContent::default() };
        if page.live {
            for found in of_type.placed_references(types, &content.fields) {
                rows.add_reference(page.id, true, (found.kind.as_str(), &found.path, found.id));
            }
            edit::tag_names(of_type, &content.fields).into_iter().for_each(|name| rows.add_tag(page.id, name));
            embeds.extend(of_type.embeds(types, &content.fields));
        }
        let draft = page.draft.as_deref().and_then(|draft| json_object(draft).remove("fields"));
        if let Some(Value::Object(draft)) = draft {
            for found in of_type.placed_references(types, &draft) {
                rows.add_reference(page.id, false, (found.kind.as_str(), &found.path, found.id));
            }
        }
        let summary: Map<String, Value> = edit::summary(types, of_type, &content);
        summaries.push(json!({ "id": page.id, "summary": Value::Object(summary).to_string() }));
    }
    Exec::from(&mut *tx).query(&SUMMARISE).bind(json_of(summaries)).execute().await?;
    rows.insert(tx).await?;
    embed::want(tx, types, &embeds).await?;
    Ok(search::refresh_pages(tx, types, ids).await?)
}

/// Of snippets, at most [`PART`]: what lists find them by.
///
/// # Errors
/// When the database fails.
pub async fn settle_snippets(tx: &mut Tx, types: &Types, ids: &[i64]) -> Result<(), DbError> {
    let found: Vec<SnippetRow> =
        Exec::from(&mut *tx).query(&SNIPPETS).bind(ids.to_vec()).bind(PART as i64).list().await?;
    let mut texts = Vec::new();
    for row in found {
        let Some(of_type) = types.find(&row.type_name) else { continue };
        let content = SnippetContent { name: row.name, slug: row.slug, fields: json_object(&row.data) };
        texts.push(json!({ "id": row.id, "text": snippet_edit::search_text(types, of_type, &content) }));
    }
    Exec::from(tx).query(&FIND_BY).bind(json_of(texts)).execute().await.map(drop)
}

/// Before anything else follows from them: where ids go on.
///
/// # Errors
/// When the database fails.
pub async fn advance_ids(tx: &mut Tx) -> Result<(), DbError> {
    Exec::from(tx).query(&ADVANCE).execute().await.map(drop)
}

/// Of all snippets and settings: what they refer to.
///
/// # Errors
/// When the database fails.
pub async fn settle_references(tx: &mut Tx, types: &Types) -> Result<(), DbError> {
    reference_check::settle(tx, types).await
}
