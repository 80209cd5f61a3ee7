// Texts that recur, under a clock of the test's own.
#include "bridge/engine/schedule.h"

#include "tests/unit/cases.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

// A row with count recipients. Its owner clears it.
static struct schedule row_of(const char *cron, size_t count)
{
    struct schedule row = {.qos = 1, .lane = LANE_NORMAL};
    snprintf(row.name, sizeof(row.name), "test");
    snprintf(row.cron, sizeof(row.cron), "%s", cron);
    snprintf(row.zone, sizeof(row.zone), "UTC");
    row.text = strdup("Good week.");
    row.recipients = calloc(count, NUMBER_SIZE);
    for (size_t i = 0, length = 0; i < count; i++)
        length += (size_t)snprintf(row.recipients + length, count * NUMBER_SIZE - length, "%s+49151%07zu",
                                   i > 0 ? " " : "", i);
    return row;
}

static void add(struct core_fixture *fixture, char id[ID_SIZE], const char *cron, size_t count)
{
    struct command *command = command_new(COMMAND_SCHEDULE_ADD, ORIGIN_NONE, 1);
    command->schedule.row = row_of(cron, count);
    schedule_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    snprintf(id, ID_SIZE, "%s", command->schedule.row.id);
    command_free(command);
}

static struct command *change_of(const char *id)
{
    struct command *command = command_new(COMMAND_SCHEDULE_UPDATE, ORIGIN_NONE, 1);
    snprintf(command->schedule.id, ID_SIZE, "%s", id);
    return command;
}

static enum command_status change_take(struct core_fixture *fixture, struct command *command)
{
    schedule_update(fixture->core, command);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

// The row as it is stored. The caller clears it.
static struct schedule load(struct core_fixture *fixture, const char *id)
{
    struct schedule row;
    assert_true(store_schedule_load(fixture->core->store, &row, 1, id));
    return row;
}

static int64_t next_at(struct core_fixture *fixture, const char *id)
{
    struct schedule row = load(fixture, id);
    int64_t at = row.next_at;
    schedule_clear(&row);
    return at;
}

static enum command_status run(struct core_fixture *fixture, const char *id, const char *key,
                               char last[ID_SIZE])
{
    struct command *command = command_new(COMMAND_SCHEDULE_RUN, ORIGIN_NONE, 1);
    snprintf(command->schedule.id, ID_SIZE, "%s", id);
    snprintf(command->schedule.idempotency_key, IDEMPOTENCY_KEY_SIZE, "%s", key);
    schedule_run(fixture->core, command);
    enum command_status status = command->status;
    snprintf(last, ID_SIZE, "%s", command->schedule.row.last_id);
    command_free(command);
    return status;
}

static void test_many_are_spread(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    for (int i = 0; i < 5; i++)
        add(fixture, id, "0 0 * * *", 600);
    core_fixture_pass(fixture, DAY_MS - fixture->core->now % DAY_MS);
    int64_t before, made = fixture->core->counters.accepted_messages;
    assert_int_equal(made, 600);
    for (int i = 1; i < 5; i++) {
        before = made;
        core_fixture_pass(fixture, 1000);
        made = fixture->core->counters.accepted_messages;
        assert_int_equal(made - before, 600);
    }
    core_fixture_pass(fixture, 1000);
    assert_int_equal(fixture->core->counters.accepted_messages, made);
}

static void test_small_ones_come_together(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    for (int i = 0; i < 20; i++)
        add(fixture, id, "0 0 * * *", 2);
    core_fixture_pass(fixture, DAY_MS - fixture->core->now % DAY_MS);
    assert_int_equal(fixture->core->counters.accepted_messages, 40);
}

static void test_changes(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    add(fixture, id, "0 0 * * *", 2);
    int64_t midnight = next_at(fixture, id);
    struct command *change = change_of(id);
    snprintf(change->schedule.row.cron, CRON_TEXT_MAX, "0 1 * * *");
    snprintf(change->schedule.row.name, NAME_SIZE, "later");
    assert_int_equal(change_take(fixture, change), COMMAND_OK);
    assert_int_equal(next_at(fixture, id), midnight + HOUR_MS);

    change = change_of(id);
    change->schedule.set_message = true;
    change->schedule.row = row_of("", 3);
    change->schedule.row.name[0] = change->schedule.row.zone[0] = '\0';
    assert_int_equal(change_take(fixture, change), COMMAND_OK);
    struct schedule row = load(fixture, id);
    assert_string_equal(row.name, "later");
    assert_string_equal(row.recipients, "+491510000000 +491510000001 +491510000002");
    assert_int_equal(row.next_at, midnight + HOUR_MS);
    schedule_clear(&row);

    change = change_of(id);
    snprintf(change->schedule.row.cron, CRON_TEXT_MAX, "0 0 31 feb *");
    assert_int_equal(change_take(fixture, change), COMMAND_INVALID);
    assert_int_equal(next_at(fixture, id), midnight + HOUR_MS);
}

static void pause(struct core_fixture *fixture, const char *id, bool paused)
{
    struct command *change = change_of(id);
    change->schedule.set_paused = true;
    change->schedule.row.paused = paused;
    assert_int_equal(change_take(fixture, change), COMMAND_OK);
}

static void test_resuming_a_running_one_leaves_its_time(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    add(fixture, id, "* * * * *", 1);
    int64_t at = next_at(fixture, id);
    fixture->core->now = at + 1; // it is due, and nobody has looked yet
    pause(fixture, id, false);
    assert_int_equal(next_at(fixture, id), at);
    pause(fixture, id, true);
    assert_int_equal(next_at(fixture, id), 0);
    pause(fixture, id, false);
    assert_int_equal(next_at(fixture, id), at + MINUTE_MS);
}

static void test_a_key_runs_it_once(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE], other[ID_SIZE], first[ID_SIZE], last[ID_SIZE];
    add(fixture, id, "0 0 * * *", 1);
    add(fixture, other, "0 0 * * *", 1);
    assert_int_equal(run(fixture, id, "k", first), COMMAND_OK);
    assert_int_equal(run(fixture, id, "", last), COMMAND_OK);
    assert_string_not_equal(first, last);
    assert_int_equal(run(fixture, id, "k", last), COMMAND_REPLAYED);
    assert_string_equal(first, last);
    assert_int_equal(run(fixture, other, "k", last), COMMAND_KEY_REUSED);
    assert_int_equal(fixture->core->counters.accepted_messages, 2);
}

static void end(struct core_fixture *fixture, const char *id)
{
    struct command *change = change_of(id);
    change->schedule.remove = true;
    assert_int_equal(change_take(fixture, change), COMMAND_OK);
}

static void test_what_ended_is_deleted(void **state)
{
    struct core_fixture *fixture = *state;
    char ran[ID_SIZE], never[ID_SIZE], newest[ID_SIZE], last[ID_SIZE];
    add(fixture, ran, "0 0 1 1 *", 1);
    add(fixture, never, "0 0 1 1 *", 1);
    add(fixture, newest, "0 0 1 1 *", 1);
    assert_int_equal(run(fixture, ran, "", last), COMMAND_OK);
    assert_int_equal(run(fixture, newest, "", last), COMMAND_OK);
    end(fixture, ran);
    end(fixture, never);
    end(fixture, newest);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM schedule"), 2);
    assert_int_equal(
        core_fixture_number(fixture, "SELECT COUNT(*) FROM schedule WHERE recipients || text <> ''"), 0);
    core_fixture_pass(fixture, 29 * DAY_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM schedule"), 2);
    core_fixture_pass(fixture, 2 * DAY_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM schedule"),
                     1); // no number comes twice
    assert_int_equal(core_fixture_number(fixture, "SELECT MAX(n) FROM schedule"),
                     fixture->core->last_schedule);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_many_are_spread),
        CASE(test_small_ones_come_together),
        CASE(test_changes),
        CASE(test_resuming_a_running_one_leaves_its_time),
        CASE(test_a_key_runs_it_once),
        CASE(test_what_ended_is_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
