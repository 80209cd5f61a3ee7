-- Version 17: tokens that apps exchange their key for.

CREATE TABLE token (
    id           TEXT PRIMARY KEY, -- TK…, the jti of the access token
    refresh      TEXT NOT NULL UNIQUE, -- TR…, the jti of the refresh token
    family       TEXT NOT NULL,    -- id of the first one, of which this one was made by refreshing
    account      INTEGER NOT NULL,
    key          INTEGER NOT NULL, -- app_key.n: what it may not do, its tokens may not do
    scopes       INTEGER NOT NULL, -- bits of the API that it is for
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    refresh_until INTEGER NOT NULL,
    refreshed_at INTEGER,          -- a second refresh is a theft
    revoked_at   INTEGER
) STRICT;
CREATE INDEX token_family ON token (family);
CREATE INDEX token_account ON token (account, refresh_until);
CREATE INDEX token_ends ON token (refresh_until);

UPDATE schema_version SET version = 17;
