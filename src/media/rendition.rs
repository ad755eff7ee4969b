//! Renditions: their rows, together with the images that they are made of.

use super::image::{FilterSpec, Format, Size, Source};
use super::stored_image::{Facts, focal_point};
use super::{Key, NotAKey};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Record, Row};
use crate::{queries, record};

/// Rows of one part of a long list.
pub(super) const BATCH: i64 = 200;

/// A rendition that is in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    pub key: Key,
    pub format: Format,
    pub size_bytes: u64,
}

/// An image as far as serving its renditions goes.
#[derive(Clone, Debug)]
pub struct Known {
    pub facts: Facts,
    /// Of the original.
    pub file_key: String,
    pub collection_id: i64,
    /// Whether its collection is not for everybody.
    pub restricted: bool,
    /// The asked rendition, when it is in storage.
    pub rendition: Option<Rendition>,
}

queries! {
    FIND = read "rendition.find_with_image"
        "SELECT image.id, image.file_key, file_name, image.format, image.width, image.height, image.digest,
                focal_x, focal_y, focal_width, focal_height, collection_id, collection.restricted,
                COALESCE(rendition.file_key, '') AS rendition_key, COALESCE(rendition.format, '') AS rendition_format,
                COALESCE(rendition.size_bytes, 0) AS rendition_bytes
         FROM image JOIN collection ON collection.id = collection_id
         LEFT JOIN rendition ON rendition.image_id = image.id AND rendition.spec = $2 AND rendition.digest = $3
         WHERE image.id = $1";
    INSERT = write "rendition.insert"
        "INSERT INTO rendition (image_id, spec, digest, file_key, format, width, height, size_bytes, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (image_id, spec, digest) DO UPDATE SET size_bytes = excluded.size_bytes, created_at = excluded.created_at";
    LIST = read "rendition.list"
        "SELECT id, image_id, spec, digest, file_key FROM rendition
         WHERE id > $1 AND ($2 = 0 OR image_id = $2) ORDER BY id LIMIT $3";
    DELETE = write "rendition.delete" "DELETE FROM rendition WHERE id = $1";
    DELETE_BY_KEY = write "rendition.delete_by_key" "DELETE FROM rendition WHERE file_key = $1";
    KNOWN_KEYS = read "rendition.list_known_keys"
        ("SELECT file_key FROM rendition WHERE file_key " [any "$1"]);
}

record! {
    /// A rendition's row.
    #[derive(Clone, Debug)]
    pub struct Listed { pub id: i64, pub image_id: i64, pub spec: String, pub digest: String, pub file_key: String }
}

impl Record for Known {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let text = |column| row.take::<String>(column);
        let unknown = |what: String| DbError::Other(format!("image {:?}: {what}", row.take::<i64>("id")));
        let format = |column| {
            let name = text(column)?;
            Format::from_name(&name).ok_or_else(|| unknown(format!("the format {name:?} is unknown")))
        };
        let side = |column| -> Result<u32, DbError> {
            let side: i64 = row.take(column)?;
            u32::try_from(side).map_err(|_| unknown(format!("{side} is no number of pixels")))
        };
        let key = text("rendition_key")?;
        let rendition = if key.is_empty() {
            None
        } else {
            let bytes: i64 = row.take("rendition_bytes")?;
            Some(Rendition {
                key: key.parse().map_err(|error: NotAKey| unknown(error.to_string()))?,
                format: format("rendition_format")?,
                size_bytes: bytes.max(0).cast_unsigned(),
            })
        };
        let source = Source { size: Size::new(side("width")?, side("height")?), format: format("format")? };
        let columns = [row.take("focal_x")?, row.take("focal_y")?, row.take("focal_width")?, row.take("focal_height")?];
        let facts = Facts {
            id: row.take("id")?,
            source,
            focal: focal_point(columns),
            digest: text("digest")?,
            file_name: text("file_name")?,
        };
        Ok(Self {
            facts,
            file_key: text("file_key")?,
            collection_id: row.take("collection_id")?,
            restricted: row.take("restricted")?,
            rendition,
        })
    }
}

/// An image with one of its renditions; `None` when there is no such image.
pub(super) async fn find(db: &Db, image_id: i64, spec: &FilterSpec, version: &str) -> Result<Option<Known>, DbError> {
    db.query(&FIND).bind(image_id).bind(spec.to_string()).bind(version).optional().await
}

/// Where a rendition is, or will be, in the storage: the same on every node.
pub(super) fn key(image_id: i64, spec: &FilterSpec, version: &str, format: Format) -> Result<Key, NotAKey> {
    use sha2::Digest as _;
    let spec = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(spec.to_string())[..8]);
    format!("renditions/{image_id}/{version}-{spec}.{}", format.extension()).parse()
}

/// A finished rendition, to be written down.
pub(super) struct Finished<'f> {
    pub(super) image_id: i64,
    pub(super) spec: &'f FilterSpec,
    pub(super) version: &'f str,
    pub(super) rendition: &'f Rendition,
    pub(super) size: Size,
}

pub(super) async fn insert(db: &Db, of: Finished<'_>) -> Result<(), DbError> {
    let call = Exec::from(db).query(&INSERT).bind(of.image_id).bind(of.spec.to_string()).bind(of.version);
    let call = call.bind(of.rendition.key.as_str()).bind(of.rendition.format.as_str());
    let call = call.bind(i64::from(of.size.width)).bind(i64::from(of.size.height));
    call.bind(of.rendition.size_bytes.cast_signed()).bind(Micros::now()).execute().await.map(|_| ())
}

/// Rows behind `after`, of one image or (0) of all, in the order of their ids.
pub(super) async fn list(db: &Db, after: i64, image_id: i64) -> Result<Vec<Listed>, DbError> {
    db.query(&LIST).bind(after).bind(image_id).bind(BATCH).list().await
}

pub(super) async fn delete(db: &Db, id: i64) -> Result<u64, DbError> {
    db.query(&DELETE).bind(id).execute().await
}

pub(super) async fn delete_by_key(db: &Db, key: &Key) -> Result<u64, DbError> {
    db.query(&DELETE_BY_KEY).bind(key.as_str()).execute().await
}

/// Those of `keys` that a row names.
pub(super) async fn known_keys(db: &Db, keys: Vec<String>) -> Result<Vec<String>, DbError> {
    db.query(&KNOWN_KEYS).bind(keys).list().await
}
