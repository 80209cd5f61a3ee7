-- Version 21: services, each a way of an app to have numbers verified, with settings of its own.

CREATE TABLE otp_service (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,    -- VA…; the digits behind it are the purpose of its verifications
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL,    -- what the text says who wants to know
    digits     INTEGER NOT NULL, -- of its codes
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX otp_service_account ON otp_service (account, n) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX otp_service_id ON otp_service (account, id);

UPDATE schema_version SET version = 21;
