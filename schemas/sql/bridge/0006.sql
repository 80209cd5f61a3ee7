-- Version 6: who may not be written to, and when.

CREATE TABLE suppression (
    n       INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    number  TEXT NOT NULL,
    source  INTEGER NOT NULL, -- enum suppression_source
    note    TEXT NOT NULL,    -- for people
    at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX suppression_number ON suppression (account, number);
CREATE INDEX suppression_account ON suppression (account, n);

-- When an answer to STOP, START or HELP went to a number last, so that two machines do not talk without end.
CREATE TABLE notice (
    account INTEGER NOT NULL,
    number  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, number)
) STRICT;
CREATE INDEX notice_at ON notice (at);

CREATE TABLE quiet_hours (
    account    INTEGER PRIMARY KEY,
    begins_min INTEGER NOT NULL, -- minute of the day at which quiet begins
    ends_min   INTEGER NOT NULL, -- and ends; before begins_min: on the next day
    days       INTEGER NOT NULL, -- bit k = all of weekday k is quiet, 0 = Sunday
    zone       TEXT NOT NULL     -- "" = where the recipient is
) STRICT;

UPDATE schema_version SET version = 6;
