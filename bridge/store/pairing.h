// Pairing codes in the store. Writes are the engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_PAIRING_H
#define SMSQUITTO_BRIDGE_STORE_PAIRING_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

struct pairing {
    int64_t n, account;
    char id[ID_SIZE];
    uint8_t code_hash[SECRET_HASH_BYTES];
    char want_id[DEVICE_ID_SIZE]; // "" = made from the name
    char name[NAME_SIZE];         // "" = what the device calls itself
    int64_t device;               // device.n: gets a new key, or was made; 0 = none yet
    int64_t created_at, expires_at;
    int64_t used_at; // 0 = not used
};

// As the API shows it.
struct pairing_view {
    struct pairing pairing;
    char device_id[DEVICE_ID_SIZE]; // of pairing.device, "" = none
};

int64_t store_pairing_last(struct store *store);
bool store_pairing_add(struct store *store, const struct pairing *row);
// Writes device and used_at.
bool store_pairing_used(struct store *store, const struct pairing *row);
bool store_pairing_delete(struct store *store, int64_t n);
bool store_pairing_load(struct store *store, struct pairing *out, int64_t account, const char *id);
bool store_pairing_by_code(struct store *store, struct pairing *out,
                           const uint8_t code_hash[SECRET_HASH_BYTES]);
// How many of the account can be used at that time, counted up to limit.
int64_t store_pairing_count(struct store *store, int64_t account, int64_t at, int64_t limit);
// Deletes at most limit rows whose time was over before.
void store_pairing_sweep(struct store *store, int64_t before, size_t limit);

// Those of the account behind after_n, oldest first.
enum query_status query_pairings(struct query *query, struct pairing_view *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n);
// QUERY_OK when the code can be used at that time.
enum query_status query_pairing_open(struct query *query, const uint8_t code_hash[SECRET_HASH_BYTES],
                                     int64_t at);

#endif
