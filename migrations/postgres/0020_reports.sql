-- What the reports and the first page of the editor are read with.
CREATE INDEX page_event_account_event ON page_event (account_id, event, id DESC);
CREATE INDEX security_event_event ON security_event (event, id DESC);
CREATE INDEX security_event_actor ON security_event (actor, id DESC);
CREATE INDEX revision_account ON revision (account_id, id DESC, page_id) WHERE account_id IS NOT NULL;
