-- Version 10: messages that ended badly and that nobody has seen to yet; no one-time codes.

CREATE TABLE dead_letter (
    message INTEGER PRIMARY KEY, -- message.n
    account INTEGER NOT NULL
) STRICT;
CREATE INDEX dead_letter_account ON dead_letter (account, message);

INSERT INTO dead_letter (message, account)
    SELECT n, account FROM message WHERE direction = 0 AND state IN (8, 9, 10, 12) AND purpose = 0;

UPDATE schema_version SET version = 10;
