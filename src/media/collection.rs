//! Collections: folders of images and documents, a tree of its own.

use crate::clock::Micros;
use crate::content::tree::{self, MAX_DEPTH};
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

/// The collection that holds all others.
pub const ROOT_ID: i64 = 1;
/// Collections that are listed.
pub const MAX_COLLECTIONS: i64 = 5_000;

record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Collection {
        pub id: i64, pub path: String, pub depth: i64, pub parent_id: Option<i64>, pub name: String,
        /// Whether it or one above it is not for everybody.
        pub restricted: bool,
    }
}
record! {
    /// A collection and how much is in it, without those below.
    #[derive(Clone, Debug)]
    pub struct Listed {
        pub id: i64, pub path: String, pub depth: i64, pub name: String, pub restricted: bool,
        pub images: i64, pub documents: i64,
    }
}
record! {
    /// What lies in a collection itself.
    #[derive(Clone, Copy, Debug)]
    pub struct Contents { pub collections: i64, pub images: i64, pub documents: i64 }
}
record! {
    struct LastChild { path: String }
}

queries! {
    /// Changes of the tree take turns under this row's lock.
    LOCK = write "collection.lock" ("SELECT id FROM collection WHERE id = 1" for_update);
    FIND = read "collection.find"
        "SELECT id, path, depth, parent_id, name, restricted FROM collection WHERE id = $1";
    LIST_BY_ID = read "collection.list_by_id"
        ("SELECT id, path, depth, parent_id, name, restricted FROM collection WHERE id " [any "$1"] " ORDER BY path LIMIT $2");
    FIND_CHILD = read "collection.find_child"
        "SELECT id, path, depth, parent_id, name, restricted FROM collection WHERE parent_id = $1 AND name = $2";
    LIST = read "collection.list"
        "SELECT id, path, depth, name, restricted,
                (SELECT COUNT(*) FROM image WHERE collection_id = collection.id) AS images,
                (SELECT COUNT(*) FROM document WHERE collection_id = collection.id) AS documents
         FROM collection ORDER BY path LIMIT $1";
    LAST_CHILD = read "collection.last_child"
        "SELECT COALESCE(MAX(path), '') AS path FROM collection WHERE parent_id = $1";
    INSERT = write "collection.insert"
        "INSERT INTO collection (path, depth, parent_id, name, restricted, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id";
    RENAME = write "collection.rename" "UPDATE collection SET name = $2, updated_at = $3 WHERE id = $1";
    SET_PARENT = write "collection.set_parent" "UPDATE collection SET parent_id = $2, updated_at = $3 WHERE id = $1";
    REPATH = write "collection.repath"
        "UPDATE collection SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth = depth + $3
         WHERE path >= $4 AND path < $5";
    DEEPEST = read "collection.deepest"
        "SELECT COALESCE(MAX(depth), 0) FROM collection WHERE path >= $1 AND path < $2";
    COUNT = read "collection.count_contents"
        "SELECT (SELECT COUNT(*) FROM collection WHERE parent_id = $1) AS collections,
                (SELECT COUNT(*) FROM image WHERE collection_id = $1) AS images,
                (SELECT COUNT(*) FROM document WHERE collection_id = $1) AS documents";
    DELETE = write "collection.delete" "DELETE FROM collection WHERE id = $1";
}

/// Takes the lock of the tree until the transaction ends.
pub(super) async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    Exec::from(tx).query(&LOCK).one::<i64>().await.map(|_| ())
}

pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Collection>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// Those of these ids that there are, in the order of the tree; at most [`MAX_COLLECTIONS`].
pub async fn list_by_id(on: impl Into<Exec<'_>>, ids: Vec<i64>) -> Result<Vec<Collection>, DbError> {
    on.into().query(&LIST_BY_ID).bind(ids).bind(MAX_COLLECTIONS).list().await
}

pub async fn find_child(on: impl Into<Exec<'_>>, parent_id: i64, name: &str) -> Result<Option<Collection>, DbError> {
    on.into().query(&FIND_CHILD).bind(parent_id).bind(name).optional().await
}

/// All collections in the order of the tree, at most [`MAX_COLLECTIONS`].
pub async fn list(db: &Db) -> Result<Vec<Listed>, DbError> {
    db.query(&LIST).bind(MAX_COLLECTIONS).list().await
}

/// The path for a new child; `None` when the parent is full.
pub(super) async fn next_path(tx: &mut Tx, parent: &Collection) -> Result<Option<String>, DbError> {
    let last: LastChild = Exec::from(tx).query(&LAST_CHILD).bind(parent.id).one().await?;
    Ok(tree::next_path(&parent.path, &last.path))
}

pub(super) async fn insert(tx: &mut Tx, parent: &Collection, path: String, name: &str) -> Result<i64, DbError> {
    let call = Exec::from(tx).query(&INSERT).bind(path).bind(parent.depth + 1).bind(parent.id).bind(name);
    call.bind(parent.restricted).bind(Micros::now()).one().await
}

pub(super) async fn rename(tx: &mut Tx, id: i64, name: &str) -> Result<(), DbError> {
    Exec::from(tx).query(&RENAME).bind(id).bind(name).bind(Micros::now()).execute().await.map(|_| ())
}

/// Whether the subtree of `moved` stays within the allowed depth below `parent`.
pub(super) async fn fits(tx: &mut Tx, moved: &Collection, parent: &Collection) -> Result<bool, DbError> {
    let end = tree::after_subtree(&moved.path);
    let deepest: i64 = Exec::from(tx).query(&DEEPEST).bind(&moved.path).bind(end).one().await?;
    Ok(deepest - moved.depth + parent.depth < MAX_DEPTH)
}

/// Moves a collection, with all below it, to `path` below `parent`.
pub(super) async fn relocate(tx: &mut Tx, moved: &Collection, parent: &Collection, path: &str) -> Result<(), DbError> {
    let call = Exec::from(&mut *tx).query(&SET_PARENT).bind(moved.id).bind(parent.id).bind(Micros::now());
    call.execute().await?;
    let call = Exec::from(tx).query(&REPATH).bind(path).bind(moved.path.len() as i64 + 1);
    let call = call.bind(parent.depth + 1 - moved.depth).bind(&moved.path).bind(tree::after_subtree(&moved.path));
    call.execute().await.map(|_| ())
}

pub async fn count_contents(on: impl Into<Exec<'_>>, id: i64) -> Result<Contents, DbError> {
    on.into().query(&COUNT).bind(id).one().await
}

pub(super) async fn delete(tx: &mut Tx, id: i64) -> Result<u64, DbError> {
    Exec::from(tx).query(&DELETE).bind(id).execute().await
}
