// Memory that runs out, and a store that fails, at every place in turn: requests and payloads of devices go
// through the API, the engine and the store, and the n-th allocation, or call of the driver, fails, for n =
// 1, 2, 3 and so on until all went well. Nothing may crash or leak, nothing be half done, nothing be said to
// be done that is not, and what comes next must work.
#include "tests/fuzz/fake_request.h"
#include "tests/unit/failing.h"
#include "tests/unit/failing_driver.h"
#include "tests/unit/gateway_steps.h"
#include "tests/unit/store_fixture.h"

#include "bridge/api/api.h"
#include "bridge/engine/core.h"
#include "bridge/link/link_internal.h"
#include "bridge/smsgate/smsgate.h"
#include "bridge/twilio/twilio.h"
#include "common/fnv1a.h"
#include "common/json_memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 2048,
    NEVER_MS = 10 * 86400000,
    ROOM = 1000000,
    ROOM_POSTS = 1000,
    TRIES_MAX = 5000,
    OUT_MAX = 40,
    TABLES = 64
};

// What can fail, and how.
struct way {
    const char *name;
    unsigned memory;          // bits of enum failing; 0 = the driver
    enum store_status driver; // with what
    bool for_good;
    int64_t stride; // only every so many places, as many calls are alike; SMSQUITTO_EVERY_PLACE tries all
};

static const struct way MEMORY = {"one allocation", FAILING_OURS, STORE_OK, false, 1};
static const struct way LOCKED = {"locked once", 0, STORE_BUSY, false, 3};
static const struct way FULL = {"disk full", 0, STORE_FULL, true, 7};
static const struct way DISK = {"one call of the disk", 0, STORE_IO, false, 5};

// What a batch did.
struct result {
    int status;             // of the answer, 0 = it could not be built
    char *text;             // owned: the answer
    int64_t rows[TABLES];   // that each table has more
    uint64_t content;       // of the store
    int publishes, posts;   // let out by the engine
    int64_t failed_commits; // in all
};

struct gateway {
    struct fixture *store;
    char roster_path[96];
    struct engine *engine;
    struct link *link;
    struct query *query;
    sqlite3 *look; // at what is committed
    const struct way *way;
    int64_t n; // the place that fails, 0 = none
    bool failed;
    struct command *answers;
    struct hook_result taken[ROOM_POSTS]; // deliveries that arrived, before the engine knows
    size_t taken_count;
    struct result now;
    int64_t tries;
    int findings;
};

static void on_answer(void *context, struct command *commands)
{
    struct gateway *gateway = context;
    assert_null(gateway->answers);
    gateway->answers = commands;
}

static void on_publish(void *context, struct publish *items)
{
    struct gateway *gateway = context;
    for (struct publish *item = items, *next; item != NULL; item = next) {
        next = item->next;
        gateway->now.publishes +=
            item->leaf == TOPIC_SEND || item->leaf == TOPIC_CANCEL || item->leaf == TOPIC_INBOX;
        publish_free(item);
    }
}

static void on_post(void *context, struct hook_post *posts)
{
    struct gateway *gateway = context;
    for (struct hook_post *post = posts, *next; post != NULL; post = next) {
        next = post->next;
        gateway->now.posts++;
        assert_true(gateway->taken_count < ROOM_POSTS);
        gateway->taken[gateway->taken_count++] = (struct hook_result){
            .job = post->job, .webhook = post->webhook, .status = 204, .took_ms = 1, .arrived = true};
        hook_post_free(post);
    }
}

static void on_roster(void *context, const char *kick)
{
    (void)context, (void)kick;
}

static void on_nothing(void *context)
{
    (void)context;
}

static void on_fed(void *context, int64_t last_event)
{
    (void)context, (void)last_event;
}

static int set_up(void **state)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    static const struct link_options link_options = {.socket_path = "", .name = "bridge", .key = ""};
    const char *why;
    assert_non_null(gateway);
    assert_int_equal(fixture_set_up((void **)&gateway->store), 0);
    snprintf(gateway->roster_path, sizeof(gateway->roster_path), "%s/roster.db", gateway->store->folder);
    const struct engine_options options = {
        .default_ttl_ms = NEVER_MS,
        .lease_ms = NEVER_MS,
        .confirm_ms = NEVER_MS,
        .offline_grace_ms = NEVER_MS,
        .answer_wait_ms = NEVER_MS,
        .delivery_wait_ms = NEVER_MS,
        .retry_delay_ms = NEVER_MS,
        .retries = 3,
        .cool_down_ms = NEVER_MS,
        .window_out = ROOM,
        .window_unaccepted = ROOM,
        .idempotency_keep_ms = NEVER_MS,
        .telemetry_interval_ms = 60000,
        .pairing_ttl_ms = NEVER_MS,
        .pairings_max = ROOM,
        .token_ttl_ms = NEVER_MS,
        .token_refresh_ms = NEVER_MS,
        .queue_max = 64,
        .cache_messages = 64,
        .hook_delays_ms = {NEVER_MS},
        .hook_delays = 1,
        .hook_pause_after = ROOM,
        .hook_probe_ms = NEVER_MS,
        .hook_give_up_ms = NEVER_MS,
        .hook_keep_ms = NEVER_MS,
        .hook_keep_dead_ms = NEVER_MS,
        .hook_waiting_max = ROOM,
        .otp_checks = ROOM,
        .otp_keep_ms = NEVER_MS,
        .stop_words = "STOP",
        .start_words = "START",
        .help_words = "HELP",
        .stop_answer = "You get no more texts.",
        .start_answer = "",
        .help_answer = "",
        .suppress_codes = "landline",
        .roster_path = gateway->roster_path,
        .bridge_name = "bridge",
    };
    const struct outlets outlets = {.http = gateway,
                                    .answer = on_answer,
                                    .link = gateway,
                                    .publish = on_publish,
                                    .roster_changed = on_roster,
                                    .states_lost = on_nothing,
                                    .hooks = gateway,
                                    .post = on_post,
                                    .feed = gateway,
                                    .fed = on_fed,
                                    .keys_changed = on_nothing};
    gateway->engine = engine_new(gateway->store->store, &options, &outlets, &why);
    CHECK(gateway->engine != NULL, "%s", why);
    gateway->link = link_new(&link_options);
    assert_non_null(gateway->link);
    gateway->link->engine = gateway->engine;
    gateway->query = query_open(gateway->store->path);
    assert_non_null(gateway->query);
    assert_int_equal(sqlite3_open(gateway->store->path, &gateway->look), SQLITE_OK);
    *state = gateway;
    return 0;
}

static int tear_down(void **state)
{
    struct gateway *gateway = *state;
    sqlite3_close(gateway->look);
    query_close(gateway->query);
    link_free(gateway->link);
    engine_free(gateway->engine);
    int code = fixture_tear_down((void **)&gateway->store);
    free(gateway->now.text);
    free(gateway);
    return code;
}

// From here on things fail, if they are to.
static void arm(void *context)
{
    struct gateway *gateway = context;
    const struct way *way = gateway->way;
    if (gateway->n == 0)
        return;
    if (way->memory != 0)
        failing_begin(way->memory, gateway->n, way->for_good);
    else
        failing_driver_begin(way->driver, gateway->n, way->for_good);
}

static void disarm(void *context)
{
    struct gateway *gateway = context;
    bool memory = failing_end(), driver = failing_driver_end();
    gateway->failed = gateway->n != 0 && (gateway->way->memory != 0 ? memory : driver);
}

static struct command *apply(void *context, struct command *command)
{
    struct gateway *gateway = context;
    assert_true(engine_submit(gateway->engine, command));
    engine_turn(gateway->engine);
    struct command *answer = gateway->answers;
    gateway->answers = NULL;
    CHECK(answer == command && answer->next == NULL, "not the answer to the command");
    return answer;
}

static void answer(void *context, int status, const char *text)
{
    struct gateway *gateway = context;
    gateway->now.status = text != NULL ? status : 0;
    free(gateway->now.text);
    gateway->now.text = text != NULL ? strdup(text) : NULL;
}

// What an upkeep does when there is time is no part of what is asked for: figures, and what removed webhooks
// leave.
static const char *rows_of(const char *table)
{
    static const struct {
        const char *table, *rows;
    } SOME[] = {
        {"held_look", NULL},
        {"route_rest", NULL},
        {"stat", NULL},
        {"stat_mark", NULL},
        {"device_hour", NULL},
        {"device_vitals", NULL},
        {"otp_hour", NULL},
        {"webhook", "webhook WHERE removed_at IS NULL"},
        {"hook_job", "hook_job WHERE webhook IN (SELECT n FROM webhook WHERE removed_at IS NULL)"},
    };
    for (size_t i = 0; i < COUNT(SOME); i++)
        if (strcmp(table, SOME[i].table) == 0)
            return SOME[i].rows;
    return strncmp(table, "sqlite_", strlen("sqlite_")) != 0 ? table : NULL;
}

static void look_at_table(struct gateway *gateway, const char *table, int64_t *count)
{
    sqlite3_stmt *rows;
    char sql[128];
    if (rows_of(table) == NULL)
        return;
    snprintf(sql, sizeof(sql), "SELECT * FROM %s", rows_of(table));
    assert_int_equal(sqlite3_prepare_v2(gateway->look, sql, -1, &rows, NULL), SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        uint64_t hash = fnv1a(table);
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const void *bytes = sqlite3_column_blob(rows, i);
            hash = fnv1a_add(hash, &i, sizeof(i));
            hash = fnv1a_add(hash, bytes, (size_t)sqlite3_column_bytes(rows, i));
        }
        ++*count;
        gateway->now.content += hash; // in any order
    }
    sqlite3_finalize(rows);
}

static int64_t commit_failures(const struct gateway *gateway)
{
    struct engine_metrics metrics;
    engine_metrics(gateway->engine, &metrics);
    return metrics.commit_failures;
}

// Begins to count what a batch does, from what the store has.
static void look(struct gateway *gateway)
{
    sqlite3_stmt *tables;
    size_t table = 0;
    free(gateway->now.text);
    gateway->now = (struct result){0};
    assert_int_equal(sqlite3_prepare_v2(gateway->look, "SELECT name FROM sqlite_schema WHERE type = 'table'",
                                        -1, &tables, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(tables) == SQLITE_ROW; table++) {
        const char *name = (const char *)sqlite3_column_text(tables, 0);
        assert_true(table < TABLES);
        look_at_table(gateway, name, &gateway->now.rows[table]);
    }
    sqlite3_finalize(tables);
    gateway->now.failed_commits = commit_failures(gateway);
}

// Receivers take what is posted to them, until nothing is left to do; a look through old messages comes to
// its end.
static void settle(struct gateway *gateway)
{
    do
        engine_turn(gateway->engine);
    while (engine_core(gateway->engine)->backfillings != NULL);
    for (int turns = 0; gateway->taken_count > 0; turns++) {
        struct command *command = command_new(COMMAND_HOOK_RESULTS, ORIGIN_NONE, 0);
        size_t bytes = gateway->taken_count * sizeof(gateway->taken[0]);
        assert_non_null(command);
        command->hook_results.items = malloc(bytes);
        assert_non_null(command->hook_results.items);
        memcpy(command->hook_results.items, gateway->taken, bytes);
        command->hook_results.count = gateway->taken_count;
        gateway->taken_count = 0;
        assert_true(engine_submit(gateway->engine, command));
        engine_turn(gateway->engine);
        assert_true(turns < ROOM);
    }
}

// The first column of the first row that a query has, "" = none.
static void ask_store(struct gateway *gateway, char *out, size_t size, const char *sql)
{
    sqlite3_stmt *rows;
    CHECK(sqlite3_prepare_v2(gateway->look, sql, -1, &rows, NULL) == SQLITE_OK, "%s: %s", sql,
          sqlite3_errmsg(gateway->look));
    bool found = sqlite3_step(rows) == SQLITE_ROW && sqlite3_column_text(rows, 0) != NULL;
    snprintf(out, size, "%s", found ? (const char *)sqlite3_column_text(rows, 0) : "");
    sqlite3_finalize(rows);
}

// Writes a text of the table below: # is a number that no other has, and <SQL> what that query finds.
static void fill_in(struct gateway *gateway, char out[TEXT_MAX], const char *text)
{
    size_t used = 0;
    for (const char *at = text; *at != '\0'; at++) {
        char value[256] = {*at, '\0'}, sql[256];
        if (*at == '#')
            snprintf(value, sizeof(value), "%lld", 10000 + (long long)gateway->tries);
        else if (*at == '<') {
            size_t length = strcspn(at + 1, ">");
            snprintf(sql, sizeof(sql), "%.*s", (int)length, at + 1);
            ask_store(gateway, value, sizeof(value), sql);
            at += length + 1;
        }
        used += (size_t)snprintf(out + used, TEXT_MAX - used, "%s", value);
        assert_true(used < TEXT_MAX);
    }
}

static void receive(struct gateway *gateway, char *text)
{
    char *payload = strchr(text, '\n') + 1;
    payload[-1] = '\0';
    const struct mosquitto_message message = {
        .topic = text, .payload = payload, .payloadlen = (int)strlen(payload)};
    arm(gateway);
    link_receive(gateway->link, &message);
    engine_turn(gateway->engine);
    disarm(gateway);
}

static bool is_payload(const char *text)
{
    return strncmp(text, "sms/", 4) == 0 || text[0] == '$';
}

// One request, or payload of the broker; the outcome is in now.
static void run(struct gateway *gateway, const char *text)
{
    const struct http_face *const faces[] = {smsgate_face(), twilio_messages_face(), twilio_verify_face(),
                                             NULL};
    const struct fake_request_peer peer = {gateway, arm, disarm, apply, answer};
    char filled[TEXT_MAX];
    size_t count;
    const struct http_route *routes = api_routes(&count);
    gateway->tries++;
    fill_in(gateway, filled, text);
    look(gateway);
    if (is_payload(text))
        receive(gateway, filled);
    else
        CHECK(fake_request_run(routes, count, faces, gateway->query, &peer, filled, strlen(filled)),
              "no request: %s", filled);
}

// The phone is there, as it is after a reload, when the link tells again.
static void recover(struct gateway *gateway)
{
    engine_turn(gateway->engine);
    gateway->link->state_refused = false;
    link_tell(gateway->link, true);
    gateway->n = 0;
    run(gateway, gateway_online);
    run(gateway, gateway_hello);
    settle(gateway);
}

// The phone has sent what it was given, before that is too much for it.
static void make_room(struct gateway *gateway)
{
    while (fleet_device_by_id(engine_core(gateway->engine)->fleet, "phone")->out > OUT_MAX)
        run(gateway, gateway_sent);
}

// Notes a promise that does not hold, so that one run shows all that do not.
#define FIND(holds, ...)                                                                                     \
    do {                                                                                                     \
        if (!(holds)) {                                                                                      \
            gateway->findings++;                                                                             \
            print_error(__VA_ARGS__);                                                                        \
            print_error("\n");                                                                               \
        }                                                                                                    \
    } while (0)

static void check_trial(struct gateway *gateway, const struct step *step, const struct result *clean,
                        const struct result *before, struct result *was)
{
    bool changed = gateway->now.content != before->content, same = was->status == clean->status;
    bool commit_failed = gateway->now.failed_commits != before->failed_commits;
    size_t table = 0;
    while (table + 1 < TABLES && gateway->now.rows[table] - before->rows[table] == clean->rows[table])
        table++;
    int64_t rows = gateway->now.rows[table] - before->rows[table];
#define BAD                                                                                                  \
    "%s, place %lld of: %.60s: answered %d (%d), %lld rows of table %zu (%lld), %d publishes (%d), %d "      \
    "posts (%d): %.200s"
#define SAID                                                                                                 \
    gateway->way->name, (long long)gateway->n, step->text, was->status, clean->status, (long long)rows,      \
        table, (long long)clean->rows[table], was->publishes, clean->publishes, was->posts, clean->posts,    \
        was->text != NULL ? was->text : ""
    FIND(same || was->status == 0 || was->status == 500 || was->status == 503, "another answer: " BAD, SAID);
    if (changed) {
        FIND(same || was->status == 0 || was->status == 500, "refused, but done: " BAD, SAID);
        FIND(rows == clean->rows[table], "done in part: " BAD, SAID);
        FIND(was->publishes == clean->publishes && was->posts == clean->posts, "nobody is told: " BAD, SAID);
    } else {
        FIND(strstr(step->text, "\"online\"") == NULL || commit_failed || gateway->link->state_refused,
             "who is there is forgotten: " BAD, SAID);
        FIND(is_payload(step->text) || !same || was->status == 0 || clean->content == 0,
             "not done, but said to be: " BAD, SAID);
        FIND(!same || clean->content != 0 || was->text == NULL || is_payload(step->text) ||
                 strcmp(was->text, clean->text) == 0,
             "another answer: " BAD, SAID);
        FIND(was->publishes == 0 || clean->content == 0, "told, but not done: " BAD, SAID);
    }
}

static void try_step(struct gateway *gateway, const struct step *step)
{
    struct result clean = {0};
    int64_t stride = getenv("SMSQUITTO_EVERY_PLACE") != NULL ? 1 : gateway->way->stride;
    gateway->failed = true;
    for (gateway->n = 0; gateway->n == 0 || gateway->failed; gateway->n += gateway->n == 0 ? 1 : stride) {
        int64_t n = gateway->n;
        gateway->n = 0;
        make_room(gateway);
        if (step->first != NULL)
            run(gateway, step->first);
        if (step->before[0] != '\0')
            run(gateway, step->before);
        settle(gateway);
        gateway->n = n;
        run(gateway, step->text);
        struct result before = gateway->now, was = gateway->now;
        bool failed = gateway->failed;
        gateway->n = 0;
        gateway->now.text = NULL;
        if (commit_failures(gateway) == before.failed_commits && strncmp(step->text, "GET", 3) != 0)
            settle(gateway); // what could not be told at once is told soon
        was.publishes = gateway->now.publishes;
        was.posts = gateway->now.posts;
        look(gateway);
        if (n == 0) {
            clean = was;
            for (size_t i = 0; i < TABLES; i++)
                clean.rows[i] = gateway->now.rows[i] - before.rows[i];
            clean.content = gateway->now.content - before.content;
            gateway->failed = true;
            FIND(is_payload(step->text) || (clean.status >= 200 && clean.status < 300), "not well: %s: %d %s",
                 step->text, clean.status, clean.text != NULL ? clean.text : "");
            FIND(strncmp(step->text, "GET", 3) == 0 || clean.content != 0 ||
                     strstr(step->text, "preview") != NULL,
                 "does nothing: %s", step->text);
        } else {
            gateway->n = n;
            check_trial(gateway, step, &clean, &before, &was);
            if (gateway->now.failed_commits != before.failed_commits || gateway->link->state_refused)
                recover(gateway);
            free(was.text);
            gateway->failed = failed;
        }
        gateway->n = n;
        assert_true(n < TRIES_MAX);
    }
    free(clean.text);
}

static void try_all(void **state, const struct way *way)
{
    struct gateway *gateway = *state;
    gateway->way = way;
    run(gateway, gateway_add_phone);
    assert_int_equal(gateway->now.status, 201);
    run(gateway, gateway_add_away);
    assert_int_equal(gateway->now.status, 201);
    recover(gateway);
    run(gateway, "POST /v1/webhooks\n\n{\"url\":\"https://app.example/sms\"}");
    assert_int_equal(gateway->now.status, 201);
    for (size_t i = 0; i < gateway_steps_count; i++)
        try_step(gateway, &gateway_steps[i]);
    CHECK(gateway->findings == 0, "%d findings", gateway->findings);
}

static void test_memory_runs_out(void **state)
{
    try_all(state, &MEMORY);
}

static void test_store_is_locked(void **state)
{
    try_all(state, &LOCKED);
}

static void test_disk_is_full(void **state)
{
    try_all(state, &FULL);
}

static void test_disk_fails(void **state)
{
    try_all(state, &DISK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_memory_runs_out),
        CASE(test_store_is_locked),
        CASE(test_disk_is_full),
        CASE(test_disk_fails),
    };
    failing_install();
    json_memory_watch();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
