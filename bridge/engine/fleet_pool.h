// Pools in memory: groups of devices that were put together by hand, or by a tag.
//
// For the policies that look at the recipient's number, the members are also sorted into classes: groups that
// nothing waits for, one for each prefix or carrier. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_FLEET_POOL_H
#define SMSQUITTO_BRIDGE_ENGINE_FLEET_POOL_H

#include "bridge/engine/fleet.h"

enum { FLEET_CLASS_BUCKETS = 32 };

// A device, or one slot of it, in a pool by hand.
struct fleet_member {
    struct fleet_pool *pool;
    int64_t sim, weight;
    char *prefixes;
    struct fleet_member *next; // of the same device
};

struct fleet_class {
    struct fleet_group group;
    char key[CARRIER_SIZE]; // a prefix, or a carrier in lower case
    struct fleet_class *next;
};

struct fleet_pool {
    struct pool row;
    struct fleet_group group;
    struct fleet_class *classes[FLEET_CLASS_BUCKETS];
    struct pool_carrier *carriers; // owned
    size_t carrier_count;
    struct fleet_pool *next, *next_by_n;
};

// Adds a row as read from or just written to the store. NULL when memory runs out.
struct fleet_pool *fleet_add_pool(struct fleet *fleet, const struct pool *row, int64_t now);
// Takes the pool out of memory, with its memberships. Nothing may wait for it.
void fleet_remove_pool(struct fleet *fleet, struct fleet_pool *pool, int64_t now);
struct fleet_pool *fleet_pool(const struct fleet *fleet, int64_t n);
// By name or id; NULL when the account has none.
struct fleet_pool *fleet_pool_named(const struct fleet_account *account, const char *name);
// The broker is back: absences begin anew, because devices had no way to say that they are there.
void fleet_pools_arrive(struct fleet *fleet, int64_t now);

// Adds to the carriers of recipients, or forgets them all. False when memory runs out.
bool fleet_pool_add_carrier(struct fleet_pool *pool, const struct pool_carrier *carrier);
void fleet_pool_clear_carriers(struct fleet_pool *pool);

// Notes a membership by hand, or changes it. False when memory runs out. fleet_device_refit applies it.
bool fleet_member_put(struct fleet_pool *pool, struct fleet_device *device, int64_t sim, int64_t weight,
                      const char *prefixes);
// Returns whether there was one.
bool fleet_member_drop(const struct fleet_pool *pool, struct fleet_device *device, int64_t sim);
bool fleet_is_member(const struct fleet_pool *pool, const struct fleet_device *device, int64_t sim);
size_t fleet_member_count(const struct fleet_device *device);

bool fleet_has_tag(const struct fleet_device *device, const char *tag);

// Looks again at who is in which place of the pool, after a change of its row; and at all pools
// of a device, after a change of its memberships, tags or SIMs. False when memory runs out.
bool fleet_pool_refit(struct fleet *fleet, struct fleet_pool *pool, int64_t now);
bool fleet_device_refit(struct fleet *fleet, struct fleet_device *device, int64_t now);

// Those of the pool's members that its policy prefers for a recipient; NULL when it prefers none.
struct fleet_group *fleet_pool_prefers(const struct fleet_pool *pool, const char *to);

#endif
