-- Work in the background, at least once. What is done is gone; what failed for good stays until somebody looks.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    -- JSON.
    payload TEXT NOT NULL,
    -- At most one job of a kind waits under a key.
    unique_key TEXT,
    -- 2 before 1 before 0.
    priority BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'dead')),
    -- When it may be claimed: microseconds since the epoch, as all times.
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Who claimed it, and until when nobody else may.
    lease BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    -- Of the request that wanted it.
    trace_id TEXT NOT NULL DEFAULT '',
    -- Why the last attempt failed.
    error TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'waiting';
CREATE INDEX job_due ON job (queue, priority, run_at) WHERE state = 'waiting';
CREATE INDEX job_next ON job (run_at) WHERE state = 'waiting';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';

-- When tasks that come back are due next; whoever moves the time on enqueues the job.
CREATE TABLE periodic_task (
    task TEXT PRIMARY KEY NOT NULL,
    schedule TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    succeeded_at BIGINT,
    created_at BIGINT NOT NULL
);

-- What is to happen to a page later: the revision that goes live, and the end of its life.
ALTER TABLE page ADD COLUMN publish_at BIGINT;
ALTER TABLE page ADD COLUMN publish_revision_id BIGINT;
ALTER TABLE page ADD COLUMN expire_at BIGINT;
CREATE INDEX page_publish_at ON page (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX page_expire_at ON page (expire_at) WHERE expire_at IS NOT NULL;
