// Times that recur, most of all where clocks jump.
#include "common/cron.h"

#include "common/isotime.h"
#include "tests/unit/cases.h"

#include <string.h>

static int64_t instant(const char *text)
{
    int64_t at_ms;
    CHECK(isotime_parse(&at_ms, text, strlen(text)), "%s", text);
    return at_ms;
}

static void test_next_times(void **state)
{
    (void)state;
    static const struct {
        const char *text, *zone, *after, *next;
    } cases[] = {
        {"* * * * *", "UTC", "2026-11-21T10:30:00Z", "2026-11-21T10:31:00Z"},
        {"*/15 * * * *", "UTC", "2026-11-21T10:31:00Z", "2026-11-21T10:45:00Z"},
        {"0 9 * * *", "Europe/Berlin", "2026-11-21T07:59:59Z", "2026-11-21T08:00:00Z"},
        {"0 9 * * *", "Europe/Berlin", "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z"},
        {"0 9 * * mon-fri", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-11-23T08:00:00Z"},
        {"0 9 * * 7", "UTC", "2026-11-21T00:00:00Z", "2026-11-22T09:00:00Z"},
        {"0 0 1 * *", "UTC", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"},
        {"30 8 29 feb *", "UTC", "2026-11-21T00:00:00Z", "2028-02-29T08:30:00Z"},
        {"0 12 13 * fri", "UTC", "2026-11-14T00:00:00Z", "2026-11-20T12:00:00Z"}, // the 13th, or any Friday
        {"5,10 1-3/2 * * *", "UTC", "2026-11-21T01:06:00Z", "2026-11-21T01:10:00Z"},
        {"5,10 1-3/2 * * *", "UTC", "2026-11-21T01:10:00Z", "2026-11-21T03:05:00Z"},
        // over the end of the week, the day and the year
        {"0 9 * * sat-sun", "UTC", "2026-11-21T10:00:00Z", "2026-11-22T09:00:00Z"},
        {"0 9 * * sat-sun", "UTC", "2026-11-22T10:00:00Z", "2026-11-28T09:00:00Z"},
        {"0 9 * * fri-mon", "UTC", "2026-11-22T10:00:00Z", "2026-11-23T09:00:00Z"},
        {"0 9 * * fri-mon", "UTC", "2026-11-23T10:00:00Z", "2026-11-27T09:00:00Z"},
        {"0 9 * * fri-mon/2", "UTC", "2026-11-21T00:00:00Z", "2026-11-22T09:00:00Z"},
        {"0 9 * * 6-7", "UTC", "2026-11-22T10:00:00Z", "2026-11-28T09:00:00Z"},
        {"0 22-6 * * *", "UTC", "2026-11-21T23:00:00Z", "2026-11-22T00:00:00Z"},
        {"0 22-6 * * *", "UTC", "2026-11-22T06:00:00Z", "2026-11-22T22:00:00Z"},
        {"0 0 1 nov-feb *", "UTC", "2027-01-02T00:00:00Z", "2027-02-01T00:00:00Z"},
        {"0 0 1 nov-feb *", "UTC", "2027-02-02T00:00:00Z", "2027-11-01T00:00:00Z"},
        {"@daily", "Asia/Kolkata", "2026-11-21T00:00:00Z", "2026-11-21T18:30:00Z"},
        // nine o'clock stays nine o'clock
        {"0 9 * * *", "Europe/Berlin", "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"},
        {"0 9 * * *", "America/New_York", "2026-10-31T13:00:00Z", "2026-11-01T14:00:00Z"},
        // 2:30 is jumped over: at the jump; shown twice: the first time only
        {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
        // for every hour: by real time, without a gap in autumn and without an extra one in spring
        {"*/15 * * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"},
        {"@hourly", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
        {"@hourly", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z"},
        {"30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
        {"15,45 * * * *", "Europe/Berlin", "2026-03-29T00:45:00Z", "2026-03-29T01:15:00Z"},
        {"0 * 1 jan *", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-12-31T23:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cron cron;
        const char *why;
        CHECK(cron_parse(&cron, cases[i].text, &why), "%s %s", cases[i].text, why);
        int64_t next = cron_next(&cron, cases[i].zone, instant(cases[i].after));
        CHECK(next == instant(cases[i].next), "%s after %s: off by %lld min", cases[i].text, cases[i].after,
              (long long)(next - instant(cases[i].next)) / 60000);
    }
}

static void test_never(void **state)
{
    (void)state;
    struct cron cron;
    const char *why;
    assert_true(cron_parse(&cron, "0 0 31 feb *", &why));
    assert_int_equal(cron_next(&cron, "UTC", 0), 0);
    assert_int_equal(cron_next(&cron, "Mars/Base", 0), 0);
    assert_true(cron_parse(&cron, "* * 31 feb *", &why));
    assert_int_equal(cron_next(&cron, "UTC", 0), 0);
    assert_int_equal(cron_next(&cron, "Mars/Base", 0), 0);
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "*",
                                        "* * * *",
                                        "* * * * * *",
                                        "60 * * * *",
                                        "* 24 * * *",
                                        "* * 0 * *",
                                        "* * * 13 *",
                                        "* * * * 8",
                                        "*/0 * * * *",
                                        "5-1 * * * *",
                                        "0 0 28-3 * *",
                                        "1,,2 * * * *",
                                        "a * * * *",
                                        "@often",
                                        "* * * janu *",
                                        "-1 * * * *",
                                        "1- * * * *",
                                        "1/ * * * *",
                                        ", * * * *"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct cron cron;
        const char *why = NULL;
        CHECK(!cron_parse(&cron, wrong[i], &why), "%s", wrong[i]);
        assert_non_null(why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_times),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
