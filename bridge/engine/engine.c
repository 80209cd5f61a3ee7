// The engine's thread: take what has queued up, apply it in one transaction, commit, let the effects out.
#include "bridge/engine/engine.h"

#include "bridge/engine/admin.h"
#include "bridge/engine/arrive.h"
#include "bridge/engine/backfill.h"
#include "bridge/engine/backlog.h"
#include "bridge/engine/core.h"
#include "bridge/engine/dispatch.h"
#include "bridge/engine/due.h"
#include "bridge/engine/erase.h"
#include "bridge/engine/idle.h"
#include "bridge/engine/inbox.h"
#include "bridge/engine/jobs.h"
#include "bridge/engine/otp.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/pairing.h"
#include "bridge/engine/phone_settings.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/queue.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/quotas.h"
#include "bridge/engine/report.h"
#include "bridge/engine/restored.h"
#include "bridge/engine/rests.h"
#include "bridge/engine/retention.h"
#include "bridge/engine/schedule.h"
#include "bridge/engine/send.h"
#include "bridge/engine/services.h"
#include "bridge/engine/stats.h"
#include "bridge/engine/step.h"
#include "bridge/engine/suppress.h"
#include "bridge/engine/templates.h"
#include "bridge/engine/token.h"
#include "bridge/store/roster_file.h"
#include "common/clock.h"
#include "common/crash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_MAX = 512,      // commands in one transaction
    WAIT_MAX_MS = 1000,   // longest sleep
    BROKEN_WAIT_MS = 200, // pause after a commit that failed
};

struct engine {
    struct core core;
    struct outlets outlets;
    struct queue *queue;
    struct roster_file *roster;
    pthread_t thread;
    bool started;
    bool loaded; // memory and store agree
};

// What each command does.
static void (*const APPLY[COMMAND_KINDS])(struct core *core, struct command *command) = {
    [COMMAND_SEND] = send_apply,
    [COMMAND_CANCEL] = send_cancel,
    [COMMAND_RESCHEDULE] = send_reschedule,
    [COMMAND_REDACT] = erase_text,
    [COMMAND_ERASE] = erase_message,
    [COMMAND_FEEDBACK] = send_feedback,
    [COMMAND_QUEUE_RELEASE] = backlog_release,
    [COMMAND_QUEUE_RETRY] = backlog_retry,
    [COMMAND_QUEUE_DROP] = backlog_drop,
    [COMMAND_DEVICE_ADD] = admin_device_add,
    [COMMAND_DEVICE_UPDATE] = admin_device_update,
    [COMMAND_DEVICE_ROTATE] = admin_device_rotate,
    [COMMAND_DEVICE_REMOVE] = admin_device_remove,
    [COMMAND_PAIRING_ADD] = pairing_add,
    [COMMAND_PAIRING_REMOVE] = pairing_remove,
    [COMMAND_PAIRING_USE] = pairing_use,
    [COMMAND_PHONE_CODE_ADD] = phone_code_add,
    [COMMAND_KEY_CREATE] = admin_key_create,
    [COMMAND_KEY_REVOKE] = admin_key_revoke,
    [COMMAND_KEY_USED] = admin_key_used,
    [COMMAND_ACCOUNT_ADD] = admin_account_add,
    [COMMAND_LIMIT_SET] = pace_set,
    [COMMAND_INBOX] = inbox_ask,
    [COMMAND_BACKFILL] = backfill_begin,
    [COMMAND_SCHEDULE_ADD] = schedule_add,
    [COMMAND_SCHEDULE_UPDATE] = schedule_update,
    [COMMAND_SCHEDULE_RUN] = schedule_run,
    [COMMAND_TEMPLATE_PUT] = templates_put,
    [COMMAND_TEMPLATE_REMOVE] = templates_remove,
    [COMMAND_SUPPRESS] = suppress_add,
    [COMMAND_UNSUPPRESS] = suppress_remove,
    [COMMAND_QUIET] = quiet_set,
    [COMMAND_RETENTION] = retention_set,
    [COMMAND_OTP_SEND] = otp_send,
    [COMMAND_OTP_CHECK] = otp_check,
    [COMMAND_OTP_CANCEL] = otp_cancel,
    [COMMAND_OTP_RULE] = otp_rule_set,
    [COMMAND_SERVICE_ADD] = services_add,
    [COMMAND_SERVICE_UPDATE] = services_update,
    [COMMAND_SERVICE_REMOVE] = services_remove,
    [COMMAND_QUOTA_ADD] = quotas_add,
    [COMMAND_QUOTA_UPDATE] = quotas_update,
    [COMMAND_QUOTA_REMOVE] = quotas_remove,
    [COMMAND_BUCKET_ADD] = quotas_bucket_add,
    [COMMAND_BUCKET_UPDATE] = quotas_bucket_update,
    [COMMAND_BUCKET_REMOVE] = quotas_bucket_remove,
    [COMMAND_WEBHOOK_ADD] = webhooks_add,
    [COMMAND_WEBHOOK_UPDATE] = webhooks_update,
    [COMMAND_WEBHOOK_ROTATE] = webhooks_rotate,
    [COMMAND_WEBHOOK_REMOVE] = webhooks_remove,
    [COMMAND_WEBHOOK_TEST] = jobs_test,
    [COMMAND_WEBHOOK_REPLAY] = jobs_replay,
    [COMMAND_PHONE_SETTINGS] = phone_settings_apply,
    [COMMAND_TOKEN_ADD] = token_add,
    [COMMAND_TOKEN_REFRESH] = token_refresh,
    [COMMAND_TOKEN_REVOKE] = token_revoke,
    [COMMAND_HOOK_RESULTS] = jobs_results,
    [COMMAND_POOL_ADD] = pool_add,
    [COMMAND_POOL_UPDATE] = pool_update,
    [COMMAND_POOL_REMOVE] = pool_remove,
    [COMMAND_POOL_MEMBER_PUT] = pool_member_put,
    [COMMAND_POOL_MEMBER_REMOVE] = pool_member_remove,
    [COMMAND_LINK] = arrive_link,
    [COMMAND_ONLINE] = arrive_online,
    [COMMAND_PRESENCE] = arrive_presence,
    [COMMAND_STATUS] = arrive_status,
    [COMMAND_REPORTS] = report_apply,
    [COMMAND_INBOUND] = report_inbound,
    [COMMAND_PUBLISHED] = report_published,
};

static void apply(struct core *core, struct command *command)
{
    core->counters.commands[command->kind]++;
    APPLY[command->kind](core, command);
}

static void apply_all(struct core *core, struct command *commands)
{
    for (struct command *command = commands, *next; command != NULL; command = next) {
        next = command->next;
        if (!core->broken)
            apply(core, command);
        effects_answer_take(&core->effects, command);
    }
}

// Puts every login anew, from memory, which agrees with the store.
static bool write_roster(struct engine *engine)
{
    struct core *core = &engine->core;
    roster_file_begin(engine->roster);
    roster_file_clear(engine->roster);
    roster_file_put(engine->roster, core->options.bridge_name, "bridge", core->options.bridge_key_hash);
    for (struct fleet_account *account = fleet_first_account(core->fleet); account != NULL;
         account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            if (device->row.removed_at == 0)
                roster_file_put(engine->roster, device->row.id, "device", device->row.key_hash);
    return roster_file_commit(engine->roster);
}

// Writes the batch's changes; when that fails, or failed before, everything anew.
static void update_roster(struct engine *engine)
{
    struct core *core = &engine->core;
    if (core->roster_stale)
        core->roster_stale = !write_roster(engine);
    else if (core->effects.logins != NULL) {
        roster_file_begin(engine->roster);
        for (const struct login_change *change = core->effects.logins; change != NULL; change = change->next)
            if (change->removed)
                roster_file_remove(engine->roster, change->name);
            else
                roster_file_put(engine->roster, change->name, "device", change->key_hash);
        core->roster_stale = !roster_file_commit(engine->roster);
    }
}

static enum store_status commit(struct core *core)
{
    int64_t start = clock_mono_us();
    cache_flush(core->cache, core->store);
    enum store_status status = STORE_MEMORY;
    if (core->broken || core->effects.lost)
        store_rollback(core->store);
    else
        status = store_commit(core->store);
    core->counters.commit_last_us = clock_mono_us() - start;
    return status;
}

void core_settle(struct core *core)
{
    due_messages(core);
    due_upkeep(core);
    pace_step(core);
    backfill_step(core);
    dispatch_pump(core);
    step_pump(core);
    jobs_pump(core);
    pace_flush(core);
    rests_tell(core);
}

static void run_batch(struct engine *engine, struct command *commands)
{
    struct core *core = &engine->core;
    store_begin(core->store);
    bool reloading = !engine->loaded;
    if (reloading)
        engine->loaded = core_load(core);
    core->broken = !engine->loaded;
    step_clock(core, clock_wall_ms(), clock_mono_ms());
    apply_all(core, commands);
    if (!core->broken)
        core_settle(core);
    crash_point("before-commit");
    bool committed = commit(core) == STORE_OK;
    core->counters.store_ok = committed;
    core->counters.batches++;
    if (committed) {
        crash_point("after-commit");
        update_roster(engine);
        if (reloading)
            engine->outlets.states_lost(engine->outlets.link);
    } else {
        core->counters.commit_failures++;
        effects_fail(&core->effects, COMMAND_UNAVAILABLE);
        cache_drop(core->cache);
        engine->loaded = false;
    }
    effects_release(&core->effects, &engine->outlets);
    cache_trim(core->cache);
    idle_look(core);
}

static int64_t wait_ms(const struct engine *engine)
{
    if (!engine->core.counters.store_ok)
        return BROKEN_WAIT_MS;
    int64_t wait = due_wait_ms(&engine->core, clock_wall_ms());
    return wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
}

static void *engine_main(void *context)
{
    struct engine *engine = context;
    pthread_setname_np(pthread_self(), "engine");
    for (bool closed = false; !closed;) {
        struct command *commands = queue_take(engine->queue, BATCH_MAX, wait_ms(engine), &closed);
        run_batch(engine, commands);
    }
    return NULL;
}

void engine_turn(struct engine *engine)
{
    bool closed;
    run_batch(engine, queue_take(engine->queue, BATCH_MAX, 0, &closed));
}

// An empty store gets its first account.
static bool make_first_account(struct core *core)
{
    struct command *command = command_new(COMMAND_ACCOUNT_ADD, ORIGIN_NONE, 0);
    if (command == NULL)
        return false;
    memcpy(command->account_add.name, "main", sizeof("main"));
    store_begin(core->store);
    admin_account_add(core, command);
    command_free(command);
    return store_commit(core->store) == STORE_OK && !core->broken;
}

static const char *prepare(struct engine *engine)
{
    struct core *core = &engine->core;
    core->now = clock_wall_ms();
    core->mono = clock_mono_ms();
    if (!core_load(core))
        return "the store cannot be read";
    if (fleet_first_account(core->fleet) == NULL && !make_first_account(core))
        return "the first account cannot be written to the store";
    bool ended;
    if (!restored_settle(core, &ended) || (ended && !core_load(core)))
        return "what waited in the restored backup cannot be ended";
    if (!write_roster(engine))
        return "the roster file cannot be written";
    engine->loaded = true;
    core->counters.store_ok = true;
    return NULL;
}

struct engine *engine_new(struct store *store, const struct engine_options *options,
                          const struct outlets *outlets, const char **why)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    *why = "out of memory";
    if (engine == NULL)
        return NULL;
    engine->core.store = store;
    engine->core.options = *options;
    engine->outlets = *outlets;
    effects_init(&engine->core.effects);
    engine->queue = queue_new((size_t)options->queue_max);
    engine->core.cache = cache_new((size_t)options->cache_messages);
    engine->core.fleet = fleet_new(options->window_out, options->window_unaccepted);
    engine->core.webhooks = webhooks_new();
    engine->core.stats = stats_new();
    if (engine->queue == NULL || engine->core.cache == NULL || engine->core.fleet == NULL ||
        engine->core.webhooks == NULL || engine->core.stats == NULL)
        goto err0;
    engine->roster = roster_file_open(options->roster_path);
    *why = engine->roster == NULL ? "the roster file cannot be opened" : prepare(engine);
    if (*why == NULL)
        return engine;
err0:
    engine_free(engine);
    return NULL;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    roster_file_close(engine->roster);
    fleet_free(engine->core.fleet);
    webhooks_free(engine->core.webhooks);
    stats_free(engine->core.stats);
    retention_free(engine->core.keepings);
    free(engine->core.quiet);
    backfill_clear(&engine->core);
    pace_clear(&engine->core);
    cache_free(engine->core.cache);
    queue_free(engine->queue);
    free(engine);
}

struct core *engine_core(struct engine *engine)
{
    return &engine->core;
}

bool engine_start(struct engine *engine)
{
    engine->started = pthread_create(&engine->thread, NULL, engine_main, engine) == 0;
    return engine->started;
}

void engine_stop(struct engine *engine)
{
    queue_close(engine->queue);
    if (engine->started)
        pthread_join(engine->thread, NULL);
    engine->started = false;
}

bool engine_submit(struct engine *engine, struct command *command)
{
    bool taken = queue_put(engine->queue, command);
    if (!taken)
        engine->core.counters.refused_full++;
    return taken;
}

bool engine_full(const struct engine *engine)
{
    return queue_full(engine->queue);
}

void engine_metrics(const struct engine *engine, struct engine_metrics *out)
{
    const struct core_counters *counters = &engine->core.counters;
    *out = (struct engine_metrics){
        .batches = counters->batches,
        .commit_failures = counters->commit_failures,
        .refused_full = counters->refused_full,
        .queue_length = (int64_t)queue_length(engine->queue),
        .queue_max = engine->core.options.queue_max,
        .accepted_messages = counters->accepted_messages,
        .redeliveries = counters->redeliveries,
        .retries = counters->retries,
        .bad_reports = counters->bad_reports,
        .link_batches = counters->link_batches,
        .link_batched = counters->link_batched,
        .hooks_delivered = counters->hooks_delivered,
        .hooks_failed = counters->hooks_failed,
        .hooks_dead = counters->hooks_dead,
        .commit_last_us = counters->commit_last_us,
        .batch_last = counters->batch_last,
        .link_up = counters->link_up,
        .plugin_ok = counters->plugin_ok,
        .store_ok = counters->store_ok,
        .devices_online = counters->devices_online,
    };
    for (int i = 0; i < COMMAND_KINDS; i++)
        out->commands[i] = counters->commands[i];
    for (int i = 0; i <= STATE_RECEIVED; i++)
        out->moves[i] = counters->moves[i];
}

void engine_count_bad_report(struct engine *engine)
{
    engine->core.counters.bad_reports++;
}

void engine_count_link_batch(struct engine *engine, int64_t payloads)
{
    engine->core.counters.link_batches++;
    engine->core.counters.link_batched += payloads;
}
