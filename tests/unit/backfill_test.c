// Looking through old failures: whom they speak of, in windows, over restarts.
#include "bridge/engine/backfill.h"

#include "bridge/engine/life.h"
#include "bridge/engine/suppress.h"
#include "common/clock.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { STEP = 20 };

static int set_up(void **state)
{
    int code = core_fixture_set_up(state);
    struct core_fixture *fixture = *state;
    static int64_t hours; // ids never go back behind those that were made before
    fixture->core->now = clock_wall_ms() + ++hours * 3600000;
    fixture->core->options.suppress_codes = "unknown_number gammu-1";
    return code;
}

// A text to that number that has ended so.
static void ended(struct core_fixture *fixture, const char *to, enum state state, const char *code)
{
    struct core *core = fixture->core;
    struct message message = {.n = core->last_message + 1,
                              .account = 1,
                              .direction = DIRECTION_OUTBOUND,
                              .text = strdup("x"),
                              .parts = 1,
                              .state = STATE_QUEUED,
                              .lane = LANE_NORMAL,
                              .created_at = core->now,
                              .updated_at = core->now,
                              .expires_at = core->now + 1000};
    core->now++;
    id_new(message.id, ID_MESSAGE, core->now);
    snprintf(message.peer, sizeof(message.peer), "%s", to);
    struct message *added = life_add_take(core, &message);
    assert_non_null(added);
    core->last_message++;
    assert_true(life_move(core, added, state, core->now, code, NULL));
}

static enum command_status begin(struct core_fixture *fixture, int64_t from, bool dry_run)
{
    struct command *command = command_new(COMMAND_BACKFILL, ORIGIN_NONE, 1);
    command->backfill.from = from;
    command->backfill.dry_run = dry_run;
    fixture->core->now++;
    backfill_begin(fixture->core, command);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

static void step(struct core_fixture *fixture)
{
    fixture->core->now += STEP;
    backfill_step(fixture->core);
}

static struct backfill shown(struct core_fixture *fixture)
{
    struct backfill row;
    core_fixture_pass(fixture, 0);
    assert_int_equal(query_backfill(fixture_query(fixture->store), &row, 1), QUERY_OK);
    return row;
}

// Goes on to the end, and gives how many steps that took.
static int finish(struct core_fixture *fixture)
{
    int steps = 0;
    for (; fixture->core->backfillings != NULL; steps++)
        step(fixture);
    return steps;
}

static bool refused(const struct core_fixture *fixture, const char *number)
{
    char why[DETAIL_SIZE];
    return suppress_refuses(fixture->core, 1, number, PURPOSE_TEXT, why);
}

static void test_the_last_word_on_a_number_counts(void **state)
{
    struct core_fixture *fixture = *state;
    static const struct {
        const char *to;
        enum state state;
        const char *code;
    } history[] = {
        {"+4930000001", STATE_FAILED, "cause-1"},  {"+4930000001", STATE_FAILED, "gammu-1"},
        {"+4930000002", STATE_FAILED, "cause-1"},  {"+4930000002", STATE_SENT, NULL},
        {"+4930000003", STATE_SENT, NULL},         {"+4930000003", STATE_FAILED, "gammu-1"},
        {"+4930000004", STATE_FAILED, "cause-41"}, {"+4930000005", STATE_EXPIRED, "expired"},
        {"+4930000006", STATE_FAILED, "cause-1"},  {"+4930000006", STATE_FAILED, "cause-41"},
    };
    for (size_t i = 0; i < COUNT(history); i++)
        ended(fixture, history[i].to, history[i].state, history[i].code);
    for (int dry_run = 1; dry_run >= 0; dry_run--) {
        assert_int_equal(begin(fixture, 0, dry_run), COMMAND_OK);
        assert_int_equal(finish(fixture), 1);
        struct backfill row = shown(fixture);
        assert_int_equal(row.messages, COUNT(history));
        assert_int_equal(row.failures, 5);
        assert_int_equal(row.numbers, 3);
        assert_int_not_equal(row.ended_at, 0);
        assert_int_equal(refused(fixture, "+4930000001"), !dry_run);
        assert_int_equal(refused(fixture, "+4930000003"), !dry_run);
        assert_int_equal(refused(fixture, "+4930000006"), !dry_run);
        assert_false(refused(fixture, "+4930000002"));
        assert_false(refused(fixture, "+4930000004"));
        assert_false(refused(fixture, "+4930000005"));
    }
    assert_int_equal(begin(fixture, 0, true), COMMAND_OK);
    finish(fixture);
    assert_int_equal(shown(fixture).numbers, 0); // all are blocked
}

static void test_only_from_that_time_on(void **state)
{
    struct core_fixture *fixture = *state;
    ended(fixture, "+4930000001", STATE_FAILED, "cause-1");
    fixture->core->now += 10000;
    int64_t from = fixture->core->now;
    ended(fixture, "+4930000002", STATE_FAILED, "cause-1");
    assert_int_equal(begin(fixture, from, false), COMMAND_OK);
    ended(fixture, "+4930000003", STATE_FAILED, "cause-1"); // later than its beginning
    finish(fixture);
    assert_false(refused(fixture, "+4930000001"));
    assert_true(refused(fixture, "+4930000002"));
    assert_false(refused(fixture, "+4930000003"));
    assert_int_equal(shown(fixture).messages, 1);
}

static void test_long_histories_take_many_steps_and_go_on_after_a_restart(void **state)
{
    struct core_fixture *fixture = *state;
    char number[NUMBER_SIZE];
    enum { FAILED = 60, FINE = 600 };
    for (int i = 0; i < FAILED; i++) {
        snprintf(number, sizeof(number), "+49300%05d", i);
        ended(fixture, number, STATE_FAILED, "cause-1");
    }
    for (int i = 0; i < FINE; i++)
        ended(fixture, "+4940000000", STATE_SENT, NULL);
    assert_int_equal(begin(fixture, 0, false), COMMAND_OK);
    assert_int_equal(begin(fixture, 0, false), COMMAND_CONFLICT);
    step(fixture);
    int64_t after_one = shown(fixture).messages;
    assert_in_range(after_one, 1, FAILED - 1); // few look-ups a step
    core_fixture_reload(fixture);
    assert_int_equal(begin(fixture, 0, false), COMMAND_CONFLICT);
    assert_in_range(finish(fixture), 4, 8);
    struct backfill row = shown(fixture);
    assert_int_equal(row.messages, FAILED + FINE);
    assert_int_equal(row.numbers, FAILED);
    assert_int_equal(begin(fixture, 0, false), COMMAND_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)
        TEST(test_the_last_word_on_a_number_counts),
        TEST(test_only_from_that_time_on),
        TEST(test_long_histories_take_many_steps_and_go_on_after_a_restart),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
