// Moves what waits along with a clock that was stepped.
#include "bridge/engine/step.h"

#include "bridge/engine/life.h"
#include "common/log.h"

#include <stdlib.h>

enum {
    STEP_MIN_MS = 2000, // smaller ones are what setting a clock slowly looks like
    WINDOW = 64,
    WINDOWS_MAX = 8,
};

static void move_devices(struct core *core, int64_t step_ms)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL;
             device = device->next_in_account) {
            device->heard_at += step_ms;
            if (device->skew_ms != 0)
                device->skew_ms -= step_ms;
            if (device->cool_until != 0)
                device->cool_until += step_ms;
        }
}

static void move_webhooks(struct core *core, int64_t step_ms)
{
    for (struct webhook_entry *entry = webhooks_first(core->webhooks); entry != NULL; entry = entry->next) {
        entry->probe_at += step_ms;
        entry->next_due = 0;
        if (step_ms < 0)
            (void)store_hook_jobs_earlier(core->store, entry->row.n, -step_ms, core->now);
    }
}

void step_clock(struct core *core, int64_t wall_ms, int64_t mono_ms)
{
    int64_t before = core->now, step_ms = (wall_ms - core->now) - (mono_ms - core->mono);
    core->now = wall_ms;
    core->mono = mono_ms;
    if (wall_ms < before) // the steady work must not stop
        core->next_due = core->next_receipts = core->next_upkeep = core->next_hooks = core->next_pace =
            core->next_backfill = 0;
    if (llabs(step_ms) < STEP_MIN_MS)
        return;
    log_event(LOG_WARNING, "the clock was stepped", "ms", log_number(step_ms), NULL);
    core->next_hooks = 0;
    move_devices(core, step_ms);
    move_webhooks(core, step_ms);
    if (step_ms > 0)
        return;
    core->step_back_ms += -step_ms;
    core->step_due = before + step_ms; // what was due before has been looked at
    core->step_n = 0;
}

// A time of day that somebody wished for, or a place in a line: neither comes earlier.
static bool stays(const struct message *message)
{
    return message->state == STATE_SCHEDULED || message->turn == TURN_WAITS || message->due_at == 0;
}

static void move_message(struct core *core, struct message *message)
{
    int64_t earlier = message->due_at - core->step_back_ms;
    life_due(core, message, earlier > core->now ? earlier : core->now);
}

void step_pump(struct core *core)
{
    struct message window[WINDOW];
    size_t count = WINDOW;
    if (core->step_back_ms == 0)
        return;
    cache_flush(core->cache, core->store);
    for (int i = 0; i < WINDOWS_MAX && count == WINDOW; i++) {
        count = store_messages_due_later(core->store, window, WINDOW, core->step_due, core->step_n);
        for (size_t k = 0; k < count; k++) {
            core->step_due = window[k].due_at;
            core->step_n = window[k].n;
            struct message *message = cache_merge_take(core->cache, core->store, &window[k]);
            if (message != NULL && !stays(message))
                move_message(core, message);
        }
    }
    core->next_due = 0;
    if (count < WINDOW)
        core->step_back_ms = 0;
    else
        core->pump_again = true;
}
