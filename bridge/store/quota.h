// Limits of services for one-time codes in the store. Writes are the engine's, reads any thread's (store.h,
// query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_QUOTA_H
#define SMSQUITTO_BRIDGE_STORE_QUOTA_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

#define ID_QUOTA "RK"
#define ID_BUCKET "BL"

enum {
    QUOTA_NAME_SIZE = 65,
    QUOTA_DESCRIPTION_SIZE = 129,
    QUOTAS_MAX = 10, // of one service
    BUCKETS_MAX = 5, // of one quota
    BUCKET_MAX = 10000,
    BUCKET_INTERVAL_MAX_S = 86400,
};

struct otp_quota {
    int64_t n, account, service;
    char id[ID_SIZE];
    char name[QUOTA_NAME_SIZE];
    char description[QUOTA_DESCRIPTION_SIZE];
    int64_t created_at, updated_at, removed_at;
};

struct otp_bucket {
    int64_t n, quota;
    char id[ID_SIZE];
    int64_t max, interval_ms;
    int64_t created_at, updated_at, removed_at;
};

int64_t store_quota_last(struct store *store);
int64_t store_bucket_last(struct store *store);
bool store_quota_add(struct store *store, const struct otp_quota *row);
// Writes description, updated_at and removed_at.
bool store_quota_update(struct store *store, const struct otp_quota *row);
bool store_bucket_add(struct store *store, const struct otp_bucket *row);
// Writes max, interval_ms, updated_at and removed_at.
bool store_bucket_update(struct store *store, const struct otp_bucket *row);
// Fill out[QUOTAS_MAX] or out[BUCKETS_MAX] with those that were not removed; return how many.
size_t store_quotas(struct store *store, struct otp_quota *out, int64_t service);
size_t store_buckets(struct store *store, struct otp_bucket *out, int64_t quota);
bool store_hit_add(struct store *store, int64_t quota, const uint8_t value[SECRET_HASH_BYTES], int64_t at);
// How many hits after `since` there are, up to max, and when the oldest of them was.
int64_t store_hits(struct store *store, int64_t *oldest, int64_t quota,
                   const uint8_t value[SECRET_HASH_BYTES], int64_t since, int64_t max);
// Deletes hits before, at most about limit.
void store_hits_sweep(struct store *store, int64_t before, size_t limit);

// The same for readers: out[QUOTAS_MAX], out[BUCKETS_MAX].
enum query_status query_quotas(struct query *query, struct otp_quota *out, size_t *count, int64_t service);
enum query_status query_buckets(struct query *query, struct otp_bucket *out, size_t *count, int64_t quota);

#endif
