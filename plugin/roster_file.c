// The SQLite side of the roster: one read-only connection, reopened when the file is another one.
#include "plugin/roster_file.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SCHEMA_VERSION = 1 };

struct roster_file {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *generation; // prepared while db is open
    dev_t device;             // of the file that db has open
    ino_t inode;
    bool loaded; // a table came from this very file
    int64_t loaded_generation;
    size_t skipped;
    char error[ROSTER_ERROR_SIZE];
};

struct roster_file *roster_file_new(const char *path)
{
    struct roster_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return NULL;
    file->path = strdup(path);
    if (file->path == NULL) {
        free(file);
        return NULL;
    }
    return file;
}

static void close_db(struct roster_file *file)
{
    sqlite3_finalize(file->generation);
    sqlite3_close(file->db);
    file->generation = NULL;
    file->db = NULL;
    file->loaded = false;
}

void roster_file_free(struct roster_file *file)
{
    if (file == NULL)
        return;
    close_db(file);
    free(file->path);
    free(file);
}

__attribute__((format(printf, 2, 3))) static enum roster_look fail(struct roster_file *file,
                                                                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(file->error, sizeof file->error, format, args);
    va_end(args);
    return ROSTER_FAIL;
}

// What an SQLite result other than success means to the caller.
static enum roster_look fail_sqlite(struct roster_file *file, int code)
{
    fail(file, "%s", file->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(file->db));
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED ? ROSTER_BUSY : ROSTER_FAIL;
}

// Makes db stand for the file that the path names now. Returns ROSTER_SAME on success.
static enum roster_look open_current(struct roster_file *file)
{
    struct stat now;
    if (stat(file->path, &now) != 0) {
        close_db(file);
        return fail(file, "no file");
    }
    if (file->db != NULL && now.st_dev == file->device && now.st_ino == file->inode)
        return ROSTER_SAME;

    close_db(file);
    int code = sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(file->db, 0);
    if (code == SQLITE_OK)
        code =
            sqlite3_exec(file->db, "PRAGMA cache_size = -128; PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v3(file->db, "SELECT generation FROM roster", -1, SQLITE_PREPARE_PERSISTENT,
                                  &file->generation, NULL);
    if (code != SQLITE_OK) {
        enum roster_look look = fail_sqlite(file, code);
        close_db(file);
        return look;
    }
    // Identity before opening: if the file was replaced in between, the next look sees another inode again.
    file->device = now.st_dev;
    file->inode = now.st_ino;
    return ROSTER_SAME;
}

static enum roster_look read_integer(struct roster_file *file, int64_t *value, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    bool fine = code == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
    if (fine)
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    if (fine)
        return ROSTER_SAME;
    return code == SQLITE_ROW || code == SQLITE_DONE ? fail(file, "no generation") : fail_sqlite(file, code);
}

static enum roster_look check_version(struct roster_file *file)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(file->db, "PRAGMA user_version", -1, &statement, NULL);
    if (code != SQLITE_OK)
        return fail_sqlite(file, code);
    int64_t version = 0;
    enum roster_look look = read_integer(file, &version, statement);
    sqlite3_finalize(statement);
    if (look == ROSTER_SAME && version != SCHEMA_VERSION)
        return fail(file, "schema version %lld, this plugin reads only %d", (long long)version,
                    SCHEMA_VERSION);
    return look;
}

// Takes one row (name, role, key_hash, disabled). Returns false when nobody could log in with it.
static bool read_login(struct login *login, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *word = (const char *)sqlite3_column_text(row, 1);
    const void *hash = sqlite3_column_blob(row, 2);
    enum role role;
    if (name == NULL || !device_id_valid(name, (size_t)sqlite3_column_bytes(row, 0)) || word == NULL ||
        !role_parse(&role, word) || hash == NULL || sqlite3_column_bytes(row, 2) != SECRET_HASH_BYTES)
        return false;
    *login = (struct login){.role = (uint8_t)role, .disabled = sqlite3_column_int(row, 3) != 0};
    stpcpy(login->name, name);
    memcpy(login->key_hash, hash, SECRET_HASH_BYTES);
    return true;
}

static enum roster_look read_rows(struct roster_file *file, struct roster *roster)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(file->db, "SELECT name, role, key_hash, disabled FROM login", -1,
                                  &statement, NULL);
    if (code != SQLITE_OK)
        return fail_sqlite(file, code);
    file->skipped = 0;
    bool room = true;
    while (room && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct login login;
        if (read_login(&login, statement))
            room = roster_add(roster, &login);
        else
            file->skipped++;
    }
    enum roster_look look = !room ? fail(file, "no memory for %zu logins", roster_count(roster))
                            : code == SQLITE_DONE ? ROSTER_READ
                                                  : fail_sqlite(file, code);
    sqlite3_finalize(statement);
    return look;
}

// Inside a read transaction, so that generation and rows belong together.
static enum roster_look read_all(struct roster_file *file, struct roster **roster)
{
    int64_t generation = 0;
    enum roster_look look = check_version(file);
    if (look == ROSTER_SAME)
        look = read_integer(file, &generation, file->generation);
    if (look != ROSTER_SAME)
        return look;
    struct roster *fresh = roster_new(generation);
    if (fresh == NULL)
        return fail(file, "out of memory");
    look = read_rows(file, fresh);
    if (look != ROSTER_READ) {
        roster_free(fresh);
        return look;
    }
    file->loaded = true;
    file->loaded_generation = generation;
    *roster = fresh;
    return ROSTER_READ;
}

enum roster_look roster_file_look(struct roster_file *file, struct roster **roster)
{
    enum roster_look look = open_current(file);
    if (look != ROSTER_SAME)
        return look;
    if (file->loaded) {
        int64_t generation = 0;
        look = read_integer(file, &generation, file->generation);
        if (look != ROSTER_SAME || generation == file->loaded_generation)
            return look;
    }
    int code = sqlite3_exec(file->db, "BEGIN", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return fail_sqlite(file, code);
    look = read_all(file, roster);
    sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_db_release_memory(file->db);
    return look;
}

const char *roster_file_error(const struct roster_file *file)
{
    return file->error;
}

size_t roster_file_skipped(const struct roster_file *file)
{
    return file->skipped;
}
