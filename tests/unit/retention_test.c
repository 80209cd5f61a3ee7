// What is too old loses its text, then its number, then goes; what is still needed stays.
#include "bridge/engine/life.h"
#include "bridge/engine/report.h"
#include "bridge/engine/retention.h"
#include "common/clock.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

static const int64_t DAY = INT64_C(24) * 3600 * 1000;

static void set(struct core_fixture *fixture, int64_t text, int64_t number, int64_t whole)
{
    struct command *command = command_new(COMMAND_RETENTION, ORIGIN_NONE, 1);
    command->retention.text_days = text;
    command->retention.number_days = number;
    command->retention.delete_days = whole;
    retention_set(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

// Accepts a text; ended = it is withdrawn at once. Fills id.
static void text(struct core_fixture *fixture, char id[ID_SIZE], enum state ended)
{
    struct core *core = fixture->core;
    struct command *command = core_fixture_text(NULL);
    command->send.ttl_ms = 40 * DAY;
    struct message *message = core_fixture_send_take(core, command);
    memcpy(id, message->id, ID_SIZE);
    assert_true(ended == 0 || life_move(core, message, ended, core->now, "why", "because"));
}

static void inbound(struct core_fixture *fixture, int64_t at)
{
    struct command *command = command_new(COMMAND_INBOUND, ORIGIN_NONE, 0);
    memcpy(command->inbound.device, "d1", sizeof("d1"));
    command->inbound.inbounds.journal = "j1";
    command->inbound.inbounds.count = 1;
    command->inbound.inbounds.items[0] = (struct wire_inbound){
        .uid = "u1", .from = "+4915112345679", .sim = 1, .text = "secret too", .received_at = at};
    report_inbound(fixture->core, command);
    command_free(command);
}

static enum query_status look(struct core_fixture *fixture, struct message_view *out, const char *id)
{
    return query_message(fixture_query(fixture->store), out, 1, id);
}

// What is left of a message: its text and its number.
static void check(struct core_fixture *fixture, const char *id, bool has_text, bool has_number)
{
    struct message_view view;
    assert_int_equal(look(fixture, &view, id), QUERY_OK);
    CHECK((view.message.text[0] != '\0') == has_text, "text of %s", id);
    CHECK((view.message.redact == REDACT_DONE) == !has_text, "mark of %s", id);
    CHECK((view.message.peer[0] != '\0') == has_number, "number of %s", id);
    message_view_clear(&view);
}

static void check_gone(struct core_fixture *fixture, const char *id)
{
    struct message_view view;
    assert_int_equal(look(fixture, &view, id), QUERY_NONE);
}

static size_t inbound_count(struct core_fixture *fixture)
{
    struct message_view views[4];
    size_t count;
    char cursor[ID_SIZE];
    const struct message_filter filter = {.account = 1, .direction = DIRECTION_INBOUND};
    core_fixture_pass(fixture, 0);
    assert_int_equal(query_messages(fixture_query(fixture->store), views, 4, &count, cursor, &filter),
                     QUERY_OK);
    for (size_t i = 0; i < count; i++)
        message_view_clear(&views[i]);
    return count;
}

// Time passes, and some seconds for the work.
static void pass(struct core_fixture *fixture, int64_t ms)
{
    core_fixture_pass(fixture, ms);
    for (int i = 0; i < 4; i++)
        core_fixture_pass(fixture, 1000);
}

static void test_step_by_step(void **state)
{
    struct core_fixture *fixture = *state;
    char done[ID_SIZE], dead[ID_SIZE], waits[ID_SIZE], newest[ID_SIZE];
    core_fixture_add_device(fixture, "d1");
    set(fixture, 1, 2, 7);
    int64_t start = fixture->core->now;
    text(fixture, done, STATE_CANCELLED);
    text(fixture, dead, STATE_FAILED);
    text(fixture, waits, 0);
    inbound(fixture, start);
    text(fixture, newest, STATE_CANCELLED);
    pass(fixture, DAY / 2);
    check(fixture, done, true, true);
    pass(fixture, DAY);
    check(fixture, done, false, true);
    check(fixture, waits, true, true);
    pass(fixture, DAY);
    check(fixture, done, false, false);
    check(fixture, dead, false, false);
    check(fixture, waits, true, true);
    assert_int_equal(inbound_count(fixture), 1);
    core_fixture_reload(fixture);
    pass(fixture, 6 * DAY);
    check_gone(fixture, done);
    check_gone(fixture, dead);
    check(fixture, waits, true, true);
    check(fixture, newest, false, false); // its number must not be given twice
    int64_t active, held, dead_letters;
    assert_int_equal(query_queue_counts(fixture_query(fixture->store), &active, &held, &dead_letters, 1),
                     QUERY_OK);
    assert_int_equal(dead_letters, 0);
    assert_int_equal(inbound_count(fixture), 0);
    inbound(fixture, start); // the inbox is read again
    assert_int_equal(inbound_count(fixture), 0);
}

static void test_a_text_that_waited_goes_when_it_ends(void **state)
{
    struct core_fixture *fixture = *state;
    char waits[ID_SIZE], newest[ID_SIZE];
    set(fixture, 1, 0, 0);
    text(fixture, waits, 0);
    text(fixture, newest, 0);
    pass(fixture, 2 * DAY);
    check(fixture, waits, true, true);
    struct core *core = fixture->core;
    assert_true(life_move(core, cache_get(core->cache, core->store, 1, waits), STATE_CANCELLED, core->now,
                          NULL, NULL));
    pass(fixture, 1000);
    check(fixture, waits, false, true);
}

// What has nothing to do writes nothing: every write is a sync.
static void test_the_mark_moves_only_with_messages(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    struct retention before, after;
    set(fixture, 1, 2, 0);
    text(fixture, id, STATE_CANCELLED);
    pass(fixture, 3 * DAY);
    assert_int_equal(query_retention(fixture_query(fixture->store), &before, 1), QUERY_OK);
    assert_string_equal(before.text_to, id);
    assert_string_equal(before.number_to, id);
    pass(fixture, DAY);
    assert_int_equal(query_retention(fixture_query(fixture->store), &after, 1), QUERY_OK);
    assert_string_equal(after.text_to, before.text_to);
    assert_string_equal(after.number_to, before.number_to);
}

static void test_many_and_only_of_the_account(void **state)
{
    struct core_fixture *fixture = *state;
    char ids[350][ID_SIZE];
    set(fixture, 1, 0, 7);
    for (size_t i = 0; i < COUNT(ids); i++)
        text(fixture, ids[i], STATE_CANCELLED);
    core_fixture_pass(fixture, 2 * DAY);
    for (int i = 0; i < 5; i++)
        core_fixture_pass(fixture, 1000);
    for (size_t i = 0; i < COUNT(ids); i++)
        check(fixture, ids[i], false, true);
    set(fixture, 0, 0, 0);
    pass(fixture, 30 * DAY);
    check(fixture, ids[0], false, true);
}

static void test_events_of_devices_go_too(void **state)
{
    struct core_fixture *fixture = *state;
    char reason[REASON_SIZE], newest[ID_SIZE];
    core_fixture_add_device(fixture, "d1");
    text(fixture, newest, STATE_CANCELLED);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_ADDED, reason), 1);
    pass(fixture, 30 * DAY);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_ADDED, reason), 1);
    set(fixture, 0, 0, 7);
    pass(fixture, 1000);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_ADDED, reason), 0);
}

// Ids tell when they were made, and never go back: the test's clock begins now.
static int set_up(void **state)
{
    int code = core_fixture_set_up(state);
    struct core_fixture *fixture = *state;
    core_fixture_pass(fixture, clock_wall_ms() + 1000 - fixture->core->now);
    return code;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_step_by_step),
        CASE(test_a_text_that_waited_goes_when_it_ends),
        CASE(test_the_mark_moves_only_with_messages),
        CASE(test_many_and_only_of_the_account),
        CASE(test_events_of_devices_go_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
