-- Version 27: codes by country, and all texts that carried one.

ALTER TABLE otp_send ADD COLUMN region TEXT NOT NULL DEFAULT ''; -- of the number, "" = none
CREATE INDEX otp_send_region ON otp_send (account, region, at);
CREATE INDEX otp_hour_hour ON otp_hour (hour);

CREATE TABLE verification_text (
    verification INTEGER NOT NULL,
    message      TEXT NOT NULL, -- SM…
    PRIMARY KEY (verification, message)
) STRICT;
INSERT INTO verification_text (verification, message) SELECT n, message FROM verification WHERE state = 1;

UPDATE schema_version SET version = 27;
