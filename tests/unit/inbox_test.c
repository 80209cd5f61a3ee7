// Inboxes that are read again: who is asked what and when, and what late words of people do.
#include "bridge/engine/inbox.h"

#include "bridge/engine/report.h"
#include "bridge/engine/suppress.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static const struct wire_status HELLO = {.hello = true, .battery = -1};

static const struct inbox_request *request(const struct core_fixture *fixture)
{
    return &fleet_device_by_id(fixture->core->fleet, "d1")->inbox;
}

static enum command_status ask(struct core_fixture *fixture, const char *device, int64_t from, int64_t to)
{
    struct command *command = command_new(COMMAND_INBOX, ORIGIN_NONE, 1);
    snprintf(command->inbox.device, DEVICE_ID_SIZE, "%s", device);
    command->inbox.row.from = from;
    command->inbox.row.to = to;
    inbox_ask(fixture->core, command);
    enum command_status status = command->status;
    if (status == COMMAND_OK && device[0] != '\0')
        assert_memory_equal(&command->inbox.row, &fleet_device_by_id(fixture->core->fleet, device)->inbox,
                            sizeof(struct inbox_request));
    command_free(command);
    return status;
}

// How many requests wait to be published, and that each is what the device was last asked.
static int told(const struct core_fixture *fixture)
{
    int count = 0;
    for (const struct publish *item = fixture->core->effects.publishes; item != NULL; item = item->next)
        if (item->leaf == TOPIC_INBOX) {
            assert_int_equal(item->inbox.asked_at, request(fixture)->asked_at);
            assert_int_equal(item->inbox.from, request(fixture)->from);
            count++;
        }
    return count;
}

static void test_a_device_that_is_there_is_told_until_it_has_it(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    core_fixture_status(fixture, "d1", HELLO);
    assert_int_equal(ask(fixture, "d1", 1000, 2000), COMMAND_OK);
    assert_int_equal(told(fixture), 1);
    int64_t asked_at = fixture->core->now;
    assert_int_equal(request(fixture)->told_at, asked_at);
    core_fixture_pass(fixture, MINUTE - 1);
    assert_int_equal(request(fixture)->told_at, asked_at);
    core_fixture_pass(fixture, 2000);
    int64_t again_at = request(fixture)->told_at;
    assert_true(again_at > asked_at);
    struct wire_status taken = {.battery = -1, .inbox = asked_at};
    core_fixture_status(fixture, "d1", taken);
    assert_int_equal(request(fixture)->taken_at, fixture->core->now);
    for (int i = 0; i < 5; i++)
        core_fixture_pass(fixture, HOUR);
    assert_int_equal(request(fixture)->told_at, again_at);
}

static void test_a_device_that_is_away_is_told_when_it_is_back(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    assert_int_equal(ask(fixture, "d1", 1000, 2000), COMMAND_OK);
    assert_int_equal(told(fixture), 0);
    core_fixture_pass(fixture, 3 * HOUR);
    core_fixture_reload(fixture);
    assert_int_equal(request(fixture)->told_at, 0);
    core_fixture_status(fixture, "d1", HELLO);
    assert_int_equal(told(fixture), 1);
    assert_int_equal(request(fixture)->told_at, fixture->core->now);
}

static void test_nobody_is_told_for_ever(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    assert_int_equal(ask(fixture, "d1", 1000, 2000), COMMAND_OK);
    core_fixture_pass(fixture, INBOX_ASK_MS);
    core_fixture_status(fixture, "d1", HELLO);
    assert_int_equal(told(fixture), 0);
}

static void test_once_a_minute_and_what_is_open_is_widened(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    assert_int_equal(ask(fixture, "d1", 1000, 2000), COMMAND_OK);
    assert_int_equal(ask(fixture, "d1", 500, 2000), COMMAND_LIMITED);
    core_fixture_pass(fixture, MINUTE);
    assert_int_equal(ask(fixture, "d1", 1500, 3000), COMMAND_OK);
    assert_int_equal(request(fixture)->from, 1000);
    assert_int_equal(request(fixture)->to, 3000);
    struct wire_status taken = {.hello = true, .battery = -1, .inbox = request(fixture)->asked_at};
    core_fixture_status(fixture, "d1", taken);
    assert_int_equal(told(fixture), 0);
    core_fixture_pass(fixture, MINUTE);
    assert_int_equal(ask(fixture, "d1", 1500, 2500), COMMAND_OK);
    assert_int_equal(request(fixture)->from, 1500);
    assert_int_equal(request(fixture)->to, 2500);
}

static void test_unknown_devices_are_not_found(void **state)
{
    struct core_fixture *fixture = *state;
    assert_int_equal(ask(fixture, "d9", 1000, 2000), COMMAND_NOT_FOUND);
}

static void test_phones_with_the_other_app_are_told_once(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    fleet_device_by_id(fixture->core->fleet, "d1")->phone = true;
    assert_int_equal(ask(fixture, "d1", 1000, 2000), COMMAND_OK);
    assert_int_equal(told(fixture), 0);
    core_fixture_status(fixture, "d1", HELLO);
    assert_int_equal(told(fixture), 1);
    int64_t told_at = request(fixture)->told_at;
    core_fixture_pass(fixture, HOUR);
    core_fixture_status(fixture, "d1", HELLO);
    assert_int_equal(request(fixture)->told_at, told_at);
    assert_int_equal(ask(fixture, "d1", 1500, 2500), COMMAND_OK); // another one: what was told is not widened
    assert_int_equal(request(fixture)->from, 1500);
    assert_true(request(fixture)->told_at > told_at);
}

static void test_all_devices_of_the_account_are_asked(void **state)
{
    struct core_fixture *fixture = *state;
    char id[DEVICE_ID_SIZE];
    assert_int_equal(ask(fixture, "", 1000, 2000), COMMAND_OK); // there is nobody
    core_fixture_add_device(fixture, "d1");
    core_fixture_add_device(fixture, "d2");
    assert_int_equal(ask(fixture, "d2", 1000, 2000), COMMAND_OK);
    core_fixture_pass(fixture, MINUTE / 2);
    assert_int_equal(ask(fixture, "", 1000, 2000), COMMAND_OK); // d2 was asked just now
    assert_int_equal(request(fixture)->asked_at, fixture->core->now);
    assert_int_equal(fleet_device_by_id(fixture->core->fleet, "d2")->inbox.asked_at,
                     fixture->core->now - MINUTE / 2);
    assert_int_equal(ask(fixture, "", 1000, 2000), COMMAND_LIMITED);
    core_fixture_pass(fixture, MINUTE);
    for (int i = 3; i <= INBOX_ALL_MAX; i++) {
        snprintf(id, sizeof(id), "d%d", i);
        core_fixture_add_device(fixture, id);
    }
    assert_int_equal(ask(fixture, "", 1000, 2000), COMMAND_OK);
    core_fixture_pass(fixture, MINUTE);
    core_fixture_add_device(fixture, "one-more");
    assert_int_equal(ask(fixture, "", 1000, 2000), COMMAND_INVALID);
}

// A text of the device that came in that long ago, told now.
static void came(struct core_fixture *fixture, const char *uid, const char *text, int64_t ago)
{
    char journal[] = "j";
    struct command *command = command_new(COMMAND_INBOUND, ORIGIN_NONE, 0);
    snprintf(command->inbound.device, DEVICE_ID_SIZE, "d1");
    command->inbound.inbounds = (struct wire_inbounds){.journal = journal, .count = 1};
    command->inbound.inbounds.items[0] = (struct wire_inbound){.seq = 1,
                                                               .uid = uid,
                                                               .from = "+4915112345678",
                                                               .text = text,
                                                               .received_at = fixture->core->now - ago};
    report_inbound(fixture->core, command);
    command_free(command);
}

static bool refused(const struct core_fixture *fixture)
{
    char why[DETAIL_SIZE];
    return suppress_refuses(fixture->core, 1, "+4915112345678", PURPOSE_TEXT, why);
}

static void test_late_words_undo_nothing_that_came_after_them(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "d1");
    core_fixture_status(fixture, "d1", HELLO);
    fixture->core->options.stop_words = "STOP";
    fixture->core->options.start_words = "START";
    fixture->core->options.help_words = "";
    fixture->core->options.stop_answer = fixture->core->options.start_answer = "As you wish.";
    int64_t messages = fixture->core->last_message;
    came(fixture, "u1", "STOP", 3 * HOUR);
    assert_true(refused(fixture));
    assert_int_equal(fixture->core->last_message, messages + 1); // nobody is answered after hours
    came(fixture, "u2", "START", 4 * HOUR);
    assert_true(refused(fixture));
    came(fixture, "u3", "START", 2 * HOUR);
    assert_false(refused(fixture));
    came(fixture, "u1", "STOP", 3 * HOUR); // known: told twice, stored and heard once
    assert_false(refused(fixture));
    assert_int_equal(fixture->core->last_message, messages + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)
        TEST(test_a_device_that_is_there_is_told_until_it_has_it),
        TEST(test_a_device_that_is_away_is_told_when_it_is_back),
        TEST(test_nobody_is_told_for_ever),
        TEST(test_once_a_minute_and_what_is_open_is_widened),
        TEST(test_unknown_devices_are_not_found),
        TEST(test_all_devices_of_the_account_are_asked),
        TEST(test_phones_with_the_other_app_are_told_once),
        TEST(test_late_words_undo_nothing_that_came_after_them),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
