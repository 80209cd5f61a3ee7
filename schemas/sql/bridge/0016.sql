-- Version 16: how devices are, and were.

CREATE TABLE device_vitals (
    device   INTEGER PRIMARY KEY REFERENCES device (n),
    warnings INTEGER NOT NULL, -- bits, see enum warning in bridge/store/vitals.h
    sims     INTEGER NOT NULL  -- slots that had a SIM: bit k-1 = slot k
) STRICT;

CREATE TABLE device_hour (
    device      INTEGER NOT NULL REFERENCES device (n),
    hour        INTEGER NOT NULL, -- its beginning
    battery_min INTEGER NOT NULL, -- percent, -1 = not told; also below
    battery     INTEGER NOT NULL, -- the last word
    charging    INTEGER NOT NULL,
    signal_min  INTEGER NOT NULL, -- of the best SIM
    signal      INTEGER NOT NULL,
    told        INTEGER NOT NULL, -- how often the device told
    PRIMARY KEY (device, hour)
) STRICT;
CREATE INDEX device_hour_hour ON device_hour (hour);

UPDATE schema_version SET version = 16;
