-- What a schedule keeps of its message beside the text.

ALTER TABLE schedule ADD COLUMN own TEXT;          -- a JSON array beside recipients: null, or an object with variables and language
ALTER TABLE schedule ADD COLUMN metadata TEXT;     -- a JSON object, NULL = none
ALTER TABLE schedule ADD COLUMN callback_url TEXT; -- NULL = none

UPDATE schema_version SET version = 33;
