// The rows of the journal: messages, uplinks, inbound uids.
#include "device/journal_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_text(char *out, size_t size, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void message_read(struct journal_message *row, sqlite3_stmt *s)
{
    copy_text(row->id, sizeof row->id, s, 0);
    row->position = sqlite3_column_int64(s, 1);
    row->message = (struct message){
        .stage = (enum message_stage)sqlite3_column_int(s, 2),
        .state = (enum state)sqlite3_column_int(s, 3),
        .lease = sqlite3_column_int64(s, 4),
        .qos = (uint8_t)sqlite3_column_int(s, 5),
        .report = sqlite3_column_int(s, 6) != 0,
        .resent = sqlite3_column_int(s, 7) != 0,
        .parts = (uint8_t)sqlite3_column_int(s, 8),
        .sent = (uint32_t)sqlite3_column_int64(s, 9),
        .delivered = (uint32_t)sqlite3_column_int64(s, 10),
        .expires_at = sqlite3_column_int64(s, 11),
        .lease_until = sqlite3_column_int64(s, 12),
        .at = sqlite3_column_int64(s, 13),
        .error_kind = (enum wire_error_kind)sqlite3_column_int(s, 18),
    };
    row->last_report = sqlite3_column_int64(s, 14);
    row->sim = sqlite3_column_int64(s, 15);
    copy_text(row->to, sizeof row->to, s, 16);
    copy_text(row->text, sizeof row->text, s, 17);
    copy_text(row->code, sizeof row->code, s, 19);
    copy_text(row->reason, sizeof row->reason, s, 20);
    row->message.error_code = row->code[0] != '\0' ? row->code : NULL;
    row->message.error_text = row->reason[0] != '\0' ? row->reason : NULL;
}

static bool message_take_row(struct journal *journal, struct journal_message *row, sqlite3_stmt *statement)
{
    if (!journal_row(journal, statement))
        return false;
    message_read(row, statement);
    sqlite3_reset(statement);
    return true;
}

bool journal_message_get(struct journal *journal, struct journal_message *row, const char *id)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_MESSAGE_GET);
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    return message_take_row(journal, row, statement);
}

bool journal_message_next(struct journal *journal, struct journal_message *row, enum message_stage stage,
                          int64_t after)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_MESSAGE_NEXT);
    sqlite3_bind_int64(statement, 1, stage);
    sqlite3_bind_int64(statement, 2, after);
    return message_take_row(journal, row, statement);
}

void journal_message_put(struct journal *journal, const struct journal_message *row)
{
    const struct message *message = &row->message;
    const int64_t numbers[] = {
        row->position,       message->stage,       message->state, message->lease,   message->qos,
        message->report,     message->resent,      message->parts, message->sent,    message->delivered,
        message->expires_at, message->lease_until, message->at,    row->last_report, row->sim,
    };
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_MESSAGE_PUT);
    sqlite3_bind_text(statement, 1, row->id, -1, SQLITE_STATIC);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sqlite3_bind_int64(statement, (int)i + 2, numbers[i]);
    sqlite3_bind_text(statement, 17, row->to, -1, SQLITE_STATIC);
    // What has left for the air needs no text any more, and a lost phone should not tell it.
    sqlite3_bind_text(statement, 18, message->stage >= MESSAGE_SENT ? "" : row->text, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 19, message->error_kind);
    sqlite3_bind_text(statement, 20, message->error_code, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 21, message->error_text, -1, SQLITE_STATIC);
    journal_run(journal, statement);
}

int64_t journal_message_count(struct journal *journal, enum message_stage stage)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_MESSAGE_COUNT);
    sqlite3_bind_int64(statement, 1, stage);
    return journal_scalar(journal, statement, 0);
}

int64_t journal_position(const char *lane, int64_t n)
{
    static const char *const LANES[] = {"otp", "high", "normal", "bulk"};
    enum { NORMAL = 2, LANE_COUNT = sizeof LANES / sizeof LANES[0], ARRIVAL_BITS = 48 };
    int64_t rank = 0;
    while (rank < LANE_COUNT && (lane == NULL || strcmp(LANES[rank], lane) != 0))
        rank++;
    return (rank < LANE_COUNT ? rank : NORMAL) << ARRIVAL_BITS | n;
}

int64_t journal_position_next(struct journal *journal)
{
    return journal_scalar(journal, journal_use(journal, JOURNAL_SQL_POSITION_NEXT), 1);
}

int64_t journal_overdue_at(struct journal *journal)
{
    return journal_scalar(journal, journal_use(journal, JOURNAL_SQL_OVERDUE_AT), INT64_MAX);
}

static void uplink_put(struct journal *journal, const struct journal_uplink *uplink, const char *id,
                       const char *word, const char *text)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_UPLINK_ADD);
    sqlite3_bind_int64(statement, 1, uplink->seq);
    sqlite3_bind_int64(statement, 2, uplink->inbound);
    sqlite3_bind_text(statement, 3, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, uplink->lease);
    sqlite3_bind_int64(statement, 5, uplink->state);
    sqlite3_bind_int64(statement, 6, uplink->part);
    sqlite3_bind_int64(statement, 7, uplink->parts);
    sqlite3_bind_int64(statement, 8, uplink->at);
    sqlite3_bind_int64(statement, 9, uplink->error_kind);
    sqlite3_bind_text(statement, 10, word, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 11, text, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 12, uplink->sim);
    journal_run(journal, statement);
    journal_number_put(journal, JOURNAL_NEXT_SEQ, uplink->seq + 1);
}

void journal_report_add(struct journal *journal, int64_t seq, const struct wire_report *report)
{
    struct journal_uplink uplink = {
        .seq = seq,
        .lease = report->lease,
        .state = report->state,
        .part = report->part,
        .parts = report->parts,
        .at = report->at,
        .error_kind = report->error_kind,
    };
    uplink_put(journal, &uplink, report->id, report->error_code, report->error_text);
}

void journal_inbound_add(struct journal *journal, int64_t seq, const struct wire_inbound *inbound,
                         int64_t now_ms)
{
    struct journal_uplink uplink = {
        .seq = seq, .inbound = true, .at = inbound->received_at, .sim = inbound->sim};
    uplink_put(journal, &uplink, inbound->uid, inbound->from, inbound->text);
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_INBOUND_ADD);
    sqlite3_bind_text(statement, 1, inbound->uid, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, now_ms);
    journal_run(journal, statement);
}

bool journal_inbound_known(struct journal *journal, const char *uid, int64_t since_ms)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_INBOUND_KNOWN);
    sqlite3_bind_text(statement, 1, uid, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, since_ms);
    return journal_scalar(journal, statement, 0) != 0;
}

int64_t journal_inbound_newest(struct journal *journal)
{
    return journal_scalar(journal, journal_use(journal, JOURNAL_SQL_INBOUND_NEWEST), 0);
}

bool journal_uplink_get(struct journal *journal, struct journal_uplink *uplink, int64_t seq)
{
    sqlite3_stmt *s = journal_use(journal, JOURNAL_SQL_UPLINK_GET);
    sqlite3_bind_int64(s, 1, seq);
    if (!journal_row(journal, s))
        return false;
    *uplink = (struct journal_uplink){
        .seq = seq,
        .inbound = sqlite3_column_int(s, 0) != 0,
        .lease = sqlite3_column_int64(s, 2),
        .state = (enum state)sqlite3_column_int(s, 3),
        .part = sqlite3_column_int64(s, 4),
        .parts = sqlite3_column_int64(s, 5),
        .at = sqlite3_column_int64(s, 6),
        .error_kind = (enum wire_error_kind)sqlite3_column_int(s, 7),
        .sim = sqlite3_column_int64(s, 10),
    };
    copy_text(uplink->id, sizeof uplink->id, s, 1);
    copy_text(uplink->word, sizeof uplink->word, s, 8);
    const char *text = (const char *)sqlite3_column_text(s, 9);
    uplink->text = text != NULL ? strdup(text) : NULL;
    bool complete = uplink->text != NULL || text == NULL;
    sqlite3_reset(s);
    return complete;
}

void journal_uplink_clear(struct journal_uplink *uplink)
{
    free(uplink->text);
    uplink->text = NULL;
}

int64_t journal_uplink_oldest(struct journal *journal)
{
    return journal_scalar(journal, journal_use(journal, JOURNAL_SQL_UPLINK_OLDEST),
                          journal_number(journal, JOURNAL_NEXT_SEQ));
}

void journal_uplink_forget(struct journal *journal, int64_t up_to)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_UPLINK_FORGET);
    sqlite3_bind_int64(statement, 1, up_to);
    journal_run(journal, statement);
}

void journal_prune(struct journal *journal, int64_t before_ms, int64_t keep)
{
    sqlite3_stmt *statement = journal_use(journal, JOURNAL_SQL_PRUNE_OLD);
    sqlite3_bind_int64(statement, 1, before_ms);
    journal_run(journal, statement);
    statement = journal_use(journal, JOURNAL_SQL_PRUNE_MANY);
    sqlite3_bind_int64(statement, 1, keep);
    journal_run(journal, statement);
    statement = journal_use(journal, JOURNAL_SQL_PRUNE_INBOUND);
    sqlite3_bind_int64(statement, 1, before_ms);
    sqlite3_bind_int64(statement, 2, keep);
    journal_run(journal, statement);
}
