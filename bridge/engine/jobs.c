// Deliveries to webhooks.
#include "bridge/engine/jobs.h"

#include "bridge/engine/life.h"
#include "bridge/engine/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    // Jobs read at once. Those under way are due as well, so with them there are enough to fill it up.
    WINDOW = WEBHOOK_IN_FLIGHT,
    PROBE_FACTOR_MAX = 60,
    SWEEP_JOBS = 500,
    SWEEP_WEBHOOKS = 8, // looked after in one call
    REPLAY_MAX = 10000,
    JITTER_PERCENT = 20,
    RETRY_AFTER_MAX_MS = 24 * 3600 * 1000,
};

// Looks after the webhooks at that time.
static void wake(struct core *core, int64_t at)
{
    if (at < core->next_hooks)
        core->next_hooks = at;
}

static void look_at(struct core *core, struct webhook_entry *entry, int64_t at)
{
    if (at < entry->next_due)
        entry->next_due = at;
    wake(core, at);
}

// Whether more jobs wait than are aboard, as far as memory knows.
static bool others_wait(const struct webhook_entry *entry)
{
    return !entry->counted || entry->waiting > (int64_t)entry->aboard_count;
}

static void end_job(struct core *core, struct webhook_entry *entry, struct hook_job *job,
                    enum hook_state state, const char *error)
{
    job->state = state;
    job->ended_at = core->now;
    job->due_at = 0;
    if (error != NULL)
        snprintf(job->error, sizeof(job->error), "%s", error);
    (void)store_hook_job_update(core->store, job);
    entry->waiting -= entry->waiting > 0;
    if (state == HOOK_DEAD)
        core->counters.hooks_dead++;
    if (job->message != 0 && others_wait(entry)) {
        (void)store_hook_job_unblock(core->store, entry->row.n, job->message, core->now);
        look_at(core, entry, core->now);
    }
    if (!entry->counted && entry->waiting == 0)
        webhooks_count(core, entry);
}

// Whether as many are under way as may be.
static bool is_full(const struct webhook_entry *entry)
{
    return entry->aboard_count - entry->waits_count >= WEBHOOK_IN_FLIGHT;
}

// Whether nothing can go before a result or a change brings it back.
static bool is_idle(const struct webhook_entry *entry)
{
    return is_full(entry) || entry->row.disabled || entry->row.removed_at != 0;
}

static bool has_seats(struct webhook_entry *entry)
{
    if (entry->aboard == NULL)
        entry->aboard = calloc(WEBHOOK_ABOARD, sizeof(*entry->aboard));
    return entry->aboard != NULL && entry->aboard_count < WEBHOOK_ABOARD;
}

static bool works(const struct webhook_entry *entry)
{
    return !entry->row.disabled && entry->row.removed_at == 0 && entry->row.paused_at == 0;
}

static struct webhook_flight *flight_of(struct webhook_entry *entry, int64_t job)
{
    for (size_t i = 0; i < entry->aboard_count; i++)
        if (entry->aboard[i].job == job)
            return &entry->aboard[i];
    return NULL;
}

// NULL when there is no seat, or no memory for them.
static struct webhook_flight *board(struct webhook_entry *entry, const struct hook_job *job)
{
    if (!has_seats(entry))
        return NULL;
    struct webhook_flight *flight = &entry->aboard[entry->aboard_count++];
    *flight = (struct webhook_flight){.job = job->n,
                                      .event = job->event,
                                      .message = job->message,
                                      .attempts = job->attempts,
                                      .due_at = job->due_at,
                                      .created_at = job->created_at};
    return flight;
}

static void land(struct webhook_entry *entry, struct webhook_flight *flight)
{
    const struct webhook_flight *end = &entry->aboard[entry->aboard_count--];
    entry->waits_count -= flight->waits;
    hook_content_free(flight->told);
    memmove(flight, flight + 1, (size_t)(end - flight - 1) * sizeof(*flight));
}

// Whether a job of that message waits already.
static bool is_behind(struct core *core, const struct webhook_entry *entry, int64_t message)
{
    for (size_t i = 0; i < entry->aboard_count; i++)
        if (entry->aboard[i].message == message)
            return true;
    return others_wait(entry) && store_hook_job_waits(core->store, entry->row.n, message);
}

static void refuse_job(struct core *core, struct hook_job *job)
{
    job->state = HOOK_DEAD;
    job->ended_at = core->now;
    job->due_at = 0;
    snprintf(job->error, sizeof(job->error), "too many deliveries wait for this webhook");
    core->counters.hooks_dead++;
    (void)store_hook_job_add(core->store, job);
}

// A job that nothing in the store is before goes when the batch ends or one under way has, with what memory
// has of it; the store is asked for all others.
static void give_turn(struct core *core, struct webhook_entry *entry, const struct hook_job *job,
                      const struct event *event, const struct message *message)
{
    bool first = works(entry) && entry->next_due > core->now;
    struct webhook_flight *flight = first ? board(entry, job) : NULL;
    if (flight == NULL) {
        look_at(core, entry, core->now);
        return;
    }
    flight->waits = true;
    flight->told = told_new(core, event, message);
    entry->waits_count++;
    wake(core, core->now);
}

// message is what the event is about, or NULL.
static void add_job(struct core *core, struct webhook_entry *entry, const struct event *event,
                    const struct message *message)
{
    struct hook_job job = {.n = ++core->last_hook_job,
                           .webhook = entry->row.n,
                           .event = event->n,
                           .message = event->message,
                           .state = HOOK_WAITS,
                           .due_at = core->now,
                           .created_at = core->now};
    if (entry->waiting >= core->options.hook_waiting_max) {
        refuse_job(core, &job);
        return;
    }
    if (job.message != 0 && is_behind(core, entry, job.message))
        job.due_at = 0; // its turn comes when the one before it has ended
    (void)store_hook_job_add(core->store, &job);
    entry->waiting++;
    if (job.due_at != 0)
        give_turn(core, entry, &job, event, message);
}

static void tell_callback(struct core *core, const struct event *event, const struct message *message)
{
    enum hook_signature form;
    (void)hook_callback_url(&form, message->callback_url);
    if (!webhooks_form_tells(form, event->kind))
        return;
    struct webhook_entry *entry = webhooks_callback(core, event->account, form);
    core->broken |= entry == NULL;
    if (entry != NULL && !entry->row.disabled && webhooks_form_tells(entry->row.signature, event->kind))
        add_job(core, entry, event, message);
}

void jobs_event(struct core *core, const struct event *event, const struct message *message)
{
    int64_t bit = event_bit(event->kind);
    if (bit == 0)
        return;
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, event->account, entry)) != NULL)
        if ((entry->row.events & bit) != 0 && !entry->row.disabled &&
            (entry->row.device == 0 || entry->row.device == event->device))
            add_job(core, entry, event, message);
    if (message != NULL && message->callback_url != NULL)
        tell_callback(core, event, message);
}

static void hand_out(struct core *core, struct webhook_entry *entry, struct webhook_flight *flight)
{
    struct hook_post *post = flight != NULL ? effects_post(&core->effects) : NULL;
    if (post == NULL || (post->url = strdup(entry->row.url)) == NULL) {
        core->broken = true;
        return;
    }
    post->job = flight->job;
    post->webhook = entry->row.n;
    post->event = flight->event;
    post->created_at = flight->created_at;
    post->content = flight->told;
    flight->told = NULL;
    post->signature = entry->row.signature;
    memcpy(post->webhook_id, entry->row.id, sizeof(post->webhook_id));
    memcpy(post->app_id, entry->row.app_id, sizeof(post->app_id));
    memcpy(post->account_id, fleet_account(core->fleet, entry->row.account)->row.id,
           sizeof(post->account_id));
    memcpy(post->secret, entry->row.secret, sizeof(post->secret));
    if (entry->row.old_secret_until > core->now)
        memcpy(post->old_secret, entry->row.old_secret, sizeof(post->old_secret));
}

static void hand_out_aboard(struct core *core, struct webhook_entry *entry)
{
    for (size_t i = 0; entry->waits_count > 0 && !is_full(entry); i++) {
        struct webhook_flight *flight = &entry->aboard[i];
        if (!flight->waits)
            continue;
        flight->waits = false;
        entry->waits_count--;
        told_complete(core, &flight->told);
        hand_out(core, entry, flight);
    }
}

// A webhook that was disabled, removed or paused is not told now: they wait in the store.
static void put_ashore(struct core *core, struct webhook_entry *entry)
{
    for (size_t i = entry->aboard_count; entry->waits_count > 0; i--)
        if (entry->aboard[i - 1].waits)
            land(entry, &entry->aboard[i - 1]);
    look_at(core, entry, core->now);
}

static bool is_too_old(const struct core *core, const struct hook_job *job)
{
    return job->created_at + core->options.hook_give_up_ms < core->now;
}

// A paused webhook gets one job when its probe is due; jobs that wait too long are dead meanwhile.
static void probe(struct core *core, struct webhook_entry *entry)
{
    struct hook_job window[WINDOW];
    entry->next_due = INT64_MAX;
    if (entry->aboard_count > 0)
        return; // its result comes back here
    if (core->now < entry->probe_at) {
        entry->next_due = entry->probe_at;
        return;
    }
    size_t count = store_hook_jobs_due(core->store, window, WINDOW, entry->row.n, INT64_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!is_too_old(core, &window[i])) {
            hand_out(core, entry, board(entry, &window[i]));
            return;
        }
        end_job(core, entry, &window[i], HOOK_DEAD, "could not be delivered in time");
    }
    if (count == WINDOW)
        entry->next_due = core->now;
}

static void pump_one(struct core *core, struct webhook_entry *entry)
{
    struct hook_job window[WINDOW];
    size_t i = 0, count = store_hook_jobs_due(core->store, window, WINDOW, entry->row.n, core->now);
    entry->next_due = INT64_MAX; // new jobs bring it back
    for (; i < count && !is_full(entry); i++) {
        if (flight_of(entry, window[i].n) != NULL)
            continue;
        if (is_too_old(core, &window[i]))
            end_job(core, entry, &window[i], HOOK_DEAD, "could not be delivered in time");
        else
            hand_out(core, entry, board(entry, &window[i]));
    }
    bool all = i == count && count < WINDOW;
    look_at(core, entry, all ? store_hook_next_due(core->store, entry->row.n, core->now) : core->now);
}

static void pump(struct core *core, struct webhook_entry *entry)
{
    if (entry->waits_count > 0 && works(entry))
        hand_out_aboard(core, entry);
    else if (entry->waits_count > 0)
        put_ashore(core, entry);
    if (entry->next_due > core->now || is_idle(entry))
        return;
    if (entry->row.paused_at != 0)
        probe(core, entry);
    else
        pump_one(core, entry);
}

void jobs_pump(struct core *core)
{
    if (core->now < core->next_hooks)
        return;
    int64_t next = INT64_MAX;
    struct webhook_entry *entry = webhooks_first(core->webhooks);
    for (; entry != NULL; entry = entry->next) {
        pump(core, entry);
        if (!is_idle(entry) && entry->next_due < next)
            next = entry->next_due;
    }
    core->next_hooks = next;
}

// The wait behind the n-th failure, a little more or less so that many do not come back at once; the same for
// the same job and attempt.
static int64_t retry_delay(const struct core *core, const struct hook_job *job)
{
    int64_t delay = core->options.hook_delays_ms[job->attempts - 1];
    uint64_t mix = ((uint64_t)job->n * 0x9E3779B97F4A7C15u + (uint64_t)job->attempts) >> 33;
    int64_t percent = (int64_t)(mix % (2 * JITTER_PERCENT + 1)) - JITTER_PERCENT;
    return delay + delay * percent / 100;
}

static void pause_webhook(struct core *core, struct webhook_entry *entry, const char *why)
{
    entry->row.paused_at = core->now;
    entry->probe_wait = core->options.hook_probe_ms;
    entry->probe_at = core->now + entry->probe_wait;
    look_at(core, entry, core->now);
    (void)store_webhook_update(core->store, &entry->row);
    life_subject_event(core, entry->row.account, EVENT_WEBHOOK_PAUSED, entry->row.id, "failing", why);
}

// Callback URLs are many receivers behind one row: one of them must not pause the others.
static bool may_pause(const struct core *core, const struct webhook_entry *entry)
{
    return entry->row.url[0] != '\0' && entry->row.paused_at == 0 &&
           entry->failures >= core->options.hook_pause_after;
}

// The probe has failed too. Deliveries that were under way when the webhook was paused change nothing.
static void wait_for_probe(const struct core *core, struct webhook_entry *entry)
{
    int64_t longest = core->options.hook_probe_ms * PROBE_FACTOR_MAX;
    if (core->now < entry->probe_at)
        return;
    entry->probe_wait = entry->probe_wait * 2 < longest ? entry->probe_wait * 2 : longest;
    if (entry->probe_wait == 0)
        entry->probe_wait = core->options.hook_probe_ms;
    entry->probe_at = core->now + entry->probe_wait;
}

static void note_failure(struct core *core, struct webhook_entry *entry, struct hook_job *job,
                         const struct hook_result *result)
{
    core->counters.hooks_failed++;
    entry->failures++;
    if (entry->row.paused_at != 0) {
        wait_for_probe(core, entry);
        (void)store_hook_job_update(core->store, job);
        return;
    }
    if (++job->attempts > (int64_t)core->options.hook_delays) {
        end_job(core, entry, job, HOOK_DEAD, NULL);
    } else {
        int64_t delay = retry_delay(core, job), asked = result->retry_after_ms;
        asked = asked < RETRY_AFTER_MAX_MS ? asked : RETRY_AFTER_MAX_MS;
        job->due_at = core->now + (asked > delay ? asked : delay);
        look_at(core, entry, job->due_at);
        (void)store_hook_job_update(core->store, job);
    }
    if (may_pause(core, entry))
        pause_webhook(core, entry, result->error);
}

static void note_success(struct core *core, struct webhook_entry *entry, struct hook_job *job)
{
    core->counters.hooks_delivered++;
    job->attempts++;
    end_job(core, entry, job, HOOK_DONE, NULL);
    entry->failures = 0;
    if (entry->row.paused_at != 0) {
        entry->row.paused_at = 0;
        (void)store_webhook_update(core->store, &entry->row);
        life_subject_event(core, entry->row.account, EVENT_WEBHOOK_RESUMED, entry->row.id, NULL, NULL);
    }
}

// Takes the job of a result out of those under way. False when it does not wait any more: what was read anew
// after a commit that failed is made twice.
static bool take_result(struct core *core, struct webhook_entry *entry, struct hook_job *job, int64_t n)
{
    struct webhook_flight *flight = flight_of(entry, n);
    if (flight == NULL)
        return store_hook_job_load(core->store, job, n) && job->state == HOOK_WAITS;
    *job = (struct hook_job){.n = n,
                             .webhook = entry->row.n,
                             .event = flight->event,
                             .message = flight->message,
                             .state = HOOK_WAITS,
                             .attempts = flight->attempts,
                             .due_at = flight->due_at < core->now ? flight->due_at : core->now,
                             .created_at = flight->created_at};
    land(entry, flight);
    return true;
}

static void one_result(struct core *core, const struct hook_result *result)
{
    struct webhook_entry *entry = webhooks_by_n(core->webhooks, result->webhook);
    struct hook_job job;
    if (entry == NULL)
        return;
    if (entry->row.paused_at != 0)
        look_at(core, entry, core->now);
    bool waits = take_result(core, entry, &job, result->job);
    wake(core, entry->waits_count > 0 ? core->now : entry->next_due); // there is room again
    if (!waits || entry->row.removed_at != 0)
        return;
    job.tried_at = core->now;
    job.status = result->status;
    job.took_ms = result->took_ms;
    snprintf(job.error, sizeof(job.error), "%s", result->error);
    if (result->arrived)
        note_success(core, entry, &job);
    else
        note_failure(core, entry, &job, result);
}

void jobs_results(struct core *core, struct command *command)
{
    for (size_t i = 0; i < command->hook_results.count; i++)
        one_result(core, &command->hook_results.items[i]);
}

void jobs_test(struct core *core, struct command *command)
{
    struct webhook_entry *entry = webhooks_named(core, command);
    if (entry == NULL)
        return;
    if (entry->row.url[0] == '\0') {
        command_fail(command, COMMAND_CONFLICT, "id",
                     "stands for the callback URLs of messages: it has no address to test");
        return;
    }
    const struct event sample = {.account = entry->row.account};
    add_job(core, entry, &sample, NULL);
    command->webhook.job = core->last_hook_job;
    command->webhook.row = entry->row;
}

void jobs_replay(struct core *core, struct command *command)
{
    struct webhook_entry *entry = webhooks_named(core, command);
    struct command_webhook *wish = &command->webhook;
    struct hook_job job;
    if (entry == NULL)
        return;
    if (wish->replay.job == 0) {
        int64_t to = wish->replay.to != 0 ? wish->replay.to : core->now + 1;
        wish->count = store_hook_replay(core->store, entry->row.n, wish->replay.delivered, wish->replay.from,
                                        to, core->now, REPLAY_MAX);
    } else if (!store_hook_job_load(core->store, &job, wish->replay.job) || job.webhook != entry->row.n) {
        command_fail(command, COMMAND_NOT_FOUND, "delivery", "there is no such delivery of this webhook");
        return;
    } else if (job.state != HOOK_WAITS) {
        job.state = HOOK_WAITS;
        job.attempts = job.ended_at = 0;
        job.due_at = core->now;
        wish->count = store_hook_job_update(core->store, &job);
    }
    entry->waiting += wish->count;
    look_at(core, entry, core->now);
}

// What a removed webhook leaves behind goes in pieces, then the webhook.
static void bury(struct core *core, struct webhook_entry *entry)
{
    if (store_hook_sweep(core->store, entry->row.n, 0, 0, SWEEP_JOBS) > 0 || entry->aboard_count > 0)
        return;
    (void)store_webhook_delete(core->store, entry->row.n);
    webhooks_forget(core->webhooks, entry);
}

static void tidy(struct core *core, struct webhook_entry *entry)
{
    if (entry->row.removed_at != 0) {
        bury(core, entry);
        return;
    }
    (void)store_hook_sweep(core->store, entry->row.n, HOOK_DONE, core->now - core->options.hook_keep_ms,
                           SWEEP_JOBS);
    (void)store_hook_sweep(core->store, entry->row.n, HOOK_DEAD, core->now - core->options.hook_keep_dead_ms,
                           SWEEP_JOBS);
}

void jobs_upkeep(struct core *core)
{
    int64_t seconds = core->now / 1000;
    size_t i = 0, count = 0;
    struct webhook_entry *entry = webhooks_first(core->webhooks), *next;
    for (; entry != NULL; entry = entry->next)
        count++;
    size_t turns = count / SWEEP_WEBHOOKS + 1;
    for (entry = webhooks_first(core->webhooks); entry != NULL; entry = next, i++) {
        next = entry->next;
        if (i / SWEEP_WEBHOOKS == (size_t)seconds % turns)
            tidy(core, entry);
    }
}
