-- Rows of collections: types of kind `collection`. Times are microseconds since the epoch.
CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    -- Counts its changes.
    version BIGINT NOT NULL DEFAULT 1,
    -- The values of its fields, as JSON.
    data TEXT NOT NULL,
    -- What each field is sorted by, and the words that are searched; JSON.
    keys TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX record_type ON record (type, id);
-- The last number that was given. Whoever takes the next ones waits for whoever took the last.
CREATE TABLE record_counter (last_id BIGINT NOT NULL);
INSERT INTO record_counter (last_id) VALUES (0);
-- What lists of a type are sorted and narrowed by. `shape` says how its places are made: with another one it is another index.
CREATE TABLE record_index (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    shape TEXT NOT NULL,
    -- Whether all rows of the type are in it.
    is_ready BOOLEAN NOT NULL,
    UNIQUE (type, name)
);
-- Texts whose order, byte by byte, is that of the values.
CREATE TABLE record_key (
    index_id BIGINT NOT NULL,
    place TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    PRIMARY KEY (index_id, place, record_id)
) WITHOUT ROWID;
