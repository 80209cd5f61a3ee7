-- Version 8: texts that recur.

CREATE TABLE schedule (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE, -- SC…
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    cron       TEXT NOT NULL,
    zone       TEXT NOT NULL,
    recipients TEXT NOT NULL,        -- numbers with spaces between
    text       TEXT NOT NULL,
    sender     TEXT NOT NULL,        -- the request's from, "" = any
    sim        INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    qos        INTEGER NOT NULL,
    ttl_ms     INTEGER NOT NULL,
    paused     INTEGER NOT NULL,
    next_at    INTEGER,              -- NULL = never again
    last_at    INTEGER,              -- when it ran last
    last_id    TEXT,                 -- the message or batch that it made
    last_error TEXT,                 -- why it made none
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX schedule_account ON schedule (account, n);
CREATE INDEX schedule_next ON schedule (next_at) WHERE next_at IS NOT NULL;

UPDATE schema_version SET version = 8;
