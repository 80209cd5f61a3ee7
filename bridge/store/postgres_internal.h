// What the two files of the driver for PostgreSQL share.
#ifndef SMSQUITTO_BRIDGE_STORE_POSTGRES_INTERNAL_H
#define SMSQUITTO_BRIDGE_STORE_POSTGRES_INTERNAL_H

#include "bridge/store/driver.h"

#include <libpq-fe.h>

struct postgres {
    struct db base;
    PGconn *connection;
    enum db_mode mode;
    int busy_ms;
    unsigned generation; // counts the connections: what was prepared on an earlier one is gone
    unsigned names;      // of prepared statements that were given
    int64_t retry_at_ms; // a server that was away is not asked before this (monotonic)
    int64_t changes;     // rows that the last statement has changed
    bool in_transaction;
    int queued; // what was sent in this transaction and not answered yet: the connection is in pipeline mode
};

static inline struct postgres *postgres_of(struct db *db)
{
    return (struct postgres *)db;
}

// Whether the server did it. Notes the failure otherwise. result may be NULL.
bool postgres_check(struct postgres *postgres, const PGresult *result);

// In a transaction nothing waits for the answer to a write. Queues one with a function of libpq that has sent
// it (sent = what that returned); false when it could not.
bool postgres_enter(struct postgres *postgres);
bool postgres_queue(struct postgres *postgres, bool sent);

// Takes the answers to all that is queued. The last one, owned; NULL when nothing was queued or something
// failed, which is noted.
PGresult *postgres_settle(struct postgres *postgres);

// Makes a reader's connection again when it is gone, but not all the time. False, with the failure noted,
// when there is none.
bool postgres_revive(struct postgres *postgres);

// The driver's functions for statements.
struct db_statement *postgres_prepare(struct db *db, const char *sql);
void postgres_finish(struct db_statement *statement);
void postgres_bind_int(struct db_statement *statement, int parameter, int64_t value);
void postgres_bind_null(struct db_statement *statement, int parameter);
void postgres_bind_text(struct db_statement *statement, int parameter, const char *text);
void postgres_bind_blob(struct db_statement *statement, int parameter, const void *bytes, size_t length);
enum db_step postgres_step(struct db_statement *statement);
void postgres_reset(struct db_statement *statement);
int64_t postgres_int(struct db_statement *statement, int column);
const char *postgres_text(struct db_statement *statement, int column);
const void *postgres_blob(struct db_statement *statement, int column, size_t *length);

#endif
