// Phones that come by HTTP, and what they are to be like: the store's two sides.
#include "bridge/store/phone.h"
#include "bridge/store/phone_settings.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

#include <stdlib.h>
#include <string.h>

void phone_settings_clear(struct phone_settings *row)
{
    free(row->settings);
    secret_clear(row, sizeof(*row));
}

static bool row_settings(struct phone_settings *out, struct db_statement *statement)
{
    const char *text = db_text(statement, 0);
    *out = (struct phone_settings){.settings = strdup(text != NULL ? text : "{}")};
    row_text(out->signing_key, sizeof(out->signing_key), statement, 1);
    return out->settings != NULL;
}

bool store_phone_settings_set(struct store *store, int64_t account, const struct phone_settings *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_PHONE_SETTINGS_SET);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, row->settings);
    db_bind_text(statement, 3, row->signing_key);
    return store_finish(store, statement);
}

bool store_phone_settings_load(struct store *store, struct phone_settings *out, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_PHONE_SETTINGS_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    bool found =
        store_next_row(store, statement) && (row_settings(out, statement) || store_fail_memory(store));
    db_reset(statement);
    return found;
}

enum query_status query_phone_settings(struct query *query, struct phone_settings *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_PHONE_SETTINGS);
    db_bind_int(statement, 1, account);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !row_settings(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

bool store_phone_add(struct store *store, int64_t device)
{
    struct db_statement *statement = store_use(store, STATEMENT_PHONE_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    return store_finish(store, statement);
}

bool store_phones_each(struct store *store, void (*each)(void *context, int64_t device), void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_PHONES);
    while (statement != NULL && store_next_row(store, statement))
        each(context, db_int(statement, 0));
    if (statement != NULL)
        db_reset(statement);
    return store->failure == STORE_OK;
}

// Reads the one device of a statement that was bound.
static enum query_status one_device(struct device *out, struct db_statement *statement)
{
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK && !row_device(out, statement))
        status = QUERY_FAILED;
    db_reset(statement);
    return status;
}

enum query_status query_phone(struct query *query, struct device *out,
                              const uint8_t key_hash[SECRET_HASH_BYTES])
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_PHONE);
    db_bind_blob(statement, 1, key_hash, SECRET_HASH_BYTES);
    return one_device(out, statement);
}

enum query_status query_phone_by_id(struct query *query, struct device *out, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_PHONE_BY_ID);
    db_bind_text(statement, 1, id);
    return one_device(out, statement);
}

enum query_status query_out(struct query *query, struct message_view *out, size_t limit, size_t *count,
                            int64_t device)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_OUT);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, device);
    db_bind_int(statement, 2, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        if (!query_read_message(&out[*count], statement)) {
            step = DB_FAILED;
            break;
        }
    enum query_status status = query_end_list(statement, step);
    while (status != QUERY_OK && *count > 0)
        message_view_clear(&out[--*count]);
    return status;
}
