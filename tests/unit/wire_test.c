// The payloads: what is encoded comes back, and what the contract forbids is refused by name.
#include "tests/unit/cases.h"
#include "tests/unit/wire_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct wire_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < WIRE_KINDS; i++) {
        if (strcmp(wire_kinds[i].name, name) == 0)
            return &wire_kinds[i];
    }
    fail_msg("no kind %s", name);
    return NULL;
}

static void test_samples_come_back(void **context)
{
    (void)context;
    for (size_t i = 0; i < WIRE_KINDS; i++) {
        if (wire_kinds[i].encode == NULL)
            continue;
        struct field_error error;
        char *text = wire_kinds[i].encode(), *again = NULL;
        assert_non_null(text);
        CHECK(wire_kinds[i].pass(&again, text, strlen(text), &error), "%s: %s %s", text, error.path,
              error.detail);
        assert_string_equal(again, text);
        free(text);
        free(again);
    }
}

static void test_send(void **context)
{
    (void)context;
    char *text = wire_send_encode(&sample_send);
    struct wire_send send;
    struct field_error error;
    assert_true(wire_send_decode(&send, text, strlen(text), &error));
    free(text);
    assert_string_equal(send.id, sample_send.id);
    assert_int_equal(send.lease, 3);
    assert_string_equal(send.to, "+491701234567");
    assert_string_equal(send.text, sample_send.text);
    assert_int_equal(send.sim, 2);
    assert_int_equal(send.qos, 2);
    assert_int_equal(send.expires_at, sample_send.expires_at);
    assert_int_equal(send.lease_until, sample_send.lease_until);
    assert_true(send.report);
    wire_send_clear(&send);
    assert_null(send.json);
    wire_send_clear(&send); // again does nothing
}

static void test_reports(void **context)
{
    (void)context;
    char *text = wire_reports_encode(&sample_reports);
    struct wire_reports reports;
    struct field_error error;
    memset(&reports, 0x55, sizeof reports); // nothing of before may shine through
    assert_true(wire_reports_decode(&reports, text, strlen(text), &error));
    free(text);
    assert_string_equal(reports.journal, "j-1");
    assert_int_equal(reports.count, 4);
    const struct wire_report *sent = &reports.items[0], *failed = &reports.items[1],
                             *none = &reports.items[3];
    assert_int_equal(sent->seq, 41);
    assert_int_equal(sent->state, STATE_SENT);
    assert_int_equal(sent->part, 1);
    assert_int_equal(sent->parts, 2);
    assert_int_equal(sent->error_kind, WIRE_ERROR_NONE);
    assert_null(sent->error_code);
    assert_false(sent->none);
    assert_int_equal(failed->error_kind, WIRE_ERROR_LIMIT);
    assert_string_equal(failed->error_code, "gammu-27");
    assert_string_equal(failed->error_text, "too many");
    assert_int_equal(reports.items[2].error_kind, WIRE_ERROR_PERMANENT);
    assert_null(reports.items[2].error_code);
    assert_true(none->none);
    assert_int_equal(none->state, 0);
    assert_int_equal(none->lease, 0);
    wire_reports_clear(&reports);
    assert_int_equal(reports.count, 0);
}

static void test_status(void **context)
{
    (void)context;
    static const char text[] =
        "{\"hello\":false,\"journal\":\"j\",\"oldest\":1,\"next\":1,\"software\":\"x/1\","
        "\"radio\":\"sim\",\"queue\":0,\"at\":5,\"sims\":[{\"slot\":2}]}";
    struct wire_status status;
    struct field_error error;
    memset(&status, 0x55, sizeof status);
    assert_true(wire_status_decode(&status, text, strlen(text), &error));
    assert_false(status.hello);
    assert_int_equal(status.battery, -1);
    assert_false(status.charging);
    assert_int_equal(status.sim_count, 1);
    assert_int_equal(status.sims[0].slot, 2);
    assert_int_equal(status.sims[0].signal, -1);
    assert_null(status.sims[0].number);
    assert_null(status.sims[0].carrier);
    wire_status_clear(&status);
}

static void test_presence(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        bool online;
    } rows[] = {
        {"{\"device\":\"phone-1\",\"state\":\"online\",\"at\":7,\"boot\":\"0a\"}", true},
        {"{\"device\":\"phone-1\",\"state\":\"offline\",\"at\":7,\"boot\":\"0a\"}", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wire_presence presence;
        struct field_error error;
        assert_true(wire_presence_decode(&presence, rows[i].text, strlen(rows[i].text), &error));
        assert_string_equal(presence.device, "phone-1");
        assert_int_equal(presence.online, rows[i].online);
        assert_int_equal(presence.at, 7);
        assert_string_equal(presence.boot, "0a");
        wire_presence_clear(&presence);
    }
}

static void test_defaults_and_unknown_members(void **context)
{
    (void)context;
    static const char text[] =
        "{\"new\":{\"a\":[1]},\"id\":\"" SAMPLE_ID "\",\"lease\":1,\"to\":\"+4930123456\","
        "\"text\":\"\",\"sim\":null,\"qos\":0,\"expires_at\":0,\"lease_until\":0,"
        "\"report\":false}";
    struct wire_send send;
    struct field_error error;
    assert_true(wire_send_decode(&send, text, strlen(text), &error));
    assert_int_equal(send.sim, 0);
    wire_send_clear(&send);
}

#define SEND(id, to, rest) "{\"id\":\"" id "\",\"lease\":1,\"to\":\"" to "\",\"text\":\"x\"," rest "}"
#define SEND_REST "\"qos\":1,\"expires_at\":1,\"lease_until\":1,\"report\":true"
#define REPORT(members) "{\"journal\":\"j\",\"reports\":[" members "]}"
#define REPORT_HEAD "\"seq\":1,\"id\":\"" SAMPLE_ID "\",\"lease\":1,\"at\":1"
#define STATUS(oldest, sims)                                                                                 \
    "{\"hello\":true,\"journal\":\"j\",\"oldest\":" oldest ",\"next\":2,\"software\":\"x\",\"radio\":\"x\"," \
    "\"queue\":0,\"at\":1,\"sims\":[" sims "]}"

// What only C checks, or says by name; the contract test holds types, ranges and lengths against the schemas.
static const struct {
    const char *kind, *text, *path, *detail;
} bad[] = {
    {"send", "", "", "ends too early (line 1, column 0)"},
    {"send", "[]", "", "must be a JSON object"},
    {"send", "{\"id\":1,\"id\":1}", "", "has the same name twice in an object (line 1, column 12)"},
    {"send", SEND("SM", "+4930123456", SEND_REST), "id", "is too short: 2 bytes, at least 34"},
    {"send", SEND("AC019aa33ac4c07c4d8e5f60718293a4b5", "+4930123456", SEND_REST), "id",
     "must be the id of a message"},
    {"send", SEND(SAMPLE_ID, "4930123456", SEND_REST), "to", "must be a number in E.164 form"},
    {"send", SEND(SAMPLE_ID, "+4930*3456", SEND_REST), "to", "must be a number in E.164 form"},
    {"send", SEND(SAMPLE_ID, "*#06#", SEND_REST), "to", "must be a number in E.164 form"},
    {"send", SEND(SAMPLE_ID, "+0930123456", SEND_REST), "to", "must be a number in E.164 form"},
    {"send", SEND(SAMPLE_ID, "+4930", SEND_REST), "to", "must be a number in E.164 form"},
    {"send", SEND(SAMPLE_ID, "+1234567890123456", SEND_REST), "to", "is too long: 17 bytes, at most 16"},
    {"send", SEND(SAMPLE_ID, "+4930123456", "\"qos\":3"), "qos", "must be within 0 and 2"},
    {"cancel", "{\"id\":\"" SAMPLE_ID "\"}", "lease", "is missing"},
    {"cancel", "{\"id\":\"SM019aa33ac4c04c4d8e5f60718293a4b5\",\"lease\":1}", "id",
     "must be the id of a message"},
    {"query", "{\"ids\":[]}", "ids", "must have 1 to 50 elements, has 0"},
    {"query", "{\"ids\":[\"" SAMPLE_ID "\",\"x\"]}", "ids[1]", "must be the id of a message"},
    {"query", "{\"ids\":[7]}", "ids[0]", "must be a string"},
    {"receipt", "{\"journal\":\"\",\"up_to\":1}", "journal", "is too short: 0 bytes, at least 1"},
    {"config", "{\"telemetry_interval_ms\":999,\"min_gap_ms\":0,\"paused\":false}", "telemetry_interval_ms",
     "must be within 1000 and 86400000"},
    {"inbox", "{\"asked_at\":1,\"from\":3,\"to\":2}", "from", "must not be greater than to"},
    {"report", REPORT("7"), "reports[0]", "must be an object"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"sent\"},{}"), "reports[1].seq", "is missing"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"queued\"}"), "reports[0].state",
     "must be none or a state from accepted to unknown"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"received\"}"), "reports[0].state",
     "must be none or a state from accepted to unknown"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"sent\",\"part\":2}"), "reports[0].part",
     "must not be greater than parts"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"failed\",\"error\":{\"kind\":\"odd\"}}"),
     "reports[0].error.kind", "must be temporary, permanent or limit"},
    {"report", REPORT("{" REPORT_HEAD ",\"state\":\"failed\",\"error\":{}}"), "reports[0].error.kind",
     "is missing"},
    {"inbound", "{\"journal\":\"j\",\"texts\":[{\"seq\":0}]}", "texts[0].seq",
     "must be within 1 and 9007199254740992"},
    {"status", STATUS("3", ""), "oldest", "must not be greater than next"},
    {"status", STATUS("1", "{\"slot\":1},{\"slot\":1}"), "sims[1]", "has the slot of another SIM"},
    {"status", STATUS("1", "{\"slot\":1,\"number\":\"unknown\"}"), "sims[0].number",
     "must be a number in E.164 form"},
    {"presence", "{\"device\":\"A\",\"state\":\"online\",\"at\":1,\"boot\":\"b\"}", "device",
     "must be a device id"},
    {"presence", "{\"device\":\"a\",\"state\":\"on\",\"at\":1,\"boot\":\"b\"}", "state",
     "must be online or offline"},
};

static void test_bad_payloads(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct field_error error;
        char *again = NULL;
        CHECK(!kind_of(bad[i].kind)->pass(&again, bad[i].text, strlen(bad[i].text), &error), "%s",
              bad[i].text);
        assert_string_equal(error.path, bad[i].path);
        assert_string_equal(error.detail, bad[i].detail);
    }
}

// One element more than the struct holds is refused; as many as it holds pass.
static void test_full_lists(void **context)
{
    (void)context;
    static const struct {
        const char *kind, *head, *element, *tail;
        int max;
    } rows[] = {
        {"query", "{\"ids\":[", "\"" SAMPLE_ID "\"", "]}", WIRE_QUERY_MAX},
        {"report", "{\"journal\":\"j\",\"reports\":[", "{" REPORT_HEAD ",\"state\":\"sent\"}", "]}",
         WIRE_REPORTS_MAX},
        {"inbound", "{\"journal\":\"j\",\"texts\":[",
         "{\"seq\":1,\"uid\":\"u\",\"from\":\"f\",\"text\":\"t\",\"received_at\":1}", "]}", WIRE_INBOUND_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int count = rows[i].max; count <= rows[i].max + 1; count++) {
            char text[8000];
            char *end = stpcpy(text, rows[i].head), *again = NULL;
            for (int k = 0; k < count; k++)
                end = stpcpy(stpcpy(end, k > 0 ? "," : ""), rows[i].element);
            stpcpy(end, rows[i].tail);
            struct field_error error;
            bool good = kind_of(rows[i].kind)->pass(&again, text, strlen(text), &error);
            free(again);
            CHECK(good == (count <= rows[i].max), "%d elements of %s", count, rows[i].kind);
        }
    }
}

static void test_texts_at_their_limit(void **context)
{
    (void)context;
    for (size_t length = WIRE_TEXT_MAX_BYTES; length <= WIRE_TEXT_MAX_BYTES + 1; length++) {
        static char text[WIRE_TEXT_MAX_BYTES + 2];
        memset(text, 'x', length);
        text[length] = '\0';
        struct wire_send send = sample_send, back;
        struct field_error error;
        send.text = text;
        char *payload = wire_send_encode(&send);
        assert_int_equal(wire_send_decode(&back, payload, strlen(payload), &error),
                         length <= WIRE_TEXT_MAX_BYTES);
        if (length > WIRE_TEXT_MAX_BYTES)
            assert_string_equal(error.path, "text");
        wire_send_clear(&back);
        free(payload);
    }
}

static void test_what_is_not_utf8_is_not_encoded(void **context)
{
    (void)context;
    struct wire_send send = sample_send;
    struct wire_reports reports = {.journal = "j", .items = {{.id = "\xff"}}, .count = 1};
    struct wire_query query = {.ids = {SAMPLE_ID, "\xff"}, .count = 2};
    struct wire_status status = sample_status;
    send.text = "\xff";
    status.sims[1].carrier = "\xff";
    assert_null(wire_send_encode(&send));
    assert_null(wire_reports_encode(&reports));
    assert_null(wire_query_encode(&query));
    assert_null(wire_status_encode(&status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_come_back),
        cmocka_unit_test(test_send),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_presence),
        cmocka_unit_test(test_defaults_and_unknown_members),
        cmocka_unit_test(test_bad_payloads),
        cmocka_unit_test(test_full_lists),
        cmocka_unit_test(test_texts_at_their_limit),
        cmocka_unit_test(test_what_is_not_utf8_is_not_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
