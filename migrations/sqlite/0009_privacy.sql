-- Who may see a page with all below it, or a collection with all in it.
CREATE TABLE view_restriction (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    page_id BIGINT UNIQUE REFERENCES page (id) ON DELETE CASCADE,
    collection_id BIGINT UNIQUE REFERENCES collection (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('password', 'login', 'groups')),
    -- Argon2id, as a PHC string; the password itself is nowhere.
    password_hash TEXT,
    -- Random, and another one with every password: what a visitor's cookie proves.
    pass TEXT NOT NULL,
    -- A JSON list of names.
    group_names TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL,
    CHECK ((page_id IS NULL) <> (collection_id IS NULL)),
    CHECK ((kind = 'password') = (password_hash IS NOT NULL))
);
-- The nearest restriction that covers a restricted page; 0 for none, and for an alias that only its source restricts.
ALTER TABLE page ADD COLUMN restriction_id BIGINT NOT NULL DEFAULT 0;
