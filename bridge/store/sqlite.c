// The driver for SQLite.
#include "bridge/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAL_PAGES_MAX = 16384, // 64 MiB
    PROGRESS_STEPS = 1000,
};

struct db {
    sqlite3 *handle;
    enum store_status failure;
    int wal_pages; // in the write-ahead log after this connection's last commit
};

struct db_statement {
    sqlite3_stmt *handle;
    struct db *db;
};

static enum store_status translate_errno(int error, enum store_status otherwise)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return STORE_READONLY;
    default:
        return otherwise;
    }
}

// error is errno as the failed call has left it: sqlite3_system_errno is not kept for statements.
static enum store_status translate(int code, int error)
{
    if (code == SQLITE_IOERR_NOMEM)
        return STORE_MEMORY;
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_BUSY;
    case SQLITE_FULL:
        return STORE_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return STORE_READONLY;
    case SQLITE_CANTOPEN:
        return translate_errno(error, STORE_READONLY);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_CORRUPT;
    case SQLITE_CONSTRAINT:
        return STORE_CONFLICT;
    case SQLITE_NOMEM:
        return STORE_MEMORY;
    case SQLITE_IOERR:
        return translate_errno(error, STORE_IO);
    default:
        return STORE_IO;
    }
}

static bool check(struct db *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return true;
    if (db->failure == STORE_OK)
        db->failure = translate(code, errno);
    return false;
}

static const char WRITER_SETUP[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA cache_size = -16384;"
                                   "PRAGMA temp_store = MEMORY;";
static const char READER_SETUP[] = "PRAGMA query_only = ON;"
                                   "PRAGMA cache_size = -4096;"
                                   "PRAGMA temp_store = MEMORY;";

// Commits are synced (FULL), and checkpoints belong to their own thread. A log that was long once is cut.
static const char DURABLE_SETUP[] = "PRAGMA journal_mode = WAL;"
                                    "PRAGMA wal_autocheckpoint = 0;"
                                    "PRAGMA journal_size_limit = 67108864;";

// Called by SQLite after each commit.
static int on_commit(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct db *db = context;
    (void)handle, (void)name;
    db->wal_pages = pages;
    return SQLITE_OK;
}

// SQLite would make the file readable for everybody under a common umask. Nobody but SQLite may open an
// existing one: closing another descriptor of it would drop SQLite's locks.
static void make_private(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
}

struct db *db_open(const char *path, enum db_mode mode, int busy_ms, enum store_status *status)
{
    struct db *db = calloc(1, sizeof(*db));
    *status = STORE_MEMORY;
    if (db == NULL)
        return NULL;
    if (mode == DB_WRITER)
        make_private(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    bool opened = check(db, sqlite3_open_v2(path, &db->handle, flags, NULL)) &&
                  check(db, sqlite3_extended_result_codes(db->handle, 1)) &&
                  check(db, sqlite3_busy_timeout(db->handle, busy_ms)) &&
                  db_run(db, mode == DB_WRITER ? WRITER_SETUP : READER_SETUP);
    *status = db->failure;
    if (opened) {
        // Closing must not write into a file that may not be ours.
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return db;
    }
    db_close(db);
    return NULL;
}

bool db_make_durable(struct db *db)
{
    if (!db_run(db, DURABLE_SETUP))
        return false;
    sqlite3_wal_hook(db->handle, on_commit, db); // wal_autocheckpoint has put its own there
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return true;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    sqlite3_close(db->handle);
    free(db);
}

struct db_statement *db_prepare(struct db *db, const char *sql)
{
    struct db_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL)
        return NULL;
    statement->db = db;
    if (check(db,
              sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL)))
        return statement;
    free(statement);
    return NULL;
}

void db_finish(struct db_statement *statement)
{
    if (statement == NULL)
        return;
    sqlite3_finalize(statement->handle);
    free(statement);
}

bool db_run(struct db *db, const char *sql)
{
    return check(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

bool db_is_empty(struct db *db)
{
    struct db_statement *statement = db_prepare(db, "SELECT 1 FROM sqlite_schema LIMIT 1");
    bool empty = statement != NULL && db_step(statement) == DB_DONE;
    db_finish(statement);
    return empty;
}

void db_bind_int(struct db_statement *statement, int parameter, int64_t value)
{
    sqlite3_bind_int64(statement->handle, parameter, value);
}

void db_bind_null(struct db_statement *statement, int parameter)
{
    sqlite3_bind_null(statement->handle, parameter);
}

void db_bind_text(struct db_statement *statement, int parameter, const char *text)
{
    sqlite3_bind_text(statement->handle, parameter, text, -1, SQLITE_STATIC);
}

void db_bind_blob(struct db_statement *statement, int parameter, const void *bytes, size_t length)
{
    sqlite3_bind_blob64(statement->handle, parameter, bytes, length, SQLITE_STATIC);
}

enum db_step db_step(struct db_statement *statement)
{
    int code = sqlite3_step(statement->handle);
    if (!check(statement->db, code))
        return DB_FAILED;
    return code == SQLITE_ROW ? DB_ROW : DB_DONE;
}

void db_reset(struct db_statement *statement)
{
    sqlite3_reset(statement->handle);
}

int64_t db_int(struct db_statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

const char *db_text(struct db_statement *statement, int column)
{
    return (const char *)sqlite3_column_text(statement->handle, column);
}

const void *db_blob(struct db_statement *statement, int column, size_t *length)
{
    const void *bytes = sqlite3_column_blob(statement->handle, column);
    *length = (size_t)sqlite3_column_bytes(statement->handle, column);
    return bytes;
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

bool db_begin(struct db *db)
{
    errno = 0;
    return db_run(db, "BEGIN IMMEDIATE");
}

bool db_commit(struct db *db)
{
    if (!db_run(db, "COMMIT"))
        return false;
    // Checkpoints have their own thread, but under steady load the log starts anew only when a checkpoint
    // reaches its very end, and that takes the writer to stand still: it copies the little that is left
    // itself.
    if (db->wal_pages > WAL_PAGES_MAX)
        sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return true;
}

void db_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

enum store_status db_failure(const struct db *db)
{
    return db->failure;
}

void db_clear(struct db *db)
{
    db->failure = STORE_OK;
}

bool db_checkpoint(struct db *db)
{
    return check(db, sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

// Called by SQLite every now and then; other than 0 ends what runs.
static int on_progress(void *context)
{
    return atomic_load((const atomic_bool *)context);
}

bool db_copy_into(struct db *db, const char *path, const atomic_bool *stop)
{
    // A reader writes nothing, and the copy is a write, though not into the database.
    struct db_statement *statement =
        db_run(db, "PRAGMA query_only = OFF") ? db_prepare(db, "VACUUM INTO ?1") : NULL;
    if (statement == NULL)
        return false;
    sqlite3_progress_handler(db->handle, PROGRESS_STEPS, on_progress, (void *)(uintptr_t)stop);
    db_bind_text(statement, 1, path);
    bool copied = db_step(statement) == DB_DONE;
    db_finish(statement);
    sqlite3_progress_handler(db->handle, 0, NULL, NULL);
    return db_run(db, "PRAGMA query_only = ON") && copied;
}

bool db_is_sound(struct db *db)
{
    struct db_statement *statement = db_prepare(db, "PRAGMA integrity_check(1)");
    const char *word = statement != NULL && db_step(statement) == DB_ROW ? db_text(statement, 0) : NULL;
    bool sound = word != NULL && strcmp(word, "ok") == 0;
    db_finish(statement);
    return sound;
}
