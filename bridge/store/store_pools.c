// Pools, their members and device tags, for the engine.
#include "bridge/store/store_pools.h"

#include "bridge/store/row_pool.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

void row_pool(struct pool *out, struct db_statement *statement)
{
    *out = (struct pool){.n = db_int(statement, 0)};
    row_text(out->id, sizeof(out->id), statement, 1);
    out->account = db_int(statement, 2);
    row_text(out->name, sizeof(out->name), statement, 3);
    out->policy = (enum pool_policy)db_int(statement, 4);
    out->priority = db_int(statement, 5);
    out->fallback = db_int(statement, 6);
    out->fallback_after_ms = db_int(statement, 7);
    row_text(out->tag, sizeof(out->tag), statement, 8);
    out->created_at = db_int(statement, 9);
    out->removed_at = db_int(statement, 10);
    out->own_quiet = db_text(statement, 14) != NULL;
    out->quiet.begins_min = db_int(statement, 11);
    out->quiet.ends_min = db_int(statement, 12);
    out->quiet.days = db_int(statement, 13);
    row_text(out->quiet.zone, sizeof(out->quiet.zone), statement, 14);
}

void row_pool_carrier(struct pool_carrier *out, struct db_statement *statement)
{
    out->pool = db_int(statement, 0);
    row_text(out->prefix, sizeof(out->prefix), statement, 1);
    row_text(out->carrier, sizeof(out->carrier), statement, 2);
}

static void bind_number_or_null(struct db_statement *statement, int parameter, int64_t value)
{
    if (value != 0)
        db_bind_int(statement, parameter, value);
    else
        db_bind_null(statement, parameter);
}

static void bind_tag(struct db_statement *statement, int parameter, const char *tag)
{
    if (tag[0] != '\0')
        db_bind_text(statement, parameter, tag);
    else
        db_bind_null(statement, parameter);
}

// NULL for a pool that has none of its own.
static void bind_quiet(struct db_statement *statement, int parameter, const struct pool *pool)
{
    if (!pool->own_quiet) {
        for (int i = 0; i < 4; i++)
            db_bind_null(statement, parameter + i);
        return;
    }
    db_bind_int(statement, parameter, pool->quiet.begins_min);
    db_bind_int(statement, parameter + 1, pool->quiet.ends_min);
    db_bind_int(statement, parameter + 2, pool->quiet.days);
    db_bind_text(statement, parameter + 3, pool->quiet.zone);
}

int64_t store_pool_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_POOL, 0);
}

bool store_pool_add(struct store *store, const struct pool *pool)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, pool->n);
    db_bind_text(statement, 2, pool->id);
    db_bind_int(statement, 3, pool->account);
    db_bind_text(statement, 4, pool->name);
    db_bind_int(statement, 5, pool->policy);
    db_bind_int(statement, 6, pool->priority);
    bind_number_or_null(statement, 7, pool->fallback);
    db_bind_int(statement, 8, pool->fallback_after_ms);
    bind_tag(statement, 9, pool->tag);
    db_bind_int(statement, 10, pool->created_at);
    bind_number_or_null(statement, 11, pool->removed_at);
    bind_quiet(statement, 12, pool);
    return store_finish(store, statement);
}

bool store_pool_update(struct store *store, const struct pool *pool)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, pool->n);
    db_bind_text(statement, 2, pool->name);
    db_bind_int(statement, 3, pool->policy);
    db_bind_int(statement, 4, pool->priority);
    bind_number_or_null(statement, 5, pool->fallback);
    db_bind_int(statement, 6, pool->fallback_after_ms);
    bind_tag(statement, 7, pool->tag);
    bind_number_or_null(statement, 8, pool->removed_at);
    bind_quiet(statement, 9, pool);
    return store_finish(store, statement);
}

bool store_pool_member_put(struct store *store, const struct pool_member *member)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_MEMBER_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, member->pool);
    db_bind_int(statement, 2, member->device);
    db_bind_int(statement, 3, member->sim);
    db_bind_int(statement, 4, member->weight);
    db_bind_text(statement, 5, member->prefixes);
    return store_finish(store, statement);
}

bool store_pool_member_remove(struct store *store, int64_t pool, int64_t device, int64_t sim)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_MEMBER_REMOVE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, pool);
    db_bind_int(statement, 2, device);
    db_bind_int(statement, 3, sim);
    return store_finish(store, statement);
}

// A write with one number.
static bool write_number(struct store *store, enum statement name, int64_t value)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, value);
    return store_finish(store, statement);
}

bool store_pool_members_clear(struct store *store, int64_t pool)
{
    return write_number(store, STATEMENT_POOL_MEMBERS_CLEAR, pool);
}

bool store_pool_device_clear(struct store *store, int64_t device)
{
    return write_number(store, STATEMENT_POOL_DEVICE_CLEAR, device) && store_device_tags_clear(store, device);
}

bool store_pool_carriers_clear(struct store *store, int64_t pool)
{
    return write_number(store, STATEMENT_POOL_CARRIERS_CLEAR, pool);
}

bool store_pool_carrier_add(struct store *store, const struct pool_carrier *carrier)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_CARRIER_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, carrier->pool);
    db_bind_text(statement, 2, carrier->prefix);
    db_bind_text(statement, 3, carrier->carrier);
    return store_finish(store, statement);
}

bool store_device_tags_clear(struct store *store, int64_t device)
{
    return write_number(store, STATEMENT_DEVICE_TAGS_CLEAR, device);
}

bool store_device_tag_add(struct store *store, int64_t device, const char *tag)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_TAG_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_text(statement, 2, tag);
    return store_finish(store, statement);
}

bool store_event_known(struct store *store, int64_t message, int64_t kind, int64_t part)
{
    struct db_statement *statement = store_use(store, STATEMENT_EVENT_OF_LEASE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, message);
    db_bind_int(statement, 2, kind);
    db_bind_int(statement, 3, part);
    bool known = store_next_row(store, statement);
    db_reset(statement);
    return known;
}

bool store_pools_each(struct store *store, bool (*each)(void *context, const struct pool *pool),
                      void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOLS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct pool pool;
        row_pool(&pool, statement);
        goes_on = each(context, &pool);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_pool_members_each(struct store *store,
                             bool (*each)(void *context, const struct pool_member *member), void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_MEMBERS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct pool_member member = {.pool = db_int(statement, 0),
                                     .device = db_int(statement, 1),
                                     .sim = db_int(statement, 2),
                                     .weight = db_int(statement, 3)};
        row_text(member.prefixes, sizeof(member.prefixes), statement, 4);
        goes_on = each(context, &member);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_pool_carriers_each(struct store *store,
                              bool (*each)(void *context, const struct pool_carrier *carrier), void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_POOL_CARRIERS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct pool_carrier carrier;
        row_pool_carrier(&carrier, statement);
        goes_on = each(context, &carrier);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_device_tags_each(struct store *store, bool (*each)(void *context, int64_t device, const char *tag),
                            void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_TAGS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        char tag[TAG_SIZE];
        row_text(tag, sizeof(tag), statement, 1);
        goes_on = each(context, db_int(statement, 0), tag);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}
