// When a limit lets the next message go.
#include "bridge/engine/pace.h"
#include "bridge/engine/recipients.h"

#include "common/isotime.h"
#include "tests/unit/cases.h"

#include <string.h>

static int64_t instant(const char *text)
{
    int64_t at_ms;
    CHECK(isotime_parse(&at_ms, text, strlen(text)), "%s", text);
    return at_ms;
}

static void check_next(struct sim_limit limit, const char *now, const char *next, const char *words)
{
    char why[DETAIL_SIZE];
    int64_t at = instant(now);
    pace_roll(&limit, at);
    int64_t got = pace_next(&limit, at, why);
    CHECK(got == instant(next), "%s: off by %lld s", words, (long long)(got - instant(next)) / 1000);
    assert_string_equal(why, words);
}

static void test_counts(void **state)
{
    (void)state;
    struct sim_limit limit = {.per_minute = 2, .per_hour = 5, .per_day = 7, .zone = "Europe/Berlin"};
    limit.minute_at = instant("2026-11-21T10:30:00Z");
    limit.hour_at = instant("2026-11-21T10:00:00Z");
    limit.day_at = instant("2026-11-20T23:00:00Z");
    limit.minute = 1;
    check_next(limit, "2026-11-21T10:30:59Z", "2026-11-21T10:30:59Z", "");
    limit.minute = 2;
    check_next(limit, "2026-11-21T10:30:59Z", "2026-11-21T10:31:00Z", "is at its limit of 2 parts a minute");
    check_next(limit, "2026-11-21T10:31:00Z", "2026-11-21T10:31:00Z", "");
    limit.hour = 6;
    check_next(limit, "2026-11-21T10:31:00Z", "2026-11-21T11:00:00Z", "is at its limit of 5 parts an hour");
    limit.day = 7;
    check_next(limit, "2026-11-21T10:31:00Z", "2026-11-21T23:00:00Z", "is at its limit of 7 parts a day");
    check_next(limit, "2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z", "");
}

// Of what was counted at that time: until when nobody new is taken at now.
static void check_end(struct sim_limit limit, const char *counted, const char *now, const char *end,
                      const char *words)
{
    char why[DETAIL_SIZE];
    struct sim_limit rolled = limit;
    pace_roll(&rolled, instant(counted));
    rolled.day_recipients = limit.day_recipients;
    rolled.month_recipients = limit.month_recipients;
    pace_roll(&rolled, instant(now));
    int64_t got = recipients_end(&rolled, why), wanted = end != NULL ? instant(end) : 0;
    CHECK(got == wanted, "%s: off by %lld s", now, (long long)(got - wanted) / 1000);
    assert_string_equal(why, words);
}

static void test_recipients(void **state)
{
    (void)state;
    const char *day = "is at its limit of 5 recipients a day",
               *month = "is at its limit of 9 recipients a month";
    struct sim_limit limit = {.recipients_day = 5, .recipients_month = 9, .zone = "Europe/Berlin"};
    limit.day_recipients = 4;
    limit.month_recipients = 8;
    check_end(limit, "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z", NULL, "");
    limit.day_recipients = 5;
    check_end(limit, "2026-11-21T10:00:00Z", "2026-11-21T22:59:59Z", "2026-11-21T23:00:00Z", day);
    check_end(limit, "2026-11-21T10:00:00Z", "2026-11-21T23:00:00Z", NULL, "");
    limit.month_recipients = 9;
    check_end(limit, "2026-11-21T10:00:00Z", "2026-11-21T23:00:00Z", "2026-11-30T23:00:00Z", month);
    check_end(limit, "2026-11-21T10:00:00Z", "2026-11-30T23:00:00Z", NULL, "");
    check_end(limit, "2026-12-31T10:00:00Z", "2026-12-31T22:00:00Z", "2026-12-31T23:00:00Z", month);
    check_end(limit, "2026-01-31T10:00:00Z", "2026-01-31T22:00:00Z", "2026-01-31T23:00:00Z", month);
    check_end(limit, "2026-02-01T10:00:00Z", "2026-02-02T10:00:00Z", "2026-02-28T23:00:00Z", month);
    check_end(limit, "2026-10-01T10:00:00Z", "2026-10-31T10:00:00Z", "2026-10-31T23:00:00Z", month);
}

// The day ends at local midnight also when it has 23 or 25 hours.
static void test_days_with_jumps(void **state)
{
    (void)state;
    struct sim_limit limit = {.per_day = 1, .day = 1, .zone = "Europe/Berlin"};
    limit.day_at = instant("2026-03-28T23:00:00Z");
    check_next(limit, "2026-03-29T05:00:00Z", "2026-03-29T22:00:00Z", "is at its limit of 1 parts a day");
    limit.day_at = instant("2026-10-24T22:00:00Z");
    check_next(limit, "2026-10-25T05:00:00Z", "2026-10-25T23:00:00Z", "is at its limit of 1 parts a day");
}

static void test_hours_of_the_day(void **state)
{
    (void)state;
    const struct sim_limit day = {.opens_min = 8 * 60, .closes_min = 20 * 60, .zone = "Europe/Berlin"};
    check_next(day, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z", "");
    check_next(day, "2026-11-21T06:59:59Z", "2026-11-21T07:00:00Z", "sends only in its hours");
    check_next(day, "2026-11-21T19:00:00Z", "2026-11-22T07:00:00Z", "sends only in its hours");
    const struct sim_limit night = {.opens_min = 22 * 60, .closes_min = 6 * 60, .zone = "UTC"};
    check_next(night, "2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z", "");
    check_next(night, "2026-11-21T05:59:00Z", "2026-11-21T05:59:00Z", "");
    check_next(night, "2026-11-21T06:00:00Z", "2026-11-21T22:00:00Z", "sends only in its hours");
}

static void test_gap_with_jitter(void **state)
{
    (void)state;
    struct sim_limit limit = {.gap_ms = 5000, .zone = "UTC"};
    char why[DETAIL_SIZE];
    limit.last_at = instant("2026-11-21T10:00:00Z");
    check_next(limit, "2026-11-21T10:00:01Z", "2026-11-21T10:00:05Z", "keeps a gap between two messages");
    check_next(limit, "2026-11-21T10:00:05Z", "2026-11-21T10:00:05Z", "");
    limit.jitter_ms = 2000;
    int64_t different = 0, first = 0;
    for (int i = 0; i < 20; i++) {
        int64_t next = pace_next(&limit, limit.last_at, why) - limit.last_at;
        CHECK(next >= 5000 && next <= 7000, "%lld", (long long)next);
        different += i > 0 && next != first;
        first = next;
        limit.last_at += 60000;
    }
    assert_true(different > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),          cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_days_with_jumps), cmocka_unit_test(test_hours_of_the_day),
        cmocka_unit_test(test_gap_with_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
