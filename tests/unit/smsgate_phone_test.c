// What phones with SMSGate's app say of their messages, as reports.
#include "bridge/smsgate/phone_internal.h"

#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1000000 };

#define HEX "0190f3c2a1b27c4d8e5f60718293a4b5"

// Reads the text as the body of an upload. The caller clears.
static bool read(struct wire_reports *reports, const char *text, struct field_error *error)
{
    json_t *list = json_loads(text, 0, NULL);
    *reports = (struct wire_reports){.count = 0};
    bool good = phone_reports_read(reports, list, NOW, error);
    json_decref(list);
    return good;
}

static void test_ids_hold_the_lease(void **state)
{
    struct message message = {.id = ID_MESSAGE HEX, .lease = 7};
    char text[PHONE_MESSAGE_ID_SIZE], id[ID_SIZE];
    int64_t lease;
    (void)state;
    phone_message_id(text, &message);
    assert_string_equal(text, HEX "-7");
    assert_true(phone_message_parse(id, &lease, text));
    assert_string_equal(id, ID_MESSAGE HEX);
    assert_int_equal(lease, 7);
    message.lease = 100000;
    phone_message_id(text, &message);
    assert_int_equal(strlen(text), PHONE_MESSAGE_ID_SIZE - 1);
}

static void test_what_is_no_id(void **state)
{
    static const char *const CASES[] = {"",        "-1",      HEX,
                                        HEX "-",   HEX "-0",  HEX "-1000",
                                        HEX "-1x", HEX "1-1", "x190f3c2a1b27c4d8e5f60718293a4b5-1"};
    char id[ID_SIZE];
    int64_t lease;
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++)
        CHECK(!phone_message_parse(id, &lease, CASES[i]), "%s", CASES[i]);
}

static void test_states(void **state)
{
    static const struct {
        const char *text;
        enum state state;
    } CASES[] = {
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Pending\"}]", STATE_ACCEPTED},
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Processed\"}]", STATE_ACCEPTED},
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Sent\"}]", STATE_SENT},
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Delivered\"}]", STATE_DELIVERED},
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Cancelled\"}]", STATE_CANCELLED},
        {"[{\"id\": \"" HEX "-1\", \"state\": \"Processed\", \"recipients\": [{\"phoneNumber\": \"+1\", "
         "\"state\": \"Sent\"}]}]",
         STATE_SENT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct wire_reports reports;
        struct field_error error;
        CHECK(read(&reports, CASES[i].text, &error), "%s: %s", CASES[i].text, error.detail);
        assert_int_equal(reports.count, 1);
        CHECK(reports.items[0].state == CASES[i].state, "%s", CASES[i].text);
        assert_string_equal(reports.items[0].id, ID_MESSAGE HEX);
        assert_int_equal(reports.items[0].lease, 1);
        assert_int_equal(reports.items[0].at, NOW);
        wire_reports_clear(&reports);
    }
}

static void test_failures(void **state)
{
    static const struct {
        const char *error, *code;
        enum state state;
        enum wire_error_kind kind;
    } CASES[] = {
        {"Send result: RESULT_ERROR_NO_SERVICE", "RESULT_ERROR_NO_SERVICE", STATE_FAILED,
         WIRE_ERROR_TEMPORARY},
        {"RESULT_ERROR_LIMIT_EXCEEDED", "RESULT_ERROR_LIMIT_EXCEEDED", STATE_FAILED, WIRE_ERROR_LIMIT},
        {"RESULT_ENCODING_ERROR", "RESULT_ENCODING_ERROR", STATE_FAILED, WIRE_ERROR_PERMANENT},
        {"something else", "smsgate", STATE_FAILED, WIRE_ERROR_PERMANENT},
        {"TTL expired", "lease", STATE_EXPIRED, WIRE_ERROR_TEMPORARY},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct wire_reports reports;
        struct field_error error;
        json_t *list = json_pack("[{s:s, s:s, s:[{s:s, s:s}]}]", "id", HEX "-2", "state", "Failed",
                                 "recipients", "state", "Failed", "error", CASES[i].error);
        reports = (struct wire_reports){.count = 0};
        assert_true(phone_reports_read(&reports, list, NOW, &error));
        json_decref(list);
        const struct wire_report *report = &reports.items[0];
        CHECK(report->state == CASES[i].state && report->error_kind == CASES[i].kind, "%s", CASES[i].error);
        assert_string_equal(report->error_code, CASES[i].code);
        assert_string_equal(report->error_text, CASES[i].error);
        wire_reports_clear(&reports);
    }
}

static void test_the_time_of_the_state(void **state)
{
    struct wire_reports reports;
    struct field_error error;
    (void)state;
    assert_true(read(&reports,
                     "[{\"id\": \"" HEX "-1\", \"state\": \"Sent\", \"states\": {\"Pending\": "
                     "\"1970-01-01T00:00:01.000+00:00\", \"Sent\": \"1970-01-01T01:00:02.000+01:00\"}}]",
                     &error));
    assert_int_equal(reports.items[0].at, 2000);
    wire_reports_clear(&reports);
}

static void test_bad_uploads(void **state)
{
    static const char *const CASES[] = {"null",
                                        "{}",
                                        "[1]",
                                        "[{}]",
                                        "[{\"id\": \"x\", \"state\": \"Sent\"}]",
                                        "[{\"id\": \"" HEX "-1\", \"state\": \"sent\"}]",
                                        "[{\"id\": \"" HEX
                                        "-1\", \"state\": \"Sent\", \"recipients\": [1]}]"};
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct wire_reports reports;
        struct field_error error;
        CHECK(!read(&reports, CASES[i], &error), "%s", CASES[i]);
        wire_reports_clear(&reports);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_hold_the_lease),
        cmocka_unit_test(test_what_is_no_id),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_bad_uploads),
        cmocka_unit_test(test_the_time_of_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
