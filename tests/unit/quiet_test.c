// When quiet hours end, also where clocks jump.
#include "bridge/engine/quiet.h"

#include "common/isotime.h"
#include "tests/unit/cases.h"

#include <string.h>

static int64_t instant(const char *text)
{
    int64_t at_ms;
    CHECK(isotime_parse(&at_ms, text, strlen(text)), "%s", text);
    return at_ms;
}

static void test_ends(void **state)
{
    (void)state;
    enum {
        NIGHT_BEGINS = 21 * 60,
        NIGHT_ENDS = 8 * 60,
        NOON = 12 * 60,
        TWO = 14 * 60,
        SUNDAY = 1,
        WEEKEND = 65
    };
    static const struct {
        struct quiet_hours hours;
        const char *zone, *at, *end;
    } cases[] = {
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "UTC",
         "2026-11-21T12:00:00Z",
         "2026-11-21T12:00:00Z"},
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "UTC",
         "2026-11-21T20:59:59Z",
         "2026-11-21T20:59:59Z"},
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "UTC",
         "2026-11-21T21:00:00Z",
         "2026-11-22T08:00:00Z"},
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "UTC",
         "2026-11-22T07:59:59Z",
         "2026-11-22T08:00:00Z"},
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "UTC",
         "2026-11-22T08:00:00Z",
         "2026-11-22T08:00:00Z"},
        {{.begins_min = NOON, .ends_min = TWO},
         "Europe/Berlin",
         "2026-07-01T10:30:00Z",
         "2026-07-01T12:00:00Z"},
        // Saturday 23:00 in Berlin, the night in which clocks go forward, and that in which they go back
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "Europe/Berlin",
         "2026-03-28T22:00:00Z",
         "2026-03-29T06:00:00Z"},
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS},
         "Europe/Berlin",
         "2026-10-24T21:00:00Z",
         "2026-10-25T07:00:00Z"},
        // a quiet Sunday after a quiet night
        {{.begins_min = NIGHT_BEGINS, .ends_min = NIGHT_ENDS, .days = SUNDAY},
         "Europe/Berlin",
         "2026-11-21T22:00:00Z",
         "2026-11-23T07:00:00Z"},
        {{.days = SUNDAY}, "Asia/Kolkata", "2026-11-22T10:00:00Z", "2026-11-22T18:30:00Z"},
        {{.days = WEEKEND}, "America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T05:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t end = quiet_end(&cases[i].hours, cases[i].zone, instant(cases[i].at));
        CHECK(end == instant(cases[i].end), "case %zu: off by %lld min", i,
              (long long)(end - instant(cases[i].end)) / 60000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
