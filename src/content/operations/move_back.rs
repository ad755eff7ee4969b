//! Taking back where a page was put: to the place that it came from, as long as both are as they were left.

use super::place::Position;
use super::{find_in_tree, moving};
use crate::content::page::Page;
use crate::content::tree::{self, ROOT_ID};
use crate::content::{Actor, Content, EditError};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;

queries! {
    BEFORE = read "page.find_sibling_before"
        "SELECT id FROM page WHERE parent_id = $1 AND path < $2 AND NOT trashed ORDER BY path DESC LIMIT 1";
}

/// Where a page stands among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    pub parent: i64,
    /// The sibling before it; none: it is the first.
    pub behind: Option<i64>,
}

/// A page that was put elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: Whereabouts,
    pub to: Whereabouts,
}

impl Content {
    /// Puts a page back, with all below it, where it was before; where it went from that.
    ///
    /// # Errors
    /// [`EditError::MovedMeanwhile`] when it, or what stood beside it, is elsewhere by now, and what else [`EditError`]
    /// says; nothing is moved then.
    pub async fn move_back(&self, id: i64, moved: Moved, by: impl Into<Actor>) -> Result<Option<Moved>, EditError> {
        let mut tx = self.db.begin(TxName("page.move_back")).await?;
        tree::lock(&mut tx).await?;
        let page = find_in_tree(&mut tx, id).await?;
        if whereabouts(&mut tx, &page).await? != moved.to {
            return Err(EditError::MovedMeanwhile);
        }
        let to = match moved.from.behind {
            None => Position::FirstChildOf(moved.from.parent),
            Some(sibling) => match find_in_tree(&mut tx, sibling).await {
                Ok(found) if found.parent_id == Some(moved.from.parent) => Position::RightOf(sibling),
                Err(EditError::Db(error)) => return Err(error.into()),
                _ => return Err(EditError::MovedMeanwhile),
            },
        };
        self.carry(tx, moving::Order { id, to, by: by.into().into() }).await
    }
}

pub(super) async fn whereabouts(tx: &mut Tx, page: &Page) -> Result<Whereabouts, DbError> {
    let parent = page.parent_id.unwrap_or(ROOT_ID);
    let behind = Exec::from(tx).query(&BEFORE).bind(parent).bind(&page.path).optional().await?;
    Ok(Whereabouts { parent, behind })
}
