// Reading what the engine keeps in memory from the store: at the start, and after a commit that failed.
#include "bridge/engine/backfill.h"
#include "bridge/engine/inbox.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/rehold.h"
#include "bridge/engine/retention.h"
#include "bridge/engine/stats.h"
#include "bridge/engine/suppress.h"
#include "bridge/engine/vitals.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/store/phone.h"
#include "bridge/store/rest.h"
#include "bridge/store/store_pools.h"
#include "bridge/store/store_restored.h"

#include <stdlib.h>
#include <string.h>

static bool load_account(void *context, const struct account *account)
{
    struct core *core = context;
    return fleet_add_account(core->fleet, account) != NULL;
}

// What only memory knows of a device, kept over a reload.
struct kept {
    int64_t n, cool_until, skew_ms;
    uint64_t ahead;
    bool ready;
};

struct loading {
    struct core *core;
    struct kept *kept;
    size_t count;
};

// What the device told last of its SIMs.
static void load_cards(struct core *core, struct fleet_device *device, const char *text)
{
    struct wire_status status;
    struct field_error error;
    if (text == NULL || !wire_status_decode(&status, text, strlen(text), &error))
        return;
    (void)fleet_set_cards(core->fleet, device, status.sims, status.sim_count);
    wire_status_clear(&status);
}

static bool load_device(void *context, const struct device *row)
{
    const struct loading *loading = context;
    struct fleet_device *device = fleet_add_device(loading->core->fleet, row);
    if (device == NULL)
        return false;
    if (row->removed_at == 0)
        load_cards(loading->core, device, row->status);
    for (size_t i = 0; i < loading->count; i++)
        if (loading->kept[i].n == row->n) {
            device->cool_until = loading->kept[i].cool_until;
            device->skew_ms = loading->kept[i].skew_ms;
            device->ahead = loading->kept[i].ahead;
            device->ready = loading->kept[i].ready && row->online;
            device->heard_at = loading->core->now;
        }
    return true;
}

static void load_phone(void *context, int64_t n)
{
    const struct core *core = context;
    struct fleet_device *device = fleet_device(core->fleet, n);
    if (device == NULL)
        return;
    device->phone = true;
    device->row.online &= device->ready; // nobody tells whether it is there still: it says so itself
}

static bool load_tag(void *context, int64_t n, const char *tag)
{
    const struct core *core = context;
    struct fleet_device *device = fleet_device(core->fleet, n);
    if (device == NULL || device->row.removed_at != 0)
        return true;
    size_t length = device->tags != NULL ? strlen(device->tags) : 0;
    char *tags = realloc(device->tags, length + strlen(tag) + 2);
    if (tags == NULL)
        return false;
    device->tags = tags;
    snprintf(tags + length, strlen(tag) + 2, "%s%s", length > 0 ? " " : "", tag);
    return true;
}

static bool load_pool(void *context, const struct pool *pool)
{
    const struct core *core = context;
    return pool->removed_at != 0 || fleet_add_pool(core->fleet, pool, core->now) != NULL;
}

static bool load_member(void *context, const struct pool_member *member)
{
    const struct core *core = context;
    struct fleet_pool *pool = fleet_pool(core->fleet, member->pool);
    struct fleet_device *device = fleet_device(core->fleet, member->device);
    return pool == NULL || device == NULL || device->row.removed_at != 0 ||
           fleet_member_put(pool, device, member->sim, member->weight, member->prefixes);
}

static bool load_carrier(void *context, const struct pool_carrier *carrier)
{
    const struct core *core = context;
    struct fleet_pool *pool = fleet_pool(core->fleet, carrier->pool);
    return pool == NULL || fleet_pool_add_carrier(pool, carrier);
}

static bool load_pools(struct core *core)
{
    bool read = store_device_tags_each(core->store, load_tag, core) &&
                store_pools_each(core->store, load_pool, core) &&
                store_pool_members_each(core->store, load_member, core) &&
                store_pool_carriers_each(core->store, load_carrier, core);
    for (struct fleet_account *account = fleet_first_account(core->fleet); account != NULL && read;
         account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL && read;
             device = device->next_in_account)
            read = fleet_device_refit(core->fleet, device, core->now);
    return read;
}

static bool load_turn(void *context, enum turn turn, int64_t route, int64_t count)
{
    struct core *core = context;
    struct fleet_group *group = route < 0 ? fleet_group(core->fleet, route) : NULL;
    struct fleet_device *device = route > 0 ? fleet_device(core->fleet, route) : NULL;
    struct fleet_account *account = group != NULL ? group->account : device != NULL ? device->account : NULL;
    if (account != NULL && turn == TURN_WAITS)
        account->waiting += count;
    if (group != NULL)
        group->waiting = count;
    else if (device != NULL && turn == TURN_WAITS)
        device->waiting = count;
    else if (device != NULL)
        device->out = count;
    return true;
}

// How many of what a device holds are not accepted yet. A device holds no more than a window.
static void count_unaccepted(struct core *core, struct fleet_device *device)
{
    struct message window[FLEET_WINDOW_MAX];
    if (device->out == 0)
        return;
    size_t count = store_messages_turn(core->store, window, FLEET_WINDOW_MAX, TURN_OUT, device->row.n, 0, 0);
    device->unaccepted = 0;
    for (size_t i = 0; i < count; i++) {
        device->unaccepted += state_rank(window[i].state) < state_rank(STATE_ACCEPTED);
        message_clear(&window[i]);
    }
}

static void count_out(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            count_unaccepted(core, device);
}

// Collects what only memory knows; NULL with *count 0 when there is nothing (or no memory: hellos bring it
// back).
static struct kept *keep(struct core *core, size_t *count)
{
    struct kept *kept = NULL;
    *count = 0;
    for (struct fleet_account *account = fleet_first_account(core->fleet); account != NULL;
         account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL;
             device = device->next_in_account) {
            if (!device->ready && device->cool_until == 0)
                continue;
            struct kept *more = realloc(kept, (*count + 1) * sizeof(*kept));
            if (more == NULL)
                return kept;
            kept = more;
            kept[(*count)++] = (struct kept){.n = device->row.n,
                                             .cool_until = device->cool_until,
                                             .skew_ms = device->skew_ms,
                                             .ahead = device->ahead,
                                             .ready = device->ready};
        }
    return kept;
}

// Whether there are numbers left to give; in a sound store there always are.
static bool numbers_left(const struct core *core)
{
    const int64_t last[] = {core->last_message,  core->last_event,   core->last_device,
                            core->last_key,      core->last_account, core->last_verification,
                            core->last_schedule, core->last_pairing, core->last_webhook,
                            core->last_hook_job, core->last_pool};
    for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
        if (last[i] < 0 || last[i] > INT64_MAX / 2)
            return false;
    return true;
}

bool core_load(struct core *core)
{
    struct loading loading = {.core = core};
    loading.kept = keep(core, &loading.count);
    cache_drop(core->cache);
    pace_clear(core);
    (void)store_route_rests_forget(core->store);
    fleet_clear(core->fleet);
    core->last_message = store_message_last(core->store);
    int64_t last = store_event_last(core->store), given = store_restored_event(core->store);
    core->last_event = last > given ? last : given;
    core->last_device = store_device_last(core->store);
    core->last_key = store_key_last(core->store);
    core->last_account = store_account_last(core->store);
    core->last_verification = store_verification_last(core->store);
    core->last_schedule = store_schedule_last(core->store);
    core->last_pairing = store_pairing_last(core->store);
    core->last_webhook = store_webhook_last(core->store);
    core->last_hook_job = store_hook_job_last(core->store);
    core->last_pool = store_pool_last(core->store);
    core->next_due = 0;
    bool read = numbers_left(core) && store_accounts_each(core->store, load_account, core) &&
                store_devices_each(core->store, load_device, &loading) &&
                store_phones_each(core->store, load_phone, core) && load_pools(core) &&
                store_turns_each(core->store, load_turn, core) && webhooks_load(core) &&
                suppress_load(core) && quiet_load(core) && pace_load(core) && stats_load(core) &&
                vitals_load(core) && retention_load(core) && inbox_load(core) && backfill_load(core) &&
                rehold_load(core);
    free(loading.kept);
    if (read) {
        count_out(core);
        fleet_refresh_all(core->fleet, core->now);
    }
    return read;
}
