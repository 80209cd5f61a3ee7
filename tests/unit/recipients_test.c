// To how many people SIMs may write, under a clock of the test's own.
#include "bridge/engine/recipients.h"

#include "bridge/engine/pace.h"
#include "bridge/engine/pool.h"
#include "tests/unit/cases.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

static struct fleet_device *add_device(struct core_fixture *fixture, const char *id, size_t sims)
{
    struct wire_status status = {.hello = true, .sim_count = sims};
    for (size_t i = 0; i < sims; i++)
        status.sims[i] = (struct wire_sim){.slot = (int64_t)i + 1, .signal = -1};
    core_fixture_add_device(fixture, id);
    core_fixture_status(fixture, id, status);
    return fleet_device_by_id(fixture->core->fleet, id);
}

static void limit(struct core_fixture *fixture, const char *id, int64_t slot, int64_t day, int64_t month)
{
    struct command *command = command_new(COMMAND_LIMIT_SET, ORIGIN_NONE, 1);
    snprintf(command->limit.device, sizeof(command->limit.device), "%s", id);
    command->limit.row =
        (struct sim_limit){.slot = slot, .recipients_day = day, .recipients_month = month, .zone = "UTC"};
    pace_set(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

// Sends to the k-th number, through a device, a pool or any ("").
static void text(struct core_fixture *fixture, char id[ID_SIZE], const char *device, int64_t sim, int k)
{
    char number[NUMBER_SIZE];
    snprintf(number, sizeof(number), "+49151%07d", k);
    struct command *command = core_fixture_text(number);
    snprintf(command->send.from, sizeof(command->send.from), "%s", device);
    command->send.sim = sim;
    command->send.ttl_ms = 90 * DAY_MS;
    memcpy(id, core_fixture_send_take(fixture->core, command)->id, ID_SIZE);
    core_fixture_pass(fixture, 1);
}

static struct message *message_of(struct core_fixture *fixture, const char *id)
{
    struct message *message = cache_get(fixture->core->cache, fixture->core->store, 1, id);
    assert_non_null(message);
    return message;
}

// The slot by which it went out; 0 = the device's choice, -1 = it is held, for that reason.
static int64_t slot_of(struct core_fixture *fixture, const char *id)
{
    const struct message *message = message_of(fixture, id);
    if (message->turn == TURN_OUT)
        return message->sim;
    assert_int_equal(message->state, STATE_HELD);
    assert_string_equal(message->reason, "sim_limit");
    return -1;
}

static int64_t send_to(struct core_fixture *fixture, const char *device, int64_t sim, int k)
{
    char id[ID_SIZE];
    text(fixture, id, device, sim, k);
    return slot_of(fixture, id);
}

// A pool of devices; prefixes only for the first of them.
static void add_pool(struct core_fixture *fixture, const char *name, enum pool_policy policy, const char *ids)
{
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_NONE, 1);
    snprintf(command->pool.name, sizeof(command->pool.name), "%s", name);
    command->pool.set_policy = true;
    command->pool.policy = policy;
    pool_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    for (const char *id = ids; *id != '\0'; id++) {
        command = command_new(COMMAND_POOL_MEMBER_PUT, ORIGIN_NONE, 1);
        snprintf(command->pool.pool, sizeof(command->pool.pool), "%s", name);
        snprintf(command->pool.device, sizeof(command->pool.device), "%c", *id);
        snprintf(command->pool.prefixes, sizeof(command->pool.prefixes), "%s", id == ids ? "+49151" : "");
        command->pool.weight = 1;
        pool_member_put(fixture->core, command);
        assert_int_equal(command->status, COMMAND_OK);
        command_free(command);
    }
}

static int64_t next_midnight(const struct core_fixture *fixture)
{
    return fixture->core->now - fixture->core->now % DAY_MS + DAY_MS;
}

static void test_known_numbers_go_on(void **state)
{
    struct core_fixture *fixture = *state;
    char held[ID_SIZE];
    add_device(fixture, "a", 1);
    limit(fixture, "a", 0, 2, 0);
    assert_int_equal(send_to(fixture, "a", 0, 1), 0);
    assert_int_equal(send_to(fixture, "a", 0, 1), 0);
    assert_int_equal(send_to(fixture, "a", 0, 2), 0);
    text(fixture, held, "a", 0, 3);
    assert_int_equal(slot_of(fixture, held), -1);
    assert_string_equal(message_of(fixture, held)->detail,
                        "a is at its limit of 2 recipients a day until 2023-11-15T00:00:00.000Z");
    assert_int_equal(message_of(fixture, held)->due_at, next_midnight(fixture));
    assert_int_equal(send_to(fixture, "a", 0, 2), 0);
    assert_int_equal(send_to(fixture, "", 0, 1), 0);
    assert_int_equal(send_to(fixture, "", 0, 4), -1);
}

static void test_midnight_opens_it(void **state)
{
    struct core_fixture *fixture = *state;
    char held[ID_SIZE];
    add_device(fixture, "a", 1);
    limit(fixture, "a", 1, 1, 0);
    assert_int_equal(send_to(fixture, "a", 1, 1), 1);
    text(fixture, held, "", 0, 2);
    assert_int_equal(slot_of(fixture, held), -1);
    core_fixture_pass(fixture, next_midnight(fixture) - fixture->core->now - 1);
    assert_int_equal(slot_of(fixture, held), -1);
    core_fixture_pass(fixture, 2);
    assert_int_equal(slot_of(fixture, held), 1);
    assert_int_equal(send_to(fixture, "a", 1, 1), -1); // known yesterday
    assert_int_equal(send_to(fixture, "a", 1, 2), 1);
}

static void test_month_outlasts_days(void **state)
{
    struct core_fixture *fixture = *state;
    add_device(fixture, "a", 1); // it is the 14th of November
    limit(fixture, "a", 1, 2, 3);
    assert_int_equal(send_to(fixture, "a", 0, 1), 1);
    assert_int_equal(send_to(fixture, "a", 0, 2), 1);
    core_fixture_pass(fixture, DAY_MS);
    assert_int_equal(send_to(fixture, "a", 0, 1), 1); // counts for the day, not for the month
    assert_int_equal(send_to(fixture, "a", 0, 3), 1);
    core_fixture_pass(fixture, DAY_MS);
    assert_int_equal(send_to(fixture, "a", 0, 4), -1);
    assert_int_equal(send_to(fixture, "a", 0, 3), 1);
    core_fixture_pass(fixture, 14 * DAY_MS); // the 30th
    assert_int_equal(send_to(fixture, "a", 0, 4), -1);
    core_fixture_pass(fixture, DAY_MS);
    assert_int_equal(send_to(fixture, "a", 0, 5), 1);
}

static void test_the_other_sim_takes_what_one_may_not(void **state)
{
    struct core_fixture *fixture = *state;
    add_device(fixture, "a", 2);
    limit(fixture, "a", 1, 2, 0);
    assert_int_equal(send_to(fixture, "a", 1, 1), 1);
    assert_int_equal(send_to(fixture, "a", 1, 2), 1);
    assert_int_equal(send_to(fixture, "a", 0, 3), 2);
    assert_int_equal(send_to(fixture, "", 0, 4), 2);
    assert_int_equal(send_to(fixture, "a", 1, 5), -1);
    assert_int_equal(send_to(fixture, "a", 0, 1), 1); // the one that knows it
}

static void test_another_device_takes_what_one_may_not(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    const struct fleet_device *a = add_device(fixture, "a", 1);
    limit(fixture, "a", 0, 1, 0);
    assert_int_equal(send_to(fixture, "", 0, 1), 0);
    const struct fleet_device *b = add_device(fixture, "b", 1);
    for (int k = 2; k < 8; k++) {
        text(fixture, id, "", 0, k);
        assert_int_equal(message_of(fixture, id)->device, b->row.n);
    }
    text(fixture, id, "", 0, 1);
    assert_int_equal(message_of(fixture, id)->device, a->row.n); // it knows the number
    limit(fixture, "b", 0, 1, 0);                                // begins with nobody
    assert_int_equal(send_to(fixture, "", 0, 8), 0);
    text(fixture, id, "", 0, 9);
    assert_int_equal(slot_of(fixture, id), -1);
}

static void test_counts_survive_a_restart(void **state)
{
    struct core_fixture *fixture = *state;
    add_device(fixture, "a", 1);
    limit(fixture, "a", 0, 2, 0);
    assert_int_equal(send_to(fixture, "a", 0, 1), 0);
    assert_int_equal(send_to(fixture, "a", 0, 2), 0);
    core_fixture_reload(fixture);
    core_fixture_status(fixture, "a", (struct wire_status){.hello = true});
    assert_int_equal(send_to(fixture, "a", 0, 3), -1);
    assert_int_equal(send_to(fixture, "a", 0, 2), 0);
}

static void test_numbers_are_forgotten(void **state)
{
    struct core_fixture *fixture = *state;
    struct fleet_device *a = add_device(fixture, "a", 1);
    limit(fixture, "a", 0, 0, 1000);
    for (int k = 0; k < 9; k++)
        assert_int_equal(send_to(fixture, "a", 0, k), 0);
    assert_true(store_sim_recipient_at(fixture->core->store, a->row.n, 0, "+491510000007") > 0);
    core_fixture_pass(fixture, 31 * DAY_MS);
    assert_true(store_sim_recipient_at(fixture->core->store, a->row.n, 0, "+491510000007") > 0);
    core_fixture_pass(fixture, 2 * DAY_MS);
    core_fixture_pass(fixture, 2000);
    assert_int_equal(store_sim_recipient_at(fixture->core->store, a->row.n, 0, "+491510000007"), 0);
}

// What a pool's rules prefer does not matter when it may not write to the number: another one takes it, and
// nothing waits for the preferred one in vain.
static void test_pools_pass_over_who_may_not(void **state)
{
    static const enum pool_policy policies[] = {POOL_LEAST_LOADED, POOL_ROUND_ROBIN, POOL_WEIGHTED,
                                                POOL_STICKY, POOL_PREFIX};
    struct core_fixture *fixture = *state;
    char id[ID_SIZE], name[8];
    const struct fleet_device *a = add_device(fixture, "a", 1), *b = add_device(fixture, "b", 1);
    limit(fixture, "a", 0, 1, 0);
    assert_int_equal(send_to(fixture, "a", 0, 0), 0);
    for (size_t i = 0; i < COUNT(policies); i++) {
        snprintf(name, sizeof(name), "p%zu", i);
        add_pool(fixture, name, policies[i], "ab");
        text(fixture, id, name, 0, 10 + (int)i);
        CHECK(message_of(fixture, id)->device == b->row.n && message_of(fixture, id)->turn == TURN_OUT,
              "policy %zu", i);
    }
    add_pool(fixture, "alone", POOL_PREFIX, "a");
    assert_int_equal(send_to(fixture, "alone", 0, 30), -1);
    assert_int_equal(send_to(fixture, "alone", 0, 0), 0);
    text(fixture, id, "p4", 0, 0);
    assert_int_equal(message_of(fixture, id)->device, a->row.n); // preferred, and it knows the number
}

// A busy device that may write to the number is waited for, not the end of the other one's day.
static void test_who_is_busy_is_waited_for(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    add_device(fixture, "a", 1);
    struct fleet_device *b = add_device(fixture, "b", 1);
    limit(fixture, "a", 0, 1, 0);
    assert_int_equal(send_to(fixture, "a", 0, 0), 0);
    for (int k = 1; k <= 10; k++) // as many as a device may hold before it confirms
        assert_int_equal(send_to(fixture, "", 0, k), 0);
    assert_false(fleet_has_room(fixture->core->fleet, b));
    text(fixture, id, "", 0, 11);
    assert_int_equal(message_of(fixture, id)->state, STATE_QUEUED);
    assert_int_equal(message_of(fixture, id)->turn, TURN_WAITS);
    for (int i = 0; i < 5; i++)
        core_fixture_pass(fixture, 1000);
    assert_int_equal(message_of(fixture, id)->turn, TURN_WAITS);
    assert_int_equal(send_to(fixture, "", 0, 0), 0); // and nobody behind it waits for it
}

// What is held for a limit that is raised goes on without waiting for its day to end.
static void test_raising_a_limit_lets_go(void **state)
{
    struct core_fixture *fixture = *state;
    char held[100][ID_SIZE];
    add_device(fixture, "a", 1);
    limit(fixture, "a", 1, 1, 0);
    assert_int_equal(send_to(fixture, "a", 1, 0), 1);
    for (int k = 0; k < 100; k++)
        text(fixture, held[k], k % 2 == 0 ? "a" : "", k % 2, k + 1);
    limit(fixture, "a", 1, 3, 0);
    core_fixture_pass(fixture, 2000);
    core_fixture_pass(fixture, 2000);
    int out = 0;
    for (int k = 0; k < 100; k++)
        out += slot_of(fixture, held[k]) == 1;
    assert_int_equal(out, 2);
    limit(fixture, "a", 1, 0, 0);
    core_fixture_pass(fixture, 2000);
    core_fixture_pass(fixture, 2000);
    for (int k = 0; k < 100; k++)
        CHECK(message_of(fixture, held[k])->turn != TURN_NONE, "%d", k); // out, or in line for it
}

// Many that may not go now cost a bounded look each, and nobody behind them waits for them.
static void test_those_who_may_go_pass(void **state)
{
    struct core_fixture *fixture = *state;
    add_device(fixture, "a", 1);
    limit(fixture, "a", 0, 1, 0);
    assert_int_equal(send_to(fixture, "a", 0, 0), 0);
    for (int k = 1; k < 100; k++)
        assert_int_equal(send_to(fixture, "", 0, k), -1);
    assert_int_equal(send_to(fixture, "", 0, 0), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_known_numbers_go_on),
        CASE(test_midnight_opens_it),
        CASE(test_month_outlasts_days),
        CASE(test_the_other_sim_takes_what_one_may_not),
        CASE(test_another_device_takes_what_one_may_not),
        CASE(test_counts_survive_a_restart),
        CASE(test_numbers_are_forgotten),
        CASE(test_pools_pass_over_who_may_not),
        CASE(test_who_is_busy_is_waited_for),
        CASE(test_raising_a_limit_lets_go),
        CASE(test_those_who_may_go_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
