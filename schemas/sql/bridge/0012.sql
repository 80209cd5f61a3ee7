-- Version 12: the ids that apps give to what they send.

CREATE TABLE send_name (
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL, -- the app's own id
    message    TEXT NOT NULL, -- SM… or, for several recipients, BA…
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT;
CREATE UNIQUE INDEX send_name_message ON send_name (account, message);

UPDATE schema_version SET version = 12;
