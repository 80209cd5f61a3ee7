// The journal: what is committed survives, what is not leaves no trace.
#include "device/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sqlite3.h>

#define ID_A "SM0190a0b0c0d0700080000000000000aa"
#define ID_B "SM0190a0b0c0d0700080000000000000bb"

struct fixture {
    char folder[64], path[128], error[JOURNAL_ERROR_SIZE];
    struct journal *journal;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/journal-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/journal.db", fixture->folder);
    fixture->journal = journal_open(fixture->path, fixture->error);
    assert_non_null(fixture->journal);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    journal_close(fixture->journal);
    for (size_t i = 0; i < 3; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", fixture->path, ends[i]);
        unlink(path);
    }
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static void reopen(struct fixture *fixture)
{
    journal_close(fixture->journal);
    fixture->journal = journal_open(fixture->path, fixture->error);
    assert_non_null(fixture->journal);
}

static void commit(struct fixture *fixture)
{
    assert_true(journal_commit(fixture->journal, fixture->error));
}

static struct journal_message row_of(const char *id, int64_t position, enum message_stage stage)
{
    struct journal_message row = {.position = position, .sim = 2, .to = "+15551234567", .text = "hällo"};
    row.message = (struct message){.lease = 7,
                                   .expires_at = 900 + position,
                                   .lease_until = 500,
                                   .at = 100,
                                   .state = STATE_ACCEPTED,
                                   .stage = stage,
                                   .sent = UINT32_MAX,
                                   .parts = 32,
                                   .qos = 2,
                                   .report = true};
    snprintf(row.id, sizeof row.id, "%s", id);
    return row;
}

static void put(struct fixture *fixture, struct journal_message row)
{
    journal_begin(fixture->journal);
    journal_message_put(fixture->journal, &row);
    commit(fixture);
}

static void test_message_survives(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message row = row_of(ID_A, 1, MESSAGE_WAITING), read;
    row.message.error_kind = WIRE_ERROR_LIMIT;
    row.message.error_code = "CODE";
    put(fixture, row);
    reopen(fixture);
    assert_true(journal_message_get(fixture->journal, &read, ID_A));
    assert_string_equal(read.text, "hällo");
    assert_string_equal(read.to, "+15551234567");
    assert_string_equal(read.message.error_code, "CODE");
    assert_null(read.message.error_text);
    assert_int_equal(read.message.sent, UINT32_MAX);
    assert_int_equal(read.message.lease, 7);
    assert_int_equal(read.message.qos, 2);
    assert_false(journal_message_get(fixture->journal, &read, ID_B));
}

static void test_text_is_blanked_behind_the_radio(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message read;
    put(fixture, row_of(ID_A, 1, MESSAGE_SENT));
    assert_true(journal_message_get(fixture->journal, &read, ID_A));
    assert_string_equal(read.text, "");
}

static void test_uncommitted_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message row = row_of(ID_A, 1, MESSAGE_WAITING), read;
    char id[JOURNAL_ID_SIZE];
    snprintf(id, sizeof id, "%s", journal_id(fixture->journal));
    journal_begin(fixture->journal);
    journal_message_put(fixture->journal, &row);
    journal_number_put(fixture->journal, JOURNAL_PAUSED, 1);
    reopen(fixture);
    assert_false(journal_message_get(fixture->journal, &read, ID_A));
    assert_int_equal(journal_number(fixture->journal, JOURNAL_PAUSED), 0);
    assert_string_equal(journal_id(fixture->journal), id);
}

static void test_failed_statement_undoes_the_batch(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message row = row_of(ID_A, 1, MESSAGE_WAITING), read;
    struct wire_report report = {.id = ID_A, .lease = 1, .state = STATE_SENT, .parts = 1};
    journal_begin(fixture->journal);
    journal_message_put(fixture->journal, &row);
    journal_report_add(fixture->journal, 1, &report);
    journal_report_add(fixture->journal, 1, &report); // the same seq twice
    assert_false(journal_commit(fixture->journal, fixture->error));
    assert_string_not_equal(fixture->error, "");
    assert_int_equal(journal_number(fixture->journal, JOURNAL_NEXT_SEQ), 1);
    assert_false(journal_message_get(fixture->journal, &read, ID_A));
    put(fixture, row);
    assert_true(journal_message_get(fixture->journal, &read, ID_A));
}

static void test_order_of_the_radio(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message read;
    put(fixture, row_of(ID_B, 5, MESSAGE_WAITING));
    put(fixture, row_of(ID_A, 3, MESSAGE_WAITING));
    assert_int_equal(journal_message_count(fixture->journal, MESSAGE_WAITING), 2);
    assert_int_equal(journal_position_next(fixture->journal), 6);
    assert_int_equal(journal_overdue_at(fixture->journal), 500);
    assert_true(journal_message_next(fixture->journal, &read, MESSAGE_WAITING, -1));
    assert_string_equal(read.id, ID_A);
    assert_true(journal_message_next(fixture->journal, &read, MESSAGE_WAITING, 3));
    assert_string_equal(read.id, ID_B);
    assert_false(journal_message_next(fixture->journal, &read, MESSAGE_WAITING, 5));
    assert_false(journal_message_next(fixture->journal, &read, MESSAGE_RADIO, -1));
}

static void test_uplinks_until_their_receipt(void **state)
{
    struct fixture *fixture = *state;
    struct wire_report report = {.id = ID_A,
                                 .lease = 4,
                                 .state = STATE_FAILED,
                                 .part = 1,
                                 .parts = 2,
                                 .at = 50,
                                 .error_kind = WIRE_ERROR_LIMIT,
                                 .error_code = "C",
                                 .error_text = "t"};
    struct wire_inbound inbound = {.uid = "u-1", .from = "Bank", .sim = 2, .text = "✓", .received_at = 60};
    struct journal_uplink uplink;
    journal_begin(fixture->journal);
    journal_report_add(fixture->journal, 1, &report);
    journal_inbound_add(fixture->journal, 2, &inbound, 70);
    commit(fixture);
    reopen(fixture);
    assert_int_equal(journal_number(fixture->journal, JOURNAL_NEXT_SEQ), 3);
    assert_int_equal(journal_uplink_oldest(fixture->journal), 1);
    assert_true(journal_uplink_get(fixture->journal, &uplink, 1));
    assert_false(uplink.inbound);
    assert_int_equal(uplink.state, STATE_FAILED);
    assert_int_equal(uplink.error_kind, WIRE_ERROR_LIMIT);
    assert_string_equal(uplink.word, "C");
    assert_string_equal(uplink.text, "t");
    journal_uplink_clear(&uplink);
    assert_true(journal_uplink_get(fixture->journal, &uplink, 2));
    assert_true(uplink.inbound);
    assert_string_equal(uplink.id, "u-1");
    assert_string_equal(uplink.text, "✓");
    journal_uplink_clear(&uplink);
    assert_true(journal_inbound_known(fixture->journal, "u-1", 0));
    assert_true(journal_inbound_known(fixture->journal, "u-1", 70));
    assert_false(journal_inbound_known(fixture->journal, "u-1", 71));
    assert_false(journal_inbound_known(fixture->journal, "u-2", 0));
    assert_int_equal(journal_inbound_newest(fixture->journal), 70);
    journal_inbound_add(fixture->journal, 3, &inbound, 90); // told again: one uid, stored later
    assert_true(journal_inbound_known(fixture->journal, "u-1", 90));
    assert_int_equal(journal_inbound_newest(fixture->journal), 90);
    journal_begin(fixture->journal);
    journal_uplink_forget(fixture->journal, 2);
    commit(fixture);
    assert_int_equal(journal_uplink_oldest(fixture->journal), 3);
}

static void test_prune_keeps_what_has_reports_waiting(void **state)
{
    struct fixture *fixture = *state;
    struct journal_message old = row_of(ID_A, 1, MESSAGE_FINAL), waiting = row_of(ID_B, 2, MESSAGE_WAITING),
                           read;
    struct wire_report report = {.id = ID_A, .state = STATE_DELIVERED, .parts = 1};
    old.last_report = 1;
    journal_begin(fixture->journal);
    journal_message_put(fixture->journal, &old);
    journal_message_put(fixture->journal, &waiting);
    journal_report_add(fixture->journal, 1, &report);
    journal_prune(fixture->journal, 1000, 100);
    commit(fixture);
    assert_true(journal_message_get(fixture->journal, &read, ID_A));
    journal_begin(fixture->journal);
    journal_uplink_forget(fixture->journal, 1);
    journal_prune(fixture->journal, 1000, 100);
    commit(fixture);
    assert_false(journal_message_get(fixture->journal, &read, ID_A));
    assert_true(journal_message_get(fixture->journal, &read, ID_B));
}

static void test_prune_by_number(void **state)
{
    struct fixture *fixture = *state;
    journal_begin(fixture->journal);
    for (int i = 0; i < 20; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "SM%032d", i);
        struct journal_message row = row_of(id, i, MESSAGE_FINAL);
        row.message.at = i;
        journal_message_put(fixture->journal, &row);
    }
    journal_prune(fixture->journal, 0, 5);
    commit(fixture);
    struct journal_message read;
    assert_false(journal_message_get(fixture->journal, &read, "SM00000000000000000000000000000014"));
    assert_true(journal_message_get(fixture->journal, &read, "SM00000000000000000000000000000015"));
}

static void test_second_owner_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char error[JOURNAL_ERROR_SIZE];
    assert_null(journal_open(fixture->path, error));
    assert_non_null(strstr(error, "locked"));
}

static void test_newer_version_is_refused_untouched(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *db;
    journal_close(fixture->journal);
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
    sqlite3_close(db);
    fixture->journal = journal_open(fixture->path, fixture->error);
    assert_null(fixture->journal);
    assert_non_null(strstr(fixture->error, "99"));
}

static void test_renewed_id_is_kept(void **state)
{
    struct fixture *fixture = *state;
    char id[JOURNAL_ID_SIZE];
    snprintf(id, sizeof id, "%s", journal_id(fixture->journal));
    journal_begin(fixture->journal);
    journal_renew(fixture->journal);
    commit(fixture);
    assert_string_not_equal(journal_id(fixture->journal), id);
    snprintf(id, sizeof id, "%s", journal_id(fixture->journal));
    reopen(fixture);
    assert_string_equal(journal_id(fixture->journal), id);
}

// What the bridge would refuse, or what breaks later, ends the start with a sentence.
static void test_damage_is_refused(void **state)
{
    static const struct {
        const char *sql, *says;
    } CASES[] = {
        {"DELETE FROM journal", "has no id"},
        {"UPDATE journal SET id = 'x'", "has no id"},
        {"UPDATE journal SET id = 'XYZ3456789012345678901234567890'", "has no id"},
        {"INSERT OR REPLACE INTO number VALUES (0, 0)", "out of range"},
        {"INSERT OR REPLACE INTO number VALUES (0, 9223372036854775807)", "out of range"},
        {"INSERT OR REPLACE INTO number VALUES (2, -1)", "out of range"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        sqlite3 *db;
        journal_close(fixture->journal);
        fixture->journal = NULL;
        assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, CASES[i].sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_null(journal_open(fixture->path, fixture->error));
        assert_non_null(strstr(fixture->error, CASES[i].says));
        assert_int_equal(unlink(fixture->path), 0);
        fixture->journal = journal_open(fixture->path, fixture->error);
        assert_non_null(fixture->journal);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_message_survives),
        TEST(test_text_is_blanked_behind_the_radio),
        TEST(test_uncommitted_leaves_no_trace),
        TEST(test_failed_statement_undoes_the_batch),
        TEST(test_order_of_the_radio),
        TEST(test_uplinks_until_their_receipt),
        TEST(test_prune_keeps_what_has_reports_waiting),
        TEST(test_prune_by_number),
        TEST(test_second_owner_is_refused),
        TEST(test_newer_version_is_refused_untouched),
        TEST(test_damage_is_refused),
        TEST(test_renewed_id_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
