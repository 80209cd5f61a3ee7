-- Version 9: codes that a device exchanges for its credentials.

CREATE TABLE pairing (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE, -- PA…
    account    INTEGER NOT NULL,
    code_hash  BLOB NOT NULL UNIQUE, -- SHA-256 of the code
    want_id    TEXT NOT NULL,        -- the id that the new device is to have, "" = one made from its name
    name       TEXT NOT NULL,        -- its name, "" = what it calls itself
    device     INTEGER,              -- that gets a new key; NULL = a new one, until it is there
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX pairing_account ON pairing (account, n);
CREATE INDEX pairing_expires ON pairing (expires_at);

UPDATE schema_version SET version = 9;
