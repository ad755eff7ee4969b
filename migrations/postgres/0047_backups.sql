-- The regular backups of the installation: one row.
CREATE TABLE backup (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- All times in microseconds since the epoch. Since when there should be regular backups.
    expected_since BIGINT,
    -- When the last backup that was read again and found whole was begun.
    verified_at BIGINT,
    duration_us BIGINT NOT NULL DEFAULT 0,
    -- What a restore of it would bring: the database and the media.
    size_bytes BIGINT NOT NULL DEFAULT 0,
    -- Until then no file of the media library is deleted, since a backup is copying them.
    hold_until BIGINT NOT NULL DEFAULT 0
);
INSERT INTO backup (id) VALUES (1);
