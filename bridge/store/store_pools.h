// Writing pools, their members and device tags. The rules of store.h hold.
#ifndef SMSQUITTO_BRIDGE_STORE_STORE_POOLS_H
#define SMSQUITTO_BRIDGE_STORE_STORE_POOLS_H

#include "bridge/store/store.h"

int64_t store_pool_last(struct store *store);
bool store_pool_add(struct store *store, const struct pool *pool);
// All columns but id, account and created_at.
bool store_pool_update(struct store *store, const struct pool *pool);

// Adds the member, or changes weight and prefixes of the one with that pool, device and sim.
bool store_pool_member_put(struct store *store, const struct pool_member *member);
bool store_pool_member_remove(struct store *store, int64_t pool, int64_t device, int64_t sim);
// Forgets all members of a pool; all memberships and tags of a device.
bool store_pool_members_clear(struct store *store, int64_t pool);
bool store_pool_device_clear(struct store *store, int64_t device);

bool store_pool_carriers_clear(struct store *store, int64_t pool);
bool store_pool_carrier_add(struct store *store, const struct pool_carrier *carrier);

bool store_device_tags_clear(struct store *store, int64_t device);
bool store_device_tag_add(struct store *store, int64_t device, const char *tag);

// Whether the message has an event of that kind and part. One index look-up.
bool store_event_known(struct store *store, int64_t message, int64_t kind, int64_t part);

// Call each(context, ...) per row; false when reading failed half way (or a callback returned false).
bool store_pools_each(struct store *store, bool (*each)(void *context, const struct pool *pool),
                      void *context);
bool store_pool_members_each(struct store *store,
                             bool (*each)(void *context, const struct pool_member *member), void *context);
bool store_pool_carriers_each(struct store *store,
                              bool (*each)(void *context, const struct pool_carrier *carrier), void *context);
bool store_device_tags_each(struct store *store, bool (*each)(void *context, int64_t device, const char *tag),
                            void *context);

#endif
