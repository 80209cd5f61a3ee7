// Pools, and what moves from device to device, as the engine's rules see them: commands and a clock of the
// test's own, over a real store.
#include "bridge/engine/admin.h"
#include "bridge/engine/arrive.h"
#include "bridge/engine/life.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/report.h"
#include "bridge/engine/send.h"
#include "bridge/store/store_pools.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 2 };

static int set_up(void **state)
{
    struct engine_options options = core_fixture_options();
    options.window_out = options.window_unaccepted = WINDOW;
    return core_fixture_start(state, &options, CORE_FIXTURE_START_MS);
}

static void say_hello(struct core_fixture *fixture, const char *id, const char *number, const char *carrier)
{
    struct wire_status status = {.hello = true, .sim_count = 1};
    status.sims[0] = (struct wire_sim){.slot = 1, .number = number, .carrier = carrier, .signal = -1};
    core_fixture_status(fixture, id, status);
}

static void present(struct core *core, const char *id, bool online)
{
    struct command *command = command_new(COMMAND_PRESENCE, ORIGIN_NONE, 0);
    snprintf(command->presence.device, DEVICE_ID_SIZE, "%s", id);
    command->presence.online = online;
    arrive_presence(core, command);
    command_free(command);
}

// A device that is ready.
static void device(struct core_fixture *fixture, const char *id)
{
    core_fixture_add_device(fixture, id);
    say_hello(fixture, id, NULL, NULL);
}

static enum command_status add_pool(struct core *core, const char *name, enum pool_policy policy,
                                    const char *fallback)
{
    struct command *command = command_new(COMMAND_POOL_ADD, ORIGIN_NONE, 1);
    snprintf(command->pool.name, sizeof(command->pool.name), "%s", name);
    command->pool.set_policy = true;
    command->pool.policy = policy;
    command->pool.set_fallback = fallback != NULL;
    if (fallback != NULL)
        snprintf(command->pool.fallback, sizeof(command->pool.fallback), "%s", fallback);
    pool_add(core, command);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

static void put_sim(struct core *core, const char *pool, const char *id, int64_t sim, int64_t weight,
                    const char *prefixes)
{
    struct command *command = command_new(COMMAND_POOL_MEMBER_PUT, ORIGIN_NONE, 1);
    snprintf(command->pool.pool, sizeof(command->pool.pool), "%s", pool);
    snprintf(command->pool.device, sizeof(command->pool.device), "%s", id);
    snprintf(command->pool.prefixes, sizeof(command->pool.prefixes), "%s", prefixes);
    command->pool.weight = weight;
    command->pool.sim = sim;
    pool_member_put(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void put(struct core *core, const char *pool, const char *id, int64_t weight, const char *prefixes)
{
    put_sim(core, pool, id, 0, weight, prefixes);
}

static struct command *text_from(const char *from, const char *to)
{
    struct command *command = core_fixture_text(to);
    snprintf(command->send.from, sizeof(command->send.from), "%s", from);
    return command;
}

// Sends one text; the message, borrowed from the cache.
static struct message *text(struct core *core, const char *from, const char *to)
{
    return core_fixture_send_take(core, text_from(from, to));
}

// The device that has the message; "" while it waits.
static const char *holder(struct core *core, const struct message *message)
{
    return message->turn == TURN_OUT ? fleet_device(core->fleet, message->device)->row.id : "";
}

static void report(struct core *core, const char *id, const struct message *message, int64_t lease,
                   enum state what, const char *code)
{
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    snprintf(command->reports.device, DEVICE_ID_SIZE, "%s", id);
    command->reports.reports = (struct wire_reports){.journal = "other", .count = 1};
    command->reports.reports.items[0] = (struct wire_report){
        .seq = 1, .id = message->id, .lease = lease, .state = what, .error_code = code, .at = core->now};
    report_apply(core, command);
    command_free(command);
}

static void sent(struct core *core, const struct message *message)
{
    report(core, fleet_device(core->fleet, message->device)->row.id, message, message->lease, STATE_SENT,
           NULL);
}

static bool noted(struct core *core, const struct message *message, enum event_kind kind)
{
    cache_flush(core->cache, core->store);
    return store_event_known(core->store, message->n, kind, 0);
}

static void test_round_robin_takes_turns(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    const char *first[3];
    device(fixture, "a");
    device(fixture, "b");
    device(fixture, "c");
    add_pool(core, "p", POOL_ROUND_ROBIN, NULL);
    put(core, "p", "a", 1, "");
    put(core, "p", "b", 1, "");
    for (int i = 0; i < 6; i++) {
        struct message *message = text(core, "p", "+4915112345678");
        const char *id = holder(core, message);
        assert_string_not_equal(id, "c");
        if (i >= 2)
            assert_string_equal(id, first[i % 2]);
        else
            first[i] = id;
        sent(core, message);
    }
    assert_string_not_equal(first[0], first[1]);
}

static void test_weights_share_the_texts(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int count[2] = {0, 0};
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "p", POOL_WEIGHTED, NULL);
    put(core, "p", "a", 3, "");
    put(core, "p", "b", 1, "");
    for (int i = 0; i < 40; i++) {
        struct message *message = text(core, "p", "+4915112345678");
        count[strcmp(holder(core, message), "a") == 0 ? 0 : 1]++;
        sent(core, message);
    }
    assert_int_equal(count[0], 30);
    assert_int_equal(count[1], 10);
}

static void test_least_loaded_is_the_rule_of_a_new_pool(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "p", POOL_LEAST_LOADED, NULL);
    put(core, "p", "a", 1, "");
    put(core, "p", "b", 1, "");
    struct message *one = text(core, "p", "+4915112345601"), *two = text(core, "p", "+4915112345602");
    assert_string_not_equal(holder(core, one), holder(core, two));
}

static void test_sticky_waits_for_its_device_while_it_is_there(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    char id[DEVICE_ID_SIZE];
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "p", POOL_STICKY, NULL);
    put(core, "p", "a", 1, "");
    put(core, "p", "b", 1, "");
    struct message *message = text(core, "p", "+4915112345678");
    snprintf(id, sizeof(id), "%s", holder(core, message));
    cache_flush(core->cache, core->store);
    assert_string_equal(holder(core, text(core, "p", "+4915112345678")), id);
    cache_flush(core->cache, core->store);
    struct message *third = text(core, "p", "+4915112345678"); // its window of two is full
    assert_string_equal(holder(core, third), "");
    assert_int_equal(third->route, fleet_device_by_id(core->fleet, id)->row.n);
    sent(core, message);
    core_fixture_pass(fixture, 1);
    assert_string_equal(holder(core, third), id);
    struct message *fourth = text(core, "p", "+4915112345678");
    assert_string_equal(holder(core, fourth), "");
    present(core, id, false); // it goes away: another one takes what only waited for it
    core_fixture_pass(fixture, 2000);
    core_fixture_pass(fixture, 2000);
    assert_string_not_equal(holder(core, fourth), "");
    assert_string_not_equal(holder(core, fourth), id);
}

static void test_sticky_keeps_the_sim_too(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int64_t sims[2];
    device(fixture, "a");
    fleet_device_by_id(core->fleet, "a")->sims = 3;
    add_pool(core, "p", POOL_STICKY, NULL);
    put_sim(core, "p", "a", 1, 1, "");
    put_sim(core, "p", "a", 2, 1, "");
    for (int i = 0; i < 6; i++) {
        struct message *message = text(core, "p", i % 2 == 0 ? "+4915112345678" : "+4915112345679");
        assert_string_equal(holder(core, message), "a");
        if (i < 2)
            sims[i] = message->sim;
        assert_int_equal(message->sim, sims[i % 2]);
        sent(core, message);
        cache_flush(core->cache, core->store);
    }
    assert_int_not_equal(sims[0], sims[1]);
}

static void test_longest_prefix_wins_and_others_go_to_anybody(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "de");
    device(fixture, "mobile");
    device(fixture, "other");
    add_pool(core, "p", POOL_PREFIX, NULL);
    put(core, "p", "de", 1, "+49");
    put(core, "p", "mobile", 1, "+49151 +49170");
    put(core, "p", "other", 1, "");
    assert_string_equal(holder(core, text(core, "p", "+4915112345678")), "mobile");
    assert_string_equal(holder(core, text(core, "p", "+4917012345678")), "mobile");
    assert_string_equal(holder(core, text(core, "p", "+493012345678")), "de");
    assert_string_equal(holder(core, text(core, "p", "+3312345678")), "other");
    struct message *waits = text(core, "p", "+4915112345679"); // mobile is full, and worth waiting for
    assert_string_equal(holder(core, waits), "");
    present(core, "mobile", false);
    assert_string_not_equal(holder(core, text(core, "p", "+4915112345670")), "");
}

static void test_carrier_of_the_recipient_finds_its_sim(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct command *command = command_new(COMMAND_POOL_UPDATE, ORIGIN_NONE, 1);
    core_fixture_add_device(fixture, "t");
    core_fixture_add_device(fixture, "v");
    say_hello(fixture, "t", NULL, "Telekom");
    say_hello(fixture, "v", NULL, "VODAFONE");
    add_pool(core, "p", POOL_CARRIER, NULL);
    put(core, "p", "t", 1, "");
    put(core, "p", "v", 1, "");
    snprintf(command->pool.pool, sizeof(command->pool.pool), "p");
    command->pool.set_carriers = true;
    command->pool.carrier_count = 2;
    command->pool.carriers = calloc(2, sizeof(*command->pool.carriers));
    command->pool.carriers[0] = (struct pool_carrier){.prefix = "+49151", .carrier = "Telekom"};
    command->pool.carriers[1] = (struct pool_carrier){.prefix = "+49172", .carrier = "Vodafone"};
    pool_update(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    for (int i = 0; i < WINDOW; i++) {
        assert_string_equal(holder(core, text(core, "p", "+4917212345678")), "v");
        assert_string_equal(holder(core, text(core, "p", "+4915112345678")), "t");
    }
    struct message *message = text(core, "p", "+4917212345678");
    assert_int_equal(message->route, fleet_device_by_id(core->fleet, "v")->row.n);
    say_hello(fixture, "t", NULL, "Vodafone"); // the card was changed
    present(core, "v", false);
    core_fixture_pass(fixture, 2000);
    assert_int_equal(message->route, fleet_device_by_id(core->fleet, "t")->row.n);
}

static void test_from_names_pool_device_number_or_tag(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct command *tags = command_new(COMMAND_DEVICE_UPDATE, ORIGIN_NONE, 1);
    core_fixture_add_device(fixture, "a");
    core_fixture_add_device(fixture, "b");
    say_hello(fixture, "a", "+4915100000001", NULL);
    say_hello(fixture, "b", "+4915100000002", NULL);
    snprintf(tags->device.id, sizeof(tags->device.id), "b");
    tags->device.set_tags = true;
    tags->device.tags = strdup("north spare");
    admin_device_update(core, tags);
    assert_int_equal(tags->status, COMMAND_OK);
    command_free(tags);
    assert_string_equal(holder(core, text(core, "tag:spare", "+4915112345671")), "b");
    struct message *message = text(core, "+4915100000001", "+4915112345672");
    assert_string_equal(holder(core, message), "a");
    assert_int_equal(message->want_sim, 1);
    assert_string_equal(holder(core, text(core, "b", "+4915112345673")), "b");
    struct command *unknown = text_from("nobody", "+4915112345674");
    send_apply(core, unknown);
    assert_int_equal(unknown->status, COMMAND_INVALID);
    assert_string_equal(unknown->error.path, "from");
    command_free(unknown);
}

static void test_waiting_texts_go_to_the_fallback_and_say_so(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "spare", POOL_LEAST_LOADED, NULL);
    add_pool(core, "clinic", POOL_LEAST_LOADED, "spare");
    put(core, "clinic", "a", 1, "");
    put(core, "spare", "b", 1, "");
    present(core, "a", false);
    struct message *message = text(core, "clinic", "+4915112345678");
    assert_int_equal(message->state, STATE_HELD);
    assert_string_equal(message->detail, "no device of pool clinic is online");
    core_fixture_pass(fixture, 50000);
    assert_string_equal(holder(core, message), "");
    assert_false(noted(core, message, EVENT_MOVED));
    core_fixture_pass(fixture, 20000);
    assert_string_equal(holder(core, message), "b");
    assert_true(noted(core, message, EVENT_MOVED));
    message = text(core, "clinic", "+4915112345679"); // later ones need not wait
    assert_string_equal(holder(core, message), "b");
    assert_true(noted(core, message, EVENT_MOVED));
    say_hello(fixture, "a", NULL, NULL);
    assert_string_equal(holder(core, text(core, "clinic", "+4915112345670")), "a");
}

static void test_fallback_waits_while_the_broker_is_away(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "spare", POOL_LEAST_LOADED, NULL);
    add_pool(core, "clinic", POOL_LEAST_LOADED, "spare");
    put(core, "clinic", "a", 1, "");
    put(core, "spare", "b", 1, "");
    present(core, "a", false);
    fleet_set_link(core->fleet, false, core->now);
    struct message *message = text(core, "clinic", "+4915112345678");
    core_fixture_pass(fixture, 200000);
    fleet_set_link(core->fleet, true, core->now);
    core_fixture_pass(fixture, 2000);
    assert_string_equal(holder(core, message), ""); // a has its time to come back
    say_hello(fixture, "a", NULL, NULL);
    core_fixture_pass(fixture, 1);
    assert_string_equal(holder(core, message), "a");
    assert_false(noted(core, message, EVENT_MOVED));
}

static void test_fallbacks_in_a_circle_are_refused(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct command *command = command_new(COMMAND_POOL_UPDATE, ORIGIN_NONE, 1);
    assert_int_equal(add_pool(core, "one", POOL_LEAST_LOADED, NULL), COMMAND_OK);
    assert_int_equal(add_pool(core, "two", POOL_LEAST_LOADED, "one"), COMMAND_OK);
    assert_int_equal(add_pool(core, "two", POOL_LEAST_LOADED, NULL), COMMAND_CONFLICT);
    snprintf(command->pool.pool, sizeof(command->pool.pool), "one");
    snprintf(command->pool.fallback, sizeof(command->pool.fallback), "two");
    command->pool.set_fallback = true;
    pool_update(core, command);
    assert_int_equal(command->status, COMMAND_INVALID);
    assert_string_equal(command->error.path, "fallback");
    command_free(command);
}

static void test_higher_priority_goes_first_on_a_shared_device(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    add_pool(core, "low", POOL_LEAST_LOADED, NULL);
    add_pool(core, "high", POOL_LEAST_LOADED, NULL);
    struct command *command = command_new(COMMAND_POOL_UPDATE, ORIGIN_NONE, 1);
    snprintf(command->pool.pool, sizeof(command->pool.pool), "high");
    command->pool.set_priority = true;
    command->pool.priority = 9;
    pool_update(core, command);
    command_free(command);
    put(core, "low", "a", 1, "");
    put(core, "high", "a", 1, "");
    struct message *first = text(core, "low", "+4915112345670");
    text(core, "low", "+4915112345671");
    struct message *low = text(core, "low", "+4915112345672"), *high = text(core, "high", "+4915112345673");
    sent(core, first);
    core_fixture_pass(fixture, 1);
    assert_string_equal(holder(core, high), "a");
    assert_string_equal(holder(core, low), "");
}

static void test_pools_come_back_from_the_store(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "p", POOL_PREFIX, NULL);
    put(core, "p", "b", 1, "+49");
    present(core, "b", false);
    struct message *message = text(core, "p", "+4915112345678");
    char id[ID_SIZE];
    memcpy(id, message->id, sizeof(id));
    core_fixture_pass(fixture, 1);
    assert_true(core_load(core));
    say_hello(fixture, "b", NULL, NULL);
    core_fixture_pass(fixture, 1);
    message = cache_get(core->cache, core->store, 1, id);
    assert_string_equal(holder(core, message), "b");
}

static void test_pool_that_has_work_or_is_needed_stays(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    add_pool(core, "one", POOL_LEAST_LOADED, NULL);
    add_pool(core, "two", POOL_LEAST_LOADED, "one");
    struct message *message = text(core, "two", "+4915112345678");
    static const struct {
        const char *name;
        enum command_status status;
    } cases[] = {{"one", COMMAND_CONFLICT}, {"two", COMMAND_CONFLICT}, {"three", COMMAND_NOT_FOUND}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct command *command = command_new(COMMAND_POOL_REMOVE, ORIGIN_NONE, 1);
        snprintf(command->pool.pool, sizeof(command->pool.pool), "%s", cases[i].name);
        pool_remove(core, command);
        assert_int_equal(command->status, cases[i].status);
        command_free(command);
    }
    (void)life_move(core, message, STATE_CANCELLED, core->now, NULL, NULL);
    struct command *command = command_new(COMMAND_POOL_REMOVE, ORIGIN_NONE, 1);
    snprintf(command->pool.pool, sizeof(command->pool.pool), "two");
    pool_remove(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void test_pool_named_default_takes_what_names_no_other(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    add_pool(core, "default", POOL_LEAST_LOADED, NULL);
    put(core, "default", "b", 1, "");
    for (int i = 0; i < WINDOW; i++)
        assert_string_equal(holder(core, text(core, "", "+4915112345678")), "b");
    assert_string_equal(holder(core, text(core, "", "+4915112345678")), "");
}

static void test_unanswered_text_moves_on_after_its_lease(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    struct message *message = text(core, "", "+4915112345678");
    device(fixture, "b");
    present(core, "a", false);
    core_fixture_pass(fixture, 290000);
    assert_string_equal(holder(core, message), "a");
    core_fixture_pass(fixture, 11000);
    assert_string_equal(holder(core, message), "b");
    assert_int_equal(message->lease, 2);
    assert_true(noted(core, message, EVENT_MOVED));
    assert_false(noted(core, message, EVENT_FENCED));
    report(core, "a", message, 1, STATE_SENT, NULL); // it had sent it, and comes back with its old lease
    assert_true(noted(core, message, EVENT_FENCED));
    assert_int_equal(message->state, STATE_QUEUED);
    report(core, "b", message, 2, STATE_SENT, NULL);
    assert_int_equal(message->state, STATE_SENT);
}

static void test_what_may_be_in_a_radio_does_not_move(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    struct message *message = text(core, "", "+4915112345678");
    report(core, "a", message, 1, STATE_ACCEPTED, NULL);
    device(fixture, "b");
    present(core, "a", false);
    for (int i = 0; i < 40; i++)
        core_fixture_pass(fixture, 100000);
    assert_string_equal(holder(core, message), "a");
    assert_int_equal(message->state, STATE_ACCEPTED);
    report(core, "a", message, 1, STATE_EXPIRED, "lease"); // it says that the radio never had it
    assert_string_equal(holder(core, message), "b");
}

static void test_removed_device_s_text_is_sent_by_another_at_qos_1_only(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    struct message *once = text(core, "", "+4915112345678"), *twice = text(core, "", "+4915112345679");
    once->qos = 2;
    report(core, "a", once, 1, STATE_ACCEPTED, NULL);
    report(core, "a", twice, 1, STATE_ACCEPTED, NULL);
    device(fixture, "b");
    struct command *command = command_new(COMMAND_DEVICE_REMOVE, ORIGIN_NONE, 1);
    snprintf(command->device.id, sizeof(command->device.id), "a");
    admin_device_remove(core, command);
    command_free(command);
    core_fixture_pass(fixture, 150000);
    assert_int_equal(once->state, STATE_UNKNOWN);
    assert_int_equal(twice->state, STATE_ACCEPTED); // its radio may begin as long as the lease lasts
    core_fixture_pass(fixture, 151000);
    assert_string_equal(holder(core, twice), "b");
}

static void test_lost_journal_ends_in_doubt_at_qos_2(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    struct message *once = text(core, "", "+4915112345678"), *twice = text(core, "", "+4915112345679");
    once->qos = 2;
    struct command *command = command_new(COMMAND_STATUS, ORIGIN_NONE, 0);
    snprintf(command->status_report.device, DEVICE_ID_SIZE, "a");
    command->status_report.status =
        (struct wire_status){.hello = true, .journal = "j2", .oldest = 1, .next = 1, .at = core->now};
    arrive_status(core, command);
    command_free(command);
    assert_int_equal(once->state, STATE_UNKNOWN);
    assert_string_equal(once->reason, "journal_lost");
    assert_string_equal(holder(core, twice), "a");
}

static struct message *text_at_qos_0(struct core *core)
{
    struct command *command = core_fixture_text(NULL);
    command->send.qos = 0;
    return core_fixture_send_take(core, command);
}

// What was published in the same moment is out, and nobody can say so twice.
static void test_clock_steps_do_not_end_what_is_under_way_at_qos_0(void **state)
{
    enum { TWO_HOURS_MS = 7200000 };
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    struct message *told = text_at_qos_0(core), *silent = text_at_qos_0(core);
    core_fixture_pass(fixture, TWO_HOURS_MS);
    assert_int_equal(told->state, STATE_QUEUED);
    struct command *command = command_new(COMMAND_PUBLISHED, ORIGIN_NONE, 0);
    command->published.items = calloc(1, sizeof(*command->published.items));
    command->published.count = 1;
    command->published.items[0] = (struct published){.account = 1, .lease = told->lease};
    memcpy(command->published.items[0].id, told->id, sizeof(told->id));
    report_published(core, command);
    command_free(command);
    core_fixture_pass(fixture, TWO_HOURS_MS);
    assert_int_equal(told->state, STATE_DISPATCHED);
    assert_int_equal(silent->state, STATE_UNKNOWN);
    assert_string_equal(silent->reason, "no_answer");
}

static void test_device_that_gave_a_text_back_comes_last(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    device(fixture, "a");
    device(fixture, "b");
    struct message *message = text(core, "", "+4915112345678");
    char first[DEVICE_ID_SIZE];
    snprintf(first, sizeof(first), "%s", holder(core, message));
    cache_flush(core->cache, core->store);
    report(core, first, message, 1, STATE_EXPIRED, "lease");
    assert_string_not_equal(holder(core, message), "");
    assert_string_not_equal(holder(core, message), first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_robin_takes_turns),
        TEST(test_weights_share_the_texts),
        TEST(test_least_loaded_is_the_rule_of_a_new_pool),
        TEST(test_sticky_waits_for_its_device_while_it_is_there),
        TEST(test_sticky_keeps_the_sim_too),
        TEST(test_longest_prefix_wins_and_others_go_to_anybody),
        TEST(test_carrier_of_the_recipient_finds_its_sim),
        TEST(test_from_names_pool_device_number_or_tag),
        TEST(test_waiting_texts_go_to_the_fallback_and_say_so),
        TEST(test_fallback_waits_while_the_broker_is_away),
        TEST(test_fallbacks_in_a_circle_are_refused),
        TEST(test_higher_priority_goes_first_on_a_shared_device),
        TEST(test_pools_come_back_from_the_store),
        TEST(test_pool_that_has_work_or_is_needed_stays),
        TEST(test_pool_named_default_takes_what_names_no_other),
        TEST(test_unanswered_text_moves_on_after_its_lease),
        TEST(test_what_may_be_in_a_radio_does_not_move),
        TEST(test_removed_device_s_text_is_sent_by_another_at_qos_1_only),
        TEST(test_lost_journal_ends_in_doubt_at_qos_2),
        TEST(test_clock_steps_do_not_end_what_is_under_way_at_qos_0),
        TEST(test_device_that_gave_a_text_back_comes_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
