// Who may not be written to, and when: the store's two sides.
#include "bridge/store/contact.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

const char *suppression_source_name(enum suppression_source source)
{
    static const char *const NAMES[] = {[SUPPRESSED_STOP] = "stop",
                                        [SUPPRESSED_MANUAL] = "manual",
                                        [SUPPRESSED_IMPORT] = "import",
                                        [SUPPRESSED_FAILURE] = "failure"};
    return NAMES[source];
}

static void row_suppression(struct suppression *out, struct db_statement *statement)
{
    *out = (struct suppression){.n = db_int(statement, 0),
                                .account = db_int(statement, 1),
                                .source = (enum suppression_source)db_int(statement, 3),
                                .at = db_int(statement, 5)};
    row_text(out->number, sizeof(out->number), statement, 2);
    row_text(out->note, sizeof(out->note), statement, 4);
}

static void row_quiet(struct quiet_hours *out, struct db_statement *statement)
{
    *out = (struct quiet_hours){.account = db_int(statement, 0),
                                .begins_min = db_int(statement, 1),
                                .ends_min = db_int(statement, 2),
                                .days = db_int(statement, 3)};
    row_text(out->zone, sizeof(out->zone), statement, 4);
}

// A statement bound to an account and a number; NULL when the transaction has failed.
static struct db_statement *use_number(struct store *store, enum statement name, int64_t account,
                                       const char *number)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return NULL;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, number);
    return statement;
}

bool store_suppression_add(struct store *store, const struct suppression *row)
{
    struct db_statement *statement = use_number(store, STATEMENT_SUPPRESSION_ADD, row->account, row->number);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 3, row->source);
    db_bind_text(statement, 4, row->note);
    db_bind_int(statement, 5, row->at);
    return store_finish(store, statement);
}

bool store_suppression_remove(struct store *store, int64_t account, const char *number)
{
    struct db_statement *statement = use_number(store, STATEMENT_SUPPRESSION_REMOVE, account, number);
    return statement != NULL && store_finish(store, statement) && db_changes(store->db) > 0;
}

bool store_suppression_load(struct store *store, struct suppression *out, int64_t account, const char *number)
{
    struct db_statement *statement = use_number(store, STATEMENT_SUPPRESSION_LOAD, account, number);
    if (statement == NULL)
        return false;
    bool found = store_next_row(store, statement);
    if (found)
        row_suppression(out, statement);
    db_reset(statement);
    return found;
}

bool store_suppressed_accounts_each(struct store *store, bool (*each)(void *context, int64_t account),
                                    void *context)
{
    return store_each_number(store, STATEMENT_SUPPRESSED_ACCOUNTS, each, context);
}

int64_t store_notice_at(struct store *store, int64_t account, const char *number)
{
    struct db_statement *statement = use_number(store, STATEMENT_NOTICE_AT, account, number);
    int64_t at = 0;
    if (statement == NULL)
        return 0;
    if (store_next_row(store, statement))
        at = db_int(statement, 0);
    db_reset(statement);
    return at;
}

bool store_notice_set(struct store *store, int64_t account, const char *number, int64_t at)
{
    struct db_statement *statement = use_number(store, STATEMENT_NOTICE_SET, account, number);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 3, at);
    return store_finish(store, statement);
}

void store_notice_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_NOTICE_SWEEP);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}

size_t store_messages_to(struct store *store, char (*ids)[ID_SIZE], size_t limit, int64_t account,
                         const char *number)
{
    struct db_statement *statement = use_number(store, STATEMENT_MESSAGES_TO, account, number);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 3, (int64_t)limit);
    while (count < limit && store_next_row(store, statement))
        row_text(ids[count++], ID_SIZE, statement, 0);
    db_reset(statement);
    return count;
}

bool store_quiet_set(struct store *store, const struct quiet_hours *row)
{
    bool none = row->begins_min == row->ends_min && row->days == 0;
    struct db_statement *statement = store_use(store, none ? STATEMENT_QUIET_REMOVE : STATEMENT_QUIET_SET);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    if (!none) {
        db_bind_int(statement, 2, row->begins_min);
        db_bind_int(statement, 3, row->ends_min);
        db_bind_int(statement, 4, row->days);
        db_bind_text(statement, 5, row->zone);
    }
    return store_finish(store, statement);
}

bool store_quiet_each(struct store *store, bool (*each)(void *context, const struct quiet_hours *row),
                      void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_QUIETS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct quiet_hours row;
        row_quiet(&row, statement);
        goes_on = each(context, &row);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

enum query_status query_suppressions(struct query *query, struct suppression *out, size_t limit,
                                     size_t *count, int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SUPPRESSIONS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_suppression(&out[*count], statement);
    return query_end_list(statement, step);
}

enum query_status query_suppression(struct query *query, struct suppression *out, int64_t account,
                                    const char *number)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SUPPRESSION);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, number);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_suppression(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_quiet(struct query *query, struct quiet_hours *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_QUIET);
    db_bind_int(statement, 1, account);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_quiet(out, statement);
    db_reset(statement);
    return status;
}
