-- What the history of all is read with: by time, and what was done to other things than pages by who, what and to which kind.
CREATE INDEX page_event_at ON page_event (at, id);
CREATE INDEX object_event_at ON object_event (at, id);
CREATE INDEX object_event_account ON object_event (account_id, id DESC);
CREATE INDEX object_event_event ON object_event (event, id DESC);
CREATE INDEX object_event_kind ON object_event (kind, id DESC);
-- Reports: live pages by how long ago they were published, and how much each type is used, by place.
CREATE INDEX page_aging ON page (COALESCE(last_published_at, 0), id) WHERE live AND alias_of IS NULL;
CREATE INDEX page_usage ON page (path, type, live, updated_at);
