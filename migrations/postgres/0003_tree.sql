-- The trash: a subtree that was taken out of the tree, where it stood, and what of it was live.
ALTER TABLE page ADD COLUMN live_in_trash BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE trash (
    -- The root of what was put into the trash together.
    page_id BIGINT NOT NULL PRIMARY KEY REFERENCES page (id) ON DELETE CASCADE,
    -- Where it stood: below this page, and behind this one.
    parent_id BIGINT REFERENCES page (id) ON DELETE SET NULL,
    behind_id BIGINT,
    url_path TEXT NOT NULL,
    trashed_at BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    -- Being deleted for good, part by part: no longer to be restored.
    purging BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX trash_parent ON trash (parent_id);
CREATE INDEX trash_age ON trash (trashed_at, page_id);
