-- Version 3: pools of devices, and tags.

CREATE TABLE pool (
    n              INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE, -- PO…
    account        INTEGER NOT NULL REFERENCES account (n),
    name           TEXT NOT NULL,        -- a slug, or "tag:" and a tag: made with the tag
    policy         INTEGER NOT NULL,     -- enum pool_policy
    priority       INTEGER NOT NULL,     -- 0 - 9, the highest goes first on a shared device
    fallback       INTEGER REFERENCES pool (n),
    fallback_after INTEGER NOT NULL,     -- ms without an able device until then
    tag            TEXT,                 -- devices with this tag are members
    created_at     INTEGER NOT NULL,
    removed_at     INTEGER               -- the row stays for the messages that name it
) STRICT;
CREATE UNIQUE INDEX pool_name ON pool (account, name) WHERE removed_at IS NULL;
CREATE INDEX pool_account ON pool (account, n);

CREATE TABLE pool_member (
    pool     INTEGER NOT NULL REFERENCES pool (n),
    device   INTEGER NOT NULL REFERENCES device (n),
    sim      INTEGER NOT NULL, -- 0 = any
    weight   INTEGER NOT NULL,
    prefixes TEXT NOT NULL,    -- of recipients' numbers, with spaces between
    PRIMARY KEY (pool, device, sim)
) STRICT;
CREATE INDEX pool_member_device ON pool_member (device);

-- Recipients whose number begins so are with that carrier.
CREATE TABLE pool_carrier (
    pool    INTEGER NOT NULL REFERENCES pool (n),
    prefix  TEXT NOT NULL,
    carrier TEXT NOT NULL,
    PRIMARY KEY (pool, prefix)
) STRICT;

CREATE TABLE device_tag (
    device INTEGER NOT NULL REFERENCES device (n),
    tag    TEXT NOT NULL,
    PRIMARY KEY (device, tag)
) STRICT;

UPDATE schema_version SET version = 3;
