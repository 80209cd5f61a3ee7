// Services for one-time codes: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/service.h"
#include "bridge/store/store_internal.h"

static void row_service(struct otp_service *out, struct db_statement *statement)
{
    *out = (struct otp_service){.n = db_int(statement, 0),
                                .account = db_int(statement, 2),
                                .digits = db_int(statement, 4),
                                .created_at = db_int(statement, 5),
                                .updated_at = db_int(statement, 6),
                                .removed_at = db_int(statement, 7)};
    row_text(out->id, sizeof(out->id), statement, 1);
    row_text(out->name, sizeof(out->name), statement, 3);
}

int64_t store_service_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_SERVICE, 0);
}

bool store_service_add(struct store *store, const struct otp_service *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_SERVICE_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->account);
    db_bind_text(statement, 4, row->name);
    db_bind_int(statement, 5, row->digits);
    db_bind_int(statement, 6, row->created_at);
    db_bind_int(statement, 7, row->updated_at);
    bind_int_or_null(statement, 8, row->removed_at);
    return store_finish(store, statement);
}

bool store_service_update(struct store *store, const struct otp_service *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_SERVICE_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->name);
    db_bind_int(statement, 3, row->digits);
    db_bind_int(statement, 4, row->updated_at);
    bind_int_or_null(statement, 5, row->removed_at);
    return store_finish(store, statement);
}

bool store_service_load(struct store *store, struct otp_service *out, int64_t account, const char *id)
{
    struct db_statement *statement = store_use(store, STATEMENT_SERVICE_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    bool found = store_next_row(store, statement);
    if (found) {
        row_service(out, statement);
        db_reset(statement);
    }
    return found;
}

int64_t store_service_count(struct store *store, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_SERVICE_COUNT);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    if (store_next_row(store, statement)) {
        count = db_int(statement, 0);
        db_reset(statement);
    }
    return count;
}

enum query_status query_service(struct query *query, struct otp_service *out, int64_t account, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SERVICE);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_service(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_services(struct query *query, struct otp_service *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SERVICES);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_service(&out[*count], statement);
    return query_end_list(statement, step);
}
