-- Version 19: how long an account keeps its messages.

CREATE TABLE retention (
    account     INTEGER PRIMARY KEY REFERENCES account (n),
    text_days   INTEGER NOT NULL, -- then the text is erased; 0 = never, also below
    number_days INTEGER NOT NULL, -- then the other side's number is erased
    delete_days INTEGER NOT NULL, -- then the message and its timeline are deleted
    text_to     TEXT NOT NULL,    -- ids below this one are done
    number_to   TEXT NOT NULL
) STRICT;

UPDATE schema_version SET version = 19;
