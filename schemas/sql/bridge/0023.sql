-- Version 23: to how many people a SIM may write, and to whom it has.

ALTER TABLE sim_limit ADD COLUMN recipients_day INTEGER NOT NULL DEFAULT 0; -- different numbers; 0 = no limit
ALTER TABLE sim_limit ADD COLUMN recipients_month INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sim_limit ADD COLUMN recipients_since INTEGER NOT NULL DEFAULT 0; -- when that began to be counted
ALTER TABLE sim_limit ADD COLUMN day_recipients INTEGER NOT NULL DEFAULT 0; -- since day_at
ALTER TABLE sim_limit ADD COLUMN month_at INTEGER NOT NULL DEFAULT 0; -- beginning of the month that is counted
ALTER TABLE sim_limit ADD COLUMN month_recipients INTEGER NOT NULL DEFAULT 0;

-- When a number was last written to by a SIM that has such a limit, for as long as it may count.
CREATE TABLE sim_recipient (
    device INTEGER NOT NULL,
    slot   INTEGER NOT NULL, -- as in sim_limit
    number TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (device, slot, number)
) STRICT;
CREATE INDEX sim_recipient_at ON sim_recipient (at);

UPDATE schema_version SET version = 23;
