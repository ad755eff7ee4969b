-- Pages, their revisions, snippets, tags, sites, and the log of changes that nodes follow.
-- Times are microseconds since the epoch; content is one JSON document as text, the same on both databases.
CREATE TABLE page (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Materialised path: four base-36 digits a level, as in Wagtail.
    path TEXT NOT NULL UNIQUE,
    depth BIGINT NOT NULL,
    parent_id BIGINT REFERENCES page (id),
    type TEXT NOT NULL,
    title TEXT NOT NULL,
    draft_title TEXT NOT NULL,
    slug TEXT NOT NULL,
    url_path TEXT NOT NULL,
    seo_title TEXT NOT NULL DEFAULT '',
    search_description TEXT NOT NULL DEFAULT '',
    show_in_menus BOOLEAN NOT NULL DEFAULT FALSE,
    live BOOLEAN NOT NULL DEFAULT FALSE,
    has_unpublished_changes BOOLEAN NOT NULL DEFAULT FALSE,
    -- All fields, and those that listings show.
    data TEXT NOT NULL DEFAULT '{}',
    summary TEXT NOT NULL DEFAULT '{}',
    latest_revision_id BIGINT,
    live_revision_id BIGINT,
    first_published_at BIGINT,
    last_published_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    translation_key TEXT NOT NULL UNIQUE
);
CREATE UNIQUE INDEX page_parent_slug ON page (parent_id, slug);
CREATE INDEX page_url_path ON page (url_path);
CREATE INDEX page_listing ON page (parent_id, type, live, first_published_at DESC, id DESC);
CREATE INDEX page_by_type ON page (type, live, first_published_at DESC, id DESC);

CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- The revision whose content this one brought back.
    reverted_from BIGINT
);
CREATE INDEX revision_page ON revision (page_id, id DESC);

CREATE TABLE snippet (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    type TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX snippet_type_slug ON snippet (type, slug);

CREATE TABLE tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE
);
CREATE TABLE page_tag (
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (page_id, tag_id)
);
CREATE INDEX page_tag_tag ON page_tag (tag_id, page_id);

-- What the live content of a page points at.
CREATE TABLE page_reference (
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('page', 'snippet')),
    field TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    PRIMARY KEY (page_id, kind, field, target_id)
);
CREATE INDEX page_reference_target ON page_reference (kind, target_id, field, page_id);

CREATE TABLE site (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    hostname TEXT NOT NULL,
    port BIGINT NOT NULL,
    name TEXT NOT NULL,
    root_page_id BIGINT NOT NULL REFERENCES page (id),
    is_default BOOLEAN NOT NULL,
    UNIQUE (hostname, port)
);
CREATE UNIQUE INDEX site_one_default ON site (is_default) WHERE is_default;

-- What changed, as dependency tags; every node reads it and purges its caches.
CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    tags TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- The hidden root of the tree; sites point at its children.
INSERT INTO page (id, path, depth, parent_id, type, title, draft_title, slug, url_path, created_at, updated_at, translation_key)
VALUES (1, '0001', 1, NULL, 'wagtailcore.Page', 'Root', 'Root', 'root', '/', 0, 0, '00000000-0000-0000-0000-000000000001');
