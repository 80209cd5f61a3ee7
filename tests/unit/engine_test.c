// The engine as its neighbours use it: commands in, answers and publishes out, over a real store in a fresh
// folder.
#include "bridge/engine/engine.h"
#include "common/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_S = 10 };

struct world {
    char folder[64], store_path[96], roster_path[96];
    struct store *store;
    struct engine *engine;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct command *answers;   // given back, newest first
    struct publish *publishes; // in order
    struct hook_post *posts;   // in order
    bool states_lost;
};

static void on_answer(void *context, struct command *commands)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    for (struct command *next; commands != NULL; commands = next) {
        next = commands->next;
        commands->next = world->answers;
        world->answers = commands;
    }
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void on_publish(void *context, struct publish *items)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    struct publish **end = &world->publishes;
    while (*end != NULL)
        end = &(*end)->next;
    *end = items;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void on_roster(void *context, const char *kick)
{
    (void)context, (void)kick;
}

static void on_states_lost(void *context)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    world->states_lost = true;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void on_post(void *context, struct hook_post *posts)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    struct hook_post **end = &world->posts;
    while (*end != NULL)
        end = &(*end)->next;
    *end = posts;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void on_fed(void *context, int64_t last_event)
{
    (void)context, (void)last_event;
}

static void on_keys(void *context)
{
    (void)context;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    enum store_status status;
    const char *why;
    snprintf(world->folder, sizeof(world->folder), "/tmp/smsq-engine-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->store_path, sizeof(world->store_path), "%s/db", world->folder);
    snprintf(world->roster_path, sizeof(world->roster_path), "%s/roster.db", world->folder);
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->store = store_open(world->store_path, 1000, &status);
    assert_non_null(world->store);
    const struct engine_options options = {
        .default_ttl_ms = 3600000,
        .lease_ms = 60000,
        .confirm_ms = 60000,
        .offline_grace_ms = 1000,
        .answer_wait_ms = 1000,
        .delivery_wait_ms = 3600000,
        .retry_delay_ms = 3600000,
        .retries = 3,
        .cool_down_ms = 3600000,
        .window_out = 2,
        .window_unaccepted = 2,
        .idempotency_keep_ms = 3600000,
        .telemetry_interval_ms = 60000,
        .queue_max = 64,
        .cache_messages = 64,
        .roster_path = world->roster_path,
        .bridge_name = "bridge",
        .stop_words = "STOP",
        .start_words = "START",
        .help_words = "HELP",
        .stop_answer = "stopped",
        .start_answer = "",
        .help_answer = "",
        .suppress_codes = "landline",
    };
    const struct outlets outlets = {.http = world,
                                    .answer = on_answer,
                                    .link = world,
                                    .publish = on_publish,
                                    .roster_changed = on_roster,
                                    .states_lost = on_states_lost,
                                    .hooks = world,
                                    .post = on_post,
                                    .feed = world,
                                    .fed = on_fed,
                                    .keys_changed = on_keys};
    world->engine = engine_new(world->store, &options, &outlets, &why);
    assert_non_null(world->engine);
    assert_true(engine_start(world->engine));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    char command[96];
    engine_stop(world->engine);
    engine_free(world->engine);
    store_close(world->store);
    for (struct publish *item = world->publishes, *next; item != NULL; item = next) {
        next = item->next;
        publish_free(item);
    }
    snprintf(command, sizeof(command), "rm -rf %s", world->folder);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

static struct timespec deadline(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += WAIT_S;
    return at;
}

// Submits and waits for the answer, which is the caller's.
static struct command *ask(struct world *world, struct command *command)
{
    struct timespec until = deadline();
    command->origin = ORIGIN_HTTP;
    command->account = 1;
    assert_true(engine_submit(world->engine, command));
    pthread_mutex_lock(&world->lock);
    while (world->answers == NULL)
        assert_int_equal(pthread_cond_timedwait(&world->changed, &world->lock, &until), 0);
    struct command *answer = world->answers;
    world->answers = answer->next;
    pthread_mutex_unlock(&world->lock);
    assert_ptr_equal(answer, command);
    return answer;
}

// Takes the next published payload of that kind; fails when none comes.
static struct publish *published(struct world *world, enum topic_leaf leaf)
{
    struct timespec until = deadline();
    pthread_mutex_lock(&world->lock);
    for (;;) {
        for (struct publish **link = &world->publishes; *link != NULL; link = &(*link)->next)
            if ((*link)->leaf == leaf) {
                struct publish *item = *link;
                *link = item->next;
                pthread_mutex_unlock(&world->lock);
                return item;
            }
        assert_int_equal(pthread_cond_timedwait(&world->changed, &world->lock, &until), 0);
    }
}

static void tell(struct world *world, struct command *command)
{
    assert_true(engine_submit(world->engine, command));
}

static void add_device(struct world *world, const char *id)
{
    struct command *command = command_new(COMMAND_DEVICE_ADD, ORIGIN_HTTP, 1);
    snprintf(command->device.id, sizeof(command->device.id), "%s", id);
    snprintf(command->device.name, sizeof(command->device.name), "%s", id);
    command = ask(world, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void say_hello(struct world *world, const char *id)
{
    struct command *up = command_new(COMMAND_LINK, ORIGIN_NONE, 0);
    struct command *hello = command_new(COMMAND_STATUS, ORIGIN_NONE, 0);
    up->link.up = true;
    tell(world, up);
    snprintf(hello->status_report.device, DEVICE_ID_SIZE, "%s", id);
    hello->status_report.status =
        (struct wire_status){.hello = true, .journal = "j1", .oldest = 1, .next = 1, .at = clock_wall_ms()};
    hello->status_report.text = strdup("{}");
    tell(world, hello);
}

static struct command *send_text(const char *to, int64_t qos)
{
    struct command *command = command_new(COMMAND_SEND, ORIGIN_HTTP, 1);
    command->send.to = calloc(1, sizeof(*command->send.to));
    snprintf(command->send.to[0], NUMBER_SIZE, "%s", to);
    command->send.count = 1;
    command->send.text = strdup("hello");
    command->send.parts = 1;
    command->send.lane = LANE_NORMAL;
    command->send.qos = qos;
    command->send.report = true;
    return command;
}

// Sends one text; writes its id.
static enum state sent_text(struct world *world, char id[ID_SIZE], int64_t qos)
{
    struct command *command = ask(world, send_text("+4915112345678", qos));
    assert_int_equal(command->status, COMMAND_OK);
    enum state state = command->send.messages[0].state;
    memcpy(id, command->send.messages[0].id, ID_SIZE);
    command_free(command);
    return state;
}

static void report(struct world *world, const char *device, const struct wire_report *item)
{
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    snprintf(command->reports.device, DEVICE_ID_SIZE, "%s", device);
    command->reports.reports = (struct wire_reports){.journal = "j1", .count = 1};
    command->reports.reports.items[0] = *item;
    tell(world, command);
}

// The message as it is now: a withdrawal of what is final changes nothing and shows it.
static struct command *look(struct world *world, const char *id)
{
    struct command *command = command_new(COMMAND_CANCEL, ORIGIN_HTTP, 1);
    memcpy(command->cancel.id, id, ID_SIZE);
    return ask(world, command);
}

static void assert_state(struct world *world, const char *id, enum state state)
{
    struct command *command = look(world, id);
    assert_string_equal(state_name(command->cancel.message.state), state_name(state));
    command_free(command);
}

static int64_t bad_reports(struct world *world)
{
    struct engine_metrics metrics;
    engine_metrics(world->engine, &metrics);
    return metrics.bad_reports;
}

static void test_text_without_a_device_is_held_with_its_reason(void **state)
{
    struct world *world = *state;
    struct command *command = ask(world, send_text("+4915112345678", 1));
    assert_int_equal(command->send.messages[0].state, STATE_HELD);
    assert_string_equal(command->send.messages[0].reason, "no_device");
    assert_string_not_equal(command->send.messages[0].detail, "");
    command_free(command);
}

static void test_held_text_goes_to_the_device_that_comes(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];
    add_device(world, "one");
    assert_int_equal(sent_text(world, id, 1), STATE_HELD);
    say_hello(world, "one");
    struct publish *item = published(world, TOPIC_SEND);
    assert_string_equal(item->send.id, id);
    assert_string_equal(item->device, "one");
    assert_int_equal(item->send.lease, 1);
    publish_free(item);
}

static void test_states_only_move_forward(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];
    add_device(world, "one");
    say_hello(world, "one");
    sent_text(world, id, 1);
    publish_free(published(world, TOPIC_SEND));
    report(world, "one", &(struct wire_report){.seq = 1, .id = id, .lease = 1, .state = STATE_DELIVERED});
    assert_state(world, id, STATE_DELIVERED);
    report(world, "one", &(struct wire_report){.seq = 2, .id = id, .lease = 1, .state = STATE_ACCEPTED});
    report(world, "one", &(struct wire_report){.seq = 3, .id = id, .lease = 1, .state = STATE_FAILED});
    assert_state(world, id, STATE_DELIVERED);
}

static void test_reports_count_only_from_the_holder_and_its_lease(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];
    add_device(world, "one");
    add_device(world, "two");
    say_hello(world, "one");
    sent_text(world, id, 1);
    publish_free(published(world, TOPIC_SEND));
    report(world, "two", &(struct wire_report){.seq = 1, .id = id, .lease = 1, .state = STATE_DELIVERED});
    report(world, "one", &(struct wire_report){.seq = 1, .id = id, .lease = 2, .state = STATE_DELIVERED});
    struct command *command = look(world, id);
    assert_true(command->cancel.message.cancelling); // still out: the device is asked
    assert_int_equal(command->cancel.message.state, STATE_QUEUED);
    command_free(command);
    assert_int_equal(bad_reports(world), 2);
}

static void test_temporary_failure_waits_and_permanent_failure_ends(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];
    struct wire_report failure = {.seq = 1,
                                  .id = id,
                                  .lease = 1,
                                  .state = STATE_FAILED,
                                  .error_kind = WIRE_ERROR_PERMANENT,
                                  .error_code = "unknown_number"};
    add_device(world, "one");
    say_hello(world, "one");
    sent_text(world, id, 1);
    report(world, "one", &failure);
    assert_state(world, id, STATE_FAILED);
    sent_text(world, id, 1);
    failure.seq = 2;
    failure.error_kind = WIRE_ERROR_TEMPORARY;
    report(world, "one", &failure);
    struct command *command = look(world, id); // held, so that it is withdrawn at once
    assert_int_equal(command->cancel.message.state, STATE_CANCELLED);
    assert_int_equal(command->cancel.message.attempts, 1);
    command_free(command);
}

static void test_window_bounds_what_a_device_holds(void **state)
{
    struct world *world = *state;
    char ids[3][ID_SIZE];
    add_device(world, "one");
    say_hello(world, "one");
    for (int i = 0; i < 3; i++)
        sent_text(world, ids[i], 1);
    publish_free(published(world, TOPIC_SEND));
    publish_free(published(world, TOPIC_SEND));
    report(world, "one", &(struct wire_report){.seq = 1, .id = ids[0], .lease = 1, .state = STATE_SENT});
    struct publish *third = published(world, TOPIC_SEND);
    assert_string_equal(third->send.id, ids[2]);
    publish_free(third);
}

static void test_known_idempotency_key_gives_the_same_message(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];
    struct command *command = send_text("+4915112345678", 1);
    snprintf(command->send.idempotency_key, IDEMPOTENCY_KEY_SIZE, "k");
    command = ask(world, command);
    memcpy(id, command->send.messages[0].id, ID_SIZE);
    command_free(command);
    command = send_text("+4915112345678", 1);
    snprintf(command->send.idempotency_key, IDEMPOTENCY_KEY_SIZE, "k");
    command = ask(world, command);
    assert_int_equal(command->status, COMMAND_REPLAYED);
    assert_string_equal(command->send.messages[0].id, id);
    command_free(command);
    command = send_text("+4915112345679", 1);
    snprintf(command->send.idempotency_key, IDEMPOTENCY_KEY_SIZE, "k");
    command->send.request_hash[0] = 1;
    command = ask(world, command);
    assert_int_equal(command->status, COMMAND_KEY_REUSED);
    command_free(command);
}

static void test_inbound_text_that_comes_twice_is_one(void **state)
{
    struct world *world = *state;
    struct engine_metrics metrics;
    add_device(world, "one");
    say_hello(world, "one");
    for (int i = 0; i < 2; i++) {
        struct command *command = command_new(COMMAND_INBOUND, ORIGIN_NONE, 0);
        snprintf(command->inbound.device, DEVICE_ID_SIZE, "one");
        command->inbound.inbounds = (struct wire_inbounds){.journal = "j1", .count = 1};
        command->inbound.inbounds.items[0] = (struct wire_inbound){.seq = i + 1,
                                                                   .uid = "u1",
                                                                   .from = "+4915112345678",
                                                                   .text = "hi",
                                                                   .received_at = clock_wall_ms()};
        tell(world, command);
    }
    struct publish *receipt = published(world, TOPIC_RECEIPT);
    while (receipt->receipt.up_to < 2) {
        publish_free(receipt);
        receipt = published(world, TOPIC_RECEIPT);
    }
    publish_free(receipt);
    engine_metrics(world->engine, &metrics);
    assert_int_equal(metrics.moves[STATE_RECEIVED], 1);
    assert_int_equal(metrics.commit_failures, 0);
}

static void test_states_are_asked_for_again_after_the_store_was_locked(void **state)
{
    struct world *world = *state;
    struct timespec until = deadline();
    sqlite3 *other;
    add_device(world, "one");
    say_hello(world, "one");
    assert_false(world->states_lost);
    assert_int_equal(sqlite3_open(world->store_path, &other), SQLITE_OK);
    sqlite3_busy_timeout(other, WAIT_S * 1000);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct command *command = ask(world, send_text("+4915112345678", 2));
    assert_int_equal(command->status, COMMAND_UNAVAILABLE);
    command_free(command);
    sqlite3_close(other);
    pthread_mutex_lock(&world->lock);
    while (!world->states_lost)
        assert_int_equal(pthread_cond_timedwait(&world->changed, &world->lock, &until), 0);
    pthread_mutex_unlock(&world->lock);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_text_without_a_device_is_held_with_its_reason),
        TEST(test_held_text_goes_to_the_device_that_comes),
        TEST(test_states_only_move_forward),
        TEST(test_reports_count_only_from_the_holder_and_its_lease),
        TEST(test_temporary_failure_waits_and_permanent_failure_ends),
        TEST(test_window_bounds_what_a_device_holds),
        TEST(test_known_idempotency_key_gives_the_same_message),
        TEST(test_inbound_text_that_comes_twice_is_one),
        TEST(test_states_are_asked_for_again_after_the_store_was_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
