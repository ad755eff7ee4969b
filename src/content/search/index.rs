//! What a page says, for the index; and keeping the index in step with pages and snippets.

use std::collections::HashSet;

use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use super::entry::{Entry, Kind};
use super::store::{self, Batch};
use crate::content::page::json_object;
use crate::content::types::{ContentType, FieldKind, ReferenceKind, Types};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Pages read and indexed at once.
pub(super) const BATCH: usize = 200;
/// Of pages that are written in the same transaction.
const WRITTEN: usize = 500;
/// Pages that are indexed anew when a snippet that they show is renamed; of more, the rest waits for a rebuild.
const MAX_RENAMED: i64 = 1_000;
/// Snippet names of one batch of pages.
const MAX_NAMES: i64 = 5_000;

record! {
    /// What the index needs of a page.
    pub(super) struct Source {
        pub id: i64, top: i64, type_name: String, title: String, seo_title: String, search_description: String,
        data: String, locale: String, restricted: bool, first_published_at: Option<i64>,
    }
}
record! { struct Named { id: i64, name: String } }

queries! {
    /// Aliases are found through the page that they mirror.
    SOURCES = write "search.list_sources"
        ("SELECT id, type AS type_name, title, seo_title, search_description, data, locale, restricted, first_published_at,
                (SELECT COALESCE(MAX(t.id), 0) FROM page t WHERE t.path = SUBSTR(page.path, 1, 8)) AS top
         FROM page WHERE id " [any "$1"] " AND live AND NOT trashed AND alias_of IS NULL AND depth > 1 LIMIT $2");
    NAMES = write "search.list_snippet_names"
        ("SELECT id, name FROM snippet WHERE id " [any "$1"] " AND live LIMIT $2");
    SHOWING = write "search.list_pages_showing"
        "SELECT DISTINCT page_id FROM page_reference WHERE kind = 'snippet' AND target_id = $1 ORDER BY page_id LIMIT $2";
}

/// The texts of a page, as they are written.
pub struct Texts {
    pub lead: String,
    pub text: String,
}

impl Texts {
    /// Tags and the short texts at the top of a page are its lead; what is longer, or in blocks, is its text.
    pub fn of(types: &Types, of_type: &ContentType, mut fields: Map<String, Value>) -> Self {
        let mut lead: Vec<String> = Vec::new();
        for field in &of_type.fields {
            match (&field.kind, fields.get(&field.name)) {
                (FieldKind::Char(_) | FieldKind::Text(_), Some(Value::String(text))) => lead.push(text.clone()),
                (FieldKind::Tags { .. }, Some(Value::Array(tags))) => {
                    lead.extend(tags.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => continue,
            }
            fields.remove(&field.name);
        }
        lead.retain(|text| !text.is_empty());
        Self { lead: lead.join("\n"), text: of_type.search_text(types, &fields) }
    }
}

/// Brings the index in step with pages: what is live is indexed, the rest is taken out.
///
/// # Errors
/// When the database fails.
pub async fn refresh_pages(tx: &mut Tx, types: &Types, ids: &[i64]) -> Result<(), DbError> {
    let mut folding: Option<JoinHandle<Batch>> = None;
    for some in ids.chunks(WRITTEN) {
        let live = sources(tx, some).await?;
        let known: HashSet<i64> = live.iter().map(|page| page.id).collect();
        store::remove(tx, Kind::Page, some.iter().copied().filter(|id| !known.contains(id)).collect()).await?;
        let entries = entries(tx, types, live).await?;
        // On a thread, while the database writes those before.
        let these = tokio::task::spawn_blocking(move || Batch::of(&entries));
        if let Some(before) = folding.replace(these) {
            write(tx, before).await?;
        }
    }
    match folding {
        Some(last) => write(tx, last).await,
        None => Ok(()),
    }
}

async fn write(tx: &mut Tx, folding: JoinHandle<Batch>) -> Result<(), DbError> {
    let batch = folding.await.map_err(|stopped| DbError::Other(stopped.to_string()))?;
    store::write(tx, Kind::Page, &batch).await
}

/// Indexes the pages that show a snippet, whose name is among what they are found by.
///
/// # Errors
/// When the database fails.
pub async fn snippet_renamed(tx: &mut Tx, types: &Types, id: i64) -> Result<(), DbError> {
    let pages: Vec<i64> = Exec::from(&mut *tx).query(&SHOWING).bind(id).bind(MAX_RENAMED).list().await?;
    refresh_pages(tx, types, &pages).await
}

/// The live pages among `ids`.
pub(super) async fn sources(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Source>, DbError> {
    Exec::from(tx).query(&SOURCES).bind(ids.to_vec()).bind(ids.len() as i64).list().await
}

/// What the index holds of pages, in their order; pages of a type that the site no longer declares have their head.
pub(super) async fn entries(tx: &mut Tx, types: &Types, pages: Vec<Source>) -> Result<Vec<Entry>, DbError> {
    let mut read: Vec<(Source, Map<String, Value>, Vec<i64>)> = Vec::with_capacity(pages.len());
    for page in pages {
        let fields = json_object(&page.data);
        let of_type = types.find(&page.type_name);
        let references = of_type.map(|of_type| of_type.references(types, &fields)).unwrap_or_default();
        let snippets = references.iter().filter(|reference| reference.kind == ReferenceKind::Snippet);
        let snippets = snippets.map(|reference| reference.id).collect();
        read.push((page, fields, snippets));
    }
    let ids: Vec<i64> = read.iter().flat_map(|(_, _, snippets)| snippets.iter().copied()).collect();
    let names: Vec<Named> =
        if ids.is_empty() { Vec::new() } else { Exec::from(tx).query(&NAMES).bind(ids).bind(MAX_NAMES).list().await? };
    let entry = |(page, fields, snippets): (Source, Map<String, Value>, Vec<i64>)| {
        let texts = types.find(&page.type_name).map(|of_type| Texts::of(types, of_type, fields));
        let texts = texts.unwrap_or_else(|| Texts { lead: String::new(), text: String::new() });
        let mut lead = vec![page.seo_title.as_str(), &page.search_description, &texts.lead];
        lead.extend(names.iter().filter(|named| snippets.contains(&named.id)).map(|named| named.name.as_str()));
        Entry {
            kind: Kind::Page,
            object_id: page.id,
            lead: lead.join("\n"),
            text: texts.text,
            title: page.title,
            type_name: page.type_name,
            locale: page.locale,
            top: page.top,
            hidden: page.restricted,
            published_at: page.first_published_at.unwrap_or(0),
        }
    };
    Ok(read.into_iter().map(entry).collect())
}
