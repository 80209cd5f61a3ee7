// When an account's queue is full: how much waits, since when, and how much failed in this hour.
#include "bridge/engine/room.h"

#include "bridge/engine/life.h"
#include "bridge/engine/send.h"
#include "tests/unit/core_fixture.h"

#include <string.h>

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

// Sends a text, and moves it to that state (0 = not). Returns how long to wait when it is refused, 0 when
// not.
static int64_t text(struct core_fixture *fixture, bool mind, enum state state)
{
    struct core *core = fixture->core;
    struct command *command = core_fixture_text(NULL);
    command->send.mind_backlog = mind;
    send_apply(core, command);
    int64_t wait_ms = command->status == COMMAND_LIMITED ? command->retry_after_ms : 0;
    if (wait_ms == 0) {
        assert_int_equal(command->status, COMMAND_OK);
        struct message *message = cache_get(core->cache, core->store, 1, command->send.messages[0].id);
        assert_true(state == 0 || life_move(core, message, state, core->now, NULL, NULL));
    }
    command_free(command);
    core_fixture_pass(fixture, 0);
    return wait_ms;
}

static void test_too_many_wait(void **state)
{
    struct core_fixture *fixture = *state;
    fixture->core->options.backlog_max = 2;
    assert_int_equal(text(fixture, true, 0), 0);
    assert_int_equal(text(fixture, true, 0), 0);
    assert_int_equal(text(fixture, true, 0), MINUTE);
    assert_int_equal(text(fixture, false, 0), 0); // our own API does not mind
}

static void test_one_has_waited_too_long(void **state)
{
    struct core_fixture *fixture = *state;
    fixture->core->options.backlog_age_ms = 10 * MINUTE;
    assert_int_equal(text(fixture, true, STATE_CANCELLED), 0);
    core_fixture_pass(fixture, HOUR);
    fixture->core->mono += HOUR;
    assert_int_equal(text(fixture, true, 0), 0); // the old one does not wait
    core_fixture_pass(fixture, 10 * MINUTE);
    fixture->core->mono += 10 * MINUTE;
    assert_int_equal(text(fixture, true, 0), 0);
    core_fixture_pass(fixture, 1);
    assert_int_equal(text(fixture, true, 0), MINUTE);
    core_fixture_reload(fixture);
    fixture->core->mono += MINUTE;
    assert_int_equal(text(fixture, true, 0), MINUTE); // as the store has it
}

static void test_too_many_failed(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    core->options.failed_max = 2;
    core->now = core->now / HOUR * HOUR + 50 * MINUTE;
    assert_int_equal(text(fixture, true, STATE_FAILED), 0);
    assert_int_equal(text(fixture, true, STATE_CANCELLED), 0);
    assert_int_equal(text(fixture, true, STATE_EXPIRED), 0);
    assert_int_equal(text(fixture, true, 0), 10 * MINUTE);
    core_fixture_pass(fixture, 10 * MINUTE);
    assert_int_equal(text(fixture, true, STATE_FAILED), 0);
    assert_int_equal(text(fixture, true, 0), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_too_many_wait), TEST(test_one_has_waited_too_long),
                                       TEST(test_too_many_failed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
