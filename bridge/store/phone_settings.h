// What an account's phones are to be like, as SMSGate's settings, and the key that they sign with.
//
// As in store.h: writes are the engine's, reads any thread's; the first failure of a transaction sticks.
#ifndef SMSQUITTO_BRIDGE_STORE_PHONE_SETTINGS_H
#define SMSQUITTO_BRIDGE_STORE_PHONE_SETTINGS_H

#include "bridge/store/webhook.h"

struct phone_settings {
    char *settings; // owned JSON object, without secrets
    char signing_key[HOOK_SECRET_SIZE];
};

void phone_settings_clear(struct phone_settings *row);

bool store_phone_settings_set(struct store *store, int64_t account, const struct phone_settings *row);
// False when there are none. The caller clears.
bool store_phone_settings_load(struct store *store, struct phone_settings *out, int64_t account);
enum query_status query_phone_settings(struct query *query, struct phone_settings *out, int64_t account);

#endif
