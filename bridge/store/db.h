// The driver under the store: one connection to one database. sqlite.c and postgres.c implement it
// (driver.h), and the address chooses: postgresql://… is a server, all else the path of a file.
//
// A connection and its statements belong to one thread. Failures are kept in the connection: the first one
// since db_clear is what db_failure tells.
#ifndef SMSQUITTO_BRIDGE_STORE_DB_H
#define SMSQUITTO_BRIDGE_STORE_DB_H

#include "bridge/store/store.h"

#include <stdatomic.h>

enum db_mode { DB_WRITER, DB_READER };

struct db;
struct db_statement;

// Whether that is the address of a database server.
bool db_is_server(const char *path);
// Whether this program was built with a driver for that.
bool db_has_server(void);

// Opens the database at path (a writer makes a file that is missing, for its owner's eyes only). An existing
// one is not changed yet. A writer at a server is the only one there: STORE_LOCKED when there is another.
// busy_ms bounds waits for foreign locks. A reader finds its way back to a server that was away. NULL with
// *status set.
struct db *db_open(const char *path, enum db_mode mode, int busy_ms, enum store_status *status);
// Makes a writer's commits durable and its readers independent of it. Changes the file: call it when the
// database is known to be ours.
bool db_make_durable(struct db *db);
// Closes the connection; finish its statements before. NULL does nothing.
void db_close(struct db *db);

// Says why a database at path could not be opened with that status, for people: a server's own words, never a
// password. May ask the server again, which takes up to some seconds.
void db_explain(char *out, size_t size, const char *path, enum store_status status);

// One statement of the catalogue, with parameters ?1, ?2 …; owned, db_finish it. sql is borrowed as long.
// NULL when memory runs out. What is wrong with it may show only in its first step.
struct db_statement *db_prepare(struct db *db, const char *sql);
void db_finish(struct db_statement *statement);

// Runs SQL text of any number of statements without results, such as a migration: written for SQLite, and
// translated where the database has other words (postgres_sql.h).
bool db_run(struct db *db, const char *sql);
// Whether the database has no table at all.
bool db_is_empty(struct db *db);

// Parameters count from 1, columns from 0. Bound pointers are borrowed until db_reset.
void db_bind_int(struct db_statement *statement, int parameter, int64_t value);
void db_bind_null(struct db_statement *statement, int parameter);
void db_bind_text(struct db_statement *statement, int parameter, const char *text);
void db_bind_blob(struct db_statement *statement, int parameter, const void *bytes, size_t length);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };
enum db_step db_step(struct db_statement *statement);
// Ends the statement's run, so that it can be bound and stepped anew.
void db_reset(struct db_statement *statement);

// Values of the present row; NULL reads as 0, NULL pointer. Text is borrowed until the next step or reset, a
// blob until the next blob, too.
int64_t db_int(struct db_statement *statement, int column);
const char *db_text(struct db_statement *statement, int column);
const void *db_blob(struct db_statement *statement, int column, size_t *length);
// Rows that the last statement has changed.
int64_t db_changes(struct db *db);

bool db_begin(struct db *db);
bool db_commit(struct db *db);
void db_rollback(struct db *db);

enum store_status db_failure(const struct db *db);
void db_clear(struct db *db);

// Gives back the memory of what was read, in a quiet time: it is read again when it is needed.
void db_rest(struct db *db);

// Copies the write-ahead log into the database, without waiting for anybody. Nothing to do at a server.
bool db_checkpoint(struct db *db);

// Writes what the database holds at this moment into the empty file at path, without free pages and without
// making the writer wait. Ends early, with a failure, once *stop is true. The file is not synced. Files only,
// as the next one.
bool db_copy_into(struct db *db, const char *path, const atomic_bool *stop);
// Reads the whole database: whether it is in order.
bool db_is_sound(struct db *db);

#endif
