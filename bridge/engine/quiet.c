// Quiet hours.
#include "bridge/engine/quiet.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/rehold.h"
#include "common/isotime.h"
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES_MAX = 40, ROUNDS_MAX = 20, DAY_MIN = 24 * 60 };

static bool load_one(void *context, const struct quiet_hours *row)
{
    struct core *core = context;
    struct quiet_hours *more = realloc(core->quiet, (core->quiet_count + 1) * sizeof(*more));
    if (more == NULL)
        return false;
    core->quiet = more;
    core->quiet[core->quiet_count++] = *row;
    return true;
}

bool quiet_load(struct core *core)
{
    core->quiet_count = 0;
    return store_quiet_each(core->store, load_one, core);
}

static const struct quiet_hours *hours_of(const struct core *core, int64_t account)
{
    for (size_t i = 0; i < core->quiet_count; i++)
        if (core->quiet[i].account == account)
            return &core->quiet[i];
    return NULL;
}

// The pool whose hours count for the message: the one that it names, or that takes what names none; NULL =
// the account's count.
static const struct fleet_pool *pool_of(const struct core *core, const struct message *message)
{
    const struct fleet_account *account = fleet_account(core->fleet, message->account);
    const struct fleet_pool *pool = NULL;
    if (message->want_pool != 0)
        pool = fleet_pool(core->fleet, message->want_pool);
    else if (message->want_device == 0 && account != NULL)
        pool = account->usual;
    return pool != NULL && pool->row.own_quiet ? pool : NULL;
}

static bool is_quiet(const struct quiet_hours *hours, const struct zone_local *local)
{
    int64_t minute = local->hour * 60 + local->minute, begins = hours->begins_min, ends = hours->ends_min;
    if ((hours->days >> local->weekday & 1) != 0)
        return true;
    return begins <= ends ? minute >= begins && minute < ends : minute >= begins || minute < ends;
}

int64_t quiet_end(const struct quiet_hours *hours, const char *zone, int64_t at)
{
    struct zone_local local;
    for (int i = 0; i < ROUNDS_MAX && zone_to_local(&local, zone, at) && is_quiet(hours, &local); i++) {
        // The next edge: the end of the quiet hours today, or midnight.
        int64_t minute = local.hour * 60 + local.minute;
        bool today = hours->begins_min != hours->ends_min && minute < hours->ends_min;
        struct zone_local edge = {.year = local.year, .month = local.month, .day = local.day};
        int64_t next;
        edge.hour = today ? (int)(hours->ends_min / 60) : 0;
        edge.minute = today ? (int)(hours->ends_min % 60) : 0;
        if (!zone_from_local(&next, zone, &edge))
            return at;
        if (!today) { // midnight of the next day: 26 hours from this one's, and back to its beginning
            if (!zone_to_local(&edge, zone, next + 26 * 3600000))
                return at;
            edge.hour = edge.minute = edge.second = 0;
            if (!zone_from_local(&next, zone, &edge))
                return at;
        }
        at = next > at ? next : at + 60000;
    }
    return at;
}

// The zones that count for the message; returns how many.
static size_t zones_of(const struct quiet_hours *hours, const char *number, char (*zones)[ZONE_NAME_SIZE])
{
    char region[3];
    if (hours->zone[0] != '\0') {
        memcpy(zones[0], hours->zone, sizeof(hours->zone));
        return 1;
    }
    number_region(region, number);
    return zone_of_region(zones, ZONES_MAX, region);
}

bool quiet_holds(const struct core *core, const struct message *message, int64_t *until,
                 char detail[DETAIL_SIZE])
{
    char zones[ZONES_MAX][ZONE_NAME_SIZE], time[ISOTIME_SIZE];
    if (message->purpose != PURPOSE_TEXT)
        return false;
    const struct fleet_pool *pool = pool_of(core, message);
    const struct quiet_hours *hours = pool != NULL ? &pool->row.quiet : hours_of(core, message->account);
    if (hours == NULL)
        return false;
    size_t count = zones_of(hours, message->peer, zones);
    int64_t end = core->now, before;
    do { // until it is quiet in none of them
        before = end;
        for (size_t i = 0; i < count; i++)
            end = quiet_end(hours, zones[i], end);
    } while (end != before && end < core->now + (int64_t)8 * DAY_MIN * 60000);
    if (end == core->now)
        return false;
    *until = end;
    isotime_format(time, end);
    snprintf(detail, DETAIL_SIZE, "it is quiet hours%s%s%s until %s", pool != NULL ? " of pool " : "",
             pool != NULL ? pool->row.name : "", hours->zone[0] != '\0' ? "" : " where the recipient is",
             time);
    return true;
}

void quiet_set(struct core *core, struct command *command)
{
    const struct quiet_hours *row = &command->quiet;
    struct quiet_hours *known = (struct quiet_hours *)(uintptr_t)hours_of(core, command->account);
    command->quiet.account = command->account;
    (void)store_quiet_set(core->store, row);
    if (known != NULL)
        *known = *row;
    else if (!load_one(core, row))
        core->broken = true;
    rehold_note(core, command->account);
}
