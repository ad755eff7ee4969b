-- What a group may do with one site. `manage_settings` among the global grants holds for all sites.
CREATE TABLE site_grant (
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    site_id BIGINT NOT NULL REFERENCES site (id) ON DELETE CASCADE,
    permission TEXT NOT NULL CHECK (permission IN ('manage_settings')),
    PRIMARY KEY (group_id, site_id, permission)
);
CREATE INDEX site_grant_site ON site_grant (site_id);
