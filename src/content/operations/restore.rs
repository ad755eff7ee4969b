//! Bringing a subtree back from the trash: the same ids, the same URLs where they are free, live what was live.

use serde_json::json;

use super::mirror::{self, Fate};
use super::place::{self, Coming, Position, Spot};
use super::{Touched, page_type, slug_taken, subtree, tags_of_subtree};
use crate::content::change::{self, Tag};
use crate::content::page::{self, Page};
use crate::content::revision::Saving;
use crate::content::{Actor, Content, EditError, audit, lists, privacy, redirect, revision, search, site, slug, tree};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

record! { struct Entry { parent_id: Option<i64>, behind_id: Option<i64>, url_path: String } }

queries! {
    ENTRY = read "trash.find" "SELECT parent_id, behind_id, url_path FROM trash WHERE page_id = $1 AND NOT purging";
    HOLDER = read "page.find_child_by_slug" "SELECT id FROM page WHERE parent_id = $1 AND slug = $2";
    TAKE_BACK = write "trash.take_back_pages"
        "UPDATE page SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth = depth + $3,
                url_path = $4 || SUBSTR(url_path, CAST($5 AS INTEGER)), live = live_in_trash, live_in_trash = FALSE,
                trashed = FALSE, parent_id = CASE WHEN id = $6 THEN CAST($7 AS BIGINT) ELSE parent_id END,
                slug = CASE WHEN id = $6 THEN CAST($8 AS TEXT) ELSE slug END
         WHERE path >= $9 AND path < $10";
    FORGET = write "trash.forget" "DELETE FROM trash WHERE page_id = $1";
    SET_REVISIONS = write "page.set_revisions"
        "UPDATE page SET latest_revision_id = $2, live_revision_id = CASE WHEN live THEN CAST($3 AS BIGINT) END WHERE id = $1";
}

/// Where a page comes back.
#[derive(Clone, Debug, Default)]
pub struct Restoring {
    /// Where it stood when absent.
    pub to: Option<Position>,
    /// The one that it had when absent.
    pub slug: Option<String>,
}

impl Content {
    /// Brings a subtree back from the trash; how many pages came.
    ///
    /// # Errors
    /// [`EditError::AddressTaken`] when another page has its slug by now, [`EditError::PlaceGone`] when its parent was
    /// deleted, and what else [`EditError`] says; nothing is changed then.
    pub async fn restore_page(&self, id: i64, restoring: &Restoring, by: impl Into<Actor>) -> Result<i64, EditError> {
        let by = by.into();
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.restore")).await?;
        tree::lock(&mut tx).await?;
        let page = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        let entry = Exec::from(&mut tx).query(&ENTRY).bind(id).optional::<Entry>().await?;
        let entry = entry.ok_or(EditError::NotInTrash(id))?;
        let to = match restoring.to {
            Some(to) => to,
            None => former_place(&mut tx, id, &entry).await?,
        };
        let spot = Spot::find(&mut tx, to).await?;
        let slug = restoring.slug.as_ref().unwrap_or(&page.slug);
        check_slug(&mut tx, &spot.parent, slug).await?;
        let shape = subtree::measure(&mut tx, &page.path, &tree::after_subtree(&page.path)).await?;
        let gained = subtree::count_types(&mut tx, &page.path).await?;
        let root = page_type(&types, &page.type_name)?;
        let height = shape.deepest - page.depth + 1;
        let coming = Coming { root, height, locale: &page.locale, moved: None, gained: &gained };
        place::check(&mut tx, &types, &spot.parent, coming).await?;
        site::refuse_prefix(&mut tx, spot.parent.id, slug).await?;
        let room = spot.make_room(&mut tx).await?;
        let mut tags = spot.tags(&mut tx, &room).await?;
        take_back(&mut tx, &page, &spot.parent, &room.path, slug).await?;
        Exec::from(&mut tx).query(&FORGET).bind(id).execute().await?;
        let page = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        tags.extend(privacy::refresh_subtree(&mut tx, &types, &page.path).await?);
        search::review_subtree(&mut tx, &page.path).await?;
        let was = Page { url_path: entry.url_path, ..page.clone() };
        redirect::page_moved(&mut tx, &was, &page.url_path).await?;
        if restoring.slug.is_some() {
            rename_revisions(&mut tx, &page).await?;
        }
        tags.extend(tags_of_subtree(&mut tx, &page.path, Touched::Back).await?);
        tags.extend(subtree::type_tags(&subtree::count_types(&mut tx, &page.path).await?));
        if page.live {
            tags.push(Tag::Menu);
            tags.extend(lists::of_page(&types, &page));
        }
        tags.extend(mirror::of_subtree(&mut tx, &types, &page.path, Fate::Show).await?);
        if site::holds_root(&mut tx, &page.path).await? {
            tags.push(Tag::All);
        }
        audit::append(&mut tx, &by, PageEvent::Restore, (&page).into(), &json!({ "pages": shape.pages })).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Restore, &page.type_name, by.channel);
        Ok(shape.pages)
    }
}

/// Behind the page that it stood behind, if that is still there.
async fn former_place(tx: &mut Tx, id: i64, entry: &Entry) -> Result<Position, EditError> {
    let parent = entry.parent_id.ok_or(EditError::PlaceGone(id))?;
    let Some(behind) = entry.behind_id else { return Ok(Position::FirstChildOf(parent)) };
    let there = page::find(tx, behind).await?.is_some_and(|page| page.parent_id == Some(parent));
    Ok(if there { Position::RightOf(behind) } else { Position::LastChildOf(parent) })
}

/// The child of a page that has this slug.
pub(in crate::content) async fn holder(
    on: impl Into<Exec<'_>>,
    parent: i64,
    slug: &str,
) -> Result<Option<i64>, DbError> {
    on.into().query(&HOLDER).bind(parent).bind(slug).optional().await
}

async fn check_slug(tx: &mut Tx, parent: &Page, slug: &str) -> Result<(), EditError> {
    if !slug::is_valid(slug) {
        return Err(EditError::SlugInvalid(slug.to_owned()));
    }
    match holder(tx, parent.id, slug).await? {
        Some(by) => Err(EditError::AddressTaken { url_path: format!("{}{slug}/", parent.url_path), by }),
        None => Ok(()),
    }
}

async fn take_back(tx: &mut Tx, page: &Page, parent: &Page, path: &str, slug: &str) -> Result<(), EditError> {
    Exec::from(tx)
        .query(&TAKE_BACK)
        .bind(path)
        .bind(page.path.len() as i64 + 1)
        .bind(parent.depth + 1 - page.depth)
        .bind(format!("{}{slug}/", parent.url_path))
        .bind(page.url_path.chars().count() as i64 + 1)
        .bind(page.id)
        .bind(parent.id)
        .bind(slug)
        .bind(&page.path)
        .bind(tree::after_subtree(&page.path))
        .execute()
        .await
        .map_err(|error| slug_taken(error, slug))?;
    Ok(())
}

/// A page that came back under another slug has it in its live revision and in its newest draft.
async fn rename_revisions(tx: &mut Tx, page: &Page) -> Result<(), DbError> {
    let renamed = async |tx: &mut Tx, id: Option<i64>| -> Result<Option<i64>, DbError> {
        let Some(id) = id else { return Ok(None) };
        let Some(mut known) = revision::find(&mut *tx, page.id, id).await? else { return Ok(None) };
        known.content.slug.clone_from(&page.slug);
        revision::insert(tx, page.id, &known.content, Saving::default()).await.map(Some)
    };
    if page.latest_revision_id.is_none() {
        return Ok(());
    }
    let live = renamed(tx, page.live_revision_id).await?;
    let latest = match page.latest_revision_id == page.live_revision_id {
        true => live,
        false => renamed(tx, page.latest_revision_id).await?,
    };
    Exec::from(tx).query(&SET_REVISIONS).bind(page.id).bind(latest).bind(live).execute().await.map(|_| ())
}
