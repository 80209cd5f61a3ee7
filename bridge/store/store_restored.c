// Backups that took the store's place.
#include "bridge/store/store_restored.h"

#include "bridge/store/store_internal.h"

int64_t store_restored_event(struct store *store)
{
    return store_number(store, STATEMENT_RESTORED_EVENT, 0);
}

bool store_restored_open(struct store *store)
{
    return store_number(store, STATEMENT_RESTORED_OPEN, 0) > 0;
}

bool store_restored_done(struct store *store)
{
    struct db_statement *statement = store_use(store, STATEMENT_RESTORED_DONE);
    return statement != NULL && store_finish(store, statement);
}
