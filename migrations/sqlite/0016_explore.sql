-- Lists of pages as editors see them: the children of one page, drafts included, in each order, a part at a time.
-- The order of the tree is what filters are read with: it has their columns.
CREATE INDEX page_explore_tree ON page (parent_id, path, type, live, has_unpublished_changes, locale, owner_id,
    updated_at, publish_at, expire_at, alias_of, restricted);
CREATE INDEX page_explore_title ON page (parent_id, LOWER(draft_title), id);
CREATE INDEX page_explore_updated ON page (parent_id, updated_at, id);
CREATE INDEX page_explore_type ON page (parent_id, type, id);

-- The words of draft titles and slugs, for editors; what is in the trash is among them.
CREATE VIRTUAL TABLE page_title USING fts5 (title, slug, content = '', contentless_delete = 1, detail = 'none', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO page_title (rowid, title, slug) SELECT id, draft_title, slug FROM page WHERE id > 1;
CREATE TRIGGER page_title_added AFTER INSERT ON page BEGIN
    INSERT INTO page_title (rowid, title, slug) VALUES (new.id, new.draft_title, new.slug);
END;
CREATE TRIGGER page_title_changed AFTER UPDATE OF draft_title, slug ON page
WHEN old.draft_title <> new.draft_title OR old.slug <> new.slug BEGIN
    DELETE FROM page_title WHERE rowid = old.id;
    INSERT INTO page_title (rowid, title, slug) VALUES (new.id, new.draft_title, new.slug);
END;
CREATE TRIGGER page_title_removed AFTER DELETE ON page BEGIN
    DELETE FROM page_title WHERE rowid = old.id;
END;
