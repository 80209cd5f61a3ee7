// Pools, their members and device tags, for readers.
#include "bridge/store/query_pools.h"

#include "bridge/store/query_internal.h"
#include "bridge/store/row_pool.h"
#include "bridge/store/rows.h"

static void read_pool_view(struct pool_view *out, struct db_statement *statement)
{
    row_pool(&out->pool, statement);
    row_text(out->fallback, sizeof(out->fallback), statement, ROW_POOL_COLUMNS);
    out->members = db_int(statement, ROW_POOL_COLUMNS + 1);
    out->waiting = db_int(statement, ROW_POOL_COLUMNS + 2);
}

// Ends a list whose last step was that.
static enum query_status ended(struct db_statement *statement, enum db_step step)
{
    db_reset(statement);
    return step == DB_FAILED ? QUERY_FAILED : QUERY_OK;
}

enum query_status query_pool(struct query *query, struct pool_view *out, int64_t account, const char *name)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_POOL);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, name);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        read_pool_view(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_pools(struct query *query, struct pool_view *out, size_t limit, size_t *count,
                              int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_POOLS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        read_pool_view(&out[*count], statement);
    return ended(statement, step);
}

enum query_status query_pool_members(struct query *query, struct pool_member_view *out, size_t limit,
                                     size_t *count, int64_t pool, int64_t after_device, int64_t after_sim)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_POOL_MEMBERS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, pool);
    db_bind_int(statement, 2, after_device);
    db_bind_int(statement, 3, after_sim);
    db_bind_int(statement, 4, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++) {
        struct pool_member_view *view = &out[*count];
        *view = (struct pool_member_view){.member.pool = pool,
                                          .member.device = db_int(statement, 1),
                                          .member.sim = db_int(statement, 2),
                                          .member.weight = db_int(statement, 3),
                                          .online = db_int(statement, 5) != 0,
                                          .paused = db_int(statement, 6) != 0};
        row_text(view->device_id, sizeof(view->device_id), statement, 0);
        row_text(view->member.prefixes, sizeof(view->member.prefixes), statement, 4);
    }
    return ended(statement, step);
}

enum query_status query_pool_carriers(struct query *query, struct pool_carrier *out, size_t *count,
                                      int64_t pool)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_POOL_CARRIERS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, pool);
    for (*count = 0; *count < POOL_CARRIERS_MAX && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_pool_carrier(&out[*count], statement);
    return ended(statement, step);
}

enum query_status query_device_tags(struct query *query, char out[][TAG_SIZE], size_t *count, int64_t device)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEVICE_TAGS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, device);
    for (*count = 0; *count < DEVICE_TAGS_MAX && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_text(out[*count], TAG_SIZE, statement, 0);
    return ended(statement, step);
}
