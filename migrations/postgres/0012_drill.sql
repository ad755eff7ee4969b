-- The last fire drill in which every receiver acknowledged every alert: one row, or none.
CREATE TABLE drill (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Microseconds since the epoch.
    succeeded_at BIGINT NOT NULL,
    -- How many alerts were sent.
    alerts BIGINT NOT NULL
);
