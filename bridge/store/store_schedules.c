// Texts that recur: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/schedule.h"
#include "bridge/store/store_internal.h"

#include <stdlib.h>
#include <string.h>

void schedule_clear(struct schedule *schedule)
{
    free(schedule->recipients);
    free(schedule->text);
    free(schedule->variables);
    free(schedule->own);
    free(schedule->metadata);
    free(schedule->callback_url);
    *schedule = (struct schedule){.n = 0};
}

// Takes a copy of the column, NULL when it is. False when memory runs out.
static bool copy_column(char **out, struct db_statement *statement, int column)
{
    const char *text = db_text(statement, column);
    *out = text != NULL ? strdup(text) : NULL;
    return *out != NULL || text == NULL;
}

// False when memory runs out.
static bool row_schedule(struct schedule *out, struct db_statement *statement)
{
    *out = (struct schedule){.n = db_int(statement, 0),
                             .account = row_number(statement, 2),
                             .sim = row_number(statement, 9),
                             .lane = (enum lane)db_int(statement, 10),
                             .qos = row_number(statement, 11),
                             .ttl_ms = row_number(statement, 12),
                             .paused = db_int(statement, 13) != 0,
                             .next_at = row_number(statement, 14),
                             .last_at = row_number(statement, 15),
                             .created_at = row_number(statement, 18),
                             .removed_at = row_number(statement, 19)};
    row_text(out->id, sizeof(out->id), statement, 1);
    row_text(out->name, sizeof(out->name), statement, 3);
    row_text(out->cron, sizeof(out->cron), statement, 4);
    row_text(out->zone, sizeof(out->zone), statement, 5);
    row_text(out->sender, sizeof(out->sender), statement, 8);
    row_text(out->last_id, sizeof(out->last_id), statement, 16);
    row_text(out->last_error, sizeof(out->last_error), statement, 17);
    row_text(out->template, sizeof(out->template), statement, 20);
    row_text(out->language, sizeof(out->language), statement, 21);
    bool copied = copy_column(&out->variables, statement, 22) && copy_column(&out->own, statement, 23) &&
                  copy_column(&out->metadata, statement, 24) &&
                  copy_column(&out->callback_url, statement, 25);
    out->recipients = strdup(db_text(statement, 6));
    out->text = strdup(db_text(statement, 7));
    if (copied && out->recipients != NULL && out->text != NULL)
        return true;
    schedule_clear(out);
    return false;
}

int64_t store_schedule_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_SCHEDULE, 0);
}

static void bind_schedule(struct db_statement *statement, const struct schedule *row)
{
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->account);
    db_bind_text(statement, 4, row->name);
    db_bind_text(statement, 5, row->cron);
    db_bind_text(statement, 6, row->zone);
    db_bind_text(statement, 7, row->recipients);
    db_bind_text(statement, 8, row->text);
    db_bind_text(statement, 9, row->sender);
    db_bind_int(statement, 10, row->sim);
    db_bind_int(statement, 11, row->lane);
    db_bind_int(statement, 12, row->qos);
    db_bind_int(statement, 13, row->ttl_ms);
    db_bind_int(statement, 14, row->paused);
    bind_int_or_null(statement, 15, row->next_at);
    bind_int_or_null(statement, 16, row->last_at);
    bind_text_or_null(statement, 17, row->last_id);
    bind_text_or_null(statement, 18, row->last_error);
    db_bind_int(statement, 19, row->created_at);
    bind_int_or_null(statement, 20, row->removed_at);
    bind_text_or_null(statement, 21, row->template);
    bind_text_or_null(statement, 22, row->language);
    bind_text_or_null(statement, 23, row->variables);
    bind_text_or_null(statement, 24, row->own);
    bind_text_or_null(statement, 25, row->metadata);
    bind_text_or_null(statement, 26, row->callback_url);
}

static bool write_schedule(struct store *store, enum statement name, const struct schedule *row)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    bind_schedule(statement, row);
    return store_finish(store, statement);
}

bool store_schedule_add(struct store *store, const struct schedule *row)
{
    return write_schedule(store, STATEMENT_SCHEDULE_ADD, row);
}

bool store_schedule_update(struct store *store, const struct schedule *row)
{
    return write_schedule(store, STATEMENT_SCHEDULE_UPDATE, row);
}

bool store_schedule_delete(struct store *store, int64_t n)
{
    struct db_statement *statement = store_use(store, STATEMENT_SCHEDULE_DELETE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    return store_finish(store, statement);
}

size_t store_schedule_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_SCHEDULE_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}

bool store_schedule_load(struct store *store, struct schedule *out, int64_t account, const char *id)
{
    struct db_statement *statement = store_use(store, STATEMENT_SCHEDULE_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    bool found =
        store_next_row(store, statement) && (row_schedule(out, statement) || store_fail_memory(store));
    db_reset(statement);
    return found;
}

size_t store_schedules_due(struct store *store, struct schedule *out, size_t limit, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_SCHEDULES_DUE);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, at);
    db_bind_int(statement, 2, (int64_t)limit);
    while (count < limit && store_next_row(store, statement) &&
           (row_schedule(&out[count], statement) || store_fail_memory(store)))
        count++;
    db_reset(statement);
    return count;
}

int64_t store_schedule_count(struct store *store, int64_t account, int64_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_SCHEDULE_COUNT);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, limit);
    if (store_next_row(store, statement))
        count = db_int(statement, 0);
    db_reset(statement);
    return count;
}

enum query_status query_schedule(struct query *query, struct schedule *out, int64_t account, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SCHEDULE);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !row_schedule(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

enum query_status query_schedules(struct query *query, struct schedule *out, size_t limit, size_t *count,
                                  int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SCHEDULES);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        if (!row_schedule(&out[*count], statement)) {
            step = DB_FAILED;
            break;
        }
    return query_end_list(statement, step);
}
