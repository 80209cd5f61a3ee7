-- Version 18: schedules that ended are deleted in the end.

CREATE INDEX schedule_removed ON schedule (removed_at) WHERE removed_at IS NOT NULL;

UPDATE schema_version SET version = 18;
