// To how many people a SIM may write.
#include "bridge/engine/recipients.h"

#include "bridge/engine/pace.h"

#include <stdio.h>

enum { SWEEP_ROWS = 100 };
static const int64_t KEEP_MS = 32LL * 24 * 3600 * 1000; // longer than a month

int64_t recipients_end(const struct sim_limit *limit, char why[DETAIL_SIZE])
{
    int64_t until = 0;
    why[0] = '\0';
    if (limit->recipients_day > 0 && limit->day_recipients >= limit->recipients_day) {
        until = pace_day_end(limit);
        snprintf(why, DETAIL_SIZE, "is at its limit of %lld recipients a day",
                 (long long)limit->recipients_day);
    }
    if (limit->recipients_month > 0 && limit->month_recipients >= limit->recipients_month) {
        until = pace_month_end(limit);
        snprintf(why, DETAIL_SIZE, "is at its limit of %lld recipients a month",
                 (long long)limit->recipients_month);
    }
    return until;
}

static bool counts_recipients(const struct sim_limit *limit)
{
    return limit->recipients_day > 0 || limit->recipients_month > 0;
}

static bool is_known(const struct sim_limit *limit, int64_t at, int64_t begin)
{
    return at != 0 && at >= begin && at >= limit->recipients_since;
}

// Whether the limit, as it is now, lets the number through.
static bool admits(struct core *core, const struct sim_limit *limit, const char *number)
{
    struct sim_limit now = *limit;
    if (!counts_recipients(limit))
        return true;
    pace_roll(&now, core->now);
    bool day_full = now.recipients_day > 0 && now.day_recipients >= now.recipients_day;
    bool month_full = now.recipients_month > 0 && now.month_recipients >= now.recipients_month;
    if (!day_full && !month_full)
        return true;
    int64_t at = store_sim_recipient_at(core->store, now.device, now.slot, number);
    return (!day_full || is_known(&now, at, now.day_at)) && (!month_full || is_known(&now, at, now.month_at));
}

static const struct pace_sim *limit_of(const struct pace *pace, int64_t slot)
{
    for (size_t i = 0; i < pace->count; i++)
        if (pace->sims[i].row.slot == slot)
            return &pace->sims[i];
    return NULL;
}

// The slot that has written to the number this month, when it may now; 0 = none.
static int64_t known_slot(struct core *core, const struct pace *pace, const char *number)
{
    for (size_t i = 0; i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        const struct sim_limit *limit = &sim->row;
        if (limit->slot == 0 || !counts_recipients(limit) || sim->rest_until != 0 ||
            !fleet_has_sim(pace->device, limit->slot))
            continue;
        int64_t at = store_sim_recipient_at(core->store, limit->device, limit->slot, number);
        if (is_known(limit, at, limit->month_at) && admits(core, limit, number))
            return limit->slot;
    }
    return 0;
}

static int64_t choose_slot(struct core *core, const struct fleet_device *device, const char *number)
{
    const struct pace *pace = device->pace;
    uint64_t shut = 0;
    int64_t slot = known_slot(core, pace, number);
    if (slot != 0)
        return slot;
    for (size_t i = 0; i < pace->count; i++)
        if (pace->sims[i].row.slot != 0 && !admits(core, &pace->sims[i].row, number))
            shut |= (uint64_t)1 << pace->sims[i].row.slot;
    slot = pace_slot(device, shut);
    return slot == 0 && shut != 0 ? RECIPIENTS_NONE : slot;
}

int64_t recipients_slot(struct core *core, const struct fleet_device *device, const char *number, int64_t sim)
{
    if (device->pace == NULL || !device->pace->by_recipients)
        return sim;
    const struct pace_sim *all = limit_of(device->pace, 0);
    if (all != NULL && !admits(core, &all->row, number))
        return RECIPIENTS_NONE;
    if (sim == 0)
        return choose_slot(core, device, number);
    const struct pace_sim *one = limit_of(device->pace, sim);
    return one == NULL || admits(core, &one->row, number) ? sim : RECIPIENTS_NONE;
}

// When a slot takes somebody new again, also as far as its other limits go, with its sentence; 0 = it does.
static int64_t end_of(const struct core *core, const struct pace *pace, const struct pace_sim *sim,
                      char why[DETAIL_SIZE])
{
    char words[DETAIL_SIZE];
    why[0] = '\0';
    if (sim == NULL)
        return 0;
    struct sim_limit now = sim->row;
    int64_t until = recipients_end(&now, words);
    if (until != 0) {
        pace_roll(&now, core->now);
        until = recipients_end(&now, words);
    }
    if (until <= sim->rest_until)
        snprintf(why, DETAIL_SIZE, "%s", sim->why);
    else
        pace_tell(pace->device, now.slot, words, until, why);
    return until > sim->rest_until ? until : sim->rest_until;
}

// The soonest end of the slots, when none that the device has takes somebody new; 0 = one does.
static int64_t soonest_end(const struct core *core, const struct pace *pace, char why[DETAIL_SIZE])
{
    int64_t shut = 0, soonest = INT64_MAX;
    char text[DETAIL_SIZE];
    for (size_t i = 0; i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        int64_t until = sim->row.slot != 0 ? end_of(core, pace, sim, text) : 0;
        if (until == 0)
            continue;
        shut |= (int64_t)1 << (sim->row.slot - 1);
        if (until < soonest) {
            soonest = until;
            snprintf(why, DETAIL_SIZE, "%s", text);
        }
    }
    return shut != 0 && (pace_slots(pace) & ~shut) == 0 ? soonest : 0;
}

int64_t recipients_until(const struct core *core, const struct fleet_device *device, int64_t sim,
                         char why[DETAIL_SIZE])
{
    const struct pace *pace = device->pace;
    char text[DETAIL_SIZE] = "";
    why[0] = '\0';
    if (pace == NULL || !pace->by_recipients)
        return 0;
    int64_t all = end_of(core, pace, limit_of(pace, 0), why);
    int64_t slot = sim != 0 ? end_of(core, pace, limit_of(pace, sim), text) : soonest_end(core, pace, text);
    if (slot <= all)
        return all;
    snprintf(why, DETAIL_SIZE, "%s", text);
    return slot;
}

void recipients_count(struct core *core, struct sim_limit *limit, const char *number)
{
    if (!counts_recipients(limit))
        return;
    int64_t at = store_sim_recipient_at(core->store, limit->device, limit->slot, number);
    limit->day_recipients += !is_known(limit, at, limit->day_at);
    limit->month_recipients += !is_known(limit, at, limit->month_at);
    (void)store_sim_recipient_put(core->store, limit->device, limit->slot, number, core->now);
}

void recipients_upkeep(struct core *core)
{
    (void)store_sim_recipient_sweep(core->store, core->now - KEEP_MS, SWEEP_ROWS);
}
