-- Version 29: backups that took a store's place.

CREATE TABLE restored (
    at    INTEGER NOT NULL, -- when
    event INTEGER NOT NULL, -- numbers of events go on behind this one: those behind the backup's were given already
    done  INTEGER NOT NULL  -- 0 = what waited in the backup, and may have been sent since, is still to be ended
) STRICT;

UPDATE schema_version SET version = 29;
