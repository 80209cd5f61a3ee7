// Limits of SIMs and lanes, as the engine's rules see them: commands and a clock of the test's own, over a
// real store.
#include "bridge/engine/admin.h"
#include "bridge/engine/arrive.h"
#include "bridge/engine/dispatch.h"
#include "bridge/engine/due.h"
#include "bridge/engine/jobs.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/report.h"
#include "bridge/engine/send.h"
#include "bridge/store/limit.h"
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START = 1700006400, MINUTE = 60000, HOUR = 3600000 }; // 2023-11-15T00:00:00Z

struct world {
    void *fixture;
    char roster_path[96];
    struct engine *engine;
    struct core *core;
};

static int set_up_windows(void **state, int64_t window)
{
    struct world *world = calloc(1, sizeof(*world));
    const struct outlets outlets = {0};
    const char *why;
    assert_non_null(world);
    assert_int_equal(fixture_set_up(&world->fixture), 0);
    struct fixture *fixture = world->fixture;
    snprintf(world->roster_path, sizeof(world->roster_path), "%s/roster.db", fixture->folder);
    const struct engine_options options = {.default_ttl_ms = 172800000,
                                           .lease_ms = 172800000,
                                           .confirm_ms = 172800000,
                                           .offline_grace_ms = 30000,
                                           .answer_wait_ms = 60000,
                                           .delivery_wait_ms = 172800000,
                                           .retry_delay_ms = 1000,
                                           .retries = 3,
                                           .cool_down_ms = 60000,
                                           .window_out = window,
                                           .window_unaccepted = window,
                                           .idempotency_keep_ms = 3600000,
                                           .queue_max = 64,
                                           .cache_messages = 4096,
                                           .roster_path = world->roster_path,
                                           .bridge_name = "bridge"};
    world->engine = engine_new(fixture->store, &options, &outlets, &why);
    assert_non_null(world->engine);
    world->core = engine_core(world->engine);
    world->core->now = (int64_t)START * 1000;
    store_begin(fixture->store);
    fleet_set_link(world->core->fleet, true, world->core->now);
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    return set_up_windows(state, 20);
}

static int set_up_narrow(void **state)
{
    return set_up_windows(state, 1);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    struct core *core = world->core;
    assert_false(core->broken);
    cache_flush(core->cache, core->store);
    assert_int_equal(store_commit(core->store), STORE_OK);
    effects_fail(&core->effects, COMMAND_UNAVAILABLE);
    engine_free(world->engine);
    int code = fixture_tear_down(&world->fixture);
    free(world);
    return code;
}

// The end of a batch, as engine.c does it.
static void end_batch(struct core *core)
{
    due_messages(core);
    due_upkeep(core);
    pace_step(core);
    dispatch_pump(core);
    jobs_pump(core);
    pace_flush(core);
    cache_flush(core->cache, core->store);
    assert_int_equal(store_commit(core->store), STORE_OK);
}

static void pass(struct core *core, int64_t ms)
{
    end_batch(core);
    core->now += ms;
    store_begin(core->store);
    end_batch(core);
    store_begin(core->store);
}

static void hello(struct core *core, const char *id, size_t sims)
{
    struct command *command = command_new(COMMAND_STATUS, ORIGIN_NONE, 0);
    snprintf(command->status_report.device, DEVICE_ID_SIZE, "%s", id);
    struct wire_status *status = &command->status_report.status;
    *status = (struct wire_status){
        .hello = true, .journal = "j1", .oldest = 1, .next = 1, .at = core->now, .sim_count = sims};
    for (size_t i = 0; i < sims; i++)
        status->sims[i] = (struct wire_sim){.slot = (int64_t)i + 1, .signal = -1};
    arrive_status(core, command);
    command_free(command);
}

static struct fleet_device *device(struct core *core, const char *id, size_t sims)
{
    struct command *command = command_new(COMMAND_DEVICE_ADD, ORIGIN_NONE, 1);
    snprintf(command->device.id, sizeof(command->device.id), "%s", id);
    admin_device_add(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    hello(core, id, sims);
    return fleet_device_by_id(core->fleet, id);
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

static struct message *text_in(struct core *core, const char *id, int64_t sim, enum lane lane, const char *to)
{
    struct command *command = command_new(COMMAND_SEND, ORIGIN_NONE, 1);
    command->send.to = calloc(1, sizeof(*command->send.to));
    snprintf(command->send.to[0], NUMBER_SIZE, "%s", to);
    snprintf(command->send.device, sizeof(command->send.device), "%s", id);
    command->send.sim = sim;
    command->send.count = 1;
    command->send.text = strdup("hello");
    command->send.parts = 1;
    command->send.lane = lane;
    command->send.qos = 1;
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    struct message *message = cache_get(core->cache, core->store, 1, command->send.messages[0].id);
    command_free(command);
    assert_non_null(message);
    return message;
}

static struct message *text(struct core *core, const char *id, int64_t sim)
{
    return text_in(core, id, sim, LANE_NORMAL, "+4915112345678");
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
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 1);
    limit(core, "a", (struct sim_limit){.per_day = 100});
    phone->row.paused = true;
    fleet_refresh(core->fleet, phone, core->now);
    for (int i = 0; i < 10; i++)
        text(core, "a", 0);
    end_batch(core);
    store_begin(core->store);
    phone->row.paused = false;
    fleet_refresh(core->fleet, phone, core->now);
    end_batch(core);
    assert_int_equal(phone->out, 10);
    assert_int_equal(stored_day(core, 0), 10);
    store_begin(core->store);
}

// A phone that does not tell its SIMs is held to the limit of its slot all the same.
static void test_slot_limit_holds_when_sims_are_not_told(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 0);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 3});
    for (int i = 0; i < 10; i++)
        text(core, "a", 0);
    pass(core, 10);
    assert_int_equal(phone->out, 3);
}

// A SIM that is taken out while the other one rests leaves nobody to send.
static void test_rest_is_looked_at_again_when_a_sim_goes(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 3});
    for (int i = 0; i < 3; i++)
        text(core, "a", 1);
    assert_int_equal(phone->out, 3);
    hello(core, "a", 1);
    text(core, "a", 0);
    pass(core, 10);
    assert_int_equal(phone->out, 3);
}

// A limit on a slot that holds no SIM sends nothing there.
static void test_limit_of_an_empty_slot_is_not_chosen(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    (void)device(core, "a", 1);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 2});
    limit(core, "a", (struct sim_limit){.slot = 2, .per_day = 2});
    for (int i = 0; i < 2; i++)
        assert_int_equal(text(core, "a", 0)->sim, 1);
    assert_int_equal(text(core, "a", 0)->turn, TURN_WAITS);
}

// Of two SIMs that rest, the sentence names the one that may go first.
static void test_sentence_tells_the_soonest_end(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    int64_t until;
    struct fleet_device *phone = device(core, "a", 2);
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
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 100});
    limit(core, "a", (struct sim_limit){.slot = 2, .per_day = 100});
    for (int i = 0; i < 7; i++)
        text(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1});
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 100});
    assert_int_equal(counted(phone, 2), 7);
    assert_int_equal(counted(phone, 1), 0);
}

// Waiting for a minute to pass is nothing to tell each waiting message about, each minute again.
static void test_short_rests_do_not_flood_the_timeline(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 1);
    limit(core, "a", (struct sim_limit){.per_minute = 3});
    struct message *last = NULL;
    for (int i = 0; i < 200; i++)
        last = text(core, "a", 0);
    pass(core, 1);
    int64_t before = core->last_event, sent = 0;
    for (int i = 0; i < 600; i++) { // ten minutes; the phone takes five seconds for a text
        struct message *out = i % 5 == 0 ? out_of(core, phone) : NULL;
        if (out != NULL) {
            report(core, out, STATE_SENT, NULL);
            sent++;
        }
        pass(core, 1000);
    }
    assert_int_equal(sent, 30);
    assert_true(core->last_event - before < 600);
    assert_non_null(strstr(last->detail, "until 2023-11-15T00:10:00")); // and what it says is of now
}

static void test_texts_for_a_resting_sim_do_not_flood_the_timeline(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    const struct fleet_device *phone = device(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_minute = 1});
    for (int i = 0; i < 200; i++)
        text(core, "a", 1);
    pass(core, 1);
    int64_t before = core->last_event;
    for (int i = 0; i < 600; i++)
        pass(core, 1000);
    assert_true(phone->out >= 10);
    assert_true(core->last_event - before < 600);
}

// One batch does not work off everything that waits for a SIM that rests.
static void test_stepping_aside_is_bounded_a_batch(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 2);
    limit(core, "a", (struct sim_limit){.slot = 1, .per_day = 1});
    phone->row.paused = true;
    fleet_refresh(core->fleet, phone, core->now);
    for (int i = 0; i < 2000; i++)
        text(core, "a", 1);
    end_batch(core);
    store_begin(core->store);
    phone->row.paused = false;
    fleet_refresh(core->fleet, phone, core->now);
    int64_t before = core->last_event;
    dispatch_pump(core);
    assert_true(core->last_event - before < 600);
}

// Two phones that finish in turn: each of them also sends bulk.
static void test_bulk_of_every_device_has_its_turn(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct message *out[2];
    int bulk[2] = {0, 0};
    const char *ids[2] = {"a", "b"};
    for (int d = 0; d < 2; d++)
        device(core, ids[d], 1);
    for (int d = 0; d < 2; d++)
        out[d] = text_in(core, ids[d], 0, LANE_HIGH, "+4915112345678");
    for (int i = 0; i < 200; i++)
        for (int d = 0; d < 2; d++) {
            text_in(core, ids[d], 0, LANE_HIGH, "+4915112345678");
            text_in(core, ids[d], 0, LANE_BULK, "+4915112345678");
        }
    for (int i = 0; i < 160; i++)
        for (int d = 0; d < 2; d++) {
            report(core, out[d], STATE_SENT, NULL);
            end_batch(core);
            store_begin(core->store);
            out[d] = out_of(core, fleet_device_by_id(core->fleet, ids[d]));
            assert_non_null(out[d]);
            bulk[d] += out[d]->lane == LANE_BULK;
        }
    assert_true(bulk[0] > 0 && bulk[1] > 0);
}

// A day's limit ends at midnight, and what waited goes on by itself.
static void test_waiting_texts_go_on_at_midnight(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 1);
    limit(core, "a", (struct sim_limit){.per_day = 3});
    for (int i = 0; i < 5; i++)
        text(core, "a", 0);
    pass(core, MINUTE);
    pass(core, MINUTE);
    assert_int_equal(phone->out, 3);
    core->now = (int64_t)START * 1000 / (24 * HOUR) * (24 * HOUR) + 24 * HOUR;
    end_batch(core);
    store_begin(core->store);
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
    struct command *command = command_new(COMMAND_SEND, ORIGIN_NONE, 1);
    command->send.to = calloc(1, sizeof(*command->send.to));
    snprintf(command->send.to[0], NUMBER_SIZE, "+4915112345678");
    snprintf(command->send.from, sizeof(command->send.from), "%s", from);
    command->send.count = 1;
    command->send.text = strdup("hello");
    command->send.parts = 1;
    command->send.lane = LANE_NORMAL;
    command->send.qos = 1;
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    struct message *message = cache_get(core->cache, core->store, 1, command->send.messages[0].id);
    command_free(command);
    cache_flush(core->cache, core->store);
    return message;
}

// A sticky pool of SIMs does not send by the one that rests what waited for its phone.
static void test_pool_s_sim_that_rests_gets_nothing(void **state)
{
    struct core *core = ((struct world *)*state)->core;
    struct fleet_device *phone = device(core, "a", 2);
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
        pass(core, 10);
    }
    assert_true(counted(phone, 1) <= 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define NARROW(name) cmocka_unit_test_setup_teardown(name, set_up_narrow, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_counts_are_stored_with_what_they_count),
        TEST(test_slot_limit_holds_when_sims_are_not_told),
        TEST(test_rest_is_looked_at_again_when_a_sim_goes),
        TEST(test_limit_of_an_empty_slot_is_not_chosen),
        TEST(test_sentence_tells_the_soonest_end),
        TEST(test_new_limit_does_not_inherit_counts),
        NARROW(test_short_rests_do_not_flood_the_timeline),
        TEST(test_texts_for_a_resting_sim_do_not_flood_the_timeline),
        TEST(test_stepping_aside_is_bounded_a_batch),
        NARROW(test_bulk_of_every_device_has_its_turn),
        TEST(test_waiting_texts_go_on_at_midnight),
        NARROW(test_pool_s_sim_that_rests_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
