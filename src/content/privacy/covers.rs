//! What covers a page or a collection, as an editor is told: the restrictions on the way up, and those below.

use super::{MAX_ABOVE, Target};
use crate::content::tree;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Restrictions below one place that are named.
const MAX_BELOW: i64 = 20;
/// Restrictions of collections that are read: there are not more collections.
const MAX_ON_COLLECTIONS: i64 = 5_000;

record! {
    /// A restriction, and the page or the collection that it lies on.
    #[derive(Clone, Debug)]
    pub struct Cover {
        pub id: i64,
        /// `password`, `login`, `groups`.
        pub kind: String,
        pub group_names: String, pub place_id: i64, pub title: String, pub path: String,
        /// How many there are in all, where not all are listed.
        pub total: i64,
    }
}
record! {
    /// The kind of restriction that lies on a collection itself.
    #[derive(Clone, Debug)]
    pub struct OnCollection { pub collection_id: i64, pub kind: String }
}

impl Cover {
    pub fn groups(&self) -> Vec<String> {
        serde_json::from_str(&self.group_names).unwrap_or_default()
    }
}

queries! {
    /// As `privacy.list_above_page`, with the places.
    ABOVE_PAGE = read "privacy.list_covers_of_page"
        "WITH RECURSIVE up (id, parent_id, depth) AS (
             SELECT id, parent_id, depth FROM page
             WHERE id = $1 OR id = (SELECT alias_of FROM page WHERE id = $1)
             UNION
             SELECT page.id, page.parent_id, page.depth FROM page JOIN up ON page.id = up.parent_id)
         SELECT r.id, r.kind, r.group_names, page.id AS place_id, page.draft_title AS title, page.path,
                CAST(0 AS BIGINT) AS total
         FROM view_restriction r JOIN up ON up.id = r.page_id JOIN page ON page.id = r.page_id
         ORDER BY up.depth, r.id LIMIT $2";
    ABOVE_COLLECTION = read "privacy.list_covers_of_collection"
        "WITH RECURSIVE up (id, parent_id, depth) AS (
             SELECT id, parent_id, depth FROM collection WHERE id = $1
             UNION
             SELECT collection.id, collection.parent_id, collection.depth
             FROM collection JOIN up ON collection.id = up.parent_id)
         SELECT r.id, r.kind, r.group_names, c.id AS place_id, c.name AS title, c.path, CAST(0 AS BIGINT) AS total
         FROM view_restriction r JOIN up ON up.id = r.collection_id JOIN collection c ON c.id = r.collection_id
         ORDER BY up.depth, r.id LIMIT $2";
    BELOW_PAGE = read "privacy.list_below_page"
        "SELECT r.id, r.kind, r.group_names, page.id AS place_id, page.draft_title AS title, page.path,
                COUNT(*) OVER () AS total
         FROM view_restriction r JOIN page ON page.id = r.page_id
         WHERE page.path > $1 AND page.path < $2 ORDER BY page.path LIMIT $3";
    BELOW_COLLECTION = read "privacy.list_below_collection"
        "SELECT r.id, r.kind, r.group_names, c.id AS place_id, c.name AS title, c.path, COUNT(*) OVER () AS total
         FROM view_restriction r JOIN collection c ON c.id = r.collection_id
         WHERE c.path > $1 AND c.path < $2 ORDER BY c.path LIMIT $3";
    ON_COLLECTIONS = read "privacy.list_on_collections"
        "SELECT collection_id, kind FROM view_restriction WHERE collection_id IS NOT NULL ORDER BY collection_id LIMIT $1";
}

/// The restrictions that must pass for a target, the outermost first, its own included.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_above(db: &Db, target: Target) -> Result<Vec<Cover>, DbError> {
    let (query, id) = match target {
        Target::Page(id) => (&ABOVE_PAGE, id),
        Target::Collection(id) => (&ABOVE_COLLECTION, id),
    };
    db.query(query).bind(id).bind(MAX_ABOVE).list().await
}

/// The first restrictions below a target with this path; each says how many there are.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_below(db: &Db, target: Target, path: &str) -> Result<Vec<Cover>, DbError> {
    let query = match target {
        Target::Page(_) => &BELOW_PAGE,
        Target::Collection(_) => &BELOW_COLLECTION,
    };
    db.query(query).bind(path).bind(tree::after_subtree(path)).bind(MAX_BELOW).list().await
}

/// The restrictions that lie on collections themselves.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_on_collections(db: &Db) -> Result<Vec<OnCollection>, DbError> {
    db.query(&ON_COLLECTIONS).bind(MAX_ON_COLLECTIONS).list().await
}
