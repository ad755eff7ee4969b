//! Many live pages at once, below one parent: for seeding and imports. A batch is one transaction with a handful of
//! statements, whatever its size; everything that a publish does is done, but for revisions before the live one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::change::{self, Tag};
use super::page::{self, Page, PageContent};
use super::page_rows::{PageRows, RevisionRow, json_of};
use super::tree::{self, Among};
use super::types::{ContentType, Mode, Types};
use super::{Content, EditError, lists, operations, search};
use crate::clock::Micros;
use crate::db::{Exec, TxName};
use crate::queries;
use crate::telemetry::label::{Channel, PageEvent};

/// Pages of one batch.
pub const MAX_BATCH: usize = 2_000;

queries! {
    LAST_PAGE = write "bulk.last_page" "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM page";
    LAST_REVISION = write "bulk.last_revision" "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM revision";
    PAGES = write "bulk.insert_pages"
        "INSERT INTO page (id, path, depth, parent_id, type, title, draft_title, slug, url_path, search_description, live,
                           data, summary, latest_revision_id, live_revision_id, first_published_at, last_published_at,
                           created_at, updated_at, uuid, translation_key, locale, restricted)
         SELECT id, path, $2, $3, $4, title, title, slug, url_path, description, TRUE, data, summary, revision, revision,
                published, published, $5, $5, uuid, uuid, $6, $7
         FROM json_to_recordset(CAST($1 AS JSON)) AS given (id BIGINT, path TEXT, title TEXT, slug TEXT, url_path TEXT,
              description TEXT, data TEXT, summary TEXT, revision BIGINT, published BIGINT, uuid TEXT)"
        sqlite
        "INSERT INTO page (id, path, depth, parent_id, type, title, draft_title, slug, url_path, search_description, live,
                           data, summary, latest_revision_id, live_revision_id, first_published_at, last_published_at,
                           created_at, updated_at, uuid, translation_key, locale, restricted)
         SELECT value ->> 'id', value ->> 'path', $2, $3, $4, value ->> 'title', value ->> 'title', value ->> 'slug',
                value ->> 'url_path', value ->> 'description', TRUE, value ->> 'data', value ->> 'summary',
                value ->> 'revision', value ->> 'revision', value ->> 'published', value ->> 'published', $5, $5,
                value ->> 'uuid', value ->> 'uuid', $6, $7
         FROM json_each($1)";
    /// PostgreSQL's own wait a minute: until then it would plan for the few pages that were there before.
    COUNT_ROWS = write "bulk.analyze_tables"
        "ANALYZE page, page_reference, page_tag, reference_index"
        sqlite "PRAGMA optimize";
}

/// A page to be made, and published.
#[derive(Clone, Debug)]
pub struct LivePage {
    pub title: String,
    /// Unique below the parent.
    pub slug: String,
    pub search_description: String,
    pub fields: Map<String, Value>,
    pub published_at: Micros,
}

/// Pages that are valid, ready to be inserted.
pub struct Prepared {
    type_name: String,
    pages: Vec<Ready>,
}

struct Ready {
    title: String,
    slug: String,
    search_description: String,
    summary: Map<String, Value>,
    /// The page's and the revision's columns of these names.
    summary_json: String,
    data: String,
    content: String,
    published_at: Micros,
    references: Vec<(String, String, i64)>,
    tags: Vec<String>,
}

/// Validates pages of one type; takes a thread for a while, and no database.
///
/// # Errors
/// What [`EditError`] says of the first page that is not valid.
pub fn prepare(types: &Types, type_name: &str, pages: Vec<LivePage>) -> Result<Prepared, EditError> {
    let of_type = operations::page_type(types, type_name)?;
    let pages = pages.into_iter().map(|page| ready(types, of_type, page)).collect::<Result<_, _>>()?;
    Ok(Prepared { type_name: type_name.to_owned(), pages })
}

fn ready(types: &Types, of_type: &ContentType, page: LivePage) -> Result<Ready, EditError> {
    let mut content = PageContent {
        title: page.title,
        slug: page.slug,
        search_description: page.search_description,
        ..PageContent::default()
    };
    super::edit::check_head(&content)?;
    content.fields = of_type.validate(types, &page.fields, Mode::Publish).map_err(EditError::Invalid)?;
    let placed = of_type.placed_references(types, &content.fields);
    let references =
        placed.iter().map(|found| (found.kind.as_str().to_owned(), found.path.clone(), found.id)).collect();
    let tags = super::edit::tag_names(of_type, &content.fields).into_iter().map(str::to_owned).collect();
    let summary = super::edit::summary(types, of_type, &content);
    Ok(Ready {
        summary_json: serde_json::to_string(&summary).unwrap_or_default(),
        data: serde_json::to_string(&content.fields).unwrap_or_default(),
        content: serde_json::to_string(&content).unwrap_or_default(),
        title: content.title,
        slug: content.slug,
        search_description: content.search_description,
        published_at: page.published_at,
        summary,
        references,
        tags,
    })
}

/// What is inserted, table by table.
#[derive(Default)]
struct Rows {
    pages: Vec<Value>,
    of_pages: PageRows,
}

impl Rows {
    /// The pages with ids and revisions behind the last ones, the first of them at `path`.
    fn of(pages: &[Ready], parent: &Page, path: String, (last, now): ((i64, i64), Micros)) -> Result<Self, EditError> {
        let mut rows = Self::default();
        let mut room = Some(path);
        for (page, number) in pages.iter().zip(1..) {
            let (id, revision) = (last.0 + number, last.1 + number);
            let path = room.take().ok_or(EditError::ParentFull(parent.id))?;
            room = tree::next_path(&parent.path, &path);
            for (kind, path, target) in &page.references {
                rows.of_pages.add_reference(id, true, (kind, path, *target));
            }
            page.tags.iter().for_each(|name| rows.of_pages.add_tag(id, name));
            rows.of_pages.add_revision(&RevisionRow {
                id: revision,
                page: id,
                content: page.content.clone(),
                created_at: now.0,
                account: None,
                author: "",
            });
            rows.pages.push(json!({
                "id": id,
                "path": path,
                "title": page.title,
                "slug": page.slug,
                "url_path": format!("{}{}/", parent.url_path, page.slug),
                "description": page.search_description,
                "data": page.data,
                "summary": page.summary_json,
                "revision": revision,
                "published": page.published_at.0,
                "uuid": uuid::Uuid::new_v4().to_string(),
            }));
        }
        Ok(rows)
    }
}

impl Content {
    /// Inserts prepared pages as the last children of `parent`, live; their ids, in order. At most [`MAX_BATCH`].
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn insert_live(&self, parent: i64, prepared: Prepared, channel: Channel) -> Result<Vec<i64>, EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.insert_many")).await?;
        tree::lock(&mut tx).await?;
        let parent = page::find(&mut tx, parent).await?.ok_or(EditError::PageNotFound(parent))?;
        let parent_type = (parent.id != tree::ROOT_ID).then_some(parent.type_name.as_str());
        types.check_placement(parent_type, &prepared.type_name)?;
        let last_page: i64 = Exec::from(&mut tx).query(&LAST_PAGE).one().await?;
        let last_revision: i64 = Exec::from(&mut tx).query(&LAST_REVISION).one().await?;
        let room = tree::make_room(&mut tx, (parent.id, &parent.path), Among::Last).await?;
        let room = room.ok_or(EditError::ParentFull(parent.id))?.path;
        let now = Micros::now();
        let rows = Rows::of(&prepared.pages, &parent, room, ((last_page, last_revision), now))?;
        let ids: Vec<i64> = (last_page + 1..=last_page + prepared.pages.len() as i64).collect();
        let call = Exec::from(&mut tx).query(&PAGES).bind(json_of(rows.pages)).bind(parent.depth + 1).bind(parent.id);
        let call = call.bind(&prepared.type_name).bind(now).bind(&parent.locale).bind(parent.restricted);
        call.execute().await.map_err(|error| operations::slug_taken(error, "one of the pages"))?;
        rows.of_pages.insert(&mut tx).await?;
        let last = ids.last().copied().unwrap_or(last_page);
        search::refresh_pages(&mut tx, &types, &ids).await?;
        let mut touched = BTreeSet::from([Tag::Children(parent.id), Tag::Type(prepared.type_name.clone())]);
        if let Some(of_type) = types.find(&prepared.type_name) {
            touched.extend(
                prepared.pages.iter().flat_map(|page| lists::narrowed_lists(of_type, parent.id, &page.summary)),
            );
        }
        let touched: Vec<Tag> = touched.into_iter().collect();
        let change = change::append(&mut tx, &touched).await?;
        tx.commit().await?;
        self.announce_own(change, &touched);
        for _ in &ids {
            self.count_event(PageEvent::Create, &prepared.type_name, channel);
            self.count_revision(&prepared.type_name);
        }
        if last_page.max(1).ilog2() != last.max(1).ilog2() {
            self.count_rows().await?;
        }
        Ok(ids)
    }

    /// Tells the database how much there is in its tables now, by which it plans.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_rows(&self) -> Result<(), EditError> {
        self.db.query(&COUNT_ROWS).execute().await?;
        Ok(())
    }
}
