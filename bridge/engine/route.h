// Which device takes a message. Engine thread only.
//
// A function that gives a device sets message->sim to the slot that the device shall use (0 = any).
#ifndef SMSQUITTO_BRIDGE_ENGINE_ROUTE_H
#define SMSQUITTO_BRIDGE_ENGINE_ROUTE_H

#include "bridge/engine/core.h"

// Where a message has to wait, and what it meets there.
struct route_way {
    int64_t route; // of message.route
    enum fleet_block block;
    struct fleet_device *named; // the only device that may take it; NULL = any of group
    struct fleet_group *group;
    bool gone; // the device that the request named was removed
};

struct route_way route_of(struct core *core, const struct message *message);

// The device that can take a new message on that way at once; NULL when it has to wait, or others wait before
// it.
struct fleet_device *route_take(struct core *core, struct message *message, const struct route_way *way);

// The device of the group that takes the first message of its route; NULL when none that has room has the
// slot.
struct fleet_device *route_pick(struct core *core, struct message *message, const struct fleet_group *group);

// The device, when it has room and the slot; else NULL.
struct fleet_device *route_named(struct core *core, struct message *message, struct fleet_device *device);

#endif
