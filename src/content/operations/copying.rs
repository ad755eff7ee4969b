//! Copying a page, alone or with all below it: in one transaction, by statements that do not grow with the pages.
//!
//! A copy is a page of its own: new id, uuid and translation key; its fields, references and tags are the original's.
//! Links between the copied pages go on pointing at the originals, as in Wagtail. A copied alias becomes a real page.

use serde_json::json;

use super::create::free_slug;
use super::place::{self, Coming, Position, Spot};
use super::{find_in_tree, page_type, slug_taken, subtree};
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::page::Page;
use crate::content::tree::{self, ROOT_ID};
use crate::content::types::Types;
use crate::content::{Acting, Content, EditError, audit, draft, edit, lists, privacy, revision, search, site, slug};
use crate::db::{DbError, Exec, Query, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

/// Live copies that are indexed at once.
const INDEXED: i64 = 200;

queries! {
    /// $1 || … is the new path, $4 || … the new URL; $6: stay live, $7: as aliases. The key is replaced by the next one.
    ROWS = write "copy.insert_pages"
        "INSERT INTO page (path, depth, parent_id, type, title, draft_title, slug, url_path, seo_title, search_description,
                           show_in_menus, live, has_unpublished_changes, data, summary, first_published_at,
                           last_published_at, created_at, updated_at, uuid, translation_key, locale, alias_of, restricted)
         SELECT $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth + $3, NULL, type,
                CASE WHEN live AND $6 THEN title ELSE draft_title END,
                CASE WHEN $7 AND live THEN title ELSE draft_title END, slug,
                $4 || SUBSTR(url_path, CAST($5 AS INTEGER)), seo_title, search_description, show_in_menus,
                live AND $6, has_unpublished_changes AND live AND $6 AND NOT $7,
                CASE WHEN live AND $6 THEN data ELSE '{}' END, CASE WHEN live AND $6 THEN summary ELSE '{}' END,
                CASE WHEN live AND $6 THEN first_published_at END, CASE WHEN live AND $6 THEN last_published_at END,
                CAST($8 AS BIGINT), CAST($8 AS BIGINT), CAST(gen_random_uuid() AS TEXT), 'copy:' || $1 || path, CAST($9 AS TEXT),
                CASE WHEN $7 THEN COALESCE(alias_of, id) END, CAST($10 AS BOOLEAN)
         FROM page WHERE path >= $11 AND path < $12"
        sqlite
        "INSERT INTO page (path, depth, parent_id, type, title, draft_title, slug, url_path, seo_title, search_description,
                           show_in_menus, live, has_unpublished_changes, data, summary, first_published_at,
                           last_published_at, created_at, updated_at, uuid, translation_key, locale, alias_of, restricted)
         SELECT $1 || SUBSTR(path, $2), depth + $3, NULL, type,
                CASE WHEN live AND $6 THEN title ELSE draft_title END,
                CASE WHEN $7 AND live THEN title ELSE draft_title END, slug,
                $4 || SUBSTR(url_path, $5), seo_title, search_description, show_in_menus,
                live AND $6, has_unpublished_changes AND live AND $6 AND NOT $7,
                CASE WHEN live AND $6 THEN data ELSE '{}' END, CASE WHEN live AND $6 THEN summary ELSE '{}' END,
                CASE WHEN live AND $6 THEN first_published_at END, CASE WHEN live AND $6 THEN last_published_at END,
                $8, $8,
                LOWER(HEX(RANDOMBLOB(4)) || '-' || HEX(RANDOMBLOB(2)) || '-4' || SUBSTR(HEX(RANDOMBLOB(2)), 2) || '-'
                      || SUBSTR('89ab', ABS(RANDOM() % 4) + 1, 1) || SUBSTR(HEX(RANDOMBLOB(2)), 2) || '-'
                      || HEX(RANDOMBLOB(6))),
                'copy:' || $1 || path, $9, CASE WHEN $7 THEN COALESCE(alias_of, id) END, $10
         FROM page WHERE path >= $11 AND path < $12";
    ID_AT = read "copy.find_root" "SELECT id FROM page WHERE path = $1";
    RENAME = write "copy.rename_root"
        "UPDATE page SET slug = $2, title = COALESCE($3, title), draft_title = COALESCE($3, draft_title) WHERE path = $1";
    LINK = write "copy.link_pages"
        "UPDATE page SET translation_key = uuid, parent_id =
             (SELECT above.id FROM page above WHERE above.path = SUBSTR(page.path, 1, LENGTH(page.path) - 4))
         WHERE path >= $1 AND path < $2";
    LINK_TRANSLATIONS = write "copy.link_translations"
        "UPDATE page SET translation_key =
             (SELECT old.translation_key FROM page old WHERE old.path = $3 || SUBSTR(page.path, CAST($4 AS INTEGER))),
             parent_id = (SELECT above.id FROM page above WHERE above.path = SUBSTR(page.path, 1, LENGTH(page.path) - 4))
         WHERE path >= $1 AND path < $2";
    /// In the next ones $1 is the original's path, $2 the copy's, $3 its end, and $4 the place behind the copy's root.
    LIVE_REVISIONS = write "copy.insert_live_revisions"
        "INSERT INTO revision (page_id, content, created_at)
         SELECT new.id, r.content, CAST($5 AS BIGINT)
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN revision r ON r.id = old.live_revision_id
         WHERE new.path >= $2 AND new.path < $3 AND new.live AND old.live_revision_id <> old.latest_revision_id";
    REVISIONS = write "copy.insert_revisions"
        "INSERT INTO revision (page_id, content, created_at)
         SELECT new.id, r.content, CAST($5 AS BIGINT)
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN revision r ON r.id = old.latest_revision_id
         WHERE new.path >= $2 AND new.path < $3";
    /// An alias has no revision: the copy's first one is what the alias shows, or what its source has drafted.
    ROW_REVISIONS = write "copy.insert_revisions_of_rows"
        "INSERT INTO revision (page_id, content, created_at)
         SELECT new.id, CAST(json_build_object('title', old.draft_title, 'slug', new.slug, 'seo_title', old.seo_title,
                    'search_description', old.search_description, 'show_in_menus', old.show_in_menus, 'fields',
                    CASE WHEN old.first_published_at IS NULL AND r.id IS NOT NULL THEN CAST(r.content AS JSON) -> 'fields'
                         ELSE CAST(old.data AS JSON) END) AS TEXT), CAST($5 AS BIGINT)
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         LEFT JOIN page source ON source.id = old.alias_of LEFT JOIN revision r ON r.id = source.latest_revision_id
         WHERE new.path >= $2 AND new.path < $3 AND old.latest_revision_id IS NULL"
        sqlite
        "INSERT INTO revision (page_id, content, created_at)
         SELECT new.id, json_object('title', old.draft_title, 'slug', new.slug, 'seo_title', old.seo_title,
                    'search_description', old.search_description,
                    'show_in_menus', json(CASE WHEN old.show_in_menus THEN 'true' ELSE 'false' END), 'fields',
                    json(CASE WHEN old.first_published_at IS NULL AND r.id IS NOT NULL THEN r.content -> '$.fields'
                              ELSE old.data END)), $5
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, $4)
         LEFT JOIN page source ON source.id = old.alias_of LEFT JOIN revision r ON r.id = source.latest_revision_id
         WHERE new.path >= $2 AND new.path < $3 AND old.latest_revision_id IS NULL";
    SET_REVISIONS = write "copy.set_revisions"
        "UPDATE page SET latest_revision_id = (SELECT MAX(r.id) FROM revision r WHERE r.page_id = page.id),
                live_revision_id = CASE WHEN live THEN (SELECT MIN(r.id) FROM revision r WHERE r.page_id = page.id) END
         WHERE path >= $1 AND path < $2";
    LIVE = read "copy.list_live"
        "SELECT id FROM page WHERE path >= $1 AND path < $2 AND id > $3 AND live ORDER BY id LIMIT $4";
    TAGS = write "copy.insert_tags"
        "INSERT INTO page_tag (page_id, tag_id)
         SELECT new.id, t.tag_id FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN page_tag t ON t.page_id = old.id
         WHERE new.path >= $2 AND new.path < $3 AND new.live";
    REFERENCES = write "copy.insert_page_references"
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT new.id, r.kind, r.field, r.target_id
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN page_reference r ON r.page_id = old.id
         WHERE new.path >= $2 AND new.path < $3 AND new.live";
    /// What is live stays so in a live copy; of a draft, the original's newest draft counts.
    INDEX = write "copy.insert_references"
        "INSERT INTO reference_index (page_id, live, kind, target_id, path)
         SELECT new.id, r.live AND new.live, r.kind, r.target_id, r.path
         FROM page new JOIN page old ON old.path = $1 || SUBSTR(new.path, CAST($4 AS INTEGER))
         JOIN reference_index r ON r.page_id = old.id
         WHERE new.path >= $2 AND new.path < $3
           AND (new.live OR r.live = (old.live AND NOT old.has_unpublished_changes))
           AND (new.alias_of IS NULL OR r.live)";
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The page without its children.
    Page,
    /// The page and all below it.
    Subtree,
}

/// What becomes of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// All copies are drafts.
    Draft,
    /// What is live is live in the copy too.
    KeepLive,
}

/// How a page is copied.
#[derive(Clone, Debug)]
pub struct Copying {
    pub to: Position,
    pub extent: Extent,
    pub state: CopyState,
    /// The original's, with a number when it is taken there.
    pub slug: Option<String>,
    /// The original's when absent.
    pub title: Option<String>,
}

/// What inserted pages are to their originals.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Relation<'l> {
    pub is_alias: bool,
    /// Translations into this language share the keys of their originals.
    pub translation: Option<&'l str>,
}

/// A subtree that was inserted.
pub(super) struct Inserted {
    pub root: Page,
    /// The original, which may have stepped aside for it.
    pub original: Page,
    pub tags: Vec<Tag>,
}

impl Content {
    /// Copies a page; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is copied then.
    pub async fn copy_page(&self, id: i64, copying: &Copying, by: impl Into<Acting>) -> Result<i64, EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("page.copy")).await?;
        tree::lock(&mut tx).await?;
        let original = draft::find_seen(&mut tx, id, &seen).await?;
        let inserted = self.insert_copy(&mut tx, &original, copying, Relation::default()).await?;
        let types =
            self.insert_revisions(&mut tx, &inserted.original, &inserted.root, copying.title.as_deref()).await?;
        let of = json!({ "source": original.id });
        audit::append(&mut tx, &by, PageEvent::Copy, (&inserted.root).into(), &of).await?;
        let change = change::append(&mut tx, &inserted.tags).await?;
        tx.commit().await?;
        self.announce_own(change, &inserted.tags);
        self.count_event(PageEvent::Copy, &original.type_name, by.channel);
        for counted in types {
            self.count_revisions(&counted.type_name, counted.pages);
        }
        Ok(inserted.root.id)
    }

    /// The revisions of inserted copies, and what the search knows of them; how many copies there are, by type.
    pub(super) async fn insert_revisions(
        &self,
        tx: &mut Tx,
        original: &Page,
        root: &Page,
        title: Option<&str>,
    ) -> Result<Vec<subtree::TypeCount>, DbError> {
        let copies = Copies::new(original, root);
        for query in [&LIVE_REVISIONS, &REVISIONS, &ROW_REVISIONS] {
            copies.insert(tx, query).bind(Micros::now()).execute().await?;
        }
        retitle(tx, root, title).await?;
        Exec::from(&mut *tx).query(&SET_REVISIONS).bind(copies.path).bind(&copies.end).execute().await?;
        index_live(tx, &self.types(), &copies).await?;
        subtree::count_types(tx, copies.path).await
    }

    /// Inserts the rows of copies, or of aliases, with what hangs on them but revisions.
    pub(super) async fn insert_copy(
        &self,
        tx: &mut Tx,
        original: &Page,
        copying: &Copying,
        relation: Relation<'_>,
    ) -> Result<Inserted, EditError> {
        let spot = Spot::find(tx, copying.to).await?;
        let (slug, gained) = self.check_copy(tx, original, copying, &spot, relation).await?;
        let room = spot.make_room(tx).await?;
        // It may have stood among those that stepped aside.
        let original = find_in_tree(tx, original.id).await?;
        let end = match copying.extent {
            Extent::Page => format!("{}0", original.path),
            Extent::Subtree => tree::after_subtree(&original.path),
        };
        let parent = &spot.parent;
        Exec::from(&mut *tx)
            .query(&ROWS)
            .bind(&room.path)
            .bind(original.path.len() as i64 + 1)
            .bind(parent.depth + 1 - original.depth)
            .bind(format!("{}{slug}/", parent.url_path))
            .bind(original.url_path.chars().count() as i64 + 1)
            .bind(copying.state == CopyState::KeepLive)
            .bind(relation.is_alias)
            .bind(Micros::now())
            .bind(relation.translation.unwrap_or(language(parent, &original)))
            .bind(parent.restricted)
            .bind(&original.path)
            .bind(&end)
            .execute()
            .await?;
        let title = copying.title.clone();
        Exec::from(&mut *tx).query(&RENAME).bind(&room.path).bind(&slug).bind(title).execute().await?;
        let end = tree::after_subtree(&room.path);
        let query = if relation.translation.is_some() { &LINK_TRANSLATIONS } else { &LINK };
        let mut call = Exec::from(&mut *tx).query(query).bind(&room.path).bind(&end);
        if relation.translation.is_some() {
            call = call.bind(&original.path).bind(room.path.len() as i64 + 1);
        }
        let linked = call.execute().await;
        linked.map_err(|error| slug_taken(error, &slug))?;
        match relation {
            Relation { is_alias: true, .. } => {}
            Relation { translation: Some(_), .. } => {
                privacy::aliases::translate(tx, &original.path, &room.path).await?;
            }
            _ => privacy::aliases::copy(tx, &original.path, &room.path).await?,
        }
        let restricted = privacy::refresh_subtree(tx, &self.types(), &room.path).await?;
        let root = find_by_path(tx, &room.path).await?;
        let copies = Copies::new(&original, &root);
        for query in [&TAGS, &REFERENCES, &INDEX] {
            copies.insert(tx, query).execute().await?;
        }
        let mut tags = spot.tags(tx, &room).await?;
        tags.extend(restricted);
        if root.live {
            tags.extend(lists::of_page(&self.types(), &root));
            tags.extend(root.show_in_menus.then_some(Tag::Menu));
        }
        if copying.state == CopyState::KeepLive {
            tags.extend(subtree::type_tags(&gained));
        }
        Ok(Inserted { root, original, tags })
    }

    /// The copy's slug, and the pages that the tree gains.
    async fn check_copy(
        &self,
        tx: &mut Tx,
        original: &Page,
        copying: &Copying,
        spot: &Spot,
        relation: Relation<'_>,
    ) -> Result<(String, Vec<subtree::TypeCount>), EditError> {
        let types = self.types();
        if original.id == ROOT_ID {
            return Err(EditError::RootIsFixed);
        }
        if copying.extent == Extent::Subtree && spot.parent.path.starts_with(&original.path) {
            return Err(EditError::MoveIntoItself);
        }
        if let Some(title) = &copying.title {
            edit::check_title(title)?;
        }
        let root = page_type(&types, &original.type_name)?;
        let (height, gained) = match copying.extent {
            Extent::Page => {
                let live = i64::from(original.live);
                (1, vec![subtree::TypeCount { type_name: original.type_name.clone(), pages: 1, live }])
            }
            Extent::Subtree => {
                let shape = subtree::measure(&mut *tx, &original.path, &tree::after_subtree(&original.path)).await?;
                (shape.deepest - original.depth + 1, subtree::count_types(tx, &original.path).await?)
            }
        };
        let locale = relation.translation.unwrap_or(language(&spot.parent, original));
        place::check(tx, &types, &spot.parent, Coming { root, height, locale, moved: None, gained: &gained }).await?;
        let slug = match &copying.slug {
            Some(slug) if !slug::is_valid(slug) => return Err(EditError::SlugInvalid(slug.clone())),
            Some(slug) => slug.clone(),
            None => free_slug(tx, &spot.parent, &original.slug).await?,
        };
        site::refuse_prefix(tx, spot.parent.id, &slug).await?;
        Ok((slug, gained))
    }
}

/// Copies speak the language of where they go.
fn language<'p>(parent: &'p Page, original: &'p Page) -> &'p str {
    if parent.id == ROOT_ID { &original.locale } else { &parent.locale }
}

/// The copies of a subtree, as the statements name them.
struct Copies<'c> {
    of: &'c str,
    path: &'c str,
    end: String,
}

impl<'c> Copies<'c> {
    fn new(original: &'c Page, root: &'c Page) -> Self {
        Self { of: &original.path, path: &root.path, end: tree::after_subtree(&root.path) }
    }

    fn insert<'t>(&self, tx: &'t mut Tx, query: &'static Query) -> crate::db::Call<'t> {
        let call = Exec::from(tx).query(query).bind(self.of).bind(self.path).bind(&self.end);
        call.bind(self.path.len() as i64 + 1)
    }
}

async fn find_by_path(tx: &mut Tx, path: &str) -> Result<Page, EditError> {
    let id: i64 = Exec::from(&mut *tx).query(&ID_AT).bind(path).one().await?;
    find_in_tree(tx, id).await
}

/// What is live among the copies is found by the search.
async fn index_live(tx: &mut Tx, types: &Types, copies: &Copies<'_>) -> Result<(), DbError> {
    let mut after = 0;
    loop {
        let call = Exec::from(&mut *tx).query(&LIVE).bind(copies.path).bind(&copies.end).bind(after).bind(INDEXED);
        let ids: Vec<i64> = call.list().await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = *last;
        search::refresh_pages(tx, types, &ids).await?;
    }
}

/// The revisions of a copy's root say what its row says.
async fn retitle(tx: &mut Tx, root: &Page, title: Option<&str>) -> Result<(), DbError> {
    for mut known in revision::list(&mut *tx, root.id).await? {
        known.content.slug.clone_from(&root.slug);
        if let Some(title) = title {
            title.clone_into(&mut known.content.title);
        }
        revision::rewrite(&mut *tx, known.id, &known.content).await?;
    }
    Ok(())
}
