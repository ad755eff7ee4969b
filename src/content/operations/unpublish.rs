//! Taking a page off the site with all that is live below it: in one transaction, by statements that do not grow with the
//! pages.
//!
//! Whoever may unpublish a page may do so with each below it: permissions hold for all that is below, so none has to be asked
//! again. An alias of a page elsewhere stays: it is live when its source is. (Wagtail goes through the pages one by one, and
//! leaves out those that it may not change, silently; here they are told.)

use super::mirror::{self, Told};
use super::subtree::{self, NAMED, Touched, TypeCount};
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::page::{self, Page};
use crate::content::tree::{self, ROOT_ID};
use crate::content::types::Types;
use crate::content::{Acting, Content, EditError, audit, draft, edit, search};
use crate::db::{DbError, Exec, Query, Tx, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

/// Pages that stay and are named; there may be more.
const MAX_LEFT: i64 = 20;
/// Types in one subtree.
const MAX_TYPES: i64 = 1_000;

record! {
    /// A live page below one that goes off the site, which stays: an alias of a page elsewhere.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Left { pub id: i64, pub title: String, pub source_id: i64 }
}

/// What went off the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpublished {
    /// With the page itself, when it was live; aliases are not counted.
    pub pages: i64,
    /// At most 20 of those that stay.
    pub left: Vec<Left>,
}

// What goes is between $1 and $2, live, and no alias.
queries! {
    GOING = read "unpublish.list_pages"
        "SELECT id, path, parent_id, type AS type_name, title, slug, search_description, show_in_menus, live, summary,
                translation_key
         FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL ORDER BY path LIMIT $3";
    ALIASES = read "unpublish.list_aliases"
        "SELECT a.id, a.path, a.parent_id, a.type AS type_name, a.title, a.slug, a.search_description, a.show_in_menus,
                a.live, a.summary, a.translation_key
         FROM page source JOIN page a ON a.alias_of = source.id
         WHERE source.path >= $1 AND source.path < $2 AND source.live AND source.alias_of IS NULL AND a.live
         ORDER BY a.id LIMIT $3";
    COUNT = read "unpublish.count_types"
        "SELECT type AS type_name, COUNT(*) AS pages, COUNT(*) AS live
         FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL GROUP BY type ORDER BY type LIMIT $3";
    COUNT_BELOW = read "unpublish.count_below"
        "SELECT COUNT(*) FROM page WHERE path > $1 AND path < $2 AND live AND alias_of IS NULL";
    /// Aliases below whose source is not.
    STAYING = read "unpublish.list_staying"
        "SELECT a.id, a.draft_title AS title, source.id AS source_id FROM page a JOIN page source ON source.id = a.alias_of
         WHERE a.path >= $1 AND a.path < $2 AND a.live AND a.alias_of IS NOT NULL
           AND NOT (source.path >= $1 AND source.path < $2) ORDER BY a.path LIMIT $3";
    CLEAR_REFERENCES = write "unpublish.clear_references"
        "DELETE FROM reference_index WHERE live AND page_id IN (
             SELECT id FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL AND has_unpublished_changes)";
    RETIRE_REFERENCES = write "unpublish.retire_references"
        "UPDATE reference_index SET live = FALSE WHERE live AND page_id IN (
             SELECT id FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL AND NOT has_unpublished_changes)";
    CLEAR_OF_ALIASES = write "unpublish.clear_references_of_aliases"
        "DELETE FROM reference_index WHERE page_id IN (
             SELECT a.id FROM page source JOIN page a ON a.alias_of = source.id
             WHERE source.path >= $1 AND source.path < $2 AND source.live AND source.alias_of IS NULL)";
    HIDE_ALIASES = write "unpublish.hide_aliases"
        "UPDATE page SET live = FALSE, live_in_trash = FALSE, updated_at = $3
         WHERE alias_of IN (SELECT id FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL)";
    SET = write "unpublish.set_pages"
        "UPDATE page SET live = FALSE, has_unpublished_changes = TRUE, live_revision_id = NULL, updated_at = $3,
                expire_at = NULL, expired_at = NULL
         WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL";
}

impl Content {
    /// Takes a page and all that is live below it off the site; their drafts stay, and their aliases go with them. Each has
    /// an entry in the log.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn unpublish_subtree(&self, id: i64, by: impl Into<Acting>) -> Result<Unpublished, EditError> {
        let Acting { by, seen } = by.into();
        if id == ROOT_ID {
            return Err(EditError::RootIsFixed);
        }
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.unpublish_subtree")).await?;
        tree::lock(&mut tx).await?;
        let page = edit::lock(&mut tx, id).await?;
        draft::expect_seen(&mut tx, &page, &seen).await?;
        self.refuse_locked_below(&mut tx, &page.path, &by).await?;
        let counts: Vec<TypeCount> = within(&mut tx, &COUNT, &page.path, MAX_TYPES).await?;
        let pages: i64 = counts.iter().map(|count| count.pages).sum();
        let left: Vec<Left> = within(&mut tx, &STAYING, &page.path, MAX_LEFT).await?;
        if pages == 0 {
            return Ok(Unpublished { pages, left });
        }
        let tags = tags(&mut tx, &types, &page, &counts).await?;
        search::remove_subtree(&mut tx, &page.path).await?;
        audit::append_for_live_below(&mut tx, &by, PageEvent::Unpublish, &page, pages).await?;
        let end = tree::after_subtree(&page.path);
        for query in [&CLEAR_REFERENCES, &RETIRE_REFERENCES, &CLEAR_OF_ALIASES] {
            Exec::from(&mut tx).query(query).bind(&page.path).bind(&end).execute().await?;
        }
        // What is live says which aliases go: they come first.
        for query in [&HIDE_ALIASES, &SET] {
            Exec::from(&mut tx).query(query).bind(&page.path).bind(&end).bind(Micros::now()).execute().await?;
        }
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        for count in counts {
            self.count_events(PageEvent::Unpublish, &count.type_name, by.channel, count.pages);
        }
        Ok(Unpublished { pages, left })
    }

    /// What [`Content::unpublish_subtree`] would do below a page: how many pages are live there, and which stay.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub async fn weigh_unpublishing(&self, id: i64) -> Result<Unpublished, EditError> {
        let page = page::find(&*self.db, id).await?.ok_or(EditError::PageNotFound(id))?;
        let end = tree::after_subtree(&page.path);
        let pages = self.db.query(&COUNT_BELOW).bind(&page.path).bind(&end).one().await?;
        let left = self.db.query(&STAYING).bind(&page.path).bind(&end).bind(MAX_LEFT).list().await?;
        Ok(Unpublished { pages, left })
    }
}

async fn within<T: crate::db::Record>(
    tx: &mut Tx,
    query: &'static Query,
    path: &str,
    most: i64,
) -> Result<Vec<T>, DbError> {
    Exec::from(tx).query(query).bind(path).bind(tree::after_subtree(path)).bind(most).list().await
}

/// Who showed them: told one by one while they are few.
async fn tags(tx: &mut Tx, types: &Types, page: &Page, counts: &[TypeCount]) -> Result<Vec<Tag>, DbError> {
    let mut going: Vec<Told> = within(&mut *tx, &GOING, &page.path, NAMED + 1).await?;
    let aliases: Vec<Told> = within(&mut *tx, &ALIASES, &page.path, NAMED + 1).await?;
    if going.len().max(aliases.len()) as i64 > NAMED {
        let end = tree::after_subtree(&page.path);
        let mut tags = subtree::tags(tx, page.path.clone(), end, Touched::Gone).await?;
        tags.extend(subtree::type_tags(counts));
        tags.extend([Tag::Menu, Tag::All]);
        return Ok(tags);
    }
    going.extend(aliases);
    let mut tags: Vec<Tag> = going.into_iter().map(Told::page).flat_map(|page| mirror::gone(types, &page)).collect();
    tags.sort();
    tags.dedup();
    Ok(tags)
}
