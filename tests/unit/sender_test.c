// Who a request's sender is, and when the other one that it names takes its place.
#include "bridge/engine/sender.h"

#include "bridge/engine/send.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

static const struct wire_status HELLO = {.hello = true, .battery = -1};

// A device that can send, or one that was never there.
static void device(struct core_fixture *fixture, const char *id, bool ready)
{
    core_fixture_add_device(fixture, id);
    if (ready)
        core_fixture_status(fixture, id, HELLO);
}

// Sends by that sender; taken_by is the device that has it then, "" when it waits.
static enum command_status ask(struct core_fixture *fixture, const char *from, const char *fallback,
                               int64_t send_at, char taken_by[DEVICE_ID_SIZE], bool *fell_back)
{
    struct core *core = fixture->core;
    struct command *command = core_fixture_text(NULL);
    struct command_send *send = &command->send;
    send->send_at = send_at;
    snprintf(send->from, sizeof(send->from), "%s", from);
    snprintf(send->fallback_from, sizeof(send->fallback_from), "%s", fallback);
    send_apply(core, command);
    enum command_status status = command->status;
    taken_by[0] = '\0';
    *fell_back = send->fell_back;
    if (status == COMMAND_OK) {
        const struct message *message = cache_get(core->cache, core->store, 1, send->messages[0].id);
        const struct fleet_device *taker = fleet_device(core->fleet, message->device);
        snprintf(taken_by, DEVICE_ID_SIZE, "%s", taker != NULL ? taker->row.id : "");
    } else {
        assert_string_equal(command->error.path, fallback[0] == '?' ? "fallback_from" : "from");
    }
    command_free(command);
    return status;
}

static void test_the_fallback_takes_what_the_sender_cannot(void **state)
{
    static const struct {
        const char *from, *fallback, *taken_by;
        enum command_status status;
        bool scheduled;
    } CASES[] = {
        {"here", "", "here", COMMAND_OK, false},
        {"here", "there", "here", COMMAND_OK, false},
        {"gone", "", "", COMMAND_OK, false},
        {"gone", "there", "there", COMMAND_OK, false},
        {"gone", "away", "", COMMAND_OK, false}, // not better
        {"gone", "there", "", COMMAND_OK, true}, // nobody knows who can send then
        {"gone", "?", "", COMMAND_INVALID, false},
        {"here", "?", "", COMMAND_INVALID, false}, // also when it is not needed
        {"none", "there", "", COMMAND_INVALID, false},
    };
    struct core_fixture *fixture = *state;
    char taken_by[DEVICE_ID_SIZE], reason[REASON_SIZE];
    bool fell_back;
    int told = 0;
    device(fixture, "here", true);
    device(fixture, "there", true);
    device(fixture, "gone", false);
    device(fixture, "away", false);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int64_t at = CASES[i].scheduled ? fixture->core->now + 3600000 : 0;
        enum command_status status = ask(fixture, CASES[i].from, CASES[i].fallback, at, taken_by, &fell_back);
        assert_int_equal(status, CASES[i].status);
        assert_string_equal(taken_by, CASES[i].taken_by);
        assert_int_equal(fell_back, strcmp(taken_by, "there") == 0);
        told += fell_back;
    }
    assert_int_equal(core_fixture_events(fixture, EVENT_MOVED, reason), told);
    assert_string_equal(reason, "fallback");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_the_fallback_takes_what_the_sender_cannot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
