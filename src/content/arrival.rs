//! Pages that come from another system as they stood there: with their ids, their places in the tree and all their revisions.
//! A batch is a handful of statements. Nothing of it is an event of the log: nobody did anything here.

use serde_json::{Map, Value, json};

use super::page::PageContent;
use super::page_rows::{PageRows, RevisionRow, json_of};
use super::types::{ContentType, Types};
use super::{EditError, edit, embed, operations, search};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Pages of one batch.
pub const MAX_BATCH: usize = 500;

/// A page with all that there is of it.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub id: i64,
    pub path: String,
    pub parent_id: i64,
    pub type_name: String,
    pub locale: String,
    pub translation_key: String,
    pub url_path: String,
    /// What is live; of a page that is not, what was live last.
    pub content: PageContent,
    pub live: bool,
    pub first_published_at: Option<i64>,
    pub last_published_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub owner: Option<i64>,
    /// Since when it is locked, and by which account.
    pub locked: Option<(i64, Option<i64>)>,
    /// The oldest first; the last one is what an editor goes on from. At least one.
    pub revisions: Vec<ArrivedRevision>,
    pub live_revision: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct ArrivedRevision {
    pub id: i64,
    pub content: PageContent,
    pub created_at: i64,
    pub account: Option<i64>,
    pub author: String,
}

record! {
    /// A page that has an id, or a place, already.
    #[derive(Clone, Debug)]
    pub struct Resident { pub id: i64, pub title: String, pub path: String }
}

queries! {
    PAGES = write "arrival.insert_pages"
        "INSERT INTO page (id, path, depth, parent_id, type, title, draft_title, slug, url_path, seo_title,
                           search_description, show_in_menus, live, has_unpublished_changes, data, summary,
                           latest_revision_id, live_revision_id, first_published_at, last_published_at, created_at,
                           updated_at, uuid, translation_key, locale, owner_id, locked_at, locked_by)
         SELECT id, path, depth, parent, type, title, draft_title, slug, url_path, seo_title, description, menus = 1,
                live = 1, changed = 1, data, summary, latest, live_revision, first_at, last_at, created, updated, uuid,
                translation, locale, owner, locked_at, locked_by
         FROM json_to_recordset(CAST($1 AS JSON)) AS given (id BIGINT, path TEXT, depth BIGINT, parent BIGINT, type TEXT,
              title TEXT, draft_title TEXT, slug TEXT, url_path TEXT, seo_title TEXT, description TEXT, menus BIGINT,
              live BIGINT, changed BIGINT, data TEXT, summary TEXT, latest BIGINT, live_revision BIGINT, first_at BIGINT,
              last_at BIGINT, created BIGINT, updated BIGINT, uuid TEXT, translation TEXT, locale TEXT, owner BIGINT,
              locked_at BIGINT, locked_by BIGINT)"
        sqlite
        "INSERT INTO page (id, path, depth, parent_id, type, title, draft_title, slug, url_path, seo_title,
                           search_description, show_in_menus, live, has_unpublished_changes, data, summary,
                           latest_revision_id, live_revision_id, first_published_at, last_published_at, created_at,
                           updated_at, uuid, translation_key, locale, owner_id, locked_at, locked_by)
         SELECT value ->> 'id', value ->> 'path', value ->> 'depth', value ->> 'parent', value ->> 'type',
                value ->> 'title', value ->> 'draft_title', value ->> 'slug', value ->> 'url_path',
                value ->> 'seo_title', value ->> 'description', value ->> 'menus', value ->> 'live',
                value ->> 'changed', value ->> 'data', value ->> 'summary', value ->> 'latest',
                value ->> 'live_revision', value ->> 'first_at', value ->> 'last_at', value ->> 'created',
                value ->> 'updated', value ->> 'uuid', value ->> 'translation', value ->> 'locale', value ->> 'owner',
                value ->> 'locked_at', value ->> 'locked_by'
         FROM json_each($1)";
    ALIAS = write "arrival.set_alias"
        "UPDATE page SET alias_of = $2, latest_revision_id = NULL, live_revision_id = NULL, has_unpublished_changes = FALSE
         WHERE id = $1";
    /// An alias has none of its own: it shows what its source shows.
    DROP_REVISIONS = write "arrival.delete_revisions" "DELETE FROM revision WHERE page_id = $1";
    DROP_REFERENCES = write "arrival.delete_draft_references"
        "DELETE FROM reference_index WHERE page_id = $1 AND NOT live";
    RESIDENTS = read "arrival.list_residents"
        ("SELECT id, title, path FROM page WHERE id " [any "$1"] " OR path " [any "$2"] " LIMIT $3");
}

/// Pages that are here with one of these ids, or at one of these places.
///
/// # Errors
/// When the database is out of reach.
pub async fn residents(on: impl Into<Exec<'_>>, ids: &[i64], paths: &[String]) -> Result<Vec<Resident>, DbError> {
    let limit = 2 * ids.len().max(paths.len()) as i64;
    on.into().query(&RESIDENTS).bind(ids.to_vec()).bind(paths.to_vec()).bind(limit).list().await
}

/// What is inserted, table by table.
#[derive(Default)]
struct Rows {
    pages: Vec<Value>,
    of_pages: PageRows,
    embeds: Vec<String>,
}

/// Inserts at most [`MAX_BATCH`] pages, parents before their children.
///
/// # Errors
/// What [`EditError`] says; the transaction is of no more use then.
pub async fn insert(tx: &mut Tx, types: &Types, arrivals: &[Arrival]) -> Result<(), EditError> {
    let mut rows = Rows::default();
    for arrival in arrivals {
        rows.add(types, operations::page_type(types, &arrival.type_name)?, arrival);
    }
    Exec::from(&mut *tx).query(&PAGES).bind(json_of(rows.pages)).execute().await?;
    rows.of_pages.insert(tx).await?;
    embed::want(tx, types, &rows.embeds).await?;
    let live: Vec<i64> = arrivals.iter().filter(|arrival| arrival.live).map(|arrival| arrival.id).collect();
    search::refresh_pages(tx, types, &live).await?;
    Ok(())
}

/// Makes a page that has arrived the alias of another one.
///
/// # Errors
/// When the database fails.
pub async fn set_alias(tx: &mut Tx, page: i64, source: i64) -> Result<(), DbError> {
    Exec::from(&mut *tx).query(&ALIAS).bind(page).bind(source).execute().await?;
    Exec::from(&mut *tx).query(&DROP_REVISIONS).bind(page).execute().await?;
    Exec::from(tx).query(&DROP_REFERENCES).bind(page).execute().await.map(|_| ())
}

impl Rows {
    fn add(&mut self, types: &Types, of_type: &ContentType, arrival: &Arrival) {
        let (page, content) = (arrival.id, &arrival.content);
        let newest = arrival.revisions.last();
        let latest = newest.map(|revision| revision.id);
        let changed = !arrival.live || latest != arrival.live_revision;
        if arrival.live {
            self.refer(types, of_type, page, (true, &content.fields));
            for name in edit::tag_names(of_type, &content.fields) {
                self.of_pages.add_tag(page, name);
            }
            self.embeds.extend(of_type.embeds(types, &content.fields));
        }
        if let Some(newest) = newest.filter(|_| changed) {
            self.refer(types, of_type, page, (false, &newest.content.fields));
        }
        for revision in &arrival.revisions {
            self.of_pages.add_revision(&RevisionRow {
                id: revision.id,
                page,
                content: serde_json::to_string(&revision.content).unwrap_or_default(),
                created_at: revision.created_at,
                account: revision.account,
                author: &revision.author,
            });
        }
        self.pages.push(json!({
            "id": page,
            "path": arrival.path,
            "depth": arrival.path.len() / super::tree::STEP,
            "parent": arrival.parent_id,
            "type": arrival.type_name,
            "title": content.title,
            "draft_title": newest.map_or(&content.title, |newest| &newest.content.title),
            "slug": content.slug,
            "url_path": arrival.url_path,
            "seo_title": content.seo_title,
            "description": content.search_description,
            "menus": i64::from(content.show_in_menus),
            "live": i64::from(arrival.live),
            "changed": i64::from(changed),
            "data": Value::Object(content.fields.clone()).to_string(),
            "summary": Value::Object(edit::summary(types, of_type, content)).to_string(),
            "latest": latest,
            "live_revision": arrival.live_revision.filter(|_| arrival.live),
            "first_at": arrival.first_published_at,
            "last_at": arrival.last_published_at,
            "created": arrival.created_at,
            "updated": arrival.updated_at,
            "uuid": uuid::Uuid::new_v4().to_string(),
            "translation": arrival.translation_key,
            "locale": arrival.locale,
            "owner": arrival.owner,
            "locked_at": arrival.locked.map(|(at, _)| at),
            "locked_by": arrival.locked.and_then(|(_, by)| by),
        }));
    }

    fn refer(&mut self, types: &Types, of_type: &ContentType, page: i64, (live, fields): (bool, &Map<String, Value>)) {
        for found in of_type.placed_references(types, fields) {
            self.of_pages.add_reference(page, live, (found.kind.as_str(), &found.path, found.id));
        }
    }
}
