//! Documents: their rows.

use super::{Duplicates, FileName, Key};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record, sql_parts};

record! {
    /// A file that is offered for download.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Document {
        pub id: i64, pub uuid: String, pub title: String,
        /// In the storage.
        pub file_key: String,
        /// As it was uploaded, without folders.
        pub file_name: String,
        pub size_bytes: i64,
        /// SHA-256 in hex.
        pub digest: String,
        pub collection_id: i64,
        /// Whether its collection is not for everybody.
        pub restricted: bool,
        pub created_at: i64, pub updated_at: i64,
        /// The account that added it; none for programs.
        pub uploaded_by: Option<i64>,
    }
}

sql_parts! {
    document_columns = "document.id, uuid, title, file_key, file_name, size_bytes, digest, collection_id,
                collection.restricted, document.created_at, document.updated_at,
                uploaded_by
         FROM document JOIN collection ON collection.id = collection_id";
    documents_asked = ("document.id < $1 AND collection.path >= $2 AND collection.path < $3
           AND ($4 = '' OR EXISTS (SELECT 1 FROM document_tag JOIN tag ON tag.id = tag_id
                                   WHERE document_id = document.id AND slug = $4))
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($9 = 0 OR uploaded_by = $9)
           AND ($7 OR collection.path " [any "$8"] ")
           AND ($11 = '' OR LOWER(file_name) LIKE '%.' || CAST($11 AS TEXT))
           AND ($10 = '' OR ($10 = 'used') = EXISTS (SELECT 1 FROM reference_index r
                                                     WHERE r.kind = 'document' AND r.target_id = document.id))");
}

queries! {
    FIND = read "document.find" ("SELECT " document_columns " WHERE document.id = $1");
    FIND_BY_DIGEST = read "document.find_by_digest" "SELECT id FROM document WHERE digest = $1 ORDER BY id LIMIT 1";
    FIND_BY_DIGEST_WITHIN = read "document.find_by_digest_within"
        ("SELECT f.id FROM document f JOIN collection c ON c.id = f.collection_id
         WHERE f.digest = $1 AND c.path " [any "$2"] " ORDER BY f.id LIMIT 1");
    FIND_BY_UUID = read "document.find_by_uuid" "SELECT id FROM document WHERE uuid = $1";
    LIST = read "document.list" ("SELECT " document_columns " WHERE " documents_asked " ORDER BY document.id DESC LIMIT $6");
    /// Other orders than that of an index: parts begin behind so many.
    LIST_SORTED = read "document.list_sorted" ("SELECT " document_columns " WHERE " documents_asked "
         ORDER BY CASE WHEN $12 = 'name' THEN LOWER(title) END, CASE WHEN $12 = 'size' THEN -size_bytes END,
                  document.id DESC LIMIT $6 OFFSET $13");
    INSERT = write "document.insert"
        "INSERT INTO document (uuid, title, file_key, file_name, size_bytes, digest, collection_id, created_at, updated_at,
                               uploaded_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) ON CONFLICT (uuid) DO NOTHING RETURNING id";
    SET_FILE = write "document.set_file"
        "UPDATE document SET file_key = $2, file_name = $3, size_bytes = $4, digest = $5, updated_at = $6 WHERE id = $1";
    UPDATE = write "document.update"
        "UPDATE document SET title = $2, collection_id = $3, updated_at = $4 WHERE id = $1";
    DELETE = write "document.delete" "DELETE FROM document WHERE id = $1";
    LOCK = write "document.lock" ("SELECT id FROM document WHERE id = $1" for_update);
}

/// What a stored file says about itself.
pub(super) struct StoredFile {
    pub(super) key: Key,
    pub(super) name: FileName,
    pub(super) size_bytes: i64,
    pub(super) digest: String,
}

pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Document>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// The file with these bytes, where it is to be told of.
pub(super) async fn find_by_digest(
    on: impl Into<Exec<'_>>,
    digest: &str,
    told: &Duplicates,
) -> Result<Option<i64>, DbError> {
    match told {
        Duplicates::Keep => Ok(None),
        Duplicates::Refuse => on.into().query(&FIND_BY_DIGEST).bind(digest).optional().await,
        Duplicates::RefuseWithin(paths) => {
            on.into().query(&FIND_BY_DIGEST_WITHIN).bind(digest).bind(paths.clone()).optional().await
        }
    }
}

pub(super) async fn find_by_uuid(on: impl Into<Exec<'_>>, uuid: &str) -> Result<Option<i64>, DbError> {
    on.into().query(&FIND_BY_UUID).bind(uuid).optional().await
}

pub(super) async fn list(db: &Db, filter: &super::list::Bounds, limit: i64) -> Result<Vec<Document>, DbError> {
    match filter.order {
        None => filter.bind(db.query(&LIST), limit).list().await,
        Some(order) => {
            let call = filter.bind(db.query(&LIST_SORTED), limit);
            call.bind(order.as_str()).bind(filter.offset).list().await
        }
    }
}

/// The document, which no other transaction changes until this one ends.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Option<Document>, DbError> {
    if Exec::from(&mut *tx).query(&LOCK).bind(id).optional::<i64>().await?.is_none() {
        return Ok(None);
    }
    find(tx, id).await
}

/// The new id; `None` when the uuid is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    uuid: &str,
    title: &str,
    file: &StoredFile,
    (collection_id, uploaded_by): (i64, Option<i64>),
) -> Result<Option<i64>, DbError> {
    let call = Exec::from(tx).query(&INSERT).bind(uuid).bind(title).bind(file.key.as_str());
    let call = call.bind(file.name.as_str()).bind(file.size_bytes).bind(&file.digest);
    call.bind(collection_id).bind(Micros::now()).bind(uploaded_by).optional().await
}

pub(super) async fn set_file(tx: &mut Tx, id: i64, file: &StoredFile) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&SET_FILE).bind(id).bind(file.key.as_str()).bind(file.name.as_str());
    call.bind(file.size_bytes).bind(&file.digest).bind(Micros::now()).execute().await.map(|_| ())
}

pub(super) async fn update(tx: &mut Tx, id: i64, title: &str, collection_id: i64) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&UPDATE).bind(id).bind(title).bind(collection_id);
    call.bind(Micros::now()).execute().await.map(|_| ())
}

pub(super) async fn delete(tx: &mut Tx, id: i64) -> Result<u64, DbError> {
    Exec::from(tx).query(&DELETE).bind(id).execute().await
}
