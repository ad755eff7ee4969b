-- What came from another system, and what became of it here: ids of snippets, collections and revisions there are not those
-- here, and an import that is run again leaves alone what it made before.
CREATE TABLE imported (
    -- The system: wagtail.
    source TEXT NOT NULL,
    -- As the system calls it: blog.blogpage; and the key of the object there.
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    -- Of the object as it was then.
    digest TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (source, model, name)
);
