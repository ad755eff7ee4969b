//! What content refers to, of every kind, by one query however much there is of each: pages, snippets, images and
//! documents, as whoever works with them reads them. Who may see what of it, the callers ask.

use std::collections::{BTreeSet, HashMap};

use super::document::Document;
use super::stored_image::Image;
use crate::content::detail::Detail;
use crate::content::read::related::names;
use crate::content::read::{DocumentRow, ImageRow, PageRow, Related, Wants};
use crate::content::snippet::Snippet;
use crate::db::{Db, DbError, Record, Row};
use crate::{queries, sql_parts};

/// Of each kind that one answer refers to, and of what snippets refer to.
const MAX_REFERRED: usize = 2_000;
/// All of these together.
const MAX_ROWS: i64 = 10_000;

/// A file of the library with its tags, in order, and the path of its collection.
#[derive(Clone, Debug)]
pub struct Filed<F> {
    pub file: F,
    pub tags: Vec<String>,
    pub path: String,
}

enum Thing {
    Page(Box<Detail>),
    Snippet(Box<Snippet>),
    Image(Box<Filed<Image>>),
    Document(Box<Filed<Document>>),
}

fn filed<F: Record>(row: &Row) -> Result<Box<Filed<F>>, DbError> {
    Ok(Box::new(Filed { file: F::from_row(row)?, tags: names(&row.take::<String>("tags")?), path: row.take("path")? }))
}

impl Record for Thing {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(match row.take::<String>("kind")?.as_str() {
            "snippet" => Self::Snippet(Box::new(Snippet::from_row(row)?)),
            "image" => Self::Image(filed(row)?),
            "document" => Self::Document(filed(row)?),
            _ => Self::Page(Box::new(Detail::from_row(row)?)),
        })
    }
}

sql_parts! {
    names_in_order = "CAST(json_agg(tag.name ORDER BY tag.slug) AS TEXT)" sqlite "json_group_array(tag.name ORDER BY tag.slug)";
}

queries! {
    /// With $5 also what the snippets refer to. A row has the columns of its kind; what several kinds have is one column.
    LIST = read "api.list_referred" (
        "SELECT w.kind, w.id, COALESCE(p.type, s.type, '') AS type_name, COALESCE(p.title, i.title, d.title, '') AS title,
                COALESCE(p.slug, s.slug, '') AS slug, COALESCE(p.live, s.live, FALSE) AS live,
                COALESCE(p.has_unpublished_changes, s.has_unpublished_changes, FALSE) AS has_unpublished_changes,
                COALESCE(p.latest_revision_id, s.latest_revision_id) AS latest_revision_id,
                COALESCE(p.locale, s.locale, '') AS locale,
                COALESCE(p.translation_key, s.translation_key, '') AS translation_key,
                COALESCE(p.updated_at, s.updated_at, i.updated_at, d.updated_at) AS updated_at,
                COALESCE(p.path, c.path, '') AS path, COALESCE(p.restricted, c.restricted, FALSE) AS restricted,
                COALESCE(s.data, '{}') AS data, '{}' AS summary, CAST(NULL AS TEXT) AS draft,
                p.depth, p.parent_id, p.draft_title, p.url_path, p.seo_title, p.search_description, p.show_in_menus,
                p.live_revision_id, p.first_published_at, p.last_published_at, p.alias_of, p.trashed, p.owner_id,
                p.locked_at, p.locked_by, p.publish_at, p.expire_at,
                COALESCE(NULLIF(l.name, ''), l.username, '') AS locker, COALESCE(r.author, '') AS saved_by,
                r.created_at AS saved_at, s.name, CAST(1 AS BIGINT) AS total,
                COALESCE(i.uuid, d.uuid) AS uuid, COALESCE(i.file_key, d.file_key) AS file_key,
                COALESCE(i.file_name, d.file_name) AS file_name, COALESCE(i.size_bytes, d.size_bytes) AS size_bytes,
                COALESCE(i.digest, d.digest) AS digest, COALESCE(i.collection_id, d.collection_id) AS collection_id,
                COALESCE(i.created_at, d.created_at) AS created_at, COALESCE(i.uploaded_by, d.uploaded_by) AS uploaded_by,
                i.format, i.width, i.height, i.frames, i.focal_x, i.focal_y, i.focal_width, i.focal_height, i.focal_by,
                i.description,
                COALESCE(CASE w.kind
                    WHEN 'image' THEN (SELECT " names_in_order " FROM image_tag t JOIN tag ON tag.id = t.tag_id
                                       WHERE t.image_id = w.id)
                    WHEN 'document' THEN (SELECT " names_in_order " FROM document_tag t JOIN tag ON tag.id = t.tag_id
                                          WHERE t.document_id = w.id) END, '[]') AS tags
         FROM (SELECT 'page' AS kind, value AS id FROM " [numbers "$1" "page"] "
               UNION ALL SELECT 'snippet', value FROM " [numbers "$2" "snippet"] "
               UNION ALL SELECT 'image', value FROM " [numbers "$3" "image"] "
               UNION ALL SELECT 'document', value FROM " [numbers "$4" "document"] "
               UNION ALL SELECT kind, id FROM (
                   SELECT DISTINCT kind, target_id AS id FROM reference_index
                   WHERE $5 AND snippet_id " [any "$2"] " LIMIT $6) behind) w
         LEFT JOIN page p ON w.kind = 'page' AND p.id = w.id AND NOT p.trashed
         LEFT JOIN revision r ON r.id = p.latest_revision_id LEFT JOIN account l ON l.id = p.locked_by
         LEFT JOIN snippet s ON w.kind = 'snippet' AND s.id = w.id
         LEFT JOIN image i ON w.kind = 'image' AND i.id = w.id
         LEFT JOIN document d ON w.kind = 'document' AND d.id = w.id
         LEFT JOIN collection c ON c.id = COALESCE(i.collection_id, d.collection_id)
         WHERE COALESCE(p.id, s.id, i.id, d.id) IS NOT NULL LIMIT $7");
}

/// How far references are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Asked,
    /// Also what the snippets among them refer to.
    BehindSnippets,
}

/// What is there of it, by id; a page in the trash is not.
#[derive(Clone, Debug, Default)]
pub struct Referred {
    /// Without their content.
    pub pages: HashMap<i64, Detail>,
    /// What is live, or, of what was never published, its first draft.
    pub snippets: HashMap<i64, Snippet>,
    pub images: HashMap<i64, Filed<Image>>,
    pub documents: HashMap<i64, Filed<Document>>,
}

impl Referred {
    /// At most 2,000 of each kind, and as many behind snippets.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load(db: &Db, wants: &Wants, reach: Reach) -> Result<Self, DbError> {
        let mut found = Self::default();
        if wants.is_empty() {
            return Ok(found);
        }
        let ids = |set: &BTreeSet<i64>| set.iter().copied().take(MAX_REFERRED).collect::<Vec<i64>>();
        let call = db.query(&LIST).bind(ids(&wants.pages)).bind(ids(&wants.snippets)).bind(ids(&wants.images));
        let call = call.bind(ids(&wants.documents)).bind(reach == Reach::BehindSnippets);
        for thing in call.bind(MAX_REFERRED as i64).bind(MAX_ROWS).list::<Thing>().await? {
            match thing {
                Thing::Page(page) => drop(found.pages.insert(page.page.id, *page)),
                Thing::Snippet(snippet) => drop(found.snippets.insert(snippet.id, *snippet)),
                Thing::Image(image) => drop(found.images.insert(image.file.id, *image)),
                Thing::Document(document) => drop(found.documents.insert(document.file.id, *document)),
            }
        }
        Ok(found)
    }

    /// What is for everybody of it, as rich text needs it.
    pub fn open(&self) -> Related {
        let pages = self.pages.values().filter(|found| found.page.live && !found.page.restricted);
        let images = self.images.values().filter(|found| !found.file.restricted);
        let documents = self.documents.values().filter(|found| !found.file.restricted);
        Related {
            pages: pages.map(|found| (found.page.id, page_row(found))).collect(),
            snippets: HashMap::new(),
            images: images.map(|found| (found.file.id, image_row(found))).collect(),
            documents: documents.map(|found| (found.file.id, document_row(found))).collect(),
        }
    }
}

fn page_row(found: &Detail) -> PageRow {
    let page = found.page.clone();
    PageRow {
        id: page.id,
        type_name: page.type_name,
        title: page.title,
        slug: page.slug,
        url_path: page.url_path,
        path: page.path,
        seo_title: page.seo_title,
        search_description: page.search_description,
        show_in_menus: page.show_in_menus,
        first_published_at: page.first_published_at,
        alias_of: page.alias_of,
        parent_id: page.parent_id,
        locale: page.locale,
        fields: page.fields,
    }
}

fn image_row(found: &Filed<Image>) -> ImageRow {
    let image = &found.file;
    ImageRow {
        id: image.id,
        title: image.title.clone(),
        file_name: image.file_name.clone(),
        format: image.format.clone(),
        digest: image.digest.clone(),
        width: image.width,
        height: image.height,
        focal: [image.focal_x, image.focal_y, image.focal_width, image.focal_height],
        tags: found.tags.clone(),
    }
}

fn document_row(found: &Filed<Document>) -> DocumentRow {
    let document = &found.file;
    DocumentRow {
        id: document.id,
        title: document.title.clone(),
        file_name: document.file_name.clone(),
        tags: found.tags.clone(),
    }
}
