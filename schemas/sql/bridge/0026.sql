-- Version 26: limits that a service has beside those of the bridge: how often codes may be asked for with the same value of
-- something that only the app knows, such as the address or the session of its user.

CREATE TABLE otp_quota (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,    -- RK…
    account     INTEGER NOT NULL,
    service     INTEGER NOT NULL, -- otp_service.n
    name        TEXT NOT NULL,    -- what a request calls it
    description TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    removed_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX otp_quota_name ON otp_quota (service, name) WHERE removed_at IS NULL;

-- At most max sends within interval_ms.
CREATE TABLE otp_bucket (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,    -- BL…
    quota       INTEGER NOT NULL, -- otp_quota.n
    max         INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    removed_at  INTEGER
) STRICT;
CREATE INDEX otp_bucket_quota ON otp_bucket (quota, n) WHERE removed_at IS NULL;

-- The sends that count.
CREATE TABLE otp_hit (
    quota INTEGER NOT NULL,
    value BLOB NOT NULL, -- SHA-256
    at    INTEGER NOT NULL
) STRICT;
CREATE INDEX otp_hit_value ON otp_hit (quota, value, at);
CREATE INDEX otp_hit_at ON otp_hit (at);

UPDATE schema_version SET version = 26;
