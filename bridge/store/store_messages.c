// Messages read by the writer: one, and windows of many.
#include "bridge/store/store.h"

#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

// Reads the message of the present row; a lack of memory fails the transaction.
static bool read_message(struct store *store, struct message *out, struct db_statement *statement)
{
    if (row_message(out, statement))
        return true;
    message_clear(out);
    return store_fail_memory(store);
}

bool store_message_load(struct store *store, struct message *out, int64_t account, const char *id)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    bool found = store_next_row(store, statement) && read_message(store, out, statement);
    db_reset(statement);
    return found;
}

// Fills out[limit] from a statement that was bound.
static size_t read_messages(struct store *store, struct message *out, size_t limit,
                            struct db_statement *statement)
{
    size_t count = 0;
    while (count < limit && store_next_row(store, statement) && read_message(store, &out[count], statement))
        count++;
    db_reset(statement);
    return count;
}

size_t store_messages_turn(struct store *store, struct message *out, size_t limit, enum turn turn,
                           int64_t route, int64_t after_lane, int64_t after_n)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGES_TURN);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, turn);
    db_bind_int(statement, 2, route);
    db_bind_int(statement, 3, after_lane);
    db_bind_int(statement, 4, after_n);
    db_bind_int(statement, 5, (int64_t)limit);
    return read_messages(store, out, limit, statement);
}

size_t store_messages_due(struct store *store, struct message *out, size_t limit, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGES_DUE);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, at);
    db_bind_int(statement, 2, (int64_t)limit);
    return read_messages(store, out, limit, statement);
}

// Those that come behind the place that two numbers give.
static size_t messages_behind(struct store *store, struct message *out, size_t limit, enum statement name,
                              int64_t first, int64_t n)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, first);
    db_bind_int(statement, 2, n);
    db_bind_int(statement, 3, (int64_t)limit);
    return read_messages(store, out, limit, statement);
}

size_t store_messages_due_later(struct store *store, struct message *out, size_t limit, int64_t due_at,
                                int64_t n)
{
    return messages_behind(store, out, limit, STATEMENT_MESSAGES_DUE_LATER, due_at, n);
}

size_t store_messages_held(struct store *store, struct message *out, size_t limit, int64_t account, int64_t n)
{
    return messages_behind(store, out, limit, STATEMENT_MESSAGES_HELD, account, n);
}

size_t store_messages_batch(struct store *store, struct message *out, size_t limit, int64_t account,
                            const char *batch)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGES_BATCH);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, batch);
    db_bind_int(statement, 3, (int64_t)limit);
    return read_messages(store, out, limit, statement);
}
