// Who rests, for those that wait.
#include "bridge/engine/rests.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/route.h"
#include "bridge/store/rest.h"

#include <stdio.h>

// A time that is over needs no word: whoever reads it knows that nobody rests.
static void tell(struct core *core, const struct route_way *way, int64_t *told)
{
    struct route_rest rest = {.until = route_rest_end(way)};
    if (rest.until == *told || (rest.until == 0 && *told <= core->now))
        return;
    if (rest.until == 0) {
        (void)store_route_rest_end(core->store, way->route);
    } else {
        snprintf(rest.reason, sizeof(rest.reason), "%s", route_reason(way, rest.detail));
        (void)store_route_rest_put(core->store, way->route, &rest);
    }
    *told = rest.until;
}

static void tell_group(struct core *core, struct fleet_group *group)
{
    if (group->able > 0 && group->rest_told <= core->now)
        return;
    const struct route_way way = {
        .route = group->route, .block = fleet_group_block(core->fleet, group), .group = group};
    tell(core, &way, &group->rest_told);
}

static void tell_device(struct core *core, struct fleet_device *device)
{
    const struct route_way way = {
        .route = device->row.n, .block = fleet_device_block(core->fleet, device), .named = device};
    tell(core, &way, &device->rest_told);
}

void rests_tell(struct core *core)
{
    if (!core->rests_changed)
        return;
    core->rests_changed = false;
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next) {
        tell_group(core, &account->all);
        for (struct fleet_pool *pool = account->pools; pool != NULL; pool = pool->next)
            tell_group(core, &pool->group);
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            tell_device(core, device);
    }
}
