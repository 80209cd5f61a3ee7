// Looking through old failures for numbers to suppress: the store's two sides.
#include "bridge/store/backfill.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_backfill(struct backfill *out, struct db_statement *statement)
{
    *out = (struct backfill){
        .account = db_int(statement, 0),
        .from = db_int(statement, 1),
        .dry_run = db_int(statement, 2) != 0,
        .messages = db_int(statement, 4),
        .failures = db_int(statement, 5),
        .numbers = db_int(statement, 6),
        .began_at = db_int(statement, 7),
        .ended_at = db_int(statement, 8),
    };
    row_text(out->looked_to, sizeof(out->looked_to), statement, 3);
}

bool store_backfill_put(struct store *store, const struct backfill *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_BACKFILL_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_int(statement, 2, row->from);
    db_bind_int(statement, 3, row->dry_run);
    db_bind_text(statement, 4, row->looked_to);
    db_bind_int(statement, 5, row->messages);
    db_bind_int(statement, 6, row->failures);
    db_bind_int(statement, 7, row->numbers);
    db_bind_int(statement, 8, row->began_at);
    bind_int_or_null(statement, 9, row->ended_at);
    return store_finish(store, statement);
}

bool store_backfills_each(struct store *store, bool (*each)(void *context, const struct backfill *row),
                          void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_BACKFILLS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct backfill row;
        row_backfill(&row, statement);
        goes_on = each(context, &row);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

// Reads what the statement finds, and ends it.
static size_t read_outcomes(struct store *store, struct db_statement *statement, struct outcome *out,
                            size_t limit)
{
    size_t count = 0;
    for (; count < limit && store_next_row(store, statement); count++) {
        struct outcome *outcome = &out[count];
        *outcome = (struct outcome){.direction = db_int(statement, 2),
                                    .state = (enum state)db_int(statement, 3),
                                    .updated_at = db_int(statement, 5)};
        row_text(outcome->id, sizeof(outcome->id), statement, 0);
        row_text(outcome->peer, sizeof(outcome->peer), statement, 1);
        row_text(outcome->code, sizeof(outcome->code), statement, 4);
    }
    db_reset(statement);
    return count;
}

size_t store_outcomes(struct store *store, struct outcome *out, size_t limit, int64_t account,
                      const char *from, const char *to)
{
    struct db_statement *statement = store_use(store, STATEMENT_OUTCOMES);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, from);
    db_bind_text(statement, 3, to);
    db_bind_int(statement, 4, (int64_t)limit);
    return read_outcomes(store, statement, out, limit);
}

size_t store_outcomes_peer(struct store *store, struct outcome *out, size_t limit, int64_t account,
                           const char *peer)
{
    struct db_statement *statement = store_use(store, STATEMENT_OUTCOMES_PEER);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, peer);
    db_bind_int(statement, 3, (int64_t)limit);
    return read_outcomes(store, statement, out, limit);
}

enum query_status query_backfill(struct query *query, struct backfill *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_BACKFILL);
    db_bind_int(statement, 1, account);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_backfill(out, statement);
    db_reset(statement);
    return status;
}
