// What the sources of the journal share.
#ifndef SMSQUITTO_DEVICE_JOURNAL_INTERNAL_H
#define SMSQUITTO_DEVICE_JOURNAL_INTERNAL_H

#include "device/journal.h"

#include <sqlite3.h>

// In the order of the parameters of JOURNAL_SQL_MESSAGE_PUT.
#define JOURNAL_MESSAGE_COLUMNS                                                                              \
    "id, position, stage, state, lease, qos, report, resent, parts, sent, delivered, expires_at, "           \
    "lease_until, at, last_report, sim, to_number, text, error_kind, error_code, error_text"

enum journal_sql {
    JOURNAL_SQL_BEGIN,
    JOURNAL_SQL_COMMIT,
    JOURNAL_SQL_ROLLBACK,
    JOURNAL_SQL_ID_GET,
    JOURNAL_SQL_ID_PUT,
    JOURNAL_SQL_NUMBERS,
    JOURNAL_SQL_NUMBER_PUT,
    JOURNAL_SQL_MESSAGE_GET,
    JOURNAL_SQL_MESSAGE_NEXT,
    JOURNAL_SQL_MESSAGE_PUT,
    JOURNAL_SQL_MESSAGE_COUNT,
    JOURNAL_SQL_POSITION_NEXT,
    JOURNAL_SQL_OVERDUE_AT,
    JOURNAL_SQL_UPLINK_ADD,
    JOURNAL_SQL_UPLINK_GET,
    JOURNAL_SQL_UPLINK_OLDEST,
    JOURNAL_SQL_UPLINK_FORGET,
    JOURNAL_SQL_INBOUND_ADD,
    JOURNAL_SQL_INBOUND_KNOWN,
    JOURNAL_SQL_INBOUND_NEWEST,
    JOURNAL_SQL_PRUNE_OLD,
    JOURNAL_SQL_PRUNE_MANY,
    JOURNAL_SQL_PRUNE_INBOUND,
    JOURNAL_STATEMENTS
};

struct journal {
    sqlite3 *db;
    sqlite3_stmt *statements[JOURNAL_STATEMENTS];
    char id[JOURNAL_ID_SIZE];
    int64_t numbers[JOURNAL_NUMBERS];
    bool failed; // a statement failed since the last begin
    char error[JOURNAL_ERROR_SIZE];
};

// A statement, reset and ready to bind; owned by the journal.
sqlite3_stmt *journal_use(struct journal *journal, enum journal_sql which);

// Steps to the next row; false at the end or on failure, and then the statement is reset.
bool journal_row(struct journal *journal, sqlite3_stmt *statement);

// Steps to the end.
void journal_run(struct journal *journal, sqlite3_stmt *statement);

// The first column of the first row.
int64_t journal_scalar(struct journal *journal, sqlite3_stmt *statement, int64_t if_null);

#endif
