// What a driver brings: db.c calls it by this table.
#ifndef SMSQUITTO_BRIDGE_STORE_DRIVER_H
#define SMSQUITTO_BRIDGE_STORE_DRIVER_H

#include "bridge/store/db.h"

// One function for each of db.h, under the same contract. NULL for what a database does not offer, see there.
struct db_driver {
    struct db *(*open)(const char *path, enum db_mode mode, int busy_ms, enum store_status *status);
    void (*explain)(char *out, size_t size, const char *path, enum store_status status);
    void (*close)(struct db *db);
    bool (*make_durable)(struct db *db);
    struct db_statement *(*prepare)(struct db *db, const char *sql);
    void (*finish)(struct db_statement *statement);
    bool (*run)(struct db *db, const char *sql);
    bool (*is_empty)(struct db *db);
    void (*bind_int)(struct db_statement *statement, int parameter, int64_t value);
    void (*bind_null)(struct db_statement *statement, int parameter);
    void (*bind_text)(struct db_statement *statement, int parameter, const char *text);
    void (*bind_blob)(struct db_statement *statement, int parameter, const void *bytes, size_t length);
    enum db_step (*step)(struct db_statement *statement);
    void (*reset)(struct db_statement *statement);
    int64_t (*get_int)(struct db_statement *statement, int column);
    const char *(*get_text)(struct db_statement *statement, int column);
    const void *(*get_blob)(struct db_statement *statement, int column, size_t *length);
    int64_t (*changes)(struct db *db);
    bool (*begin)(struct db *db);
    bool (*commit)(struct db *db);
    void (*rollback)(struct db *db);
    void (*rest)(struct db *db);
    bool (*checkpoint)(struct db *db);
    bool (*copy_into)(struct db *db, const char *path, const atomic_bool *stop);
    bool (*is_sound)(struct db *db);
};

// What the drivers' connections and statements begin with.
struct db {
    const struct db_driver *driver;
    enum store_status failure; // the first since db_clear
};

struct db_statement {
    struct db *db;
};

extern const struct db_driver sqlite_driver;
extern const struct db_driver postgres_driver;

#endif
