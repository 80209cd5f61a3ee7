-- Version 4: webhooks, and one job for each event that one of them asked for.

CREATE TABLE webhook (
    n                INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE, -- WH…
    account          INTEGER NOT NULL REFERENCES account (n),
    name             TEXT NOT NULL,
    url              TEXT NOT NULL,    -- "" = this row signs and counts what goes to callback URLs of messages
    events           INTEGER NOT NULL, -- bits of event_bit
    signature        INTEGER NOT NULL, -- enum hook_signature
    secret           TEXT NOT NULL,    -- readable: it signs
    old_secret       TEXT,             -- signs as well until its time is over
    old_secret_until INTEGER,
    disabled         INTEGER NOT NULL, -- by request
    paused_at        INTEGER,          -- since when it is only tried by a probe
    created_at       INTEGER NOT NULL,
    removed_at       INTEGER           -- the row goes once its jobs are gone
) STRICT;
CREATE INDEX webhook_account ON webhook (account, n);

CREATE TABLE hook_job (
    n          INTEGER PRIMARY KEY, -- order of the events
    webhook    INTEGER NOT NULL,
    event      INTEGER NOT NULL,    -- event.n, 0 = a test
    message    INTEGER,             -- message.n: its jobs go one after the other
    state      INTEGER NOT NULL,    -- enum hook_state
    attempts   INTEGER NOT NULL,
    due_at     INTEGER,             -- NULL = waits behind an earlier job of its message
    created_at INTEGER NOT NULL,
    tried_at   INTEGER,
    ended_at   INTEGER,
    status     INTEGER NOT NULL,    -- last HTTP status, 0 = none
    error      TEXT,                -- what went wrong the last time
    took_ms    INTEGER NOT NULL     -- the last attempt
) STRICT;
CREATE INDEX hook_job_due ON hook_job (webhook, due_at) WHERE state = 1 AND due_at IS NOT NULL;
CREATE INDEX hook_job_behind ON hook_job (webhook, message, n) WHERE state = 1 AND message IS NOT NULL;
CREATE INDEX hook_job_webhook ON hook_job (webhook, n);
CREATE INDEX hook_job_ended ON hook_job (webhook, state, ended_at) WHERE ended_at IS NOT NULL;

UPDATE schema_version SET version = 4;
