-- The security log as a chain: each entry has the hash of its content and of the one before. Entries of before have none.
ALTER TABLE security_event ADD COLUMN previous TEXT NOT NULL DEFAULT '';
ALTER TABLE security_event ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- One row: the hash of the last entry, and that of the last one that was deleted because of its age. Whoever adds an entry
-- holds it until they commit.
CREATE TABLE security_chain (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    head TEXT NOT NULL,
    pruned TEXT NOT NULL
);
INSERT INTO security_chain (id, head, pruned) VALUES (1, '', '');
