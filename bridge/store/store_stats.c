// Figures: the store's two sides, and sums over them.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/stat.h"
#include "bridge/store/store_internal.h"

static const int64_t DELAYS_S[STAT_DELAYS] = {1,  2,   3,   5,   8,    12,   20,    30,
                                              60, 120, 300, 600, 1800, 7200, 43200, INT64_MAX};

int64_t stat_delay_s(size_t i)
{
    return DELAYS_S[i];
}

size_t stat_delay_of(int64_t ms)
{
    size_t i = 0;
    while (i + 1 < STAT_DELAYS && ms > DELAYS_S[i] * 1000)
        i++;
    return i;
}

double stat_quantile(const struct stat *stat, double share)
{
    int64_t total = 0, below = 0;
    for (size_t i = 0; i < STAT_DELAYS; i++)
        total += stat->delays[i];
    double wanted = share * (double)total;
    for (size_t i = 0; i < STAT_DELAYS; below += stat->delays[i++]) {
        if (stat->delays[i] == 0 || (double)(below + stat->delays[i]) < wanted)
            continue;
        double from = i > 0 ? (double)DELAYS_S[i - 1] : 0;
        double to = i + 1 < STAT_DELAYS ? (double)DELAYS_S[i] : from;
        return from + (to - from) * (wanted - (double)below) / (double)stat->delays[i];
    }
    return -1;
}

void stat_add(struct stat *stat, const struct stat *more)
{
    for (size_t i = 0; i < FIGURES; i++)
        stat->figures[i] += more->figures[i];
    for (size_t i = 0; i < STAT_DELAYS; i++)
        stat->delays[i] += more->delays[i];
}

bool store_stat_put(struct store *store, const struct stat *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_STAT_PUT);
    int parameter = 6;
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_int(statement, 2, row->hour);
    db_bind_int(statement, 3, row->device);
    db_bind_int(statement, 4, row->sim);
    db_bind_int(statement, 5, row->lane);
    for (size_t i = 0; i < FIGURES; i++)
        db_bind_int(statement, parameter++, row->figures[i]);
    for (size_t i = 0; i < STAT_DELAYS; i++)
        db_bind_int(statement, parameter++, row->delays[i]);
    return store_finish(store, statement);
}

bool store_stat_mark(struct store *store, int64_t *message, int64_t *event)
{
    struct db_statement *statement = store_use(store, STATEMENT_STAT_MARK);
    bool found = statement != NULL && store_next_row(store, statement);
    if (found) {
        *message = db_int(statement, 0);
        *event = db_int(statement, 1);
    }
    if (statement != NULL)
        db_reset(statement);
    return found;
}

bool store_stat_mark_set(struct store *store, int64_t message, int64_t event)
{
    struct db_statement *statement = store_use(store, STATEMENT_STAT_MARK_SET);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, message);
    db_bind_int(statement, 2, event);
    return store_finish(store, statement);
}

static bool each_since(struct store *store, enum statement name, int64_t after,
                       void (*each)(void *context, const struct stat_event *event), void *context)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, after);
    while (store_next_row(store, statement)) {
        int64_t created_at = db_int(statement, 7), send_at = db_int(statement, 8);
        const struct stat_event event = {.account = db_int(statement, 0),
                                         .at = db_int(statement, 1),
                                         .lane = (enum lane)db_int(statement, 2),
                                         .kind = db_int(statement, 3),
                                         .device = db_int(statement, 4),
                                         .sim = db_int(statement, 5),
                                         .parts = db_int(statement, 6),
                                         .begun_at = send_at > created_at ? send_at : created_at};
        each(context, &event);
    }
    db_reset(statement);
    return store->failure == STORE_OK;
}

bool store_stat_since(struct store *store, int64_t message, int64_t event,
                      void (*each)(void *context, const struct stat_event *event), void *context)
{
    return each_since(store, STATEMENT_STAT_MESSAGES, message, each, context) &&
           each_since(store, STATEMENT_STAT_EVENTS, event, each, context);
}

size_t store_stat_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_STAT_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}

static void read_view(struct stat_view *out, struct db_statement *statement, int64_t account)
{
    int column = 5;
    *out = (struct stat_view){.stat = {.account = account,
                                       .hour = db_int(statement, 0),
                                       .device = db_int(statement, 1),
                                       .sim = db_int(statement, 2),
                                       .lane = (enum lane)db_int(statement, 3)}};
    if (out->stat.device != 0)
        row_text(out->device_id, sizeof(out->device_id), statement, 4);
    for (size_t i = 0; i < FIGURES; i++)
        out->stat.figures[i] = db_int(statement, column++);
    for (size_t i = 0; i < STAT_DELAYS; i++)
        out->stat.delays[i] = db_int(statement, column++);
}

enum query_status query_stats(struct query *query, struct stat_view *out, size_t limit, size_t *count,
                              const struct stat_filter *filter)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_STATS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, filter->account);
    db_bind_int(statement, 2, filter->from);
    db_bind_int(statement, 3, filter->to);
    db_bind_int(statement, 4, filter->device);
    db_bind_int(statement, 5, filter->lane);
    db_bind_int(statement, 6, filter->by_hour);
    db_bind_int(statement, 7, filter->by_device);
    db_bind_int(statement, 8, filter->by_sim);
    db_bind_int(statement, 9, filter->by_lane);
    db_bind_int(statement, 10, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        read_view(&out[*count], statement, filter->account);
    return query_end_list(statement, step);
}

enum query_status query_webhook_health(struct query *query, struct webhook_health *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_WEBHOOK_HEALTH);
    db_bind_int(statement, 1, account);
    enum query_status status = query_numbers(statement, &out->count, &out->paused);
    if (status != QUERY_OK)
        return status;
    statement = query_use(query, STATEMENT_VIEW_WEBHOOK_BACKLOG);
    db_bind_int(statement, 1, account);
    return query_numbers(statement, &out->waiting, &out->dead);
}
