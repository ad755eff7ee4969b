-- When a publication was held back, since whoever had set its schedule was not allowed to publish the page any more: its time
-- is over, and it waits until somebody who may takes it over, or takes it back.
ALTER TABLE page_schedule ADD COLUMN held_at BIGINT;
