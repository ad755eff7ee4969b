-- Full-text search. Words are folded by the server (content::search::words), so both databases match the same ones.
-- Entries of two generations can stand side by side: a rebuild fills the other slot and swaps.
CREATE TABLE search_state (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    -- The slot that is searched, and the ids that its entries can have.
    slot BIGINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    -- The way of folding that the live slot was built with; 0: it was never built.
    version BIGINT NOT NULL,
    built_at BIGINT,
    -- The slot that a rebuild fills, how far it came, and who does it.
    build_slot BIGINT,
    build_version BIGINT,
    build_step BIGINT NOT NULL DEFAULT 0,
    build_after BIGINT NOT NULL DEFAULT 0,
    build_owner TEXT,
    build_beat_at BIGINT
);
-- An empty index is right for an empty site.
INSERT INTO search_state (id, slot, first_id, last_id, version)
SELECT 1, 0, 0, 4611686018427387903, CASE WHEN EXISTS (SELECT 1 FROM page WHERE live) THEN 0 ELSE 1 END;

-- The id holds, from its highest bit: slot, minute of publication, kind, object. Newest first is by id.
CREATE TABLE search_entry (
    id BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    object_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    locale TEXT NOT NULL,
    -- The page right below the root of the tree: which site's tree. 0 for what is in none.
    top BIGINT NOT NULL,
    -- Not for everybody, or in the trash.
    hidden BOOLEAN NOT NULL,
    published_at BIGINT NOT NULL,
    -- Folded words with one space between; marks are the words of the title and the lead, marked as such.
    title TEXT NOT NULL,
    lead TEXT NOT NULL,
    text TEXT NOT NULL,
    marks TEXT NOT NULL,
    PRIMARY KEY (slot, id)
) PARTITION BY LIST (slot);
-- Short rows: a frequent word reads many of them, for their filters alone. The long texts lie apart.
CREATE TABLE search_entry_0 PARTITION OF search_entry FOR VALUES IN (0) WITH (toast_tuple_target = 128, fillfactor = 80);
CREATE TABLE search_entry_1 PARTITION OF search_entry FOR VALUES IN (1) WITH (toast_tuple_target = 128, fillfactor = 80);
CREATE UNIQUE INDEX search_entry_object ON search_entry (slot, kind, object_id);
-- Which entries hold which words. A search reads the list of pending insertions whole: see db/connect.rs.
CREATE INDEX search_entry_words ON search_entry USING gin (
    array_to_tsvector(array_remove(string_to_array(title || ' ' || lead || ' ' || text || ' ' || marks, ' '), ''))
);

-- The vocabulary: in how many entries a word is, and how it is written when that is not as it is folded.
CREATE TABLE search_word (
    slot BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    shown TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    PRIMARY KEY (slot, word)
) WITH (fillfactor = 80);
-- Three letters in a row of the longer words, to find what a misspelt one may be.
CREATE TABLE search_trigram (
    slot BIGINT NOT NULL,
    trigram TEXT COLLATE "C" NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (slot, trigram, word)
);

-- What was searched for and not found.
CREATE TABLE search_miss (
    query TEXT COLLATE "C" PRIMARY KEY,
    misses BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
