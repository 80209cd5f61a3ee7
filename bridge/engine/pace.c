// How much a SIM may send.
#include "bridge/engine/pace.h"

#include "bridge/engine/recipients.h"
#include "bridge/engine/reopen.h"
#include "common/isotime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, NEXT_DAY_MS = 26 * HOUR_MS };
static const int64_t NEXT_MONTH_MS = 32LL * 24 * HOUR_MS; // from the beginning of any month

// The local midnight before an instant; on failure the UTC one.
static int64_t midnight(const char *zone, int64_t at)
{
    struct zone_local local;
    int64_t day;
    if (!zone_to_local(&local, zone, at))
        return at - at % (24 * HOUR_MS);
    local.hour = local.minute = local.second = 0;
    return zone_from_local(&day, zone, &local) ? day : at - at % (24 * HOUR_MS);
}

// The local beginning of the month that an instant lies in; on failure that of its day.
static int64_t month_begin(const char *zone, int64_t at)
{
    struct zone_local local;
    int64_t begin;
    if (!zone_to_local(&local, zone, at))
        return midnight(zone, at);
    local.day = 1;
    local.hour = local.minute = local.second = 0;
    return zone_from_local(&begin, zone, &local) ? begin : midnight(zone, at);
}

int64_t pace_day_end(const struct sim_limit *limit)
{
    return midnight(limit->zone, limit->day_at + NEXT_DAY_MS);
}

int64_t pace_month_end(const struct sim_limit *limit)
{
    return month_begin(limit->zone, limit->month_at + NEXT_MONTH_MS);
}

void pace_roll(struct sim_limit *limit, int64_t now)
{
    int64_t minute = now - now % MINUTE_MS, hour = now - now % HOUR_MS;
    if (limit->minute_at != minute) {
        limit->minute_at = minute;
        limit->minute = 0;
    }
    if (limit->hour_at != hour) {
        limit->hour_at = hour;
        limit->hour = 0;
    }
    if (now < limit->day_at || now >= pace_day_end(limit)) {
        limit->day_at = midnight(limit->zone, now);
        limit->day = limit->day_recipients = 0;
    }
    if (now < limit->month_at || now >= pace_month_end(limit)) {
        limit->month_at = month_begin(limit->zone, now);
        limit->month_recipients = 0;
    }
}

// When its hours begin next; now when they have.
static int64_t opening(const struct sim_limit *limit, int64_t now)
{
    struct zone_local local;
    int64_t at;
    if (limit->opens_min == limit->closes_min || !zone_to_local(&local, limit->zone, now))
        return now;
    int64_t minute = local.hour * 60 + local.minute, opens = limit->opens_min, closes = limit->closes_min;
    bool open = opens < closes ? minute >= opens && minute < closes : minute >= opens || minute < closes;
    if (open)
        return now;
    int64_t day = minute < opens ? now : midnight(limit->zone, midnight(limit->zone, now) + NEXT_DAY_MS);
    if (!zone_to_local(&local, limit->zone, day))
        return now;
    local.hour = (int)(opens / 60);
    local.minute = (int)(opens % 60);
    local.second = 0;
    return zone_from_local(&at, limit->zone, &local) ? at : now;
}

// A little more than the gap, the same for the same message before.
static int64_t gap_end(const struct sim_limit *limit)
{
    uint64_t mix = ((uint64_t)limit->last_at * 0x9E3779B97F4A7C15u) >> 32;
    int64_t jitter = limit->jitter_ms > 0 ? (int64_t)(mix % (uint64_t)(limit->jitter_ms + 1)) : 0;
    return limit->last_at + limit->gap_ms + jitter;
}

int64_t pace_next(const struct sim_limit *limit, int64_t now, char why[DETAIL_SIZE])
{
    const struct {
        bool reached;
        int64_t until;
        int64_t limit;
        const char *words;
    } counts[] = {
        {limit->per_minute > 0 && limit->minute >= limit->per_minute, limit->minute_at + MINUTE_MS,
         limit->per_minute, "parts a minute"},
        {limit->per_hour > 0 && limit->hour >= limit->per_hour, limit->hour_at + HOUR_MS, limit->per_hour,
         "parts an hour"},
        {limit->per_day > 0 && limit->day >= limit->per_day, pace_day_end(limit), limit->per_day,
         "parts a day"},
    };
    int64_t until = opening(limit, now);
    snprintf(why, DETAIL_SIZE, "%s", until > now ? "sends only in its hours" : "");
    if (limit->gap_ms > 0 && gap_end(limit) > until) {
        until = gap_end(limit);
        snprintf(why, DETAIL_SIZE, "keeps a gap between two messages");
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].reached && counts[i].until > until) {
            until = counts[i].until;
            snprintf(why, DETAIL_SIZE, "is at its limit of %lld %s", (long long)counts[i].limit,
                     counts[i].words);
        }
    return until;
}

void pace_tell(const struct fleet_device *device, int64_t slot, const char *words, int64_t until,
               char out[DETAIL_SIZE])
{
    char end[ISOTIME_SIZE], name[24] = "";
    isotime_format(end, until);
    if (slot != 0)
        snprintf(name, sizeof(name), "SIM %d of ", (int)slot);
    snprintf(out, DETAIL_SIZE, "%s%s %.60s until %s", name, device->row.id, words, end);
}

// Looks again at one limit; its sentence names the SIM and the end.
static void look(struct pace *pace, struct pace_sim *sim, int64_t now)
{
    char why[DETAIL_SIZE];
    pace_roll(&sim->row, now);
    int64_t next = pace_next(&sim->row, now, why);
    sim->rest_until = next > now ? next : 0;
    sim->why[0] = '\0';
    if (sim->rest_until != 0)
        pace_tell(pace->device, sim->row.slot, why, next, sim->why);
}

int64_t pace_slots(const struct pace *pace)
{
    int64_t limited = 0;
    for (size_t i = 0; i < pace->count; i++)
        if (pace->sims[i].row.slot != 0)
            limited |= (int64_t)1 << (pace->sims[i].row.slot - 1);
    return pace->device->sims != 0 ? pace->device->sims : limited;
}

// The whole device rests with the limit for all, or when each slot that it has rests.
static int64_t device_rest(const struct pace *pace)
{
    int64_t all = 0, soonest = INT64_MAX, resting = 0, slots_there = pace_slots(pace);
    for (size_t i = 0; i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        if (sim->row.slot == 0) {
            all = sim->rest_until;
        } else if (sim->rest_until != 0 && (slots_there >> (sim->row.slot - 1) & 1) != 0) {
            resting |= (int64_t)1 << (sim->row.slot - 1);
            soonest = sim->rest_until < soonest ? sim->rest_until : soonest;
        }
    }
    bool every = resting != 0 && resting == slots_there;
    int64_t slots = every ? soonest : 0;
    return all > slots ? all : slots;
}

// Looks again at all limits of a device, and tells the fleet what rests.
static void settle(struct core *core, struct pace *pace)
{
    struct fleet_device *device = pace->device;
    uint64_t before = device->resting;
    device->resting = 0;
    pace->by_recipients = false;
    for (size_t i = 0; i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        pace->by_recipients |= sim->row.recipients_day + sim->row.recipients_month > 0;
        look(pace, &pace->sims[i], core->now);
        if (sim->rest_until == 0)
            continue;
        if (sim->rest_until < core->next_pace)
            core->next_pace = sim->rest_until;
        if (sim->row.slot != 0)
            device->resting |= (uint64_t)1 << sim->row.slot;
    }
    int64_t rested_until = pace->rest_until;
    pace->rest_until = device_rest(pace);
    core->rests_changed |= pace->rest_until != rested_until;
    device->resting |= pace->rest_until != 0;
    device->limited = pace->count > 0;
    if (device->resting != before)
        fleet_refresh(core->fleet, device, core->now);
}

static struct pace *pace_of(struct core *core, struct fleet_device *device)
{
    if (device->pace != NULL)
        return device->pace;
    struct pace *pace = calloc(1, sizeof(*pace));
    if (pace == NULL)
        return NULL;
    pace->device = device;
    pace->next = core->paces;
    core->paces = pace;
    device->pace = pace;
    return pace;
}

static bool load_one(void *context, const struct sim_limit *row)
{
    struct core *core = context;
    struct fleet_device *device = fleet_device(core->fleet, row->device);
    if (device == NULL || device->row.removed_at != 0 || row->slot < 0 || row->slot > WIRE_SIMS_MAX)
        return true;
    struct pace *pace = pace_of(core, device);
    if (pace == NULL)
        return false;
    if (pace->count < SIM_LIMITS_MAX)
        pace->sims[pace->count++].row = *row;
    return true;
}

void pace_clear(struct core *core)
{
    while (core->paces != NULL) {
        struct pace *pace = core->paces;
        core->paces = pace->next;
        free(pace);
    }
}

bool pace_load(struct core *core)
{
    core->next_pace = INT64_MAX;
    if (!store_sim_limits_each(core->store, load_one, core))
        return false;
    for (struct pace *pace = core->paces; pace != NULL; pace = pace->next)
        settle(core, pace);
    return true;
}

const char *pace_why(const struct fleet_device *device, int64_t slot, int64_t *until)
{
    const struct pace *pace = device->pace;
    *until = 0;
    for (size_t i = 0; pace != NULL && i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        bool counts =
            slot != 0 ? sim->row.slot == slot || sim->row.slot == 0 : sim->rest_until == pace->rest_until;
        if (counts && sim->rest_until != 0) {
            *until = sim->rest_until;
            return sim->why;
        }
    }
    return "";
}

int64_t pace_slot(const struct fleet_device *device, uint64_t shut)
{
    const struct pace *pace = device->pace;
    int64_t best = 0, least = INT64_MAX, limited = 0;
    for (size_t i = 0; pace != NULL && i < pace->count; i++) {
        const struct pace_sim *sim = &pace->sims[i];
        if (sim->row.slot == 0)
            continue;
        limited |= (int64_t)1 << (sim->row.slot - 1);
        bool there = (pace_slots(pace) >> (sim->row.slot - 1) & 1) != 0;
        bool open = sim->rest_until == 0 && (shut >> sim->row.slot & 1) == 0;
        if (there && open && sim->row.day < least) {
            least = sim->row.day;
            best = sim->row.slot;
        }
    }
    int64_t unlimited = device->sims & ~limited;
    if (limited == 0 || best != 0 || unlimited == 0)
        return best;
    for (best = 1; (unlimited >> (best - 1) & 1) == 0;)
        best++;
    return best;
}

void pace_count(struct core *core, struct fleet_device *device, const struct message *message)
{
    struct pace *pace = device->pace;
    if (pace == NULL)
        return;
    for (size_t i = 0; i < pace->count; i++) {
        struct pace_sim *sim = &pace->sims[i];
        if (sim->row.slot != 0 && sim->row.slot != message->sim)
            continue;
        pace_roll(&sim->row, core->now);
        sim->row.minute += message->parts;
        sim->row.hour += message->parts;
        sim->row.day += message->parts;
        sim->row.last_at = core->now;
        recipients_count(core, &sim->row, message->peer);
        sim->changed = true;
        core->pace_changed = true;
    }
    settle(core, pace);
}

void pace_flush(struct core *core)
{
    if (!core->pace_changed)
        return;
    for (struct pace *pace = core->paces; pace != NULL; pace = pace->next)
        for (size_t i = 0; i < pace->count; i++)
            if (pace->sims[i].changed) {
                (void)store_sim_limit_count(core->store, &pace->sims[i].row);
                pace->sims[i].changed = false;
            }
    core->pace_changed = false;
}

void pace_step(struct core *core)
{
    if (core->now < core->next_pace)
        return;
    core->next_pace = INT64_MAX;
    for (struct pace *pace = core->paces; pace != NULL; pace = pace->next)
        settle(core, pace);
}

void pace_refresh(struct core *core, struct fleet_device *device)
{
    if (device->pace != NULL)
        settle(core, device->pace);
}

// The limit of that slot: the one that is there, or a new one that has counted nothing; NULL when there is no
// room.
static struct pace_sim *limit_of(struct pace *pace, int64_t slot)
{
    for (size_t i = 0; i < pace->count; i++)
        if (pace->sims[i].row.slot == slot)
            return &pace->sims[i];
    if (pace->count == SIM_LIMITS_MAX)
        return NULL;
    struct pace_sim *sim = &pace->sims[pace->count++];
    *sim = (struct pace_sim){.row = {.slot = slot}};
    return sim;
}

static bool limits_anything(const struct sim_limit *row)
{
    return row->per_minute + row->per_hour + row->per_day + row->gap_ms + row->recipients_day +
                   row->recipients_month >
               0 ||
           row->opens_min != row->closes_min;
}

void pace_set(struct core *core, struct command *command)
{
    struct command_limit *wish = &command->limit;
    char why[DETAIL_SIZE];
    struct fleet_device *device = fleet_device_by_id(core->fleet, wish->device);
    if (device == NULL || device->row.account != command->account) {
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such device");
        return;
    }
    struct pace *pace = pace_of(core, device);
    struct pace_sim *sim = pace != NULL ? limit_of(pace, wish->row.slot) : NULL;
    if (sim == NULL) {
        core->broken = true;
        return;
    }
    const struct sim_limit counted = sim->row;
    reopen_note(pace, sim->rest_until);
    reopen_note(pace, recipients_end(&counted, why));
    wish->row.device = device->row.n;
    sim->row = wish->row;
    sim->row.minute_at = counted.minute_at;
    sim->row.minute = counted.minute;
    sim->row.hour_at = counted.hour_at;
    sim->row.hour = counted.hour;
    sim->row.day_at = counted.day_at;
    sim->row.day = counted.day;
    sim->row.last_at = counted.last_at;
    sim->row.day_recipients = counted.day_recipients;
    sim->row.month_at = counted.month_at;
    sim->row.month_recipients = counted.month_recipients;
    sim->row.recipients_since = counted.recipients_since;
    if (counted.recipients_day + counted.recipients_month == 0) {
        sim->row.day_recipients = sim->row.month_recipients = 0;
        sim->row.recipients_since = core->now;
    }
    if (limits_anything(&wish->row)) {
        (void)store_sim_limit_put(core->store, &sim->row);
    } else {
        (void)store_sim_limit_remove(core->store, wish->row.device, wish->row.slot);
        *sim = pace->sims[--pace->count];
    }
    settle(core, pace);
}
