//! Moving a page with its subtree, and reordering it among its siblings.

use serde_json::json;

use super::move_back::{Moved, whereabouts};
use super::place::{self, Coming, Position, Spot};
use super::{Touched, find_in_tree, page_type, refuse_root, slug_taken, subtree, tags_of_subtree};
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::page::Page;
use crate::content::tree::{self, Place, ROOT_ID};
use crate::content::{Acting, Content, EditError, audit, draft, lists, privacy, redirect, search, site};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

/// Sites above one page: more than one level has.
const MAX_SITES: i64 = 100;

queries! {
    SET_PARENT = write "page.set_parent" "UPDATE page SET parent_id = $2, updated_at = $3 WHERE id = $1";
    SITES_ABOVE = read "site.list_rooted_at"
        ("SELECT site.id FROM site JOIN page ON page.id = root_page_id WHERE page.path " [any "$1"] " ORDER BY site.id LIMIT $2");
}

/// Which page goes where, and who says so.
pub(super) struct Order {
    pub id: i64,
    pub to: Position,
    pub by: Acting,
}

impl Content {
    /// Moves a page with its subtree. Below the parent that it has already, it is a reorder: URLs and counts stay.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is moved then.
    pub async fn move_page(&self, id: i64, to: Position, by: impl Into<Acting>) -> Result<(), EditError> {
        self.move_with_way_back(id, to, by).await.map(drop)
    }

    /// As [`Content::move_page`]; where it was, and where it is now: none, if it was to go beside itself.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is moved then.
    pub async fn move_with_way_back(
        &self,
        id: i64,
        to: Position,
        by: impl Into<Acting>,
    ) -> Result<Option<Moved>, EditError> {
        let mut tx = self.db.begin(TxName("page.move")).await?;
        tree::lock(&mut tx).await?;
        self.carry(tx, Order { id, to, by: by.into() }).await
    }

    /// Moves under the lock of the tree, and ends the transaction.
    pub(super) async fn carry(&self, mut tx: Tx, Order { id, to, by }: Order) -> Result<Option<Moved>, EditError> {
        let Acting { by, seen } = by;
        let moved = draft::find_seen(&mut tx, id, &seen).await?;
        if matches!(to, Position::LeftOf(sibling) | Position::RightOf(sibling) if sibling == id) {
            return Ok(None);
        }
        let spot = Spot::find(&mut tx, to).await?;
        if id == ROOT_ID {
            return Err(EditError::RootIsFixed);
        }
        let event = if moved.parent_id == Some(spot.parent.id) { PageEvent::Reorder } else { PageEvent::Move };
        if event == PageEvent::Move {
            self.refuse_locked(&mut tx, &moved, &by).await?;
        }
        let from = whereabouts(&mut tx, &moved).await?;
        let tags = match event {
            PageEvent::Reorder => reorder(&mut tx, &moved, &spot).await?,
            _ => self.change_parent(&mut tx, &moved, &spot).await?,
        };
        let there = find_in_tree(&mut tx, id).await?;
        let to = whereabouts(&mut tx, &there).await?;
        let places = json!({ "from": moved.parent_id, "to": spot.parent.id });
        audit::append(&mut tx, &by, event, (&moved).into(), &places).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(event, &moved.type_name, by.channel);
        Ok(Some(Moved { from, to }))
    }

    async fn change_parent(&self, tx: &mut Tx, moved: &Page, spot: &Spot) -> Result<Vec<Tag>, EditError> {
        let types = self.types();
        let parent = &spot.parent;
        refuse_root(tx, moved).await?;
        if parent.path.starts_with(&moved.path) {
            return Err(EditError::MoveIntoItself);
        }
        let shape = subtree::measure(&mut *tx, &moved.path, &tree::after_subtree(&moved.path)).await?;
        let root = page_type(&types, &moved.type_name)?;
        let height = shape.deepest - moved.depth + 1;
        let coming = Coming { root, height, locale: &moved.locale, moved: Some(moved.id), gained: &[] };
        place::check(tx, &types, parent, coming).await?;
        site::refuse_prefix(tx, parent.id, &moved.slug).await?;
        let mut tags = tags_of_subtree(tx, &moved.path, Touched::Gone).await?;
        if sites_above(tx, &moved.path).await? != sites_above(tx, &format!("{}0000", parent.path)).await? {
            tags.extend(subtree::type_tags(&subtree::count_types(tx, &moved.path).await?));
        }
        let room = spot.make_room(tx).await?;
        tags.extend(spot.tags(tx, &room).await?);
        if site::holds_root(tx, &moved.path).await? {
            tags.push(Tag::All);
        }
        if moved.live {
            tags.push(Tag::Menu);
            tags.extend(lists::of_page(&types, moved));
            tags.extend(spot.lists(&types, moved));
        }
        Exec::from(&mut *tx)
            .query(&SET_PARENT)
            .bind(moved.id)
            .bind(parent.id)
            .bind(Micros::now())
            .execute()
            .await
            .map_err(|error| slug_taken(error, &moved.slug))?;
        // It may have stood among those that stepped aside.
        let moved = find_in_tree(tx, moved.id).await?;
        let url_path = format!("{}{}/", parent.url_path, moved.slug);
        let from = Place { path: &moved.path, depth: moved.depth, url_path: &moved.url_path };
        tree::relocate(tx, from, Place { path: &room.path, depth: parent.depth + 1, url_path: &url_path }).await?;
        tags.extend(privacy::refresh_subtree(tx, &types, &room.path).await?);
        search::review_subtree(tx, &room.path).await?;
        redirect::page_moved(tx, &moved, &url_path).await?;
        Ok(tags)
    }
}

async fn reorder(tx: &mut Tx, moved: &Page, spot: &Spot) -> Result<Vec<Tag>, EditError> {
    let room = spot.make_room(tx).await?;
    let mut tags = spot.tags(tx, &room).await?;
    if moved.live {
        tags.extend([Tag::Children(spot.parent.id), Tag::Menu]);
    }
    let moved = find_in_tree(tx, moved.id).await?;
    let from = Place { path: &moved.path, depth: moved.depth, url_path: &moved.url_path };
    tree::relocate(tx, from, Place { path: &room.path, ..from }).await?;
    if site::holds_root(tx, &room.path).await? {
        tags.push(Tag::All);
    }
    Ok(tags)
}

/// The sites that are rooted above a path.
async fn sites_above(tx: &mut Tx, path: &str) -> Result<Vec<i64>, DbError> {
    Exec::from(tx).query(&SITES_ABOVE).bind(tree::ancestors(path)).bind(MAX_SITES).list().await
}
