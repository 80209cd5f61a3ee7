// Reports in any order, from anybody, under any lease: states move forward only, and only by the device that
// holds the message. Random histories from fixed seeds; what breaks names its seed and step.
#include "bridge/engine/report.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/life.h"
#include "bridge/engine/send.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORIES = 150, STEPS = 60 };

static const char *const PHONES[] = {"one", "two"};

// What must not change by itself.
struct shown {
    enum state state;
    int64_t lease, device, sent, delivered;
};

static uint32_t seed;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static struct shown look(struct core *core, const char *id)
{
    const struct message *message = cache_get(core->cache, core->store, 1, id);
    assert_non_null(message);
    return (struct shown){message->state, message->lease, message->device, message->parts_sent,
                          message->parts_delivered};
}

static void set_online(struct core *core, const char *id, bool online)
{
    struct command *command = command_new(COMMAND_PRESENCE, ORIGIN_NONE, 0);
    snprintf(command->presence.device, DEVICE_ID_SIZE, "%s", id);
    command->presence.online = online;
    command->presence.at = core->now;
    arrive_presence(core, command);
    command_free(command);
}

static void say_hello(struct core_fixture *fixture, const char *id)
{
    set_online(fixture->core, id, true);
    core_fixture_status(fixture, id, (struct wire_status){.hello = true, .battery = -1});
}

static void send(struct core *core, char id[ID_SIZE], int64_t qos)
{
    struct command *command = core_fixture_text(NULL);
    command->send.parts = 3;
    command->send.qos = qos;
    command->send.ttl_ms = 3600000; // within what the clock of a history may go forth
    command->send.report = true;
    memcpy(id, core_fixture_send_take(core, command)->id, ID_SIZE);
}

// A report that may be anything. Returns whether the device holds the message under that lease.
static bool report(struct core *core, const char *id)
{
    static const enum state STATES[] = {STATE_ACCEPTED,  STATE_SENT,        STATE_SENT,
                                        STATE_DELIVERED, STATE_UNDELIVERED, STATE_FAILED,
                                        STATE_EXPIRED,   STATE_CANCELLED,   STATE_UNKNOWN};
    static const char *const CODES[] = {NULL, "lease", "no_service"};
    struct shown before = look(core, id);
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    uint32_t phone = next_random(COUNT(PHONES));
    struct wire_report *row = &command->reports.reports.items[0];
    snprintf(command->reports.device, DEVICE_ID_SIZE, "%s", PHONES[phone]);
    command->reports.reports.journal = next_random(4) > 0 ? "j1" : "other";
    command->reports.reports.count = 1;
    *row = (struct wire_report){.seq = next_random(2) * (1 + next_random(200)),
                                .id = id,
                                .lease = before.lease + (next_random(4) > 0 ? 0 : next_random(3) - 1),
                                .state = STATES[next_random(COUNT(STATES))],
                                .none = next_random(12) == 0,
                                .part = next_random(4),
                                .parts = 3,
                                .at = core->now - 1000 + next_random(2000),
                                .error_kind = (enum wire_error_kind)next_random(4),
                                .error_code = CODES[next_random(COUNT(CODES))]};
    const struct fleet_device *device = fleet_device_by_id(core->fleet, PHONES[phone]);
    bool holds = device->row.n == before.device && row->lease == before.lease;
    report_apply(core, command);
    command->reports.reports.count = 0; // its strings are ours
    command_free(command);
    return holds;
}

static void acknowledge(struct core *core, const char *id)
{
    struct command *command = command_new(COMMAND_PUBLISHED, ORIGIN_NONE, 0);
    command->published.items = calloc(1, sizeof(*command->published.items));
    command->published.count = 1;
    snprintf(command->published.items[0].id, ID_SIZE, "%s", id);
    command->published.items[0].account = 1;
    command->published.items[0].lease = look(core, id).lease - (next_random(4) == 0);
    command->published.items[0].nobody = next_random(4) == 0;
    report_published(core, command);
    command_free(command);
}

static void cancel(struct core *core, const char *id)
{
    struct command *command = command_new(COMMAND_CANCEL, ORIGIN_NONE, 1);
    snprintf(command->cancel.id, ID_SIZE, "%s", id);
    send_cancel(core, command);
    command_free(command);
}

// One thing that happens. Returns whether it may move the message.
static bool step(struct core_fixture *fixture, const char *id)
{
    static const int64_t WAITS[] = {0, 100, 1500, 20000, 400000, 4000000};
    switch (next_random(16)) {
    case 0:
        cancel(fixture->core, id);
        return true;
    case 1:
        set_online(fixture->core, PHONES[next_random(COUNT(PHONES))], false);
        return true;
    case 2:
        say_hello(fixture, PHONES[next_random(COUNT(PHONES))]);
        return true;
    case 3:
    case 4:
        core_fixture_pass(fixture, WAITS[next_random(COUNT(WAITS))]);
        return true;
    case 5:
    case 6:
        acknowledge(fixture->core, id);
        return true;
    default:
        return report(fixture->core, id);
    }
}

static bool same(const struct shown *a, const struct shown *b)
{
    return a->state == b->state && a->lease == b->lease && a->device == b->device && a->sent == b->sent &&
           a->delivered == b->delivered;
}

// The promises of common/state.h over one step.
static const char *broken(const struct shown *before, const struct shown *after, bool may_move)
{
    bool again = after->state == STATE_QUEUED || after->state == STATE_HELD;
    if (!may_move && !same(before, after))
        return "a stranger's word changed it";
    if (state_final(before->state) && !same(before, after))
        return "it left a final state";
    if (after->lease < before->lease)
        return "the lease went back";
    if (before->state == STATE_SENT && after->state != STATE_SENT && after->state != STATE_DELIVERED &&
        after->state != STATE_UNDELIVERED)
        return "what was sent turned into something else";
    if (state_rank(after->state) < state_rank(before->state) && !again)
        return "the state went back";
    if (after->lease == before->lease && !again &&
        ((before->sent & ~after->sent) != 0 || (before->delivered & ~after->delivered) != 0))
        return "a part was taken back";
    return NULL;
}

static void play(struct core_fixture *fixture, uint32_t number)
{
    char id[ID_SIZE];
    seed = number;
    for (size_t i = 0; i < COUNT(PHONES); i++)
        say_hello(fixture, PHONES[i]);
    send(fixture->core, id, next_random(3));
    struct shown before = look(fixture->core, id);
    for (int i = 0; i < STEPS; i++) {
        bool may_move = step(fixture, id);
        struct shown after = look(fixture->core, id);
        const char *why = broken(&before, &after, may_move);
        CHECK(why == NULL, "history %u, step %d: %s (%s -> %s)", number, i, why, state_name(before.state),
              state_name(after.state));
        before = after;
    }
    core_fixture_pass(fixture, 1000);
}

static void test_states_never_go_back(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t moves[STATE_RECEIVED + 1];
    for (size_t i = 0; i < COUNT(PHONES); i++)
        core_fixture_add_device(fixture, PHONES[i]);
    for (uint32_t number = 1; number <= HISTORIES; number++)
        play(fixture, number);
    for (int i = 0; i <= STATE_RECEIVED; i++)
        moves[i] = fixture->core->counters.moves[i];
    for (int i = STATE_QUEUED; i <= STATE_UNKNOWN; i++) // the histories must have been everywhere
        CHECK(moves[i] > 0, "no message was ever %s", state_name((enum state)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states_never_go_back, core_fixture_set_up,
                                        core_fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
