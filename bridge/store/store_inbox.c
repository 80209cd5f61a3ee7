// What devices are asked to read again of their inboxes: the store's two sides.
#include "bridge/store/inbox.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_inbox_request(struct inbox_request *out, struct db_statement *statement)
{
    *out = (struct inbox_request){
        .device = db_int(statement, 0),
        .asked_at = db_int(statement, 1),
        .from = db_int(statement, 2),
        .to = db_int(statement, 3),
        .told_at = db_int(statement, 4),
        .taken_at = db_int(statement, 5),
    };
}

bool store_inbox_request_put(struct store *store, const struct inbox_request *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_INBOX_REQUEST_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->device);
    db_bind_int(statement, 2, row->asked_at);
    db_bind_int(statement, 3, row->from);
    db_bind_int(statement, 4, row->to);
    bind_int_or_null(statement, 5, row->told_at);
    bind_int_or_null(statement, 6, row->taken_at);
    return store_finish(store, statement);
}

bool store_inbox_requests_each(struct store *store,
                               bool (*each)(void *context, const struct inbox_request *row), void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_INBOX_REQUESTS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct inbox_request row;
        row_inbox_request(&row, statement);
        goes_on = each(context, &row);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

enum query_status query_inbox_request(struct query *query, struct inbox_request *out, int64_t device)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_INBOX_REQUEST);
    db_bind_int(statement, 1, device);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_inbox_request(out, statement);
    db_reset(statement);
    return status;
}
