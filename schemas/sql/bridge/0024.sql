-- Version 24: looking through old failures for numbers that take no texts.

CREATE TABLE backfill (
    account  INTEGER PRIMARY KEY, -- the last one of each
    from_at  INTEGER NOT NULL,    -- messages that were made from then on
    dry_run  INTEGER NOT NULL,    -- 1 = only count
    looked_to TEXT NOT NULL,      -- ids up to this one are done
    messages INTEGER NOT NULL,    -- how many were looked at
    failures INTEGER NOT NULL,    -- of these, failed with a code that is looked for
    numbers  INTEGER NOT NULL,    -- newly suppressed, or to be
    began_at INTEGER NOT NULL,    -- messages that were made later are not looked at
    ended_at INTEGER
) STRICT;

UPDATE schema_version SET version = 24;
