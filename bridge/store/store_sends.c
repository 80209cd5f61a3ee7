// Sends and their names: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/send.h"
#include "bridge/store/store_internal.h"

bool store_send_name_add(struct store *store, const struct send_name *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_SEND_NAME_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_text(statement, 2, row->name);
    db_bind_text(statement, 3, row->message);
    db_bind_int(statement, 4, row->created_at);
    return store_finish(store, statement);
}

bool store_send_name_load(struct store *store, char message[ID_SIZE], int64_t account, const char *name)
{
    struct db_statement *statement = store_use(store, STATEMENT_SEND_NAME_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, name);
    bool found = store_next_row(store, statement);
    if (found)
        row_text(message, ID_SIZE, statement, 0);
    db_reset(statement);
    return found;
}

int64_t store_oldest_waiting(struct store *store, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_OLDEST_WAITING);
    int64_t at = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    if (store_next_row(store, statement) && db_text(statement, 0) != NULL)
        at = db_int(statement, 0);
    db_reset(statement);
    return at;
}

static enum query_status one_text(struct query *query, enum statement name, char *out, size_t size,
                                  int64_t account, const char *key)
{
    struct db_statement *statement = query_use(query, name);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, key);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_text(out, size, statement, 0);
    db_reset(statement);
    return status;
}

enum query_status query_send_by_name(struct query *query, char message[ID_SIZE], int64_t account,
                                     const char *name)
{
    return one_text(query, STATEMENT_VIEW_SEND_BY_NAME, message, ID_SIZE, account, name);
}

enum query_status query_send_name(struct query *query, char name[SEND_NAME_SIZE], int64_t account,
                                  const char *message)
{
    return one_text(query, STATEMENT_VIEW_SEND_NAME, name, SEND_NAME_SIZE, account, message);
}

enum query_status query_sends(struct query *query, struct send_row *out, size_t *count,
                              const struct send_filter *filter)
{
    char from[ID_SIZE], to[ID_SIZE];
    struct db_statement *statement =
        query_use(query, filter->oldest_first ? STATEMENT_VIEW_SENDS_OLDEST : STATEMENT_VIEW_SENDS);
    enum db_step step = DB_DONE;
    query_id_range(from, to, filter->created_from, filter->created_to);
    db_bind_int(statement, 1, filter->account);
    db_bind_text(statement, 2, from);
    db_bind_text(statement, 3, to);
    db_bind_int(statement, 4, QUERY_SCAN_MAX);
    db_bind_int(statement, 5, filter->created_from);
    db_bind_int(statement, 6, filter->created_to > 0 ? filter->created_to : INT64_MAX);
    db_bind_int(statement, 7, filter->device);
    for (*count = 0; *count < QUERY_SCAN_MAX && (step = db_step(statement)) == DB_ROW; (*count)++) {
        struct send_row *row = &out[*count];
        row_text(row->id, sizeof(row->id), statement, 0);
        row_text(row->batch, sizeof(row->batch), statement, 1);
        row->state = (enum state)db_int(statement, 2);
        row->cancelling = db_int(statement, 3) != 0;
    }
    return query_end_list(statement, step);
}

enum query_status query_times(struct query *query, int64_t at[STATE_RECEIVED + 1], int64_t message)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_TIMES);
    enum db_step step;
    for (int i = 0; i <= STATE_RECEIVED; i++)
        at[i] = 0;
    db_bind_int(statement, 1, message);
    while ((step = db_step(statement)) == DB_ROW) {
        int64_t kind = db_int(statement, 0);
        if (kind >= 0 && kind <= STATE_RECEIVED)
            at[kind] = db_int(statement, 1);
    }
    return query_end_list(statement, step);
}
