// The accounts in which what is held is being looked at again: writes.
#include "bridge/store/held.h"

#include "bridge/store/store_internal.h"

static bool write_account(struct store *store, enum statement name, int64_t account)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    return store_finish(store, statement);
}

bool store_held_look_add(struct store *store, int64_t account)
{
    return write_account(store, STATEMENT_HELD_LOOK_ADD, account);
}

bool store_held_look_remove(struct store *store, int64_t account)
{
    return write_account(store, STATEMENT_HELD_LOOK_REMOVE, account);
}

bool store_held_looks_each(struct store *store, bool (*each)(void *context, int64_t account), void *context)
{
    return store_each_number(store, STATEMENT_HELD_LOOKS, each, context);
}
