-- What a group may do with the rows of a collection, by the name of its type: `view`, `add`, `change`, `delete`.
CREATE TABLE record_grant (
    group_id BIGINT NOT NULL REFERENCES account_group (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    permission TEXT NOT NULL CHECK (permission IN ('view', 'add', 'change', 'delete')),
    PRIMARY KEY (group_id, type, permission)
);
