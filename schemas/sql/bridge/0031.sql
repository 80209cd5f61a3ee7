-- Until when all who could take what waits on a route rest: said once for the route, not in each message.

CREATE TABLE route_rest (
    route  INTEGER PRIMARY KEY, -- as in message.route
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    until  INTEGER NOT NULL     -- past = rests no more
) STRICT;

UPDATE schema_version SET version = 31;
