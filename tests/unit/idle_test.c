// When caches are emptied: in quiet times, once, and never while much goes on.
#include "bridge/engine/idle.h"
#include "tests/unit/core_fixture.h"

#include <string.h>

// So many commands, and then it is time for the next look. Returns whether the caches were emptied.
static bool look_after(struct core_fixture *fixture, int64_t commands)
{
    fixture->core->counters.commands[COMMAND_STATUS] += commands;
    fixture->core->mono += IDLE_LOOK_MS;
    return idle_look(fixture->core);
}

static void test_rests_when_it_is_quiet(void **state)
{
    assert_false(look_after(*state, 0)); // the first look has nothing to compare with
    assert_false(look_after(*state, IDLE_COMMANDS));
    assert_true(look_after(*state, 0));
    assert_false(look_after(*state, 0));
    assert_true(look_after(*state, IDLE_COMMANDS - 1));
    assert_false(look_after(*state, IDLE_COMMANDS));
}

static void test_looks_seldom(void **state)
{
    struct core_fixture *fixture = *state;
    assert_false(look_after(fixture, 0));
    fixture->core->counters.commands[COMMAND_STATUS]++;
    fixture->core->mono += IDLE_LOOK_MS - 1;
    assert_false(idle_look(fixture->core));
    fixture->core->mono++;
    assert_true(idle_look(fixture->core));
}

// What is not in the store yet stays; the rest is read again.
static void test_messages_are_found_again(void **state)
{
    struct core_fixture *fixture = *state;
    struct message stored = sample_message(1), fresh = sample_message(2);
    char ids[2][ID_SIZE];
    memcpy(ids[0], stored.id, ID_SIZE);
    memcpy(ids[1], fresh.id, ID_SIZE);
    stored.text = strdup("one");
    fresh.text = strdup("two");
    assert_false(look_after(fixture, 0));
    assert_non_null(cache_add_take(fixture->core->cache, &stored));
    cache_flush(fixture->core->cache, fixture->core->store);
    assert_non_null(cache_add_take(fixture->core->cache, &fresh));
    assert_true(look_after(fixture, 1));
    for (int i = 0; i < 2; i++) {
        struct message *found = cache_get(fixture->core->cache, fixture->core->store, 1, ids[i]);
        assert_non_null(found);
        assert_string_equal(found->text, i == 0 ? "one" : "two");
    }
    cache_drop(fixture->core->cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rests_when_it_is_quiet),
        TEST(test_looks_seldom),
        TEST(test_messages_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
