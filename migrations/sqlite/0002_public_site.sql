-- What the public side asks of a page beside its content: its language, whom it is an alias of, who may see it.
ALTER TABLE page RENAME COLUMN translation_key TO uuid;
-- Translations of one page share the key; a page without any has its own.
ALTER TABLE page ADD COLUMN translation_key TEXT NOT NULL DEFAULT '';
UPDATE page SET translation_key = uuid;
ALTER TABLE page ADD COLUMN locale TEXT NOT NULL DEFAULT 'en';
CREATE UNIQUE INDEX page_translation ON page (translation_key, locale);
-- Mirrors that page, and follows its publishes.
ALTER TABLE page ADD COLUMN alias_of BIGINT REFERENCES page (id);
CREATE INDEX page_alias_of ON page (alias_of) WHERE alias_of IS NOT NULL;
-- Whether the page or one above it is not for everybody. Public lists leave it out; its own URL asks who is there.
ALTER TABLE page ADD COLUMN restricted BOOLEAN NOT NULL DEFAULT FALSE;
-- In the trash: never live, and in no list.
ALTER TABLE page ADD COLUMN trashed BOOLEAN NOT NULL DEFAULT FALSE;

-- The kinds of targets are the types' affair: see content::types::ReferenceKind.
ALTER TABLE page_reference RENAME TO page_reference_of_two_kinds;
DROP INDEX page_reference_target;
CREATE TABLE page_reference (
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    PRIMARY KEY (page_id, kind, field, target_id)
);
CREATE INDEX page_reference_target ON page_reference (kind, target_id, field, page_id);
INSERT INTO page_reference SELECT page_id, kind, field, target_id FROM page_reference_of_two_kinds;
DROP TABLE page_reference_of_two_kinds;
