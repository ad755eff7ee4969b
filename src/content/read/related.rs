//! What pages refer to, by ids: pages, snippets, images and documents, as programs read them. One query, however many
//! there are of each.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{Opened, PageRow};
use crate::content::page::json_object;
use crate::db::{Db, DbError, Record, Row};
use crate::queries;

/// Of each kind that one answer refers to.
const MAX_RELATED: i64 = 2_000;

#[derive(Clone, Debug)]
pub struct SnippetRow {
    pub id: i64,
    pub type_name: String,
    pub name: String,
    pub slug: String,
    pub fields: Map<String, Value>,
}

/// An image as it is stored; the media library makes sense of it.
#[derive(Clone, Debug)]
pub struct ImageRow {
    pub id: i64,
    pub title: String,
    pub file_name: String,
    pub format: String,
    pub digest: String,
    pub width: i64,
    pub height: i64,
    /// x, y, width, height.
    pub focal: [Option<i64>; 4],
    /// In order.
    pub tags: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct DocumentRow {
    pub id: i64,
    pub title: String,
    pub file_name: String,
    /// In order.
    pub tags: Vec<String>,
}

/// A JSON list of names.
pub fn names(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

enum Thing {
    Page(Box<PageRow>),
    Snippet(SnippetRow),
    Image(Box<ImageRow>),
    Document(DocumentRow),
}

impl Record for Thing {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let text = |column| row.take::<String>(column);
        let id = row.take("id")?;
        Ok(match text("kind")?.as_str() {
            "snippet" => Self::Snippet(SnippetRow {
                id,
                type_name: text("type_name")?,
                name: text("title")?,
                slug: text("slug")?,
                fields: json_object(&text("data")?),
            }),
            "image" => Self::Image(Box::new(ImageRow {
                id,
                title: text("title")?,
                file_name: text("url_path")?,
                format: text("type_name")?,
                digest: text("slug")?,
                width: row.take("width")?,
                height: row.take("height")?,
                focal: [
                    row.take("focal_x")?,
                    row.take("focal_y")?,
                    row.take("focal_width")?,
                    row.take("focal_height")?,
                ],
                tags: names(&text("data")?),
            })),
            "document" => Self::Document(DocumentRow {
                id,
                title: text("title")?,
                file_name: text("url_path")?,
                tags: names(&text("data")?),
            }),
            _ => Self::Page(Box::new(PageRow::from_row(row)?)),
        })
    }
}

queries! {
    /// Columns are named by what they are in the first part. Live or published, and open to the viewer.
    LIST = read "api.list_related"
        "SELECT * FROM (
             SELECT 'page' AS kind, id, type AS type_name, title, slug, url_path, path, seo_title, search_description,
                    show_in_menus, first_published_at, alias_of, parent_id, locale,
                    CASE WHEN $8 THEN data ELSE '{}' END AS data, CAST(0 AS BIGINT) AS width, CAST(0 AS BIGINT) AS
                        height,
                    CAST(NULL AS BIGINT) AS focal_x, CAST(NULL AS BIGINT) AS focal_y, CAST(NULL AS BIGINT) AS
                        focal_width,
                    CAST(NULL AS BIGINT) AS focal_height
             FROM page WHERE id = ANY($1) AND live
                 AND (NOT restricted OR $2 = '*' OR $2 LIKE '%,' || restriction_id || ',%') LIMIT $7) pages
         UNION ALL SELECT * FROM (
             SELECT 'snippet', id, type, name, slug, '', '', '', '', FALSE, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), locale, data, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM snippet WHERE id = ANY($3) AND live LIMIT $7) snippets
         UNION ALL SELECT * FROM (
             SELECT 'image', image.id, format, title, digest, file_name, description, '', '', FALSE, CAST(NULL AS
                 BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), '',
                    CAST(COALESCE((SELECT json_agg(tag.name ORDER BY tag.name COLLATE \"C\") FROM image_tag t
                        JOIN tag ON tag.id = t.tag_id WHERE t.image_id = image.id), '[]') AS TEXT),
                    width, height, focal_x, focal_y, focal_width, focal_height
             FROM image JOIN collection ON collection.id = collection_id
             WHERE image.id = ANY($4)
                 AND (NOT collection.restricted OR $6 = '*' OR $6 LIKE '%,' || collection.id || ',%') LIMIT $7) images
         UNION ALL SELECT * FROM (
             SELECT 'document', document.id, '', title, '', file_name, '', '', '', FALSE, CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), '',
                    CAST(COALESCE((SELECT json_agg(tag.name ORDER BY tag.name COLLATE \"C\") FROM document_tag t
                        JOIN tag ON tag.id = t.tag_id WHERE t.document_id = document.id), '[]') AS TEXT),
                    CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM document JOIN collection ON collection.id = collection_id
             WHERE document.id = ANY($5)
                 AND (NOT collection.restricted OR $6 = '*' OR $6 LIKE '%,' || collection.id || ',%') LIMIT $7)
                     documents"
        sqlite
        "SELECT * FROM (
             SELECT 'page' AS kind, id, type AS type_name, title, slug, url_path, path, seo_title, search_description,
                    show_in_menus, first_published_at, alias_of, parent_id, locale,
                    CASE WHEN $8 THEN data ELSE '{}' END AS data, CAST(0 AS BIGINT) AS width, CAST(0 AS BIGINT) AS
                        height,
                    CAST(NULL AS BIGINT) AS focal_x, CAST(NULL AS BIGINT) AS focal_y, CAST(NULL AS BIGINT) AS
                        focal_width,
                    CAST(NULL AS BIGINT) AS focal_height
             FROM page WHERE id IN (SELECT value FROM json_each($1)) AND live
                 AND (NOT restricted OR $2 = '*' OR $2 LIKE '%,' || restriction_id || ',%') LIMIT $7) pages
         UNION ALL SELECT * FROM (
             SELECT 'snippet', id, type, name, slug, '', '', '', '', FALSE, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), locale, data, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM snippet WHERE id IN (SELECT value FROM json_each($3)) AND live LIMIT $7) snippets
         UNION ALL SELECT * FROM (
             SELECT 'image', image.id, format, title, digest, file_name, description, '', '', FALSE, CAST(NULL AS
                 BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), '',
                    COALESCE((SELECT json_group_array(tag.name ORDER BY tag.name) FROM image_tag t
                        JOIN tag ON tag.id = t.tag_id WHERE t.image_id = image.id), '[]'),
                    width, height, focal_x, focal_y, focal_width, focal_height
             FROM image JOIN collection ON collection.id = collection_id
             WHERE image.id IN (SELECT value FROM json_each($4))
                 AND (NOT collection.restricted OR $6 = '*' OR $6 LIKE '%,' || collection.id || ',%') LIMIT $7) images
         UNION ALL SELECT * FROM (
             SELECT 'document', document.id, '', title, '', file_name, '', '', '', FALSE, CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), '',
                    COALESCE((SELECT json_group_array(tag.name ORDER BY tag.name) FROM document_tag t
                        JOIN tag ON tag.id = t.tag_id WHERE t.document_id = document.id), '[]'),
                    CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM document JOIN collection ON collection.id = collection_id
             WHERE document.id IN (SELECT value FROM json_each($5))
                 AND (NOT collection.restricted OR $6 = '*' OR $6 LIKE '%,' || collection.id || ',%') LIMIT $7)
                     documents";
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    pub pages: BTreeSet<i64>,
    pub snippets: BTreeSet<i64>,
    pub images: BTreeSet<i64>,
    pub documents: BTreeSet<i64>,
    /// Whether the fields of pages are wanted too.
    pub with_fields: bool,
}

impl Wants {
    /// Leaves out what is there already.
    pub fn leave_out(&mut self, known: &Related) {
        self.pages.retain(|id| !known.pages.contains_key(id));
        self.snippets.retain(|id| !known.snippets.contains_key(id));
        self.images.retain(|id| !known.images.contains_key(id));
        self.documents.retain(|id| !known.documents.contains_key(id));
    }

    pub fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.snippets.is_empty() && self.images.is_empty() && self.documents.is_empty()
    }
}

/// What is there of it, by id.
#[derive(Clone, Debug, Default)]
pub struct Related {
    pub pages: HashMap<i64, PageRow>,
    pub snippets: HashMap<i64, SnippetRow>,
    pub images: HashMap<i64, ImageRow>,
    pub documents: HashMap<i64, DocumentRow>,
}

impl Related {
    /// Adds what is asked for.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load(&mut self, db: &Db, wants: &Wants, opened: &Opened) -> Result<(), DbError> {
        if wants.is_empty() {
            return Ok(());
        }
        let ids = |set: &BTreeSet<i64>| set.iter().copied().collect::<Vec<i64>>();
        let call = db.query(&LIST).bind(ids(&wants.pages)).bind(&opened.pages).bind(ids(&wants.snippets));
        let call = call.bind(ids(&wants.images)).bind(ids(&wants.documents)).bind(&opened.collections);
        for thing in call.bind(MAX_RELATED).bind(wants.with_fields).list::<Thing>().await? {
            match thing {
                Thing::Page(page) => drop(self.pages.insert(page.id, *page)),
                Thing::Snippet(snippet) => drop(self.snippets.insert(snippet.id, snippet)),
                Thing::Image(image) => drop(self.images.insert(image.id, *image)),
                Thing::Document(document) => drop(self.documents.insert(document.id, document)),
            }
        }
        Ok(())
    }
}
