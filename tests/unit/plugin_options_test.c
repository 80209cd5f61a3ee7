// The plugin's options: defaults, ranges and complaints.
#include "plugin/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

static char key_roster[] = "roster", roster[] = "/r.db";

static void test_defaults(void **unused)
{
    (void)unused;
    struct mosquitto_opt list[] = {{key_roster, roster}};
    struct options options;
    struct options_error error;
    assert_true(options_read(&options, &error, list, COUNT(list)));
    assert_string_equal(options.roster, "/r.db");
    assert_null(options.bridge_socket);
    assert_false(options.allow_operator);
    assert_int_equal(options.keepalive_max_s, 1200);
    assert_int_equal(options.uplink_max_bytes, 65536);
    assert_int_equal(options.uplink_rate, 100);
    assert_int_equal(options.uplink_burst, 400);
    options_clear(&options);
    assert_null(options.roster);
}

// What one more option beside the roster leads to: NULL when it is fine.
static const struct {
    const char *key;
    const char *value;
    const char *complaint;
} cases[] = {
    {"bridge_socket", "/run/b.sock", NULL},
    {"bridge_socket", "b.sock", "option bridge_socket must be an absolute path"},
    {"bridge_socket", "", "option bridge_socket must be an absolute path"},
    {"allow_operator", "true", NULL},
    {"allow_operator", "false", NULL},
    {"allow_operator", "1", "option allow_operator must be true or false"},
    {"keepalive_max", "1", NULL},
    {"keepalive_max", "65535", NULL},
    {"keepalive_max", "65536", "option keepalive_max must be a number from 1 to 65535"},
    {"keepalive_max", "0", "option keepalive_max must be a number from 1 to 65535"},
    {"keepalive_max", "60s", "option keepalive_max must be a number from 1 to 65535"},
    {"keepalive_max", "", "option keepalive_max must be a number from 1 to 65535"},
    {"keepalive_max", NULL, "option keepalive_max must be a number from 1 to 65535"},
    {"uplink_max_bytes", "256", NULL},
    {"uplink_max_bytes", "255", "option uplink_max_bytes must be a number from 256 to 268435455"},
    {"uplink_rate", "0", NULL},
    {"uplink_rate", "-1", "option uplink_rate must be a number from 0 to 1000000"},
    {"uplink_burst", "0", "option uplink_burst must be a number from 1 to 1000000"},
    {"uplink_burst", "99999999999999999999", "option uplink_burst must be a number from 1 to 1000000"},
    {"roster", "/other.db", "option roster is given twice"},
    {"Roster", "/other.db", "unknown option Roster"},
    {"", "", "unknown option "},
};

static void test_cases(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mosquitto_opt list[] = {{key_roster, roster}, {(char *)cases[i].key, (char *)cases[i].value}};
        struct options options;
        struct options_error error = {"fine"};
        bool fine = options_read(&options, &error, list, COUNT(list));
        assert_string_equal(error.text, cases[i].complaint == NULL ? "fine" : cases[i].complaint);
        assert_int_equal(fine, cases[i].complaint == NULL);
        assert_int_equal(options.roster != NULL, fine);
        options_clear(&options);
    }
}

static void test_roster_is_required(void **unused)
{
    (void)unused;
    struct options options;
    struct options_error error;
    assert_false(options_read(&options, &error, NULL, 0));
    assert_string_equal(error.text, "option roster is missing");
}

static void test_long_unknown_option(void **unused)
{
    (void)unused;
    char key[1000];
    memset(key, 'x', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    struct mosquitto_opt list[] = {{key, roster}};
    struct options options;
    struct options_error error;
    assert_false(options_read(&options, &error, list, COUNT(list)));
    assert_memory_equal(error.text, "unknown option xxx", 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_roster_is_required),
        cmocka_unit_test(test_long_unknown_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
