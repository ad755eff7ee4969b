-- What was done to snippets, settings, redirects and tags. Rows are added, never changed: names and titles stand here as
-- they were, also of what is gone.
CREATE TABLE object_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    -- A user's name, or the channel of a program.
    actor TEXT NOT NULL,
    account_id BIGINT,
    channel TEXT NOT NULL,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Of settings the site, 0 for all sites together; 0 where several are meant.
    object_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    -- Empty for what has no type.
    type TEXT NOT NULL,
    revision_id BIGINT,
    -- A JSON object, or empty.
    detail TEXT NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE INDEX object_event_object ON object_event (kind, object_id, id DESC);

CREATE TRIGGER object_event_no_update BEFORE UPDATE ON object_event
BEGIN SELECT RAISE(ABORT, 'the log of objects is append-only'); END;
CREATE TRIGGER object_event_no_delete BEFORE DELETE ON object_event
BEGIN SELECT RAISE(ABORT, 'the log of objects is append-only'); END;
