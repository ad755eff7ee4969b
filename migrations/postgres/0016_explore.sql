-- Lists of pages as editors see them: the children of one page, drafts included, in each order, a part at a time.
-- The order of the tree is what filters are read with: it has their columns.
CREATE INDEX page_explore_tree ON page (parent_id, path) INCLUDE (id, type, live, has_unpublished_changes, locale, owner_id,
    updated_at, publish_at, expire_at, alias_of, restricted);
CREATE INDEX page_explore_title ON page (parent_id, LOWER(draft_title), id);
CREATE INDEX page_explore_updated ON page (parent_id, updated_at, id);
CREATE INDEX page_explore_type ON page (parent_id, type, id);

-- The words of draft titles and slugs, for editors; what is in the trash is among them.
CREATE INDEX page_title_words ON page USING gin (
    to_tsvector('simple', REGEXP_REPLACE(draft_title || ' ' || slug, '[^[:alnum:]]+', ' ', 'g'))
) WITH (fastupdate = off);
