-- Version 28: whom a list of recipients left out, for as long as its idempotency key is known.

CREATE TABLE refusal (
    batch      TEXT NOT NULL, -- BA…
    position   INTEGER NOT NULL,
    number     TEXT NOT NULL,
    why        TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (batch, position)
) STRICT;
CREATE INDEX refusal_created ON refusal (created_at);

UPDATE schema_version SET version = 28;
