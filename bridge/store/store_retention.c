// How long messages are kept: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/retention.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_retention(struct retention *out, struct db_statement *statement)
{
    *out = (struct retention){.account = db_int(statement, 0),
                              .text_days = db_int(statement, 1),
                              .number_days = db_int(statement, 2),
                              .delete_days = db_int(statement, 3)};
    row_text(out->text_to, sizeof(out->text_to), statement, 4);
    row_text(out->number_to, sizeof(out->number_to), statement, 5);
}

bool store_retention_put(struct store *store, const struct retention *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_RETENTION_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_int(statement, 2, row->text_days);
    db_bind_int(statement, 3, row->number_days);
    db_bind_int(statement, 4, row->delete_days);
    db_bind_text(statement, 5, row->text_to);
    db_bind_text(statement, 6, row->number_to);
    return store_finish(store, statement);
}

bool store_retention_each(struct store *store, bool (*each)(void *context, const struct retention *row),
                          void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_RETENTION);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct retention row;
        row_retention(&row, statement);
        goes_on = each(context, &row);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

size_t store_messages_old(struct store *store, struct message *out, size_t limit, int64_t account,
                          const char *from, const char *to)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGES_OLD);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, from);
    db_bind_text(statement, 3, to);
    db_bind_int(statement, 4, (int64_t)limit);
    while (count < limit && store_next_row(store, statement) && row_message(&out[count], statement))
        count++;
    db_reset(statement);
    return count;
}

// Runs a statement with one number.
static bool run(struct store *store, enum statement name, int64_t number)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, number);
    return store_finish(store, statement);
}

bool store_message_set_peer(struct store *store, int64_t n, const char *peer)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_PEER);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    db_bind_text(statement, 2, peer);
    return store_finish(store, statement);
}

// Deletes what the app called it.
static bool delete_name(struct store *store, const struct message *message)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_DELETE_NAME);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, message->account);
    db_bind_text(statement, 2, message->id);
    return store_finish(store, statement);
}

// It need not have been one.
static bool delete_dead(struct store *store, const struct message *message)
{
    (void)store_dead_remove(store, message->n, message->account);
    return store->failure == STORE_OK;
}

bool store_message_erase(struct store *store, const struct message *message)
{
    return delete_name(store, message) && delete_dead(store, message) &&
           run(store, STATEMENT_MESSAGE_ERASE, message->n);
}

bool store_message_delete(struct store *store, const struct message *message)
{
    return delete_name(store, message) && run(store, STATEMENT_MESSAGE_DELETE_EVENTS, message->n) &&
           delete_dead(store, message) && run(store, STATEMENT_MESSAGE_DELETE, message->n);
}

bool store_events_delete(struct store *store, int64_t after, int64_t to, int64_t account, int64_t before)
{
    struct db_statement *statement = store_use(store, STATEMENT_EVENTS_DELETE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, after);
    db_bind_int(statement, 2, to);
    db_bind_int(statement, 3, account);
    db_bind_int(statement, 4, before);
    return store_finish(store, statement);
}

enum query_status query_retention(struct query *query, struct retention *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_RETENTION);
    db_bind_int(statement, 1, account);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_retention(out, statement);
    db_reset(statement);
    return status;
}
