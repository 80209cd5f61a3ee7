-- Version 20: periods of their inboxes that devices are asked to read again.

CREATE TABLE inbox_request (
    device   INTEGER PRIMARY KEY, -- the last request of each
    asked_at INTEGER NOT NULL,    -- names it
    from_at  INTEGER NOT NULL,
    to_at    INTEGER NOT NULL,
    told_at  INTEGER,             -- when the device was told last
    taken_at INTEGER              -- when it said that it has the request
) STRICT;

UPDATE schema_version SET version = 20;
