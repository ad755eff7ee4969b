//! Lists of live pages in another order than that of the tree.

use super::pages::{Key, MAX_KEYS, Order, PageRow, Wanted};
use crate::db::{Db, DbError};
use crate::queries;

queries! {
    /// In another order: by up to three keys, each a column or a short field of the document.
    ORDERED = read "api.list_pages_ordered"
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM (SELECT page.*,
                 RANDOM() AS chance,
                 CASE WHEN $19 LIKE 'text%' THEN CASE $18 WHEN 'title' THEN title WHEN 'slug' THEN slug
                     WHEN 'seo_title' THEN seo_title WHEN 'search_description' THEN search_description
                     ELSE CAST(summary AS json) ->> CAST($18 AS TEXT) END END AS text_1,
                 CASE WHEN $19 LIKE 'number%' THEN CASE $18 WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at
                     WHEN 'show_in_menus' THEN CASE WHEN show_in_menus THEN 1 ELSE 0 END
                     ELSE CAST(CAST(summary AS json) ->> CAST($18 AS TEXT) AS NUMERIC) END END AS number_1,
                 CASE WHEN $21 LIKE 'text%' THEN CASE $20 WHEN 'title' THEN title WHEN 'slug' THEN slug
                     WHEN 'seo_title' THEN seo_title WHEN 'search_description' THEN search_description
                     ELSE CAST(summary AS json) ->> CAST($20 AS TEXT) END END AS text_2,
                 CASE WHEN $21 LIKE 'number%' THEN CASE $20 WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at
                     WHEN 'show_in_menus' THEN CASE WHEN show_in_menus THEN 1 ELSE 0 END
                     ELSE CAST(CAST(summary AS json) ->> CAST($20 AS TEXT) AS NUMERIC) END END AS number_2,
                 CASE WHEN $23 LIKE 'text%' THEN CASE $22 WHEN 'title' THEN title WHEN 'slug' THEN slug
                     WHEN 'seo_title' THEN seo_title WHEN 'search_description' THEN search_description
                     ELSE CAST(summary AS json) ->> CAST($22 AS TEXT) END END AS text_3,
                 CASE WHEN $23 LIKE 'number%' THEN CASE $22 WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at
                     WHEN 'show_in_menus' THEN CASE WHEN show_in_menus THEN 1 ELSE 0 END
                     ELSE CAST(CAST(summary AS json) ->> CAST($22 AS TEXT) AS NUMERIC) END END AS number_3
             FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
                 AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM UNNEST(CAST($3 AS TEXT[])) AS root (path)
                     WHERE page.path >= root.path AND page.path < root.path || '[')
                 AND ($6 OR type = ANY($5))
                 AND ($14 OR id = ANY($13)) AND ($7 = 0 OR parent_id = $7)
                 AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
                 AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
                 AND NOT EXISTS (SELECT 1 FROM json_array_elements(CAST($12 AS json)) AS f (value) WHERE NOT
                     COALESCE(CASE f.value ->> 'how'
                     WHEN 'column' THEN f.value ->> 'value' = CASE f.value ->> 'name' WHEN 'id' THEN CAST(page.id AS
                         TEXT) WHEN 'title' THEN page.title
                         WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description'
                             THEN page.search_description
                         WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                         WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of
                             AS TEXT) END
                     WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                         WHERE t.page_id = page.id AND tag.name = f.value ->> 'value')
                     WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind
                         = 'snippet'
                         AND r.field = f.value ->> 'name' AND r.target_id = CAST(f.value ->> 'value' AS BIGINT))
                     WHEN 'long' THEN f.value ->> 'value' = CAST(page.data AS json) ->> (f.value ->> 'name')
                     ELSE f.value ->> 'value' = CAST(page.summary AS json) ->> (f.value ->> 'name')
                     END, FALSE))) AS page
         ORDER BY CASE WHEN $19 = 'random' THEN chance END,
                  CASE WHEN $19 = 'text' THEN text_1 COLLATE \"C\" END,
                  CASE WHEN $19 = 'text desc' THEN text_1 COLLATE \"C\" END DESC,
                  CASE WHEN $19 = 'number' THEN number_1 END, CASE WHEN $19 = 'number desc' THEN number_1 END DESC,
                  CASE WHEN $21 = 'text' THEN text_2 COLLATE \"C\" END,
                  CASE WHEN $21 = 'text desc' THEN text_2 COLLATE \"C\" END DESC,
                  CASE WHEN $21 = 'number' THEN number_2 END, CASE WHEN $21 = 'number desc' THEN number_2 END DESC,
                  CASE WHEN $23 = 'text' THEN text_3 COLLATE \"C\" END,
                  CASE WHEN $23 = 'text desc' THEN text_3 COLLATE \"C\" END DESC,
                  CASE WHEN $23 = 'number' THEN number_3 END, CASE WHEN $23 = 'number desc' THEN number_3 END DESC,
                  path LIMIT $16 OFFSET $17"
        sqlite
        "SELECT id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
                first_published_at, alias_of, parent_id, locale, CASE $15 WHEN 'all' THEN data WHEN 'short' THEN
                    summary ELSE '{}' END AS data
         FROM (SELECT page.*,
                 RANDOM() AS chance,
                 CASE $18 WHEN 'title' THEN title WHEN 'slug' THEN slug WHEN 'seo_title' THEN seo_title
                     WHEN 'search_description' THEN search_description WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at WHEN 'show_in_menus' THEN show_in_menus
                     WHEN '' THEN NULL ELSE CASE WHEN $19 LIKE 'text%' THEN CAST(summary ->> ('$.' || $18) AS TEXT)
                         ELSE CAST(summary ->> ('$.' || $18) AS NUMERIC) END END AS key_1,
                 CASE $20 WHEN 'title' THEN title WHEN 'slug' THEN slug WHEN 'seo_title' THEN seo_title
                     WHEN 'search_description' THEN search_description WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at WHEN 'show_in_menus' THEN show_in_menus
                     WHEN '' THEN NULL ELSE CASE WHEN $21 LIKE 'text%' THEN CAST(summary ->> ('$.' || $20) AS TEXT)
                         ELSE CAST(summary ->> ('$.' || $20) AS NUMERIC) END END AS key_2,
                 CASE $22 WHEN 'title' THEN title WHEN 'slug' THEN slug WHEN 'seo_title' THEN seo_title
                     WHEN 'search_description' THEN search_description WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                     WHEN 'first_published_at' THEN first_published_at WHEN 'show_in_menus' THEN show_in_menus
                     WHEN '' THEN NULL ELSE CASE WHEN $23 LIKE 'text%' THEN CAST(summary ->> ('$.' || $22) AS TEXT)
                         ELSE CAST(summary ->> ('$.' || $22) AS NUMERIC) END END AS key_3
             FROM page WHERE live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
                 AND path >= $1 AND path < $2 AND EXISTS (SELECT 1 FROM json_each($3) root WHERE page.path >=
                     root.value AND page.path < root.value || '[')
                 AND ($6 OR type IN (SELECT value FROM json_each($5)))
                 AND ($14 OR id IN (SELECT value FROM json_each($13))) AND ($7 = 0 OR parent_id = $7)
                 AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
                 AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
                 AND NOT EXISTS (SELECT 1 FROM json_each($12) f WHERE NOT COALESCE(CASE f.value ->> '$.how'
                     WHEN 'column' THEN f.value ->> '$.value' = CASE f.value ->> '$.name' WHEN 'id' THEN CAST(page.id
                         AS TEXT) WHEN 'title' THEN page.title
                         WHEN 'slug' THEN page.slug WHEN 'seo_title' THEN page.seo_title WHEN 'search_description'
                             THEN page.search_description
                         WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                         WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT) ELSE CAST(page.alias_of
                             AS TEXT) END
                     WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                         WHERE t.page_id = page.id AND tag.name = f.value ->> '$.value')
                     WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r WHERE r.page_id = page.id AND r.kind
                         = 'snippet'
                         AND r.field = f.value ->> '$.name' AND r.target_id = CAST(f.value ->> '$.value' AS INTEGER))
                     WHEN 'long' THEN f.value ->> '$.value' = CASE json_type(page.data, '$.' || (f.value ->>
                         '$.name')) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                         ELSE CAST(page.data ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                     ELSE f.value ->> '$.value' = CASE json_type(page.summary, '$.' || (f.value ->> '$.name')) WHEN
                         'true' THEN 'true' WHEN 'false' THEN 'false'
                         ELSE CAST(page.summary ->> ('$.' || (f.value ->> '$.name')) AS TEXT) END
                     END, FALSE))) AS page
         ORDER BY CASE WHEN $19 = 'random' THEN chance END,
                  CASE WHEN $19 NOT LIKE '%desc' THEN key_1 END, CASE WHEN $19 LIKE '%desc' THEN key_1 END DESC,
                  CASE WHEN $21 NOT LIKE '%desc' THEN key_2 END, CASE WHEN $21 LIKE '%desc' THEN key_2 END DESC,
                  CASE WHEN $23 NOT LIKE '%desc' THEN key_3 END, CASE WHEN $23 LIKE '%desc' THEN key_3 END DESC,
                  path LIMIT $16 OFFSET $17";
}

/// A part of the pages, in this order.
pub(super) async fn list(
    db: &Db,
    wanted: &Wanted,
    order: &Order,
    limit: i64,
    offset: i64,
) -> Result<Vec<PageRow>, DbError> {
    let how = |key: &Key| match (key.is_number, key.descending) {
        (false, false) => "text",
        (false, true) => "text desc",
        (true, false) => "number",
        (true, true) => "number desc",
    };
    let keys: Vec<(&str, &str)> = match order {
        Order::Tree => Vec::new(),
        Order::Random => vec![("", "random")],
        Order::Keys(keys) => keys.iter().map(|key| (key.name.as_str(), how(key))).collect(),
    };
    let call = wanted.call(db, &ORDERED).bind(wanted.fields.word()).bind(limit).bind(offset);
    let keys = keys.into_iter().chain(std::iter::repeat(("", ""))).take(MAX_KEYS);
    keys.fold(call, |call, (name, how)| call.bind(name).bind(how)).list().await
}
