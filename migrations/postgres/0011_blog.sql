-- Lists of public pages are read from these indexes alone, in their order.
DROP INDEX page_listing;
DROP INDEX page_by_type;
CREATE INDEX page_public_children ON page (parent_id, type, first_published_at DESC, id DESC) WHERE live AND NOT restricted;
CREATE INDEX page_public_newest ON page (type, locale, first_published_at DESC, id DESC) WHERE live AND NOT restricted;
CREATE INDEX page_public_path ON page (path, url_path, last_published_at) WHERE live AND NOT restricted;
CREATE INDEX page_public_id ON page (id) INCLUDE (parent_id, type, first_published_at) WHERE live AND NOT restricted;
CREATE INDEX page_census ON page (type, live, trashed, depth);
