// What is held for quiet hours follows them when they are changed, in bounded steps and over a restart.
#include "bridge/engine/pool.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/rehold.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { STEP_MAX = 1024, MANY = STEP_MAX + 76, SECOND = 1000, DAY_MIN = 1440, HOUR_MIN = 60 };

static int64_t minute_of_day(const struct core *core)
{
    return core->now / 60000 % DAY_MIN;
}

// Quiet from an hour ago until so many minutes from now.
static struct quiet_hours hours(const struct core *core, int64_t minutes)
{
    return (struct quiet_hours){.begins_min = (minute_of_day(core) + DAY_MIN - HOUR_MIN) % DAY_MIN,
                                .ends_min = (minute_of_day(core) + minutes) % DAY_MIN,
                                .zone = "UTC"};
}

static void quiet_until(struct core *core, int64_t minutes)
{
    struct command *command = command_new(COMMAND_QUIET, ORIGIN_NONE, 1);
    if (minutes != 0)
        command->quiet = hours(core, minutes);
    quiet_set(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void text(struct core *core, const char *from, char id[ID_SIZE])
{
    struct command *command = core_fixture_text(NULL);
    snprintf(command->send.from, sizeof(command->send.from), "%s", from);
    memcpy(id, core_fixture_send_take(core, command)->id, ID_SIZE);
}

static int64_t held_until(struct core_fixture *fixture, int64_t minutes)
{
    char query[160];
    int64_t end = (fixture->core->now / 60000 + minutes) * 60000;
    snprintf(query, sizeof(query),
             "SELECT COUNT(*) FROM message WHERE state = 3 AND turn = 0 AND due_at = %lld", (long long)end);
    return core_fixture_number(fixture, query);
}

static int64_t held(struct core_fixture *fixture)
{
    return core_fixture_number(fixture, "SELECT COUNT(*) FROM message WHERE state = 3 AND turn = 0");
}

static void test_many_follow_in_steps_and_over_a_restart(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    char id[ID_SIZE];
    core->now -= core->now % 60000; // so that the ends below are in the same minute
    quiet_until(core, 120);
    for (int i = 0; i < MANY; i++)
        text(core, "", id);
    assert_int_equal(held_until(fixture, 120), MANY);
    int64_t events = core->last_event;
    quiet_until(core, 180);
    core_fixture_pass(fixture, SECOND);
    int64_t moved = held_until(fixture, 180);
    assert_true(moved > 0 && moved <= STEP_MAX);
    core_fixture_reload(fixture);
    for (int i = 0; i < 4; i++)
        core_fixture_pass(fixture, SECOND);
    assert_int_equal(held_until(fixture, 180), MANY);
    assert_int_equal(core->last_event, events); // nothing new to tell
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM held_look"), 0);
    assert_non_null(strstr(cache_get(core->cache, core->store, 1, id)->detail, "it is quiet hours until "));
    quiet_until(core, 0);
    for (int i = 0; i < 4; i++)
        core_fixture_pass(fixture, SECOND);
    assert_int_equal(held(fixture), 0);
}

static void test_hours_and_end_of_a_pool(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    char id[ID_SIZE];
    core->now -= core->now % 60000;
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_NONE, 1);
    memcpy(command->pool.name, "night", sizeof("night"));
    command->pool.set_quiet = command->pool.own_quiet = true;
    command->pool.quiet = hours(core, 60);
    pool_add(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    text(core, "night", id);
    core_fixture_pass(fixture, SECOND);
    assert_int_equal(held_until(fixture, 60), 1);
    command = command_new(COMMAND_POOL_UPDATE, ORIGIN_NONE, 1);
    memcpy(command->pool.pool, "night", sizeof("night"));
    command->pool.set_quiet = command->pool.own_quiet = true;
    command->pool.quiet = hours(core, 90);
    pool_update(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    core_fixture_pass(fixture, SECOND);
    assert_int_equal(held_until(fixture, 90), 1);
    command = command_new(COMMAND_POOL_REMOVE, ORIGIN_NONE, 1);
    memcpy(command->pool.pool, "night", sizeof("night"));
    pool_remove(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    core_fixture_pass(fixture, SECOND); // it says so now, not when the hours end
    core_fixture_pass(fixture, SECOND);
    const struct message *message = cache_get(core->cache, core->store, 1, id);
    assert_int_equal(message->state, STATE_FAILED);
    assert_string_equal(message->reason, "pool_removed");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_many_follow_in_steps_and_over_a_restart),
        TEST(test_hours_and_end_of_a_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
