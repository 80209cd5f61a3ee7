// Snapshots of who is connected: what the plugin tells in pages counts when the last page is here.
#include "bridge/engine/arrive.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_online(const struct core_fixture *fixture, const char *id)
{
    return fleet_device_by_id(fixture->core->fleet, id)->row.online;
}

// A page with one device on it.
static void say_page(struct core_fixture *fixture, const char *id, bool first, bool last)
{
    struct command *command = command_new(COMMAND_ONLINE, ORIGIN_NONE, 0);
    command->online.devices = calloc(1, sizeof(*command->online.devices));
    snprintf(command->online.devices[0], DEVICE_ID_SIZE, "%s", id);
    command->online.count = 1;
    command->online.first = first;
    command->online.last = last;
    arrive_online(fixture->core, command);
    command_free(command);
}

static void test_pages_are_one_list(void **state)
{
    core_fixture_add_device(*state, "one");
    core_fixture_add_device(*state, "two");
    core_fixture_add_device(*state, "three");
    say_page(*state, "one", true, false);
    assert_false(is_online(*state, "one"));
    say_page(*state, "two", false, true);
    assert_true(is_online(*state, "one") && is_online(*state, "two"));
    assert_false(is_online(*state, "three"));
    say_page(*state, "three", true, true);
    assert_false(is_online(*state, "one") || is_online(*state, "two"));
}

// The broker went, or memory ran out, before the last page came.
static void test_a_list_that_breaks_off_counts_for_nothing(void **state)
{
    core_fixture_add_device(*state, "one");
    core_fixture_add_device(*state, "two");
    say_page(*state, "one", true, false);
    say_page(*state, "two", true, true);
    assert_true(is_online(*state, "two"));
    assert_false(is_online(*state, "one"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pages_are_one_list),
        TEST(test_a_list_that_breaks_off_counts_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
