-- Version 22: phones that come by HTTP, with SMSGate's app.

CREATE TABLE phone (
    device INTEGER PRIMARY KEY REFERENCES device (n)
) STRICT;
CREATE INDEX device_key ON device (key_hash) WHERE removed_at IS NULL;

UPDATE schema_version SET version = 22;
