-- Languages, and addresses that lead elsewhere.
CREATE TABLE locale (
    -- BCP 47, in its canonical case, such as en, pt-BR or zh-Hant. page.locale holds these.
    code TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    is_default BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX locale_one_default ON locale (is_default) WHERE is_default;
-- In URLs the code stands in lower case.
CREATE UNIQUE INDEX locale_prefix ON locale (LOWER(code));
INSERT INTO locale (code, name, position, is_default) VALUES ('en', 'English', 0, TRUE);

CREATE TABLE redirect (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- No site: every site.
    site_id BIGINT REFERENCES site (id) ON DELETE CASCADE,
    -- Normalised: no slash at the end, sorted query. Compared byte by byte, also in ranges.
    old_path TEXT NOT NULL,
    -- Whether what lies below old_path goes along, to the same place below the target.
    covers_subtree BOOLEAN NOT NULL,
    -- A page, and a sub-route of it; or an address.
    target_page_id BIGINT REFERENCES page (id) ON DELETE CASCADE,
    target_route TEXT NOT NULL DEFAULT '',
    target_url TEXT NOT NULL DEFAULT '',
    is_permanent BOOLEAN NOT NULL,
    -- Left by a page that moved, rather than written by somebody.
    automatic BOOLEAN NOT NULL,
    hits BIGINT NOT NULL DEFAULT 0,
    last_hit_at BIGINT,
    created_at BIGINT NOT NULL,
    CHECK ((target_page_id IS NULL) <> (target_url = ''))
);
CREATE UNIQUE INDEX redirect_old_path ON redirect (old_path, COALESCE(site_id, 0));
CREATE INDEX redirect_target_page ON redirect (target_page_id) WHERE target_page_id IS NOT NULL;
