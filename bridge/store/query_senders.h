// Who our texts come from: the SIMs of devices, for readers. As in query.h.
#ifndef SMSQUITTO_BRIDGE_STORE_QUERY_SENDERS_H
#define SMSQUITTO_BRIDGE_STORE_QUERY_SENDERS_H

#include "bridge/store/query.h"

// When the radio network took the message, 0 = not yet, or nobody knows any more.
enum query_status query_sent_at(struct query *query, int64_t *at, int64_t message);

// The id of the pool with that name or id.
enum query_status query_pool_id(struct query *query, char out[ID_SIZE], int64_t account, const char *name);

// What a device, also a removed one, told of itself: owned JSON text, or NULL when it has not said anything.
enum query_status query_device_status(struct query *query, char **status, int64_t account, int64_t device);

// The first device behind after_n whose status has text in it. n, id and status (owned) are set.
enum query_status query_device_naming(struct query *query, struct device *out, int64_t account,
                                      int64_t after_n, const char *text);

#endif
