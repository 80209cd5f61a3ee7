// The decoder of control commands.
#include "plugin/control_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SIXTEEN "0123456789abcdef"
#define REQUEST "request: must be at most 64 printable ASCII characters without quote and backslash"
#define COMMAND "command: must be snapshot, kick, roster or counters"
#define OBJECT "payload: must be one JSON object"

static const struct {
    const char *payload;
    const char *wrong; // NULL when fine
    enum command command;
    const char *request;
    const char *device;
} cases[] = {
    {"{\"command\":\"snapshot\"}", NULL, COMMAND_SNAPSHOT, "", ""},
    {"{\"command\":\"roster\",\"request\":\"r-1\"}", NULL, COMMAND_ROSTER, "r-1", ""},
    {" {\"request\":\"\",\"command\":\"counters\"}\n", NULL, COMMAND_COUNTERS, "", ""},
    {"{\"command\":\"kick\",\"device\":\"phone-1\",\"request\":\"x y\"}", NULL, COMMAND_KICK, "x y",
     "phone-1"},
    {"{\"command\":\"snapshot\",\"request\":\"" SIXTEEN SIXTEEN SIXTEEN SIXTEEN "\"}", NULL, COMMAND_SNAPSHOT,
     SIXTEEN SIXTEEN SIXTEEN SIXTEEN, ""},
    {"{\"command\":\"snapshot\",\"request\":\"" SIXTEEN SIXTEEN SIXTEEN SIXTEEN "0\"}", REQUEST,
     COMMAND_COUNT, "", ""},
    {"{\"command\":\"snapshot\",\"request\":\"\\u0001\"}", REQUEST, COMMAND_COUNT, "", ""},
    {"{\"command\":\"snapshot\",\"request\":\"\\\"\"}", REQUEST, COMMAND_COUNT, "", ""},
    {"{\"command\":\"snapshot\",\"request\":null}", REQUEST, COMMAND_COUNT, "", ""},
    {"{\"command\":\"Kick\",\"request\":\"id\"}", COMMAND, COMMAND_COUNT, "id", ""},
    {"{\"request\":\"id\"}", COMMAND, COMMAND_COUNT, "id", ""},
    {"{\"command\":\"kick\",\"request\":\"id\"}", "device: must be a device id", COMMAND_KICK, "id", ""},
    {"{\"command\":\"kick\",\"device\":\"a/b\"}", "device: must be a device id", COMMAND_KICK, "", ""},
    {"{\"command\":\"roster\",\"device\":\"a\"}", "device: only kick takes one", COMMAND_ROSTER, "", ""},
    {"{\"command\":\"roster\",\"x\":1}", "payload: unknown field", COMMAND_ROSTER, "", ""},
    {"{\"command\":\"roster\",\"command\":\"roster\"}", OBJECT, COMMAND_COUNT, "", ""},
    {"{\"command\":\"roster\"", OBJECT, COMMAND_COUNT, "", ""},
    {"{\"command\":\"roster\"} {}", OBJECT, COMMAND_COUNT, "", ""},
    {"[{\"command\":\"roster\"}]", OBJECT, COMMAND_COUNT, "", ""},
    {"null", OBJECT, COMMAND_COUNT, "", ""},
    {"", OBJECT, COMMAND_COUNT, "", ""},
};

static void test_cases(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct control_request request;
        const char *wrong = control_request_read(&request, cases[i].payload, strlen(cases[i].payload));
        if (wrong == NULL || cases[i].wrong == NULL)
            assert_ptr_equal(wrong, cases[i].wrong);
        else
            assert_string_equal(wrong, cases[i].wrong);
        assert_int_equal(request.command, cases[i].command);
        assert_string_equal(request.request, cases[i].request);
        assert_string_equal(request.device, cases[i].device);
    }
}

static void test_no_payload(void **unused)
{
    (void)unused;
    struct control_request request;
    assert_string_equal(control_request_read(&request, NULL, 0), OBJECT);
}

static void test_overlong_payload(void **unused)
{
    (void)unused;
    char payload[CONTROL_PAYLOAD_MAX + 1];
    struct control_request request;
    memset(payload, ' ', sizeof payload);
    memcpy(payload, "{\"command\":\"roster\"}", 20);
    assert_null(control_request_read(&request, payload, CONTROL_PAYLOAD_MAX));
    assert_string_equal(control_request_read(&request, payload, sizeof payload), "payload: too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_no_payload),
        cmocka_unit_test(test_overlong_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
