// What the database does for each statement: the index that is meant, and no walk through a table that grows.
#include "bridge/store/statements.h"
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

// The plan in words, one step a line.
static void explain(char *out, size_t size, sqlite3 *db, const char *sql)
{
    char text[8192];
    sqlite3_stmt *statement;
    snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
    CHECK(sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
    out[0] = '\0';
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t length = strlen(out);
        snprintf(out + length, size - length, "%s\n", (const char *)sqlite3_column_text(statement, 3));
    }
    sqlite3_finalize(statement);
}

static sqlite3 *open_db(struct fixture *fixture)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    return db;
}

static void test_named_indexes_serve(void **state)
{
    static const struct {
        enum statement statement;
        const char *index;
    } cases[] = {
        {STATEMENT_MESSAGE_UPDATE, "INTEGER PRIMARY KEY"},
        {STATEMENT_MESSAGE_LOAD, "message_id"},
        {STATEMENT_MESSAGES_TURN, "message_turn"},
        {STATEMENT_MESSAGES_DUE, "message_due"},
        {STATEMENT_MESSAGES_BATCH, "message_batch"},
        {STATEMENT_NEXT_DUE, "message_due"},
        {STATEMENT_TURNS, "message_turn"},
        {STATEMENT_PEER_DEVICE, "message_peer"},
        {STATEMENT_INBOUND_KNOWN, "message_uid"},
        {STATEMENT_IDEMPOTENCY_SWEEP, "idempotency_created"},
        {STATEMENT_SCHEDULES_DUE, "schedule_next"},
        {STATEMENT_SIM_RECIPIENT_SWEEP, "sim_recipient_at"},
        {STATEMENT_OTP_SENDS_REGION, "otp_send_region"},
        {STATEMENT_OTP_SWEEP_HOURS, "otp_hour_hour"},
        {STATEMENT_SCHEDULE_SWEEP, "schedule_removed"},
        {STATEMENT_VIEW_KEYS, "app_key_account"},
        {STATEMENT_VIEW_DEVICE, "device_id"},
        {STATEMENT_VIEW_DEVICES, "device_account"},
        {STATEMENT_VIEW_MESSAGE, "message_id"},
        {STATEMENT_VIEW_MESSAGES, "message_id"},
        {STATEMENT_VIEW_MESSAGES_PEER, "message_peer"},
        {STATEMENT_VIEW_NEWER, "message_id"},
        {STATEMENT_VIEW_NEWER_PEER, "message_peer"},
        {STATEMENT_VIEW_MESSAGES_BATCH, "message_batch"},
        {STATEMENT_VIEW_MESSAGES_OPEN, "message_due"},
        {STATEMENT_VIEW_MESSAGES_OPEN, "message_turn"},
        {STATEMENT_VIEW_FLOOR, "COVERING INDEX message_id"},
        {STATEMENT_VIEW_FLOOR_PEER, "message_peer"},
        {STATEMENT_VIEW_ORDER, "message_id"},
        {STATEMENT_VIEW_AHEAD, "message_turn"},
        {STATEMENT_VIEW_TIMELINE, "event_message"},
        {STATEMENT_VIEW_EVENTS, "INTEGER PRIMARY KEY"},
        {STATEMENT_VIEW_TURN_COUNT, "message_turn"},
        {STATEMENT_VIEW_DUE_COUNT, "message_due"},
        {STATEMENT_VIEW_OLDEST, "message_turn"},
        {STATEMENT_OLDEST_WAITING, "message_turn"},
        {STATEMENT_VIEW_MESSAGES_DEAD, "SEARCH x USING COVERING INDEX dead_letter_account"},
        {STATEMENT_VIEW_QUEUE_COUNT, "SEARCH m USING INTEGER PRIMARY KEY"},
        {STATEMENT_VIEW_SENDS, "message_id"},
        {STATEMENT_VIEW_SENDS_OLDEST, "message_id"},
        {STATEMENT_VIEW_SEND_NAME, "send_name_message"},
        {STATEMENT_VIEW_TIMES, "event_message"},
        {STATEMENT_VIEW_PHONE, "device_key"},
        {STATEMENT_VIEW_OUT, "message_turn"},
    };
    char plan[4096];
    sqlite3 *db = open_db(*state);
    for (size_t i = 0; i < COUNT(cases); i++) {
        explain(plan, sizeof(plan), db, statement_text(cases[i].statement));
        CHECK(strstr(plan, cases[i].index) != NULL, "%s:\n%s", statement_text(cases[i].statement), plan);
    }
    sqlite3_close(db);
}

// A scan is a walk through all rows, but for those of an index that only has what waits or is due, of the
// highest number, and of what was bounded below.
static bool is_harmless(const char *line)
{
    static const char *const fine[] = {"SCAN message USING COVERING INDEX message_turn",
                                       "SCAN message USING COVERING INDEX message_due",
                                       "SCAN message USING INDEX message_due",
                                       "SEARCH message",
                                       "SCAN account",
                                       "SCAN a USING COVERING INDEX",
                                       "SCAN quiet_hours",
                                       "SCAN device",
                                       "SCAN node",
                                       "SCAN webhook",
                                       "SCAN sim_limit",
                                       "SCAN inbox_request",
                                       "SCAN backfill",
                                       "SCAN stat_mark",
                                       "SCAN retention",
                                       "SCAN restored",
                                       "SCAN device_vitals",
                                       "SCAN schema_version",
                                       "SCAN held_look",
                                       "SCAN pool",
                                       "SCAN phone USING INTEGER PRIMARY KEY",
                                       "SCAN device_tag",
                                       "SCAN c",
                                       "SCAN CONSTANT ROW",
                                       "SCAN p",
                                       "SCAN f",
                                       "SCAN h",
                                       "SCAN head",
                                       "SCAN (subquery"};
    if (strncmp(line, "SCAN", 4) != 0)
        return true;
    for (size_t i = 0; i < COUNT(fine); i++)
        if (strncmp(line, fine[i], strlen(fine[i])) == 0)
            return true;
    return false;
}

static void test_nothing_walks_through_messages_or_events(void **state)
{
    char plan[4096];
    sqlite3 *db = open_db(*state);
    for (int i = 0; i < STATEMENT_END; i++) {
        explain(plan, sizeof(plan), db, statement_text((enum statement)i));
        char *rest = NULL;
        for (char *line = strtok_r(plan, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
            CHECK(is_harmless(line), "%s:\n%s", statement_text((enum statement)i), line);
    }
    sqlite3_close(db);
}

// Lists come in the order of their index: sorting would read every row first.
static void test_lists_are_not_sorted(void **state)
{
    static const enum statement lists[] = {
        STATEMENT_MESSAGES_TURN,       STATEMENT_MESSAGES_DUE,  STATEMENT_MESSAGES_DUE_LATER,
        STATEMENT_MESSAGES_BATCH,      STATEMENT_VIEW_MESSAGES, STATEMENT_VIEW_MESSAGES_PEER,
        STATEMENT_VIEW_MESSAGES_BATCH, STATEMENT_VIEW_EVENTS,   STATEMENT_VIEW_TIMELINE,
        STATEMENT_VIEW_MESSAGES_DEAD,
    };
    char plan[4096];
    sqlite3 *db = open_db(*state);
    for (size_t i = 0; i < COUNT(lists); i++) {
        explain(plan, sizeof(plan), db, statement_text(lists[i]));
        CHECK(strstr(plan, "TEMP B-TREE") == NULL, "%s:\n%s", statement_text(lists[i]), plan);
    }
    sqlite3_close(db);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_named_indexes_serve),
        CASE(test_nothing_walks_through_messages_or_events),
        CASE(test_lists_are_not_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
