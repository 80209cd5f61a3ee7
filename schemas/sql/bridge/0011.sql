-- Version 11: texts with variables, in several languages.

CREATE TABLE template (
    n          INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    max_parts  INTEGER NOT NULL, -- of a text that it makes, 0 = as many as a message may have
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (account, name)
) STRICT;

CREATE TABLE template_text (
    template INTEGER NOT NULL,
    language TEXT NOT NULL,      -- "fr-CH"; "" = for all that have none of their own
    text     TEXT NOT NULL,
    PRIMARY KEY (template, language)
) STRICT;

UPDATE schema_version SET version = 11;
