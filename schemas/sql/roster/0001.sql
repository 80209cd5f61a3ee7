-- roster.db: who may log in to the broker. Only the bridge writes it; the plugin reads it. Rollback journal
-- (never WAL), so that a reader needs no more than read access to the file.
CREATE TABLE roster (
    generation INTEGER NOT NULL -- one row; grows with every change, in the same transaction
) STRICT;
INSERT INTO roster (generation) VALUES (1);

CREATE TABLE login (
    name     TEXT PRIMARY KEY,  -- user name and client id: a device's id, or a bridge's or operator's name
    role     TEXT NOT NULL CHECK (role IN ('device', 'bridge', 'operator')),
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 32), -- SHA-256 of the key (256 random bits, base62, prefixed)
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
) STRICT;
PRAGMA user_version = 1;
