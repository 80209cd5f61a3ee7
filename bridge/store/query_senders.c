// The SIMs of devices, and when they sent.
#include "bridge/store/query_senders.h"

#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"

#include <string.h>

// Copies the text of a column, NULL for none. False when memory runs out.
static bool take_text(char **out, struct db_statement *statement, int column)
{
    const char *text = db_text(statement, column);
    *out = text != NULL ? strdup(text) : NULL;
    return text == NULL || *out != NULL;
}

enum query_status query_sent_at(struct query *query, int64_t *at, int64_t message)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_SENT_AT);
    db_bind_int(statement, 1, message);
    db_bind_int(statement, 2, STATE_SENT);
    return query_numbers(statement, at, NULL);
}

enum query_status query_pool_id(struct query *query, char out[ID_SIZE], int64_t account, const char *name)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_POOL_ID);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, name);
    enum query_status found = query_status_of(db_step(statement));
    if (found == QUERY_OK)
        row_text(out, ID_SIZE, statement, 0);
    db_reset(statement);
    return found;
}

enum query_status query_device_status(struct query *query, char **status, int64_t account, int64_t device)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEVICE_STATUS);
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, device);
    enum query_status found = query_status_of(db_step(statement));
    if (found == QUERY_OK && !take_text(status, statement, 0))
        found = QUERY_FAILED;
    db_reset(statement);
    return found;
}

enum query_status query_device_naming(struct query *query, struct device *out, int64_t account,
                                      int64_t after_n, const char *text)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_DEVICES_NAMING);
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, after_n);
    db_bind_text(statement, 3, text);
    enum query_status found = query_status_of(db_step(statement));
    *out = (struct device){.account = account};
    if (found == QUERY_OK) {
        out->n = db_int(statement, 0);
        row_text(out->id, sizeof(out->id), statement, 1);
        if (!take_text(&out->status, statement, 2))
            found = QUERY_FAILED;
    }
    db_reset(statement);
    return found;
}
