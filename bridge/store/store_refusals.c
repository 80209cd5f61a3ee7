// Whom a list of recipients left out.
#include "bridge/store/refusal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

bool store_refusals_add(struct store *store, const char *batch, const struct refusal *rows, size_t count,
                        int64_t at)
{
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        struct db_statement *statement = store_use(store, STATEMENT_REFUSAL_ADD);
        if (statement == NULL)
            return false;
        db_bind_text(statement, 1, batch);
        db_bind_int(statement, 2, (int64_t)i);
        db_bind_text(statement, 3, rows[i].to);
        db_bind_text(statement, 4, rows[i].why);
        db_bind_int(statement, 5, at);
        good = store_finish(store, statement);
    }
    return good;
}

size_t store_refusals(struct store *store, struct refusal *out, size_t limit, const char *batch)
{
    struct db_statement *statement = store_use(store, STATEMENT_REFUSALS);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_text(statement, 1, batch);
    db_bind_int(statement, 2, (int64_t)limit);
    for (; count < limit && store_next_row(store, statement); count++) {
        row_text(out[count].to, sizeof(out[count].to), statement, 0);
        row_text(out[count].why, sizeof(out[count].why), statement, 1);
    }
    db_reset(statement);
    return count;
}

void store_refusals_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_REFUSAL_SWEEP);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}
