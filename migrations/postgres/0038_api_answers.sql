-- Answers of the API that are kept for requests which are sent again, by the key that the caller gave. Status 0: the request
-- is under way.
CREATE TABLE api_answer (
    owner TEXT NOT NULL,
    request_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '',
    location TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (owner, request_key)
);
CREATE INDEX api_answer_begun ON api_answer (begun_at);
