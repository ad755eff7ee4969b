//! Pages that one person keeps to themselves: nobody else changes them until they are unlocked. As in Wagtail, whoever
//! locked a page goes on editing it, unless the installation says otherwise. What was planned before is carried out, and
//! programs that the operator runs are nobody else's edits.

use serde_json::json;

use super::page::Page;
use super::{Acting, Actor, Content, EditError, audit, draft, edit, explore, tree};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

/// Locked pages in one list.
pub const MAX_LISTED: i64 = 500;

/// Whom a lock keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditLock {
    /// All but whoever locked the page.
    Others,
    /// That one, too.
    Everybody,
}

record! { struct Held { id: i64, title: String, locked_at: i64, locker: String } }

queries! {
    SET = write "page.set_lock" "UPDATE page SET locked_at = $2, locked_by = $3 WHERE id = $1";
    FIND = read "page.find_lock"
        "SELECT p.id, p.draft_title AS title, p.locked_at, COALESCE(NULLIF(l.name, ''), l.username, '') AS locker
         FROM page p LEFT JOIN account l ON l.id = p.locked_by WHERE p.id = $1 AND p.locked_at IS NOT NULL";
    /// The first page of a subtree that an account, $3, may not touch; 0: one that nobody is.
    FIRST_BELOW = read "page.find_locked_below"
        "SELECT p.id, p.draft_title AS title, p.locked_at, COALESCE(NULLIF(l.name, ''), l.username, '') AS locker
         FROM page p LEFT JOIN account l ON l.id = p.locked_by
         WHERE p.path >= $1 AND p.path < $2 AND p.locked_at IS NOT NULL AND (p.locked_by IS NULL OR p.locked_by <> $3)
         ORDER BY p.path LIMIT 1";
    LIST = read "page.list_locked"
        "SELECT id FROM page WHERE path >= $1 AND path < $2 AND locked_at IS NOT NULL ORDER BY locked_at DESC, id LIMIT $3";
}

impl From<Held> for EditError {
    fn from(held: Held) -> Self {
        let by = if held.locker.is_empty() { "somebody who is gone".to_owned() } else { held.locker };
        Self::Locked { page: held.id, title: held.title, by, at: Micros(held.locked_at).to_rfc3339() }
    }
}

impl Content {
    /// Whether a lock of `locked_by` keeps this account out.
    pub fn keeps_out(&self, locked_by: Option<i64>, account: i64) -> bool {
        self.edit_lock == EditLock::Everybody || locked_by != Some(account)
    }

    /// Locks a page for everybody but whoever does it. Doing it twice does nothing.
    ///
    /// # Errors
    /// [`EditError::Locked`] when somebody else did before, and what else [`EditError`] says.
    pub async fn lock_page(&self, id: i64, by: impl Into<Acting>) -> Result<(), EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("page.set_lock")).await?;
        let page = edit::lock(&mut tx, id).await?;
        draft::expect_seen(&mut tx, &page, &seen).await?;
        if page.locked_at.is_some() {
            return if page.locked_by == by.account { Ok(()) } else { Err(refusal(&mut tx, &page).await?) };
        }
        let call = Exec::from(&mut tx).query(&SET).bind(id).bind(Some(Micros::now())).bind(by.account);
        call.execute().await?;
        audit::append(&mut tx, &by, PageEvent::Lock, (&page).into(), &serde_json::Value::Null).await?;
        tx.commit().await?;
        self.count_event(PageEvent::Lock, &page.type_name, by.channel);
        Ok(())
    }

    /// Unlocks a page that `locked_by` locked: whoever asks was asked for their right to end that lock, and no other.
    /// Nothing happens when it is open already.
    ///
    /// # Errors
    /// [`EditError::Locked`] when another one locked it meanwhile, and what else [`EditError`] says.
    pub async fn unlock_page(&self, id: i64, locked_by: Option<i64>, by: impl Into<Acting>) -> Result<(), EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("page.clear_lock")).await?;
        let page = edit::lock(&mut tx, id).await?;
        draft::expect_seen(&mut tx, &page, &seen).await?;
        let Some(held) = Exec::from(&mut tx).query(&FIND).bind(id).optional::<Held>().await? else { return Ok(()) };
        if page.locked_by != locked_by {
            return Err(held.into());
        }
        let call = Exec::from(&mut tx).query(&SET).bind(id).bind(None::<Micros>).bind(None::<i64>);
        call.execute().await?;
        let told = json!({ "locked_by": held.locker, "locked_at": Micros(held.locked_at).to_rfc3339() });
        audit::append(&mut tx, &by, PageEvent::Unlock, (&page).into(), &told).await?;
        tx.commit().await?;
        self.count_event(PageEvent::Unlock, &page.type_name, by.channel);
        Ok(())
    }

    /// The locked pages of the branch at `root`, the newest lock first, at most [`MAX_LISTED`]. Whether somebody may see
    /// them is to be asked.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_locked(&self, root: &str) -> Result<Vec<i64>, DbError> {
        let (start, end) = explore::bounds(root);
        self.db.query(&LIST).bind(start).bind(end).bind(MAX_LISTED).list().await
    }

    /// A page that may be edited by this actor, and that no other transaction changes until this one ends.
    pub(super) async fn lock_open(&self, tx: &mut Tx, id: i64, by: &Actor) -> Result<Page, EditError> {
        let page = edit::lock(tx, id).await?;
        self.refuse_locked(tx, &page, by).await?;
        Ok(page)
    }

    /// A page that is locked is changed by nobody else.
    pub(super) async fn refuse_locked(&self, tx: &mut Tx, page: &Page, by: &Actor) -> Result<(), EditError> {
        match by.account {
            Some(account) if page.locked_at.is_some() && self.keeps_out(page.locked_by, account) => {
                Err(refusal(tx, page).await?)
            }
            _ => Ok(()),
        }
    }

    /// What takes a page away takes all below it: none of that may be locked.
    pub(super) async fn refuse_locked_below(&self, tx: &mut Tx, path: &str, by: &Actor) -> Result<(), EditError> {
        let Some(account) = by.account else { return Ok(()) };
        let own = if self.edit_lock == EditLock::Everybody { 0 } else { account };
        let call = Exec::from(tx).query(&FIRST_BELOW).bind(path).bind(tree::after_subtree(path)).bind(own);
        call.optional::<Held>().await?.map_or(Ok(()), |held| Err(held.into()))
    }
}

async fn refusal(tx: &mut Tx, page: &Page) -> Result<EditError, DbError> {
    let held = Exec::from(tx).query(&FIND).bind(page.id).optional::<Held>().await?;
    Ok(held.map_or(EditError::PageNotFound(page.id), EditError::from))
}
