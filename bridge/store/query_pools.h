// Reading pools, their members and device tags, from any thread. The rules of query.h hold.
#ifndef SMSQUITTO_BRIDGE_STORE_QUERY_POOLS_H
#define SMSQUITTO_BRIDGE_STORE_QUERY_POOLS_H

#include "bridge/store/query.h"

enum { POOL_CARRIERS_MAX = 200, DEVICE_TAGS_MAX = 16 };

// A pool as the API shows it.
struct pool_view {
    struct pool pool;
    char fallback[POOL_NAME_SIZE]; // name, "" = none
    int64_t members;               // that were put in by hand
    int64_t waiting;               // messages that wait for any of its devices
};

struct pool_member_view {
    struct pool_member member;
    char device_id[DEVICE_ID_SIZE];
    bool online, paused;
};

// By id or name. Not removed ones only, like the list.
enum query_status query_pool(struct query *query, struct pool_view *out, int64_t account, const char *name);
enum query_status query_pools(struct query *query, struct pool_view *out, size_t limit, size_t *count,
                              int64_t account, int64_t after_n);
// In the order of device and sim, after those.
enum query_status query_pool_members(struct query *query, struct pool_member_view *out, size_t limit,
                                     size_t *count, int64_t pool, int64_t after_device, int64_t after_sim);
// Fills out[POOL_CARRIERS_MAX].
enum query_status query_pool_carriers(struct query *query, struct pool_carrier *out, size_t *count,
                                      int64_t pool);
// Fills out[DEVICE_TAGS_MAX].
enum query_status query_device_tags(struct query *query, char out[][TAG_SIZE], size_t *count, int64_t device);

#endif
