-- Version 5: one-time codes.

CREATE TABLE verification (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE, -- VE…
    account     INTEGER NOT NULL,
    number      TEXT NOT NULL,
    purpose     TEXT NOT NULL,    -- the app's word for what it proves
    region      TEXT NOT NULL,    -- of the number, "" = none
    seed        BLOB NOT NULL,    -- random; the code is made of it with the server's key, and stored nowhere
    digits      INTEGER NOT NULL,
    state       INTEGER NOT NULL, -- enum otp_state
    checks_left INTEGER NOT NULL,
    sends       INTEGER NOT NULL,
    message     TEXT NOT NULL,    -- SM… that carried it last
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE INDEX verification_number ON verification (account, number, purpose, n);
CREATE INDEX verification_open ON verification (expires_at) WHERE state = 1;
CREATE INDEX verification_ended ON verification (ended_at) WHERE ended_at IS NOT NULL;

-- What limits count: one row a send, for an hour.
CREATE TABLE otp_send (
    n       INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    number  TEXT NOT NULL,
    range   TEXT NOT NULL,    -- the number without its last four digits
    key     INTEGER NOT NULL, -- app_key.n, 0 = a local administrator
    client  TEXT NOT NULL,    -- the address that the app gave, "" = none
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX otp_send_number ON otp_send (account, number, at);
CREATE INDEX otp_send_range ON otp_send (account, range, at);
CREATE INDEX otp_send_key ON otp_send (key, at);
CREATE INDEX otp_send_client ON otp_send (account, client, at);
CREATE INDEX otp_send_at ON otp_send (at);

CREATE TABLE otp_hour (
    account  INTEGER NOT NULL,
    region   TEXT NOT NULL,
    hour     INTEGER NOT NULL, -- its beginning
    sent     INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    failed   INTEGER NOT NULL, -- wrong codes used up, or time over
    PRIMARY KEY (account, hour, region)
) STRICT;

UPDATE schema_version SET version = 5;
