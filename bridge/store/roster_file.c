// The file that tells the plugin who may log in.
#include "bridge/store/roster_file.h"

#include "bridge/store/roster_schema.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { BUSY_MS = 2000, MODE = 0644 };

struct roster_file {
    sqlite3 *db;
    sqlite3_stmt *put, *remove;
    bool failed;
};

static void run(struct roster_file *roster, const char *sql)
{
    if (!roster->failed && sqlite3_exec(roster->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        roster->failed = true;
}

static int64_t version_of(struct roster_file *roster)
{
    sqlite3_stmt *statement = NULL;
    int64_t version = -1;
    if (sqlite3_prepare_v2(roster->db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static bool prepare(struct roster_file *roster)
{
    if (version_of(roster) == 0) {
        run(roster, "BEGIN IMMEDIATE");
        run(roster, ROSTER_SCHEMA);
        run(roster, "COMMIT");
    }
    if (roster->failed || version_of(roster) != 1)
        return false;
    return sqlite3_prepare_v3(roster->db,
                              "INSERT INTO login (name, role, key_hash, disabled) VALUES (?1, ?2, ?3, 0) "
                              "ON CONFLICT (name) DO UPDATE SET role = ?2, key_hash = ?3, disabled = 0",
                              -1, SQLITE_PREPARE_PERSISTENT, &roster->put, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(roster->db, "DELETE FROM login WHERE name = ?1", -1, SQLITE_PREPARE_PERSISTENT,
                              &roster->remove, NULL) == SQLITE_OK;
}

struct roster_file *roster_file_open(const char *path)
{
    struct roster_file *roster = calloc(1, sizeof(*roster));
    if (roster == NULL)
        return NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &roster->db, flags, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(roster->db, BUSY_MS) == SQLITE_OK && prepare(roster) && chmod(path, MODE) == 0)
        return roster;
    roster_file_close(roster);
    return NULL;
}

void roster_file_close(struct roster_file *roster)
{
    if (roster == NULL)
        return;
    sqlite3_finalize(roster->put);
    sqlite3_finalize(roster->remove);
    sqlite3_close(roster->db);
    free(roster);
}

void roster_file_begin(struct roster_file *roster)
{
    roster->failed = false;
    run(roster, "BEGIN IMMEDIATE");
}

void roster_file_clear(struct roster_file *roster)
{
    run(roster, "DELETE FROM login");
}

static void step(struct roster_file *roster, sqlite3_stmt *statement)
{
    if (!roster->failed && sqlite3_step(statement) != SQLITE_DONE)
        roster->failed = true;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void roster_file_put(struct roster_file *roster, const char *name, const char *role,
                     const uint8_t key_hash[SECRET_HASH_BYTES])
{
    sqlite3_bind_text(roster->put, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(roster->put, 2, role, -1, SQLITE_STATIC);
    sqlite3_bind_blob(roster->put, 3, key_hash, SECRET_HASH_BYTES, SQLITE_STATIC);
    step(roster, roster->put);
}

void roster_file_remove(struct roster_file *roster, const char *name)
{
    sqlite3_bind_text(roster->remove, 1, name, -1, SQLITE_STATIC);
    step(roster, roster->remove);
}

bool roster_file_commit(struct roster_file *roster)
{
    run(roster, "UPDATE roster SET generation = generation + 1");
    run(roster, "COMMIT");
    if (roster->failed)
        sqlite3_exec(roster->db, "ROLLBACK", NULL, NULL, NULL);
    return !roster->failed;
}
