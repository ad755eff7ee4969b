//! Rows of the editor's lists: pages by their ids, what is above a page, what hangs on one.

use crate::content::{Content, EditError, tree};
use crate::db::DbError;
use crate::{queries, record};

/// Children of one row that are counted: one more says that there are more.
pub const MAX_COUNTED_BELOW: i64 = 200;
/// Rows that are read at once.
const MAX_ROWS: i64 = 500;
/// Accounts that are offered as owners.
const MAX_OWNERS: i64 = 200;

record! {
    /// A page in a list of the editor.
    #[derive(Clone, Debug)]
    pub struct Listed {
        pub id: i64, pub path: String, pub depth: i64, pub parent_id: Option<i64>, pub type_name: String,
        /// Of the newest draft.
        pub title: String,
        pub slug: String, pub url_path: String, pub live: bool, pub has_unpublished_changes: bool,
        pub restricted: bool, pub locale: String, pub alias_of: Option<i64>, pub publish_at: Option<i64>,
        pub expire_at: Option<i64>,
        /// When its own plan took it off the site; none when it is live.
        pub expired_at: Option<i64>,
        pub updated_at: i64, pub owner_id: Option<i64>,
        /// Whoever created it; empty for programs.
        pub owner: String,
        /// Whoever saved it last; empty for programs.
        pub saved_by: String,
        pub trashed: bool,
        pub locked_at: Option<i64>, pub locked_by: Option<i64>,
        /// Whoever locked it; empty when that account is gone.
        pub locker: String,
        /// Children, counted up to [`MAX_COUNTED_BELOW`] and one.
        pub below: i64,
    }
}

record! {
    /// What moving or deleting a page takes with it. `all_owned`: by the account that was asked for.
    #[derive(Clone, Copy, Debug)]
    pub struct Branch { pub has_children: bool, pub any_live: bool, pub all_owned: bool }
}

record! {
    /// An account that created pages.
    #[derive(Clone, Debug)]
    pub struct Owner { pub id: i64, pub username: String }
}

queries! {
    /// The children are counted within a bound: a page may have a hundred thousand. In the order of an index, so that
    /// PostgreSQL does not look for the first of them among all pages.
    BY_ID = read "explore.list_by_id"
        ("SELECT p.id, p.path, p.depth, p.parent_id, p.type AS type_name, p.draft_title AS title, p.slug, p.url_path, p.live,
                p.has_unpublished_changes, p.restricted, p.locale, p.alias_of, p.publish_at, p.expire_at, p.expired_at, p.updated_at,
                p.owner_id, COALESCE(a.username, '') AS owner,
                COALESCE(r.author, '') AS saved_by, p.trashed, p.locked_at, p.locked_by,
                COALESCE(NULLIF(l.name, ''), l.username, '') AS locker,
                (SELECT COUNT(*) FROM (SELECT 1 FROM page c WHERE c.parent_id = p.id ORDER BY c.slug LIMIT $2) few) AS below
         FROM page p LEFT JOIN account a ON a.id = p.owner_id LEFT JOIN account l ON l.id = p.locked_by
              LEFT JOIN revision r ON r.id = p.latest_revision_id
         WHERE p.id " [any "$1"] " LIMIT $3");
    BY_PATH = read "explore.list_by_path"
        ("SELECT id FROM page WHERE path " [any "$1"] " LIMIT $2");
    /// $4: the account that may own all of it.
    BRANCH = read "explore.measure_branch"
        "SELECT EXISTS (SELECT 1 FROM page WHERE path > $1 AND path < $2) AS has_children,
                EXISTS (SELECT 1 FROM page WHERE path >= $1 AND path < $2 AND live) AS any_live,
                NOT EXISTS (SELECT 1 FROM page WHERE path >= $1 AND path < $2
                            AND (owner_id IS NULL OR owner_id <> $3)) AS all_owned";
    OWNERS = read "explore.list_owners"
        "SELECT id, username FROM account WHERE is_active ORDER BY username_key LIMIT $1";
}

impl Content {
    /// Pages by their ids, in that order; at most 500.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_pages(&self, ids: Vec<i64>) -> Result<Vec<Listed>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let call = self.db.query(&BY_ID).bind(ids.clone()).bind(MAX_COUNTED_BELOW + 1).bind(MAX_ROWS);
        let mut rows: Vec<Listed> = call.list().await?;
        let places: std::collections::HashMap<i64, usize> =
            ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        rows.sort_by_key(|row| places.get(&row.id).copied());
        Ok(rows)
    }

    /// A page, also one in the trash.
    ///
    /// # Errors
    /// When there is none, or the database is out of reach.
    pub async fn listed(&self, id: i64) -> Result<Listed, EditError> {
        self.list_pages(vec![id]).await?.pop().ok_or(EditError::PageNotFound(id))
    }

    /// The pages above a path of the tree, the root first, without the one at it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_above(&self, path: &str) -> Result<Vec<Listed>, DbError> {
        let ids = self.ids_at(tree::ancestors(path)).await?;
        let mut rows = self.list_pages(ids).await?;
        rows.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(rows)
    }

    /// The ids of the pages at these paths.
    pub(super) async fn ids_at(&self, paths: Vec<String>) -> Result<Vec<i64>, DbError> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        self.db.query(&BY_PATH).bind(paths).bind(MAX_ROWS).list().await
    }

    /// What hangs on a page, for the question whether `account` may move or delete it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn measure_branch(&self, path: &str, account: i64) -> Result<Branch, DbError> {
        self.db.query(&BRANCH).bind(path).bind(tree::after_subtree(path)).bind(account).one().await
    }

    /// Whom pages may belong to, by name.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_owners(&self) -> Result<Vec<Owner>, DbError> {
        self.db.query(&OWNERS).bind(MAX_OWNERS).list().await
    }
}
