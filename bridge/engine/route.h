// Which device takes a message. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ROUTE_H
#define SMSQUITTO_BRIDGE_ENGINE_ROUTE_H

#include "bridge/engine/core.h"

#define ROUTE_TAG "tag:" // before a tag, in requests and in the names of the pools that tags make

enum {
    ROUTE_DEPTH_MAX = 8,    // pools in a chain of fallbacks
    ROUTE_PLACES_MAX = 256, // of a group that are looked at for somebody who may write to a new number
};

// Where a message has to wait, and what it meets there.
struct route_way {
    int64_t route; // of message.route
    enum fleet_block block;
    struct fleet_device *named; // the only device that may take it; NULL = any of group
    struct fleet_group *group;
    const char *gone; // the code of its end, when the device or pool that it wants was removed; else NULL
};

// Where the message has to wait now, and whether anything is in the way there.
struct route_way route_of(struct core *core, const struct message *message);

// Who takes a message now. takes has room and the slot, and message->sim says which slot it shall use (0 =
// any); waits_for is worth waiting for. Both NULL: nobody who is there and has room has the slot.
struct route_choice {
    struct fleet_device *takes, *waits_for;
};

// For a new message on that way, which others that wait come before.
struct route_choice route_take(struct core *core, struct message *message, const struct route_way *way);

// For the first message that waits for the group.
struct route_choice route_pick(struct core *core, struct message *message, struct fleet_group *group);

// For the first message that waits for the device. Both NULL also when the device may not take it any more.
struct route_choice route_named(struct core *core, struct message *message, struct fleet_device *device);

// The pool that does the work of this one: itself, or a fallback when it has had no device that can send for
// its time, and the fallback has.
struct fleet_pool *route_stand_in(const struct core *core, struct fleet_pool *pool);

// What a request's `from` means in an account: a pool by name or id, "tag:…", a SIM by its number, a device
// by its id. False when there is none of these.
struct route_want {
    const struct fleet_device *device; // NULL = any
    int64_t sim;                       // 0 = any
    const struct fleet_pool *pool;     // NULL = any
};
bool route_want_read(struct route_want *want, struct core *core, int64_t account, const char *from);

// When the first of those who rest, while nobody on the way may send, goes on; 0 = nobody rests.
int64_t route_rest_end(const struct route_way *way);

// Says why a way is blocked: a code, and a sentence in detail[DETAIL_SIZE]. FLEET_FREE gives NULL and "".
const char *route_reason(const struct route_way *way, char *detail);

#endif
