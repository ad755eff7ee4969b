-- Images and documents, the collections that hold them, and the renditions made of images.
-- File keys name files of the media storage; digests are SHA-256 in hex.
CREATE TABLE collection (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Materialised path: four base-36 digits a level, as for pages.
    path TEXT NOT NULL UNIQUE,
    depth BIGINT NOT NULL,
    parent_id BIGINT REFERENCES collection (id),
    name TEXT NOT NULL,
    -- Whether the collection or one above it is not for everybody.
    restricted BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX collection_name ON collection (parent_id, name);

CREATE TABLE image (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    file_key TEXT NOT NULL UNIQUE,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    -- As shown: after the orientation of the file is applied.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    frames BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    digest TEXT NOT NULL,
    -- Centre and size of what must stay visible, in pixels; all four or none.
    focal_x BIGINT,
    focal_y BIGINT,
    focal_width BIGINT,
    focal_height BIGINT,
    -- What the image shows: the text for those who do not see it, unless a page says otherwise.
    description TEXT NOT NULL DEFAULT '',
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX image_digest ON image (digest);
CREATE INDEX image_collection ON image (collection_id, id);

CREATE TABLE document (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    file_key TEXT NOT NULL UNIQUE,
    file_name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    digest TEXT NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX document_digest ON document (digest);
CREATE INDEX document_collection ON document (collection_id, id);

CREATE TABLE image_tag (
    image_id BIGINT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (image_id, tag_id)
);
CREATE INDEX image_tag_tag ON image_tag (tag_id, image_id);
CREATE TABLE document_tag (
    document_id BIGINT NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (document_id, tag_id)
);
CREATE INDEX document_tag_tag ON document_tag (tag_id, document_id);

-- One image made to one filter spec; of the file with this digest, so that a replaced file has none yet.
CREATE TABLE rendition (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    image_id BIGINT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    spec TEXT NOT NULL,
    digest TEXT NOT NULL,
    file_key TEXT NOT NULL,
    format TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (image_id, spec, digest)
);

-- Files that no row names any more: deleted a while after the change, when no page shows their old URL.
CREATE TABLE discarded_file (
    file_key TEXT PRIMARY KEY NOT NULL,
    discarded_at BIGINT NOT NULL
);
CREATE INDEX discarded_file_at ON discarded_file (discarded_at);

INSERT INTO collection (id, path, depth, parent_id, name, created_at, updated_at)
VALUES (1, '0001', 1, NULL, 'Root', 0, 0);
