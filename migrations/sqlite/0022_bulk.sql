-- Work on many pages or files at once: who asked for what, and how it went with each.
CREATE TABLE bulk (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- page, image or document.
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    -- The page below which, or the collection into which they go.
    target_id BIGINT,
    -- What else the action takes: a position, tags.
    detail TEXT NOT NULL DEFAULT '',
    -- Where whoever asked came from.
    back TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    cancelled_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX bulk_created ON bulk (created_at);

CREATE TABLE bulk_item (
    bulk_id BIGINT NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    -- From 1: they are done in this order.
    place BIGINT NOT NULL,
    object_id BIGINT NOT NULL,
    -- As it was called when it was chosen.
    title TEXT NOT NULL,
    -- Begun: a worker may have done it, and had no time to say so.
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'begun', 'done', 'refused', 'failed', 'cancelled')),
    attempts BIGINT NOT NULL DEFAULT 0,
    -- What was done, or why not.
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (bulk_id, place)
);

-- Who added a file: whoever may only add may change and delete what is theirs.
ALTER TABLE image ADD COLUMN uploaded_by BIGINT REFERENCES account (id) ON DELETE SET NULL;
ALTER TABLE document ADD COLUMN uploaded_by BIGINT REFERENCES account (id) ON DELETE SET NULL;
CREATE INDEX image_uploaded_by ON image (uploaded_by, id DESC) WHERE uploaded_by IS NOT NULL;
CREATE INDEX document_uploaded_by ON document (uploaded_by, id DESC) WHERE uploaded_by IS NOT NULL;

-- Beginnings of words, up to twelve letters, have lists of their own: without one, FTS5 merges the lists of all words that
-- begin so, which takes longer than all else for a word that a hundred thousand titles have.
DROP TABLE page_title;
CREATE VIRTUAL TABLE page_title USING fts5 (title, slug, content = '', contentless_delete = 1, detail = 'none',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6 7 8 9 10 11 12');
INSERT INTO page_title (rowid, title, slug) SELECT id, draft_title, slug FROM page WHERE id > 1;

-- When a page went off the site by its own plan; none once it is live again, or was taken off by hand.
ALTER TABLE page ADD COLUMN expired_at BIGINT;
