// The bridge's database, damaged: it is refused, or the engine starts on it, does its rounds, and every page
// of the API can be read. Rows may say anything that their columns can hold.
#include "bridge/api/api.h"
#include "bridge/config.h"
#include "bridge/engine/core.h"
#include "bridge/engine/dispatch.h"
#include "bridge/engine/due.h"
#include "bridge/store/limit.h"
#include "bridge/store/schedule.h"
#include "bridge/store/store_pools.h"
#include "bridge/store/webhook.h"
#include "tests/fuzz/damaged_file.h"
#include "tests/fuzz/fake_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 100, ROUNDS = 4 };

static const int64_t NOW = 1700000000000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool done)
{
    if (!done)
        abort();
}

// One message in each of the states that the engine has to do something about.
static void put_messages(struct store *store)
{
    static const enum state STATES[] = {STATE_SCHEDULED,  STATE_QUEUED, STATE_HELD,
                                        STATE_DISPATCHED, STATE_SENT,   STATE_FAILED};
    for (size_t i = 0; i < sizeof(STATES) / sizeof(STATES[0]); i++) {
        struct message message = {.n = (int64_t)i + 1,
                                  .account = 1,
                                  .peer = "+4915112345678",
                                  .text = (char *)"Hello",
                                  .metadata = (char *)"{\"order\":1}",
                                  .state = STATES[i],
                                  .lane = LANE_NORMAL,
                                  .qos = 1,
                                  .parts = 1,
                                  .want_report = true,
                                  .device = STATES[i] >= STATE_DISPATCHED ? 1 : 0,
                                  .lease = 1,
                                  .turn = STATES[i] == STATE_DISPATCHED ? TURN_OUT
                                          : STATES[i] == STATE_QUEUED   ? TURN_WAITS
                                                                        : TURN_NONE,
                                  .route = -1,
                                  .due_at = NOW + (int64_t)i,
                                  .expires_at = NOW + 3600000,
                                  .created_at = NOW - 1000,
                                  .updated_at = NOW - 1000};
        struct event event = {.n = (int64_t)i + 1,
                              .account = 1,
                              .kind = STATES[i],
                              .message = message.n,
                              .device = message.device,
                              .at = NOW};
        snprintf(message.id, sizeof(message.id), "SM018bcfe568017000800000000000000%zu", i + 1);
        must(store_message_add(store, &message) && store_event_add(store, &event));
    }
}

static void put_settings(struct store *store)
{
    const struct webhook hook = {.n = 1,
                                 .account = 1,
                                 .id = "WH018bcfe5680170008000000000000001",
                                 .name = "shop",
                                 .url = "https://a.example/",
                                 .events = -1,
                                 .signature = HOOK_SMSGATE,
                                 .secret = "secret",
                                 .created_at = NOW};
    const struct hook_job job = {
        .n = 1, .webhook = 1, .event = 1, .state = HOOK_WAITS, .due_at = NOW, .created_at = NOW};
    const struct schedule schedule = {.n = 1,
                                      .account = 1,
                                      .id = "SC018bcfe5680170008000000000000001",
                                      .name = "monday",
                                      .cron = "0 9 * * mon",
                                      .zone = "Europe/Berlin",
                                      .recipients = (char *)"+4915112345678 +4915112345679",
                                      .text = (char *)"Good week.",
                                      .own = (char *)"[null,{\"variables\":{\"name\":\"Ada\"}}]",
                                      .metadata = (char *)"{\"ref\":1}",
                                      .callback_url = (char *)"https://a.example/",
                                      .lane = LANE_BULK,
                                      .qos = 1,
                                      .next_at = NOW,
                                      .created_at = NOW};
    const struct sim_limit limit = {
        .device = 1, .slot = 1, .per_day = 100, .closes_min = 600, .zone = "Europe/Berlin", .day_at = NOW};
    const struct pool pool = {.n = 1,
                              .account = 1,
                              .id = "PO018bcfe5680170008000000000000001",
                              .name = "clinic",
                              .policy = POOL_PREFIX,
                              .created_at = NOW};
    const struct pool_member member = {.pool = 1, .device = 1, .sim = 1, .weight = 2, .prefixes = "+49 +43"};
    must(store_webhook_add(store, &hook) && store_hook_job_add(store, &job) &&
         store_schedule_add(store, &schedule));
    must(store_sim_limit_put(store, &limit) && store_pool_add(store, &pool) &&
         store_pool_member_put(store, &member));
}

static void make(const char *path)
{
    const struct account account = {
        .n = 1, .id = "AC0190f3c2a1b27c4d8e5f60718293a4b5", .name = "Shop", .created_at = NOW};
    const struct device device = {.n = 1,
                                  .account = 1,
                                  .id = "phone",
                                  .name = "A phone",
                                  .created_at = NOW,
                                  .online = true,
                                  .journal = "0123456789abcdef0123456789abcdef",
                                  .up_to = 5,
                                  .status = (char *)"{\"hello\":true,\"sims\":[{\"slot\":1}]}"};
    const struct app_key key = {.n = 1,
                                .account = 1,
                                .id = "SK018bcfe5680170008000000000000001",
                                .name = "app",
                                .scopes = 1,
                                .created_at = NOW};
    enum store_status status;
    struct store *store = store_open(path, BUSY_MS, &status);
    must(store != NULL);
    store_begin(store);
    must(store_account_add(store, &account) && store_device_add(store, &device) &&
         store_key_add(store, &key));
    put_messages(store);
    put_settings(store);
    must(store_commit(store) == STORE_OK);
    store_close(store);
}

static void run_rounds(struct core *core)
{
    core->now = NOW;
    for (int round = 0; round < ROUNDS; round++, core->now += 400000) {
        store_begin(core->store);
        fleet_set_link(core->fleet, true, core->now);
        due_messages(core);
        due_upkeep(core);
        dispatch_pump(core);
        cache_flush(core->cache, core->store);
        if (core->broken || store_commit(core->store) != STORE_OK) {
            effects_fail(&core->effects, COMMAND_UNAVAILABLE);
            cache_drop(core->cache);
            core->broken = false;
            (void)core_load(core);
        }
        effects_fail(&core->effects, COMMAND_UNAVAILABLE);
        effects_init(&core->effects);
    }
}

static void no_more(void *context)
{
    (void)context;
}

// Rows that are damaged may make an answer that cannot be built.
static void any_answer(void *context, int status, const char *text)
{
    (void)context, (void)status, (void)text;
}

static void read_pages(const char *path)
{
    static const char *const PAGES[] = {"/v1/messages?limit=50",
                                        "/v1/messages/SM018bcfe5680170008000000000000001",
                                        "/v1/devices",
                                        "/v1/devices/phone",
                                        "/v1/devices/phone/limits",
                                        "/v1/devices/phone/telemetry",
                                        "/v1/keys",
                                        "/v1/webhooks",
                                        "/v1/webhooks/WH018bcfe5680170008000000000000001/deliveries",
                                        "/v1/schedules",
                                        "/v1/pools",
                                        "/v1/pools/clinic/members",
                                        "/v1/queues",
                                        "/v1/queues/held",
                                        "/v1/account",
                                        "/v1/account/quiet-hours",
                                        "/v1/stats",
                                        "/v1/suppressions",
                                        "/v1/templates"};
    size_t count;
    const struct http_route *routes = api_routes(&count);
    const struct fake_request_peer peer = {NULL, no_more, no_more, NULL, any_answer};
    struct query *query = query_open(path);
    for (size_t i = 0; query != NULL && i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
        char text[128];
        int length = snprintf(text, sizeof(text), "GET %s\n\n", PAGES[i]);
        must(fake_request_run(routes, count, NULL, query, &peer, text, (size_t)length));
    }
    query_close(query);
}

static void start(struct store *store, const char *path)
{
    static const struct outlets outlets;
    static struct config config;
    struct setting_error error;
    char roster[DAMAGED_PATH_SIZE + 16];
    const char *why = NULL;
    must(config.store_path[0] != '\0' || config_load(&config, NULL, &error));
    snprintf(roster, sizeof(roster), "%s.roster", path);
    config.engine.roster_path = roster;
    config.engine.bridge_name = "bridge";
    config.engine.stop_words = "STOP";
    config.engine.start_words = "START";
    config.engine.help_words = "HELP";
    config.engine.stop_answer = config.engine.start_answer = config.engine.help_answer = "";
    config.engine.suppress_codes = "";
    struct engine *engine = engine_new(store, &config.engine, &outlets, &why);
    if (engine == NULL) {
        must(why != NULL && why[0] != '\0');
        return;
    }
    run_rounds(engine_core(engine));
    engine_free(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_file damaged;
    enum store_status status;
    if (damaged.image == NULL)
        damaged_file_init(&damaged, make);
    damaged_file_write(&damaged, data, size);
    struct store *store = store_open(damaged.path, BUSY_MS, &status);
    if (store == NULL)
        return 0;
    start(store, damaged.path);
    read_pages(damaged.path);
    store_close(store);
    return 0;
}
