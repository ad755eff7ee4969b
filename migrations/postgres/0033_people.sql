-- Pictures of people: small and square, WebP in base64. The account has the digest, so that lists know the address.
ALTER TABLE account ADD COLUMN picture TEXT NOT NULL DEFAULT '';
CREATE TABLE account_picture (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    data TEXT NOT NULL
);
-- Until when somebody was told by mail of what others did to their pages.
CREATE TABLE page_told (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    told_until BIGINT NOT NULL
);
-- The history of all: by the way something was done, and what changed of users and groups.
CREATE INDEX page_event_channel ON page_event (channel, id DESC);
CREATE INDEX object_event_channel ON object_event (channel, id DESC);
CREATE INDEX security_event_change ON security_event (id DESC) WHERE event IN ('user_created', 'user_changed', 'user_deactivated', 'user_activated', 'group_created', 'group_renamed', 'group_deleted', 'member_added', 'member_removed', 'granted', 'grant_revoked');
