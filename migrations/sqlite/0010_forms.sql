-- What visitors sent with forms, beside the form as it was when they did.
CREATE TABLE form_definition (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    -- Names, labels and kinds of the fields, in order.
    fields TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (page_id, digest)
);
CREATE TABLE form_submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    page_id BIGINT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    definition_id BIGINT NOT NULL REFERENCES form_definition (id) ON DELETE CASCADE,
    -- Answers by the names of the fields.
    data TEXT NOT NULL,
    submitted_at BIGINT NOT NULL
);
CREATE INDEX form_submission_page ON form_submission (page_id, id);
CREATE INDEX form_submission_definition ON form_submission (definition_id);
CREATE INDEX form_submission_time ON form_submission (submitted_at, page_id);
