// The choice of a device.
#include "bridge/engine/route.h"

// The device that wrote to this recipient last, when it has room now, so that a person always sees the same
// number.
static struct fleet_device *sticky_device(struct core *core, const struct message *message,
                                          const struct fleet_group *group)
{
    int64_t n;
    if (group->able < 2 || !store_peer_device(core->store, &n, message->account, message->peer))
        return NULL;
    struct fleet_device *device = fleet_device(core->fleet, n);
    bool fits = device != NULL && device->account == group->account && fleet_has_room(core->fleet, device) &&
                fleet_has_sim(device, message->want_sim);
    return fits ? device : NULL;
}

struct fleet_device *route_pick(struct core *core, struct message *message, const struct fleet_group *group)
{
    struct fleet_device *device = sticky_device(core, message, group);
    struct fleet_place *place = device == NULL ? fleet_first_place(group, message->want_sim) : NULL;
    if (place != NULL)
        device = place->device;
    message->sim = message->want_sim;
    return device;
}

struct fleet_device *route_named(struct core *core, struct message *message, struct fleet_device *device)
{
    message->sim = message->want_sim;
    return fleet_has_room(core->fleet, device) && fleet_has_sim(device, message->want_sim) ? device : NULL;
}

struct route_way route_of(struct core *core, const struct message *message)
{
    if (message->want_device != 0) {
        struct fleet_device *device = fleet_device(core->fleet, message->want_device);
        enum fleet_block block = device != NULL ? fleet_device_block(core->fleet, device) : FLEET_NO_DEVICE;
        return (struct route_way){
            .route = message->want_device, .block = block, .named = device, .gone = block == FLEET_NO_DEVICE};
    }
    struct fleet_group *group = &fleet_account(core->fleet, message->account)->all;
    return (struct route_way){
        .route = group->route, .block = fleet_group_block(core->fleet, group), .group = group};
}

struct fleet_device *route_take(struct core *core, struct message *message, const struct route_way *way)
{
    if (way->block != FLEET_FREE)
        return NULL;
    if (way->named != NULL)
        return way->named->waiting == 0 ? route_named(core, message, way->named) : NULL;
    return way->group->waiting == 0 ? route_pick(core, message, way->group) : NULL;
}
