-- Whose sitting it is: somebody with two windows is not somebody else.
ALTER TABLE presence ADD COLUMN account_id BIGINT REFERENCES account (id) ON DELETE CASCADE;
