-- How many messages of an account ended badly and wait to be seen to: counted as they come and go, because counting them
-- anew costs more the more there are.

ALTER TABLE account ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;
UPDATE account SET dead = (SELECT COUNT(*) FROM dead_letter WHERE dead_letter.account = account.n);

UPDATE schema_version SET version = 35;
