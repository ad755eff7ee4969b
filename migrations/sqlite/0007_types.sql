-- Settings, the options of snippets, the reference index, and the log of content migrations.
ALTER TABLE snippet ADD COLUMN live BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE snippet ADD COLUMN has_unpublished_changes BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE snippet ADD COLUMN latest_revision_id BIGINT;
ALTER TABLE snippet ADD COLUMN locale TEXT NOT NULL DEFAULT 'en';
-- Translations of one snippet share the key; a snippet without any has its own.
ALTER TABLE snippet ADD COLUMN translation_key TEXT NOT NULL DEFAULT '';
UPDATE snippet SET translation_key = 'snippet-' || id;
CREATE UNIQUE INDEX snippet_translation ON snippet (translation_key, locale);
-- The place that an editor gave it, among those of its type.
ALTER TABLE snippet ADD COLUMN sort_order BIGINT NOT NULL DEFAULT 0;
-- The words that a search of the list looks through, in small letters.
ALTER TABLE snippet ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE snippet SET search_text = LOWER(name || ' ' || slug);
DROP INDEX snippet_type_slug;
CREATE UNIQUE INDEX snippet_type_slug ON snippet (type, slug, locale);
CREATE INDEX snippet_list ON snippet (type, sort_order, id);

CREATE TABLE snippet_revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    snippet_id BIGINT NOT NULL REFERENCES snippet (id) ON DELETE CASCADE,
    -- name, slug and fields.
    content TEXT NOT NULL,
    channel TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX snippet_revision_snippet ON snippet_revision (snippet_id, id DESC);

-- What one site, or the whole installation where there is none, has set; absent: the defaults of the type.
CREATE TABLE setting (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    site_id BIGINT REFERENCES site (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX setting_type_site ON setting (type, COALESCE(site_id, 0));

-- Every change of settings, for the audit; a revert to the defaults has no data.
CREATE TABLE setting_revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    site_id BIGINT REFERENCES site (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    data TEXT,
    channel TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX setting_revision_type ON setting_revision (type, id DESC);

-- What content points at, live and in the newest draft, with the place of each pointer. Rows go with their source.
-- Without a foreign key on snippets: PostgreSQL would touch that table at every save of a page.
CREATE TABLE reference_index (
    page_id BIGINT REFERENCES page (id) ON DELETE CASCADE,
    snippet_id BIGINT,
    setting_id BIGINT REFERENCES setting (id) ON DELETE CASCADE,
    live BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    path TEXT NOT NULL
);
CREATE INDEX reference_index_target ON reference_index (kind, target_id);
CREATE INDEX reference_index_page ON reference_index (page_id, live) WHERE page_id IS NOT NULL;
CREATE INDEX reference_index_snippet ON reference_index (snippet_id, live) WHERE snippet_id IS NOT NULL;
CREATE INDEX reference_index_setting ON reference_index (setting_id, live) WHERE setting_id IS NOT NULL;

-- Content migrations of the site folder: how far each has come.
CREATE TABLE content_migration (
    name TEXT NOT NULL PRIMARY KEY,
    -- Of the file, so that a changed one is noticed.
    digest TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- The table in work and its last id done; empty when all are.
    stage TEXT NOT NULL,
    position BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    finished_at BIGINT
);

-- The menu is on every page: its pages are few among many.
CREATE INDEX page_menu ON page (path) WHERE show_in_menus AND live;
