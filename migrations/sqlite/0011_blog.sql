-- Lists of public pages are read from these indexes alone, in their order. SQLite looks again at the columns of the
-- condition, so they are in the index too.
DROP INDEX page_listing;
DROP INDEX page_by_type;
CREATE INDEX page_public_children ON page (parent_id, type, first_published_at DESC, id DESC, live, restricted) WHERE live AND NOT restricted;
CREATE INDEX page_public_newest ON page (type, locale, first_published_at DESC, id DESC, live, restricted) WHERE live AND NOT restricted;
CREATE INDEX page_public_path ON page (path, url_path, last_published_at, live, restricted) WHERE live AND NOT restricted;
CREATE INDEX page_public_id ON page (id, parent_id, type, first_published_at, live, restricted) WHERE live AND NOT restricted;
CREATE INDEX page_census ON page (type, live, trashed, depth);
