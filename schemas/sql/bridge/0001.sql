-- The store of the bridge, version 1. Written so that SQLite and PostgreSQL both take it: the PostgreSQL driver reads
-- INTEGER as BIGINT, BLOB as BYTEA, and drops STRICT. All times are milliseconds since 1970 UTC. Numbers of states,
-- lanes, encodings and event kinds are those of the headers in common/ and bridge/store/records.h.

CREATE TABLE schema_version (
    version INTEGER NOT NULL
) STRICT;
INSERT INTO schema_version (version) VALUES (1);

CREATE TABLE account (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE, -- AC…
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE app_key (
    n               INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE, -- SK…
    account         INTEGER NOT NULL REFERENCES account (n),
    name            TEXT NOT NULL,
    hash            BLOB NOT NULL UNIQUE, -- SHA-256 of the key
    hint            TEXT NOT NULL,        -- its first characters, for people
    scopes          INTEGER NOT NULL,     -- bits of enum scope
    rate_per_minute INTEGER NOT NULL,     -- sends a minute; 0 = no limit
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    revoked_at      INTEGER,
    used_at         INTEGER               -- to the minute
) STRICT;
CREATE INDEX app_key_account ON app_key (account, n);

CREATE TABLE device (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,           -- the slug in its topics
    account    INTEGER NOT NULL REFERENCES account (n),
    name       TEXT NOT NULL,
    key_hash   BLOB NOT NULL,
    paused     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,                 -- the row stays for the messages that name it
    online     INTEGER NOT NULL,        -- as last told by the plugin
    online_at  INTEGER,                 -- since when it is online or offline
    seen_at    INTEGER,                 -- last word from it
    journal    TEXT,                    -- id of the device's journal
    up_to      INTEGER NOT NULL,        -- all uplinks of that journal up to here are stored
    status     TEXT                     -- its last hello or telemetry, as JSON
) STRICT;
CREATE UNIQUE INDEX device_id ON device (id) WHERE removed_at IS NULL;
CREATE INDEX device_account ON device (account, n);

CREATE TABLE message (
    n               INTEGER PRIMARY KEY, -- order of acceptance
    id              TEXT NOT NULL,       -- SM…, rising with n
    account         INTEGER NOT NULL,
    direction       INTEGER NOT NULL,    -- 0 outbound, 1 inbound
    batch           TEXT,                -- BA…
    peer            TEXT NOT NULL,       -- the other side: recipient or sender
    text            TEXT NOT NULL,
    encoding        INTEGER NOT NULL,
    parts           INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    reason          TEXT,                -- code: why it waits, or why it ended so
    detail          TEXT,                -- the same in words
    lane            INTEGER NOT NULL,
    qos             INTEGER NOT NULL,
    want_device     INTEGER,             -- device.n that the request named
    want_sim        INTEGER NOT NULL,    -- 0 = any
    want_report     INTEGER NOT NULL,
    device          INTEGER,             -- device.n that holds or held it
    sim             INTEGER NOT NULL,    -- slot that the device used, when known
    lease           INTEGER NOT NULL,    -- number of the present attempt; 0 = none yet
    lease_until     INTEGER,
    attempts        INTEGER NOT NULL,    -- failed ones
    asked           INTEGER NOT NULL,    -- how often this hop was asked for again
    cancelling      INTEGER NOT NULL,
    parts_sent      INTEGER NOT NULL,    -- bit k-1 = part k
    parts_delivered INTEGER NOT NULL,
    turn            INTEGER NOT NULL,    -- 0 none, 1 waits for its turn on route, 2 with the device route, not sent yet
    route           INTEGER NOT NULL,    -- device.n, or -account.n = any device of the account
    due_at          INTEGER,             -- when the engine looks at it next; NULL = never again
    send_at         INTEGER,
    expires_at      INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    metadata        TEXT,                -- JSON object, as given
    uid             TEXT                 -- inbound: the device's id for it
) STRICT;
CREATE UNIQUE INDEX message_id ON message (account, id);
CREATE INDEX message_peer ON message (account, peer, n);
CREATE INDEX message_turn ON message (turn, route, lane, n) WHERE turn > 0;
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_batch ON message (batch) WHERE batch IS NOT NULL;
CREATE UNIQUE INDEX message_uid ON message (device, uid) WHERE uid IS NOT NULL;

-- Everything that happened, in the order of the commits: the timeline of a message, and the live stream.
CREATE TABLE event (
    n       INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    kind    INTEGER NOT NULL, -- a state, or enum event_kind
    message INTEGER,          -- message.n
    device  INTEGER,          -- device.n
    at      INTEGER NOT NULL, -- when it happened, as far as known
    lease   INTEGER NOT NULL,
    part    INTEGER NOT NULL, -- 0 = the whole message
    reason  TEXT,
    detail  TEXT
) STRICT;
CREATE INDEX event_message ON event (message) WHERE message IS NOT NULL;

CREATE TABLE idempotency (
    account      INTEGER NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL, -- SHA-256 of the request that came first
    message      TEXT NOT NULL, -- SM… or, for several recipients, BA…
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
CREATE INDEX idempotency_created ON idempotency (created_at);
