-- Version 2: what further rules need to know of a message and an event.

ALTER TABLE message ADD COLUMN callback_url TEXT;                 -- a webhook for this message alone
ALTER TABLE message ADD COLUMN want_pool INTEGER;                 -- the pool that the request named
ALTER TABLE message ADD COLUMN purpose INTEGER NOT NULL DEFAULT 0; -- enum purpose
ALTER TABLE message ADD COLUMN redact INTEGER NOT NULL DEFAULT 0;  -- enum redact
ALTER TABLE message ADD COLUMN schedule INTEGER;                  -- the recurring send that made it
ALTER TABLE event ADD COLUMN subject TEXT;                        -- what it is about, if no message and no device

-- Keys that could do everything still can.
UPDATE app_key SET scopes = 8191 WHERE scopes = 127;

UPDATE schema_version SET version = 2;
