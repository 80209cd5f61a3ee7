// What the files of the writer's side share.
#ifndef SMSQUITTO_BRIDGE_STORE_STORE_INTERNAL_H
#define SMSQUITTO_BRIDGE_STORE_STORE_INTERNAL_H

#include "bridge/store/db.h"
#include "bridge/store/node.h"
#include "bridge/store/statements.h"

struct store {
    char *path;
    int busy_ms;
    int lock;
    struct db *db; // NULL after a failure that made us give the connection up
    struct db_statement *statements[STATEMENT_WRITER_END];
    enum store_status failure;  // the first of this transaction
    char node_id[NODE_ID_SIZE]; // "" = not claimed yet
    int64_t node, lease;
};

// Looks, on a new connection, whether the node that was claimed is still ours, and claims it again if not.
enum store_status store_node_keep(struct store *store);

// Keeps bridges out of the database at path until *lock, which is owned, is closed; -1 = it was not opened.
// Set it to -1 before.
enum store_status store_lock(int *lock, const char *path);

// The statement to run, ready to be bound, or NULL when this transaction has failed already.
struct db_statement *store_use(struct store *store, enum statement statement);

// Runs a write that was bound, and resets it.
bool store_finish(struct store *store, struct db_statement *statement);

// Steps a read; resets it, and notes a failure, when there is no further row.
bool store_next_row(struct store *store, struct db_statement *statement);

// A read of one number without parameters; fallback when there is no row or NULL.
int64_t store_number(struct store *store, enum statement name, int64_t fallback);

// A read of a column of numbers without parameters: each is called with one after another. False when it
// returned false, or on failure.
bool store_each_number(struct store *store, enum statement name, bool (*each)(void *context, int64_t number),
                       void *context);

#endif
