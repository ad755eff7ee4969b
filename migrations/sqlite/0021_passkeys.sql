-- Keys that devices keep for a site (WebAuthn): each is a complete sign-in. Times are microseconds since the epoch.
CREATE TABLE passkey (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- As the device names it, in base64url.
    credential_id TEXT NOT NULL UNIQUE,
    -- As the device names the user: random, and the same for all keys of one.
    handle TEXT NOT NULL,
    -- The host whose pages may ask for it.
    party TEXT NOT NULL,
    -- As its user calls it.
    name TEXT NOT NULL,
    -- The public key with its counter, as JSON. Nothing in it is secret.
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkey_account ON passkey (account_id, id);

-- What was asked of a browser and not answered yet, by SHA-256 of a token; gone with the first answer.
CREATE TABLE passkey_ceremony (
    digest TEXT PRIMARY KEY NOT NULL,
    -- Who adds a key; empty for whoever signs in.
    account_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
    -- The challenge, and what the answer has to be like, as JSON.
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_ceremony_expires ON passkey_ceremony (expires_at);
CREATE INDEX passkey_ceremony_account ON passkey_ceremony (account_id);

-- The security log: what is older than it is kept may go, and nothing younger than 30 days.
DROP TRIGGER security_event_no_delete;
CREATE TRIGGER security_event_no_delete BEFORE DELETE ON security_event
WHEN OLD.at > (CAST(STRFTIME('%s', 'now') AS INTEGER) - 30 * 86400) * 1000000
BEGIN SELECT RAISE(ABORT, 'the security log is append-only'); END;
CREATE INDEX security_event_at ON security_event (at);
