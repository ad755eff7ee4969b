-- The second step of signing in, and passwords that were forgotten. Times are microseconds since the epoch.
CREATE TABLE totp (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Sealed with a key that is not in the database.
    secret TEXT NOT NULL,
    -- Empty until a code of it was given: only then it is asked for.
    confirmed_at BIGINT,
    -- The last step of 30 seconds whose code was taken: none is taken twice.
    last_step BIGINT NOT NULL DEFAULT 0
);

-- Codes for when the device is gone, by SHA-256; each is gone with its use.
CREATE TABLE recovery_code (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (account_id, digest)
);

-- Who gave the right password and still has to give a code, by SHA-256 of a token.
CREATE TABLE login_challenge (
    digest TEXT PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX login_challenge_expires ON login_challenge (expires_at);
CREATE INDEX login_challenge_account ON login_challenge (account_id);

-- Links of mails that set a new password, by SHA-256 of their token.
CREATE TABLE password_reset (
    digest TEXT PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_account ON password_reset (account_id);
CREATE INDEX password_reset_expires ON password_reset (expires_at);
CREATE INDEX account_email ON account (email) WHERE email <> '';
