//! Images of the library: their rows, and what follows from a row without its file.

use sha2::Digest as _;

use super::Duplicates;
use super::document::StoredFile;
use super::image::{FilterSpec, FocalBy, FocalPoint, Format, ImageInfo, Output, Size, Source, safe_name};
use crate::clock::Micros;
use crate::content::shown::ImageRow;
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record, sql_parts};

/// Hex digits of a version: two versions of one image have the same with a chance of 2^-32.
const VERSION_BYTES: usize = 4;

record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Image {
        pub id: i64, pub uuid: String, pub title: String,
        /// In the storage.
        pub file_key: String,
        /// As it was uploaded, without folders.
        pub file_name: String,
        /// A name of [`Format`].
        pub format: String,
        /// In pixels, upright.
        pub width: i64, pub height: i64,
        pub frames: i64, pub size_bytes: i64,
        /// SHA-256 of the stored file, in hex.
        pub digest: String,
        pub focal_x: Option<i64>, pub focal_y: Option<i64>, pub focal_width: Option<i64>, pub focal_height: Option<i64>,
        /// A word of [`FocalBy`].
        pub focal_by: String,
        /// What it shows.
        pub description: String,
        pub collection_id: i64,
        /// Whether its collection is not for everybody.
        pub restricted: bool,
        pub created_at: i64, pub updated_at: i64,
        /// The account that added it; none for programs.
        pub uploaded_by: Option<i64>,
    }
}

/// What renditions of an image, their sizes and their URLs follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub id: i64,
    pub source: Source,
    pub focal: Option<FocalPoint>,
    pub digest: String,
    pub file_name: String,
}

impl Facts {
    /// Size and format of a rendition, by arithmetic alone.
    pub fn output(&self, spec: &FilterSpec) -> Output {
        spec.output(self.source, self.focal)
    }

    /// Changes with everything that the rendition depends on; the same on every node.
    pub fn version(&self, spec: &FilterSpec) -> String {
        let mut hash = sha2::Sha256::new();
        hash.update(&self.digest);
        if let Some(focal) = self.focal.filter(|_| spec.uses_focal_point()) {
            hash.update(format!(" {} {} {} {}", focal.x, focal.y, focal.width, focal.height));
        }
        data_encoding::HEXLOWER.encode(&hash.finalize()[..VERSION_BYTES])
    }

    /// The last segment of a rendition's URL.
    pub fn name(&self, format: Format) -> String {
        let name = safe_name(&self.file_name);
        let stem = name.split('.').next().unwrap_or(&name);
        format!("{stem}.{}", format.extension())
    }
}

impl Facts {
    /// `None` for a format that this version does not know.
    pub fn of_row(row: &ImageRow) -> Option<Self> {
        Some(Self {
            id: row.id,
            source: source(row.width, row.height, &row.format)?,
            focal: focal_point(row.focal),
            digest: row.digest.clone(),
            file_name: row.file_name.clone(),
        })
    }
}

/// `None` for a format that this version does not know, and for sides that no picture has.
fn source(width: i64, height: i64, format: &str) -> Option<Source> {
    let side = |side: i64| u32::try_from(side).ok().filter(|side| *side > 0);
    Some(Source { size: Size::new(side(width)?, side(height)?), format: Format::from_name(format)? })
}

impl Image {
    /// `None` for a format that this version does not know.
    pub fn facts(&self) -> Option<Facts> {
        Some(Facts {
            id: self.id,
            source: source(self.width, self.height, &self.format)?,
            focal: self.focal(),
            digest: self.digest.clone(),
            file_name: self.file_name.clone(),
        })
    }

    /// Who says so; a word of a later version says nothing.
    pub fn focal_by(&self) -> FocalBy {
        FocalBy::parse(&self.focal_by).unwrap_or(FocalBy::Nobody)
    }

    pub fn focal(&self) -> Option<FocalPoint> {
        focal_point([self.focal_x, self.focal_y, self.focal_width, self.focal_height])
    }
}

/// The focal point of four columns.
pub fn focal_point(columns: [Option<i64>; 4]) -> Option<FocalPoint> {
    let [x, y, width, height] = columns.map(|value| value.and_then(|value| u32::try_from(value).ok()));
    Some(FocalPoint { x: x?, y: y?, width: width?, height: height? })
}

sql_parts! {
    image_columns = "image.id, uuid, title, file_key, file_name, format, width, height, frames, size_bytes, digest,
                focal_x, focal_y, focal_width, focal_height, focal_by, description, collection_id, collection.restricted,
                image.created_at, image.updated_at, uploaded_by
         FROM image JOIN collection ON collection.id = collection_id";
    images_asked = ("image.id < $1 AND collection.path >= $2 AND collection.path < $3
           AND ($4 = '' OR EXISTS (SELECT 1 FROM image_tag JOIN tag ON tag.id = tag_id
                                   WHERE image_id = image.id AND slug = $4))
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($9 = 0 OR uploaded_by = $9)
           AND ($7 OR collection.path " [any "$8"] ")
           AND ($11 = '' OR format = $11)
           AND ($10 = '' OR ($10 = 'used') = EXISTS (SELECT 1 FROM reference_index r
                                                     WHERE r.kind = 'image' AND r.target_id = image.id))");
}

queries! {
    FIND = read "image.find" ("SELECT " image_columns " WHERE image.id = $1");
    FIND_BY_DIGEST = read "image.find_by_digest" "SELECT id FROM image WHERE digest = $1 ORDER BY id LIMIT 1";
    FIND_BY_DIGEST_WITHIN = read "image.find_by_digest_within"
        ("SELECT f.id FROM image f JOIN collection c ON c.id = f.collection_id
         WHERE f.digest = $1 AND c.path " [any "$2"] " ORDER BY f.id LIMIT 1");
    FIND_BY_UUID = read "image.find_by_uuid" "SELECT id FROM image WHERE uuid = $1";
    LIST = read "image.list" ("SELECT " image_columns " WHERE " images_asked " ORDER BY image.id DESC LIMIT $6");
    /// Other orders than that of an index: parts begin behind so many.
    LIST_SORTED = read "image.list_sorted" ("SELECT " image_columns " WHERE " images_asked "
         ORDER BY CASE WHEN $12 = 'name' THEN LOWER(title) END, CASE WHEN $12 = 'size' THEN -size_bytes END,
                  image.id DESC LIMIT $6 OFFSET $13");
    INSERT = write "image.insert"
        "INSERT INTO image (uuid, title, file_key, file_name, format, width, height, frames, size_bytes, digest,
                            description, collection_id, created_at, updated_at, uploaded_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
         ON CONFLICT (uuid) DO NOTHING RETURNING id";
    SET_FILE = write "image.set_file"
        "UPDATE image SET file_key = $2, file_name = $3, format = $4, width = $5, height = $6, frames = $7,
                size_bytes = $8, digest = $9, updated_at = $10 WHERE id = $1";
    SET_FOCAL = write "image.set_focal_point"
        "UPDATE image SET focal_x = $2, focal_y = $3, focal_width = $4, focal_height = $5, focal_by = $6 WHERE id = $1";
    SET_FOCAL_BY = write "image.set_focal_by" "UPDATE image SET focal_by = $2 WHERE id = $1";
    UPDATE = write "image.update"
        "UPDATE image SET title = $2, description = $3, collection_id = $4, updated_at = $5 WHERE id = $1";
    DELETE = write "image.delete" "DELETE FROM image WHERE id = $1";
    LOCK = write "image.lock" ("SELECT id FROM image WHERE id = $1" for_update);
}

pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Image>, DbError> {
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

pub(super) async fn list(db: &Db, filter: &super::list::Bounds, limit: i64) -> Result<Vec<Image>, DbError> {
    match filter.order {
        None => filter.bind(db.query(&LIST), limit).list().await,
        Some(order) => {
            let call = filter.bind(db.query(&LIST_SORTED), limit);
            call.bind(order.as_str()).bind(filter.offset).list().await
        }
    }
}

/// The image, which no other transaction changes until this one ends.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Option<Image>, DbError> {
    if Exec::from(&mut *tx).query(&LOCK).bind(id).optional::<i64>().await?.is_none() {
        return Ok(None);
    }
    find(tx, id).await
}

/// The texts and the place of a new image.
pub(super) struct NewRow<'n> {
    pub(super) uuid: &'n str,
    pub(super) title: &'n str,
    pub(super) description: &'n str,
    pub(super) collection_id: i64,
    pub(super) uploaded_by: Option<i64>,
}

/// The new id; `None` when the uuid is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    new: NewRow<'_>,
    file: &StoredFile,
    info: &ImageInfo,
) -> Result<Option<i64>, DbError> {
    let call = Exec::from(tx).query(&INSERT).bind(new.uuid).bind(new.title).bind(file.key.as_str());
    let call = call.bind(file.name.as_str()).bind(info.format.as_str()).bind(i64::from(info.size.width));
    let call = call.bind(i64::from(info.size.height)).bind(i64::from(info.frames)).bind(file.size_bytes);
    let call = call.bind(&file.digest).bind(new.description).bind(new.collection_id);
    call.bind(Micros::now()).bind(new.uploaded_by).optional().await
}

pub(super) async fn set_file(tx: &mut Tx, id: i64, file: &StoredFile, info: &ImageInfo) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&SET_FILE).bind(id).bind(file.key.as_str()).bind(file.name.as_str());
    let call = call.bind(info.format.as_str()).bind(i64::from(info.size.width)).bind(i64::from(info.size.height));
    let call = call.bind(i64::from(info.frames)).bind(file.size_bytes).bind(&file.digest);
    call.bind(Micros::now()).execute().await.map(|_| ())
}

pub(super) async fn set_focal(tx: &mut Tx, id: i64, focal: Option<FocalPoint>, by: FocalBy) -> Result<(), DbError> {
    let column = |of: fn(FocalPoint) -> u32| focal.map(|focal| i64::from(of(focal)));
    let call = Exec::from(tx).query(&SET_FOCAL).bind(id).bind(column(|focal| focal.x)).bind(column(|focal| focal.y));
    let call = call.bind(column(|focal| focal.width)).bind(column(|focal| focal.height)).bind(by.as_str());
    call.execute().await.map(|_| ())
}

pub(super) async fn set_focal_by(tx: &mut Tx, id: i64, by: FocalBy) -> Result<(), DbError> {
    Exec::from(tx).query(&SET_FOCAL_BY).bind(id).bind(by.as_str()).execute().await.map(|_| ())
}

pub(super) async fn update(
    tx: &mut Tx,
    id: i64,
    title: &str,
    description: &str,
    collection_id: i64,
) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&UPDATE).bind(id).bind(title).bind(description).bind(collection_id);
    call.bind(Micros::now()).execute().await.map(|_| ())
}

pub(super) async fn delete(tx: &mut Tx, id: i64) -> Result<u64, DbError> {
    Exec::from(tx).query(&DELETE).bind(id).execute().await
}
