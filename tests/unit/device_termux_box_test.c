// What Android's message boxes say about our texts, and the phone's state.
#include "device/radios/termux_box.h"
#include "device/radios/termux_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define TO "+15551234567"
#define OLD_MS INT64_C(1700000000000)

struct heard {
    char words[512];
    char uid[BOX_UID_SIZE];
};

static void add_word(struct heard *heard, const char *kind, const char *word)
{
    size_t length = strlen(heard->words);
    snprintf(heard->words + length, sizeof heard->words - length, "%s:%s ", kind, word);
}

static void on_sent(void *context, const char *ref)
{
    add_word(context, "sent", ref);
}

static void on_failed(void *context, const char *ref)
{
    add_word(context, "failed", ref);
}

static void on_inbound(void *context, const struct wire_inbound *inbound)
{
    struct heard *heard = context;
    snprintf(heard->uid, sizeof heard->uid, "%s", inbound->uid);
    add_word(heard, inbound->from, inbound->text);
}

// A row as termux-sms-list prints it.
static json_t *row(int64_t id, const char *type, const char *address, const char *body, int64_t at_ms)
{
    char local[32];
    time_t at = (time_t)(at_ms / 1000);
    struct tm fields;
    strftime(local, sizeof local, "%Y-%m-%d %H:%M:%S", localtime_r(&at, &fields));
    return json_pack("{s:i, s:s, s:b, s:s, s:s, s:s, s:s, s:I}", "threadid", 1, "type", type, "read", 1,
                     "address", address, "number", address, "received", local, "body", body, "_id",
                     (json_int_t)id);
}

static bool look_take(struct box *box, struct heard *heard, json_t *rows, size_t limit)
{
    static const struct box_handler handler = {.sent = on_sent, .failed = on_failed, .inbound = on_inbound};
    *heard = (struct heard){.words = ""};
    bool complete = box_read(box, rows, limit, &handler, heard);
    json_decref(rows);
    return complete;
}

// A text handed over while the boxes had rows up to after_id.
static void hand(struct box *box, const char *ref, const char *to, const char *text, int64_t after_id)
{
    assert_true(box_add(box, ref, to, text, 0));
    box->newest = after_id;
    box_handed(box, box_next(box), 1000);
}

static void test_rows_answer_texts(void **state)
{
    (void)state;
    static const struct {
        const char *type, *address, *body;
        int64_t id;
        const char *said;
    } cases[] = {
        {"sent", TO, "hello", 8, "sent:a "},
        {"failed", TO, "hello", 8, "failed:a "},
        {"sent", "555-123 4567", "hello", 8, "sent:a "}, // as people write it
        {"sent", TO, " hello\n", 8, "sent:a "},
        {"sent", TO, "hello", 7, ""}, // was there before
        {"sent", TO, "Hello", 8, ""},
        {"sent", "+15551234568", "hello", 8, ""},
        {"sent", "Bank", "hello", 8, ""},
        {"outbox", TO, "hello", 8, ""}, // still on its way
        {"inbox", TO, "hello", 8, ""},
        {"draft", TO, "hello", 8, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct box box = {.newest = 0};
        struct heard heard;
        hand(&box, "a", TO, "  hello ", 7);
        assert_true(look_take(
            &box, &heard,
            json_pack("[o]", row(cases[i].id, cases[i].type, cases[i].address, cases[i].body, OLD_MS)),
            BOX_ROWS_FIRST));
        assert_string_equal(heard.words, cases[i].said);
    }
}

static void test_equal_texts_take_a_row_each(void **state)
{
    (void)state;
    struct box box = {.newest = 0};
    struct heard heard;
    hand(&box, "a", TO, "hello", 7);
    hand(&box, "b", TO, "hello", 7);
    assert_true(
        look_take(&box, &heard, json_pack("[o]", row(8, "sent", TO, "hello", OLD_MS)), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "sent:a ");
    assert_true(
        look_take(&box, &heard, json_pack("[o]", row(8, "sent", TO, "hello", OLD_MS)), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "");
    assert_true(look_take(
        &box, &heard,
        json_pack("[o, o]", row(8, "sent", TO, "hello", OLD_MS), row(9, "failed", TO, "hello", OLD_MS)),
        BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "failed:b ");
    assert_null(box_first_due(&box));
}

static void test_row_that_moves_from_outbox_to_sent(void **state)
{
    (void)state;
    struct box box = {.newest = 0};
    struct heard heard;
    hand(&box, "a", TO, "hello", 7);
    assert_true(
        look_take(&box, &heard, json_pack("[o]", row(8, "outbox", TO, "hello", OLD_MS)), BOX_ROWS_FIRST));
    assert_true(
        look_take(&box, &heard, json_pack("[o]", row(8, "sent", TO, "hello", OLD_MS)), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "sent:a ");
}

static void test_inbox_is_told_from_the_time_asked_for(void **state)
{
    (void)state;
    struct box box = {.newest = 0};
    struct heard heard;
    json_t *rows =
        json_pack("[o, o, o]", row(1, "inbox", TO, "early", OLD_MS), row(2, "sent", TO, "x", OLD_MS + 1000),
                  row(3, "inbox", "Bank", "late", OLD_MS + 2000));
    assert_true(look_take(&box, &heard, json_incref(rows), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, ""); // nobody has asked
    box_listen(&box, OLD_MS + 1000);
    assert_true(look_take(&box, &heard, json_incref(rows), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "Bank:late ");
    char uid[BOX_UID_SIZE];
    memcpy(uid, heard.uid, sizeof uid);
    assert_true(look_take(&box, &heard, json_incref(rows), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, ""); // once
    json_array_append_new(rows, row(4, "inbox", TO, "clock set back", OLD_MS - 1000));
    assert_true(look_take(&box, &heard, json_incref(rows), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, TO ":clock set back ");
    struct box again = {.newest = 0};
    box_listen(&again, OLD_MS + 2000);
    assert_true(look_take(&again, &heard, rows, BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "Bank:late ");
    assert_string_equal(heard.uid, uid);
}

static void test_list_that_is_too_short_is_not_used(void **state)
{
    (void)state;
    struct box box = {.newest = 0};
    struct heard heard;
    box_listen(&box, OLD_MS);
    json_t *rows =
        json_pack("[o, o]", row(5, "inbox", TO, "b", OLD_MS + 1000), row(6, "inbox", TO, "c", OLD_MS + 2000));
    assert_false(look_take(&box, &heard, json_incref(rows), 2));
    assert_string_equal(heard.words, "");
    assert_true(look_take(&box, &heard, json_incref(rows), 3)); // there are no more
    assert_string_equal(heard.words, TO ":b " TO ":c ");
    hand(&box, "a", TO, "hello", 4);
    assert_false(look_take(&box, &heard, json_incref(rows), 2)); // its row may lie before these
    box.texts[0].after_id = 5;
    assert_true(look_take(&box, &heard, rows, 2));
}

static void test_odd_rows(void **state)
{
    (void)state;
    char body[7000];
    struct heard heard;
    struct box box = {.newest = 0};
    box_listen(&box, 0);
    assert_true(look_take(&box, &heard, json_pack("[i, {}, n, {s:s}]", 1, "_id", "x"), BOX_ROWS_FIRST));
    assert_string_equal(heard.words, "");
    // Too long by half a character: cut before it.
    memset(body, 'x', sizeof body);
    memcpy(body + WIRE_TEXT_MAX_BYTES - 1, "ü", 3);
    json_t *nulls = json_pack("{s:s, s:n, s:n, s:i}", "type", "inbox", "address", "body", "_id", 7);
    assert_true(look_take(&box, &heard, json_pack("[o, o]", nulls, row(8, "inbox", "", body, OLD_MS)),
                          BOX_ROWS_FIRST));
    assert_int_equal(strlen(heard.uid), BOX_UID_SIZE - 1);
    assert_true(strncmp(heard.words, ": :xxx", 6) == 0);
}

static void test_room_is_limited(void **state)
{
    (void)state;
    struct box box = {.newest = 0};
    for (int i = 0; i < BOX_TEXTS; i++)
        assert_true(box_add(&box, "r", TO, "x", 0));
    assert_false(box_add(&box, "r", TO, "x", 0));
    box_remove(box_next(&box));
    assert_true(box_add(&box, "r", TO, "x", 0));
}

static void test_phone_state(void **state)
{
    (void)state;
    struct termux_state phone = {.signal = -1};
    json_t *device = json_pack("{s:s, s:s}", "network_operator_name", "Visited", "sim_operator_name", "Home");
    json_t *cells = json_pack("[{s:b, s:i}, {s:b, s:i}, {s:b}, {s:b, s:i}]", "registered", 1, "level", 3,
                              "registered", 0, "level", 4, "registered", 1, "registered", 1, "level", 99);
    json_t *battery = json_pack("{s:i, s:s}", "percentage", 83, "status", "FULL");
    termux_read_device(&phone, device);
    termux_read_cells(&phone, cells);
    termux_read_battery(&phone, battery);
    assert_string_equal(phone.carrier, "Home");
    assert_int_equal(phone.signal, 75);
    assert_int_equal(phone.battery, 83);
    assert_true(phone.charging);
    termux_read_cells(&phone, NULL);
    termux_read_battery(&phone, NULL);
    assert_int_equal(phone.signal, -1);
    assert_int_equal(phone.battery, -1);
    assert_false(phone.charging);
    json_t *event = termux_state_event(&phone, "info", 2, 4);
    assert_int_equal(json_array_size(json_object_get(event, "sims")), 2);
    assert_null(json_object_get(json_array_get(json_object_get(event, "sims"), 0), "carrier"));
    json_decref(event);
    json_decref(device);
    json_decref(cells);
    json_decref(battery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_answer_texts),
        cmocka_unit_test(test_equal_texts_take_a_row_each),
        cmocka_unit_test(test_row_that_moves_from_outbox_to_sent),
        cmocka_unit_test(test_inbox_is_told_from_the_time_asked_for),
        cmocka_unit_test(test_list_that_is_too_short_is_not_used),
        cmocka_unit_test(test_odd_rows),
        cmocka_unit_test(test_room_is_limited),
        cmocka_unit_test(test_phone_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
