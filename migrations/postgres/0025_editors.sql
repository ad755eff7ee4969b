-- Which pages somebody edited: lists are narrowed by it.
CREATE INDEX revision_editor ON revision (account_id, page_id) WHERE account_id IS NOT NULL;
