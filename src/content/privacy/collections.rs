//! Keeping what collections say of themselves right: whether they, or one above, are restricted.

use crate::content::change::Tag;
use crate::content::tree;
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Files that are named one by one in a change; of more, everything is made again.
const NAMED: i64 = 200;

record! { pub(super) struct Locked { pub path: String, pub name: String } }
record! { struct File { is_image: bool, id: i64 } }

queries! {
    /// Changes of the tree of collections take turns under the row of its root.
    LOCK = write "privacy.lock_collections" ("SELECT id FROM collection WHERE id = 1" for_update);
    FIND = read "privacy.find_collection" "SELECT path, name FROM collection WHERE id = $1";
    REFRESH = write "privacy.refresh_collections"
        "WITH found AS (
             SELECT c.id, EXISTS (
                 SELECT 1 FROM view_restriction r JOIN collection a ON a.id = r.collection_id
                 WHERE c.path >= a.path AND c.path < a.path || '[') AS restricted
             FROM collection c WHERE c.path >= $1 AND c.path < $2)
         UPDATE collection SET restricted = found.restricted
         FROM found WHERE found.id = collection.id AND collection.restricted <> found.restricted";
    FILES = read "privacy.list_files_below"
        "SELECT TRUE AS is_image, image.id FROM image JOIN collection c ON c.id = collection_id
         WHERE c.path >= $1 AND c.path < $2
         UNION ALL
         SELECT FALSE AS is_image, document.id FROM document JOIN collection c ON c.id = collection_id
         WHERE c.path >= $1 AND c.path < $2 LIMIT $3";
}

/// The collection's path and name, in a tree that nobody else changes until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Option<Locked>, DbError> {
    Exec::from(&mut *tx).query(&LOCK).one::<i64>().await?;
    Exec::from(tx).query(&FIND).bind(id).optional().await
}

/// Keeps `restricted` right for the collection at `path` and all below it; the tags of what is in those that changed.
/// For every operation that puts a collection in a place.
///
/// # Errors
/// When the database fails.
pub async fn refresh(tx: &mut Tx, path: &str) -> Result<Vec<Tag>, DbError> {
    let end = tree::after_subtree(path);
    if Exec::from(&mut *tx).query(&REFRESH).bind(path).bind(&end).execute().await? == 0 {
        return Ok(Vec::new());
    }
    let call = Exec::from(tx).query(&FILES).bind(path).bind(end).bind(NAMED + 1);
    let files: Vec<File> = call.list().await?;
    if files.len() as i64 > NAMED {
        return Ok(vec![Tag::All]);
    }
    Ok(files.iter().map(|file| if file.is_image { Tag::Image(file.id) } else { Tag::Document(file.id) }).collect())
}
