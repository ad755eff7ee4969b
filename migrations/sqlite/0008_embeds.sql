-- What providers say of the media that texts embed: one row for each address, shared by all pages that show it.
CREATE TABLE embed (
    -- Of the address: see content::embed::digest.
    digest TEXT PRIMARY KEY NOT NULL,
    url TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'ready', 'failed')),
    title TEXT NOT NULL DEFAULT '',
    author TEXT NOT NULL DEFAULT '',
    -- Where the provider's player is; empty for what has none, such as a photograph.
    frame_url TEXT NOT NULL DEFAULT '',
    thumbnail_url TEXT NOT NULL DEFAULT '',
    -- Pixels; no width for players of a fixed height.
    width BIGINT,
    height BIGINT,
    fetched_at BIGINT,
    expires_at BIGINT,
    -- Failed attempts since the last good one.
    attempts BIGINT NOT NULL DEFAULT 0,
    -- When it is due; whoever claims it puts this off, so that no other node asks meanwhile.
    next_attempt_at BIGINT NOT NULL,
    -- Why the last attempt failed.
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX embed_due ON embed (next_attempt_at);
