-- Version 25: quiet hours of pools, which take the place of their account's; quiet_begins NULL = it has none.

ALTER TABLE pool ADD COLUMN quiet_begins INTEGER; -- as in quiet_hours
ALTER TABLE pool ADD COLUMN quiet_ends INTEGER;
ALTER TABLE pool ADD COLUMN quiet_days INTEGER;
ALTER TABLE pool ADD COLUMN quiet_zone TEXT;

UPDATE schema_version SET version = 25;
