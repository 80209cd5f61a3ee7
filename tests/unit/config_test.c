// The bridge's configuration: defaults, ranges, unknown keys, the environment, paths, and values that are
// only wrong together with others.
#include "tests/unit/cases.h"

#include "bridge/config.h"
#include "bridge/store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/config_test.XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/smsquitto.conf", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static bool load(struct config *config, const char *text, struct setting_error *error)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    error->text[0] = '\0';
    return config_load(config, path, error);
}

static void test_defaults(void **state)
{
    struct config config;
    struct setting_error error;
    (void)state;
    CHECK(config_load(&config, NULL, &error), "%s", error.text);
    assert_string_equal(config.http_bind, "127.0.0.1");
    assert_int_equal(config.http_port, 8080);
    assert_string_equal(config.http_socket_mode, "0600");
    assert_false(config.http_metrics_open);
    assert_true(config.phones_tls);
    assert_string_equal(config.store_path, "/var/lib/smsquitto/smsquitto.db");
    assert_string_equal(config.otp_key_file, "/var/lib/smsquitto/otp.key");
    assert_int_equal(config.engine.default_ttl_ms, 86400000);
    assert_int_equal(config.engine.hook_delays, 9);
    assert_int_equal(config.engine.hook_delays_ms[0], 5000);
    assert_int_equal(config.engine.hook_delays_ms[8], 86400000);
    assert_string_equal(config.hooks_allow, "");
}

// Text of a file with one wrong thing in it, and what the error must say: line, section and key.
static void test_refused(void **state)
{
    static const struct {
        const char *text, *says[3];
    } CASES[] = {
        {"[http]\nprot = 1\n", {":2", "prot"}},
        {"[htpt]\nport = 1\n", {":2", "htpt"}},
        {"port = 1\n", {":1", "section"}},
        {"[http]\nport = 65536\n", {":2", "port", "65535"}},
        {"[http]\nport = -1\n", {":2", "port"}},
        {"[http]\nport = 80 80\n", {":2", "port"}},
        {"[http]\nport = 0x50\n", {":2", "port"}},
        {"[http]\nport =\n", {":2", "port"}},
        {"[http]\nport = 1\nport = 2\n", {":3", "port"}},
        {"[http]\nbind =\n", {":2", "bind"}},
        {"[http]\nmetrics-open = maybe\n", {":2", "metrics-open"}},
        {"[http]\nidle-timeout = 10\n", {":2", "idle-timeout"}},
        {"[http]\nidle-timeout = 999ms\n", {":2", "idle-timeout"}},
        {"[http]\nidle-timeout = 2d\n", {":2", "idle-timeout"}},
        {"[http]\nsocket-mode = 0689\n", {"socket-mode", "octal"}},
        {"[http]\ntls-key-file = a.pem\n", {"tls-certificate-file", "both or none"}},
        {"[mqtt]\nname = Bridge\n", {"[mqtt] name"}},
        {"[mqtt]\nname = a/b\n", {"[mqtt] name"}},
        {"[mqtt]\nname = +\n", {"[mqtt] name"}},
        {"[engine]\nwindow-unaccepted = 20\n", {":2", "window-unaccepted"}},
        {"[engine]\nretries = 21\n", {":2", "retries"}},
        {"[otp]\nchecks = 0\n", {":2", "checks"}},
        {"[otp]\ncountries = DE XX\n", {"countries", "DE AT CH"}},
        {"[otp]\ncountries = DEU\n", {"countries", "DE AT CH"}},
        {"[webhooks]\nretries = soon\n", {"[webhooks] retries"}},
        {"[webhooks]\nretries = 1s 2\n", {"[webhooks] retries"}},
        {"[webhooks]\nretries = 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s\n",
         {"[webhooks] retries"}},
        {"[webhooks]\nretries = 31d\n", {"[webhooks] retries"}},
        {"[log]\nlevel = loud\n", {":2", "level"}},
        {"[log]\nformat = xml\n", {":2", "format"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct config config;
        struct setting_error error;
        CHECK(!load(&config, CASES[i].text, &error), "taken: %s", CASES[i].text);
        for (size_t j = 0; j < COUNT(CASES[i].says) && CASES[i].says[j] != NULL; j++)
            CHECK(strstr(error.text, CASES[i].says[j]) != NULL, "%s says: %s", CASES[i].text, error.text);
        CHECK(strstr(error.text, "smsquitto.conf") != NULL, "no file in: %s", error.text);
    }
}

static void test_ends_of_ranges(void **state)
{
    struct config config;
    struct setting_error error;
    (void)state;
    CHECK(load(&config,
               "[http]\nport = 65535\nidle-timeout = 1s\nbody-timeout = 1d\nsocket-mode = 666\n"
               "[engine]\nwindow-unaccepted = 19\nretries = 0\nheartbeat = 0s\n"
               "[webhooks]\nretries = 1ms 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 30d\n",
               &error),
          "%s", error.text);
    assert_int_equal(config.http_port, 65535);
    assert_int_equal(config.http_idle, 1000);
    assert_int_equal(config.http_body, 86400000);
    assert_int_equal(config.engine.hook_delays, 16);
    assert_int_equal(config.engine.hook_delays_ms[15], (int64_t)30 * 86400000);
}

static void test_environment_wins(void **state)
{
    struct config config;
    struct setting_error error;
    (void)state;
    setenv("SMSQUITTO_HTTP_PORT", "9000", 1);
    setenv("SMSQUITTO_HTTP_METRICS_OPEN", "yes", 1);
    setenv("SMSQUITTO_WEBHOOKS_RETRIES", "1s 2s", 1);
    bool taken = load(&config, "[http]\nport = 8081\n[webhooks]\nretries = 5s\n", &error);
    setenv("SMSQUITTO_HTTP_PORT", "many", 1);
    struct setting_error wrong;
    struct config other;
    bool refused = !load(&other, "[http]\nport = 8081\n", &wrong);
    unsetenv("SMSQUITTO_HTTP_PORT");
    unsetenv("SMSQUITTO_HTTP_METRICS_OPEN");
    unsetenv("SMSQUITTO_WEBHOOKS_RETRIES");
    CHECK(taken, "%s", error.text);
    assert_int_equal(config.http_port, 9000);
    assert_true(config.http_metrics_open);
    assert_int_equal(config.engine.hook_delays, 2);
    CHECK(refused && strstr(wrong.text, "SMSQUITTO_HTTP_PORT") != NULL, "%s", wrong.text);
}

// Relative paths are seen from the file, as the working folder of a service says nothing.
static void test_relative_paths(void **state)
{
    struct config config;
    struct setting_error error;
    char expected[200];
    (void)state;
    CHECK(load(&config,
               "[http]\nsocket =\n[store]\npath = data/a.db\n[mqtt]\nsocket = /run/b.sock\n"
               "[otp]\nkey-file = secret\n",
               &error),
          "%s", error.text);
    snprintf(expected, sizeof(expected), "%s/data/a.db", folder);
    assert_string_equal(config.store_path, expected);
    snprintf(expected, sizeof(expected), "%s/secret", folder);
    assert_string_equal(config.otp_key_file, expected);
    assert_string_equal(config.mqtt_socket, "/run/b.sock");
    assert_string_equal(config.http_socket, "");
}

static void test_path_without_room(void **state)
{
    struct config config;
    struct setting_error error;
    char text[400] = "[store]\npath = ";
    (void)state;
    memset(text + strlen(text), 'a', 250);
    CHECK(!load(&config, text, &error), "taken");
    CHECK(strstr(error.text, "too long") != NULL, "%s", error.text);
}

// What is printed is a file that means the same.
static void test_printed_is_read_again(void **state)
{
    struct config config, again;
    struct setting_error error;
    char first[65536], second[65536];
    (void)state;
    assert_true(load(&config, "[http]\nport = 1234\ncors-origins = *\n[engine]\nlease = 90s\n", &error));
    memset(first, 0, sizeof(first));
    memset(second, 0, sizeof(second));
    FILE *file = fmemopen(first, sizeof(first) - 1, "w");
    config_print(file, &config);
    fclose(file);
    CHECK(load(&again, first, &error), "%s", error.text);
    file = fmemopen(second, sizeof(second) - 1, "w");
    config_print(file, &again);
    fclose(file);
    assert_string_equal(first, second);
    assert_int_equal(again.http_port, 1234);
    assert_int_equal(again.engine.lease_ms, 90000);
    assert_string_equal(again.http_cors_origins, "*");
}

// A password is known to nobody who looks at the configuration.
static void test_passwords_are_not_printed(void **state)
{
    static const char *const cases[][2] = {
        {"postgresql://u:secret@h/d", "postgresql://u:***@h/d"},
        {"postgres://u:secret@/d?host=/s&password=secret&x=y",
         "postgres://u:***@/d?host=/s&password=***&x=y"},
        {"postgresql://h/d?password=secret", "postgresql://h/d?password=***"},
        {"postgresql://u@h:5432/d?a=b@c:d", "postgresql://u@h:5432/d?a=b@c:d"},
        {"postgresql://", "postgresql://"},
    };
    struct config config;
    struct setting_error error;
    char text[512], printed[65536];
    (void)state;
    if (!db_has_server())
        skip();
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(text, sizeof(text), "[store]\nurl = %s\n", cases[i][0]);
        CHECK(load(&config, text, &error), "%s", error.text);
        assert_string_equal(config_store(&config), cases[i][0]);
        memset(printed, 0, sizeof(printed));
        FILE *file = fmemopen(printed, sizeof(printed) - 1, "w");
        config_print(file, &config);
        fclose(file);
        snprintf(text, sizeof(text), "\nurl = %s\n", cases[i][1]);
        CHECK(strstr(printed, text) != NULL && strstr(printed, "secret@") == NULL, "%s", cases[i][0]);
    }
    CHECK(!load(&config, "[store]\nurl = mysql://h/d\n", &error), "taken");
    assert_non_null(strstr(error.text, "[store] url"));
    assert_true(load(&config, "[store]\npath = /x\n", &error));
    assert_string_equal(config_store(&config), "/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ends_of_ranges),
        cmocka_unit_test(test_environment_wins),
        cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_path_without_room),
        cmocka_unit_test(test_printed_is_read_again),
        cmocka_unit_test(test_passwords_are_not_printed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
