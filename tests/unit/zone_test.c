// Local times, most of all where clocks jump.
#include "common/zone.h"

#include "common/isotime.h"
#include "tests/unit/cases.h"

#include <string.h>

static int64_t instant(const char *text)
{
    int64_t at_ms;
    CHECK(isotime_parse(&at_ms, text, strlen(text)), "%s", text);
    return at_ms;
}

static void test_walls_and_instants(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        struct zone_local local;
        const char *at;
    } cases[] = {
        {"UTC", {2026, 11, 21, 4, 39, 27, 6}, "2026-11-21T04:39:27Z"},
        {"Europe/Berlin", {2026, 1, 15, 8, 0, 0, 4}, "2026-01-15T07:00:00Z"},
        {"Europe/Berlin", {2026, 7, 15, 8, 0, 0, 3}, "2026-07-15T06:00:00Z"},
        {"America/New_York", {2026, 12, 31, 23, 59, 59, 4}, "2027-01-01T04:59:59Z"},
        {"Asia/Kolkata", {2026, 3, 1, 0, 0, 0, 0}, "2026-02-28T18:30:00Z"},
        {"Asia/Kathmandu", {2024, 2, 29, 12, 0, 0, 4}, "2024-02-29T06:15:00Z"},
        {"Australia/Lord_Howe", {2026, 1, 10, 11, 0, 0, 6}, "2026-01-10T00:00:00Z"},
        {"America/Argentina/ComodRivadavia", {2026, 5, 5, 9, 0, 0, 2}, "2026-05-05T12:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct zone_local local;
        int64_t at_ms = instant(cases[i].at), back;
        assert_true(zone_to_local(&local, cases[i].zone, at_ms));
        CHECK(memcmp(&local, &cases[i].local, sizeof(local)) == 0, "%s %s: %d:%d on %d, weekday %d",
              cases[i].zone, cases[i].at, local.hour, local.minute, local.day, local.weekday);
        assert_true(zone_from_local(&back, cases[i].zone, &local));
        CHECK(back == at_ms, "%s %s", cases[i].zone, cases[i].at);
    }
}

// A time that the wall never shows is the end of the jump; one that it shows twice is the first.
static void test_jumps(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        struct zone_local local;
        const char *at;
    } cases[] = {
        {"Europe/Berlin", {2026, 3, 29, 1, 59, 59, 0}, "2026-03-29T00:59:59Z"},
        {"Europe/Berlin", {2026, 3, 29, 2, 0, 0, 0}, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", {2026, 3, 29, 2, 30, 0, 0}, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", {2026, 3, 29, 3, 0, 0, 0}, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", {2026, 10, 25, 2, 30, 0, 0}, "2026-10-25T00:30:00Z"},
        {"Europe/Berlin", {2026, 10, 25, 3, 0, 0, 0}, "2026-10-25T02:00:00Z"},
        {"America/New_York", {2026, 3, 8, 2, 30, 0, 0}, "2026-03-08T07:00:00Z"},
        {"America/New_York", {2026, 11, 1, 1, 30, 0, 0}, "2026-11-01T05:30:00Z"},
        {"Australia/Lord_Howe", {2026, 10, 4, 2, 15, 0, 0}, "2026-10-03T15:30:00Z"}, // a jump of half an hour
        {"Australia/Lord_Howe", {2026, 4, 5, 1, 45, 0, 0}, "2026-04-04T14:45:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t at_ms = 0;
        assert_true(zone_from_local(&at_ms, cases[i].zone, &cases[i].local));
        CHECK(at_ms == instant(cases[i].at), "%s %d:%d: off by %lld s", cases[i].zone, cases[i].local.hour,
              cases[i].local.minute, (long long)(at_ms - instant(cases[i].at)) / 1000);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const char *const known[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Calcutta"};
    static const char *const unknown[] = {"",        "CET+1",        "GMT+3", "Etc/GMT+3", "Europe/Atlantis",
                                          "Unknown", "Etc/Unknown",  "EST",   "/",         "Europe/Berlin ",
                                          "../etc",  "europe/Nobody"};
    struct zone_local local;
    for (size_t i = 0; i < COUNT(known); i++)
        CHECK(zone_known(known[i]), "%s", known[i]);
    for (size_t i = 0; i < COUNT(unknown); i++) {
        CHECK(!zone_known(unknown[i]), "%s", unknown[i]);
        assert_false(zone_to_local(&local, unknown[i], 0));
    }
}

static void test_fields_that_are_no_time(void **state)
{
    (void)state;
    static const struct zone_local wrong[] = {
        {2026, 2, 29, 0, 0, 0, 0},  {2026, 13, 1, 0, 0, 0, 0}, {2026, 0, 1, 0, 0, 0, 0},
        {2026, 1, 1, 24, 0, 0, 0},  {2026, 1, 1, 0, 60, 0, 0}, {2026, 1, 1, 0, 0, -1, 0},
        {1969, 12, 31, 0, 0, 0, 0}, {10000, 1, 1, 0, 0, 0, 0},
    };
    int64_t at_ms;
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!zone_from_local(&at_ms, "UTC", &wrong[i]), "case %zu", i);
}

static void test_regions(void **state)
{
    (void)state;
    char zones[40][ZONE_NAME_SIZE];
    assert_int_equal(zone_of_region(zones, 40, "NL"), 1);
    assert_string_equal(zones[0], "Europe/Amsterdam");
    assert_true(zone_of_region(zones, 40, "US") > 10);
    assert_int_equal(zone_of_region(zones, 2, "US"), 2);
    assert_int_equal(zone_of_region(zones, 40, "XX"), 0);
    assert_int_equal(zone_of_region(zones, 40, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walls_and_instants),
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_fields_that_are_no_time),
        cmocka_unit_test(test_regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
