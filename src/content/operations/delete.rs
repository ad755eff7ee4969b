//! Deleting a page with its subtree, for good. What is still pointed at from elsewhere is not deleted by accident.

use serde_json::json;

use super::mirror::{self, Fate};
use super::{Touched, refuse_root, subtree, tags_of_subtree};
use crate::content::change::{self, Tag};
use crate::content::{Actor, Content, EditError, audit, lists, page, search, site, tree};
use crate::db::{DbError, Exec, TxName};
use crate::telemetry::label::PageEvent;
use crate::{queries, record};

/// Places that a refusal names; it says how many there are in all.
const NAMED_PLACES: i64 = 20;

record! {
    /// A place outside of a subtree that points into it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Pointer {
        /// The page in the subtree.
        pub target_id: i64,
        /// The page, else the snippet, else the settings that point at it, by id and by name.
        pub page_id: Option<i64>,
        pub snippet_id: Option<i64>,
        pub title: String,
        /// `body[2].value.page`
        pub path: String,
        /// Pointers in all.
        pub total: i64,
    }
}

queries! {
    POINTERS = read "reference.list_into_subtree"
        "SELECT r.target_id, r.page_id, r.snippet_id, COALESCE(p.draft_title, s.name, t.type, '') AS title, r.path,
                COUNT(*) OVER () AS total
         FROM (SELECT DISTINCT i.target_id, i.page_id, i.snippet_id, i.setting_id, i.path
               FROM page target JOIN reference_index i ON i.kind = 'page' AND i.target_id = target.id
               WHERE target.path >= $1 AND target.path < $2) r
         LEFT JOIN page p ON p.id = r.page_id
         LEFT JOIN snippet s ON s.id = r.snippet_id
         LEFT JOIN setting t ON t.id = r.setting_id
         WHERE p.id IS NULL OR NOT (p.trashed OR (p.path >= $1 AND p.path < $2))
         ORDER BY r.page_id, r.snippet_id, r.target_id, r.path LIMIT $3";
    /// As the other, of several subtrees: what points from one of them into another is none.
    POINTERS_OF_MANY = read "reference.list_into_subtrees"
        ("SELECT r.target_id, r.page_id, r.snippet_id, COALESCE(p.draft_title, s.name, t.type, '') AS title, r.path,
                COUNT(*) OVER () AS total
         FROM (SELECT DISTINCT i.target_id, i.page_id, i.snippet_id, i.setting_id, i.path
               FROM page top JOIN page target ON target.path >= top.path AND target.path < top.path || '['
                    JOIN reference_index i ON i.kind = 'page' AND i.target_id = target.id
               WHERE top.id " [any "$1"] ") r
         LEFT JOIN page p ON p.id = r.page_id
         LEFT JOIN snippet s ON s.id = r.snippet_id
         LEFT JOIN setting t ON t.id = r.setting_id
         WHERE p.id IS NULL OR NOT (p.trashed OR EXISTS (
             SELECT 1 FROM page top WHERE top.id " [any "$1"] " AND p.path >= top.path AND p.path < top.path || '['))
         ORDER BY r.page_id, r.snippet_id, r.target_id, r.path LIMIT $2");
    COUNT_OF_MANY = read "page.count_subtrees"
        ("SELECT CAST(COALESCE(SUM((SELECT COUNT(*) FROM page below
                                   WHERE below.path >= top.path AND below.path < top.path || '[')), 0) AS BIGINT)
         FROM page top WHERE top.id " [any "$1"]);
    COUNT_DOWN = write "trash.count_down"
        "UPDATE trash SET pages = pages - $2 WHERE page_id IN (SELECT id FROM page WHERE path = $1)";
    /// The keys among the rows are checked when the statement ends.
    DELETE = write "page.delete_subtree" "DELETE FROM page WHERE path >= $1 AND path < $2";
}

impl Content {
    /// Deletes a page with its subtree, for good; how many pages went.
    ///
    /// # Errors
    /// [`EditError::PointedAt`] when something outside of the subtree refers to it, and what else [`EditError`] says;
    /// nothing is deleted then.
    pub async fn delete_page(&self, id: i64, by: impl Into<Actor>) -> Result<u64, EditError> {
        self.delete(id, true, &by.into()).await
    }

    /// As [`Content::delete_page`], also when something refers to it: links to it lose their address.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is deleted then.
    pub async fn delete_page_anyway(&self, id: i64, by: impl Into<Actor>) -> Result<u64, EditError> {
        self.delete(id, false, &by.into()).await
    }

    /// What outside of these pages and all below them points there: at most 20 places, each with the number of all.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_pointers(&self, ids: Vec<i64>) -> Result<Vec<Pointer>, DbError> {
        self.db.query(&POINTERS_OF_MANY).bind(ids).bind(NAMED_PLACES).list().await
    }

    /// How many pages go with these, themselves included; a page below another one of them counts with both.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn count_subtrees(&self, ids: Vec<i64>) -> Result<i64, DbError> {
        self.db.query(&COUNT_OF_MANY).bind(ids).one().await
    }

    async fn delete(&self, id: i64, protected: bool, by: &Actor) -> Result<u64, EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.delete")).await?;
        tree::lock(&mut tx).await?;
        let deleted = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        refuse_root(&mut tx, &deleted).await?;
        self.refuse_locked_below(&mut tx, &deleted.path, by).await?;
        if protected {
            let pointers = pointers(&mut tx, &deleted.path).await?;
            if !pointers.is_empty() {
                return Err(EditError::PointedAt(pointers));
            }
        }
        let mut tags = tags_of_subtree(&mut tx, &deleted.path, Touched::Gone).await?;
        tags.extend(subtree::type_tags(&subtree::count_types(&mut tx, &deleted.path).await?));
        if site::holds_root(&mut tx, &deleted.path).await? {
            tags.push(Tag::All);
        }
        if deleted.live {
            tags.push(Tag::Menu);
            tags.extend(lists::of_page(&types, &deleted));
        }
        tags.extend(mirror::of_subtree(&mut tx, &types, &deleted.path, Fate::Free).await?);
        search::remove_subtree(&mut tx, &deleted.path).await?;
        let end = tree::after_subtree(&deleted.path);
        let count = Exec::from(&mut tx).query(&DELETE).bind(&deleted.path).bind(&end).execute().await?;
        if deleted.trashed {
            let root = deleted.path.get(..tree::TRASH_DEPTH as usize * tree::STEP).unwrap_or(&deleted.path);
            Exec::from(&mut tx).query(&COUNT_DOWN).bind(root).bind(count as i64).execute().await?;
        }
        audit::append(&mut tx, by, PageEvent::Delete, (&deleted).into(), &json!({ "pages": count })).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Delete, &deleted.type_name, by.channel);
        Ok(count)
    }
}

/// What outside of the subtree at `path` points into it, live or drafted; what is in the trash does not count.
pub(super) async fn pointers(on: impl Into<Exec<'_>>, path: &str) -> Result<Vec<Pointer>, DbError> {
    let call = on.into().query(&POINTERS).bind(path).bind(tree::after_subtree(path));
    call.bind(NAMED_PLACES).list().await
}
