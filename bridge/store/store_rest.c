// Memory that the store can do without for a while.
#include "bridge/store/store_internal.h"

void store_rest(struct store *store)
{
    if (store->db != NULL)
        db_rest(store->db);
}
