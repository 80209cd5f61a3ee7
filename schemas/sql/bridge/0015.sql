-- Version 15: webhooks that apps name themselves, and that are told of one device; what phones are to be like.

ALTER TABLE webhook ADD COLUMN app_id TEXT;    -- the app's own id for it
ALTER TABLE webhook ADD COLUMN device INTEGER; -- device.n that it is told of, NULL = all

CREATE TABLE phone_settings (
    account     INTEGER PRIMARY KEY,
    settings    TEXT NOT NULL, -- JSON object, without secrets
    signing_key TEXT NOT NULL  -- readable: it signs
) STRICT;

UPDATE schema_version SET version = 15;
