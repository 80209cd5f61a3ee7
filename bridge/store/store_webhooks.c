// Webhooks and their jobs: the writer's side.
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"
#include "bridge/store/webhook_rows.h"

int64_t store_webhook_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_WEBHOOK, 0);
}

int64_t store_hook_job_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_HOOK_JOB, 0);
}

bool store_webhook_add(struct store *store, const struct webhook *webhook)
{
    struct db_statement *statement = store_use(store, STATEMENT_WEBHOOK_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, webhook->n);
    db_bind_int(statement, 2, webhook->account);
    db_bind_text(statement, 3, webhook->id);
    db_bind_text(statement, 4, webhook->name);
    db_bind_text(statement, 5, webhook->url);
    db_bind_int(statement, 6, webhook->events);
    db_bind_int(statement, 7, webhook->signature);
    db_bind_text(statement, 8, webhook->secret);
    bind_text_or_null(statement, 9, webhook->old_secret);
    bind_int_or_null(statement, 10, webhook->old_secret_until);
    db_bind_int(statement, 11, webhook->disabled);
    bind_int_or_null(statement, 12, webhook->paused_at);
    db_bind_int(statement, 13, webhook->created_at);
    bind_int_or_null(statement, 14, webhook->removed_at);
    bind_text_or_null(statement, 15, webhook->app_id);
    bind_int_or_null(statement, 16, webhook->device);
    return store_finish(store, statement);
}

bool store_webhook_update(struct store *store, const struct webhook *webhook)
{
    struct db_statement *statement = store_use(store, STATEMENT_WEBHOOK_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, webhook->n);
    db_bind_text(statement, 2, webhook->name);
    db_bind_text(statement, 3, webhook->url);
    db_bind_int(statement, 4, webhook->events);
    db_bind_int(statement, 5, webhook->signature);
    db_bind_text(statement, 6, webhook->secret);
    bind_text_or_null(statement, 7, webhook->old_secret);
    bind_int_or_null(statement, 8, webhook->old_secret_until);
    db_bind_int(statement, 9, webhook->disabled);
    bind_int_or_null(statement, 10, webhook->paused_at);
    bind_int_or_null(statement, 11, webhook->removed_at);
    bind_int_or_null(statement, 12, webhook->device);
    return store_finish(store, statement);
}

// A write that takes one or two numbers.
static bool run(struct store *store, enum statement name, int64_t first, int64_t second)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, first);
    if (second != 0)
        db_bind_int(statement, 2, second);
    return store_finish(store, statement);
}

bool store_webhook_delete(struct store *store, int64_t n)
{
    return run(store, STATEMENT_WEBHOOK_DELETE, n, 0);
}

bool store_webhooks_each(struct store *store, bool (*each)(void *context, const struct webhook *webhook),
                         void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_WEBHOOKS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct webhook webhook;
        row_webhook(&webhook, statement);
        goes_on = each(context, &webhook);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_hook_job_add(struct store *store, const struct hook_job *job)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOB_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, job->n);
    db_bind_int(statement, 2, job->webhook);
    db_bind_int(statement, 3, job->event);
    bind_int_or_null(statement, 4, job->message);
    db_bind_int(statement, 5, job->state);
    db_bind_int(statement, 6, job->attempts);
    bind_int_or_null(statement, 7, job->due_at);
    db_bind_int(statement, 8, job->created_at);
    bind_int_or_null(statement, 9, job->tried_at);
    bind_int_or_null(statement, 10, job->ended_at);
    db_bind_int(statement, 11, job->status);
    bind_text_or_null(statement, 12, job->error);
    db_bind_int(statement, 13, job->took_ms);
    return store_finish(store, statement);
}

bool store_hook_job_update(struct store *store, const struct hook_job *job)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOB_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, job->n);
    db_bind_int(statement, 2, job->state);
    db_bind_int(statement, 3, job->attempts);
    bind_int_or_null(statement, 4, job->due_at);
    bind_int_or_null(statement, 5, job->tried_at);
    bind_int_or_null(statement, 6, job->ended_at);
    db_bind_int(statement, 7, job->status);
    bind_text_or_null(statement, 8, job->error);
    db_bind_int(statement, 9, job->took_ms);
    return store_finish(store, statement);
}

bool store_hook_job_load(struct store *store, struct hook_job *out, int64_t n)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOB_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    bool found = store_next_row(store, statement);
    if (found)
        row_hook_job(out, statement);
    db_reset(statement);
    return found;
}

bool store_hook_job_waits(struct store *store, int64_t webhook, int64_t message)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOB_WAITS);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, message);
    bool found = store_next_row(store, statement);
    db_reset(statement);
    return found;
}

bool store_hook_job_unblock(struct store *store, int64_t webhook, int64_t message, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOB_UNBLOCK);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, message);
    db_bind_int(statement, 3, at);
    return store_finish(store, statement);
}

size_t store_hook_jobs_due(struct store *store, struct hook_job *out, size_t limit, int64_t webhook,
                           int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOBS_DUE);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, at);
    db_bind_int(statement, 3, (int64_t)limit);
    while (count < limit && store_next_row(store, statement))
        row_hook_job(&out[count++], statement);
    db_reset(statement);
    return count;
}

// A read of one number by two; fallback when there is none.
static int64_t number_of(struct store *store, enum statement name, int64_t first, int64_t second,
                         int64_t fallback)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return fallback;
    db_bind_int(statement, 1, first);
    db_bind_int(statement, 2, second);
    int64_t value = fallback;
    if (store_next_row(store, statement) && db_text(statement, 0) != NULL)
        value = db_int(statement, 0);
    db_reset(statement);
    return value;
}

int64_t store_hook_next_due(struct store *store, int64_t webhook, int64_t after)
{
    return number_of(store, STATEMENT_HOOK_NEXT_DUE, webhook, after, INT64_MAX);
}

bool store_hook_jobs_earlier(struct store *store, int64_t webhook, int64_t by_ms, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_JOBS_EARLIER);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, by_ms);
    db_bind_int(statement, 3, at);
    return store_finish(store, statement);
}

int64_t store_hook_waiting(struct store *store, int64_t webhook, int64_t limit)
{
    return number_of(store, STATEMENT_HOOK_WAITING, webhook, limit, -1);
}

int64_t store_hook_replay(struct store *store, int64_t webhook, bool done, int64_t from, int64_t to,
                          int64_t at, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_REPLAY);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, done ? HOOK_DONE : HOOK_DEAD);
    db_bind_int(statement, 3, from);
    db_bind_int(statement, 4, to);
    db_bind_int(statement, 5, at);
    db_bind_int(statement, 6, (int64_t)limit);
    return store_finish(store, statement) ? db_changes(store->db) : 0;
}

size_t store_hook_sweep(struct store *store, int64_t webhook, enum hook_state state, int64_t before,
                        size_t limit)
{
    if (state == 0)
        return run(store, STATEMENT_HOOK_SWEEP_ALL, webhook, (int64_t)limit) ? (size_t)db_changes(store->db)
                                                                             : 0;
    struct db_statement *statement = store_use(store, STATEMENT_HOOK_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, webhook);
    db_bind_int(statement, 2, state);
    db_bind_int(statement, 3, before);
    db_bind_int(statement, 4, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}
