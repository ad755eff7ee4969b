-- Who may sign in, what they may do, and what happened to that. Times are microseconds since the epoch.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    username TEXT NOT NULL,
    -- As it is compared: NFKC, in lower case.
    username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    -- Argon2id, as a PHC string; the password itself is nowhere.
    password_hash TEXT NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_superuser BOOLEAN NOT NULL DEFAULT FALSE,
    -- Empty: English, and UTC.
    locale TEXT NOT NULL DEFAULT '',
    time_zone TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    password_changed_at BIGINT NOT NULL
);

CREATE TABLE account_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE group_member (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, group_id)
);
CREATE INDEX group_member_group ON group_member (group_id);

-- Each holds for the page and all below it.
CREATE TABLE page_grant (
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    permission TEXT NOT NULL CHECK (permission IN ('add', 'edit', 'publish', 'bulk_delete', 'lock', 'unlock')),
    PRIMARY KEY (group_id, page_id, permission)
);
CREATE INDEX page_grant_page ON page_grant (page_id);

-- Each holds for the collection and all below it.
CREATE TABLE collection_grant (
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    collection_id BIGINT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    permission TEXT NOT NULL CHECK (permission IN ('add', 'change', 'choose', 'delete')),
    PRIMARY KEY (group_id, collection_id, permission)
);
CREATE INDEX collection_grant_collection ON collection_grant (collection_id);

CREATE TABLE global_grant (
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (group_id, permission)
);

CREATE TABLE login_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- SHA-256 of the token in hex; the token itself is in the browser alone.
    digest TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    -- However busy it is.
    expires_at BIGINT NOT NULL,
    -- Browser and system, such as "Firefox on Linux".
    agent TEXT NOT NULL,
    -- The address without its last part: 192.0.2.0/24.
    network TEXT NOT NULL
);
CREATE INDEX login_session_account ON login_session (account_id, last_seen_at DESC);

-- Attempts to sign in without success, by SHA-256 of the name that was given: also of names that nobody has.
CREATE TABLE login_failure (
    subject TEXT PRIMARY KEY NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX login_failure_last ON login_failure (last_at);

-- Links that make the first superuser, by SHA-256 of their token; gone with the first use.
CREATE TABLE welcome_link (
    digest TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The security log. Rows are added, never changed: names stand here as they were.
CREATE TABLE security_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    -- A user's name, "cli", or empty for a visitor.
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    -- Whom or what it concerns; empty for a name that nobody has.
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    network TEXT NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE INDEX security_event_subject ON security_event (subject, id DESC);

CREATE TRIGGER security_event_no_update BEFORE UPDATE ON security_event
BEGIN SELECT RAISE(ABORT, 'the security log is append-only'); END;
CREATE TRIGGER security_event_no_delete BEFORE DELETE ON security_event
BEGIN SELECT RAISE(ABORT, 'the security log is append-only'); END;

-- Whoever created the page. Users are deactivated, not deleted, so that nothing looks here by it.
ALTER TABLE page ADD COLUMN owner_id BIGINT REFERENCES account (id) ON DELETE SET NULL;
