//! The trash: a subtree is taken out of the tree, with its place and what was live remembered, until it is restored with
//! the same ids, or deleted for good.

use serde_json::json;

use super::mirror::{self, Fate};
use super::{Touched, delete, refuse_root, subtree, tags_of_subtree};
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::{Acting, Content, EditError, audit, draft, lists, page, search, site, tree};
use crate::db::{DbError, Exec, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

/// Entries of one part of the list.
pub const LIST_LIMIT: i64 = 100;
/// Pages deleted in one transaction, so that writers wait for no large subtree.
const PURGE_BATCH: i64 = 500;
/// Transactions of one round of housekeeping, which is once a minute.
const PURGE_ROUNDS: usize = 2;
const DAY_US: i64 = 86_400_000_000;

record! {
    /// A subtree in the trash.
    #[derive(Clone, Debug)]
    pub struct TrashItem {
        pub id: i64,
        pub title: String,
        pub type_name: String,
        /// Where it was, as a path of the tree.
        pub url_path: String,
        pub pages: i64,
        pub trashed_at: i64,
        /// Entries in all.
        pub total: i64,
    }
}
record! { struct Due { page_id: i64, path: String, purging: bool } }

queries! {
    BEHIND = read "trash.find_left_sibling"
        "SELECT id FROM page WHERE parent_id = $1 AND path < $2 ORDER BY path DESC LIMIT 1";
    INSERT = write "trash.insert"
        "INSERT INTO trash (page_id, parent_id, behind_id, url_path, trashed_at, pages) VALUES ($1, $2, $3, $4, $5, $6)";
    PUT = write "trash.put_pages"
        "UPDATE page SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth = depth + $3,
                url_path = $4 || SUBSTR(url_path, CAST($5 AS INTEGER)), live_in_trash = live, live = FALSE, trashed = TRUE,
                publish_at = NULL, publish_revision_id = NULL, expire_at = NULL,
                parent_id = CASE WHEN id = $6 THEN NULL ELSE parent_id END
         WHERE path >= $7 AND path < $8";
    LIST = read "trash.list"
        "SELECT t.page_id AS id, p.draft_title AS title, p.type AS type_name, t.url_path, t.pages, t.trashed_at,
                COUNT(*) OVER () AS total
         FROM trash t JOIN page p ON p.id = t.page_id WHERE NOT t.purging
         ORDER BY t.trashed_at DESC, t.page_id DESC LIMIT $1 OFFSET $2";
    COUNT = read "trash.count_pages"
        "SELECT CAST(COALESCE(SUM(pages), 0) AS BIGINT) AS pages FROM trash WHERE trashed_at <= $1 AND NOT purging";
    DUE = read "trash.find_due"
        "SELECT t.page_id, p.path, t.purging FROM trash t JOIN page p ON p.id = t.page_id
         WHERE t.purging OR t.trashed_at <= $1 ORDER BY t.trashed_at, t.page_id LIMIT 1";
    MARK = write "trash.mark_purging" "UPDATE trash SET purging = TRUE WHERE page_id = $1";
    FORGET_SOURCES = write "trash.forget_sources"
        "UPDATE page SET alias_of = NULL WHERE path >= $1 AND path < $2 AND alias_of IS NOT NULL";
    /// The deepest first: a page goes after all below it.
    PURGE = write "trash.purge_pages"
        "DELETE FROM page WHERE id IN (SELECT id FROM page WHERE path >= $1 AND path < $2 ORDER BY path DESC LIMIT $3)
         RETURNING id";
}

/// What went into the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trashed {
    pub pages: i64,
    /// Places elsewhere that point into it: their links have no address until it is restored.
    pub pointers: i64,
}

impl Content {
    /// Puts a page with its subtree into the trash: it is not live, has no URL and is in no list, and its slug is free.
    /// Its aliases elsewhere go too, and come back with it.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn trash_page(&self, id: i64, by: impl Into<Acting>) -> Result<Trashed, EditError> {
        let Acting { by, seen } = by.into();
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.trash")).await?;
        tree::lock(&mut tx).await?;
        let page = draft::find_seen(&mut tx, id, &seen).await?;
        refuse_root(&mut tx, &page).await?;
        self.refuse_locked_below(&mut tx, &page.path, &by).await?;
        let end = tree::after_subtree(&page.path);
        let shape = subtree::measure(&mut tx, &page.path, &end).await?;
        let pointers = delete::pointers(&mut tx, &page.path).await?.first().map_or(0, |pointer| pointer.total);
        let mut tags = tags_of_subtree(&mut tx, &page.path, Touched::Gone).await?;
        tags.extend(subtree::type_tags(&subtree::count_types(&mut tx, &page.path).await?));
        if page.live {
            tags.push(Tag::Menu);
            tags.extend(lists::of_page(&types, &page));
        }
        tags.extend(mirror::of_subtree(&mut tx, &types, &page.path, Fate::Hide).await?);
        if site::holds_root(&mut tx, &page.path).await? {
            tags.push(Tag::All);
        }
        let call = Exec::from(&mut tx).query(&BEHIND).bind(page.parent_id).bind(&page.path);
        let behind: Option<i64> = call.optional().await?;
        let call = Exec::from(&mut tx).query(&INSERT).bind(id).bind(page.parent_id).bind(behind).bind(&page.url_path);
        call.bind(Micros::now()).bind(shape.pages).execute().await?;
        let (path, url_path) = tree::trash_place(id);
        Exec::from(&mut tx)
            .query(&PUT)
            .bind(&path)
            .bind(page.path.len() as i64 + 1)
            .bind(tree::TRASH_DEPTH - page.depth)
            .bind(url_path)
            .bind(page.url_path.chars().count() as i64 + 1)
            .bind(id)
            .bind(&page.path)
            .bind(end)
            .execute()
            .await?;
        search::review_subtree(&mut tx, &path).await?;
        let taken = json!({ "pages": shape.pages, "url_path": page.url_path });
        audit::append(&mut tx, &by, PageEvent::Trash, (&page).into(), &taken).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Trash, &page.type_name, by.channel);
        Ok(Trashed { pages: shape.pages, pointers })
    }

    /// How many pages go with a page, itself included.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub async fn count_subtree(&self, id: i64) -> Result<i64, EditError> {
        let page = page::find(&*self.db, id).await?.ok_or(EditError::PageNotFound(id))?;
        let end = tree::after_subtree(&page.path);
        Ok(subtree::measure(&*self.db, &page.path, &end).await?.pages)
    }

    /// What is in the trash, the newest first, from `offset`, at most [`LIST_LIMIT`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_trash(&self, offset: i64) -> Result<Vec<TrashItem>, DbError> {
        self.db.query(&LIST).bind(LIST_LIMIT).bind(offset).list().await
    }

    /// How many pages were put into the trash at `until` or before.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn count_trash(&self, until: Micros) -> Result<i64, DbError> {
        self.db.query(&COUNT).bind(until).one().await
    }

    /// Deletes for good what was put into the trash at `until` or before; how many pages went.
    ///
    /// # Errors
    /// What [`EditError`] says; what was deleted until then stays deleted.
    pub async fn empty_trash(&self, until: Micros) -> Result<u64, EditError> {
        let mut purged = 0;
        while let Some(pages) = self.purge_part(until).await? {
            purged += pages;
        }
        Ok(purged)
    }

    /// A bounded part of [`Content::empty_trash`] for what is older than `days`, for housekeeping.
    ///
    /// # Errors
    /// As [`Content::empty_trash`].
    pub async fn empty_old_trash(&self, days: u32) -> Result<u64, EditError> {
        let until = Micros(Micros::now().0 - i64::from(days) * DAY_US);
        let mut purged = 0;
        for _ in 0..PURGE_ROUNDS {
            match self.purge_part(until).await? {
                Some(pages) => purged += pages,
                None => break,
            }
        }
        Ok(purged)
    }

    /// Deletes some pages of the oldest entry; `None` when no entry is due. An entry that was begun is no longer listed.
    async fn purge_part(&self, until: Micros) -> Result<Option<u64>, EditError> {
        if self.db.query(&DUE).bind(until).optional::<Due>().await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.db.begin(TxName("trash.purge")).await?;
        tree::lock(&mut tx).await?;
        let Some(due) = Exec::from(&mut tx).query(&DUE).bind(until).optional::<Due>().await? else { return Ok(None) };
        let end = tree::after_subtree(&due.path);
        let mut tags = Vec::new();
        if !due.purging {
            tags = mirror::of_subtree(&mut tx, &self.types(), &due.path, Fate::Free).await?;
            Exec::from(&mut tx).query(&FORGET_SOURCES).bind(&due.path).bind(&end).execute().await?;
            Exec::from(&mut tx).query(&MARK).bind(due.page_id).execute().await?;
        }
        let call = Exec::from(&mut tx).query(&PURGE).bind(&due.path).bind(&end).bind(PURGE_BATCH);
        let pages: Vec<i64> = call.list().await?;
        let count = pages.len() as u64;
        search::remove(&mut tx, search::Kind::Page, pages).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        Ok(Some(count))
    }
}
