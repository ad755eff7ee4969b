//! Lists of images and documents for programs: narrowed and ordered as Wagtail's API does it.

use serde_json::{Value, json};

use crate::content::read::related::names;
use crate::content::read::{DocumentRow, ImageRow, Opened, Order};
use crate::db::{Call, Db, DbError, Query, Record, Row};
use crate::{queries, sql_parts};

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

sql_parts! {
    /// Images and documents are called `file`. Filters are one JSON list of name and value.
    image_filter = ("CASE f.value ->> 'name' WHEN 'tag' THEN EXISTS (SELECT 1 " tags_of_image " AND tag.name = f.value ->> 'value')
            ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(file.id AS TEXT) WHEN 'title' THEN title
                WHEN 'width' THEN CAST(width AS TEXT) ELSE CAST(height AS TEXT) END END");
    document_filter = ("CASE f.value ->> 'name' WHEN 'tag' THEN EXISTS (SELECT 1 " tags_of_document " AND tag.name = f.value ->> 'value')
            ELSE f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(file.id AS TEXT) ELSE title END END");
    tags_of_image = "FROM image_tag t JOIN tag ON tag.id = t.tag_id WHERE t.image_id = file.id";
    tags_of_document = "FROM document_tag t JOIN tag ON tag.id = t.tag_id WHERE t.document_id = file.id";
    names_in_order = "json_agg(tag.name ORDER BY tag.name COLLATE \"C\")" sqlite "json_group_array(tag.name ORDER BY tag.name)";
    open = "JOIN collection ON collection.id = collection_id
         WHERE (NOT collection.restricted OR $1 = '*' OR $1 LIKE '%,' || collection.id || ',%')";
    of_ids = ("($2 OR file.id " [any "$4"] ")");
    filters = "json_array_elements(CAST($3 AS json)) AS f (value)" sqlite "json_each($3) AS f";
    as_given = "array_position($4, file.id)" sqlite "(SELECT key FROM json_each($4) WHERE value = file.id)";
    /// As Wagtail's databases order texts.
    by_bytes = "COLLATE \"C\"" sqlite "COLLATE BINARY";
}

/// In the order of one key: a title, or a number by its name.
macro_rules! by_key {
    ($dialect:ident $key:literal $($number:literal)+) => {
        concat!(
            "CASE WHEN ", $key, " = 'title' THEN title ", by_bytes!($dialect), " END,
             CASE WHEN ", $key, " = '-title' THEN title ", by_bytes!($dialect), " END DESC,
             CASE ", $key $(, " WHEN '", $number, "' THEN file.", $number)+, " END,
             CASE ", $key $(, " WHEN '-", $number, "' THEN file.", $number)+, " END DESC"
        )
    };
}

queries! {
    /// By up to three keys.
    IMAGES = read "api.list_images" ("SELECT file.id, title, file_name, format, digest, width, height, focal_x, focal_y,
                focal_width, focal_height,
                CAST(COALESCE((SELECT " names_in_order " " tags_of_image "), '[]') AS TEXT) AS tags
         FROM image AS file " open " AND " of_ids "
           AND NOT EXISTS (SELECT 1 FROM " filters " WHERE NOT " image_filter ")
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END, CASE WHEN $5 = 'given' THEN " as_given " END,
                  " [by_key "$5" "id" "width" "height"] ", " [by_key "$6" "id" "width" "height"] ",
                  " [by_key "$7" "id" "width" "height"] ", file.id LIMIT $8 OFFSET $9");
    COUNT_IMAGES = read "api.count_images" ("SELECT COUNT(*) FROM image AS file " open " AND " of_ids "
           AND NOT EXISTS (SELECT 1 FROM " filters " WHERE NOT " image_filter ")");
    /// As of images.
    DOCUMENTS = read "api.list_documents" ("SELECT file.id, title, file_name,
                CAST(COALESCE((SELECT " names_in_order " " tags_of_document "), '[]') AS TEXT) AS tags
         FROM document AS file " open " AND " of_ids "
           AND NOT EXISTS (SELECT 1 FROM " filters " WHERE NOT " document_filter ")
         ORDER BY CASE WHEN $5 = 'random' THEN RANDOM() END, CASE WHEN $5 = 'given' THEN " as_given " END,
                  " [by_key "$5" "id"] ", " [by_key "$6" "id"] ", " [by_key "$7" "id"] ", file.id LIMIT $8 OFFSET $9");
    COUNT_DOCUMENTS = read "api.count_documents" ("SELECT COUNT(*) FROM document AS file " open " AND " of_ids "
           AND NOT EXISTS (SELECT 1 FROM " filters " WHERE NOT " document_filter ")");
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
