-- To which countries the codes of an account go, and how many an hour to each.

CREATE TABLE otp_rule (
    account     INTEGER PRIMARY KEY,
    countries   TEXT NOT NULL,    -- two letters each with spaces between: only to these; "" = to all
    refused     TEXT NOT NULL,    -- but not to these
    per_country INTEGER NOT NULL  -- codes an hour to each country; 0 = the bridge's limit alone
) STRICT;

UPDATE schema_version SET version = 34;
