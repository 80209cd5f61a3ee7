// The readers' side of the store.
#include "bridge/store/query_internal.h"

#include "bridge/store/rows.h"

#include <stdlib.h>

enum { READER_BUSY_MS = 1000 };

struct query *query_open(const char *path)
{
    enum store_status status;
    struct query *query = calloc(1, sizeof(*query));
    if (query == NULL)
        return NULL;
    query->db = db_open(path, DB_READER, READER_BUSY_MS, &status);
    bool ready = query->db != NULL;
    for (int i = 0; i < READER_COUNT && ready; i++) {
        query->statements[i] =
            db_prepare(query->db, statement_text((enum statement)(STATEMENT_WRITER_END + i)));
        ready = query->statements[i] != NULL;
    }
    if (ready)
        return query;
    query_close(query);
    return NULL;
}

void query_close(struct query *query)
{
    if (query == NULL)
        return;
    for (int i = 0; i < READER_COUNT; i++)
        db_finish(query->statements[i]);
    db_close(query->db);
    free(query);
}

struct db_statement *query_use(struct query *query, enum statement name)
{
    db_clear(query->db);
    return query->statements[name - STATEMENT_WRITER_END];
}

enum query_status query_status_of(enum db_step step)
{
    return step == DB_ROW ? QUERY_OK : step == DB_DONE ? QUERY_NONE : QUERY_FAILED;
}

// Ends a list: what ended it was the limit, or the last row, or a failure.
enum query_status query_end_list(struct db_statement *statement, enum db_step step)
{
    db_reset(statement);
    return step == DB_FAILED ? QUERY_FAILED : QUERY_OK;
}

enum query_status query_key_by_hash(struct query *query, struct app_key *out,
                                    const uint8_t hash[SECRET_HASH_BYTES])
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_KEY);
    db_bind_blob(statement, 1, hash, SECRET_HASH_BYTES);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_key(out, statement);
    db_reset(statement);
    return status;
}

static enum query_status one_account(struct account *out, struct db_statement *statement)
{
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_account(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_account(struct query *query, struct account *out, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_ACCOUNT);
    db_bind_text(statement, 1, id);
    return one_account(out, statement);
}

enum query_status query_account_by_n(struct query *query, struct account *out, int64_t n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_ACCOUNT_N);
    db_bind_int(statement, 1, n);
    return one_account(out, statement);
}

enum query_status query_account_first(struct query *query, struct account *out)
{
    size_t count;
    enum query_status status = query_accounts(query, out, 1, &count, 0);
    return status == QUERY_OK && count == 0 ? QUERY_NONE : status;
}

enum query_status query_accounts(struct query *query, struct account *out, size_t limit, size_t *count,
                                 int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_ACCOUNTS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, after_n);
    db_bind_int(statement, 2, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_account(&out[*count], statement);
    return query_end_list(statement, step);
}

enum query_status query_keys(struct query *query, struct app_key *out, size_t limit, size_t *count,
                             int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_KEYS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_key(&out[*count], statement);
    return query_end_list(statement, step);
}

void device_view_clear(struct device_view *view)
{
    device_clear(&view->device);
}

static bool read_device_view(struct device_view *out, struct db_statement *statement)
{
    bool whole = row_device(&out->device, statement);
    out->waiting = db_int(statement, ROW_DEVICE_COLUMNS);
    out->out = db_int(statement, ROW_DEVICE_COLUMNS + 1);
    out->warnings = db_int(statement, ROW_DEVICE_COLUMNS + 2);
    if (!whole)
        device_view_clear(out);
    return whole;
}

enum query_status query_device(struct query *query, struct device_view *out, int64_t account, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEVICE);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !read_device_view(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

enum query_status query_devices(struct query *query, struct device_view *out, size_t limit, size_t *count,
                                int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEVICES);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        if (!read_device_view(&out[*count], statement)) {
            step = DB_FAILED;
            break;
        }
    while (step == DB_FAILED && *count > 0)
        device_view_clear(&out[--*count]);
    return query_end_list(statement, step);
}

enum query_status query_numbers(struct db_statement *statement, int64_t *first, int64_t *second)
{
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK) {
        *first = db_int(statement, 0);
        if (second != NULL)
            *second = db_int(statement, 1);
    }
    db_reset(statement);
    return status;
}

void query_read_event(struct event_view *out, struct db_statement *statement)
{
    out->event = (struct event){
        .n = db_int(statement, 0),
        .account = db_int(statement, 1),
        .kind = db_int(statement, 2),
        .message = db_int(statement, 3),
        .device = db_int(statement, 4),
        .at = db_int(statement, 5),
        .lease = db_int(statement, 6),
        .part = db_int(statement, 7),
    };
    row_text(out->event.reason, sizeof(out->event.reason), statement, 8);
    row_text(out->event.detail, sizeof(out->event.detail), statement, 9);
    row_text(out->event.subject, sizeof(out->event.subject), statement, 10);
    row_text(out->message_id, sizeof(out->message_id), statement, 11);
    row_text(out->device_id, sizeof(out->device_id), statement, 12);
    row_text(out->peer, sizeof(out->peer), statement, 13);
    out->direction = (enum direction)db_int(statement, 14);
}

static enum query_status list_events(struct db_statement *statement, struct event_view *out, size_t limit,
                                     size_t *count, int64_t key)
{
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, key);
    db_bind_int(statement, 2, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        query_read_event(&out[*count], statement);
    return query_end_list(statement, step);
}

enum query_status query_timeline(struct query *query, struct event_view *out, size_t limit, size_t *count,
                                 int64_t message)
{
    enum query_status status =
        list_events(query_use(query, STATEMENT_VIEW_TIMELINE), out, limit, count, message);
    for (size_t i = 0; i < *count / 2; i++) { // newest first out of the index: turn round
        struct event_view swap = out[i];
        out[i] = out[*count - 1 - i];
        out[*count - 1 - i] = swap;
    }
    return status;
}

enum query_status query_events(struct query *query, struct event_view *out, size_t limit, size_t *count,
                               int64_t after_n)
{
    return list_events(query_use(query, STATEMENT_VIEW_EVENTS), out, limit, count, after_n);
}

enum query_status query_event_last(struct query *query, int64_t *n)
{
    return query_numbers(query_use(query, STATEMENT_VIEW_EVENT_LAST), n, NULL);
}

enum query_status query_counts(struct query *query, struct query_counts *out)
{
    struct db_statement *turns = query_use(query, STATEMENT_VIEW_TURN_COUNT);
    *out = (struct query_counts){0};
    db_bind_int(turns, 1, TURN_WAITS);
    enum query_status status = query_numbers(turns, &out->waiting, NULL);
    db_bind_int(turns, 1, TURN_OUT);
    if (status == QUERY_OK)
        status = query_numbers(turns, &out->out, NULL);
    if (status == QUERY_OK)
        status = query_numbers(query_use(query, STATEMENT_VIEW_DUE_COUNT), &out->due, NULL);
    if (status == QUERY_OK)
        status = query_numbers(query_use(query, STATEMENT_VIEW_OLDEST), &out->oldest_waiting_at, NULL);
    if (status == QUERY_OK)
        status =
            query_numbers(query_use(query, STATEMENT_VIEW_DEVICE_COUNT), &out->devices, &out->devices_online);
    if (status == QUERY_OK)
        status = query_numbers(query_use(query, STATEMENT_VIEW_SCHEMA), &out->schema, NULL);
    return status;
}
