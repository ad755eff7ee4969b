-- What each page did by the hour, from each process. No key to the page: the figures of a page that is gone go with their age.
CREATE TABLE page_figures (
    page_id BIGINT NOT NULL,
    -- Hours since 1970.
    hour BIGINT NOT NULL,
    -- The process that counted.
    node TEXT NOT NULL,
    -- A JSON object: telemetry::figures::Figures.
    figures TEXT NOT NULL,
    PRIMARY KEY (page_id, hour, node)
);
CREATE INDEX page_figures_hour ON page_figures (hour);
