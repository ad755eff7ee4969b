//! What the statements about lists of pages share. $1 to $14 are bound by [`super::Wanted`]: a range of paths, the roots of
//! the site, what is open, types, parent, page below, translations, language, filters and ids; $15 says which fields.

use crate::sql_parts;

sql_parts! {
    /// Of a [`super::PageRow`].
    page_columns = "id, type AS type_name, title, slug, url_path, path, seo_title, search_description, show_in_menus,
        first_published_at, alias_of, parent_id, locale,
        CASE $15 WHEN 'all' THEN data WHEN 'short' THEN summary ELSE '{}' END AS data";
    /// What is behind a range of paths, a parent or ids. Filters are one JSON list of how, name and value.
    wanted = ("live AND (NOT restricted OR $4 = '*' OR $4 LIKE '%,' || restriction_id || ',%')
         AND EXISTS (SELECT 1 FROM " [texts "$3" "root"] " WHERE page.path >= root.value AND page.path < root.value || '[')
         AND ($6 OR type " [any "$5"] ")
         AND ($8 = '' OR (path <> $8 AND SUBSTR($8, 1, LENGTH(path)) = path))
         AND ($9 = '' OR (translation_key = $9 AND id <> $10)) AND ($11 = '' OR locale = $11)
         AND NOT EXISTS (SELECT 1 FROM " filters " WHERE NOT COALESCE(CASE f.value ->> 'how'
             WHEN 'column' THEN f.value ->> 'value' = CASE f.value ->> 'name'
                 WHEN 'id' THEN CAST(page.id AS TEXT)
                 WHEN 'title' THEN page.title
                 WHEN 'slug' THEN page.slug
                 WHEN 'seo_title' THEN page.seo_title
                 WHEN 'search_description' THEN page.search_description
                 WHEN 'show_in_menus' THEN CASE WHEN page.show_in_menus THEN 'true' ELSE 'false' END
                 WHEN 'first_published_at' THEN CAST(page.first_published_at AS TEXT)
                 ELSE CAST(page.alias_of AS TEXT) END
             WHEN 'tag' THEN EXISTS (SELECT 1 FROM page_tag t JOIN tag ON tag.id = t.tag_id
                 WHERE t.page_id = page.id AND tag.name = f.value ->> 'value')
             WHEN 'snippets' THEN EXISTS (SELECT 1 FROM page_reference r
                 WHERE r.page_id = page.id AND r.kind = 'snippet' AND r.field = f.value ->> 'name'
                   AND r.target_id = CAST(f.value ->> 'value' AS BIGINT))
             WHEN 'number' THEN CAST(f.value ->> 'value' AS NUMERIC)
                 = CAST(" summary_json " ->> (f.value ->> 'name') AS NUMERIC)
             WHEN 'flag' THEN f.value ->> 'value' = COALESCE(" short_field ", 'false')
             WHEN 'long' THEN f.value ->> 'value' = " long_field "
             ELSE f.value ->> 'value' = " short_field " END, FALSE))");
    /// Of nothing but the place in the tree.
    in_range = "path >= $1 AND path < $2";
    filters = "json_array_elements(CAST($12 AS json)) AS f (value)" sqlite "json_each($12) AS f";
    /// Booleans as JSON writes them.
    long_field = "CAST(page.data AS json) ->> (f.value ->> 'name')"
        sqlite "CASE json_type(page.data, '$.' || (f.value ->> 'name')) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
            ELSE CAST(page.data ->> (f.value ->> 'name') AS TEXT) END";
    short_field = "CAST(page.summary AS json) ->> (f.value ->> 'name')"
        sqlite "CASE json_type(page.summary, '$.' || (f.value ->> 'name')) WHEN 'true' THEN 'true'
            WHEN 'false' THEN 'false' ELSE CAST(page.summary ->> (f.value ->> 'name') AS TEXT) END";
    summary_json = "CAST(summary AS json)" sqlite "summary";
    /// As Wagtail's databases order texts.
    by_bytes = "COLLATE \"C\"" sqlite "COLLATE BINARY";
}
