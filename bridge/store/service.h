// Services for one-time codes in the store: each a way of an app to have numbers verified. Writes are the
// engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_SERVICE_H
#define SMSQUITTO_BRIDGE_STORE_SERVICE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

#define ID_SERVICE "VA"

enum { SERVICE_NAME_SIZE = 33 }; // 32 bytes

struct otp_service {
    int64_t n, account;
    char id[ID_SIZE];
    char name[SERVICE_NAME_SIZE];
    int64_t digits;
    int64_t created_at, updated_at, removed_at;
};

int64_t store_service_last(struct store *store);
bool store_service_add(struct store *store, const struct otp_service *row);
// Writes name, digits, updated_at and removed_at.
bool store_service_update(struct store *store, const struct otp_service *row);
bool store_service_load(struct store *store, struct otp_service *out, int64_t account, const char *id);
// How many the account has.
int64_t store_service_count(struct store *store, int64_t account);

enum query_status query_service(struct query *query, struct otp_service *out, int64_t account,
                                const char *id);
// In n order after after_n.
enum query_status query_services(struct query *query, struct otp_service *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n);

#endif
