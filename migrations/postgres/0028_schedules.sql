-- Who set the schedule of a page, and what the last look before its time found. A page that has none has no row, or one
-- that nobody reads.
CREATE TABLE page_schedule (
    page_id BIGINT PRIMARY KEY NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    account_id BIGINT REFERENCES account (id) ON DELETE SET NULL,
    -- Sentences, as JSON lists: what would refuse the publication, what would not be as it was meant, and what of both
    -- whoever set the schedule was told.
    refusals TEXT NOT NULL DEFAULT '[]',
    notes TEXT NOT NULL DEFAULT '[]',
    told TEXT NOT NULL DEFAULT '[]'
);
