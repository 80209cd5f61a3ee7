-- Version 7: how much a SIM may send, and what it has sent.

CREATE TABLE sim_limit (
    device     INTEGER NOT NULL REFERENCES device (n),
    slot       INTEGER NOT NULL, -- 0 = all SIMs of the device together
    per_minute INTEGER NOT NULL, -- parts; 0 = no limit, also below
    per_hour   INTEGER NOT NULL,
    per_day    INTEGER NOT NULL,
    gap_ms     INTEGER NOT NULL, -- least time between two messages
    jitter_ms  INTEGER NOT NULL, -- up to so much more, by chance
    opens_min  INTEGER NOT NULL, -- minutes of the day between which it sends; equal = always
    closes_min INTEGER NOT NULL,
    zone       TEXT NOT NULL,    -- whose days and minutes these are
    minute_at  INTEGER NOT NULL, -- beginning of the minute, hour and day that are counted
    minute     INTEGER NOT NULL, -- parts in it
    hour_at    INTEGER NOT NULL,
    hour       INTEGER NOT NULL,
    day_at     INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    last_at    INTEGER NOT NULL, -- of the last message
    PRIMARY KEY (device, slot)
) STRICT;

UPDATE schema_version SET version = 7;
