-- Version 14: texts that recur are made by templates, too.

ALTER TABLE schedule ADD COLUMN template TEXT;  -- its name, NULL = text is given
ALTER TABLE schedule ADD COLUMN language TEXT;  -- of the template's text, NULL = the default
ALTER TABLE schedule ADD COLUMN variables TEXT; -- a JSON object, NULL = none

UPDATE schema_version SET version = 14;
