//! Where pages may go: the position asked for, the rules of the types, how deep the tree may be.

use super::find_in_tree;
use super::subtree::TypeCount;
use crate::content::change::Tag;
use crate::content::page::Page;
use crate::content::tree::{self, Among, MAX_DEPTH, ROOT_ID, Room};
use crate::content::types::{ContentType, Types};
use crate::content::{EditError, lists, site};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Where a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    FirstChildOf(i64),
    LastChildOf(i64),
    /// Before this page, below the same parent.
    LeftOf(i64),
    /// Behind this page, below the same parent.
    RightOf(i64),
}

record! { struct Counts { in_all: i64, below_parent: i64 } }

queries! {
    COUNT_TYPE = read "page.count_of_type"
        "SELECT COUNT(*) AS in_all, COUNT(CASE WHEN parent_id = $2 AND id <> $3 THEN 1 END) AS below_parent
         FROM page WHERE type = $1 AND locale = $4 AND NOT trashed";
}

/// A position whose parent was found.
pub struct Spot {
    pub parent: Page,
    among: Among,
}

impl Spot {
    pub async fn find(tx: &mut Tx, to: Position) -> Result<Self, EditError> {
        let (parent, among) = match to {
            Position::FirstChildOf(parent) => (parent, Among::First),
            Position::LastChildOf(parent) => (parent, Among::Last),
            Position::LeftOf(sibling) => (parent_of(tx, sibling).await?, Among::Before(sibling)),
            Position::RightOf(sibling) => (parent_of(tx, sibling).await?, Among::After(sibling)),
        };
        Ok(Self { parent: find_in_tree(tx, parent).await?, among })
    }

    /// A free path there. Siblings may have to step aside: paths that were read before are then to be read again.
    pub async fn make_room(&self, tx: &mut Tx) -> Result<Room, EditError> {
        let room = tree::make_room(tx, (self.parent.id, &self.parent.path), self.among).await?;
        room.ok_or(EditError::ParentFull(self.parent.id))
    }

    /// When the children were numbered anew, sites below may be rooted elsewhere.
    pub async fn tags(&self, tx: &mut Tx, room: &Room) -> Result<Vec<Tag>, DbError> {
        let moves_sites = room.renumbered && site::holds_root(tx, &self.parent.path).await?;
        Ok(if moves_sites { vec![Tag::All] } else { Vec::new() })
    }

    /// The lists that `page` enters when it comes here.
    pub fn lists(&self, types: &Types, page: &Page) -> Vec<Tag> {
        if !page.live {
            return Vec::new();
        }
        lists::of_page(types, &Page { parent_id: Some(self.parent.id), ..page.clone() })
    }
}

async fn parent_of(tx: &mut Tx, sibling: i64) -> Result<i64, EditError> {
    find_in_tree(tx, sibling).await?.parent_id.ok_or(EditError::RootIsFixed)
}

/// What comes below a parent.
pub struct Coming<'c> {
    pub root: &'c ContentType,
    /// Levels, 1 for a page without children.
    pub height: i64,
    pub locale: &'c str,
    /// The page that is moved, which is not counted twice.
    pub moved: Option<i64>,
    /// The pages that the tree gains.
    pub gained: &'c [TypeCount],
}

/// T3: which types may go where, and how many of them a language may have; and how deep.
pub async fn check(tx: &mut Tx, types: &Types, parent: &Page, coming: Coming<'_>) -> Result<(), EditError> {
    let root = coming.root;
    types.check_placement((parent.id != ROOT_ID).then_some(parent.type_name.as_str()), &root.name)?;
    if parent.id != ROOT_ID && parent.locale != coming.locale {
        return Err(EditError::OtherLanguage { page: coming.locale.to_owned(), parent: parent.locale.clone() });
    }
    if parent.depth + coming.height > MAX_DEPTH {
        return Err(EditError::TooDeep(MAX_DEPTH));
    }
    if let Some(max) = root.max_count_per_parent {
        let counts = count(tx, &root.name, (parent.id, coming.moved.unwrap_or(0)), coming.locale).await?;
        if counts.below_parent as u64 >= max as u64 {
            let type_name = root.name.clone();
            return Err(EditError::MaxCountPerParent { type_name, parent: parent.id, max: max as u64 });
        }
    }
    for gain in coming.gained {
        let Some(max) = types.find(&gain.type_name).and_then(|found| found.max_count) else { continue };
        let counts = count(tx, &gain.type_name, (parent.id, 0), coming.locale).await?;
        if (counts.in_all + gain.pages) as u64 > max as u64 {
            return Err(EditError::MaxCount { type_name: gain.type_name.clone(), max: max as u64 });
        }
    }
    Ok(())
}

async fn count(tx: &mut Tx, type_name: &str, (parent, moved): (i64, i64), locale: &str) -> Result<Counts, DbError> {
    Exec::from(tx).query(&COUNT_TYPE).bind(type_name).bind(parent).bind(moved).bind(locale).one().await
}
