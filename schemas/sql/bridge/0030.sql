-- The bridges that work, or worked, on this store: one broker and one bridge are a node. A device is placed on the node
-- whose broker it connects to.

CREATE TABLE node (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE, -- [node] id
    lease      INTEGER NOT NULL,     -- rises when it is claimed or lost: whoever knows a smaller number has lost it
    claimed_at INTEGER NOT NULL
) STRICT;
INSERT INTO node (n, id, lease, claimed_at) VALUES (1, 'main', 0, 0);

ALTER TABLE device ADD COLUMN node INTEGER NOT NULL DEFAULT 1; -- node.n

UPDATE schema_version SET version = 30;
