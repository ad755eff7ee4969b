//! Live pages by their ids.

use super::Opened;
use super::pages::{PageRow, Wanted};
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Pages that one request names, or finds by words.
const MAX_PAGES: i64 = 1_000;
/// Places that one request names.
const MAX_PLACES: i64 = 8;

record! {
    /// A live page that others are looked for around.
    #[derive(Clone, Debug)]
    pub struct Place { pub id: i64, pub path: String, pub translation_key: String, pub visible: bool }
}

queries! {
    /// As `api.list_pages`, of these alone: read by their ids, and from no index of paths.
    BY_IDS = read "api.list_pages_by_ids"
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path || '' >= $1 AND path || '' < $2 AND EXISTS (SELECT 1 FROM UNNEST(CAST($3 AS TEXT[])) AS root
                 (path) WHERE page.path >= root.path AND page.path < root.path || '[')
             AND ($6 OR type = ANY($5))
             AND id = ANY($13) AND ($14 OR TRUE) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($12 AS json)) AS f (value) WHERE NOT COALESCE(CASE
                 f.value ->> 'how'
                 WHEN 'column' THEN f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(page.id AS TEXT)
                     WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> 'value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> 'name' AND r.target_id = CAST(f.value ->> 'value' AS BIGINT))
                 WHEN 'long' THEN f.value ->> 'value' = CAST(page.data AS json) ->> (f.value ->> 'name')
                 ELSE f.value ->> 'value' = CAST(page.summary AS json) ->> (f.value ->> 'name')
                 END, FALSE))
         ORDER BY path || '' LIMIT $16 OFFSET $17"
        sqlite
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
             AND path || '' >= $1 AND path || '' < $2 AND EXISTS (SELECT 1 FROM json_each($3) root WHERE page.path >=
                 root.value AND page.path < root.value || '[')
             AND ($6 OR type IN (SELECT value FROM json_each($5)))
             AND id IN (SELECT value FROM json_each($13)) AND ($14 OR TRUE) AND ($7 = 0 OR parent_id = $7)
             AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
             AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
             AND NOT EXISTS (SELECT 1 FROM json_each($12) f WHERE NOT COALESCE(CASE f.value ->> '$.how'
                 WHEN 'column' THEN f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(page.id AS
                     TEXT) WHEN 'title' THEN page.title
                     WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description' THEN
                         page.search_description
                     WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                     WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of AS
                         TEXT) END
                 WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                     WHERE t.page_id = page.id AND tag.name = f.value ->> '$.value')
                 WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind =
                     'snippet'
                     AND r.field = f.value ->> '$.name' AND r.target_id = CAST(f.value ->> '$.value' AS INTEGER))
                 WHEN 'long' THEN f.value ->> '$.value' = CASE json_type(page.data, '$.' || (f.value ->> '$.name'))
                     WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.data ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 ELSE f.value ->> '$.value' = CASE json_type(page.summary, '$.' || (f.value ->> '$.name')) WHEN 'true'
                     THEN 'true' WHEN 'false' THEN 'false'
                     ELSE CAST(page.summary ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                 END, FALSE))
         ORDER BY path || '' LIMIT $16 OFFSET $17";
    PLACES = read "api.list_places"
        "SELECT id, path, translation_key,
                NOT restricted OR $2 = '*' OR $2 LIKE '%,' || restriction_id || ',%' AS visible
         FROM page WHERE id = ANY($1) AND live LIMIT $3"
        sqlite
        "SELECT id, path, translation_key,
                NOT restricted OR $2 = '*' OR $2 LIKE '%,' || restriction_id || ',%' AS visible
         FROM page WHERE id IN (SELECT value FROM json_each($1)) AND live LIMIT $3";
}

/// Those of [`Wanted::ids`] that are as wanted, in the order of the tree.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, wanted: &Wanted) -> Result<Vec<PageRow>, DbError> {
    let call = wanted.call(db, &BY_IDS).bind(wanted.fields.word()).bind(MAX_PAGES).bind(0);
    call.list().await
}

/// Pages that others are looked for around.
///
/// # Errors
/// When the database is out of reach.
pub async fn places(db: &Db, ids: Vec<i64>, opened: &Opened) -> Result<Vec<Place>, DbError> {
    db.query(&PLACES).bind(ids).bind(&opened.pages).bind(MAX_PLACES).list().await
}
