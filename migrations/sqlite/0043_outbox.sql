-- What happened to pages, files, snippets and all else that the logs tell of, for programs that want to know: written by
-- the same statements as the logs, in their transaction, so that there is an event for each change, and none for what
-- was rolled back. Times are microseconds since the epoch.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- As on PostgreSQL, where transactions overlap; here ids are in the order of commits.
    tx BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    -- As the logs call it: page, image, snippet and so on; form: what a visitor sent; webhook: a test.
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    -- Empty for what has no type.
    type TEXT NOT NULL,
    revision_id BIGINT,
    -- Path of the page in the tree, or of the file's collection, for whoever may know of it; of what is gone the last one
    -- that an event had; empty: none.
    place TEXT NOT NULL,
    actor TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- A JSON object, or empty.
    detail TEXT NOT NULL
);
CREATE INDEX event_at ON event (at);
CREATE INDEX event_object ON event (kind, object_id, id);
CREATE INDEX event_order ON event (tx, id);

CREATE TRIGGER page_event_is_told AFTER INSERT ON page_event
BEGIN
    INSERT INTO event (at, kind, action, object_id, title, type, revision_id, place, actor, channel, detail)
    VALUES (NEW.at, 'page', NEW.event, NEW.page_id, NEW.title, NEW.type, NEW.revision_id,
            COALESCE((SELECT path FROM page WHERE id = NEW.page_id AND NOT trashed),
                     (SELECT place FROM event WHERE kind = 'page' AND object_id = NEW.page_id ORDER BY id DESC LIMIT 1), ''),
            NEW.actor, NEW.channel, NEW.detail);
END;

-- Jobs are the server's own business, and so are changes of webhooks.
CREATE TRIGGER object_event_is_told AFTER INSERT ON object_event WHEN NEW.kind NOT IN ('job', 'webhook')
BEGIN
    INSERT INTO event (at, kind, action, object_id, title, type, revision_id, place, actor, channel, detail)
    VALUES (NEW.at, NEW.kind, NEW.event, NEW.object_id, NEW.title, NEW.type, NEW.revision_id,
            COALESCE(CASE NEW.kind
                         WHEN 'image' THEN (SELECT c.path FROM image f JOIN collection c ON c.id = f.collection_id
                                            WHERE f.id = NEW.object_id)
                         WHEN 'document' THEN (SELECT c.path FROM document f JOIN collection c ON c.id = f.collection_id
                                               WHERE f.id = NEW.object_id)
                         WHEN 'collection' THEN (SELECT path FROM collection WHERE id = NEW.object_id) END,
                     (SELECT place FROM event WHERE kind = NEW.kind AND object_id = NEW.object_id ORDER BY id DESC LIMIT 1),
                     ''),
            NEW.actor, NEW.channel, NEW.detail);
END;

-- What was sent stays where it is: an event says that something was.
CREATE TRIGGER form_submission_is_told AFTER INSERT ON form_submission
BEGIN
    INSERT INTO event (at, kind, action, object_id, title, type, revision_id, place, actor, channel, detail)
    SELECT NEW.submitted_at, 'form', 'submit', NEW.id, p.title, p.type, NULL, p.path, '', '', json_object('page', NEW.page_id)
    FROM page p WHERE p.id = NEW.page_id;
END;
