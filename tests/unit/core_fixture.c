// An engine's rules under a test's clock.
#include "tests/unit/core_fixture.h"

#include "bridge/engine/admin.h"
#include "bridge/engine/arrive.h"
#include "bridge/engine/send.h"
#include "bridge/store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 1000 };

struct engine_options core_fixture_options(void)
{
    return (struct engine_options){.default_ttl_ms = 86400000,
                                   .lease_ms = 300000,
                                   .confirm_ms = 10000,
                                   .offline_grace_ms = 1000,
                                   .answer_wait_ms = 60000,
                                   .delivery_wait_ms = 3600000,
                                   .retry_delay_ms = 1000,
                                   .retries = 3,
                                   .cool_down_ms = 60000,
                                   .window_out = 20,
                                   .window_unaccepted = 10,
                                   .idempotency_keep_ms = 3600000,
                                   .telemetry_interval_ms = 60000,
                                   .pairing_ttl_ms = 600000,
                                   .pairings_max = 3,
                                   .token_ttl_ms = 900000,
                                   .token_refresh_ms = 7200000,
                                   .queue_max = 64,
                                   .cache_messages = 64,
                                   .bridge_name = "bridge",
                                   .stop_words = "STOP",
                                   .start_words = "START",
                                   .help_words = "HELP",
                                   .stop_answer = "",
                                   .start_answer = "",
                                   .help_answer = "",
                                   .suppress_codes = ""};
}

int core_fixture_set_up(void **state)
{
    const struct engine_options options = core_fixture_options();
    return core_fixture_start(state, &options, CORE_FIXTURE_START_MS);
}

int core_fixture_start(void **state, const struct engine_options *options, int64_t now)
{
    struct core_fixture *fixture = calloc(1, sizeof(*fixture));
    const struct outlets outlets = {0};
    const char *why;
    assert_non_null(fixture);
    assert_int_equal(fixture_set_up((void **)&fixture->store), 0);
    snprintf(fixture->roster_path, sizeof(fixture->roster_path), "%s/roster.db", fixture->store->folder);
    struct engine_options own = *options;
    own.roster_path = fixture->roster_path;
    fixture->engine = engine_new(fixture->store->store, &own, &outlets, &why);
    assert_non_null(fixture->engine);
    fixture->core = engine_core(fixture->engine);
    fixture->core->now = now;
    store_begin(fixture->store->store);
    fleet_set_link(fixture->core->fleet, true, fixture->core->now);
    *state = fixture;
    return 0;
}

static void commit(struct core *core)
{
    assert_false(core->broken);
    cache_flush(core->cache, core->store);
    assert_int_equal(store_commit(core->store), STORE_OK);
}

static void end_batch(struct core *core)
{
    commit(core);
    effects_fail(&core->effects, COMMAND_UNAVAILABLE); // nobody is there to take them
}

int core_fixture_tear_down(void **state)
{
    struct core_fixture *fixture = *state;
    end_batch(fixture->core);
    engine_free(fixture->engine);
    int code = fixture_tear_down((void **)&fixture->store);
    free(fixture);
    return code;
}

void core_fixture_batch(struct core_fixture *fixture)
{
    core_settle(fixture->core);
    end_batch(fixture->core);
    store_begin(fixture->core->store);
}

void core_fixture_pass(struct core_fixture *fixture, int64_t ms)
{
    struct core *core = fixture->core;
    core_fixture_batch(fixture);
    core->now += ms;
    core_settle(core);
    commit(core);
    store_begin(core->store);
}

void core_fixture_reload(struct core_fixture *fixture)
{
    end_batch(fixture->core);
    store_begin(fixture->core->store);
    assert_true(core_load(fixture->core));
    fleet_set_link(fixture->core->fleet, true, fixture->core->now);
}

void core_fixture_add_device(struct core_fixture *fixture, const char *id)
{
    struct command *command = command_new(COMMAND_DEVICE_ADD, ORIGIN_NONE, 1);
    snprintf(command->device.id, sizeof(command->device.id), "%s", id);
    admin_device_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

void core_fixture_status(struct core_fixture *fixture, const char *id, struct wire_status status)
{
    struct command *command = command_new(COMMAND_STATUS, ORIGIN_NONE, 0);
    snprintf(command->status_report.device, DEVICE_ID_SIZE, "%s", id);
    command->status_report.text = strdup("{}");
    status.journal = "j1";
    status.oldest = status.next = 1;
    if (status.at == 0)
        status.at = fixture->core->now;
    command->status_report.status = status;
    arrive_status(fixture->core, command);
    command_free(command);
}

struct command *core_fixture_text(const char *to)
{
    struct command *command = command_new(COMMAND_SEND, ORIGIN_NONE, 1);
    assert_non_null(command);
    command->send.to = calloc(1, sizeof(*command->send.to));
    assert_non_null(command->send.to);
    snprintf(command->send.to[0], NUMBER_SIZE, "%s", to != NULL ? to : "+4915112345678");
    command->send.count = 1;
    command->send.text = strdup("hello");
    command->send.parts = 1;
    command->send.lane = LANE_NORMAL;
    command->send.qos = 1;
    return command;
}

struct message *core_fixture_send_take(struct core *core, struct command *command)
{
    send_apply(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    struct message *message = cache_get(core->cache, core->store, 1, command->send.messages[0].id);
    command_free(command);
    assert_non_null(message);
    return message;
}

int core_fixture_events(struct core_fixture *fixture, int64_t kind, char reason[REASON_SIZE])
{
    static struct event_view events[EVENTS_MAX];
    size_t count;
    int found = 0;
    core_fixture_pass(fixture, 0); // readers see what is committed
    assert_int_equal(query_events(fixture_query(fixture->store), events, EVENTS_MAX, &count, 0), QUERY_OK);
    assert_true(count < EVENTS_MAX);
    reason[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (events[i].event.kind == kind) {
            found++;
            snprintf(reason, REASON_SIZE, "%s", events[i].event.reason);
        }
    return found;
}

int64_t core_fixture_number(struct core_fixture *fixture, const char *query)
{
    enum store_status status;
    core_fixture_pass(fixture, 0);
    struct db *db = db_open(fixture->store->path, DB_READER, 1000, &status);
    assert_non_null(db);
    struct db_statement *statement = db_prepare(db, query);
    assert_non_null(statement);
    assert_int_equal(db_step(statement), DB_ROW);
    int64_t number = db_int(statement, 0);
    db_finish(statement);
    db_close(db);
    return number;
}
