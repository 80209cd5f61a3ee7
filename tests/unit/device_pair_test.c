// What a device makes of a pairing's answer, and of the key file that pairing wrote.
#include "device/pair.h"

#include "device/config.h"
#include "tests/unit/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "sqd_0123456789012345678901234567890123456789012"
#define URL "https://[2001:db8::1]:8443/v1/devices/pair#CODE"

static void test_answers(void **state)
{
    static const struct {
        const char *answer, *host; // host NULL = refused
    } cases[] = {
        {"{\"device\":\"desk\",\"name\":\"x\",\"key\":\"" KEY
         "\",\"mqtt\":{\"host\":\"mqtt.example.org\",\"port\":8883,\"tls\":true,\"topics\":\"t\"}}",
         "mqtt.example.org"},
        {"{\"device\":\"desk\",\"key\":\"" KEY "\",\"mqtt\":{\"host\":null,\"port\":8883,\"tls\":true}}",
         "2001:db8::1"},
        {"{\"device\":\"a/b\",\"key\":\"" KEY "\",\"mqtt\":{\"host\":\"h\",\"port\":1,\"tls\":true}}", NULL},
        {"{\"device\":\"desk\",\"key\":\"a\\nid = b\",\"mqtt\":{\"host\":\"h\",\"port\":1,\"tls\":true}}",
         NULL},
        {"{\"device\":\"desk\",\"key\":\"" KEY "\",\"mqtt\":{\"host\":\"h\\nx\",\"port\":1,\"tls\":true}}",
         NULL},
        {"{\"device\":\"desk\",\"key\":\"" KEY "\",\"mqtt\":{\"host\":\"h\",\"port\":0,\"tls\":true}}", NULL},
        {"{\"device\":\"desk\",\"mqtt\":{\"host\":\"h\",\"port\":1,\"tls\":true}}", NULL},
        {"{\"device\":\"desk\",\"key\":\"" KEY "\"}", NULL},
        {"<html>", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_credentials got;
        char error[PAIR_ERROR_SIZE] = "";
        bool good = pair_read_answer(&got, cases[i].answer, strlen(cases[i].answer), URL, error);
        CHECK(good == (cases[i].host != NULL), "%s: %s", cases[i].answer, error);
        CHECK(good == (error[0] == '\0') && strstr(error, KEY) == NULL, "%s", error);
        if (good) {
            assert_string_equal(got.host, cases[i].host);
            assert_string_equal(got.id, "desk");
            assert_string_equal(got.key, KEY);
            assert_int_equal(got.port, 8883);
            assert_true(got.tls);
        }
    }
}

static void test_no_code_and_no_folder_use_nothing_up(void **state)
{
    char error[PAIR_ERROR_SIZE];
    (void)state;
    assert_false(pair_run(URL, "/nonexistent/key", "", error));
    assert_non_null(strstr(error, "cannot write /nonexistent/key"));
    assert_false(pair_run("http://127.0.0.1:1/v1/devices/pair", "/tmp/smsq-pair-test-key", "", error));
    assert_non_null(strstr(error, "behind '#'"));
    assert_int_not_equal(access("/tmp/smsq-pair-test-key.new", F_OK), 0);
}

// The key file's lines go before the configuration file, and the environment before both.
static void test_what_pairing_wrote_is_the_configuration(void **state)
{
    char path[] = "/tmp/smsq-pair-XXXXXX", key[SETTING_VALUE_SIZE];
    struct config config;
    struct setting_error error;
    (void)state;
    int fd = mkstemp(path);
    assert_true(
        dprintf(fd, "%s\n# words\nid = desk\nhost = mqtt.example.org\nport = 8883\ntls = yes\njournal = x\n",
                KEY) > 0);
    close(fd);
    setenv(CONFIG_PREFIX "_DEVICE_KEY_FILE", path, 1);
    setenv(CONFIG_PREFIX "_BROKER_PORT", "1884", 1);
    assert_true(config_load(&config, NULL, &error));
    assert_string_equal(config.id, "desk");
    assert_string_equal(config.host, "mqtt.example.org");
    assert_int_equal(config.port, 1884);
    assert_true(config.tls);
    assert_string_equal(config.journal, "/var/lib/smsquitto/device.db");
    assert_true(config_read_key(&config, key, &error));
    assert_string_equal(key, KEY);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_no_code_and_no_folder_use_nothing_up),
        cmocka_unit_test(test_what_pairing_wrote_is_the_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
