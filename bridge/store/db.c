// Chooses the driver by the address, and calls it.
#include "bridge/store/driver.h"

#include <stdio.h>
#include <string.h>

bool db_is_server(const char *path)
{
    return strncmp(path, "postgresql://", strlen("postgresql://")) == 0 ||
           strncmp(path, "postgres://", strlen("postgres://")) == 0;
}

#ifdef SMSQUITTO_POSTGRES
static const struct db_driver *const server_driver = &postgres_driver;
#else
static const struct db_driver *const server_driver = NULL;
#endif

bool db_has_server(void)
{
    return server_driver != NULL;
}

struct db *db_open(const char *path, enum db_mode mode, int busy_ms, enum store_status *status)
{
    const struct db_driver *driver = db_is_server(path) ? server_driver : &sqlite_driver;
    if (driver != NULL)
        return driver->open(path, mode, busy_ms, status);
    *status = STORE_AWAY;
    return NULL;
}

void db_explain(char *out, size_t size, const char *path, enum store_status status)
{
    bool asks = db_is_server(path) && (status == STORE_AWAY || status == STORE_CORRUPT);
    if (asks && server_driver != NULL)
        server_driver->explain(out, size, path, status);
    else
        snprintf(out, size, "%s", store_status_text(status));
}

bool db_make_durable(struct db *db)
{
    return db->driver->make_durable == NULL || db->driver->make_durable(db);
}

void db_close(struct db *db)
{
    if (db != NULL)
        db->driver->close(db);
}

struct db_statement *db_prepare(struct db *db, const char *sql)
{
    return db->driver->prepare(db, sql);
}

void db_finish(struct db_statement *statement)
{
    if (statement != NULL)
        statement->db->driver->finish(statement);
}

bool db_run(struct db *db, const char *sql)
{
    return db->driver->run(db, sql);
}

bool db_is_empty(struct db *db)
{
    return db->driver->is_empty(db);
}

void db_bind_int(struct db_statement *statement, int parameter, int64_t value)
{
    statement->db->driver->bind_int(statement, parameter, value);
}

void db_bind_null(struct db_statement *statement, int parameter)
{
    statement->db->driver->bind_null(statement, parameter);
}

void db_bind_text(struct db_statement *statement, int parameter, const char *text)
{
    statement->db->driver->bind_text(statement, parameter, text);
}

void db_bind_blob(struct db_statement *statement, int parameter, const void *bytes, size_t length)
{
    statement->db->driver->bind_blob(statement, parameter, bytes, length);
}

enum db_step db_step(struct db_statement *statement)
{
    return statement->db->driver->step(statement);
}

void db_reset(struct db_statement *statement)
{
    statement->db->driver->reset(statement);
}

int64_t db_int(struct db_statement *statement, int column)
{
    return statement->db->driver->get_int(statement, column);
}

const char *db_text(struct db_statement *statement, int column)
{
    return statement->db->driver->get_text(statement, column);
}

const void *db_blob(struct db_statement *statement, int column, size_t *length)
{
    return statement->db->driver->get_blob(statement, column, length);
}

int64_t db_changes(struct db *db)
{
    return db->driver->changes(db);
}

bool db_begin(struct db *db)
{
    return db->driver->begin(db);
}

bool db_commit(struct db *db)
{
    return db->driver->commit(db);
}

void db_rollback(struct db *db)
{
    db->driver->rollback(db);
}

enum store_status db_failure(const struct db *db)
{
    return db->failure;
}

void db_clear(struct db *db)
{
    db->failure = STORE_OK;
}

void db_rest(struct db *db)
{
    if (db->driver->rest != NULL)
        db->driver->rest(db);
}

bool db_checkpoint(struct db *db)
{
    return db->driver->checkpoint == NULL || db->driver->checkpoint(db);
}

bool db_copy_into(struct db *db, const char *path, const atomic_bool *stop)
{
    return db->driver->copy_into != NULL && db->driver->copy_into(db, path, stop);
}

bool db_is_sound(struct db *db)
{
    return db->driver->is_sound != NULL && db->driver->is_sound(db);
}
