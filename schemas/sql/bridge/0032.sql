-- What is held until a time, by account, so that it can be looked at again when what holds it is changed.

CREATE INDEX message_held ON message (account, n) WHERE state = 3 AND turn = 0;

-- The accounts in which that is under way.
CREATE TABLE held_look (
    account INTEGER PRIMARY KEY
) STRICT;

UPDATE schema_version SET version = 32;
