// Routes whose devices all rest: writes.
#include "bridge/store/rest.h"

#include "bridge/store/store_internal.h"

bool store_route_rest_put(struct store *store, int64_t route, const struct route_rest *rest)
{
    struct db_statement *statement = store_use(store, STATEMENT_ROUTE_REST_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, route);
    db_bind_text(statement, 2, rest->reason);
    db_bind_text(statement, 3, rest->detail);
    db_bind_int(statement, 4, rest->until);
    return store_finish(store, statement);
}

bool store_route_rest_end(struct store *store, int64_t route)
{
    struct db_statement *statement = store_use(store, STATEMENT_ROUTE_REST_END);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, route);
    return store_finish(store, statement);
}

bool store_route_rests_forget(struct store *store)
{
    struct db_statement *statement = store_use(store, STATEMENT_ROUTE_RESTS_FORGET);
    return statement != NULL && store_finish(store, statement);
}
