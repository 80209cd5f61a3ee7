// The device's memory on disk: the file, its schema, transactions, and the numbers.
#include "device/journal_internal.h"

#include "common/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA_VERSION = 1 };

#define JOURNAL_SEQ_MAX ((int64_t)1 << 53) // what JSON carries unharmed

static const char schema[] =
    "CREATE TABLE journal (id TEXT NOT NULL) STRICT;"
    "CREATE TABLE number (name INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "CREATE TABLE message ("
    " id TEXT PRIMARY KEY, position INTEGER NOT NULL, stage INTEGER NOT NULL, state INTEGER NOT NULL,"
    " lease INTEGER NOT NULL, qos INTEGER NOT NULL, report INTEGER NOT NULL, resent INTEGER NOT NULL,"
    " parts INTEGER NOT NULL, sent INTEGER NOT NULL, delivered INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL, lease_until INTEGER NOT NULL, at INTEGER NOT NULL,"
    " last_report INTEGER NOT NULL, sim INTEGER NOT NULL, to_number TEXT NOT NULL, text TEXT NOT NULL,"
    " error_kind INTEGER NOT NULL, error_code TEXT, error_text TEXT) STRICT;"
    "CREATE INDEX message_open ON message (stage, position) WHERE stage < 2;"
    "CREATE INDEX message_done ON message (at) WHERE stage >= 2;"
    "CREATE TABLE uplink ("
    " seq INTEGER PRIMARY KEY, inbound INTEGER NOT NULL, id TEXT NOT NULL, lease INTEGER NOT NULL,"
    " state INTEGER NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, at INTEGER NOT NULL,"
    " error_kind INTEGER NOT NULL, word TEXT, text TEXT, sim INTEGER NOT NULL) STRICT;"
    "CREATE TABLE inbound (uid TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX inbound_at ON inbound (at);";

static const char *const statements[JOURNAL_STATEMENTS] = {
    [JOURNAL_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [JOURNAL_SQL_COMMIT] = "COMMIT",
    [JOURNAL_SQL_ROLLBACK] = "ROLLBACK",
    [JOURNAL_SQL_ID_GET] = "SELECT id FROM journal",
    [JOURNAL_SQL_ID_PUT] = "UPDATE journal SET id = ?1",
    [JOURNAL_SQL_NUMBERS] = "SELECT name, value FROM number",
    [JOURNAL_SQL_NUMBER_PUT] = "INSERT INTO number (name, value) VALUES (?1, ?2)"
                               " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [JOURNAL_SQL_MESSAGE_GET] = "SELECT " JOURNAL_MESSAGE_COLUMNS " FROM message WHERE id = ?1",
    [JOURNAL_SQL_MESSAGE_NEXT] =
        "SELECT " JOURNAL_MESSAGE_COLUMNS " FROM message WHERE stage = ?1 AND stage < 2 AND position > ?2"
        " ORDER BY position LIMIT 1",
    [JOURNAL_SQL_MESSAGE_PUT] = "INSERT OR REPLACE INTO message (" JOURNAL_MESSAGE_COLUMNS
                                ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
                                " ?16, ?17, ?18, ?19, ?20, ?21)",
    [JOURNAL_SQL_MESSAGE_COUNT] = "SELECT count(*) FROM message WHERE stage = ?1 AND stage < 2",
    [JOURNAL_SQL_POSITION_NEXT] = "SELECT coalesce(max(position & 281474976710655), 0) + 1 FROM message",
    [JOURNAL_SQL_OVERDUE_AT] =
        "SELECT min(CASE WHEN resent THEN expires_at ELSE min(expires_at, lease_until) END)"
        " FROM message WHERE stage = 0 AND stage < 2",
    [JOURNAL_SQL_UPLINK_ADD] = "INSERT INTO uplink (seq, inbound, id, lease, state, part, parts, at,"
                               " error_kind, word, text, sim)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [JOURNAL_SQL_UPLINK_GET] =
        "SELECT inbound, id, lease, state, part, parts, at, error_kind, word, text, sim"
        " FROM uplink WHERE seq = ?1",
    [JOURNAL_SQL_UPLINK_OLDEST] = "SELECT min(seq) FROM uplink",
    [JOURNAL_SQL_UPLINK_FORGET] = "DELETE FROM uplink WHERE seq <= ?1",
    [JOURNAL_SQL_INBOUND_ADD] = "INSERT INTO inbound (uid, at) VALUES (?1, ?2)"
                                " ON CONFLICT (uid) DO UPDATE SET at = excluded.at",
    [JOURNAL_SQL_INBOUND_KNOWN] = "SELECT 1 FROM inbound WHERE uid = ?1 AND at >= ?2",
    [JOURNAL_SQL_INBOUND_NEWEST] = "SELECT max(at) FROM inbound",
    [JOURNAL_SQL_PRUNE_OLD] = "DELETE FROM message WHERE stage >= 2 AND at < ?1"
                              " AND last_report < (SELECT coalesce(min(seq), 1 << 53) FROM uplink)",
    [JOURNAL_SQL_PRUNE_MANY] = "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE stage >= 2"
                               " ORDER BY at DESC LIMIT -1 OFFSET ?1)"
                               " AND last_report < (SELECT coalesce(min(seq), 1 << 53) FROM uplink)",
    [JOURNAL_SQL_PRUNE_INBOUND] = "DELETE FROM inbound WHERE at < ?1 OR uid IN (SELECT uid FROM inbound"
                                  " ORDER BY at DESC LIMIT -1 OFFSET ?2)",
};

sqlite3_stmt *journal_use(struct journal *journal, enum journal_sql which)
{
    sqlite3_reset(journal->statements[which]);
    return journal->statements[which];
}

bool journal_row(struct journal *journal, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE && !journal->failed) {
        journal->failed = true;
        snprintf(journal->error, sizeof journal->error, "%s", sqlite3_errmsg(journal->db));
    }
    sqlite3_reset(statement);
    return false;
}

void journal_run(struct journal *journal, sqlite3_stmt *statement)
{
    while (journal_row(journal, statement))
        continue;
}

int64_t journal_scalar(struct journal *journal, sqlite3_stmt *statement, int64_t if_null)
{
    int64_t value = if_null;
    if (journal_row(journal, statement) && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

static void journal_make_id(char id[JOURNAL_ID_SIZE])
{
    uint8_t bytes[(JOURNAL_ID_SIZE - 1) / 2];
    if (!secret_random(bytes, sizeof bytes))
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static bool journal_execute(struct journal *journal, const char *sql)
{
    if (sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    snprintf(journal->error, sizeof journal->error, "%s", sqlite3_errmsg(journal->db));
    return false;
}

// Makes the tables in a new file; refuses a file of a newer version or of another program.
static bool journal_migrate(struct journal *journal)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(journal->db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    if (version == SCHEMA_VERSION)
        return true;
    if (version != 0) {
        snprintf(journal->error, sizeof journal->error, "it is no journal of this program (version %d)",
                 version);
        return false;
    }
    char sql[sizeof schema + 256];
    char id[JOURNAL_ID_SIZE];
    journal_make_id(id);
    snprintf(sql, sizeof sql, "BEGIN;%sINSERT INTO journal VALUES ('%s');PRAGMA user_version = %d;COMMIT;",
             schema, id, SCHEMA_VERSION);
    return journal_execute(journal, sql);
}

static bool journal_prepare(struct journal *journal)
{
    for (int i = 0; i < JOURNAL_STATEMENTS; i++) {
        if (sqlite3_prepare_v3(journal->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &journal->statements[i], NULL) != SQLITE_OK) {
            snprintf(journal->error, sizeof journal->error, "%s", sqlite3_errmsg(journal->db));
            return false;
        }
    }
    return true;
}

// Reads id and numbers into memory, at the start and after a rollback.
static void journal_load(struct journal *journal)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_ID_GET);
    journal->id[0] = '\0';
    if (journal_row(journal, statement) && sqlite3_column_type(statement, 0) == SQLITE_TEXT)
        snprintf(journal->id, sizeof journal->id, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_reset(statement);
    for (int i = 0; i < JOURNAL_NUMBERS; i++)
        journal->numbers[i] = 0;
    journal->numbers[JOURNAL_NEXT_SEQ] = 1;
    statement = journal_use(journal, JOURNAL_SQL_NUMBERS);
    while (journal_row(journal, statement)) {
        int64_t name = sqlite3_column_int64(statement, 0);
        if (name >= 0 && name < JOURNAL_NUMBERS)
            journal->numbers[name] = sqlite3_column_int64(statement, 1);
    }
}

// Whether what was loaded can be worked with: the bridge refuses all words under another kind of id, and
// numbers that are no counts would break those that follow.
static bool journal_sound(struct journal *journal)
{
    const int64_t *numbers = journal->numbers;
    bool id = strspn(journal->id, "0123456789abcdef") == JOURNAL_ID_SIZE - 1;
    bool counts = numbers[JOURNAL_NEXT_SEQ] >= 1 && numbers[JOURNAL_NEXT_SEQ] < JOURNAL_SEQ_MAX;
    for (int i = 0; i < JOURNAL_NUMBERS; i++)
        counts = counts && numbers[i] >= 0;
    if (!journal->failed && (!id || !counts)) {
        journal->failed = true;
        snprintf(journal->error, sizeof journal->error, "the journal is damaged: %s",
                 id ? "its numbers are out of range" : "it has no id");
    }
    return !journal->failed;
}

struct journal *journal_open(const char *path, char error[JOURNAL_ERROR_SIZE])
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        snprintf(error, JOURNAL_ERROR_SIZE, "out of memory");
        return NULL;
    }
    int result = sqlite3_open_v2(path, &journal->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (result != SQLITE_OK)
        snprintf(journal->error, sizeof journal->error, "%s",
                 journal->db != NULL ? sqlite3_errmsg(journal->db) : "out of memory");
    // Exclusive locking keeps a second device off this journal; the lock ends with the process.
    bool ready = result == SQLITE_OK &&
                 journal_execute(journal, "PRAGMA locking_mode = EXCLUSIVE;"
                                          "PRAGMA journal_mode = WAL;"
                                          "PRAGMA synchronous = FULL;"
                                          "BEGIN EXCLUSIVE; COMMIT;") &&
                 journal_migrate(journal) && journal_prepare(journal);
    if (ready)
        journal_load(journal);
    if (!ready || !journal_sound(journal)) {
        snprintf(error, JOURNAL_ERROR_SIZE, "%s", journal->error);
        journal_close(journal);
        return NULL;
    }
    return journal;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    for (int i = 0; i < JOURNAL_STATEMENTS; i++)
        sqlite3_finalize(journal->statements[i]);
    sqlite3_close(journal->db);
    free(journal);
}

const char *journal_id(const struct journal *journal)
{
    return journal->id;
}

void journal_renew(struct journal *journal)
{
    journal_make_id(journal->id);
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_ID_PUT);
    sqlite3_bind_text(statement, 1, journal->id, -1, SQLITE_STATIC);
    journal_run(journal, statement);
}

void journal_begin(struct journal *journal)
{
    journal_run(journal, journal_use(journal, JOURNAL_SQL_BEGIN));
}

bool journal_commit(struct journal *journal, char error[JOURNAL_ERROR_SIZE])
{
    if (!journal->failed)
        journal_run(journal, journal_use(journal, JOURNAL_SQL_COMMIT));
    if (!journal->failed)
        return true;
    snprintf(error, JOURNAL_ERROR_SIZE, "%s", journal->error);
    if (!sqlite3_get_autocommit(journal->db))
        sqlite3_step(journal_use(journal, JOURNAL_SQL_ROLLBACK));
    journal->failed = false;
    journal_load(journal);
    journal->failed = false;
    return false;
}

int64_t journal_number(const struct journal *journal, enum journal_number name)
{
    return journal->numbers[name];
}

void journal_number_put(struct journal *journal, enum journal_number name, int64_t value)
{
    journal->numbers[name] = value;
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_NUMBER_PUT);
    sqlite3_bind_int64(statement, 1, name);
    sqlite3_bind_int64(statement, 2, value);
    journal_run(journal, statement);
}
