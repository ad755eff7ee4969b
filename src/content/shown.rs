//! What a page shows beside its own content, by ids: links to pages (menu, breadcrumbs, translations, choosers, running
//! text), images, documents and embedded media. One query, however many there are of each.

use super::embed::{self, Embed};
use super::page::Link;
use super::privacy::Grant;
use super::tree;
use crate::db::{Db, DbError, Record, Row};
use crate::queries;

/// Links that one page shows.
const MAX_LINKS: i64 = 1_000;
/// Images, documents and embedded media, each, that one page shows.
const MAX_FILES: i64 = 2_000;

/// What a page asks for.
pub struct Wanted<'w> {
    /// The path of the page below which the menu is.
    pub menu_root: &'w str,
    /// Paths of pages in the tree.
    pub paths: Vec<String>,
    pub pages: Vec<i64>,
    /// Of the page's translations.
    pub translation_key: &'w str,
    pub grant: &'w Grant,
    pub images: Vec<i64>,
    pub documents: Vec<i64>,
    /// Addresses of embedded media.
    pub embeds: Vec<String>,
}

impl<'w> Wanted<'w> {
    /// Images and documents alone.
    pub fn files(images: Vec<i64>, documents: Vec<i64>, grant: &'w Grant) -> Self {
        Self {
            // No path of the tree begins so.
            menu_root: "-",
            paths: Vec::new(),
            pages: Vec::new(),
            translation_key: "",
            grant,
            images,
            documents,
            embeds: Vec::new(),
        }
    }
}

/// What is there of it.
#[derive(Default)]
pub struct Shown {
    /// In the order of the tree.
    pub links: Vec<Link>,
    pub images: Vec<ImageRow>,
    pub documents: Vec<DocumentRow>,
    pub embeds: Vec<Embed>,
}

/// An image as it is stored; the media library makes sense of it.
#[derive(Clone, Debug)]
pub struct ImageRow {
    pub id: i64,
    pub title: String,
    pub file_name: String,
    pub digest: String,
    pub format: String,
    pub description: String,
    pub width: i64,
    pub height: i64,
    /// x, y, width, height.
    pub focal: [Option<i64>; 4],
    /// Whether its collection is not for everybody.
    pub restricted: bool,
}

/// A document as pages show it.
#[derive(Clone, Debug)]
pub struct DocumentRow {
    pub id: i64,
    pub title: String,
    pub file_name: String,
    pub size_bytes: i64,
    /// Whether its collection is not for everybody.
    pub restricted: bool,
}

queries! {
    /// Columns are named by what they are in the first part.
    LIST = read "page.list_shown"
        "SELECT * FROM (
             SELECT 'page' AS kind, id, title, url_path, path, depth, parent_id, show_in_menus, locale, translation_key,
                    restricted AND $8 NOT LIKE '%,' || restriction_id || ',%' AS hidden, CAST(0 AS BIGINT) AS height,
                    CAST(NULL AS BIGINT) AS focal_x, CAST(NULL AS BIGINT) AS focal_y,
                    CAST(NULL AS BIGINT) AS focal_width, CAST(NULL AS BIGINT) AS focal_height,
                    '' AS author, '' AS frame_url, '' AS thumbnail_url
             FROM page WHERE live AND id IN (
                 SELECT id FROM page WHERE live AND show_in_menus AND path >= $1 AND path < $2 AND depth <= $3
                 UNION SELECT id FROM page WHERE path = ANY($4)
                 UNION SELECT UNNEST(CAST($5 AS BIGINT[]))
                 UNION SELECT id FROM page WHERE translation_key = $6 AND NOT restricted)
             ORDER BY path LIMIT $7) AS links
         UNION ALL SELECT * FROM (
             SELECT 'image', image.id, title, file_name, digest, width, CAST(NULL AS BIGINT), FALSE, format, description,
                    collection.restricted, height, focal_x, focal_y, focal_width, focal_height, '', '', ''
             FROM image JOIN collection ON collection.id = collection_id WHERE image.id = ANY($9) LIMIT $11) AS images
         UNION ALL SELECT * FROM (
             SELECT 'document', document.id, title, file_name, '', size_bytes, CAST(NULL AS BIGINT), FALSE, '', '',
                    collection.restricted, CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), '', '', ''
             FROM document JOIN collection ON collection.id = collection_id
             WHERE document.id = ANY($10) LIMIT $11) AS documents
         UNION ALL SELECT * FROM (
             SELECT 'embed', CAST(0 AS BIGINT), title, url, digest, width, CAST(NULL AS BIGINT), FALSE, provider, state,
                    FALSE, height, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
                    CAST(NULL AS BIGINT), author, frame_url, thumbnail_url
             FROM embed WHERE digest = ANY($12) LIMIT $11) AS embeds"
        sqlite
        "SELECT * FROM (
             SELECT 'page' AS kind, id, title, url_path, path, depth, parent_id, show_in_menus, locale, translation_key,
                    restricted AND $8 NOT LIKE '%,' || restriction_id || ',%' AS hidden, 0 AS height,
                    NULL AS focal_x, NULL AS focal_y, NULL AS focal_width, NULL AS focal_height,
                    '' AS author, '' AS frame_url, '' AS thumbnail_url
             FROM page WHERE live AND id IN (
                 SELECT id FROM page WHERE live AND show_in_menus AND path >= $1 AND path < $2 AND depth <= $3
                 UNION SELECT id FROM page WHERE path IN (SELECT value FROM json_each($4))
                 UNION SELECT value FROM json_each($5)
                 UNION SELECT id FROM page WHERE translation_key = $6 AND NOT restricted)
             ORDER BY path LIMIT $7)
         UNION ALL SELECT * FROM (
             SELECT 'image', image.id, title, file_name, digest, width, NULL, FALSE, format, description,
                    collection.restricted, height, focal_x, focal_y, focal_width, focal_height, '', '', ''
             FROM image JOIN collection ON collection.id = collection_id
             WHERE image.id IN (SELECT value FROM json_each($9)) LIMIT $11)
         UNION ALL SELECT * FROM (
             SELECT 'document', document.id, title, file_name, '', size_bytes, NULL, FALSE, '', '',
                    collection.restricted, 0, NULL, NULL, NULL, NULL, '', '', ''
             FROM document JOIN collection ON collection.id = collection_id
             WHERE document.id IN (SELECT value FROM json_each($10)) LIMIT $11)
         UNION ALL SELECT * FROM (
             SELECT 'embed', 0, title, url, digest, width, NULL, FALSE, provider, state, FALSE, height,
                    NULL, NULL, NULL, NULL, author, frame_url, thumbnail_url
             FROM embed WHERE digest IN (SELECT value FROM json_each($12)) LIMIT $11)";
}

/// One row of any kind.
enum Thing {
    Link(Link),
    Image(ImageRow),
    Document(DocumentRow),
    Embed(Box<Embed>),
}

impl Record for Thing {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let text = |column| row.take::<String>(column);
        let (id, title, name) = (row.take("id")?, text("title")?, text("url_path")?);
        let hidden = row.take("hidden")?;
        // Only embedded media may have no size.
        let depth = row.take::<Option<i64>>("depth")?;
        let height = row.take::<Option<i64>>("height")?;
        Ok(match text("kind")?.as_str() {
            "image" => Self::Image(ImageRow {
                id,
                title,
                file_name: name,
                digest: text("path")?,
                format: text("locale")?,
                description: text("translation_key")?,
                width: depth.unwrap_or_default(),
                height: height.unwrap_or_default(),
                focal: [
                    row.take("focal_x")?,
                    row.take("focal_y")?,
                    row.take("focal_width")?,
                    row.take("focal_height")?,
                ],
                restricted: hidden,
            }),
            "document" => Self::Document(DocumentRow {
                id,
                title,
                file_name: name,
                size_bytes: depth.unwrap_or_default(),
                restricted: hidden,
            }),
            "embed" => Self::Embed(Box::new(Embed {
                digest: text("path")?,
                url: name,
                provider: text("locale")?,
                state: text("translation_key")?,
                title,
                author: text("author")?,
                frame_url: text("frame_url")?,
                thumbnail_url: text("thumbnail_url")?,
                width: depth,
                height,
                ..Embed::default()
            })),
            _ => Self::Link(Link {
                id,
                title,
                url_path: name,
                path: text("path")?,
                depth: depth.unwrap_or_default(),
                parent_id: row.take("parent_id")?,
                show_in_menus: row.take("show_in_menus")?,
                locale: text("locale")?,
                translation_key: text("translation_key")?,
                hidden,
            }),
        })
    }
}

pub async fn list(db: &Db, wanted: Wanted<'_>) -> Result<Shown, DbError> {
    let depth = (wanted.menu_root.len() / tree::STEP) as i64 + super::page::MENU_DEPTH;
    let call = db.query(&LIST).bind(wanted.menu_root).bind(tree::after_subtree(wanted.menu_root)).bind(depth);
    let call = call.bind(wanted.paths).bind(wanted.pages).bind(wanted.translation_key).bind(MAX_LINKS);
    let call = call.bind(wanted.grant.list()).bind(wanted.images).bind(wanted.documents).bind(MAX_FILES);
    let call = call.bind(wanted.embeds.iter().map(|url| embed::digest(url)).collect::<Vec<_>>());
    let mut shown = Shown::default();
    for thing in call.list::<Thing>().await? {
        match thing {
            Thing::Link(link) => shown.links.push(link),
            Thing::Image(image) => shown.images.push(image),
            Thing::Document(document) => shown.documents.push(document),
            Thing::Embed(embed) => shown.embeds.push(*embed),
        }
    }
    // The parts of a union come in no order.
    shown.links.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(shown)
}
