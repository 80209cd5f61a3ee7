// Limits of SIMs and lanes, as the engine's rules see them: commands and a clock of the test's own, over a
// real store.
#include "bridge/engine/dispatch.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/report.h"
#include "bridge/store/limit.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { START = 1700006400, MINUTE = 60000, HOUR = 3600000 }; // 2023-11-15T00:00:00Z

static int set_up_windows(void **state, int64_t window)
{
    struct engine_options options = core_fixture_options();
    options.default_ttl_ms = options.lease_ms = options.confirm_ms = options.delivery_wait_ms = 48 * HOUR;
    options.offline_grace_ms = 30000;
    options.cache_messages = 4096;
    options.window_out = options.window_unaccepted = window;
    return core_fixture_start(state, &options, (int64_t)START * 1000);
}

static int set_up(void **state)
{
    return set_up_windows(state, 20);
}

static int set_up_narrow(void **state)
{
    return set_up_windows(state, 1);
}

static void hello(struct core_fixture *fixture, const char *id, size_t sims)
{
    struct wire_status status = {.hello = true, .sim_count = sims};
    for (size_t i = 0; i < sims; i++)
        status.sims[i] = (struct wire_sim){.slot = (int64_t)i + 1, .signal = -1};
    core_fixture_status(fixture, id, status);
}

static struct fleet_device *device(struct core_fixture *fixture, const char *id, size_t sims)
{
    core_fixture_add_device(fixture, id);
    hello(fixture, id, sims);
    return fleet_device_by_id(fixture->core->fleet, id);
}

static void limit(struct core *core, const char *id, struct sim_limit row)
{
    struct command *command = command_new(COMMAND_LIMIT_SET, ORIGIN_NONE, 1);
    snprintf(command->limit.device, sizeof(command->limit.device), "%s", id);
    command->limit.row = row;
    snprintf(command->limit.row.zone, sizeof(command->limit.row.zone), "UTC");
    pace_set(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static struct message *text_in(struct core *core, const char *id, int64_t sim, enum lane lane)
{
    struct command *command = core_fixture_text(NULL);
    snprintf(command->send.device, sizeof(command->send.device), "%s", id);
    command->send.sim = sim;
    command->send.lane = lane;
    return core_fixture_send_take(core, command);
}

static struct message *text(struct core *core, const char *id, int64_t sim)
{
    return text_in(core, id, sim, LANE_NORMAL);
}

static void report(struct core *core, const struct message *message, enum state what, const char *code)
{
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    snprintf(command->reports.device, DEVICE_ID_SIZE, "%s",
             fleet_device(core->fleet, message->device)->row.id);
    command->reports.reports = (struct wire_reports){.journal = "other", .count = 1};
    command->reports.reports.items[0] = (struct wire_report){.seq = 1,
                                                             .id = message->id,
                                                             .lease = message->lease,
                                                             .state = what,
                                                             .error_code = code,
                                                             .error_kind = WIRE_ERROR_TEMPORARY,
                                                             .at = core->now};
    report_apply(core, command);
    command_free(command);
}

struct stored {
    int64_t slot, day;
};

static bool find(void *context, const struct sim_limit *row)
{
    struct stored *stored = context;
    if (row->slot == stored->slot)
        stored->day = row->day;
    return true;
}

static int64_t stored_day(struct core *core, int64_t slot)
{
    struct stored stored = {.slot = slot, .day = -1};
    assert_true(store_sim_limits_each(core->store, find, &stored));
    return stored.day;
}

static int64_t counted(const struct fleet_device *device, int64_t slot)
{
    for (size_t i = 0; i < device->pace->count; i++)
        if (device->pace->sims[i].row.slot == slot)
            return device->pace->sims[i].row.day;
    return -1;
}

// What the phone has; NULL when it has nothing. For windows of one.
static struct message *out_of(struct core *core, const struct fleet_device *phone)
{
    struct message window[2];
    cache_flush(core->cache, core->store);
    size_t count = store_messages_turn(core->store, window, 2, TURN_OUT, phone->row.n, 0, 0);
    assert_true(count <= 1);
    return count == 1 ? cache_merge_take(core->cache, core->store, &window[0]) : NULL;
}

// What waited and is given out at the end of a batch is counted in that batch: a crash then forgets nothing.
static void test_counts_are_stored_with_what_they_count(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 1);
    limit(core, "a", (struct sim_limit){.per_day = 100});
    phone->row.paused = true;
    fleet_refresh(core->fleet, phone, core->now);
    for (int i = 0; i < 10; i++)
        text(core, "a", 0);
    core_fixture_batch(fixture);
    phone->row.paused = false;
    fleet_refresh(core->fleet, phone, core->now);
    core_fixture_batch(fixture);
    assert_int_equal(phone->out, 10);
    assert_int_equal(stored_day(core, 0), 10);
}

// A phone that does not tell its SIMs is held to the limit of its slot all the same.
static void test_slot_limit_holds_when_sims_are_not_told(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 0);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 3});
    for (int i = 0; i < 10; i++)
        text(core, "a", 0);
    core_fixture_pass(fixture, 10);
    assert_int_equal(phone->out, 3);
}

// A SIM that is taken out while the other one rests leaves nobody to send.
static void test_rest_is_looked_at_again_when_a_sim_goes(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 3});
    for (int i = 0; i < 3; i++)
        text(core, "a", 1);
    assert_int_equal(phone->out, 3);
    hello(fixture, "a", 1);
    text(core, "a", 0);
    core_fixture_pass(fixture, 10);
    assert_int_equal(phone->out, 3);
}

// A limit on a slot that holds no SIM sends nothing there.
static void test_limit_of_an_empty_slot_is_not_chosen(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    (void)device(fixture, "a", 1);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 2});
    limit(core, "a", (struct sim_limit){.slot = 2, .per_day = 2});
    for (int i = 0; i < 2; i++)
        assert_int_equal(text(core, "a", 0)->sim, 1);
    assert_int_equal(text(core, "a", 0)->turn, TURN_WAITS);
}

// Of two SIMs that rest, the sentence names the one that may go first.
static void test_sentence_tells_the_soonest_end(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int64_t until;
    struct fleet_device *phone = device(fixture, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 1});
    limit(core, "a", (struct sim_limit){.slot = 2, .per_minute = 1});
    text(core, "a", 1);
    text(core, "a", 2);
    assert_int_equal(phone->resting & 1, 1);
    assert_int_equal(phone->pace->rest_until, core->now + MINUTE);
    (void)pace_why(phone, 0, &until);
    assert_int_equal(until, core->now + MINUTE);
}

// A limit that is set anew begins with nothing, not with what another slot has sent.
static void test_new_limit_does_not_inherit_counts(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 100});
    limit(core, "a", (struct sim_limit){.slot = 2, .per_day = 100});
    for (int i = 0; i < 7; i++)
        text(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1});
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 100});
    assert_int_equal(counted(phone, 2), 7);
    assert_int_equal(counted(phone, 1), 0);
}

// What a reader sees of the message.
static void look_at(struct message_view *view, struct core_fixture *fixture, const char *id)
{
    assert_int_equal(query_message(fixture_query(fixture->store), view, 1, id), QUERY_OK);
}

// The end of the rest is said once for all who wait, and what was said is true when it is over or taken away.
static void test_rest_is_told_for_the_route(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct message_view view;
    struct fleet_device *phone = device(fixture, "a", 1);
    limit(core, "a", (struct sim_limit){.per_minute = 1});
    text(core, "a", 0);
    struct message *named = text(core, "a", 0), *any = text(core, "", 0);
    core_fixture_pass(fixture, 1);
    int64_t end = phone->pace->rest_until, changed = any->updated_at;
    look_at(&view, fixture, named->id);
    assert_int_equal(view.rest.until, end);
    assert_string_equal(view.rest.reason, "sim_limit");
    assert_string_equal(view.rest.detail, view.message.detail);
    message_view_clear(&view);
    look_at(&view, fixture, any->id);
    assert_int_equal(view.rest.until, end);
    assert_non_null(strstr(view.rest.detail, "every device of the account is at a limit of its SIM until "));
    message_view_clear(&view);
    core_fixture_pass(
        fixture,
        5 * MINUTE); // the phone takes nothing: named has its turn, any is told of the next rest only
    look_at(&view, fixture, any->id);
    assert_true(view.rest.until > end);
    assert_int_equal(view.message.updated_at, changed);
    message_view_clear(&view);
    limit(core, "a", (struct sim_limit){.per_minute = 0});
    core_fixture_pass(fixture, 1);
    assert_int_equal(any->turn, TURN_OUT);
    assert_int_equal(phone->rest_told, 0);
}

// Waiting for a minute to pass is nothing to tell each waiting message about, each minute again.
static void test_short_rests_do_not_flood_the_timeline(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 1);
    limit(core, "a", (struct sim_limit){.per_minute = 3});
    struct message *last = NULL;
    for (int i = 0; i < 200; i++)
        last = text(core, "a", 0);
    core_fixture_pass(fixture, 1);
    int64_t before = core->last_event, sent = 0;
    for (int i = 0; i < 600; i++) { // ten minutes; the phone takes five seconds for a text
        struct message *out = i % 5 == 0 ? out_of(core, phone) : NULL;
        if (out != NULL) {
            report(core, out, STATE_SENT, NULL);
            sent++;
        }
        core_fixture_pass(fixture, 1000);
    }
    assert_int_equal(sent, 30);
    assert_true(core->last_event - before < 600);
    struct message_view view;
    look_at(&view, *state, last->id);
    assert_non_null(strstr(view.rest.detail, "until 2023-11-15T00:10:00")); // the last rest, just over
    assert_true(view.message.updated_at < core->now - 5 * MINUTE);          // without a write
    message_view_clear(&view);
}

static void test_texts_for_a_resting_sim_do_not_flood_the_timeline(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    const struct fleet_device *phone = device(fixture, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_minute = 1});
    for (int i = 0; i < 200; i++)
        text(core, "a", 1);
    core_fixture_pass(fixture, 1);
    int64_t before = core->last_event;
    for (int i = 0; i < 600; i++)
        core_fixture_pass(fixture, 1000);
    assert_true(phone->out >= 10);
    assert_true(core->last_event - before < 600);
}

// One batch does not work off everything that waits for a SIM that rests.
static void test_stepping_aside_is_bounded_a_batch(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 1});
    phone->row.paused = true;
    fleet_refresh(core->fleet, phone, core->now);
    for (int i = 0; i < 2000; i++)
        text(core, "a", 1);
    core_fixture_batch(fixture);
    phone->row.paused = false;
    fleet_refresh(core->fleet, phone, core->now);
    int64_t before = core->last_event;
    dispatch_pump(core);
    assert_true(core->last_event - before < 600);
}

// Two phones that finish in turn: each of them also sends bulk.
static void test_bulk_of_every_device_has_its_turn(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct message *out[2];
    int bulk[2] = {0, 0};
    const char *ids[2] = {"a", "b"};
    for (int d = 0; d < 2; d++)
        device(fixture, ids[d], 1);
    for (int d = 0; d < 2; d++)
        out[d] = text_in(core, ids[d], 0, LANE_HIGH);
    for (int i = 0; i < 200; i++)
        for (int d = 0; d < 2; d++) {
            text_in(core, ids[d], 0, LANE_HIGH);
            text_in(core, ids[d], 0, LANE_BULK);
        }
    for (int i = 0; i < 160; i++)
        for (int d = 0; d < 2; d++) {
            report(core, out[d], STATE_SENT, NULL);
            core_fixture_batch(fixture);
            out[d] = out_of(core, fleet_device_by_id(core->fleet, ids[d]));
            assert_non_null(out[d]);
            bulk[d] += out[d]->lane == LANE_BULK;
        }
    assert_true(bulk[0] > 0 && bulk[1] > 0);
}

// A day's limit ends at midnight, and what waited goes on by itself.
static void test_waiting_texts_go_on_at_midnight(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 1);
    limit(core, "a", (struct sim_limit){.per_day = 3});
    for (int i = 0; i < 5; i++)
        text(core, "a", 0);
    core_fixture_pass(fixture, MINUTE);
    core_fixture_pass(fixture, MINUTE);
    assert_int_equal(phone->out, 3);
    core->now = (int64_t)START * 1000 / (24 * HOUR) * (24 * HOUR) + 24 * HOUR;
    core_fixture_batch(fixture);
    assert_int_equal(phone->out, 5);
}

static void put_sim(struct core *core, const char *pool, const char *id, int64_t sim)
{
    struct command *command = command_new(COMMAND_POOL_MEMBER_PUT, ORIGIN_NONE, 1);
    snprintf(command->pool.pool, sizeof(command->pool.pool), "%s", pool);
    snprintf(command->pool.device, sizeof(command->pool.device), "%s", id);
    command->pool.weight = 1;
    command->pool.sim = sim;
    pool_member_put(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static struct message *text_from(struct core *core, const char *from)
{
    struct command *command = core_fixture_text(NULL);
    snprintf(command->send.from, sizeof(command->send.from), "%s", from);
    struct message *message = core_fixture_send_take(core, command);
    cache_flush(core->cache, core->store);
    return message;
}

// A sticky pool of SIMs does not send by the one that rests what waited for its phone.
static void test_pool_s_sim_that_rests_gets_nothing(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct fleet_device *phone = device(fixture, "a", 2);
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_NONE, 1);
    snprintf(command->pool.name, sizeof(command->pool.name), "p");
    command->pool.set_policy = true;
    command->pool.policy = POOL_STICKY;
    pool_add(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    put_sim(core, "p", "a", 1);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 2});
    struct message *one = text_from(core, "p");
    (void)text(core, "a", 2); // fills the window below
    assert_int_equal(one->sim, 1);
    for (int i = 0; i < 4; i++)
        (void)text_from(core, "p");
    for (int i = 0; i < 6; i++) {
        struct message *out = out_of(core, phone);
        if (out != NULL)
            report(core, out, STATE_SENT, NULL);
        core_fixture_pass(fixture, 10);
    }
    assert_true(counted(phone, 1) <= 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)
#define NARROW(name) cmocka_unit_test_setup_teardown(name, set_up_narrow, core_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_counts_are_stored_with_what_they_count),
        TEST(test_slot_limit_holds_when_sims_are_not_told),
        TEST(test_rest_is_looked_at_again_when_a_sim_goes),
        TEST(test_limit_of_an_empty_slot_is_not_chosen),
        TEST(test_sentence_tells_the_soonest_end),
        TEST(test_new_limit_does_not_inherit_counts),
        TEST(test_rest_is_told_for_the_route),
        NARROW(test_short_rests_do_not_flood_the_timeline),
        TEST(test_texts_for_a_resting_sim_do_not_flood_the_timeline),
        TEST(test_stepping_aside_is_bounded_a_batch),
        NARROW(test_bulk_of_every_device_has_its_turn),
        TEST(test_waiting_texts_go_on_at_midnight),
        NARROW(test_pool_s_sim_that_rests_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
