-- Who saved a revision, in which sitting (the time from opening the editor to leaving it), and whether the editor did
-- it by itself.
ALTER TABLE revision ADD COLUMN account_id BIGINT REFERENCES account (id) ON DELETE SET NULL;
ALTER TABLE revision ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN sitting TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN automatic BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX revision_automatic ON revision (created_at) WHERE automatic;

-- What was done to pages. Rows are added, never changed: names and titles stand here as they were, also of pages that
-- are gone.
CREATE TABLE page_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    -- A user's name, or the channel of a program.
    actor TEXT NOT NULL,
    account_id BIGINT,
    channel TEXT NOT NULL,
    event TEXT NOT NULL,
    page_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    revision_id BIGINT,
    -- A JSON object, or empty.
    detail TEXT NOT NULL,
    trace_id TEXT NOT NULL
);
CREATE INDEX page_event_page ON page_event (page_id, id DESC);
CREATE INDEX page_event_account ON page_event (account_id, id DESC);
CREATE INDEX page_event_event ON page_event (event, id DESC);

CREATE TRIGGER page_event_no_update BEFORE UPDATE ON page_event
BEGIN SELECT RAISE(ABORT, 'the log of pages is append-only'); END;
CREATE TRIGGER page_event_no_delete BEFORE DELETE ON page_event
BEGIN SELECT RAISE(ABORT, 'the log of pages is append-only'); END;

-- Who has the editor of a page open; rows that were not seen for half a minute are over.
CREATE TABLE presence (
    sitting TEXT PRIMARY KEY NOT NULL,
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX presence_page ON presence (page_id, seen_at);
