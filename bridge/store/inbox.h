// What devices are asked to read again of their inboxes, in the store. Writes are the engine's, reads any
// thread's.
#ifndef SMSQUITTO_BRIDGE_STORE_INBOX_H
#define SMSQUITTO_BRIDGE_STORE_INBOX_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

enum { INBOX_ASK_MS = 7 * 24 * 3600000 }; // a device that does not take a request is asked for that long

struct inbox_request {
    int64_t device;
    int64_t asked_at;          // names it; 0 = none
    int64_t from, to;          // received_at of the texts, to itself not
    int64_t told_at, taken_at; // 0 = not yet
};

// Writes the row, in place of the device's last one.
bool store_inbox_request_put(struct store *store, const struct inbox_request *row);
bool store_inbox_requests_each(struct store *store,
                               bool (*each)(void *context, const struct inbox_request *row), void *context);
enum query_status query_inbox_request(struct query *query, struct inbox_request *out, int64_t device);

#endif
