// Messages that ended badly, and how many of them each account has.
#include "bridge/store/store.h"
#include "bridge/store/store_internal.h"

static bool count(struct store *store, int64_t account, int64_t more)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEAD_COUNT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, more);
    return store_finish(store, statement);
}

bool store_dead_add(struct store *store, int64_t message, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEAD_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, message);
    db_bind_int(statement, 2, account);
    return store_finish(store, statement) && count(store, account, 1);
}

bool store_dead_remove(struct store *store, int64_t message, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEAD_REMOVE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, message);
    return store_finish(store, statement) && db_changes(store->db) > 0 && count(store, account, -1);
}
