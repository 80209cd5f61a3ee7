// What an account's phones are to be like: the store's two sides.
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
    bool found = store_next_row(store, statement) && row_settings(out, statement);
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
