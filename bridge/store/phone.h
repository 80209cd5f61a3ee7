// Devices that come by HTTP, with SMSGate's app, instead of MQTT.
//
// As in store.h: writes are the engine's, reads any thread's; the first failure of a transaction sticks.
#ifndef SMSQUITTO_BRIDGE_STORE_PHONE_H
#define SMSQUITTO_BRIDGE_STORE_PHONE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

bool store_phone_add(struct store *store, int64_t device);
bool store_phones_each(struct store *store, void (*each)(void *context, int64_t device), void *context);

// The phone with that key (by its SHA-256), or id. The caller clears.
enum query_status query_phone(struct query *query, struct device *out,
                              const uint8_t key_hash[SECRET_HASH_BYTES]);
enum query_status query_phone_by_id(struct query *query, struct device *out, const char *id);

// What the device is leased and has not sent yet, what goes first first. The caller clears each.
enum query_status query_out(struct query *query, struct message_view *out, size_t limit, size_t *count,
                            int64_t device);

#endif
