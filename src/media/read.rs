//! Lists of images and documents for programs: narrowed and ordered as Wagtail's API does it.

use serde_json::{Value, json};

use crate::content::read::related::names;
use crate::content::read::{DocumentRow, ImageRow, Opened, Order};
use crate::db::{Call, Db, DbError, Query, Record, Row};
use crate::queries;

struct Image(ImageRow);
struct Document(DocumentRow);

impl Record for Image {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self(ImageRow {
            id: row.take("id")?,
            title: row.take("title")?,
            file_name: row.take("file_name")?,
            format: row.take("format")?,
            digest: row.take("digest")?,
            width: row.take("width")?,
            height: row.take("height")?,
            focal: [row.take("focal_x")?, row.take("focal_y")?, row.take("focal_width")?, row.take("focal_height")?],
            tags: names(&row.take::<String>("tags")?),
        }))
    }
}

impl Record for Document {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self(DocumentRow {
            id: row.take("id")?,
            title: row.take("title")?,
            file_name: row.take("file_name")?,
            tags: names(&row.take::<String>("tags")?),
        }))
    }
}

queries! {
    /// Filters are one JSON list of name and value; up to three keys to order by.
    IMAGES = read "api.list_images"
        "SELECT image.id, title, file_name, format, digest, width, height, focal_x, focal_y, focal_width, focal_height,
                CAST(COALESCE((SELECT json_agg(tag.name ORDER BY tag.name COLLATE \"C\") FROM image_tag t
                    JOIN tag ON tag.id = t.tag_id WHERE t.image_id = image.id), '[]') AS TEXT) AS tags
         FROM image JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR image.id = ANY($4))
           AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($3 AS json)) AS f (value) WHERE NOT CASE f.value ->>
               'name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM image_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.image_id = image.id AND tag.name = f.value ->> 'value')
               ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(image.id AS TEXT) WHEN 'title'
                   THEN title
                   WHEN 'width' THEN CAST(width AS TEXT) ELSE CAST(height AS TEXT) END END)
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END,
                  CASE WHEN $5 = 'given' THEN array_position($4, image.id) END,
                  CASE WHEN $5 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $5 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $5 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $5 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  CASE WHEN $6 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $6 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $6 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $6 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  CASE WHEN $7 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $7 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $7 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $7 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  image.id LIMIT $8 OFFSET $9"
        sqlite
        "SELECT image.id, title, file_name, format, digest, width, height, focal_x, focal_y, focal_width, focal_height,
                COALESCE((SELECT json_group_array(tag.name ORDER BY tag.name) FROM image_tag t
                    JOIN tag ON tag.id = t.tag_id WHERE t.image_id = image.id), '[]') AS tags
         FROM image JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR image.id IN (SELECT value FROM json_each($4)))
           AND NOT EXISTS (SELECT 1 FROM json_each($3) f WHERE NOT CASE f.value ->> '$.name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM image_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.image_id = image.id AND tag.name = f.value ->> '$.value')
               ELSE f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(image.id AS TEXT) WHEN
                   'title' THEN title
                   WHEN 'width' THEN CAST(width AS TEXT) ELSE CAST(height AS TEXT) END END)
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END,
                  CASE WHEN $5 = 'given' THEN (SELECT key FROM json_each($4) WHERE value = image.id) END,
                  CASE WHEN $5 = 'title' THEN title END, CASE WHEN $5 = '-title' THEN title END DESC,
                  CASE $5 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $5 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  CASE WHEN $6 = 'title' THEN title END, CASE WHEN $6 = '-title' THEN title END DESC,
                  CASE $6 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $6 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  CASE WHEN $7 = 'title' THEN title END, CASE WHEN $7 = '-title' THEN title END DESC,
                  CASE $7 WHEN 'id' THEN image.id WHEN 'width' THEN width WHEN 'height' THEN height END, CASE $7 WHEN
                      '-id' THEN image.id WHEN '-width' THEN width WHEN '-height' THEN height END DESC,
                  image.id LIMIT $8 OFFSET $9";
    COUNT_IMAGES = read "api.count_images"
        "SELECT COUNT(*) FROM image JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR image.id = ANY($4))
           AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($3 AS json)) AS f (value) WHERE NOT CASE f.value ->>
               'name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM image_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.image_id = image.id AND tag.name = f.value ->> 'value')
               ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(image.id AS TEXT) WHEN 'title'
                   THEN title
                   WHEN 'width' THEN CAST(width AS TEXT) ELSE CAST(height AS TEXT) END END)"
        sqlite
        "SELECT COUNT(*) FROM image JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR image.id IN (SELECT value FROM json_each($4)))
           AND NOT EXISTS (SELECT 1 FROM json_each($3) f WHERE NOT CASE f.value ->> '$.name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM image_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.image_id = image.id AND tag.name = f.value ->> '$.value')
               ELSE f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(image.id AS TEXT) WHEN
                   'title' THEN title
                   WHEN 'width' THEN CAST(width AS TEXT) ELSE CAST(height AS TEXT) END END)";
    /// As of images.
    DOCUMENTS = read "api.list_documents"
        "SELECT document.id, title, file_name,
                CAST(COALESCE((SELECT json_agg(tag.name ORDER BY tag.name COLLATE \"C\") FROM document_tag t
                    JOIN tag ON tag.id = t.tag_id WHERE t.document_id = document.id), '[]') AS TEXT) AS tags
         FROM document JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR document.id = ANY($4))
           AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($3 AS json)) AS f (value) WHERE NOT CASE f.value ->>
               'name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM document_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.document_id = document.id AND tag.name = f.value ->> 'value')
               ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(document.id AS TEXT) WHEN
                   'title' THEN title
                   ELSE title END END)
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END,
                  CASE WHEN $5 = 'given' THEN array_position($4, document.id) END,
                  CASE WHEN $5 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $5 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $5 WHEN 'id' THEN document.id END, CASE $5 WHEN '-id' THEN document.id END DESC,
                  CASE WHEN $6 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $6 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $6 WHEN 'id' THEN document.id END, CASE $6 WHEN '-id' THEN document.id END DESC,
                  CASE WHEN $7 = 'title' THEN title COLLATE \"C\" END, CASE WHEN $7 = '-title' THEN title COLLATE
                      \"C\" END DESC,
                  CASE $7 WHEN 'id' THEN document.id END, CASE $7 WHEN '-id' THEN document.id END DESC,
                  document.id LIMIT $8 OFFSET $9"
        sqlite
        "SELECT document.id, title, file_name,
                COALESCE((SELECT json_group_array(tag.name ORDER BY tag.name) FROM document_tag t
                    JOIN tag ON tag.id = t.tag_id WHERE t.document_id = document.id), '[]') AS tags
         FROM document JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR document.id IN (SELECT value FROM json_each($4)))
           AND NOT EXISTS (SELECT 1 FROM json_each($3) f WHERE NOT CASE f.value ->> '$.name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM document_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.document_id = document.id AND tag.name = f.value ->> '$.value')
               ELSE f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(document.id AS TEXT) WHEN
                   'title' THEN title
                   ELSE title END END)
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END,
                  CASE WHEN $5 = 'given' THEN (SELECT key FROM json_each($4) WHERE value = document.id) END,
                  CASE WHEN $5 = 'title' THEN title END, CASE WHEN $5 = '-title' THEN title END DESC,
                  CASE $5 WHEN 'id' THEN document.id END, CASE $5 WHEN '-id' THEN document.id END DESC,
                  CASE WHEN $6 = 'title' THEN title END, CASE WHEN $6 = '-title' THEN title END DESC,
                  CASE $6 WHEN 'id' THEN document.id END, CASE $6 WHEN '-id' THEN document.id END DESC,
                  CASE WHEN $7 = 'title' THEN title END, CASE WHEN $7 = '-title' THEN title END DESC,
                  CASE $7 WHEN 'id' THEN document.id END, CASE $7 WHEN '-id' THEN document.id END DESC,
                  document.id LIMIT $8 OFFSET $9";
    COUNT_DOCUMENTS = read "api.count_documents"
        "SELECT COUNT(*) FROM document JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR document.id = ANY($4))
           AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($3 AS json)) AS f (value) WHERE NOT CASE f.value ->>
               'name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM document_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.document_id = document.id AND tag.name = f.value ->> 'value')
               ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(document.id AS TEXT) WHEN
                   'title' THEN title
                   ELSE title END END)"
        sqlite
        "SELECT COUNT(*) FROM document JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')
           AND ($2 OR document.id IN (SELECT value FROM json_each($4)))
           AND NOT EXISTS (SELECT 1 FROM json_each($3) f WHERE NOT CASE f.value ->> '$.name' WHEN 'tag'
               THEN EXISTS (SELECT 1 FROM document_tag t JOIN tag ON tag.id = t.tag_id
                            WHERE t.document_id = document.id AND tag.name = f.value ->> '$.value')
               ELSE f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(document.id AS TEXT) WHEN
                   'title' THEN title
                   ELSE title END END)";
}

/// Which files.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub opened: Opened,
    /// `id`, `title`, `width`, `height` or `tag`, each with what it must be.
    pub filters: Vec<(&'static str, String)>,
    /// None: any.
    pub ids: Option<Vec<i64>>,
    /// Whether [`Wanted::ids`] are in the order of the list.
    pub ids_in_order: bool,
    pub order: Order,
}

impl Wanted {
    fn call<'d>(&self, db: &'d Db, query: &'static Query) -> Call<'d> {
        let filter = |(name, value): &(&str, String)| json!({ "name": name, "value": value });
        let filters: Value = self.filters.iter().map(filter).collect();
        let call = db.query(query).bind(&self.opened.collections).bind(self.ids.is_none()).bind(filters.to_string());
        call.bind(self.ids.clone().unwrap_or_default())
    }

    fn ordered<'d>(&self, db: &'d Db, query: &'static Query, limit: i64, offset: i64) -> Call<'d> {
        let keys = match &self.order {
            _ if self.ids_in_order => vec!["given".to_owned()],
            Order::Tree => Vec::new(),
            Order::Random => vec!["random".to_owned()],
            Order::Keys(keys) => {
                keys.iter().map(|key| format!("{}{}", if key.descending { "-" } else { "" }, key.name)).collect()
            }
        };
        let keys = keys.into_iter().chain(std::iter::repeat(String::new())).take(crate::content::read::MAX_KEYS);
        keys.fold(self.call(db, query), Call::bind).bind(limit).bind(offset)
    }
}

/// A part of the images, and how many there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn images(db: &Db, wanted: &Wanted, limit: i64, offset: i64) -> Result<Vec<ImageRow>, DbError> {
    let found: Vec<Image> = wanted.ordered(db, &IMAGES, limit, offset).list().await?;
    Ok(found.into_iter().map(|image| image.0).collect())
}

/// A part of the documents.
///
/// # Errors
/// When the database is out of reach.
pub async fn documents(db: &Db, wanted: &Wanted, limit: i64, offset: i64) -> Result<Vec<DocumentRow>, DbError> {
    let found: Vec<Document> = wanted.ordered(db, &DOCUMENTS, limit, offset).list().await?;
    Ok(found.into_iter().map(|document| document.0).collect())
}

/// How many images there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count_images(db: &Db, wanted: &Wanted) -> Result<i64, DbError> {
    wanted.call(db, &COUNT_IMAGES).one().await
}

/// How many documents there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count_documents(db: &Db, wanted: &Wanted) -> Result<i64, DbError> {
    wanted.call(db, &COUNT_DOCUMENTS).one().await
}
