-- A table of redirects that somebody has sent and not imported yet: its columns are chosen first. One for each account.
CREATE TABLE redirect_table (
    account_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Separated values, also of a workbook.
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
