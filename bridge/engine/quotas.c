// Limits of services for one-time codes.
#include "bridge/engine/quotas.h"

#include <stdio.h>
#include <string.h>

enum { SWEEP_ROWS = 500 };

static bool find_service(struct core *core, struct command *command, struct otp_service *service)
{
    if (store_service_load(core->store, service, command->account, command->quota.service))
        return true;
    command_fail(command, COMMAND_NOT_FOUND, "service", "there is no such service");
    return false;
}

void quotas_add(struct core *core, struct command *command)
{
    const struct command_quota *wish = &command->quota;
    struct otp_quota rows[QUOTAS_MAX];
    struct otp_service service;
    if (!find_service(core, command, &service))
        return;
    size_t count = store_quotas(core->store, rows, service.n);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, wish->name) == 0) {
            command_fail(command, COMMAND_CONFLICT, "name", "is taken by another limit of this service");
            return;
        }
    if (count == QUOTAS_MAX) {
        command_fail(command, COMMAND_CONFLICT, "limits", "the service has 10 limits already");
        return;
    }
    struct otp_quota row = {.n = store_quota_last(core->store) + 1,
                            .account = command->account,
                            .service = service.n,
                            .created_at = core->now,
                            .updated_at = core->now};
    id_new(row.id, ID_QUOTA, core->now);
    memcpy(row.name, wish->name, sizeof(row.name));
    memcpy(row.description, wish->description, sizeof(row.description));
    (void)store_quota_add(core->store, &row);
    command->quota.row = row;
}

// The limit that the command names, as its result. False with the error set.
static bool find(struct core *core, struct command *command)
{
    struct otp_quota rows[QUOTAS_MAX];
    struct otp_service service;
    if (!find_service(core, command, &service))
        return false;
    size_t count = store_quotas(core->store, rows, service.n);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].id, command->quota.id) == 0) {
            command->quota.row = rows[i];
            return true;
        }
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such limit");
    return false;
}

void quotas_update(struct core *core, struct command *command)
{
    struct command_quota *wish = &command->quota;
    if (!find(core, command))
        return;
    if (wish->set_description)
        memcpy(wish->row.description, wish->description, sizeof(wish->row.description));
    wish->row.updated_at = core->now;
    (void)store_quota_update(core->store, &wish->row);
}

void quotas_remove(struct core *core, struct command *command)
{
    if (!find(core, command))
        return;
    command->quota.row.updated_at = command->quota.row.removed_at = core->now;
    (void)store_quota_update(core->store, &command->quota.row);
}

void quotas_bucket_add(struct core *core, struct command *command)
{
    struct command_quota *wish = &command->quota;
    struct otp_bucket rows[BUCKETS_MAX];
    if (!find(core, command))
        return;
    if (store_buckets(core->store, rows, wish->row.n) == BUCKETS_MAX) {
        command_fail(command, COMMAND_CONFLICT, "buckets", "the limit has 5 buckets already");
        return;
    }
    wish->bucket_row = (struct otp_bucket){.n = store_bucket_last(core->store) + 1,
                                           .quota = wish->row.n,
                                           .max = wish->max,
                                           .interval_ms = wish->interval_ms,
                                           .created_at = core->now,
                                           .updated_at = core->now};
    id_new(wish->bucket_row.id, ID_BUCKET, core->now);
    (void)store_bucket_add(core->store, &wish->bucket_row);
}

// The bucket that the command names, as its result. False with the error set.
static bool find_bucket(struct core *core, struct command *command)
{
    struct otp_bucket rows[BUCKETS_MAX];
    if (!find(core, command))
        return false;
    size_t count = store_buckets(core->store, rows, command->quota.row.n);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].id, command->quota.bucket) == 0) {
            command->quota.bucket_row = rows[i];
            return true;
        }
    command_fail(command, COMMAND_NOT_FOUND, "bucket", "there is no such bucket");
    return false;
}

void quotas_bucket_update(struct core *core, struct command *command)
{
    struct command_quota *wish = &command->quota;
    if (!find_bucket(core, command))
        return;
    if (wish->max != 0)
        wish->bucket_row.max = wish->max;
    if (wish->interval_ms != 0)
        wish->bucket_row.interval_ms = wish->interval_ms;
    wish->bucket_row.updated_at = core->now;
    (void)store_bucket_update(core->store, &wish->bucket_row);
}

void quotas_bucket_remove(struct core *core, struct command *command)
{
    struct otp_bucket *row = &command->quota.bucket_row;
    if (!find_bucket(core, command))
        return;
    row->updated_at = row->removed_at = core->now;
    (void)store_bucket_update(core->store, row);
}

// Whether one more send fits all buckets; otherwise false with the error set.
static bool fits(struct core *core, struct command *command, const struct otp_value *value)
{
    struct otp_bucket buckets[BUCKETS_MAX];
    size_t count = store_buckets(core->store, buckets, value->quota);
    for (size_t i = 0; i < count; i++) {
        int64_t oldest = core->now, max = buckets[i].max, interval = buckets[i].interval_ms;
        if (store_hits(core->store, &oldest, value->quota, value->hash, core->now - interval, max) < max)
            continue;
        command->status = COMMAND_LIMITED;
        command->retry_after_ms = oldest + interval - core->now;
        return field_fail(&command->error, "rate_limits", "%s allows %lld in %lld s", value->name,
                          (long long)max, (long long)interval / 1000);
    }
    return true;
}

// Finds the limits that the values are for. False with the error set.
static bool resolve(struct core *core, struct command *command)
{
    struct command_otp *wish = &command->otp;
    struct otp_quota rows[QUOTAS_MAX];
    struct otp_service service;
    char id[ID_SIZE];
    snprintf(id, sizeof(id), ID_SERVICE "%.32s", wish->purpose);
    bool known = store_service_load(core->store, &service, command->account, id);
    size_t count = known ? store_quotas(core->store, rows, service.n) : 0;
    for (size_t i = 0; i < wish->value_count; i++) {
        wish->values[i].quota = 0;
        for (size_t k = 0; k < count; k++)
            if (strcmp(rows[k].name, wish->values[i].name) == 0)
                wish->values[i].quota = rows[k].n;
        if (wish->values[i].quota != 0)
            continue;
        return command_fail(command, COMMAND_INVALID, "rate_limits", "the service has no limit \"%s\"",
                            wish->values[i].name);
    }
    return true;
}

bool quotas_allow(struct core *core, struct command *command)
{
    const struct command_otp *wish = &command->otp;
    if (wish->value_count > 0 && !resolve(core, command))
        return false;
    for (size_t i = 0; i < wish->value_count; i++)
        if (!fits(core, command, &wish->values[i]))
            return false;
    return true;
}

void quotas_count(struct core *core, const struct command *command)
{
    for (size_t i = 0; i < command->otp.value_count; i++)
        (void)store_hit_add(core->store, command->otp.values[i].quota, command->otp.values[i].hash,
                            core->now);
}

void quotas_upkeep(struct core *core)
{
    store_hits_sweep(core->store, core->now - (int64_t)BUCKET_INTERVAL_MAX_S * 1000, SWEEP_ROWS);
}
