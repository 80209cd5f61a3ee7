-- Version 13: figures for the operator, an hour a row.

CREATE TABLE stat (
    account INTEGER NOT NULL,
    hour    INTEGER NOT NULL, -- its beginning
    device  INTEGER NOT NULL, -- 0 = none yet
    sim     INTEGER NOT NULL, -- slot, 0 = not known
    lane    INTEGER NOT NULL,
    -- messages, but for parts: those of what was sent
    accepted INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    undelivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    -- delivered ones by how long it took since they could go (stat_delay_s in bridge/store/stat.h)
    d0 INTEGER NOT NULL, d1 INTEGER NOT NULL, d2 INTEGER NOT NULL, d3 INTEGER NOT NULL, d4 INTEGER NOT NULL, d5 INTEGER NOT NULL, d6 INTEGER NOT NULL, d7 INTEGER NOT NULL,
    d8 INTEGER NOT NULL, d9 INTEGER NOT NULL, d10 INTEGER NOT NULL, d11 INTEGER NOT NULL, d12 INTEGER NOT NULL, d13 INTEGER NOT NULL, d14 INTEGER NOT NULL, d15 INTEGER NOT NULL,
    PRIMARY KEY (account, hour, device, sim, lane)
) STRICT;
CREATE INDEX stat_hour ON stat (hour);

-- What is counted in stat: messages and events up to these.
CREATE TABLE stat_mark (
    n       INTEGER PRIMARY KEY CHECK (n = 1),
    message INTEGER NOT NULL,
    event   INTEGER NOT NULL
) STRICT;
INSERT INTO stat_mark (n, message, event)
    VALUES (1, (SELECT COALESCE(MAX(n), 0) FROM message), (SELECT COALESCE(MAX(n), 0) FROM event));

UPDATE schema_version SET version = 13;
