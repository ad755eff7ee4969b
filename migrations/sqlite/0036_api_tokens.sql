-- Tokens of programs that use the API in somebody's name. Times are microseconds since the epoch.
CREATE TABLE api_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- As its owner calls it.
    name TEXT NOT NULL,
    -- HMAC-SHA-256 of the token: nothing here signs anybody in.
    digest TEXT NOT NULL UNIQUE,
    -- Its first letters, to know it again by.
    hint TEXT NOT NULL,
    -- Words, with a space between them.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Empty: it does not expire.
    expires_at BIGINT,
    -- Noted once a minute at most.
    last_used_at BIGINT,
    last_network TEXT NOT NULL DEFAULT '',
    -- The row stays, so that it is known who had what.
    revoked_at BIGINT
);
CREATE INDEX api_token_account ON api_token (account_id, id);
