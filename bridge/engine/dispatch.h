// Who goes next, and to which device.
//
// A message for a named device waits on that device's route, any other on its pool's or its account's; within
// a route the lane decides, then the order of acceptance. What waits stays in the store and is read in small
// windows when there is room. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_DISPATCH_H
#define SMSQUITTO_BRIDGE_ENGINE_DISPATCH_H

#include "bridge/engine/core.h"

// Whether a new message may go at once, must queue, or is held: sets state, turn, route, reason, detail of a
// message that is not in the cache yet. Returns the device for dispatch_planned, or NULL.
struct fleet_device *dispatch_plan(struct core *core, struct message *message);

// Goes on with what was planned, once life_add_take has the message: tells what is to tell, and leases it to
// that device (NULL = none).
void dispatch_planned(struct core *core, struct message *message, struct fleet_device *device);

// The same for a message that the cache has and no device holds: leases and publishes it, or lets it wait.
void dispatch_offer(struct core *core, struct message *message);

// The same also in quiet hours.
void dispatch_release(struct core *core, struct message *message);

// Leases the message to the device and publishes it.
void dispatch_lease(struct core *core, struct message *message, struct fleet_device *device);

// Publishes a leased message again, under the same lease.
void dispatch_again(struct core *core, const struct message *message, const struct fleet_device *device);

// Fills the room that devices have with what waits. Flushes the cache first when it has to read.
void dispatch_pump(struct core *core);

#endif
