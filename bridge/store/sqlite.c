// The driver for SQLite.
#include "bridge/store/driver.h"
#include "bridge/store/trickle.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAL_PAGES_MAX = 16384, // 64 MiB
    PROGRESS_STEPS = 1000,
};

struct lite {
    struct db base;
    sqlite3 *handle;
    int wal_pages; // in the write-ahead log after this connection's last commit
};

struct lite_statement {
    struct db_statement base;
    const char *sql;
    sqlite3_stmt *handle; // NULL until its first use
};

static sqlite3 *handle_of(struct db *db)
{
    return ((struct lite *)db)->handle;
}

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

static bool lite_run(struct db *db, const char *sql)
{
    return check(db, sqlite3_exec(handle_of(db), sql, NULL, NULL, NULL));
}

static void lite_close(struct db *db)
{
    sqlite3_close(handle_of(db));
    free(db);
}

static const char WRITER_SETUP[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA cache_size = -16384;"
                                   "PRAGMA temp_store = MEMORY;";
static const char READER_SETUP[] = "PRAGMA query_only = ON;"
                                   "PRAGMA cache_size = -2048;"
                                   "PRAGMA temp_store = MEMORY;";

// Commits are synced (FULL), and checkpoints belong to their own thread. A log that was long once is cut.
static const char DURABLE_SETUP[] = "PRAGMA journal_mode = WAL;"
                                    "PRAGMA wal_autocheckpoint = 0;"
                                    "PRAGMA journal_size_limit = 67108864;";

// Called by SQLite after each commit.
static int on_commit(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct lite *lite = context;
    (void)handle, (void)name;
    lite->wal_pages = pages;
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

// Nobody asks SQLite how much memory it has, and counting it takes a lock for each piece.
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct db *lite_open(const char *path, enum db_mode mode, int busy_ms, enum store_status *status)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    struct lite *lite = calloc(1, sizeof(*lite));
    *status = STORE_MEMORY;
    if (lite == NULL)
        return NULL;
    struct db *db = &lite->base;
    db->driver = &sqlite_driver;
    if (mode == DB_WRITER)
        make_private(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    bool opened = check(db, sqlite3_open_v2(path, &lite->handle, flags, NULL)) &&
                  check(db, sqlite3_extended_result_codes(handle_of(db), 1)) &&
                  check(db, sqlite3_busy_timeout(handle_of(db), busy_ms)) &&
                  lite_run(db, mode == DB_WRITER ? WRITER_SETUP : READER_SETUP);
    *status = db->failure;
    if (opened) {
        // Closing must not write into a file that may not be ours.
        sqlite3_db_config(handle_of(db), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return db;
    }
    lite_close(db);
    return NULL;
}

static bool lite_make_durable(struct db *db)
{
    if (!lite_run(db, DURABLE_SETUP))
        return false;
    sqlite3_wal_hook(handle_of(db), on_commit, db); // wal_autocheckpoint has put its own there
    sqlite3_db_config(handle_of(db), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return true;
}

static struct db_statement *lite_prepare(struct db *db, const char *sql)
{
    struct lite_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL)
        return NULL;
    *statement = (struct lite_statement){.base.db = db, .sql = sql};
    return &statement->base;
}

// Prepared by its first use: a connection of the catalogue's hundreds needs a few. NULL after a failure,
// which is the connection's then; SQLite takes NULL, and does nothing.
static sqlite3_stmt *statement_of(struct db_statement *base)
{
    struct lite_statement *statement = (struct lite_statement *)base;
    if (statement->handle == NULL)
        check(base->db, sqlite3_prepare_v3(handle_of(base->db), statement->sql, -1, SQLITE_PREPARE_PERSISTENT,
                                           &statement->handle, NULL));
    return statement->handle;
}

static void lite_finish(struct db_statement *base)
{
    struct lite_statement *statement = (struct lite_statement *)base;
    sqlite3_finalize(statement->handle);
    free(statement);
}

static void lite_bind_int(struct db_statement *statement, int parameter, int64_t value)
{
    sqlite3_bind_int64(statement_of(statement), parameter, value);
}

static void lite_bind_null(struct db_statement *statement, int parameter)
{
    sqlite3_bind_null(statement_of(statement), parameter);
}

static void lite_bind_text(struct db_statement *statement, int parameter, const char *text)
{
    sqlite3_bind_text(statement_of(statement), parameter, text, -1, SQLITE_STATIC);
}

static void lite_bind_blob(struct db_statement *statement, int parameter, const void *bytes, size_t length)
{
    sqlite3_bind_blob64(statement_of(statement), parameter, bytes, length, SQLITE_STATIC);
}

static enum db_step lite_step(struct db_statement *statement)
{
    sqlite3_stmt *handle = statement_of(statement);
    if (handle == NULL)
        return DB_FAILED;
    int code = sqlite3_step(handle);
    if (!check(statement->db, code))
        return DB_FAILED;
    return code == SQLITE_ROW ? DB_ROW : DB_DONE;
}

static bool lite_is_empty(struct db *db)
{
    struct db_statement *statement = lite_prepare(db, "SELECT 1 FROM sqlite_schema LIMIT 1");
    bool empty = statement != NULL && lite_step(statement) == DB_DONE;
    db_finish(statement);
    return empty;
}

static void lite_reset(struct db_statement *statement)
{
    sqlite3_reset(((struct lite_statement *)statement)->handle);
}

static int64_t lite_int(struct db_statement *statement, int column)
{
    return sqlite3_column_int64(statement_of(statement), column);
}

static const char *lite_text(struct db_statement *statement, int column)
{
    return (const char *)sqlite3_column_text(statement_of(statement), column);
}

static const void *lite_blob(struct db_statement *statement, int column, size_t *length)
{
    const void *bytes = sqlite3_column_blob(statement_of(statement), column);
    *length = (size_t)sqlite3_column_bytes(statement_of(statement), column);
    return bytes;
}

static int64_t lite_changes(struct db *db)
{
    return sqlite3_changes64(handle_of(db));
}

static bool lite_begin(struct db *db)
{
    errno = 0;
    return lite_run(db, "BEGIN IMMEDIATE");
}

static bool lite_commit(struct db *db)
{
    if (!lite_run(db, "COMMIT"))
        return false;
    // Checkpoints have their own thread, but under steady load the log starts anew only when a checkpoint
    // reaches its very end, and that takes the writer to stand still: it copies the little that is left
    // itself.
    if (((struct lite *)db)->wal_pages > WAL_PAGES_MAX)
        sqlite3_wal_checkpoint_v2(handle_of(db), NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return true;
}

static void lite_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(handle_of(db)) == 0)
        sqlite3_exec(handle_of(db), "ROLLBACK", NULL, NULL, NULL);
}

static void lite_rest(struct db *db)
{
    sqlite3_db_release_memory(handle_of(db));
}

static bool lite_checkpoint(struct db *db)
{
    return check(db, sqlite3_wal_checkpoint_v2(handle_of(db), NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

// A copy that is being written.
struct copying {
    const atomic_bool *stop;
    struct trickle trickle;
};

// Called by SQLite every now and then; other than 0 ends what runs.
static int on_progress(void *context)
{
    struct copying *copying = context;
    trickle_step(&copying->trickle);
    return atomic_load(copying->stop);
}

static bool lite_copy_into(struct db *db, const char *path, const atomic_bool *stop)
{
    // A reader writes nothing, and the copy is a write, though not into the database.
    struct db_statement *statement =
        lite_run(db, "PRAGMA query_only = OFF") ? lite_prepare(db, "VACUUM INTO ?1") : NULL;
    if (statement == NULL)
        return false;
    struct copying copying = {.stop = stop};
    trickle_begin(&copying.trickle, path);
    sqlite3_progress_handler(handle_of(db), PROGRESS_STEPS, on_progress, &copying);
    lite_bind_text(statement, 1, path);
    bool copied = lite_step(statement) == DB_DONE;
    lite_finish(statement);
    trickle_end(&copying.trickle); // SQLite has closed the file
    sqlite3_progress_handler(handle_of(db), 0, NULL, NULL);
    return lite_run(db, "PRAGMA query_only = ON") && copied;
}

static bool lite_is_sound(struct db *db)
{
    struct db_statement *statement = lite_prepare(db, "PRAGMA integrity_check(1)");
    const char *word = statement != NULL && lite_step(statement) == DB_ROW ? lite_text(statement, 0) : NULL;
    bool sound = word != NULL && strcmp(word, "ok") == 0;
    db_finish(statement);
    return sound;
}

const struct db_driver sqlite_driver = {
    .open = lite_open,
    .close = lite_close,
    .make_durable = lite_make_durable,
    .prepare = lite_prepare,
    .finish = lite_finish,
    .run = lite_run,
    .is_empty = lite_is_empty,
    .bind_int = lite_bind_int,
    .bind_null = lite_bind_null,
    .bind_text = lite_bind_text,
    .bind_blob = lite_bind_blob,
    .step = lite_step,
    .reset = lite_reset,
    .get_int = lite_int,
    .get_text = lite_text,
    .get_blob = lite_blob,
    .changes = lite_changes,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .rest = lite_rest,
    .checkpoint = lite_checkpoint,
    .copy_into = lite_copy_into,
    .is_sound = lite_is_sound,
};
