-- Pages that one person keeps to themselves: since when, and who. Whoever is gone leaves the page locked, by nobody.
ALTER TABLE page ADD COLUMN locked_at BIGINT;
ALTER TABLE page ADD COLUMN locked_by BIGINT REFERENCES account (id) ON DELETE SET NULL;
CREATE INDEX page_locked ON page (path) WHERE locked_at IS NOT NULL;
