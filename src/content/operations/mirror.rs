//! What happens to a page happens to its aliases in the same transaction: they show what it published, go when it goes,
//! and become pages of their own when it is deleted for good.

use serde_json::{Map, Value};

use super::{Touched, subtree, tags_below};
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::content::page::{self, Page, PageContent};
use crate::content::tree;
use crate::content::types::{ContentType, Types};
use crate::content::{edit, lists, privacy, search};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Aliases that one page may have.
pub const MAX_ALIASES: i64 = 500;
/// Aliases of a whole subtree that are told one by one; of more, everything is made again.
const NAMED: i64 = 200;

record! {
    /// As much of a page as tags are made of.
    pub struct Told {
        id: i64, path: String, parent_id: Option<i64>, type_name: String, title: String, slug: String,
        search_description: String, show_in_menus: bool, live: bool, summary: String, translation_key: String,
    }
}

queries! {
    OF_PAGE = read "alias.list_of_page"
        "SELECT id, path, parent_id, type AS type_name, title, slug, search_description, show_in_menus, live, summary,
                translation_key
         FROM page WHERE alias_of = $1 AND NOT trashed ORDER BY id LIMIT $2";
    /// Aliases outside of a subtree of pages within it.
    OF_SUBTREE = read "alias.list_of_subtree"
        "SELECT a.id, a.path, a.parent_id, a.type AS type_name, a.title, a.slug, a.search_description, a.show_in_menus,
                a.live, a.summary, a.translation_key
         FROM page source JOIN page a ON a.alias_of = source.id
         WHERE source.path >= $1 AND source.path < $2 AND NOT (a.path >= $1 AND a.path < $2) AND NOT a.trashed
         ORDER BY a.id LIMIT $3";
    SHOW = write "alias.show_published"
        "UPDATE page SET title = source.title, draft_title = source.title, seo_title = source.seo_title,
                search_description = source.search_description, show_in_menus = source.show_in_menus,
                data = source.data, summary = source.summary, first_published_at = source.first_published_at,
                last_published_at = source.last_published_at, updated_at = source.updated_at,
                live = NOT page.trashed, live_in_trash = page.trashed, has_unpublished_changes = FALSE
         FROM page AS source WHERE source.id = $1 AND page.alias_of = $1";
    CLEAR_TAGS = write "alias.clear_tags" "DELETE FROM page_tag WHERE page_id IN (SELECT id FROM page WHERE alias_of = $1)";
    ADD_TAGS = write "alias.add_tags"
        "INSERT INTO page_tag (page_id, tag_id) SELECT a.id, t.tag_id FROM page a JOIN page_tag t ON t.page_id = $1
         WHERE a.alias_of = $1";
    CLEAR_REFERENCES = write "alias.clear_page_references"
        "DELETE FROM page_reference WHERE page_id IN (SELECT id FROM page WHERE alias_of = $1)";
    ADD_REFERENCES = write "alias.add_page_references"
        "INSERT INTO page_reference (page_id, kind, field, target_id)
         SELECT a.id, r.kind, r.field, r.target_id FROM page a JOIN page_reference r ON r.page_id = $1
         WHERE a.alias_of = $1";
    CLEAR_INDEX = write "alias.clear_references"
        "DELETE FROM reference_index WHERE page_id IN (SELECT id FROM page WHERE alias_of = $1)";
    ADD_INDEX = write "alias.add_references"
        "INSERT INTO reference_index (page_id, live, kind, target_id, path)
         SELECT a.id, TRUE, r.kind, r.target_id, r.path FROM page a JOIN reference_index r ON r.page_id = $1 AND r.live
         WHERE a.alias_of = $1";
    HIDE = write "alias.hide" "UPDATE page SET live = FALSE, live_in_trash = FALSE, updated_at = $2 WHERE alias_of = $1";
    HIDE_OF_SUBTREE = write "alias.hide_of_subtree"
        "UPDATE page SET live = FALSE, live_in_trash = FALSE
         WHERE alias_of IN (SELECT id FROM page WHERE path >= $1 AND path < $2) AND NOT (path >= $1 AND path < $2)";
    SHOW_OF_SUBTREE = write "alias.show_of_subtree"
        "UPDATE page SET live = NOT trashed, live_in_trash = trashed
         WHERE alias_of IN (SELECT id FROM page WHERE path >= $1 AND path < $2 AND live)
           AND NOT (path >= $1 AND path < $2)";
    /// What an alias showed, or what its source has drafted when it never showed anything, is its first revision.
    FREE_REVISIONS = write "alias.insert_revisions"
        "INSERT INTO revision (page_id, content, created_at)
         SELECT a.id, CAST(json_build_object('title', a.draft_title, 'slug', a.slug, 'seo_title', a.seo_title,
                    'search_description', a.search_description, 'show_in_menus', a.show_in_menus, 'fields',
                    CASE WHEN a.first_published_at IS NULL AND r.id IS NOT NULL THEN CAST(r.content AS JSON) -> 'fields'
                         ELSE CAST(a.data AS JSON) END) AS TEXT), CAST($3 AS BIGINT)
         FROM page source JOIN page a ON a.alias_of = source.id LEFT JOIN revision r ON r.id = source.latest_revision_id
         WHERE source.path >= $1 AND source.path < $2 AND NOT (a.path >= $1 AND a.path < $2)"
        sqlite
        "INSERT INTO revision (page_id, content, created_at)
         SELECT a.id, json_object('title', a.draft_title, 'slug', a.slug, 'seo_title', a.seo_title,
                    'search_description', a.search_description,
                    'show_in_menus', json(CASE WHEN a.show_in_menus THEN 'true' ELSE 'false' END), 'fields',
                    json(CASE WHEN a.first_published_at IS NULL AND r.id IS NOT NULL THEN r.content -> '$.fields'
                              ELSE a.data END)), $3
         FROM page source JOIN page a ON a.alias_of = source.id LEFT JOIN revision r ON r.id = source.latest_revision_id
         WHERE source.path >= $1 AND source.path < $2 AND NOT (a.path >= $1 AND a.path < $2)";
    FREE_REFERENCES = write "alias.insert_drafted_references"
        "INSERT INTO reference_index (page_id, live, kind, target_id, path)
         SELECT a.id, FALSE, r.kind, r.target_id, r.path
         FROM page source JOIN page a ON a.alias_of = source.id
         JOIN reference_index r ON r.page_id = source.id AND NOT r.live
         WHERE source.path >= $1 AND source.path < $2 AND NOT (a.path >= $1 AND a.path < $2) AND NOT a.live";
    FREE = write "alias.free_of_subtree"
        "UPDATE page SET alias_of = NULL,
                latest_revision_id = (SELECT MAX(r.id) FROM revision r WHERE r.page_id = page.id),
                live_revision_id = CASE WHEN live OR live_in_trash
                                        THEN (SELECT MAX(r.id) FROM revision r WHERE r.page_id = page.id) END
         WHERE alias_of IN (SELECT id FROM page WHERE path >= $1 AND path < $2) AND NOT (path >= $1 AND path < $2)";
}

impl Told {
    pub fn page(self) -> Page {
        Page {
            id: self.id,
            path: self.path,
            parent_id: self.parent_id,
            type_name: self.type_name,
            title: self.title,
            slug: self.slug,
            search_description: self.search_description,
            show_in_menus: self.show_in_menus,
            live: self.live,
            summary: page::json_object(&self.summary),
            translation_key: self.translation_key,
            ..Page::default()
        }
    }
}

/// The aliases of a page show what it has just published; who showed the aliases.
pub async fn show_published(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    source: i64,
    (content, summary): (&PageContent, &Map<String, Value>),
) -> Result<Vec<Tag>, DbError> {
    let aliases: Vec<Told> = Exec::from(&mut *tx).query(&OF_PAGE).bind(source).bind(MAX_ALIASES).list().await?;
    let shown = Exec::from(&mut *tx).query(&SHOW).bind(source).execute().await?;
    if shown == 0 {
        return Ok(Vec::new());
    }
    for query in [&CLEAR_TAGS, &ADD_TAGS, &CLEAR_REFERENCES, &ADD_REFERENCES, &CLEAR_INDEX, &ADD_INDEX] {
        Exec::from(&mut *tx).query(query).bind(source).execute().await?;
    }
    let mut tags = Vec::new();
    for alias in aliases.into_iter().map(Told::page) {
        // An alias has a slug of its own.
        let content = PageContent { slug: alias.slug.clone(), ..content.clone() };
        tags.extend(edit::published_tags(types, of_type, &alias, &content, summary));
        if !alias.live {
            tags.extend(tags_below(tx, &alias.path, Touched::Framed).await?);
        }
    }
    Ok(tags)
}

/// The aliases of a page are no longer live, like the page.
pub async fn hide(tx: &mut Tx, types: &Types, source: i64) -> Result<Vec<Tag>, DbError> {
    let aliases: Vec<Told> = Exec::from(&mut *tx).query(&OF_PAGE).bind(source).bind(MAX_ALIASES).list().await?;
    Exec::from(&mut *tx).query(&HIDE).bind(source).bind(Micros::now()).execute().await?;
    Exec::from(&mut *tx).query(&CLEAR_INDEX).bind(source).execute().await?;
    Ok(aliases.into_iter().map(Told::page).filter(|alias| alias.live).flat_map(|alias| gone(types, &alias)).collect())
}

/// A live page that is no longer live: its own tags, and those of the lists that it stood in.
pub fn gone(types: &Types, page: &Page) -> Vec<Tag> {
    let mut tags = vec![Tag::Page(page.id), Tag::Summary(page.id), Tag::Link(page.id), Tag::Gone(page.id)];
    tags.extend(lists::of_page(types, page));
    tags.push(Tag::Type(page.type_name.clone()));
    tags.extend(page.show_in_menus.then_some(Tag::Menu));
    tags
}

/// What becomes of the aliases, elsewhere in the tree, of all pages of a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The subtree goes into the trash.
    Hide,
    /// It is back.
    Show,
    /// It is deleted for good: the aliases become pages of their own.
    Free,
}

/// Does it; who showed them, or will.
pub async fn of_subtree(tx: &mut Tx, types: &Types, path: &str, fate: Fate) -> Result<Vec<Tag>, DbError> {
    let end = tree::after_subtree(path);
    let call = Exec::from(&mut *tx).query(&OF_SUBTREE).bind(path).bind(&end).bind(NAMED + 1);
    let before: Vec<Told> = call.list().await?;
    let on = async |tx: &mut Tx, query| Exec::from(tx).query(query).bind(path).bind(&end).execute().await;
    let mut restricted = Vec::new();
    match fate {
        Fate::Hide => drop(on(tx, &HIDE_OF_SUBTREE).await?),
        Fate::Show => drop(on(tx, &SHOW_OF_SUBTREE).await?),
        Fate::Free => {
            let kept = privacy::aliases::keep_for_subtree(tx, path).await?;
            let call = Exec::from(&mut *tx).query(&FREE_REVISIONS).bind(path).bind(&end).bind(Micros::now());
            call.execute().await?;
            on(tx, &FREE_REFERENCES).await?;
            on(tx, &FREE).await?;
            restricted = privacy::aliases::refresh_freed(tx, types, &kept).await?;
            // Of more, the rest is found after the next rebuild of the index.
            let ids: Vec<i64> = before.iter().filter(|alias| alias.live).map(|alias| alias.id).collect();
            search::refresh_pages(tx, types, &ids).await?;
        }
    }
    if before.len() as i64 > NAMED {
        return Ok(vec![Tag::All]);
    }
    let mut tags = restricted;
    for alias in before.into_iter().map(Told::page) {
        match fate {
            Fate::Hide if alias.live => tags.extend(gone(types, &alias)),
            Fate::Free if alias.live => tags.push(Tag::Page(alias.id)),
            Fate::Show => tags.extend(subtree::shown_again(types, tx, alias).await?),
            Fate::Hide | Fate::Free => {}
        }
    }
    Ok(tags)
}
