// The lines between the device and its radio.
#include "device/radio_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(char *line, const char *expected)
{
    assert_non_null(line);
    assert_string_equal(line, expected);
    free(line);
}

static void test_commands(void **state)
{
    (void)state;
    struct radio_send send = {.ref = "SM1", .to = "+1", .text = "a\n\"b\"", .sim = 2, .report = true};
    assert_line(radio_send_encode(&send),
                "{\"op\":\"send\",\"ref\":\"SM1\",\"to\":\"+1\",\"text\":\"a\\n\\\"b\\\"\","
                "\"sim\":2,\"report\":true}\n");
    assert_line(radio_info_encode(), "{\"op\":\"info\"}\n");
    assert_line(radio_inbox_encode(7), "{\"op\":\"inbox\",\"since\":7}\n");
    assert_line(radio_stored_encode("u"), "{\"op\":\"stored\",\"uid\":\"u\"}\n");
    send.text = "\xff";
    assert_null(radio_send_encode(&send));
}

static struct radio_event decoded(const char *line)
{
    struct radio_event event;
    struct field_error error;
    if (!radio_event_decode(&event, line, strlen(line), &error))
        fail_msg("%s: %s %s", line, error.path, error.detail);
    return event;
}

static void test_ready(void **state)
{
    (void)state;
    struct radio_event event =
        decoded("{\"event\":\"ready\",\"radio\":\"sim\",\"window\":16,\"battery\":50,\"charging\":true,"
                "\"sims\":[{\"slot\":1,\"number\":\"+15550001\",\"signal\":70},{\"slot\":2}],\"more\":1}");
    assert_int_equal(event.kind, RADIO_READY);
    assert_string_equal(event.name, "sim");
    assert_int_equal(event.window, 16);
    assert_int_equal(event.sim_count, 2);
    assert_string_equal(event.sims[0].number, "+15550001");
    assert_int_equal(event.sims[1].signal, -1);
    radio_event_clear(&event);
    event = decoded("{\"event\":\"ready\",\"radio\":\"x\"}");
    assert_int_equal(event.window, 1);
    assert_int_equal(event.battery, -1);
    assert_false(event.has_sims);
    radio_event_clear(&event);
}

static void test_fates(void **state)
{
    (void)state;
    struct radio_event event = decoded("{\"event\":\"sent\",\"ref\":\"SM1\",\"part\":2,\"parts\":3}");
    assert_int_equal(event.kind, RADIO_SENT);
    assert_int_equal(event.part, 2);
    assert_int_equal(event.parts, 3);
    radio_event_clear(&event);
    event = decoded("{\"event\":\"failed\",\"ref\":\"SM1\",\"kind\":\"limit\",\"code\":\"X\"}");
    assert_int_equal(event.error_kind, WIRE_ERROR_LIMIT);
    assert_string_equal(event.code, "X");
    assert_null(event.text);
    radio_event_clear(&event);
    event = decoded("{\"event\":\"unknown\",\"ref\":\"SM1\",\"text\":\"no word\"}");
    assert_int_equal(event.kind, RADIO_UNKNOWN);
    assert_null(event.code);
    assert_string_equal(event.text, "no word");
    radio_event_clear(&event);
    event = decoded("{\"event\":\"inbound\",\"uid\":\"u\",\"from\":\"\",\"text\":\"\",\"received_at\":5}");
    assert_string_equal(event.inbound.uid, "u");
    assert_int_equal(event.inbound.received_at, 5);
    radio_event_clear(&event);
}

static void test_bad_lines_name_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *line, *path;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{}", "event"},
        {"{\"event\":\"nonsense\"}", "event"},
        {"{\"event\":\"taken\"}", "ref"},
        {"{\"event\":\"sent\",\"ref\":\"a\",\"part\":33}", "part"},
        {"{\"event\":\"sent\",\"ref\":\"a\",\"part\":\"1\"}", "part"},
        {"{\"event\":\"failed\",\"ref\":\"a\",\"kind\":\"odd\"}", "kind"},
        {"{\"event\":\"failed\",\"ref\":\"a\"}", "kind"},
        {"{\"event\":\"unknown\"}", "ref"},
        {"{\"event\":\"inbound\",\"uid\":\"\",\"from\":\"a\",\"text\":\"b\",\"received_at\":1}", "uid"},
        {"{\"event\":\"ready\",\"radio\":\"x\",\"window\":65}", "window"},
        {"{\"event\":\"info\",\"battery\":101}", "battery"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct radio_event event;
        struct field_error error;
        assert_false(radio_event_decode(&event, cases[i].line, strlen(cases[i].line), &error));
        assert_string_equal(error.path, cases[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_bad_lines_name_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
