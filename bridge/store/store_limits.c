// How much a SIM may send: the store's two sides.
#include "bridge/store/limit.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_sim_limit(struct sim_limit *out, struct db_statement *statement)
{
    *out = (struct sim_limit){
        .device = db_int(statement, 0),
        .slot = db_int(statement, 1),
        .per_minute = row_number(statement, 2),
        .per_hour = row_number(statement, 3),
        .per_day = row_number(statement, 4),
        .gap_ms = row_number(statement, 5),
        .jitter_ms = row_number(statement, 6),
        .opens_min = db_int(statement, 7),
        .closes_min = db_int(statement, 8),
        .minute_at = row_number(statement, 10),
        .minute = row_number(statement, 11),
        .hour_at = row_number(statement, 12),
        .hour = row_number(statement, 13),
        .day_at = row_number(statement, 14),
        .day = row_number(statement, 15),
        .last_at = row_number(statement, 16),
        .recipients_day = row_number(statement, 17),
        .recipients_month = row_number(statement, 18),
        .recipients_since = row_number(statement, 19),
        .day_recipients = row_number(statement, 20),
        .month_at = row_number(statement, 21),
        .month_recipients = row_number(statement, 22),
    };
    row_text(out->zone, sizeof(out->zone), statement, 9);
}

bool store_sim_limit_put(struct store *store, const struct sim_limit *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_LIMIT_PUT);
    int parameter = 1;
    if (statement == NULL)
        return false;
    db_bind_int(statement, parameter++, row->device);
    db_bind_int(statement, parameter++, row->slot);
    db_bind_int(statement, parameter++, row->per_minute);
    db_bind_int(statement, parameter++, row->per_hour);
    db_bind_int(statement, parameter++, row->per_day);
    db_bind_int(statement, parameter++, row->gap_ms);
    db_bind_int(statement, parameter++, row->jitter_ms);
    db_bind_int(statement, parameter++, row->opens_min);
    db_bind_int(statement, parameter++, row->closes_min);
    db_bind_text(statement, parameter++, row->zone);
    db_bind_int(statement, parameter++, row->minute_at);
    db_bind_int(statement, parameter++, row->minute);
    db_bind_int(statement, parameter++, row->hour_at);
    db_bind_int(statement, parameter++, row->hour);
    db_bind_int(statement, parameter++, row->day_at);
    db_bind_int(statement, parameter++, row->day);
    db_bind_int(statement, parameter++, row->last_at);
    db_bind_int(statement, parameter++, row->recipients_day);
    db_bind_int(statement, parameter++, row->recipients_month);
    db_bind_int(statement, parameter++, row->recipients_since);
    db_bind_int(statement, parameter++, row->day_recipients);
    db_bind_int(statement, parameter++, row->month_at);
    db_bind_int(statement, parameter++, row->month_recipients);
    return store_finish(store, statement);
}

bool store_sim_limit_count(struct store *store, const struct sim_limit *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_LIMIT_COUNT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->device);
    db_bind_int(statement, 2, row->slot);
    db_bind_int(statement, 3, row->minute_at);
    db_bind_int(statement, 4, row->minute);
    db_bind_int(statement, 5, row->hour_at);
    db_bind_int(statement, 6, row->hour);
    db_bind_int(statement, 7, row->day_at);
    db_bind_int(statement, 8, row->day);
    db_bind_int(statement, 9, row->last_at);
    db_bind_int(statement, 10, row->day_recipients);
    db_bind_int(statement, 11, row->month_at);
    db_bind_int(statement, 12, row->month_recipients);
    return store_finish(store, statement);
}

bool store_sim_limit_remove(struct store *store, int64_t device, int64_t slot)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_LIMIT_REMOVE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_int(statement, 2, slot);
    return store_finish(store, statement);
}

int64_t store_sim_recipient_at(struct store *store, int64_t device, int64_t slot, const char *number)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_RECIPIENT_AT);
    int64_t at = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, device);
    db_bind_int(statement, 2, slot);
    db_bind_text(statement, 3, number);
    if (store_next_row(store, statement))
        at = db_int(statement, 0);
    db_reset(statement);
    return at;
}

bool store_sim_recipient_put(struct store *store, int64_t device, int64_t slot, const char *number,
                             int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_RECIPIENT_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_int(statement, 2, slot);
    db_bind_text(statement, 3, number);
    db_bind_int(statement, 4, at);
    return store_finish(store, statement);
}

size_t store_sim_recipient_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_RECIPIENT_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}

bool store_sim_limits_each(struct store *store, bool (*each)(void *context, const struct sim_limit *row),
                           void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_SIM_LIMITS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct sim_limit row;
        row_sim_limit(&row, statement);
        goes_on = each(context, &row);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

enum query_status query_sim_limits(struct query *query, struct sim_limit *out, size_t *count, int64_t device)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SIM_LIMITS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, device);
    for (*count = 0; *count < SIM_LIMITS_MAX && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_sim_limit(&out[*count], statement);
    return query_end_list(statement, step);
}
