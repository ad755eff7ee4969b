-- How far changes are taken out of the CDN in front of the site, and by which process.
CREATE TABLE cdn (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Which CDN it is, and of which version of the site its pages are; empty before the first.
    target TEXT NOT NULL,
    -- Whether all pages have to go.
    everything BOOLEAN NOT NULL,
    -- The last change that was taken out, and the last one that was taken out once more.
    sent BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    -- When nothing was left to be taken out: changes are kept for a day.
    reached_at BIGINT NOT NULL,
    -- Who does it, until then.
    lease BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    -- Since when no purge is taken, and why the last one was not.
    failing_since BIGINT,
    error TEXT NOT NULL
);

INSERT INTO cdn (id, target, everything, sent, settled, reached_at, lease, lease_until, error)
VALUES (1, '', FALSE, 0, 0, 0, 0, 0, '');
