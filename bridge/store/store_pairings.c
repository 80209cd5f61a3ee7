// Pairing codes: the store's two sides.
#include "bridge/store/pairing.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

#include <string.h>

static void row_pairing(struct pairing *out, struct db_statement *statement)
{
    size_t length;
    *out = (struct pairing){
        .n = db_int(statement, 0),
        .account = db_int(statement, 2),
        .device = db_int(statement, 6),
        .created_at = db_int(statement, 7),
        .expires_at = db_int(statement, 8),
        .used_at = db_int(statement, 9),
    };
    row_text(out->id, sizeof(out->id), statement, 1);
    const void *hash = db_blob(statement, 3, &length);
    if (length == sizeof(out->code_hash))
        memcpy(out->code_hash, hash, length);
    row_text(out->want_id, sizeof(out->want_id), statement, 4);
    row_text(out->name, sizeof(out->name), statement, 5);
}

int64_t store_pairing_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_PAIRING, 0);
}

bool store_pairing_add(struct store *store, const struct pairing *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->account);
    db_bind_blob(statement, 4, row->code_hash, sizeof(row->code_hash));
    db_bind_text(statement, 5, row->want_id);
    db_bind_text(statement, 6, row->name);
    bind_int_or_null(statement, 7, row->device);
    db_bind_int(statement, 8, row->created_at);
    db_bind_int(statement, 9, row->expires_at);
    bind_int_or_null(statement, 10, row->used_at);
    return store_finish(store, statement);
}

bool store_pairing_used(struct store *store, const struct pairing *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_USED);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    bind_int_or_null(statement, 2, row->device);
    bind_int_or_null(statement, 3, row->used_at);
    return store_finish(store, statement);
}

bool store_pairing_delete(struct store *store, int64_t n)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_DELETE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    return store_finish(store, statement);
}

// Reads the one row of a statement that was bound.
static bool load(struct store *store, struct pairing *out, struct db_statement *statement)
{
    bool found = store_next_row(store, statement);
    if (found)
        row_pairing(out, statement);
    db_reset(statement);
    return found;
}

bool store_pairing_load(struct store *store, struct pairing *out, int64_t account, const char *id)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    return load(store, out, statement);
}

bool store_pairing_by_code(struct store *store, struct pairing *out,
                           const uint8_t code_hash[SECRET_HASH_BYTES])
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_BY_CODE);
    if (statement == NULL)
        return false;
    db_bind_blob(statement, 1, code_hash, SECRET_HASH_BYTES);
    return load(store, out, statement);
}

int64_t store_pairing_count(struct store *store, int64_t account, int64_t at, int64_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_COUNT);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, at);
    db_bind_int(statement, 3, limit);
    if (store_next_row(store, statement))
        count = db_int(statement, 0);
    db_reset(statement);
    return count;
}

void store_pairing_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_PAIRING_SWEEP);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}

enum query_status query_pairings(struct query *query, struct pairing_view *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_PAIRINGS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++) {
        row_pairing(&out[*count].pairing, statement);
        row_text(out[*count].device_id, sizeof(out[*count].device_id), statement, 10);
    }
    return query_end_list(statement, step);
}

enum query_status query_pairing_open(struct query *query, const uint8_t code_hash[SECRET_HASH_BYTES],
                                     int64_t at)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_PAIRING_OPEN);
    db_bind_blob(statement, 1, code_hash, SECRET_HASH_BYTES);
    db_bind_int(statement, 2, at);
    enum query_status status = query_status_of(db_step(statement));
    db_reset(statement);
    return status;
}
