// Log lines as they reach standard error.
#include "tests/unit/cases.h"

#include "common/isotime.h"
#include "common/log.h"
#include "common/parse.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CAPTURE_SIZE = 8192 };

static int saved_stderr = -1, read_end = -1;

static void capture_start(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    read_end = ends[0];
}

// Ends the capture; all that was written is in the pipe by then.
static void capture_stop(char out[CAPTURE_SIZE])
{
    size_t length = 0;
    ssize_t got;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    while ((got = read(read_end, out + length, CAPTURE_SIZE - 1 - length)) > 0)
        length += (size_t)got;
    out[length] = '\0';
    close(read_end);
}

// Checks that line starts with a time and ends with a line feed; returns what is between.
static const char *after_time(char *line)
{
    int64_t at_ms;
    size_t length = strlen(line);
    assert_true(length > ISOTIME_SIZE);
    assert_true(isotime_parse(&at_ms, line, ISOTIME_SIZE - 1));
    assert_int_equal(line[length - 1], '\n');
    line[length - 1] = '\0';
    assert_null(strchr(line, '\n'));
    return line + ISOTIME_SIZE;
}

static void test_pairs(void **context)
{
    (void)context;
    static const struct {
        const char *value, *written;
    } rows[] = {
        {"phone-1", "name=phone-1"},
        {"127.0.0.1:80", "name=127.0.0.1:80"},
        {"", "name=\"\""},
        {NULL, "name=\"\""},
        {"two words", "name=\"two words\""},
        {"a=b", "name=\"a=b\""},
        {"say \"hi\" \\", "name=\"say \\\"hi\\\" \\\\\""},
        {"a\nb\tc", "name=\"a\\u000ab\\u0009c\""},
        {"\x1b[31m", "name=\"\\u001b[31m\""},
        {"Grüße", "name=\"Grüße\""},
        {"\xc2\x9b"
         "31m",
         "name=\"\\u009b31m\""}, // CSI as one character
        {"a\xff\xe2\x82", "name=\"a\\ufffd\\ufffd\\ufffd\""},
    };
    log_setup(LOG_INFO, false);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[CAPTURE_SIZE], expected[200];
        capture_start();
        log_event(LOG_WARNING, "it happened", "name", rows[i].value, NULL);
        capture_stop(line);
        snprintf(expected, sizeof expected, "warning it happened %s", rows[i].written);
        assert_string_equal(after_time(line), expected);
    }
}

static void test_several_pairs_and_none(void **context)
{
    (void)context;
    char line[CAPTURE_SIZE];
    log_setup(LOG_DEBUG, false);
    capture_start();
    log_event(LOG_DEBUG, "moved", "from", log_number(-3), "to", log_number(9000000000), NULL);
    capture_stop(line);
    assert_string_equal(after_time(line), "debug moved from=-3 to=9000000000");
    capture_start();
    log_event(LOG_ERROR, "stopped", NULL);
    capture_stop(line);
    assert_string_equal(after_time(line), "error stopped");
}

static void test_levels(void **context)
{
    (void)context;
    for (int lowest = LOG_ERROR; lowest <= LOG_DEBUG; lowest++) {
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            char line[CAPTURE_SIZE];
            log_setup((enum log_level)lowest, false);
            capture_start();
            log_event((enum log_level)level, "seen", NULL);
            capture_stop(line);
            assert_int_equal(line[0] != '\0', level <= lowest);
        }
    }
}

static void test_json(void **context)
{
    (void)context;
    static const char value[] = "a \"b\" \\ \n \x01 \x7f ü \xf0\x9f\x98\x80";
    char line[CAPTURE_SIZE];
    log_setup(LOG_INFO, true);
    capture_start();
    log_event(LOG_INFO, "it happened", "name", value, "bad", "\xff", NULL);
    capture_stop(line);
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "level")), "info");
    assert_string_equal(json_string_value(json_object_get(json, "event")), "it happened");
    assert_string_equal(json_string_value(json_object_get(json, "name")), value);
    assert_string_equal(json_string_value(json_object_get(json, "bad")), "\xef\xbf\xbd");
    int64_t at_ms;
    assert_true(isotime_parse(&at_ms, json_string_value(json_object_get(json, "time")), ISOTIME_SIZE - 1));
    json_decref(json);
}

// A line keeps to what a pipe takes in one piece, in both forms, whatever the values are.
static void test_long_values(void **context)
{
    (void)context;
    static const char bytes[] = {'x', '\x01', '"', '\xff'};
    for (size_t i = 0; i < 2 * COUNT(bytes); i++) {
        char value[3000], line[CAPTURE_SIZE];
        bool json = i % 2 != 0;
        memset(value, bytes[i / 2], sizeof value - 1);
        value[sizeof value - 1] = '\0';
        log_setup(LOG_INFO, json);
        capture_start();
        log_event(LOG_INFO, "long", "a", value, "b", value, "c", value, "d", value, "e", value, "f", value,
                  "g", value, "h", value, "i", value, NULL);
        capture_stop(line);
        assert_true(strlen(line) <= 4096);
        assert_non_null(strstr(line, json ? "\"truncated\":\"yes\"" : " truncated=yes\n"));
        assert_true(parse_utf8_valid(line, strlen(line)));
        if (json) {
            json_t *object = json_loads(line, 0, NULL);
            assert_non_null(object);
            assert_true(json_string_length(json_object_get(object, "a")) > 400);
            json_decref(object);
        }
    }
}

static void test_numbers_last_eight_calls(void **context)
{
    (void)context;
    const char *numbers[8];
    for (int i = 0; i < 8; i++)
        numbers[i] = log_number(i);
    for (int i = 0; i < 8; i++) {
        char expected[8];
        snprintf(expected, sizeof expected, "%d", i);
        assert_string_equal(numbers[i], expected);
    }
    assert_string_equal(log_number(-9223372036854775807LL - 1), "-9223372036854775808");
}

static void test_level_words(void **context)
{
    (void)context;
    static const char *const words[] = {"error", "warning", "info", "debug"};
    static const char *const bad[] = {"", "Error", "warn", "trace", "info "};
    enum log_level level;
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_true(log_level_parse(&level, words[i]));
        assert_int_equal(level, i);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(log_level_parse(&level, bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),       cmocka_unit_test(test_several_pairs_and_none),
        cmocka_unit_test(test_levels),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_long_values), cmocka_unit_test(test_numbers_last_eight_calls),
        cmocka_unit_test(test_level_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
