// The words for what is stored as numbers.
#include "bridge/store/records.h"
#include "tests/unit/cases.h"

#include <string.h>

static void test_lanes(void **state)
{
    (void)state;
    static const char *const names[] = {[LANE_OTP] = "otp", "high", "normal", "bulk"};
    for (int i = LANE_OTP; i <= LANE_BULK; i++) {
        enum lane lane = 0;
        assert_string_equal(lane_name((enum lane)i), names[i]);
        assert_true(lane_parse(&lane, names[i]));
        assert_int_equal(lane, i);
    }
    enum lane lane = LANE_HIGH;
    assert_false(lane_parse(&lane, "Normal"));
    assert_false(lane_parse(&lane, ""));
    assert_int_equal(lane, LANE_HIGH);
}

static void test_event_of_each_state_is_named_after_it(void **state)
{
    (void)state;
    for (int i = STATE_SCHEDULED; i <= STATE_RECEIVED; i++) {
        const char *name = event_name(i);
        int64_t kind = 0;
        CHECK(strncmp(name, "message.", 8) == 0 && strcmp(name + 8, state_name((enum state)i)) == 0, "%s",
              name);
        assert_true(event_parse(&kind, name));
        assert_int_equal(kind, i);
    }
}

static void test_other_events(void **state)
{
    (void)state;
    static const struct {
        int64_t kind;
        const char *name;
    } cases[] = {
        {EVENT_MOVED, "message.moved"},
        {EVENT_ASKED, "message.asked"},
        {EVENT_PART, "message.part"},
        {EVENT_FENCED, "message.fenced"},
        {EVENT_RESCHEDULED, "message.rescheduled"},
        {EVENT_RETRIED, "message.retried"},
        {EVENT_DEVICE_ONLINE, "device.online"},
        {EVENT_DEVICE_OFFLINE, "device.offline"},
        {EVENT_DEVICE_ADDED, "device.added"},
        {EVENT_DEVICE_REMOVED, "device.removed"},
        {EVENT_DEVICE_PAUSED, "device.paused"},
        {EVENT_DEVICE_RESUMED, "device.resumed"},
    };
    int64_t kind = 7;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(event_name(cases[i].kind), cases[i].name);
        assert_true(event_parse(&kind, cases[i].name));
        assert_int_equal(kind, cases[i].kind);
    }
    kind = 7;
    assert_false(event_parse(&kind, "message.lost"));
    assert_false(event_parse(&kind, "queued"));
    assert_int_equal(kind, 7);
}

static void test_scopes(void **state)
{
    (void)state;
    int all = 0;
    for (int bit = 1; bit < SCOPE_ALL; bit <<= 1) {
        enum scope scope = 0;
        assert_true(scope_parse(&scope, scope_name((enum scope)bit)));
        assert_int_equal(scope, bit);
        all |= bit;
    }
    assert_int_equal(all, SCOPE_ALL);
    assert_string_equal(scope_name(SCOPE_KEYS_WRITE), "keys:write");
    enum scope scope = SCOPE_EVENTS_READ;
    assert_false(scope_parse(&scope, "messages"));
    assert_int_equal(scope, SCOPE_EVENTS_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_event_of_each_state_is_named_after_it),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
