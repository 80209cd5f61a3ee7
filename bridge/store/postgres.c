// The driver for PostgreSQL: connections and transactions. Statements are in postgres_statement.c.
//
// In a transaction the server is asked without waiting (libpq's pipeline mode): BEGIN, the writes and COMMIT
// of a batch go out together, and only a read, or a question for how many rows were changed, waits for
// answers. What failed is so told a little later, by the next of these or by the commit.
//
// The writer's connection holds an advisory lock, so there is one bridge on a database, and a bridge that has
// lost its connection can write nothing more.
#include "bridge/store/postgres_internal.h"

#include "bridge/store/postgres_sql.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCK_CLASS = 0x534d53, // "SMS"; the second number of the lock is made of the schema's name
    LOCK_WAIT_MS = 3000,   // the server may see a little late that the bridge before us has died
    RETRY_MS = 1000,
    QUEUED_MAX = 500, // answers that the server may have to keep for us
    SETUP_SIZE = 512,
};

// Before the user's address, which may say otherwise. A server that is silent is given up after some seconds.
static const char *const KEYWORDS[] = {
    "connect_timeout",           "keepalives_idle",  "keepalives_interval",
    "keepalives_count",          "tcp_user_timeout", "client_encoding",
    "fallback_application_name", "dbname",           NULL,
};
enum { KEYWORD_COUNT = sizeof(KEYWORDS) / sizeof(KEYWORDS[0]) };

static PGconn *connect_to(const char *url)
{
    const char *values[KEYWORD_COUNT] = {"5", "10", "5", "3", "15000", "UTF8", "smsquitto", url, NULL};
    return PQconnectdbParams(KEYWORDS, values, 1);
}

// By the first characters of SQLSTATE, the longer ones first.
static const struct {
    const char *begin;
    enum store_status status;
} STATES[] = {
    {"25006", STORE_READONLY}, // on a standby
    {"42501", STORE_READONLY}, // no right
    {"53100", STORE_FULL},     // disk full
    {"53", STORE_BUSY},        // memory, connections and other resources of the server
    {"55P03", STORE_BUSY},     // lock timeout
    {"40", STORE_BUSY},        // deadlock and such
    {"57014", STORE_BUSY},     // cancelled
    {"57P", STORE_AWAY},       // the server stops or starts
    {"08", STORE_AWAY},        // connection
    {"23", STORE_CONFLICT},    // unique and other rules
    {"XX00", STORE_CORRUPT},   // damaged data or index, internal error
};

static enum store_status translate(const char *state)
{
    for (size_t i = 0; i < sizeof(STATES) / sizeof(STATES[0]); i++)
        if (strncmp(state, STATES[i].begin, strlen(STATES[i].begin)) == 0)
            return STATES[i].status;
    return STORE_IO;
}

static bool fail(struct postgres *postgres, enum store_status status)
{
    if (postgres->base.failure == STORE_OK)
        postgres->base.failure = status;
    return false;
}

bool postgres_check(struct postgres *postgres, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return true;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (PQstatus(postgres->connection) != CONNECTION_OK)
        return fail(postgres, STORE_AWAY);
    return fail(postgres, state != NULL ? translate(state) : STORE_MEMORY);
}

// Runs text without parameters, as it is.
static bool run_text(struct postgres *postgres, const char *sql)
{
    PGresult *result = PQexec(postgres->connection, sql);
    bool done = postgres_check(postgres, result);
    PQclear(result);
    return done;
}

static void ignore_notice(void *context, const char *message)
{
    (void)context, (void)message;
}

static bool has_encoding(PGconn *connection)
{
    const char *encoding = PQparameterStatus(connection, "server_encoding");
    return encoding != NULL && strcmp(encoding, "UTF8") == 0;
}

// Commits wait for the server's disk, whatever its default is; a mode that waits for more is left alone.
static bool prepare_session(struct postgres *postgres)
{
    char sql[SETUP_SIZE];
    int busy_ms = postgres->busy_ms > 0 ? postgres->busy_ms : 1;
    snprintf(sql, sizeof(sql),
             "SET lock_timeout = %d; SET default_transaction_read_only = %s; SELECT "
             "set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN "
             "('off', 'local')",
             busy_ms, postgres->mode == DB_WRITER ? "off" : "on");
    return run_text(postgres, sql);
}

// The lock goes with the connection.
static bool take_lock(struct postgres *postgres)
{
    char sql[SETUP_SIZE];
    snprintf(sql, sizeof(sql),
             "BEGIN; SET LOCAL lock_timeout = %d; SELECT pg_advisory_lock(%d, "
             "hashtext(COALESCE(current_schema(), ''))); COMMIT",
             LOCK_WAIT_MS, LOCK_CLASS);
    if (run_text(postgres, sql))
        return true;
    if (postgres->base.failure == STORE_BUSY)
        postgres->base.failure = STORE_LOCKED;
    return false;
}

static bool set_up(struct postgres *postgres)
{
    if (PQstatus(postgres->connection) != CONNECTION_OK)
        return fail(postgres, STORE_AWAY);
    PQsetNoticeProcessor(postgres->connection, ignore_notice, NULL);
    if (!has_encoding(postgres->connection))
        return fail(postgres, STORE_CORRUPT);
    return prepare_session(postgres) && (postgres->mode != DB_WRITER || take_lock(postgres));
}

bool postgres_revive(struct postgres *postgres)
{
    if (PQstatus(postgres->connection) == CONNECTION_OK)
        return true;
    if (postgres->mode == DB_WRITER || clock_mono_ms() < postgres->retry_at_ms)
        return fail(postgres, STORE_AWAY);
    PQreset(postgres->connection);
    postgres->generation++;
    if (set_up(postgres))
        return true;
    postgres->retry_at_ms = clock_mono_ms() + RETRY_MS;
    return false;
}

static void close_db(struct db *db)
{
    PQfinish(postgres_of(db)->connection);
    free(db);
}

static struct db *open_db(const char *path, enum db_mode mode, int busy_ms, enum store_status *status)
{
    struct postgres *postgres = calloc(1, sizeof(*postgres));
    *status = STORE_MEMORY;
    if (postgres == NULL)
        return NULL;
    postgres->base.driver = &postgres_driver;
    postgres->mode = mode;
    postgres->busy_ms = busy_ms;
    postgres->connection = connect_to(path);
    bool ready = set_up(postgres);
    *status = postgres->base.failure;
    if (ready)
        return &postgres->base;
    close_db(&postgres->base);
    return NULL;
}

bool postgres_enter(struct postgres *postgres)
{
    if (postgres->queued >= QUEUED_MAX)
        PQclear(postgres_settle(postgres));
    if (postgres->base.failure != STORE_OK)
        return false;
    return postgres->queued > 0 || PQenterPipelineMode(postgres->connection) == 1 ||
           fail(postgres, STORE_AWAY);
}

bool postgres_queue(struct postgres *postgres, bool sent)
{
    postgres->queued += sent;
    return sent || fail(postgres, STORE_AWAY);
}

// The answer to each statement is followed by NULL, and in the end comes that to the sync. Two NULL mean that
// no more will come.
PGresult *postgres_settle(struct postgres *postgres)
{
    PGresult *last = NULL;
    bool whole = false;
    if (postgres->queued == 0)
        return NULL;
    (void)PQpipelineSync(postgres->connection);
    int answers_max = 2 * postgres->queued + 1;
    for (int silent = 0, i = 0; silent < 2 && i < answers_max && !whole; i++) {
        PGresult *result = PQgetResult(postgres->connection);
        silent = result == NULL ? silent + 1 : 0;
        whole = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (result == NULL)
            continue;
        if (!whole && postgres_check(postgres, result))
            postgres->changes = strtoll(PQcmdTuples(result), NULL, 10);
        PGresult *old = whole ? result : last;
        last = whole ? last : result;
        PQclear(old);
    }
    postgres->queued = 0;
    if (!whole || PQexitPipelineMode(postgres->connection) != 1)
        (void)fail(postgres, STORE_AWAY);
    if (postgres->base.failure == STORE_OK)
        return last;
    PQclear(last);
    return NULL;
}

static bool queue_text(struct postgres *postgres, const char *sql)
{
    return postgres_enter(postgres) &&
           postgres_queue(postgres,
                          PQsendQueryParams(postgres->connection, sql, 0, NULL, NULL, NULL, NULL, 0) == 1);
}

static bool run(struct db *db, const char *sql)
{
    PQclear(postgres_settle(postgres_of(db)));
    char *text = postgres_sql_schema(sql);
    bool done = text != NULL ? run_text(postgres_of(db), text) : fail(postgres_of(db), STORE_MEMORY);
    free(text);
    return done;
}

static bool is_empty(struct db *db)
{
    PQclear(postgres_settle(postgres_of(db)));
    PGresult *result = PQexec(postgres_of(db)->connection,
                              "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1");
    bool empty = postgres_check(postgres_of(db), result) && PQntuples(result) == 0;
    PQclear(result);
    return empty;
}

static int64_t changes(struct db *db)
{
    PQclear(postgres_settle(postgres_of(db)));
    return postgres_of(db)->changes;
}

static bool begin(struct db *db)
{
    postgres_of(db)->in_transaction = true;
    return queue_text(postgres_of(db), "BEGIN");
}

// The server answers ROLLBACK, and that is no error, when the transaction had failed.
static bool commit(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    PGresult *last = queue_text(postgres, "COMMIT") ? postgres_settle(postgres) : NULL;
    bool done = last != NULL && strcmp(PQcmdStatus(last), "COMMIT") == 0;
    PQclear(last);
    if (done)
        postgres->in_transaction = false;
    return done || fail(postgres, STORE_IO);
}

static void rollback(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    PQclear(postgres_settle(postgres));
    PGTransactionStatusType status = PQtransactionStatus(postgres->connection);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(PQexec(postgres->connection, "ROLLBACK"));
    postgres->in_transaction = false;
}

static void explain(char *out, size_t size, const char *url, enum store_status status)
{
    PGconn *connection = connect_to(url);
    if (PQstatus(connection) != CONNECTION_OK)
        snprintf(out, size, "%s", PQerrorMessage(connection));
    else
        snprintf(out, size, "%s",
                 has_encoding(connection) ? store_status_text(status)
                                          : "the encoding of the database has to be UTF8");
    PQfinish(connection);
    for (char *c = out; *c != '\0'; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
}

const struct db_driver postgres_driver = {
    .open = open_db,
    .explain = explain,
    .close = close_db,
    .prepare = postgres_prepare,
    .finish = postgres_finish,
    .run = run,
    .is_empty = is_empty,
    .bind_int = postgres_bind_int,
    .bind_null = postgres_bind_null,
    .bind_text = postgres_bind_text,
    .bind_blob = postgres_bind_blob,
    .step = postgres_step,
    .reset = postgres_reset,
    .get_int = postgres_int,
    .get_text = postgres_text,
    .get_blob = postgres_blob,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
};
