// RFC 3339 both ways.
#include "tests/unit/cases.h"

#include "common/isotime.h"

#include <string.h>
#include <time.h>

static void test_times_that_are_read(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int64_t at_ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1969-12-31T23:30:00-01:00", 1800000},
        {"1970-01-01T01:00:00+01:00", 0},
        {"2026-11-21T01:02:03.456Z", 1795222923456},
        {"2026-11-21t01:02:03.456z", 1795222923456},
        {"2026-11-21T01:02:03Z", 1795222923000},
        {"2026-11-21T01:02:03.4Z", 1795222923400},
        {"2026-11-21T01:02:03.45Z", 1795222923450},
        {"2026-11-21T01:02:03.456999999Z", 1795222923456},
        {"2026-11-21T06:32:03+05:30", 1795222923000},
        {"2026-11-20T22:02:03-03:00", 1795222923000},
        {"2026-11-21T01:02:03-00:00", 1795222923000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29T23:59:59Z", 951868799000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t at_ms = -1;
        CHECK(isotime_parse(&at_ms, rows[i].text, strlen(rows[i].text)), "%s", rows[i].text);
        CHECK(at_ms == rows[i].at_ms, "%s is %lld", rows[i].text, (long long)at_ms);
    }
}

static void test_texts_that_are_refused(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T01:02:03",
        "2026-11-21T01:02Z",
        "2026-11-21 01:02:03Z",
        "2026-11-21T01:02:03Z ",
        " 2026-11-21T01:02:03Z",
        "2026-11-21T01:02:03ZZ",
        "2026-11-21T01:02:03.Z",
        "2026-11-21T01:02:03,5Z",
        "2026-11-21T01:02:03.1234567890Z",
        "2026-11-21T01:02:03+0100",
        "2026-11-21T01:02:03+01",
        "2026-11-21T01:02:03+24:00",
        "2026-11-21T01:02:03+01:60",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:60:00Z",
        "2026-11-21T23:59:61Z",
        "2016-12-31T23:59:60Z", // a real leap second
        "2026-00-21T01:02:03Z",
        "2026-13-21T01:02:03Z",
        "2026-11-00T01:02:03Z",
        "2026-11-31T01:02:03Z",
        "2026-02-29T01:02:03Z",
        "2100-02-29T01:02:03Z",
        "2026-04-31T01:02:03Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "-026-11-21T01:02:03Z",
        "2026-1-21T01:02:03Z",
        "20261121T010203Z",
        "2026-11-21T01:02:0\xd9\xa3Z",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t at_ms = -1;
        CHECK(!isotime_parse(&at_ms, texts[i], strlen(texts[i])), "%s", texts[i]);
        assert_int_equal(at_ms, -1);
    }
    int64_t at_ms = -1;
    assert_false(isotime_parse(&at_ms, "2026-11-21T01:02:03Z\0", 21));
    assert_false(isotime_parse(&at_ms, "2026-11-21\00001:02:03Z", 20));
}

// Every day of 1970-9999 against the C library.
static void test_every_day(void **context)
{
    (void)context;
    for (int64_t day = 0; day <= 2932896; day++) {
        time_t second = (time_t)(day * 86400 + day % 86400);
        struct tm tm;
        char expected[40], text[ISOTIME_SIZE];
        isotime_format(text, (int64_t)second * 1000);
        gmtime_r(&second, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
        CHECK(strcmp(text, expected) == 0, "%s, not %s", text, expected);
        int64_t back;
        assert_true(isotime_parse(&back, text, strlen(text)));
        assert_int_equal(back, (int64_t)second * 1000);
    }
}

static void test_times_outside_are_clamped(void **context)
{
    (void)context;
    char text[ISOTIME_SIZE];
    isotime_format(text, -1);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    isotime_format(text, INT64_MAX);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_that_are_read),
        cmocka_unit_test(test_texts_that_are_refused),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_times_outside_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
