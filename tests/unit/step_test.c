// A clock that is set back or forth: what waits for a while waits no longer, and what has a time of day keeps
// it.
#include "bridge/engine/step.h"

#include "bridge/engine/life.h"
#include "tests/unit/core_fixture.h"

#include <string.h>

enum { HOUR = 3600000, MANY = 1000 };

// A message of the account; it waits for nothing yet.
static struct message *add(struct core *core, enum state state)
{
    struct message row = sample_message(core->last_message + 1);
    row.text = strdup("Hello");
    row.state = state;
    row.turn = TURN_NONE;
    row.route = 0;
    row.expires_at = core->now + 100LL * HOUR;
    core->last_message++;
    struct message *message = life_add_take(core, &row);
    assert_non_null(message);
    return message;
}

static int64_t due_of(struct core *core, int64_t n)
{
    struct message sample = sample_message(n), loaded;
    cache_flush(core->cache, core->store);
    assert_true(store_message_load(core->store, &loaded, 1, sample.id));
    int64_t due_at = loaded.due_at;
    message_clear(&loaded);
    return due_at;
}

static void step(struct core *core, int64_t ms)
{
    step_clock(core, core->now + ms, core->mono);
    do
        step_pump(core);
    while (core->step_back_ms != 0);
}

static void test_waits_come_earlier_after_a_step_back(void **state)
{
    struct core *core = ((struct core_fixture *)*state)->core;
    int64_t now = core->now, first = core->last_message + 1;
    for (int i = 0; i < MANY; i++)
        life_hold_until(core, add(core, STATE_QUEUED), now + 2000 + i / 10, "retry", "");
    struct message *scheduled = add(core, STATE_SCHEDULED);
    int64_t last = scheduled->n;
    life_due(core, scheduled, now + 5000);
    step(core, -HOUR);
    for (int64_t n = first; n < last; n++)
        CHECK(due_of(core, n) == now - HOUR + 2000 + (n - first) / 10, "message %lld", (long long)n);
    assert_int_equal(due_of(core, last), now + 5000);
}

static void test_small_and_forward_steps_move_no_message(void **state)
{
    static const int64_t STEPS[] = {-1999, 1999, HOUR};
    struct core *core = ((struct core_fixture *)*state)->core;
    struct message *message = add(core, STATE_QUEUED);
    int64_t until = core->now + 2LL * HOUR, n = message->n;
    life_hold_until(core, message, until, "retry", "");
    for (size_t i = 0; i < COUNT(STEPS); i++) {
        step(core, STEPS[i]);
        assert_int_equal(due_of(core, n), until);
    }
}

static void test_silence_and_skew_of_devices_move_along(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "one");
    core_fixture_status(fixture, "one", (struct wire_status){.hello = true, .at = fixture->core->now + HOUR});
    struct fleet_device *device = fleet_device_by_id(fixture->core->fleet, "one");
    int64_t silent = fixture->core->now - device->heard_at;
    assert_int_equal(device->skew_ms, HOUR);
    step(fixture->core, 2LL * HOUR);
    assert_int_equal(device->skew_ms, -HOUR);
    assert_int_equal(fixture->core->now - device->heard_at, silent);
    core_fixture_status(fixture, "one", (struct wire_status){.at = fixture->core->now - 100});
    assert_int_equal(device->skew_ms, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_waits_come_earlier_after_a_step_back),
        TEST(test_small_and_forward_steps_move_no_message),
        TEST(test_silence_and_skew_of_devices_move_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
