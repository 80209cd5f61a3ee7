// Limits of services for one-time codes: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/quota.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_quota(struct otp_quota *out, struct db_statement *statement)
{
    *out = (struct otp_quota){.n = db_int(statement, 0),
                              .account = db_int(statement, 2),
                              .service = db_int(statement, 3),
                              .created_at = db_int(statement, 6),
                              .updated_at = db_int(statement, 7),
                              .removed_at = db_int(statement, 8)};
    row_text(out->id, sizeof(out->id), statement, 1);
    row_text(out->name, sizeof(out->name), statement, 4);
    row_text(out->description, sizeof(out->description), statement, 5);
}

static void row_bucket(struct otp_bucket *out, struct db_statement *statement)
{
    *out = (struct otp_bucket){.n = db_int(statement, 0),
                               .quota = db_int(statement, 2),
                               .max = db_int(statement, 3),
                               .interval_ms = db_int(statement, 4),
                               .created_at = db_int(statement, 5),
                               .updated_at = db_int(statement, 6),
                               .removed_at = db_int(statement, 7)};
    row_text(out->id, sizeof(out->id), statement, 1);
}

int64_t store_quota_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_QUOTA, 0);
}

int64_t store_bucket_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_BUCKET, 0);
}

bool store_quota_add(struct store *store, const struct otp_quota *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_QUOTA_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->account);
    db_bind_int(statement, 4, row->service);
    db_bind_text(statement, 5, row->name);
    db_bind_text(statement, 6, row->description);
    db_bind_int(statement, 7, row->created_at);
    db_bind_int(statement, 8, row->updated_at);
    bind_int_or_null(statement, 9, row->removed_at);
    return store_finish(store, statement);
}

bool store_quota_update(struct store *store, const struct otp_quota *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_QUOTA_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->description);
    db_bind_int(statement, 3, row->updated_at);
    bind_int_or_null(statement, 4, row->removed_at);
    return store_finish(store, statement);
}

bool store_bucket_add(struct store *store, const struct otp_bucket *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_BUCKET_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->quota);
    db_bind_int(statement, 4, row->max);
    db_bind_int(statement, 5, row->interval_ms);
    db_bind_int(statement, 6, row->created_at);
    db_bind_int(statement, 7, row->updated_at);
    bind_int_or_null(statement, 8, row->removed_at);
    return store_finish(store, statement);
}

bool store_bucket_update(struct store *store, const struct otp_bucket *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_BUCKET_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_int(statement, 2, row->max);
    db_bind_int(statement, 3, row->interval_ms);
    db_bind_int(statement, 4, row->updated_at);
    bind_int_or_null(statement, 5, row->removed_at);
    return store_finish(store, statement);
}

size_t store_quotas(struct store *store, struct otp_quota *out, int64_t service)
{
    struct db_statement *statement = store_use(store, STATEMENT_QUOTAS);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, service);
    db_bind_int(statement, 2, QUOTAS_MAX);
    while (store_next_row(store, statement))
        row_quota(&out[count++], statement);
    return count;
}

size_t store_buckets(struct store *store, struct otp_bucket *out, int64_t quota)
{
    struct db_statement *statement = store_use(store, STATEMENT_BUCKETS);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, quota);
    db_bind_int(statement, 2, BUCKETS_MAX);
    while (store_next_row(store, statement))
        row_bucket(&out[count++], statement);
    return count;
}

bool store_hit_add(struct store *store, int64_t quota, const uint8_t value[SECRET_HASH_BYTES], int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_HIT_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, quota);
    db_bind_blob(statement, 2, value, SECRET_HASH_BYTES);
    db_bind_int(statement, 3, at);
    return store_finish(store, statement);
}

int64_t store_hits(struct store *store, int64_t *oldest, int64_t quota,
                   const uint8_t value[SECRET_HASH_BYTES], int64_t since, int64_t max)
{
    struct db_statement *statement = store_use(store, STATEMENT_HITS);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, quota);
    db_bind_blob(statement, 2, value, SECRET_HASH_BYTES);
    db_bind_int(statement, 3, since);
    db_bind_int(statement, 4, max);
    if (store_next_row(store, statement)) {
        count = db_int(statement, 0);
        *oldest = db_int(statement, 1);
        db_reset(statement);
    }
    return count;
}

void store_hits_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_HITS_SWEEP);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}

enum query_status query_quotas(struct query *query, struct otp_quota *out, size_t *count, int64_t service)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_QUOTAS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, service);
    db_bind_int(statement, 2, QUOTAS_MAX);
    for (*count = 0; *count < QUOTAS_MAX && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_quota(&out[*count], statement);
    return query_end_list(statement, step);
}

enum query_status query_buckets(struct query *query, struct otp_bucket *out, size_t *count, int64_t quota)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_BUCKETS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, quota);
    db_bind_int(statement, 2, BUCKETS_MAX);
    for (*count = 0; *count < BUCKETS_MAX && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_bucket(&out[*count], statement);
    return query_end_list(statement, step);
}
