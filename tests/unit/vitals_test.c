// Warnings of devices: told once when they begin, kept over restarts, over when the device says so.
#include "bridge/engine/vitals.h"
#include "bridge/store/stat.h"
#include "bridge/store/vitals.h"
#include "tests/unit/core_fixture.h"

#include <string.h>

enum { MINUTE = 60000 };

static const struct wire_status FINE = {
    .hello = true, .battery = 80, .sims = {{.slot = 1, .signal = 60}}, .sim_count = 1};

static int64_t warnings(const struct core_fixture *fixture)
{
    return fleet_device_by_id(fixture->core->fleet, "d1")->warnings;
}

static void tell(struct core_fixture *fixture, const struct wire_status *status)
{
    core_fixture_pass(fixture, MINUTE);
    core_fixture_status(fixture, "d1", *status);
}

static void test_each_warning_is_told_once(void **state)
{
    struct core_fixture *fixture = *state;
    struct wire_status low = FINE, saver = FINE, airplane = FINE, missing = FINE, wrong = FINE;
    low.battery = 15;
    saver.power_saver = true;
    airplane.airplane = true;
    missing.sim_count = 0;
    const struct {
        struct wire_status *status;
        int64_t bit, kind;
        const char *code;
    } cases[] = {
        {&low, WARNING_BATTERY_LOW, EVENT_DEVICE_LOW_BATTERY, "battery_low"},
        {&saver, WARNING_POWER_SAVER, EVENT_DEVICE_WARNING, "power_saver"},
        {&airplane, WARNING_AIRPLANE, EVENT_DEVICE_WARNING, "airplane"},
        {&missing, WARNING_SIM_MISSING, EVENT_DEVICE_WARNING, "sim_missing"},
        {&wrong, WARNING_CLOCK_WRONG, EVENT_DEVICE_WARNING, "clock_wrong"},
    };
    char reason[REASON_SIZE];
    core_fixture_add_device(fixture, "d1");
    tell(fixture, &FINE);
    assert_int_equal(warnings(fixture), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        int before = core_fixture_events(fixture, cases[i].kind, reason);
        wrong.at = fixture->core->now + 5 * MINUTE;
        tell(fixture, cases[i].status);
        CHECK(warnings(fixture) == cases[i].bit, "%s", cases[i].code);
        wrong.at = fixture->core->now + 5 * MINUTE;
        tell(fixture, cases[i].status);
        assert_int_equal(core_fixture_events(fixture, cases[i].kind, reason), before + 1);
        assert_string_equal(reason, cases[i].code);
        core_fixture_reload(fixture);
        CHECK(warnings(fixture) == cases[i].bit, "%s is forgotten by a restart", cases[i].code);
        tell(fixture, &FINE);
        CHECK(warnings(fixture) == 0, "%s does not end", cases[i].code);
    }
}

static void test_a_battery_between_does_not_come_and_go(void **state)
{
    struct core_fixture *fixture = *state;
    static const struct {
        int64_t battery;
        bool charging, warns;
    } steps[] = {{16, false, false}, {15, false, true},  {16, false, true},
                 {19, false, true},  {20, false, false}, {19, false, false},
                 {10, false, true},  {10, true, false},  {-1, false, false}};
    struct wire_status status = FINE;
    core_fixture_add_device(fixture, "d1");
    for (size_t i = 0; i < COUNT(steps); i++) {
        status.battery = steps[i].battery;
        status.charging = steps[i].charging;
        tell(fixture, &status);
        CHECK(((warnings(fixture) & WARNING_BATTERY_LOW) != 0) == steps[i].warns, "step %zu", i);
    }
}

static void test_missing_reports(void **state)
{
    struct core_fixture *fixture = *state;
    char reason[REASON_SIZE];
    core_fixture_add_device(fixture, "d1");
    tell(fixture, &FINE);
    int64_t n = fleet_device_by_id(fixture->core->fleet, "d1")->row.n;
    for (int i = 0; i < 4; i++)
        vitals_report(fixture->core, n, false);
    vitals_report(fixture->core, n, true);
    for (int i = 0; i < 4; i++)
        vitals_report(fixture->core, n, false);
    assert_int_equal(warnings(fixture), 0);
    vitals_report(fixture->core, n, false);
    vitals_report(fixture->core, n, false);
    assert_int_equal(warnings(fixture), WARNING_NO_REPORTS);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_WARNING, reason), 1);
    tell(fixture, &FINE);
    assert_int_equal(warnings(fixture), WARNING_NO_REPORTS);
    vitals_report(fixture->core, n, true);
    assert_int_equal(warnings(fixture), 0);
}

static void test_hours(void **state)
{
    struct core_fixture *fixture = *state;
    struct wire_status status = FINE;
    struct telemetry rows[4];
    size_t count;
    core_fixture_add_device(fixture, "d1");
    int64_t start = fixture->core->now - fixture->core->now % STAT_HOUR_MS + STAT_HOUR_MS;
    fixture->core->now = start;
    static const int64_t BATTERY[] = {50, 40, 45}, SIGNAL[] = {-1, 30, 70};
    for (size_t i = 0; i < 3; i++) {
        status.battery = BATTERY[i];
        status.sims[0].signal = SIGNAL[i];
        tell(fixture, &status);
    }
    fixture->core->now = start + STAT_HOUR_MS;
    tell(fixture, &status);
    core_fixture_pass(fixture, 0);
    int64_t n = fleet_device_by_id(fixture->core->fleet, "d1")->row.n;
    assert_int_equal(query_telemetry(fixture_query(fixture->store), rows, 4, &count, 1, n, start,
                                     start + 2 * STAT_HOUR_MS),
                     QUERY_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].battery, 45);
    assert_int_equal(rows[0].battery_min, 40);
    assert_int_equal(rows[0].signal, 70);
    assert_int_equal(rows[0].signal_min, 30);
    assert_int_equal(rows[0].told, 3);
    assert_int_equal(rows[1].told, 1);
    fixture->core->now = start + INT64_C(33) * 24 * STAT_HOUR_MS;
    core_fixture_pass(fixture, MINUTE);
    core_fixture_pass(fixture, MINUTE);
    assert_int_equal(query_telemetry(fixture_query(fixture->store), rows, 4, &count, 1, n, start,
                                     start + 2 * STAT_HOUR_MS),
                     QUERY_OK);
    assert_int_equal(count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each_warning_is_told_once),
        CASE(test_a_battery_between_does_not_come_and_go),
        CASE(test_missing_reports),
        CASE(test_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
